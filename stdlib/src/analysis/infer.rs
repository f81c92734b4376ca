//! Types of rhai expressions, where they are sure.

/// A type that a value surely has if it is ever made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Inferred {
    /// integer
    Integer,
    /// real
    Real,
    /// boolean
    Boolean,
    /// character
    Character,
    /// string
    String,
    /// `()`
    Unit,
    /// an array and what its elements share
    Array(Box<Inferred>),
    /// any other, or not sure
    #[default]
    Unknown,
}

use Inferred::{Array, Boolean, Character, Integer, Real, String, Unknown};

impl Inferred {
    /// The type of a value that has one of two types.
    pub(super) fn or(self, other: Inferred) -> Inferred {
        match (self, other) {
            (Array(a), Array(b)) => Array(Box::new(a.or(*b))),
            (a, b) if a == b => a,
            _ => Unknown,
        }
    }

    /// The type of elements.
    pub(super) fn element(self) -> Inferred {
        match self {
            Array(element) => *element,
            String => Character,
            _ => Unknown,
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Integer | Real)
    }
}

/// The type of `a op b`.
pub(super) fn binary(op: &str, a: &Inferred, b: &Inferred) -> Inferred {
    match op {
        "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" | "in" | "!in" | "contains" => Boolean,
        "+" if *a == String || *b == String => String,
        "+" if *a == Character && *b == Character => String,
        "+" => match (a, b) {
            (Array(x), Array(y)) => Array(Box::new((**x).clone().or((**y).clone()))),
            _ => arithmetic(a, b),
        },
        "-" if *a == String && matches!(b, String | Character) => String,
        "-" | "*" | "/" | "%" | "**" => arithmetic(a, b),
        "<<" | ">>" if *a == Integer && *b == Integer => Integer,
        "&" | "|" | "^" if *a == Integer && *b == Integer => Integer,
        "&" | "|" | "^" if *a == Boolean && *b == Boolean => Boolean,
        _ => Unknown,
    }
}

fn arithmetic(a: &Inferred, b: &Inferred) -> Inferred {
    match (a, b) {
        (Integer, Integer) => Integer,
        _ if a.is_number() && b.is_number() => Real,
        _ => Unknown,
    }
}

/// The type of `op a`.
pub(super) fn unary(op: &str, a: &Inferred) -> Inferred {
    match op {
        "!" => Boolean,
        "-" | "+" if a.is_number() => a.clone(),
        _ => Unknown,
    }
}

/// The type of a call of one of rhai's functions, where it does not depend on much; `on` is the receiver or the first
/// argument, `args` counts it too.
pub(super) fn function(name: &str, args: usize, on: &Inferred) -> Inferred {
    match (name, args) {
        ("print" | "debug", _) => Inferred::Unit,
        ("len", 1) if matches!(on, String | Array(_)) => Integer,
        ("to_string" | "to_debug" | "type_of", 1) => String,
        ("to_int", 1) if on.is_number() => Integer,
        ("to_float", 1) if on.is_number() => Real,
        ("parse_int", _) if *on == String => Integer,
        ("parse_float", _) if *on == String => Real,
        ("to_upper" | "to_lower", 1) if *on == String => String,
        ("sub_string", _) if *on == String => String,
        ("contains" | "starts_with" | "ends_with", 2) if *on == String => Boolean,
        ("is_empty", 1) if matches!(on, String | Array(_)) => Boolean,
        _ => Unknown,
    }
}
