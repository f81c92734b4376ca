//! Expressions.
//!
//! An expression has a *natural* bank by its static type: scalar registers for integers, reals, booleans and characters,
//! reference registers for the rest. [`Unit::eval`] leaves the value there; [`Unit::scalar`] and [`Unit::reference`]
//! convert between the banks.

use super::code::Label;
use super::routine::{Unit, Want};
use super::{fold, types};
use crate::check::tree::{Expr, ExprKind, Script, Type, VarId};
use hydra_bytecode::{BinOp, CmpOp, Const, Kind, Op, Reg};

impl Unit<'_, '_> {
    /// Evaluates into the natural bank. The result may be the register of a variable, unless it is wanted elsewhere.
    pub(super) fn eval(&mut self, e: &Expr, want: Want) -> Reg {
        self.at(e.span, |unit| match &e.kind {
            ExprKind::Const(value) => unit.constant(value, &e.ty, want),
            ExprKind::Param(param) => unit.param(*param, &e.ty, want),
            ExprKind::Var(var) => {
                let place = unit.var(*var);
                unit.bring(place.reg, want)
            }
            ExprKind::Element(var, subscripts) => unit.element(*var, subscripts, want),
            ExprKind::Struct(name, parts) => Reg::R(unit.structure(name, parts, want)),
            ExprKind::Fragment(fragment) => {
                let index = unit.fragment(fragment);
                match types::kind(&e.ty) {
                    Some(kind) => {
                        let b = unit.s_for(want);
                        unit.emit(Op::FragS, kind as u8, b, 0, index);
                        Reg::S(b)
                    }
                    None => {
                        let b = unit.r_for(want);
                        unit.emit(Op::Frag, 0, b, 0, index);
                        Reg::R(b)
                    }
                }
            }
            ExprKind::Script(script) => unit.script(e, script, want),
            ExprKind::Negate(inner) => unit.negate(e, inner, want),
            ExprKind::Arithmetic(op, left, right) => unit.arithmetic(*op, left, right, want),
            ExprKind::Compare(op, left, right) => Reg::S(unit.compare(*op, left, right, want)),
            ExprKind::Not(inner) => {
                let b = unit.s_for(want);
                let c = unit.boolean(inner, near(want, Reg::S(b)));
                unit.emit(Op::Not, 0, b, c, 0);
                Reg::S(b)
            }
            ExprKind::And(..) | ExprKind::Or(..) => Reg::S(unit.by_jumps(e, want)),
        })
    }

    /// The value of something that lies in a register, where it is wanted.
    fn bring(&mut self, from: Reg, want: Want) -> Reg {
        if let Want::At(to) = want {
            self.copy(to, from);
            return to;
        }
        from
    }

    /// Evaluates to a scalar of this kind: an integer serves as a real, and what is in a value is taken out and checked.
    pub(super) fn scalar(&mut self, e: &Expr, kind: Kind, want: Want) -> u16 {
        if kind == Kind::Real
            && let Some(value) = fold::real(e)
        {
            let b = self.s_for(want);
            self.at(e.span, |unit| unit.real(b, value));
            return b;
        }
        let natural = types::kind(&e.ty);
        if natural == Some(kind)
            && let Reg::S(s) = self.eval(e, want)
        {
            return s;
        }
        if let ExprKind::Script(script) = &e.kind
            && let Script::Dynamic(inner) = &**script
        {
            let from = types::kind(&inner.ty);
            if from == Some(kind) || (from == Some(Kind::Integer) && kind == Kind::Real) {
                return self.scalar(inner, kind, want);
            }
        }
        let b = self.s_for(want);
        let mark = self.mark();
        if let ExprKind::Fragment(fragment) = &e.kind {
            self.at(e.span, |unit| {
                let index = unit.fragment(fragment);
                unit.emit(Op::FragS, kind as u8, b, 0, index);
            });
            return b;
        }
        match self.eval(e, near(want, Reg::S(b))) {
            Reg::S(c) if natural == Some(Kind::Integer) && kind == Kind::Real => self.emit(Op::ToReal, 0, b, c, 0),
            Reg::S(c) => self.copy(Reg::S(b), Reg::S(c)),
            Reg::R(c) => self.at(e.span, |unit| unit.emit(Op::Unbox, kind as u8, b, c, 0)),
        }
        self.release(mark);
        b
    }

