//! What an operator makes of constants: the same as when it runs. What would fail then has no value here.

use hydra_bytecode::{BinOp, CmpOp, Const};
use hydra_stdlib::value::{Symbols, Value, from_const, ops};
use std::sync::{Arc, LazyLock};

/// No constant has a constructor.
static SYMBOLS: LazyLock<Arc<Symbols>> = LazyLock::new(|| Arc::new(Symbols::new(&[])));

/// A longer text is not put together before the program runs: each mention of it would be a copy.
const TEXT_BYTES_MAX: usize = 1 << 16;

/// `a op b`
pub(super) fn arithmetic(op: BinOp, a: &Const, b: &Const) -> Option<Const> {
    constant(ops::binary(op, &from_const(a), &from_const(b), &SYMBOLS).ok()?)
}

/// `a op b`
pub(super) fn compare(op: CmpOp, a: &Const, b: &Const) -> Option<bool> {
    ops::compare(op, &from_const(a), &from_const(b), &SYMBOLS).ok()
}

/// `-a`
pub(super) fn negate(a: &Const) -> Option<Const> {
    constant(ops::negate(&from_const(a)).ok()?)
}

/// A scalar or string as a constant.
fn constant(value: Value) -> Option<Const> {
    match value {
        Value::Integer(n) => Some(Const::Integer(n)),
        Value::Real(x) => Some(Const::Real(x)),
        Value::Boolean(b) => Some(Const::Boolean(b)),
        Value::Character(c) => Some(Const::Character(c)),
        Value::String(s) if s.len() <= TEXT_BYTES_MAX => Some(Const::String(s.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_reals() {
        assert_eq!(
            arithmetic(BinOp::Rem, &Const::Integer(-7), &Const::Integer(3)),
            Some(Const::Integer(-1))
        );
        assert_eq!(
            arithmetic(BinOp::Div, &Const::Integer(-7), &Const::Integer(2)),
            Some(Const::Integer(-3))
        );
        assert_eq!(arithmetic(BinOp::Div, &Const::Integer(1), &Const::Integer(0)), None);
        assert_eq!(
            arithmetic(BinOp::Add, &Const::Integer(i64::MAX), &Const::Integer(1)),
            None
        );
        assert_eq!(
            arithmetic(BinOp::Add, &Const::Integer(1), &Const::Real(0.5)),
            Some(Const::Real(1.5))
        );
        assert_eq!(negate(&Const::Integer(i64::MIN)), None);
    }

    #[test]
    fn texts() {
        let s = |s: &str| Const::String(s.into());
        assert_eq!(arithmetic(BinOp::Add, &s("a"), &Const::Real(2.0)), Some(s("a2.0")));
        assert_eq!(arithmetic(BinOp::Add, &s("a"), &Const::Real(1e20)), Some(s("a1e20")));
        assert_eq!(arithmetic(BinOp::Add, &Const::Integer(1), &s("a")), Some(s("1a")));
        assert_eq!(
            arithmetic(BinOp::Add, &Const::Character('x'), &Const::Character('y')),
            Some(s("xy"))
        );
        assert_eq!(arithmetic(BinOp::Add, &Const::Character('x'), &Const::Integer(1)), None);
        assert_eq!(arithmetic(BinOp::Sub, &s("abc"), &s("b")), Some(s("ac")));
    }

    #[test]
    fn comparisons() {
        let sum = arithmetic(BinOp::Add, &Const::Real(0.1), &Const::Real(0.2)).unwrap_or(Const::Unit);
        assert_eq!(compare(CmpOp::Eq, &sum, &Const::Real(0.3)), Some(true));
        assert_eq!(compare(CmpOp::Lt, &Const::Integer(2), &Const::Real(2.5)), Some(true));
        assert_eq!(
            compare(CmpOp::Lt, &Const::String("abc".into()), &Const::String("abd".into())),
            Some(true)
        );
        assert_eq!(
            compare(CmpOp::Eq, &Const::Integer(2), &Const::String("2".into())),
            Some(false)
        );
    }
}
