//! The short way of comparing reals decides as the definition does, which divides by the greater operand.

use hydra_stdlib::value::ops::{real_le, real_lt};

fn divisor(x: f64, y: f64) -> f64 {
    if x * y == 0.0 { 1.0 } else { x.abs().max(y.abs()) }
}

fn check(x: f64, y: f64) {
    let divisor = divisor(x, y);
    let relative = (y - x) / divisor;
    assert_eq!(real_lt(x, y), relative > f64::EPSILON, "{x:e} < {y:e}");
    assert_eq!(
        real_le(x, y),
        divisor == 0.0 || relative > -f64::EPSILON,
        "{x:e} <= {y:e}"
    );
}

#[test]
fn reals_are_compared_with_rhais_tolerance() {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let corners = [
        0.0,
        -0.0,
        1.0,
        f64::MIN_POSITIVE,
        f64::MIN_POSITIVE / 8.0,
        5e-324,
        f64::MAX,
        f64::INFINITY,
        f64::NAN,
        f64::EPSILON,
        1e-300,
        4.0,
    ];
    for x in corners {
        for y in corners {
            for (x, y) in [(x, y), (-x, y), (x, -y), (-x, -y)] {
                check(x, y);
            }
        }
    }
    for _ in 0..300_000 {
        let x = f64::from_bits(next());
        check(x, f64::from_bits(next()));
        // neighbours, some units in the last place away
        for distance in 0..12 {
            check(x, f64::from_bits(x.to_bits().wrapping_add(distance)));
            check(f64::from_bits(x.to_bits().wrapping_add(distance)), x);
        }
    }
}