    /// Evaluates to a value in a reference register, of whatever type it is.
    pub(super) fn reference(&mut self, e: &Expr, want: Want) -> u16 {
        let Some(kind) = types::kind(&e.ty) else {
            return match self.eval(e, want) {
                Reg::R(r) => r,
                Reg::S(_) => self.r_for(want),
            };
        };
        let b = self.r_for(want);
        let mark = self.mark();
        self.at(e.span, |unit| match &e.kind {
            ExprKind::Const(value) => {
                let index = unit.low.tables.value(value, e.span);
                unit.emit(Op::LoadValue, 0, b, index, 0);
            }
            ExprKind::Fragment(fragment) => {
                let index = unit.fragment(fragment);
                unit.emit(Op::Frag, 0, b, 0, index);
            }
            _ => {
                let c = unit.scalar(e, kind, Want::Free);
                unit.emit(Op::Box, kind as u8, b, c, 0);
            }
        });
        self.release(mark);
        b
    }

    /// Evaluates, and drops the value.
    pub(super) fn drop_value(&mut self, e: &Expr) {
        let mark = self.mark();
        self.eval(e, Want::Free);
        self.release(mark);
    }

    fn constant(&mut self, value: &Const, ty: &Type, want: Want) -> Reg {
        let Some(kind) = types::kind(ty) else {
            let b = self.r_for(want);
            let index = self.low.tables.value(value, self.span);
            self.emit(Op::LoadValue, 0, b, index, 0);
            return Reg::R(b);
        };
        let b = self.s_for(want);
        match value {
            Const::Integer(value) if kind == Kind::Real => self.real(b, *value as f64),
            Const::Integer(value) => self.integer(b, *value),
            Const::Real(value) => self.real(b, *value),
            Const::Boolean(value) => self.integer(b, i64::from(*value)),
            Const::Character(value) => self.integer(b, i64::from(u32::from(*value))),
            _ => self
                .low
                .internal(self.span, "a constant has a type that is not its own"),
        }
        Reg::S(b)
    }

    fn param(&mut self, param: u32, ty: &Type, want: Want) -> Reg {
        if types::kind(ty).is_some() {
            if let Some(&known) = self.params.get(&param) {
                return self.bring(Reg::S(known), want);
            }
            let b = self.s_for(want);
            self.emit(Op::ParamS, 0, b, param as u16, 0);
            return Reg::S(b);
        }
        let b = self.r_for(want);
        self.emit(Op::ParamV, 0, b, param as u16, 0);
        Reg::R(b)
    }

    /// An element or row.
    fn element(&mut self, var: VarId, subscripts: &[Expr], want: Want) -> Reg {
        let place = self.var(var);
        self.check_part(&place, subscripts);
        let rest = subscripts.get(place.taken..).unwrap_or(&[]);
        let Reg::R(array) = place.reg else {
            return self.bring(place.reg, want);
        };
        if rest.is_empty() {
            return self.bring(place.reg, want);
        }
        let part = types::after(&place.holds.ty, rest.len());
        let result = match types::kind(&part) {
            Some(_) => Reg::S(self.s_for(want)),
            None => Reg::R(self.r_for(want)),
        };
        let mark = self.mark();
        let offset = self.offset(place.holds.bounds, rest, near(want, result));
        match result {
            Reg::S(b) => self.emit(Op::Get, 0, b, array, offset),
            Reg::R(b) if rest.len() < types::dims(&place.holds.ty) => {
                self.emit(Op::Row, rest.len() as u8, b, array, offset)
            }
            Reg::R(b) => self.emit(Op::GetV, 0, b, array, offset),
        }
        self.release(mark);
        result
    }

