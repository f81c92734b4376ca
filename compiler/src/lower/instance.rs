//! Process definitions and their instances.
//!
//! The arguments of a definition are its first registers: its formals in their order, arrays followed by their bounds. The
//! instance fills them all, bounds and families included, so that what goes wrong there goes wrong at the instance.

use super::Lowering;
use super::routine::{Place, Places, Unit};
use super::types;
use crate::check::tree::{Actual, DefId, Definition, Expr, Formal, Type, VarId};
use hydra_bytecode::{self as bytecode, Op, Reg};
use std::rc::Rc;

/// What an instance has to know of a definition.
pub(super) struct Layout {
    /// Index into the module's routines.
    routine: u16,
    /// How many of its first registers are arguments.
    args: [u16; 3],
    /// Where its formals are.
    places: Places,
}

impl Lowering<'_> {
    /// Decides where the formals of a definition are.
    pub(super) fn layout(&mut self, definition: &Definition) -> Layout {
        let routine = self.reserve(definition.span);
        let mut unit = Unit::new(self, &definition.routine);
        unit.formals(definition);
        let mut args = unit.in_use();
        // these the definition gives itself
        args[2] = args[2].saturating_sub(definition.outsides.len() as u16);
        Layout {
            routine,
            args,
            places: unit.places,
        }
    }

    /// Lowers a definition.
    pub(super) fn definition(&mut self, index: usize, definition: &Definition) {
        let Some(&Layout { routine, args, .. }) = self.layouts.get(index) else {
            return;
        };
        let mut unit = Unit::new(self, &definition.routine);
        unit.formals(definition);
        for &(name, outside) in &definition.outsides {
            let register = unit.names.get(name as usize).copied().unwrap_or_default();
            unit.emit(Op::Outside, 0, register, 0, outside as u16);
        }
        unit.block(&definition.routine.body);
        unit.emit(Op::Ret, 0, 0, 0, 0);
        let made = unit.finish(&definition.name, args, definition.span);
        self.routine(routine, made);
    }
}

impl Unit<'_, '_> {
    /// Gives registers to the formals. Those of kind `process` have theirs already: the names of a definition are its
    /// formals.
    fn formals(&mut self, definition: &Definition) {
        for formal in &definition.formals {
            if let Formal::Value(var) = formal {
                self.declare_places(&[*var]);
            }
        }
    }

    /// `NAME(actuals)`
    pub(super) fn instance(&mut self, definition: DefId, actuals: &[Actual]) {
        let program = self.low.program;
        let number = definition.0 as usize;
        let (Some(defined), Some(layout)) = (program.definitions.get(number), self.low.layouts.get(number)) else {
            return self
                .low
                .internal(self.span, "an instance of a definition that there is not");
        };
        let (routine, args, places) = (layout.routine, layout.args, layout.places.clone());
        let first = [
            self.s_block(usize::from(args[0])),
            self.r_block(usize::from(args[1])),
            self.n_block(usize::from(args[2])),
        ];
        // The formals as they are seen from here.
        let mut formals: Places = places
            .into_iter()
            .map(|place| place.map(|place| moved(&place, first)))
            .collect();
        for (formal, actual) in defined.formals.iter().zip(actuals) {
            let mark = self.mark();
            match (formal, actual) {
                (Formal::Value(var), Actual::Value(e)) => {
                    let bounds = defined
                        .routine
                        .vars
                        .get(var.0 as usize)
                        .map_or(&[][..], |var| &var.bounds);
                    self.value_actual(*var, bounds, e, &mut formals);
                }
                (Formal::Process(name), Actual::Process(port)) => {
                    let index = self.port(port, &Type::Any, 0, None);
                    let b = first[2].saturating_add(*name as u16);
                    self.at(port.span, |unit| unit.emit(Op::Name, 0, b, 0, index));
                }
                (Formal::Family(name, bounds), Actual::Family(port)) => {
                    let index = self.add_port(port, &Type::Any, 0, 0);
                    let b = first[2].saturating_add(*name as u16);
                    self.at(port.span, |unit| unit.emit(Op::Family, 0, b, 0, index));
                    let pairs = self.s_block(2 * bounds.len());
                    self.within(&mut formals, |unit| unit.evaluate_bounds(bounds, pairs));
                    let count = self.low.tables.small(bounds.len(), port.span, "dimensions of a family");
                    self.at(port.span, |unit| unit.emit(Op::Within, count, b, b, pairs));
                }
                _ => self
                    .low
                    .internal(self.span, "an actual of another kind than its formal"),
            }
            self.release(mark);
        }
        let tables = &mut self.low.tables;
        let index = tables.next(tables.module.calls.len(), self.span, "instances");
        let unused = |count: u16, first: u16| if count == 0 { 0 } else { first };
        let args = [
            unused(args[0], first[0]),
            unused(args[1], first[1]),
            unused(args[2], first[2]),
        ];
        tables.module.calls.push(bytecode::Call { routine, args });
        self.emit(Op::Call, 0, 0, 0, index);
    }

    /// Evaluates the bounds of a formal, over the formals before it, and an actual into it.
    fn value_actual(&mut self, var: VarId, bounds: &[(Expr, Expr)], e: &Expr, formals: &mut Places) {
        let Some(Some(place)) = formals.get(var.0 as usize).cloned() else {
            return;
        };
        if types::bounds(&place.holds.ty) > 0 {
            self.within(formals, |unit| unit.evaluate_bounds(bounds, place.holds.bounds));
        }
        self.convert(e, &place.holds, place.reg);
    }

    /// Lowers what stands in the definition: its variables are the formals, its place is the instance.
    fn within(&mut self, formals: &mut Places, lower: impl FnOnce(&mut Self)) {
        std::mem::swap(&mut self.places, formals);
        let pinned = std::mem::replace(&mut self.pinned, true);
        lower(self);
        self.pinned = pinned;
        std::mem::swap(&mut self.places, formals);
    }
}

/// A place in the arguments that begin at the given registers.
fn moved(place: &Place, [s, r, _]: [u16; 3]) -> Rc<Place> {
    let mut place = place.clone();
    place.reg = match place.reg {
        Reg::S(reg) => Reg::S(s.saturating_add(reg)),
        Reg::R(reg) => Reg::R(r.saturating_add(reg)),
    };
    place.holds.bounds = place.holds.bounds.saturating_add(s);
    Rc::new(place)
}
