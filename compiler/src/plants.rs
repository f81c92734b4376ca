//! Deliberately wrong lowerings of braces, to see that they are found: the feature `plants` lets a test choose one of
//! [`ALL`]; without it there are none.

/// What is wrong in each.
pub const ALL: [&str; 26] = [
    "`>=` of numbers is `>`",
    "`<` of strings is `<=`",
    "`<<` is `>>`",
    "`||` evaluates both sides",
    "the branches of an `if` with a value are exchanged",
    "a range of cases in a `switch` has one value more",
    "`for` over `a..b` comes to `b`",
    "the counter of a `for` begins at 1",
    "`do … until` is `do … while`",
    "`continue` is `break`",
    "texts are joined the other way round",
    "`x -= y` is `x = y - x`",
    "integers in variables for reals stay integers",
    "two subscripts are exchanged",
    "`max` is `min`",
    "`x ** y` of integers is `x * y`",
    "`-x` of reals is `x`",
    "the first two arguments of a function are exchanged",
    "what a method changes is not kept",
    "a failing operator on integers is shown at another place",
    "`catch` gets nothing of what was thrown",
    "`some` and `all` give the opposite of what an item decides",
    "the last character of a range is not in the part of a string",
    "`()` is thrown within `catch` as it is",
    "`retain` keeps what `drain` takes",
    "what `sort` compares is exchanged",
];

#[cfg(feature = "plants")]
mod planted {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static PLANTED: AtomicUsize = AtomicUsize::new(usize::MAX);

    /// From now on the lowering is wrong as [`super::ALL`] says under this number; or right, if there is none.
    pub fn plant(number: Option<usize>) {
        PLANTED.store(number.unwrap_or(usize::MAX), Ordering::Relaxed);
    }

    pub(crate) fn planted(number: usize) -> bool {
        PLANTED.load(Ordering::Relaxed) == number
    }
}

#[cfg(not(feature = "plants"))]
mod planted {
    pub(crate) const fn planted(_: usize) -> bool {
        false
    }
}

#[cfg(feature = "plants")]
pub use planted::plant;
pub(crate) use planted::planted;