    /// The offset that subscripts name, each checked when it is evaluated.
    pub(super) fn offset(&mut self, bounds: u16, subscripts: &[Expr], want: Want) -> u16 {
        let b = match want {
            Want::At(Reg::R(_)) | Want::Near(Reg::R(_)) | Want::Free => self.s(),
            _ => self.s_for(want),
        };
        for (dimension, subscript) in subscripts.iter().enumerate() {
            let mark = self.mark();
            let near = if dimension == 0 {
                Want::Near(Reg::S(b))
            } else {
                Want::Free
            };
            let c = self.scalar(subscript, Kind::Integer, near);
            let op = if dimension == 0 { Op::Index } else { Op::IndexMore };
            let place = if dimension == 0 { self.span } else { subscript.span };
            let bounds = bounds.saturating_add(2 * dimension as u16);
            self.at(place, |unit| unit.emit(op, 0, b, c, bounds));
            self.release(mark);
        }
        b
    }

    fn structure(&mut self, name: &str, parts: &[Expr], want: Want) -> u16 {
        let b = self.r_for(want);
        let mark = self.mark();
        let first = self.r_block(parts.len());
        for (i, part) in parts.iter().enumerate() {
            self.reference(part, Want::At(Reg::R(first.saturating_add(i as u16))));
        }
        let count = self
            .low
            .tables
            .small(parts.len(), self.span, "components in a structured value");
        let symbol = self.low.tables.symbol(name, self.span);
        self.emit(Op::Struct, count, b, if parts.is_empty() { 0 } else { first }, symbol);
        self.release(mark);
        b
    }

    fn negate(&mut self, e: &Expr, inner: &Expr, want: Want) -> Reg {
        match types::kind(&inner.ty) {
            Some(kind @ (Kind::Integer | Kind::Real)) => {
                let b = self.s_for(want);
                if let Some(value) = fold::integer(e) {
                    self.integer(b, value);
                } else if let (Kind::Real, Some(value)) = (kind, fold::real(e)) {
                    self.real(b, value);
                } else {
                    let c = self.scalar(inner, kind, near(want, Reg::S(b)));
                    self.emit(if kind == Kind::Integer { Op::Neg } else { Op::FNeg }, 0, b, c, 0);
                }
                Reg::S(b)
            }
            _ => {
                let b = self.r_for(want);
                let c = self.reference(inner, near(want, Reg::R(b)));
                self.emit(Op::VNeg, 0, b, c, 0);
                Reg::R(b)
            }
        }
    }

    fn arithmetic(&mut self, op: BinOp, left: &Expr, right: &Expr, want: Want) -> Reg {
        let kinds = (types::kind(&left.ty), types::kind(&right.ty));
        let number = |kind| matches!(kind, Some(Kind::Integer | Kind::Real));
        match kinds {
            (Some(Kind::Integer), Some(Kind::Integer)) => {
                let b = self.s_for(want);
                let mark = self.mark();
                self.integers(op, left, right, want, b);
                self.release(mark);
                Reg::S(b)
            }
            (one, other) if number(one) && number(other) => {
                let b = self.s_for(want);
                let mark = self.mark();
                let c = self.scalar_before(left, Kind::Real, right, near(want, Reg::S(b)));
                let d = self.scalar(right, Kind::Real, Want::Free);
                let op = [Op::FAdd, Op::FSub, Op::FMul, Op::FDiv, Op::FRem][op as usize];
                self.emit(op, 0, b, c, d);
                self.release(mark);
                Reg::S(b)
            }
            _ => {
                let b = self.r_for(want);
                let mark = self.mark();
                let c = self.reference_before(left, right, near(want, Reg::R(b)));
                let d = self.reference(right, Want::Free);
                self.emit(Op::VBin, op as u8, b, c, d);
                self.release(mark);
                Reg::R(b)
            }
        }
    }

