//! Bits of integers, which have 64; rhai has the operators itself.

use super::{Checked, Functions, fail, listed};

listed! { "bits"
    count "(n : integer) : integer" "How many bits are 1." "bits::count(0b1011)" "3";
    leading_zeros "(n : integer) : integer" "How many bits before the highest 1 are 0." "bits::leading_zeros(1)" "63";
    reverse "(n : integer) : integer" "The bits from the lowest to the highest." "bits::reverse(1) < 0" "true";
    rotate_left "(n, by : integer) : integer" "Rotated to the left, modulo 64; to the right if by is negative." "bits::rotate_left(-1, 3)" "-1";
    rotate_right "(n, by : integer) : integer" "Rotated to the right, modulo 64; to the left if by is negative." "bits::rotate_right(2, 1)" "1";
    shift_right "(n, by : integer) : integer" "Shifted to the right, filled with 0, where `>>` keeps the sign; by is from 0 to 63." "bits::shift_right(-1, 60)" "15";
    trailing_zeros "(n : integer) : integer" "How many bits below the lowest 1 are 0; 64 for 0." "bits::trailing_zeros(8)" "3";
}

pub(super) fn fill(functions: &mut Functions) {
    functions
        .add("count", |n: i64| i64::from(n.count_ones()))
        .add("leading_zeros", |n: i64| i64::from(n.leading_zeros()))
        .add("reverse", |n: i64| n.reverse_bits())
        .add("rotate_left", rotate_left)
        .add("rotate_right", rotate_right)
        .add("shift_right", shift_right)
        .add("trailing_zeros", |n: i64| i64::from(n.trailing_zeros()));
}

/// `rotate_left`
pub(crate) fn rotate_left(n: i64, by: i64) -> i64 {
    n.rotate_left(by.rem_euclid(64) as u32)
}

/// `rotate_right`
pub(crate) fn rotate_right(n: i64, by: i64) -> i64 {
    n.rotate_right(by.rem_euclid(64) as u32)
}

/// `shift_right`
pub(crate) fn shift_right(n: i64, by: i64) -> Checked<i64> {
    match u32::try_from(by) {
        Ok(by @ 0..64) => Ok((n as u64 >> by) as i64),
        _ => fail(format!("shift_right: by {by}, and there are 64 bits")),
    }
}
