//! What can be seen in the text of guards: that two cannot both hold, that nobody would notice whether a condition is
//! evaluated, that two cannot take the same output.

use super::{fold, types};
use crate::check::tree::{Condition, Expr, ExprKind, GuardEnd, Guarded, Partner, Port, Type, VarId};
use hydra_bytecode::{BinOp, CmpOp, Const, Kind};
use rustc_hash::FxHashMap;

/// More guards are not compared with each other: that would take longer than it saves.
const COMPARED_MAX: usize = 500;

/// How many pairs of guards are compared to find out whether they take different outputs; after that they may take the same.
const PAIRS_MAX: usize = COMPARED_MAX * COMPARED_MAX;

/// Whether at most one of the guards can hold; they have conditions only.
pub(super) fn all(guards: &[Guarded]) -> bool {
    if guards.len() > COMPARED_MAX {
        return false;
    }
    let lists: Vec<Vec<(&Expr, bool)>> = guards.iter().map(conjuncts).collect();
    lists.iter().enumerate().all(|(i, one)| {
        lists[..i]
            .iter()
            .all(|other| one.iter().any(|a| other.iter().any(|b| contradict(*a, *b))))
    })
}

/// The conditions that must all hold (or, with `false`, not hold) for a guard to hold.
fn conjuncts(guarded: &Guarded) -> Vec<(&Expr, bool)> {
    let mut found = Vec::new();
    for condition in &guarded.conditions {
        if let Condition::Holds(e) = condition {
            split(e, true, &mut found);
        }
    }
    found
}

fn split<'e>(e: &'e Expr, holds: bool, found: &mut Vec<(&'e Expr, bool)>) {
    match (&e.kind, holds) {
        (ExprKind::Not(inner), _) => split(inner, !holds, found),
        (ExprKind::And(left, right), true) | (ExprKind::Or(left, right), false) => {
            split(left, holds, found);
            split(right, holds, found);
        }
        _ => found.push((e, holds)),
    }
}

/// How two values may compare: less, equal, greater, or not at all.
fn outcomes(op: CmpOp, holds: bool) -> u8 {
    let set = match op {
        CmpOp::Eq => 0b0010,
        CmpOp::Ne => 0b1101,
        CmpOp::Lt => 0b0001,
        CmpOp::Le => 0b0011,
        CmpOp::Gt => 0b0100,
        CmpOp::Ge => 0b0110,
    };
    if holds { set } else { !set & 0b1111 }
}

/// Whether two conditions cannot both be as they are said to be.
fn contradict((one, holds): (&Expr, bool), (other, holds_other): (&Expr, bool)) -> bool {
    if fold::has_fragment(one) || fold::has_fragment(other) {
        return false;
    }
    if same(one, other) {
        return holds != holds_other;
    }
    let (ExprKind::Compare(op, l, r), ExprKind::Compare(op_other, l_other, r_other)) = (&one.kind, &other.kind) else {
        return false;
    };
    let disjoint = |op_other| outcomes(*op, holds) & outcomes(op_other, holds_other) == 0;
    if same(l, l_other) && same(r, r_other) {
        return disjoint(*op_other);
    }
    if same(l, r_other) && same(r, l_other) {
        return disjoint(fold::flipped(*op_other));
    }
    match (
        against_constant(*op, l, r, holds),
        against_constant(*op_other, l_other, r_other, holds_other),
    ) {
        (Some((x, constant)), Some((y, other))) => same(x, y) && constant.excludes(&other),
        _ => false,
    }
}

/// The values for which a comparison with a constant comes out as it is said to.
enum Values<'e> {
    /// From the first to the last.
    Between(i128, i128),
    /// Just this text.
    Text(&'e str),
}

impl Values<'_> {
    fn excludes(&self, other: &Values<'_>) -> bool {
        match (self, other) {
            (Values::Between(low, high), Values::Between(other_low, other_high)) => {
                low > other_high || other_low > high
            }
            (Values::Text(one), Values::Text(other)) => one != other,
            _ => false,
        }
    }
}

fn against_constant<'e>(op: CmpOp, l: &'e Expr, r: &'e Expr, holds: bool) -> Option<(&'e Expr, Values<'e>)> {
    let (op, x, constant) = match (&l.kind, &r.kind) {
        (ExprKind::Const(_), _) => (fold::flipped(op), r, l),
        _ => (op, l, r),
    };
    if let (ExprKind::Const(Const::String(text)), CmpOp::Eq, true) = (&constant.kind, op, holds) {
        return Some((x, Values::Text(text)));
    }
    if types::kind(&x.ty)? == Kind::Real {
        return None;
    }
    let value = i128::from(fold::word(constant)?);
    let op = if holds { op } else { fold::opposite(op) };
    let (low, high) = match op {
        CmpOp::Eq => (value, value),
        CmpOp::Ne => return None,
        CmpOp::Lt => (i128::MIN, value - 1),
        CmpOp::Le => (i128::MIN, value),
        CmpOp::Gt => (value + 1, i128::MAX),
        CmpOp::Ge => (value, i128::MAX),
    };
    Some((x, Values::Between(low, high)))
}

