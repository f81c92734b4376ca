//! Functions of includes, and calls of them.

use crate::check::tree::{Expr, VarId};
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
            unit.at(made.value.span, |unit| {
                // the value comes back in the bank in which callers expect it
                if function.scalar {
                    let b = unit.s();
                    unit.into(&made.value, Some(Reg::S(b)));
                    unit.emit(Op::RetS, 0, b, 0, 0);
                } else {
                    let b = unit.r();
                    unit.into(&made.value, Some(Reg::R(b)));
                    unit.emit(Op::RetV, 0, b, 0, 0);
                }
            });
            let routine = unit.finish(&made.name, args, made.span);
            self.routine(function.routine, routine);
        }
    }
}
