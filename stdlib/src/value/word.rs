//! Scalars as 8-byte words, the form in which registers and arrays hold them.

use super::Value;
use hydra_bytecode::{Const, Kind};
use std::sync::Arc;

impl Value {
    /// The scalar of a kind from a register's word.
    #[inline]
    pub fn scalar(kind: Kind, word: u64) -> Value {
        match kind {
            Kind::Integer => Value::Integer(word as i64),
            Kind::Real => Value::Real(f64::from_bits(word)),
            Kind::Boolean => Value::Boolean(word != 0),
            Kind::Character => Value::Character(char::from_u32(word as u32).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    /// The kind and word of a scalar.
    #[inline]
    pub fn word(&self) -> Option<(Kind, u64)> {
        match *self {
            Value::Integer(n) => Some((Kind::Integer, n as u64)),
            Value::Real(x) => Some((Kind::Real, x.to_bits())),
            Value::Boolean(b) => Some((Kind::Boolean, u64::from(b))),
            Value::Character(c) => Some((Kind::Character, u64::from(c))),
            _ => None,
        }
    }

    /// The word of a scalar of this kind; an integer serves as a real.
    #[inline]
    pub fn word_of(&self, kind: Kind) -> Option<u64> {
        match (self, kind) {
            (&Value::Integer(n), Kind::Real) => Some((n as f64).to_bits()),
            _ => self.word().filter(|&(own, _)| own == kind).map(|(_, word)| word),
        }
    }
}

/// The value of a constant of the module.
pub fn from_const(constant: &Const) -> Value {
    use super::{Array, Struct, Symbol};
    match constant {
        Const::Unit => Value::Unit,
        Const::Integer(n) => Value::Integer(*n),
        Const::Real(x) => Value::Real(*x),
        Const::Boolean(b) => Value::Boolean(*b),
        Const::Character(c) => Value::Character(*c),
        Const::String(text) => Value::String(text.as_str().into()),
        Const::Array(items) => Value::Array(Arc::new(Array::from_values(items.iter().map(from_const).collect()))),
        Const::Struct(constructor, parts) if parts.is_empty() => Value::Signal(Symbol(u32::from(*constructor))),
        Const::Struct(constructor, parts) => Value::Struct(Arc::new(Struct {
            constructor: Symbol(u32::from(*constructor)),
            parts: parts.iter().map(from_const).collect(),
        })),
        Const::Map(items) => Value::Map(Arc::new(
            items
                .iter()
                .map(|(key, item)| (key.as_str().into(), from_const(item)))
                .collect(),
        )),
    }
}
