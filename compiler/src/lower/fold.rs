//! What can be read off an expression without running it.

use super::types;
use crate::check::script::Script;
use crate::check::tree::{Expr, ExprKind, Type, VarId};
use hydra_bytecode::{BinOp, CmpOp, Const, Kind};

/// The value of an integer expression over constants; `None` also where it would fail.
pub(super) fn integer(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Const(Const::Integer(value)) if e.ty == Type::Integer => Some(*value),
        ExprKind::Negate(inner) => integer(inner)?.checked_neg(),
        ExprKind::Arithmetic(op, left, right) => {
            let (left, right) = (integer(left)?, integer(right)?);
            match op {
                BinOp::Add => left.checked_add(right),
                BinOp::Sub => left.checked_sub(right),
                BinOp::Mul => left.checked_mul(right),
                BinOp::Div => left.checked_div(right),
                BinOp::Rem => left.checked_rem(right),
            }
        }
        _ => None,
    }
}

/// The value of a number that is a constant, as a real.
pub(super) fn real(e: &Expr) -> Option<f64> {
    match &e.kind {
        ExprKind::Const(Const::Real(value)) => Some(*value),
        ExprKind::Negate(inner) if inner.ty == Type::Real => real(inner).map(|value| -value),
        _ if e.ty == Type::Integer => integer(e).map(|value| value as f64),
        _ => None,
    }
}

/// The word of a constant integer, boolean or character.
pub(super) fn word(e: &Expr) -> Option<i64> {
    match &e.kind {
        ExprKind::Const(Const::Boolean(value)) => Some(i64::from(*value)),
        ExprKind::Const(Const::Character(value)) => Some(i64::from(u32::from(*value))),
        _ => integer(e),
    }
}

/// The kind as which two scalars are compared, if both are scalars that can be.
pub(super) fn common_kind(left: &Type, right: &Type) -> Option<Kind> {
    match (types::kind(left)?, types::kind(right)?) {
        (one, other) if one == other => Some(one),
        (Kind::Integer, Kind::Real) | (Kind::Real, Kind::Integer) => Some(Kind::Real),
        _ => None,
    }
}

/// What holds where `op` does not (of integers; reals that are not numbers are another matter).
pub(super) fn opposite(op: CmpOp) -> CmpOp {
    [CmpOp::Ne, CmpOp::Eq, CmpOp::Ge, CmpOp::Gt, CmpOp::Le, CmpOp::Lt][op as usize]
}

/// The comparison with its sides exchanged.
pub(super) fn flipped(op: CmpOp) -> CmpOp {
    [CmpOp::Eq, CmpOp::Ne, CmpOp::Gt, CmpOp::Ge, CmpOp::Lt, CmpOp::Le][op as usize]
}

/// Calls `visit` for an expression and all its parts, from left to right.
pub(super) fn each<'e>(e: &'e Expr, visit: &mut impl FnMut(&'e Expr)) {
    visit(e);
    match &e.kind {
        ExprKind::Const(_) | ExprKind::Param(_) | ExprKind::Var(_) | ExprKind::Fragment(_) => {}
        ExprKind::Element(_, parts) | ExprKind::Struct(_, parts) => parts.iter().for_each(|part| each(part, visit)),
        ExprKind::Script(script) => script.parts().into_iter().for_each(|part| each(part, visit)),
        ExprKind::Negate(inner) | ExprKind::Not(inner) => each(inner, visit),
        ExprKind::Arithmetic(_, left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::And(left, right)
        | ExprKind::Or(left, right) => {
            each(left, visit);
            each(right, visit);
        }
    }
}

/// Whether a fragment in the expression may assign the variable.
pub(super) fn assigns(e: &Expr, var: VarId) -> bool {
    let mut found = false;
    each(e, &mut |part| match &part.kind {
        ExprKind::Fragment(fragment) => {
            found |= fragment.vars.iter().any(|mention| mention.var == var && mention.writes);
        }
        ExprKind::Script(script) => found |= script.assigned().contains(&var),
        _ => {}
    });
    found
}

/// Whether the expression mentions the variable.
pub(super) fn mentions(e: &Expr, var: VarId) -> bool {
    let mut found = false;
    each(e, &mut |part| match &part.kind {
        ExprKind::Var(other) | ExprKind::Element(other, _) => found |= *other == var,
        ExprKind::Fragment(fragment) => found |= fragment.vars.iter().any(|mention| mention.var == var),
        ExprKind::Script(script) => found |= script.assigned().contains(&var),
        _ => {}
    });
    found
}

/// Whether a fragment in the expression assigns anything.
pub(super) fn assigns_any(e: &Expr) -> bool {
    let (mut found, mut assigned, mut own) = (false, Vec::new(), Vec::new());
    each(e, &mut |part| match &part.kind {
        ExprKind::Fragment(fragment) => found |= fragment.vars.iter().any(|mention| mention.writes),
        ExprKind::Script(script) => {
            assigned.extend_from_slice(script.assigned());
            match &**script {
                Script::Let(var, _) => own.push(*var),
                Script::Whole(.., given) => found |= !given.is_empty(),
                _ => {}
            }
        }
        _ => {}
    });
    // what is declared within is not seen outside
    found || assigned.iter().any(|var| !own.contains(var))
}

/// Whether the expression calls a function of an include.
pub(super) fn calls(e: &Expr) -> bool {
    let mut found = false;
    each(e, &mut |part| {
        found |= matches!(&part.kind, ExprKind::Script(script) if matches!(**script, Script::Call(..)));
    });
    found
}

/// Whether there is a fragment in the expression, lowered or not, that is more than a bare expression.
pub(super) fn has_fragment(e: &Expr) -> bool {
    let mut found = false;
    each(e, &mut |part| {
        found |= matches!(part.kind, ExprKind::Fragment(_) | ExprKind::Script(_))
    });
    found
}

/// Whether there is a fragment or a division in the expression: what may do something, or fail, that is seen.
pub(super) fn has_fragment_or_division(e: &Expr) -> bool {
    let mut found = false;
    each(e, &mut |part| {
        found |= match &part.kind {
            ExprKind::Fragment(_) | ExprKind::Script(_) => true,
            ExprKind::Arithmetic(BinOp::Div | BinOp::Rem, _, divisor) => {
                part.ty != Type::Real && integer(divisor).is_none_or(|divisor| divisor == 0 || divisor == -1)
            }
            _ => false,
        }
    });
    found
}

/// Whether the value has just its static type, so that a variable of that type can take it as it is. What rhai made need
/// not; nor, of arrays, are the lengths known.
pub(super) fn exact(e: &Expr) -> bool {
    types::bounds(&e.ty) == 0
        && e.ty != Type::Any
        && match &e.kind {
            ExprKind::Fragment(_) | ExprKind::Const(Const::Struct(..)) => types::kind(&e.ty).is_some(),
            ExprKind::Script(script) if matches!(**script, Script::Known(_)) => types::kind(&e.ty).is_some(),
            ExprKind::Script(script) if let Script::Checked(both) = &**script => exact(&both.1),
            ExprKind::Struct(_, parts) => parts.iter().all(|part| part.ty == Type::Any || exact(part)),
            ExprKind::Arithmetic(..) | ExprKind::Negate(_) => types::kind(&e.ty).is_some() || e.ty == Type::String,
            _ => true,
        }
}