    /// `s[b]` = integers combined, with a small constant inside the instruction.
    fn integers(&mut self, op: BinOp, left: &Expr, right: &Expr, want: Want, b: u16) {
        let small = |e: &Expr| fold::integer(e).and_then(|value| i16::try_from(value).ok());
        let (left, right, constant, flipped) = match (op, small(left), small(right)) {
            (_, _, Some(constant)) => (left, right, Some(constant), false),
            (BinOp::Add | BinOp::Mul, Some(constant), None) => (right, left, Some(constant), true),
            _ => (left, right, None, false),
        };
        let immediate = match (op, constant) {
            (BinOp::Add, Some(constant)) => Some((Op::AddI, u8::from(flipped), constant)),
            (BinOp::Sub, Some(constant)) => constant.checked_neg().map(|constant| (Op::AddI, 2, constant)),
            (BinOp::Mul, Some(constant)) => Some((Op::MulI, u8::from(flipped), constant)),
            (BinOp::Div, Some(constant)) => Some((Op::DivI, 0, constant)),
            (BinOp::Rem, Some(constant)) => Some((Op::RemI, 0, constant)),
            (_, None) => None,
        };
        if let Some((op, written, constant)) = immediate {
            let c = self.scalar(left, Kind::Integer, near(want, Reg::S(b)));
            self.emit(op, written, b, c, constant as u16);
            return;
        }
        let c = self.scalar_before(left, Kind::Integer, right, near(want, Reg::S(b)));
        let d = self.scalar(right, Kind::Integer, Want::Free);
        let op = [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Rem][op as usize];
        self.emit(op, 0, b, c, d);
    }

    /// `s[b]` = whether two values compare this way.
    fn compare(&mut self, op: CmpOp, left: &Expr, right: &Expr, want: Want) -> u16 {
        let b = self.s_for(want);
        let mark = self.mark();
        match fold::common_kind(&left.ty, &right.ty) {
            Some(kind) => {
                let c = self.scalar_before(left, kind, right, near(want, Reg::S(b)));
                let d = self.scalar(right, kind, Want::Free);
                let real = kind == Kind::Real;
                let (op, c, d) = match op {
                    CmpOp::Eq => (if real { Op::FEq } else { Op::IEq }, c, d),
                    CmpOp::Ne => (if real { Op::FNe } else { Op::INe }, c, d),
                    CmpOp::Lt => (if real { Op::FLt } else { Op::ILt }, c, d),
                    CmpOp::Le => (if real { Op::FLe } else { Op::ILe }, c, d),
                    CmpOp::Gt => (if real { Op::FLt } else { Op::ILt }, d, c),
                    CmpOp::Ge => (if real { Op::FLe } else { Op::ILe }, d, c),
                };
                self.emit(op, 0, b, c, d);
            }
            None => {
                let c = self.reference_before(left, right, Want::Free);
                let d = self.reference(right, Want::Free);
                self.emit(Op::VCmp, op as u8, b, c, d);
            }
        }
        self.release(mark);
        b
    }

    /// A boolean that is made by jumping.
    fn by_jumps(&mut self, e: &Expr, want: Want) -> u16 {
        let b = self.s_for(want);
        let (no, end) = (self.code.label(), self.code.label());
        self.branch(e, false, no);
        self.integer(b, 1);
        self.jump(end);
        self.code.bind(no);
        self.integer(b, 0);
        self.code.bind(end);
        b
    }

    /// The left operand: as [`Unit::scalar`], but not in the register of a variable that the right one assigns.
    pub(super) fn scalar_before(&mut self, left: &Expr, kind: Kind, right: &Expr, want: Want) -> u16 {
        let want = self.apart(left, right, want, true);
        self.scalar(left, kind, want)
    }

