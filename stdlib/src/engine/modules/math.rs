//! Numbers, beyond what rhai has itself.

use super::{Checked, Functions, fail, listed};

listed! { "math"
    atan2 "(y, x : real) : real" "The angle of the point (x, y), from -π to π." "math::atan2(0.0, 1.0)" "0.0";
    cbrt "(x : real) : real" "The cube root." "math::cbrt(27.0)" "3.0";
    clamp "(x, low, high : integer or real) : as x" "The nearest number to x that is not below low and not above high; a failure if low is above high." "math::clamp(12, 1, 10)" "10";
    gcd "(a, b : integer) : integer" "The greatest common divisor, never negative; of 0 and 0 it is 0." "math::gcd(48, -36)" "12";
    isqrt "(n : integer) : integer" "The square root, rounded down; a failure if n is negative." "math::isqrt(17)" "4";
    lcm "(a, b : integer) : integer" "The least common multiple, never negative." "math::lcm(4, 6)" "12";
    log10 "(x : real) : real" "The logarithm to base 10." "math::log10(1000.0)" "3.0";
    log2 "(x : real) : real" "The logarithm to base 2." "math::log2(8.0)" "3.0";
    pow_mod "(base, exponent, modulus : integer) : integer" "The power modulo a positive number, from 0 on, however large the power is; the exponent is not negative." "math::pow_mod(3, 200, 13)" "9";
}

pub(super) fn fill(functions: &mut Functions) {
    functions
        .add("atan2", f64::atan2)
        .add("cbrt", |x: f64| x.cbrt())
        .add("clamp", clamp)
        .add("clamp", clamp_real)
        .add("gcd", greatest_divisor)
        .add("isqrt", isqrt)
        .add("lcm", lcm)
        .add("log10", |x: f64| x.log10())
        .add("log2", |x: f64| x.log2())
        .add("pow_mod", pow_mod);
}

/// `clamp` of integers
pub(crate) fn clamp(x: i64, low: i64, high: i64) -> Checked<i64> {
    if low > high {
        fail(format!("clamp: {low} is above {high}"))
    } else {
        Ok(x.clamp(low, high))
    }
}

/// `clamp` of reals
pub(crate) fn clamp_real(x: f64, low: f64, high: f64) -> Checked<f64> {
    // what is no number is in no order
    if low <= high {
        Ok(x.clamp(low, high))
    } else {
        fail(format!("clamp: {low} is above {high}"))
    }
}

/// `gcd`
pub(crate) fn greatest_divisor(a: i64, b: i64) -> Checked<i64> {
    of_absolute(gcd(a.unsigned_abs(), b.unsigned_abs()))
}

/// `isqrt`
pub(crate) fn isqrt(n: i64) -> Checked<i64> {
    n.checked_isqrt()
        .map_or_else(|| fail(format!("isqrt: {n} is negative")), Ok)
}

/// `lcm`
pub(crate) fn lcm(a: i64, b: i64) -> Checked<i64> {
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    let gcd = gcd(a, b);
    match a.checked_div(gcd).unwrap_or(0).checked_mul(b) {
        Some(multiple) => of_absolute(multiple),
        None => fail("integer overflow: lcm"),
    }
}

fn of_absolute(n: u64) -> Checked<i64> {
    i64::try_from(n).map_or_else(|_| fail(format!("integer overflow: {n}")), Ok)
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `pow_mod`
pub(crate) fn pow_mod(base: i64, exponent: i64, modulus: i64) -> Checked<i64> {
    if modulus <= 0 || exponent < 0 {
        return fail("pow_mod: the modulus is positive, and the exponent not negative");
    }
    let modulus = i128::from(modulus);
    let (mut base, mut exponent, mut result) = (i128::from(base).rem_euclid(modulus), exponent, 1 % modulus);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * base % modulus;
        }
        base = base * base % modulus;
        exponent >>= 1;
    }
    of_absolute(result as u64)
}
