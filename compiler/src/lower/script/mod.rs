//! What rhai has beyond bare expressions, as instructions.
//!
//! An expression is evaluated *into* a register, or for its effect alone. The register of a result is not written before
//! everything else has been read: each way through the code writes it last.

mod function;
mod operation;
mod repetition;

use super::code::Label;
use super::expr::near;
use super::routine::{Unit, Want};
use super::types;
use crate::check::script::{Script, Switch, Test};
use crate::check::tree::{Expr, ExprKind, Target, Type, VarId};
use hydra_bytecode::{Const, Kind, Op, Reg, Span};
use repetition::Around;
use std::rc::Rc;

/// What a `return` does.
#[derive(Clone, Copy, Default)]
enum End {
    /// There is nothing to return from.
    #[default]
    Nowhere,
    /// It ends a fragment: where it leads, and where its value goes.
    Fragment(Label, Option<Reg>),
    /// It ends a function, whose value is a scalar or not.
    Function(bool),
}

/// The fragment and the loops around a place.
#[derive(Default)]
pub(super) struct Surroundings {
    end: End,
    loops: Vec<Around>,
}

impl Unit<'_, '_> {
    /// Evaluates an operation of rhai into its natural bank.
    pub(super) fn script(&mut self, e: &Expr, script: &Script, want: Want) -> Reg {
        match script {
            Script::Dynamic(inner) => Reg::R(self.reference(inner, want)),
            Script::Bits(op, left, right) => {
                let kind = types::kind(&left.ty).unwrap_or(Kind::Integer);
                let op = [Op::Shl, Op::Shr, Op::BitAnd, Op::BitOr, Op::BitXor][*op as usize];
                self.combined(op, kind, left, right, want)
            }
            Script::Power(left, right) => match types::kind(&e.ty) {
                Some(Kind::Integer) => self.combined(Op::Pow, Kind::Integer, left, right, want),
                _ => self.combined(Op::FPow, Kind::Real, left, right, want),
            },
            Script::Join(parts) => {
                let b = self.r_for(want);
                let mark = self.mark();
                let first = self.r_block(parts.len());
                for (i, part) in parts.iter().enumerate() {
                    self.reference(part, Want::At(Reg::R(first.saturating_add(i as u16))));
                }
                let count = self.low.tables.small(parts.len(), e.span, "texts that are joined");
                self.emit(Op::Join, count, b, if parts.is_empty() { 0 } else { first }, 0);
                self.release(mark);
                Reg::R(b)
            }
            Script::Native(native, args) => {
                let result = match native.value().kind() {
                    Some(_) => Reg::S(self.s_for(want)),
                    None => Reg::R(self.r_for(want)),
                };
                let mark = self.mark();
                let first = self.r_block(args.len());
                for (i, arg) in args.iter().enumerate() {
                    self.reference(arg, Want::At(Reg::R(first.saturating_add(i as u16))));
                }
                match result {
                    Reg::S(b) => self.emit(Op::NativeS, *native as u8, b, first, 0),
                    Reg::R(b) => self.emit(Op::Native, *native as u8, b, first, 0),
                }
                self.release(mark);
                result
            }
            Script::Operation(operation) => self.operation(operation, want),
            Script::Known(inner) => match types::kind(&e.ty) {
                Some(kind) => {
                    let b = self.s_for(want);
                    let mark = self.mark();
                    let c = self.reference(inner, Want::Free);
                    self.emit(Op::Unbox, kind as u8, b, c, 0);
                    self.release(mark);
                    Reg::S(b)
                }
                None => Reg::R(self.reference(inner, want)),
            },
            Script::Call(number, args) => {
                let from = self.call_function(e, *number, args);
                match want {
                    Want::At(to) => {
                        self.take(to, from);
                        to
                    }
                    _ => from,
                }
            }
            _ => {
                let to = match types::kind(&e.ty) {
                    Some(_) => Reg::S(self.s_for(want)),
                    None => Reg::R(self.r_for(want)),
                };
                let mark = self.mark();
                self.flow(e, script, Some(to));
                self.release(mark);
                to
            }
        }
    }

    /// `s[b]` = two scalars of a kind combined.
    fn combined(&mut self, op: Op, kind: Kind, left: &Expr, right: &Expr, want: Want) -> Reg {
        let b = self.s_for(want);
        let mark = self.mark();
        let c = self.scalar_before(left, kind, right, near(want, Reg::S(b)));
        let d = self.scalar(right, kind, Want::Free);
        self.emit(op, 0, b, c, d);
        self.release(mark);
        Reg::S(b)
    }

    /// Evaluates for the effect alone.
    pub(super) fn effect(&mut self, e: &Expr) {
        let mark = self.mark();
        self.at(e.span, |unit| match &e.kind {
            ExprKind::Const(_) | ExprKind::Var(_) | ExprKind::Param(_) => {}
            ExprKind::Script(script) => match &**script {
                Script::Dynamic(inner) => unit.effect(inner),
                Script::Bits(..) | Script::Power(..) | Script::Join(_) | Script::Call(..) | Script::Native(..) => {
                    unit.eval(e, Want::Free);
                }
                Script::Operation(_) | Script::Known(_) => {
                    unit.eval(e, Want::Free);
                }
                script => unit.flow(e, script, None),
            },
            _ => {
                unit.eval(e, Want::Free);
            }
        });
        self.release(mark);
    }