    /// The left operand: as [`Unit::reference`], but not in the register of a variable that the right one assigns.
    fn reference_before(&mut self, left: &Expr, right: &Expr, want: Want) -> u16 {
        let want = self.apart(left, right, want, false);
        self.reference(left, want)
    }

    fn apart(&mut self, left: &Expr, right: &Expr, want: Want, scalar: bool) -> Want {
        let variable = match &left.kind {
            ExprKind::Var(var) | ExprKind::Element(var, _) => *var,
            _ => return want,
        };
        if !fold::assigns(right, variable) {
            return want;
        }
        match (want, scalar) {
            (Want::Near(reg @ Reg::S(_)), true) | (Want::Near(reg @ Reg::R(_)), false) => Want::At(reg),
            (_, true) => Want::At(Reg::S(self.s())),
            (_, false) => Want::At(Reg::R(self.r())),
        }
    }

    /// Jumps if a condition is `when`, else goes on.
    pub(super) fn branch(&mut self, e: &Expr, when: bool, to: Label) {
        self.at(e.span, |unit| match &e.kind {
            ExprKind::Const(Const::Boolean(value)) => {
                if *value == when {
                    unit.jump(to);
                }
            }
            ExprKind::Not(inner) => unit.branch(inner, !when, to),
            ExprKind::And(left, right) if !when => {
                unit.branch(left, false, to);
                unit.branch(right, false, to);
            }
            ExprKind::Or(left, right) if when => {
                unit.branch(left, true, to);
                unit.branch(right, true, to);
            }
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                let past = unit.code.label();
                unit.branch(left, !when, past);
                unit.branch(right, when, to);
                unit.code.bind(past);
            }
            ExprKind::Compare(op, left, right)
                if fold::common_kind(&left.ty, &right.ty).is_some_and(|kind| kind != Kind::Real) =>
            {
                let op = if when { *op } else { fold::opposite(*op) };
                unit.branch_integers(op, left, right, to);
            }
            _ => {
                let mark = unit.mark();
                let condition = unit.boolean(e, Want::Free);
                unit.jump_if(condition, when, to);
                unit.release(mark);
            }
        });
    }

    /// Jumps if two integers, booleans or characters compare this way.
    fn branch_integers(&mut self, op: CmpOp, left: &Expr, right: &Expr, to: Label) {
        let Some(kind) = types::kind(&left.ty) else { return };
        let small = |e: &Expr| fold::word(e).and_then(|value| i16::try_from(value).ok());
        let mark = self.mark();
        let (op, left, right, constant) = match (small(left), small(right)) {
            (_, Some(constant)) => (op, left, right, Some(constant)),
            (Some(constant), None) => (fold::flipped(op), right, left, Some(constant)),
            (None, None) => (op, left, right, None),
        };
        if let Some(constant) = constant {
            let b = self.scalar(left, kind, Want::Free);
            let op = [Op::JEqI, Op::JNeI, Op::JLtI, Op::JLeI, Op::JGtI, Op::JGeI][op as usize];
            self.jump_short(op, 0, b, constant as u16, 0, to);
        } else {
            let l = self.scalar_before(left, kind, right, Want::Free);
            let r = self.scalar(right, kind, Want::Free);
            let (op, b, c) = match op {
                CmpOp::Eq => (Op::JEq, l, r),
                CmpOp::Ne => (Op::JNe, l, r),
                CmpOp::Lt => (Op::JLt, l, r),
                CmpOp::Le => (Op::JLe, l, r),
                CmpOp::Gt => (Op::JLt, r, l),
                CmpOp::Ge => (Op::JLe, r, l),
            };
            self.jump_short(op, 0, b, c, 0, to);
        }
        self.release(mark);
    }
}

/// Where an operand may be evaluated: in the register of the result, unless a variable lives there.
pub(super) fn near(want: Want, result: Reg) -> Want {
    if matches!(want, Want::At(_)) {
        Want::Free
    } else {
        Want::Near(result)
    }
}
