;; The loads of the table of braces that need no strings.
(module
 (memory 1)
 ;; makes room for n integers
 (func $room (param $n i64)
  (drop (memory.grow (i32.wrap_i64 (i64.shr_u (local.get $n) (i64.const 13))))))
 (func $at (param $i i64) (result i32)
  (i32.wrap_i64 (i64.shl (local.get $i) (i64.const 3))))

 (func (export "condition") (param $n i64) (result i64)
  (local $x i64) (local $y i64)
  (block $out (loop $next
   (br_if $out (i64.ge_s (local.get $x) (local.get $n)))
   (local.set $x (i64.add (local.get $x) (i64.const 1)))
   (if (i64.le_s (local.get $x) (i64.const 10000))
    (then (local.set $y (i64.add (local.get $y) (i64.const 1)))))
   (br $next)))
  (i64.add (local.get $x) (local.get $y)))

 (func (export "expression") (param $n i64) (result i64)
  (local $x i64) (local $y i64)
  (local.set $x (i64.const 1))
  (block $out (loop $next
   (br_if $out (i64.gt_s (local.get $x) (local.get $n)))
   (local.set $y (i64.add (i64.rem_s (i64.mul (local.get $x) (local.get $x)) (i64.const 7)) (local.get $y)))
   (local.set $x (i64.add (local.get $x) (i64.const 1)))
   (br $next)))
  (local.get $y))

 (func (export "loop") (param $n i64) (result i64)
  (local $s i64) (local $i i64)
  (block $out (loop $next
   (br_if $out (i64.ge_s (local.get $i) (local.get $n)))
   (local.set $s (i64.add (local.get $s) (i64.rem_s (local.get $i) (i64.const 3))))
   (local.set $i (i64.add (local.get $i) (i64.const 1)))
   (br $next)))
  (local.get $s))

 (func $fib (export "fib") (param $n i64) (result i64)
  (if (result i64) (i64.lt_s (local.get $n) (i64.const 2))
   (then (local.get $n))
   (else (i64.add
    (call $fib (i64.sub (local.get $n) (i64.const 1)))
    (call $fib (i64.sub (local.get $n) (i64.const 2)))))))

 (func (export "sum") (param $n i64) (result i64)
  (local $i i64) (local $k i64) (local $s i64)
  (call $room (i64.const 1000))
  (block $filled (loop $next
   (br_if $filled (i64.ge_s (local.get $i) (i64.const 1000)))
   (i64.store (call $at (local.get $i)) (i64.rem_s (i64.mul (local.get $i) (i64.const 7)) (i64.const 13)))
   (local.set $i (i64.add (local.get $i) (i64.const 1)))
   (br $next)))
  (block $out (loop $again
   (br_if $out (i64.ge_s (local.get $k) (local.get $n)))
   (local.set $i (i64.const 0))
   (block $added (loop $next
    (br_if $added (i64.ge_s (local.get $i) (i64.const 1000)))
    (local.set $s (i64.add (local.get $s)
     (i64.load (i32.wrap_i64 (i64.shl (local.get $i) (i64.const 3))))))
    (local.set $i (i64.add (local.get $i) (i64.const 1)))
    (br $next)))
   (local.set $k (i64.add (local.get $k) (i64.const 1)))
   (br $again)))
  (local.get $s))

 (func (export "sort") (param $n i64) (result i64)
  (local $i i64) (local $j i64) (local $x i64) (local $y i64) (local $s i64)
  (call $room (local.get $n))
  (local.set $x (i64.const 42))
  (block $filled (loop $next
   (br_if $filled (i64.ge_s (local.get $i) (local.get $n)))
   (local.set $x (i64.rem_s
    (i64.add (i64.mul (local.get $x) (i64.const 1103)) (i64.const 12345)) (i64.const 65536)))
   (i64.store (call $at (local.get $i)) (local.get $x))
   (local.set $i (i64.add (local.get $i) (i64.const 1)))
   (br $next)))
  (local.set $i (i64.const 1))
  (block $sorted (loop $next
   (br_if $sorted (i64.ge_s (local.get $i) (local.get $n)))
   (local.set $x (i64.load (i32.wrap_i64 (i64.shl (local.get $i) (i64.const 3)))))
   (local.set $j (i64.sub (local.get $i) (i64.const 1)))
   (block $found (loop $back
    (br_if $found (i64.lt_s (local.get $j) (i64.const 0)))
    (local.set $y (i64.load (i32.wrap_i64 (i64.shl (local.get $j) (i64.const 3)))))
    (br_if $found (i64.le_s (local.get $y) (local.get $x)))
    (i64.store offset=8 (i32.wrap_i64 (i64.shl (local.get $j) (i64.const 3))) (local.get $y))
    (local.set $j (i64.sub (local.get $j) (i64.const 1)))
    (br $back)))
   (i64.store (i32.wrap_i64 (i64.shl (i64.add (local.get $j) (i64.const 1)) (i64.const 3))) (local.get $x))
   (local.set $i (i64.add (local.get $i) (i64.const 1)))
   (br $next)))
  (local.set $i (i64.const 0))
  (block $out (loop $next
   (br_if $out (i64.ge_s (local.get $i) (local.get $n)))
   (local.set $s (i64.rem_s
    (i64.add (i64.mul (local.get $s) (i64.const 31)) (i64.load (call $at (local.get $i)))) (i64.const 1000003)))
   (local.set $i (i64.add (local.get $i) (i64.const 1)))
   (br $next)))
  (local.get $s))

 (func (export "mandelbrot") (param $n i64) (result i64)
  (local $total i64) (local $y i64) (local $x i64) (local $it i64) (local $size f64)
  (local $ci f64) (local $cr f64) (local $zr f64) (local $zi f64) (local $r2 f64) (local $i2 f64)
  (local.set $size (f64.convert_i64_s (local.get $n)))
  (block $out (loop $row
   (br_if $out (i64.ge_s (local.get $y) (local.get $n)))
   (local.set $ci (f64.sub
    (f64.div (f64.mul (f64.const 2) (f64.convert_i64_s (local.get $y))) (local.get $size)) (f64.const 1)))
   (local.set $x (i64.const 0))
   (block $end (loop $point
    (br_if $end (i64.ge_s (local.get $x) (local.get $n)))
    (local.set $cr (f64.sub
     (f64.div (f64.mul (f64.const 3) (f64.convert_i64_s (local.get $x))) (local.get $size)) (f64.const 2)))
    (local.set $zr (f64.const 0)) (local.set $zi (f64.const 0))
    (local.set $r2 (f64.const 0)) (local.set $i2 (f64.const 0)) (local.set $it (i64.const 0))
    (block $known (loop $turn
     (br_if $known (i64.ge_s (local.get $it) (i64.const 50)))
     (br_if $known (f64.gt (f64.add (local.get $r2) (local.get $i2)) (f64.const 4)))
     (local.set $zi (f64.add (f64.mul (f64.mul (f64.const 2) (local.get $zr)) (local.get $zi)) (local.get $ci)))
     (local.set $zr (f64.add (f64.sub (local.get $r2) (local.get $i2)) (local.get $cr)))
     (local.set $r2 (f64.mul (local.get $zr) (local.get $zr)))
     (local.set $i2 (f64.mul (local.get $zi) (local.get $zi)))
     (local.set $it (i64.add (local.get $it) (i64.const 1)))
     (br $turn)))
    (local.set $total (i64.add (local.get $total) (local.get $it)))
    (local.set $x (i64.add (local.get $x) (i64.const 1)))
    (br $point)))
   (local.set $y (i64.add (local.get $y) (i64.const 1)))
   (br $row)))
  (local.get $total))

 (func $place (param $all i64) (param $columns i64) (param $left i64) (param $right i64) (result i64)
  (local $count i64) (local $free i64) (local $bit i64)
  (if (i64.eq (local.get $columns) (local.get $all)) (then (return (i64.const 1))))
  (local.set $free (i64.sub (local.get $all) (i64.and (local.get $all)
   (i64.or (i64.or (local.get $columns) (local.get $left)) (local.get $right)))))
  (block $out (loop $next
   (br_if $out (i64.eqz (local.get $free)))
   (local.set $bit (i64.and (local.get $free) (i64.sub (i64.const 0) (local.get $free))))
   (local.set $free (i64.sub (local.get $free) (local.get $bit)))
   (local.set $count (i64.add (local.get $count) (call $place
    (local.get $all)
    (i64.or (local.get $columns) (local.get $bit))
    (i64.shl (i64.or (local.get $left) (local.get $bit)) (i64.const 1))
    (i64.shr_s (i64.or (local.get $right) (local.get $bit)) (i64.const 1)))))
   (br $next)))
  (local.get $count))
 (func (export "queens") (param $n i64) (result i64)
  (call $place
   (i64.sub (i64.shl (i64.const 1) (local.get $n)) (i64.const 1)) (i64.const 0) (i64.const 0) (i64.const 0))))
