//! Operations on values whose types are not known before a program runs.

use crate::check::script::Operation;
use crate::check::tree::{Expr, ExprKind, Fragment, VarId};
use crate::lower::routine::{Unit, Want};
use crate::lower::types;
use crate::plants::planted;
use hydra_bytecode::{Op, Reg};
use hydra_stdlib::value::operations::Operation as KnownOperation;

impl Unit<'_, '_> {
    /// The value of an operation: the values it works on lie side by side. The variable that it may change is moved there
    /// and back, so that it is changed in place; one that it looks into, too, since that costs less than a copy.
    pub(super) fn operation(&mut self, operation: &Operation, want: Want) -> Reg {
        let b = self.r_for(want);
        let mark = self.mark();
        let count = self
            .low
            .tables
            .small(operation.values.len(), self.span, "values of one operation");
        let first = self.r_block(operation.values.len());
        let at = |i: usize| Reg::R(first.saturating_add(i as u16));
        let looked_into = match operation.values.first().map(|first| &first.kind) {
            Some(&ExprKind::Var(var)) if KnownOperation::of(&operation.text).reads() => Some(var),
            _ => None,
        };
        let changes = operation.changes.or(looked_into).map(|var| self.var(var).reg);
        let changes = changes.filter(|reg| operation.changes.is_some() || matches!(reg, Reg::R(_)));
        let moved = usize::from(changes.is_some());
        for (i, value) in operation.values.iter().enumerate().skip(moved) {
            let inner = self.mark();
            self.reference(value, Want::At(at(i)));
            self.release(inner);
        }
        if let Some(var) = changes {
            self.take(at(0), var);
        }
        let symbol = self.low.tables.symbol(&operation.text, self.span);
        // the value may be wanted where the variable is
        let result = match changes {
            Some(var) if var == Reg::R(b) => self.r(),
            _ => b,
        };
        self.emit(Op::Dyn, count, result, if count == 0 { 0 } else { first }, symbol);
        for &place in &operation.places {
            self.at(place, |unit| unit.emit(Op::Nop, 0, 0, 0, 0));
        }
        if let Some(var) = changes.filter(|_| !(planted(18) && operation.text.contains('('))) {
            self.take(var, at(0));
        }
        if result != b {
            self.take(Reg::R(b), Reg::R(result));
        }
        self.release(mark);
        Reg::R(b)
    }

    /// A fragment that rhai evaluates first, and is compared with what it became.
    pub(super) fn checked(&mut self, fragment: &Fragment, e: &Expr, to: Option<Reg>) {
        let index = self.fragment(fragment);
        self.emit(Op::Check, 0, 0, 0, index);
        // the value may be wanted where a variable is that is compared
        let mark = self.mark();
        let apart = to.map(|to| match to {
            Reg::S(_) => Reg::S(self.s()),
            Reg::R(_) => Reg::R(self.r()),
        });
        self.at(e.span, |unit| unit.into(e, apart));
        let (compared, value) = match (apart, types::kind(&e.ty)) {
            (Some(Reg::R(r)), _) => (1, r),
            (Some(Reg::S(s)), Some(kind)) => {
                let boxed = self.r();
                self.emit(Op::Box, kind as u8, boxed, s, 0);
                (1, boxed)
            }
            _ => (0, 0),
        };
        let value = if compared == 0 { self.r() } else { value };
        self.emit(Op::Checked, compared, value, 0, index);
        if let (Some(to), Some(apart)) = (to, apart) {
            self.take(to, apart);
        }
        self.release(mark);
    }

    /// A variable gets what another holds at the end of a fragment, if its type takes it.
    pub(super) fn give(&mut self, var: VarId, held: VarId) {
        let mark = self.mark();
        let place = self.var(var);
        let holds = &place.holds;
        let slot = self.low.tables.slot(&holds.ty, holds.bounds, &holds.name, self.span);
        let Reg::R(c) = self.var(held).reg else {
            return self.low.internal(self.span, "a value of any type is no reference");
        };
        match (place.reg, types::kind(&holds.ty)) {
            (Reg::S(b), Some(kind)) => {
                let given = self.r();
                self.emit(Op::Give, 0, given, c, slot);
                self.emit(Op::Unbox, kind as u8, b, given, 0);
            }
            (Reg::R(b), _) => self.emit(Op::Give, 0, b, c, slot),
            _ => self.low.internal(self.span, "a variable is in the wrong bank"),
        }
        self.release(mark);
    }
}
