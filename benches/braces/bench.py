"""The loads of the table of braces in Python: bench.py NAME N"""
import sys

name, n = sys.argv[1], int(sys.argv[2])
sys.setrecursionlimit(10000)


def condition():
    x, y = 0, 0
    while x < n:
        x += 1
        if x <= 10000:
            y += 1
    return x + y


def expression():
    y = 0
    for x in range(1, n + 1):
        y = x * x % 7 + y
    return y


def loop():
    s, i = 0, 0
    while i < n:
        s += i % 3
        i += 1
    return s


def fib(k=None):
    k = n if k is None else k
    return k if k < 2 else fib(k - 1) + fib(k - 2)


def text():
    s = ""
    for i in range(n):
        s = s + "x" + str(i % 10)
    return len(s)


def sum():
    a = [i * 7 % 13 for i in range(1000)]
    s = 0
    for _ in range(n):
        for i in range(1000):
            s += a[i]
    return s


def sort():
    a, x, s = [], 42, 0
    for _ in range(n):
        x = (x * 1103 + 12345) % 65536
        a.append(x)
    i = 1
    while i < n:
        x, j = a[i], i - 1
        while j >= 0 and a[j] > x:
            a[j + 1] = a[j]
            j -= 1
        a[j + 1] = x
        i += 1
    for x in a:
        s = (s * 31 + x) % 1000003
    return s


def mandelbrot():
    total, size = 0, float(n)
    for y in range(n):
        ci = 2.0 * y / size - 1.0
        for x in range(n):
            cr, zr, zi, r2, i2, it = 3.0 * x / size - 2.0, 0.0, 0.0, 0.0, 0.0, 0
            while it < 50 and r2 + i2 <= 4.0:
                zi = 2.0 * zr * zi + ci
                zr = r2 - i2 + cr
                r2 = zr * zr
                i2 = zi * zi
                it += 1
            total += it
    return total


def place(every, columns, left, right):
    if columns == every:
        return 1
    count, free = 0, every - (every & (columns | left | right))
    while free != 0:
        bit = free & -free
        free -= bit
        count += place(every, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count


def queens():
    return place((1 << n) - 1, 0, 0, 0)


def words():
    counts = {}
    for _ in range(n):
        for w in "the quick brown fox jumps over the lazy dog and the cat".split(" "):
            if w in counts:
                counts[w] += 1
            else:
                counts[w] = 1
    return counts.get("the", 0) + counts.get("fox", 0)


print(globals()[name]())
