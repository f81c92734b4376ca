-- The loads of the table of braces in Lua: bench.lua NAME N
local name, n = arg[1], tonumber(arg[2])
local loads = {}
function loads.condition()
  local x, y = 0, 0
  while x < n do x = x + 1; if x <= 10000 then y = y + 1 end end
  return x + y
end
function loads.expression()
  local y = 0
  for x = 1, n do y = x * x % 7 + y end
  return y
end
function loads.loop()
  local s, i = 0, 0
  while i < n do s = s + i % 3; i = i + 1 end
  return s
end
local function fib(k) if k < 2 then return k else return fib(k - 1) + fib(k - 2) end end
function loads.fib() return fib(n) end
function loads.text()
  local s = ""
  for i = 0, n - 1 do s = s .. "x" .. i % 10 end
  return #s
end
function loads.sum()
  local a, s = {}, 0
  for i = 0, 999 do a[i] = i * 7 % 13 end
  for _ = 1, n do for i = 0, 999 do s = s + a[i] end end
  return s
end
function loads.sort()
  local a, x, s = {}, 42, 0
  for i = 0, n - 1 do x = (x * 1103 + 12345) % 65536; a[i] = x end
  local i = 1
  while i < n do
    local x, j = a[i], i - 1
    while j >= 0 and a[j] > x do a[j + 1] = a[j]; j = j - 1 end
    a[j + 1] = x; i = i + 1
  end
  for k = 0, n - 1 do s = (s * 31 + a[k]) % 1000003 end
  return s
end
function loads.mandelbrot()
  local total, size = 0, n + 0.0
  for y = 0, n - 1 do
    local ci = 2.0 * y / size - 1.0
    for x = 0, n - 1 do
      local cr, zr, zi, r2, i2, it = 3.0 * x / size - 2.0, 0.0, 0.0, 0.0, 0.0, 0
      while it < 50 and r2 + i2 <= 4.0 do
        zi = 2.0 * zr * zi + ci; zr = r2 - i2 + cr; r2 = zr * zr; i2 = zi * zi; it = it + 1
      end
      total = total + it
    end
  end
  return total
end
if bit then -- LuaJIT has no operators for bits
  local band, bor, lshift, rshift = bit.band, bit.bor, bit.lshift, bit.rshift
  local function place(all, columns, left, right)
    if columns == all then return 1 end
    local count, free = 0, all - band(all, bor(columns, left, right))
    while free ~= 0 do
      local one = band(free, -free); free = free - one
      count = count + place(all, bor(columns, one), lshift(bor(left, one), 1), rshift(bor(right, one), 1))
    end
    return count
  end
  function loads.queens() return place(lshift(1, n) - 1, 0, 0, 0) end
else
  loads.queens = load([[local n = ...
  local function place(all, columns, left, right)
    if columns == all then return 1 end
    local count, free = 0, all - (all & (columns | left | right))
    while free ~= 0 do
      local one = free & -free; free = free - one
      count = count + place(all, columns | one, (left | one) << 1, (right | one) >> 1)
    end
    return count
  end
  return place((1 << n) - 1, 0, 0, 0)]])
end
function loads.words()
  local counts = {}
  for _ = 1, n do
    for w in string.gmatch("the quick brown fox jumps over the lazy dog and the cat", "[^ ]+") do
      if counts[w] then counts[w] = counts[w] + 1 else counts[w] = 1 end
    end
  end
  return (counts["the"] or 0) + (counts["fox"] or 0)
end
print(string.format("%.0f", loads[name](n)))