    /// Evaluates into a register, or for the effect alone.
    pub(super) fn into(&mut self, e: &Expr, to: Option<Reg>) {
        if let ExprKind::Script(script) = &e.kind
            && let Script::Never(inner) = &**script
        {
            return self.effect(inner);
        }
        let mark = self.mark();
        match to {
            None => self.effect(e),
            Some(Reg::S(_)) => {
                let from = self.eval(e, to.map_or(Want::Free, Want::At));
                if let (Some(to), Reg::S(_)) = (to, from) {
                    self.copy(to, from);
                }
            }
            Some(to @ Reg::R(_)) => {
                let from = self.reference(e, Want::At(to));
                self.copy(to, Reg::R(from));
            }
        }
        self.release(mark);
    }

    /// The value `()`.
    fn unit(&mut self, to: Option<Reg>) {
        if let Some(Reg::R(b)) = to {
            let index = self.low.tables.value(&Const::Unit, self.span);
            self.emit(Op::LoadValue, 0, b, index, 0);
        }
    }

    /// Operations that lead from place to place, or have no value. `to` is where a value is wanted.
    fn flow(&mut self, e: &Expr, script: &Script, to: Option<Reg>) {
        match script {
            Script::Checked(both) => self.checked(&both.0, &both.1, to),
            Script::Whole(body, keep, given) => self.whole(body, keep, given, to),
            Script::Never(inner) => self.effect(inner),
            Script::Block(list) => {
                let mark = self.mark();
                if let Some((last, others)) = list.split_last() {
                    self.statements(others);
                    self.at(last.span, |unit| unit.into(last, to));
                }
                self.release(mark);
            }
            Script::Let(var, value) => {
                self.declare_places(&[*var]);
                if let Some(value) = value {
                    self.assign_script(*var, value);
                }
                self.unit(to);
            }
            Script::Assign(var, value) => {
                self.assign_script(*var, value);
                self.unit(to);
            }
            Script::SetElement(array, subscripts, value) => {
                self.set_element(*array, subscripts, value);
                self.unit(to);
            }
            Script::If(condition, yes, no) => {
                if let (None, Some(away)) = (to, self.only_jump(yes)) {
                    self.branch(condition, true, away);
                    if let Some(no) = no {
                        self.at(no.span, |unit| unit.into(no, to));
                    }
                    return;
                }
                let (other, end) = (self.code.label(), self.code.label());
                self.branch(condition, false, other);
                self.at(yes.span, |unit| unit.into(yes, to));
                if no.is_some() || to.is_some() {
                    self.jump(end);
                }
                self.code.bind(other);
                match no {
                    Some(no) => self.at(no.span, |unit| unit.into(no, to)),
                    None => self.unit(to),
                }
                self.code.bind(end);
            }
            Script::Switch(switch) => self.switch(switch, to),
            Script::Loop(number, each) => self.repetition(*number, each, to),
            Script::Break(number, value) => self.leave_loop(*number, value.as_ref()),
            Script::Continue(number) => self.next_turn(*number),
            Script::Return(value) => match (self.around.end, value) {
                (End::Nowhere, _) => self.low.internal(e.span, "a `return` outside of a fragment"),
                (End::Function(scalar), Some(value)) => self.tail(value, scalar),
                (End::Function(_), None) => self.low.internal(e.span, "a `return` without a value"),
                (End::Fragment(end, to), value) => {
                    match value {
                        Some(value) => self.at(value.span, |unit| unit.into(value, to)),
                        None => self.unit(to),
                    }
                    self.jump(end);
                }
            },
            Script::Try(body, var, handled) => {
                let (failed, end) = (self.code.label(), self.code.label());
                let from = self.code.here();
                self.at(body.span, |unit| unit.into(body, to));
                let behind = self.code.here();
                self.jump(end);
                self.code.bind(failed);
                self.declare_places(var.as_slice());
                let value = var.and_then(|var| match self.var(var).reg {
                    Reg::R(value) => Some(value),
                    Reg::S(_) => None,
                });
                self.handlers.push((from, behind, failed, value));
                self.at(handled.span, |unit| unit.effect(handled));
                self.unit(to);
                // the code of a function does not end with a jump
                self.code.bind(end);
            }
            Script::Inlined(functions, body) => {
                let from = self.code.here();
                self.at(body.span, |unit| unit.into(body, to));
                let behind = self.code.here();
                let each = functions.iter();
                self.inlined
                    .extend(each.map(|(function, span)| (from, behind, function.clone(), *span)));
            }
            Script::Print(value) => {
                let mark = self.mark();
                let b = self.reference(value, Want::Free);
                self.emit(Op::Print, 0, b, 0, 0);
                self.release(mark);
                self.unit(to);
            }
            Script::Throw(value) => {
                let mark = self.mark();
                let b = self.reference(value, Want::Free);
                self.emit(Op::Throw, 0, b, 0, 0);
                self.release(mark);
            }
            Script::Dynamic(_)
            | Script::Bits(..)
            | Script::Power(..)
            | Script::Join(_)
            | Script::Native(..)
            | Script::Operation(_)
            | Script::Known(_)
            | Script::Call(..) => self.into(e, to),
        }
    }

