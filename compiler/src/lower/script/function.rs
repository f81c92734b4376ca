//! Functions of includes, and calls of them.

use super::End;
use crate::check::script::Script;
use crate::check::tree::{Expr, ExprKind, VarId};
use crate::lower::rhai::Made;
use crate::lower::routine::{Unit, Want};
use crate::lower::{Lowering, types};
use hydra_bytecode::{Function, Op, Reg};
use std::rc::Rc;

impl Unit<'_, '_> {
    /// Calls a function: its arguments lie side by side, and its value goes where the first of them is.
    pub(super) fn call_function(&mut self, e: &Expr, number: u32, args: &[Expr]) -> Reg {
        let scalars = args.iter().filter(|arg| types::kind(&arg.ty).is_some()).count();
        let result = types::kind(&e.ty).is_some();
        let (mut s, mut r) = (
            self.s_block(scalars.max(usize::from(result))),
            self.r_block((args.len() - scalars).max(usize::from(!result))),
        );
        let (b, c) = (s, r);
        for arg in args {
            let mark = self.mark();
            if types::kind(&arg.ty).is_some() {
                self.eval(arg, Want::At(Reg::S(s)));
                s = s.saturating_add(1);
            } else {
                self.reference(arg, Want::At(Reg::R(r)));
                r = r.saturating_add(1);
            }
            self.release(mark);
        }
        let index = self.low.function(number, result);
        self.emit(Op::CallF, 0, b, c, index);
        if result { Reg::S(b) } else { Reg::R(c) }
    }

    /// Sorts an array by a function, which is called with values and two elements.
    pub(super) fn sort(&mut self, var: VarId, number: u32, before: &[Expr]) {
        let Reg::R(b) = self.var(var).reg else {
            return self.low.internal(self.span, "an array in a scalar register");
        };
        let mark = self.mark();
        let c = self.r_block(before.len() + 2);
        for (i, value) in before.iter().enumerate() {
            let inner = self.mark();
            self.reference(value, Want::At(Reg::R(c.saturating_add(i as u16))));
            self.release(inner);
        }
        let index = self.low.function(number, false);
        self.emit(Op::Sort, 0, b, c, index);
        self.release(mark);
    }
}

impl Unit<'_, '_> {
    /// Ends a function with the value of an expression, in the bank in which callers expect it.
    pub(super) fn tail(&mut self, e: &Expr, scalar: bool) {
        let mark = self.mark();
        self.at(e.span, |unit| match &e.kind {
            ExprKind::Script(script) => match &**script {
                Script::Whole(body, ..) => unit.tail(body, scalar),
                Script::Never(inner) => unit.effect(inner),
                Script::Block(list) => {
                    if let Some((last, others)) = list.split_last() {
                        unit.statements(others);
                        unit.tail(last, scalar);
                    }
                }
                Script::If(condition, yes, Some(no)) => {
                    let other = unit.code.label();
                    unit.branch(condition, false, other);
                    unit.tail(yes, scalar);
                    unit.code.bind(other);
                    unit.tail(no, scalar);
                }
                _ => unit.end_with(e, scalar),
            },
            _ => unit.end_with(e, scalar),
        });
        self.release(mark);
    }

    fn end_with(&mut self, e: &Expr, scalar: bool) {
        if scalar {
            if let Reg::S(b) = self.eval(e, Want::Free) {
                self.emit(Op::RetS, 0, b, 0, 0);
            }
        } else {
            let b = self.reference(e, Want::Free);
            self.emit(Op::RetV, 0, b, 0, 0);
        }
    }
}

impl Lowering<'_> {
    /// The index of a function in the module's table; its code is made later.
    fn function(&mut self, number: u32, scalar: bool) -> u16 {
        if let Some(&(_, index)) = self.functions.iter().find(|(other, _)| *other == number) {
            return index;
        }
        let span = self.made(number).map(|made| made.span).unwrap_or_default();
        let routine = self.reserve(span);
        let index = self.tables.next(self.tables.module.functions.len(), span, "functions");
        self.tables.module.functions.push(Function { routine, scalar });
        self.functions.push((number, index));
        index
    }

    fn made(&self, number: u32) -> Option<Rc<Made>> {
        self.braces.functions.get(number as usize).cloned().flatten()
    }

    /// Makes the code of all functions that are called, also by functions.
    pub(in crate::lower) fn functions(&mut self) {
        let mut next = 0;
        while let Some(&(number, index)) = self.functions.get(next) {
            next += 1;
            let Some(made) = self.made(number) else {
                self.internal(Default::default(), "a function is called that was not found");
                continue;
            };
            let Some(function) = self.tables.module.functions.get(usize::from(index)).copied() else {
                continue;
            };
            let mut unit = Unit::new(self, &made.routine);
            let params: Vec<VarId> = (0..made.params as u32).map(VarId).collect();
            unit.declare_places(&params);
            let args = unit.in_use();
            unit.around.end = End::Function(function.scalar);
            unit.tail(&made.value, function.scalar);
            if unit.code.is_left_open() {
                // behind ways that all leave, nothing comes here; but a jump needs somewhere to lead
                let b = if function.scalar { unit.s() } else { unit.r() };
                let op = if function.scalar { Op::RetS } else { Op::RetV };
                unit.emit(op, 0, b, 0, 0);
            }
            let routine = unit.finish(&made.name, args, made.span);
            self.routine(function.routine, routine);
        }
    }
}