/// Whether two expressions without fragments are the same.
fn same(one: &Expr, other: &Expr) -> bool {
    let all = |one: &[Expr], other: &[Expr]| one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b));
    match (&one.kind, &other.kind) {
        (ExprKind::Const(a), ExprKind::Const(b)) => a == b && one.ty == other.ty,
        (ExprKind::Param(a), ExprKind::Param(b)) => a == b,
        (ExprKind::Var(a), ExprKind::Var(b)) => a == b,
        (ExprKind::Element(a, subscripts), ExprKind::Element(b, others)) => a == b && all(subscripts, others),
        (ExprKind::Struct(a, parts), ExprKind::Struct(b, others)) => a == b && all(parts, others),
        (ExprKind::Negate(a), ExprKind::Negate(b)) | (ExprKind::Not(a), ExprKind::Not(b)) => same(a, b),
        (ExprKind::Arithmetic(op, l, r), ExprKind::Arithmetic(op_other, l_other, r_other)) => {
            op == op_other && same(l, l_other) && same(r, r_other)
        }
        (ExprKind::Compare(op, l, r), ExprKind::Compare(op_other, l_other, r_other)) => {
            op == op_other && same(l, l_other) && same(r, r_other)
        }
        (ExprKind::And(l, r), ExprKind::And(l_other, r_other))
        | (ExprKind::Or(l, r), ExprKind::Or(l_other, r_other)) => same(l, l_other) && same(r, r_other),
        _ => false,
    }
}

/// Whether nobody would notice that the conditions of a guard are not evaluated: they cannot fail, after those of the
/// `first` guard of the command have been evaluated, and do nothing else.
pub(super) fn unnoticed(guarded: &Guarded, first: &Guarded) -> bool {
    let mut evaluated = Vec::new();
    if let Some(Condition::Holds(e)) = first.conditions.first() {
        certainly_evaluated(e, &mut evaluated);
    }
    guarded.conditions.iter().all(|condition| match condition {
        Condition::Declare(..) => false,
        Condition::Holds(e) => harmless(e, &evaluated),
    })
}

/// What is evaluated whenever `e` is: where that has not failed, the same expression does not fail either.
fn certainly_evaluated<'e>(e: &'e Expr, found: &mut Vec<&'e Expr>) {
    found.push(e);
    match &e.kind {
        ExprKind::Negate(inner) | ExprKind::Not(inner) => certainly_evaluated(inner, found),
        ExprKind::Compare(_, left, right) | ExprKind::Arithmetic(_, left, right) => {
            certainly_evaluated(left, found);
            certainly_evaluated(right, found);
        }
        ExprKind::And(left, _) | ExprKind::Or(left, _) => certainly_evaluated(left, found),
        ExprKind::Element(_, subscripts) => subscripts.iter().for_each(|e| certainly_evaluated(e, found)),
        _ => {}
    }
}

/// Whether a guard holds just when another one does not: each has one condition, and the same integers, booleans or
/// characters are compared.
pub(super) fn complementary(one: &Guarded, other: &Guarded) -> bool {
    let ([Condition::Holds(a)], [Condition::Holds(b)]) = (&one.conditions[..], &other.conditions[..]) else {
        return false;
    };
    let (mut lists, mut others) = (Vec::new(), Vec::new());
    split(a, true, &mut lists);
    split(b, true, &mut others);
    let ([(a, holds)], [(b, holds_other)]) = (&lists[..], &others[..]) else {
        return false;
    };
    if same(a, b) {
        return holds != holds_other;
    }
    let (ExprKind::Compare(op, l, r), ExprKind::Compare(op_other, l_other, r_other)) = (&a.kind, &b.kind) else {
        return false;
    };
    let comparable = fold::common_kind(&l.ty, &r.ty).is_some_and(|kind| kind != Kind::Real);
    let all = |op_other| (outcomes(*op, *holds) | outcomes(op_other, *holds_other)) & 0b0111 == 0b0111;
    comparable
        && ((same(l, l_other) && same(r, r_other) && all(*op_other))
            || (same(l, r_other) && same(r, l_other) && all(fold::flipped(*op_other))))
}

