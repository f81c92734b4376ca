//! What an operator makes of constants, where that is sure: what would fail when it runs has no value here.

use hydra_bytecode::{BinOp, CmpOp, Const};

/// `a op b`
pub(super) fn arithmetic(op: BinOp, a: &Const, b: &Const) -> Option<Const> {
    match (a, b) {
        (Const::Integer(a), Const::Integer(b)) => Some(Const::Integer(match op {
            BinOp::Add => a.checked_add(*b)?,
            BinOp::Sub => a.checked_sub(*b)?,
            BinOp::Mul => a.checked_mul(*b)?,
            BinOp::Div => a.checked_div(*b)?,
            BinOp::Rem => a.checked_rem(*b)?,
        })),
        (Const::Integer(_) | Const::Real(_), Const::Integer(_) | Const::Real(_)) => {
            let (a, b) = (real(a)?, real(b)?);
            Some(Const::Real(match op {
                BinOp::Add => a + b,
                BinOp::Sub => a - b,
                BinOp::Mul => a * b,
                BinOp::Div => a / b,
                BinOp::Rem => a % b,
            }))
        }
        (Const::Character(_) | Const::String(_), _) | (_, Const::String(_)) if op == BinOp::Add => {
            if !matches!(
                (a, b),
                (Const::String(_), _) | (_, Const::String(_)) | (Const::Character(_), Const::Character(_))
            ) {
                return None;
            }
            Some(Const::String(format!("{}{}", shown(a)?, shown(b)?)))
        }
        _ => None,
    }
}

/// `a op b`
pub(super) fn compare(op: CmpOp, a: &Const, b: &Const) -> Option<bool> {
    match (a, b) {
        (Const::Integer(a), Const::Integer(b)) => Some(ordered(op, a, b)),
        (Const::Boolean(a), Const::Boolean(b)) => Some(ordered(op, a, b)),
        (Const::Character(a), Const::Character(b)) => Some(ordered(op, a, b)),
        (Const::String(a), Const::String(b)) => Some(ordered(op, a, b)),
        (Const::Integer(_) | Const::Real(_), Const::Integer(_) | Const::Real(_)) => {
            let (a, b) = (real(a)?, real(b)?);
            if a.is_nan() || b.is_nan() || a.is_infinite() || b.is_infinite() {
                return None;
            }
            let divisor = if a * b == 0.0 { 1.0 } else { a.abs().max(b.abs()) };
            let difference = (a - b) / divisor;
            Some(match op {
                CmpOp::Eq => difference.abs() <= f64::EPSILON,
                CmpOp::Ne => difference.abs() > f64::EPSILON,
                CmpOp::Lt => difference < -f64::EPSILON,
                CmpOp::Le => difference <= f64::EPSILON,
                CmpOp::Gt => difference > f64::EPSILON,
                CmpOp::Ge => difference >= -f64::EPSILON,
            })
        }
        _ => None,
    }
}

/// `-a`
pub(super) fn negate(a: &Const) -> Option<Const> {
    match a {
        Const::Integer(a) => Some(Const::Integer(a.checked_neg()?)),
        Const::Real(a) => Some(Const::Real(-a)),
        _ => None,
    }
}

fn ordered<T: Ord>(op: CmpOp, a: &T, b: &T) -> bool {
    match op {
        CmpOp::Eq => a == b,
        CmpOp::Ne => a != b,
        CmpOp::Lt => a < b,
        CmpOp::Le => a <= b,
        CmpOp::Gt => a > b,
        CmpOp::Ge => a >= b,
    }
}

fn real(value: &Const) -> Option<f64> {
    match value {
        Const::Integer(n) => Some(*n as f64),
        Const::Real(x) => Some(*x),
        _ => None,
    }
}

/// A value as it is joined to a string.
fn shown(value: &Const) -> Option<String> {
    match value {
        Const::Integer(n) => Some(n.to_string()),
        Const::Boolean(b) => Some(b.to_string()),
        Const::Character(c) => Some(c.to_string()),
        Const::String(s) => Some(s.clone()),
        Const::Real(x) => Some(rhai_real(*x)),
        _ => None,
    }
}

/// A real as rhai prints it.
fn rhai_real(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 {
        "0.0".into()
    } else if !(1e-7..=1e13).contains(&size) && !x.is_nan() {
        format!("{x:e}")
    } else if x.fract() == 0.0 {
        format!("{x}.0")
    } else {
        x.to_string()
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
        assert_eq!(arithmetic(BinOp::Sub, &s("a"), &s("b")), None);
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
        assert_eq!(compare(CmpOp::Eq, &Const::Integer(2), &Const::String("2".into())), None);
    }
}