    /// Statements; their variables live on.
    fn statements(&mut self, list: &[Expr]) {
        for each in list {
            match &each.kind {
                ExprKind::Script(script) if matches!(**script, Script::Let(..)) => {
                    self.at(each.span, |unit| unit.flow(each, script, None));
                }
                _ => self.effect(each),
            }
        }
    }

    fn whole(&mut self, body: &Expr, keep: &[VarId], given: &[(VarId, VarId, Span)], to: Option<Reg>) {
        let some = !keep.is_empty() || !given.is_empty();
        // the variables that get their own type back may be where the value is wanted
        let apart = match to {
            Some(Reg::S(_)) if some => Some(Reg::S(self.s())),
            Some(Reg::R(_)) if some => Some(Reg::R(self.r())),
            _ => to,
        };
        let held: Vec<VarId> = given.iter().map(|&(_, held, _)| held).collect();
        self.declare_places(&held);
        let end = self.code.label();
        let before = std::mem::replace(&mut self.around.end, End::Fragment(end, apart));
        let loops = std::mem::take(&mut self.around.loops);
        self.at(body.span, |unit| unit.into(body, apart));
        self.around.end = before;
        self.around.loops = loops;
        self.code.bind(end);
        for &var in keep {
            if let Reg::S(b) = self.var(var).reg {
                self.emit(Op::ToReal, 0, b, b, 0);
            }
        }
        for &(var, held, span) in given {
            self.at(span, |unit| unit.give(var, held));
        }
        if let (Some(to), Some(apart)) = (to, apart) {
            self.take(to, apart);
        }
    }

    /// A variable gets a value as it is: what it holds is known to those who read it.
    fn assign_script(&mut self, var: VarId, value: &Expr) {
        let to = self.var(var).reg;
        self.at(value.span, |unit| unit.into(value, Some(to)));
    }

    fn set_element(&mut self, array: VarId, subscripts: &[Expr], value: &Expr) {
        let mark = self.mark();
        let place = self.var(array);
        let from = match types::kind(&types::after(&place.holds.ty, place_rest(&place, subscripts))) {
            Some(kind) => Reg::S(self.scalar(value, kind, Want::Free)),
            None => {
                let own = self.r();
                Reg::R(self.reference(value, Want::At(Reg::R(own))))
            }
        };
        let target = Target::Element(array, subscripts.to_vec(), self.span);
        let located = self.locate(&target);
        self.store_received(&located, from);
        self.release(mark);
    }

    fn switch(&mut self, switch: &Switch, to: Option<Reg>) {
        let arms: Vec<Label> = switch.arms.iter().map(|_| self.code.label()).collect();
        let end = self.code.label();
        for (test, condition, arm) in &switch.tests {
            let next = self.code.label();
            let Some(&arm) = arms.get(*arm) else { continue };
            let holds = |op, value: &Expr| Expr {
                kind: ExprKind::Compare(op, switch.subject.clone().into(), value.clone().into()),
                ty: Type::Boolean,
                span: value.span,
            };
            let mut all = match test {
                Test::Holds(condition) => vec![condition.clone()],
                Test::Is(value) => vec![holds(hydra_bytecode::CmpOp::Eq, value)],
                Test::Within(low, high) => {
                    let bound = |n: i64| Expr {
                        kind: ExprKind::Const(Const::Integer(n)),
                        ty: Type::Integer,
                        span: switch.subject.span,
                    };
                    vec![
                        holds(hydra_bytecode::CmpOp::Ge, &bound(*low)),
                        holds(hydra_bytecode::CmpOp::Le, &bound(*high)),
                    ]
                }
            };
            all.extend(condition.clone());
            if let Some((last, others)) = all.split_last() {
                for each in others {
                    self.branch(each, false, next);
                }
                self.branch(last, true, arm);
            }
            self.code.bind(next);
        }
        match switch.default.and_then(|arm| arms.get(arm)) {
            Some(&arm) => self.jump(arm),
            None => {
                self.unit(to);
                self.jump(end);
            }
        }
        for (label, arm) in arms.iter().zip(&switch.arms) {
            self.code.bind(*label);
            self.at(arm.span, |unit| unit.into(arm, to));
            self.jump(end);
        }
        self.code.bind(end);
    }
}

/// How many subscripts there are behind those that a process has taken.
fn place_rest(place: &Rc<super::routine::Place>, subscripts: &[Expr]) -> usize {
    subscripts.len().saturating_sub(place.taken)
}