fn harmless(e: &Expr, evaluated: &[&Expr]) -> bool {
    if evaluated.iter().any(|other| same(e, other)) {
        return true;
    }
    let harmless = |e: &Expr| harmless(e, evaluated);
    let scalar = |e: &Expr| types::kind(&e.ty).is_some() && harmless(e);
    match &e.kind {
        ExprKind::Const(_) | ExprKind::Param(_) | ExprKind::Var(_) => e.ty != Type::Any,
        ExprKind::Element(..) | ExprKind::Struct(..) | ExprKind::Fragment(_) | ExprKind::Script(_) => false,
        ExprKind::Negate(inner) => inner.ty == Type::Real && harmless(inner),
        ExprKind::Not(inner) => scalar(inner),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => scalar(left) && scalar(right),
        ExprKind::Compare(_, left, right) => {
            let strings = left.ty == Type::String && right.ty == Type::String && harmless(left) && harmless(right);
            strings || (scalar(left) && scalar(right))
        }
        ExprKind::Arithmetic(op, left, right) => match (types::kind(&left.ty), types::kind(&right.ty)) {
            (Some(Kind::Integer), Some(Kind::Integer)) => {
                fold::integer(e).is_some()
                    || (matches!(op, BinOp::Div | BinOp::Rem)
                        && harmless(left)
                        && fold::integer(right).is_some_and(|value| value != 0 && value != -1))
            }
            (Some(Kind::Integer | Kind::Real), Some(Kind::Integer | Kind::Real)) => harmless(left) && harmless(right),
            _ => false,
        },
    }
}

/// Whether no output can be taken by two of the guards, each combination of range variables being a guard of its own.
/// `shapes` are what they input.
pub(super) fn distinct(guards: &[Guarded], shapes: &[Option<&Type>]) -> bool {
    let inputs: Vec<(&Guarded, &Port, &Type)> = guards
        .iter()
        .zip(shapes)
        .filter_map(|(guarded, shape)| match (&guarded.last, shape) {
            (GuardEnd::Input(port, ..), Some(shape)) => Some((guarded, port, *shape)),
            _ => None,
        })
        .collect();
    if !inputs.iter().all(|(guarded, port, _)| apart_from_itself(guarded, port)) {
        return false;
    }
    // those that name one partner with constants are compared only with each other and with those whose subscripts vary
    let formal = inputs
        .iter()
        .any(|(_, port, _)| matches!(port.partner, Partner::Formal(_)));
    let mut fixed: FxHashMap<(Option<&Partner>, Vec<i64>), Vec<usize>> = FxHashMap::default();
    let mut varying: FxHashMap<Option<&Partner>, Vec<usize>> = FxHashMap::default();
    let mut of_partner: FxHashMap<Option<&Partner>, Vec<usize>> = FxHashMap::default();
    for (number, (_, port, _)) in inputs.iter().enumerate() {
        // a formal may be bound to what another name means
        let partner = (!formal).then_some(&port.partner);
        let constants: Option<Vec<i64>> = port.subscripts.iter().map(fold::integer).collect();
        match constants.filter(|_| !formal) {
            Some(constants) => fixed.entry((partner, constants)).or_default().push(number),
            None => varying.entry(partner).or_default().push(number),
        }
        of_partner.entry(partner).or_default().push(number);
    }
    let mut left = PAIRS_MAX;
    let mut apart = |one: usize, other: usize| {
        let ((guarded, port, shape), (other_guarded, other_port, other_shape)) = (inputs[one], inputs[other]);
        left = left.saturating_sub(1);
        let apart = types::disagree(shape, other_shape) || differ((guarded, port), (other_guarded, other_port));
        left > 0 && (one == other || apart)
    };
    let fixed_apart = (fixed.values()).all(|same| {
        same.iter()
            .enumerate()
            .all(|(i, &one)| same[..i].iter().all(|&other| apart(one, other)))
    });
    fixed_apart
        && varying.iter().all(|(partner, some)| {
            some.iter()
                .all(|&one| of_partner[partner].iter().all(|&other| apart(one, other)))
        })
}

/// Whether different values of the range variables name different partners.
fn apart_from_itself(guarded: &Guarded, port: &Port) -> bool {
    let named = |var: VarId| {
        port.subscripts
            .iter()
            .any(|e| matches!(e.kind, ExprKind::Var(other) if other == var))
    };
    guarded.ranges.iter().all(|range| named(range.var))
}

/// Whether two guards surely name different partners.
fn differ((guarded, port): (&Guarded, &Port), (other_guarded, other): (&Guarded, &Port)) -> bool {
    match (&port.partner, &other.partner) {
        (one, another) if one == another => {}
        // A formal may be bound to what another name means.
        (Partner::Formal(_), _) | (_, Partner::Formal(_)) => return false,
        _ => return true,
    }
    port.subscripts
        .iter()
        .zip(&other.subscripts)
        .any(|(a, b)| match (values(guarded, a), values(other_guarded, b)) {
            (Some(one), Some(another)) => one.excludes(&another),
            _ => false,
        })
}

/// The values that a subscript may have, where that is known.
fn values<'e>(guarded: &Guarded, e: &Expr) -> Option<Values<'e>> {
    if let Some(value) = fold::integer(e) {
        return Some(Values::Between(value.into(), value.into()));
    }
    let ExprKind::Var(var) = e.kind else { return None };
    let range = guarded.ranges.iter().find(|range| range.var == var)?;
    Some(Values::Between(
        fold::integer(&range.low)?.into(),
        fold::integer(&range.high)?.into(),
    ))
}
