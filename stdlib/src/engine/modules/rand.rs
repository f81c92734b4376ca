//! Random numbers. With `--seed` they follow from the seed, like everything else in the run.

use super::{Checked, Functions, fail, listed};
use crate::engine::ScriptHost;
use rhai::{Array, Dynamic};
use std::sync::Arc;

listed! { "rand"
    boolean "() : boolean" "True or false, each as often." "" "";
    integer "(low, high : integer) : integer" "An integer from low to high, each as likely; a failure if low is above high." "rand::integer(7, 7)" "7";
    normal "(mean, deviation : real) : real" "A real of the normal distribution." "rand::normal(3.0, 0.0)" "3.0";
    pick "(a : array) : any" "One of the elements; a failure if there is none." "rand::pick([5])" "5";
    real "() : real" "A real from 0.0 on and below 1.0." "" "";
    shuffled "(a : array) : array" "A copy in any order." "rand::shuffled([1, 1])" "[1, 1]";
}

/// A real below 1.
fn unit(host: &dyn ScriptHost) -> f64 {
    (host.random() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number below a bound that is not 0.
fn below(host: &dyn ScriptHost, bound: u64) -> u64 {
    // multiplied, not divided, and drawn again where that would prefer some (Lemire, 2019)
    let least = bound.wrapping_neg() % bound;
    loop {
        let wide = u128::from(host.random()) * u128::from(bound);
        if wide as u64 >= least {
            return (wide >> 64) as u64;
        }
    }
}

pub(super) fn fill(functions: &mut Functions, host: &Arc<dyn ScriptHost>) {
    let with = || host.clone();
    let (boolean, integer, normal, pick, real, shuffle) = (with(), with(), with(), with(), with(), with());
    functions
        .add("boolean", move || boolean.random() >> 63 == 1)
        .add("integer", move |low: i64, high: i64| -> Checked<i64> {
            match high.wrapping_sub(low) as u64 {
                _ if low > high => fail(format!("integer: {low} is above {high}")),
                u64::MAX => Ok(integer.random() as i64),
                span => Ok(low.wrapping_add(below(&*integer, span + 1) as i64)),
            }
        })
        .add("normal", move |mean: f64, deviation: f64| {
            // Box and Muller, 1958; the logarithm of 0 must not be taken
            let radius = (-2.0 * (1.0 - unit(&*normal)).ln()).sqrt();
            mean + deviation * radius * (std::f64::consts::TAU * unit(&*normal)).cos()
        })
        .add("pick", move |a: Array| -> Checked<Dynamic> {
            if a.is_empty() {
                return fail("pick: the array is empty");
            }
            Ok(a[below(&*pick, a.len() as u64) as usize].clone())
        })
        .add("real", move || unit(&*real))
        .add("shuffled", move |mut a: Array| {
            for last in (1..a.len()).rev() {
                a.swap(last, below(&*shuffle, last as u64 + 1) as usize);
            }
            a
        });
}
