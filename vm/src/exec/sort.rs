//! `sort` with a closure: the library sorts, and asks a function for the order of two elements.
//!
//! rhai sorts so, too: which elements are compared in which order is the same, so what the closure does besides is seen in the same
//! order, and one that tells no order at all leads to the same result.

use crate::error::Trap;
use crate::limits::FUEL_PER_TURN;
use crate::sched::Worker;
use hydra_bytecode::Instr;
use hydra_stdlib::engine::caught;
use hydra_stdlib::value::{Array, Value, to_dynamic};
use std::cmp::Ordering;
use std::sync::Arc;

/// What rhai throws if the library notices that there is no order.
pub(super) const NO_ORDER: &str = "error in comparer for sorting";

impl Worker<'_> {
    /// Sorts an array in registers of a process.
    pub(super) fn sort(&mut self, r: &mut [Value], i: Instr) -> Result<(), Box<Trap>> {
        let (array, before) = self.taken(r, i);
        let (array, result) = self.sorted(array, &before, i.d, false);
        self.functions.end();
        r[usize::from(i.b)] = array;
        result
    }

    /// Sorts an array in registers of the innermost function.
    pub(super) fn sort_within(&mut self, i: Instr) -> Result<(), Box<Trap>> {
        let program = &*self.shared.program;
        let mut stack = std::mem::take(&mut self.functions);
        let (array, before) = self.taken(stack.window(program).1, i);
        self.functions = stack;
        let (array, result) = self.sorted(array, &before, i.d, true);
        self.functions.window(program).1[usize::from(i.b)] = array;
        result
    }

    /// The array, and what the function is called with before the two elements.
    fn taken(&self, r: &mut [Value], i: Instr) -> (Value, Vec<Value>) {
        let program = &*self.shared.program;
        let routine = program.functions[usize::from(i.d)].routine;
        let [_, args, _] = program.module.routines[usize::from(routine)].args.map(usize::from);
        let first = usize::from(i.c);
        let before = r[first..first + args.saturating_sub(2)].to_vec();
        (std::mem::take(&mut r[usize::from(i.b)]), before)
    }

    fn sorted(
        &mut self,
        array: Value,
        before: &[Value],
        function: u16,
        within: bool,
    ) -> (Value, Result<(), Box<Trap>>) {
        let Value::Array(array) = array else {
            return (array, Err(Trap::malformed()));
        };
        let mut items: Vec<Value> = array.iter().collect();
        let (mut ends, mut over) = (None, false);
        let sorted = caught(|| {
            items.sort_by(|x, y| {
                if ends.is_some() {
                    return Ordering::Equal;
                }
                let order = self.counted(&mut over);
                let order = order.and_then(|()| self.order(x, y, before, function, within));
                order.unwrap_or_else(|trap| {
                    ends = Some(trap);
                    Ordering::Equal
                })
            });
        });
        if over {
            self.fuel = 0;
        }
        let result = match (ends, sorted) {
            (Some(trap), _) => Err(trap),
            (None, Err(_)) => Err(Trap::new(NO_ORDER)),
            (None, Ok(())) => Ok(()),
        };
        (Value::Array(Arc::new(Array::from_values(items))), result)
    }

    /// A comparison counts as a step; one that takes longer than a turn goes on.
    fn counted(&mut self, over: &mut bool) -> Result<(), Box<Trap>> {
        if self.fuel > 0 {
            self.fuel -= 1;
            return Ok(());
        }
        *over = true;
        self.fuel = FUEL_PER_TURN;
        if self.shared.has_stopped() {
            let mut trap = Trap::malformed();
            trap.stopped = true;
            return Err(trap);
        }
        self.shared.spend(FUEL_PER_TURN)
    }

    /// The order of two elements; what fails is whatever ends the run, too. A function that fails otherwise tells nothing.
    fn order(
        &mut self,
        x: &Value,
        y: &Value,
        before: &[Value],
        function: u16,
        within: bool,
    ) -> Result<Ordering, Box<Trap>> {
        let shared = self.shared;
        let program = &*shared.program;
        let (waiting, r) = self.functions.waits(program, function, within);
        for (to, from) in r.iter_mut().zip(before.iter().chain([x, y])) {
            *to = from.clone();
        }
        let result = self.run_function();
        let told = match &result {
            Ok(()) => std::mem::take(&mut self.functions.window(program).1[0]),
            Err(_) => Value::Unit,
        };
        self.functions.goes_on(waiting);
        match result {
            Err(trap) if trap.stopped || trap.limit || trap.quiet || trap.difference => return Err(trap),
            _ => {}
        }
        Ok(match told {
            Value::Integer(n) => n.cmp(&0),
            Value::Boolean(true) => Ordering::Less,
            Value::Boolean(false) => Ordering::Greater,
            // so rhai has it
            _ => {
                let ty = |value: &Value| to_dynamic(value, &program.symbols).type_id();
                ty(x).cmp(&ty(y))
            }
        })
    }
}
