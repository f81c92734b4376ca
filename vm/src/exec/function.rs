//! Functions of includes that became bytecode.
//!
//! Their registers lie on a stack of the worker: a function is not interrupted, so no process leaves anything there. The
//! window of a function begins where its caller has put the arguments, and its value goes to the same place. All calls
//! within a call are executed by one loop.

use super::plain::{self, Exit};
use crate::error::Trap;
use crate::limits::FUEL_PER_TURN;
use crate::process::{Process, Registers};
use crate::program::{FunctionCode, Program};
use crate::sched::Worker;
use hydra_bytecode::{Instr, Op};
use hydra_stdlib::limits::CALL_LEVELS_MAX;
use hydra_stdlib::value::Value;

/// The functions that a worker is in.
#[derive(Default)]
pub(crate) struct Stack {
    scalars: Vec<u64>,
    references: Vec<Value>,
    /// Callers, the outermost first: so many as `depth` says, and room for more.
    callers: Vec<Frame>,
    depth: usize,
    /// How many callers a function has that does not go back to one: what called it is no function, or waits for it.
    base: usize,
    /// The innermost.
    at: Frame,
}

/// A function that has not ended.
#[derive(Clone, Copy, Default)]
pub(super) struct Frame {
    /// Its number.
    function: u16,
    /// The next instruction.
    pc: u32,
    /// Where its registers begin.
    scalars: u32,
    references: u32,
}

/// A function that waits for another one.
pub(super) struct Waiting {
    base: usize,
    mark: (usize, Frame),
}

impl Stack {
    /// The function that is executed, and its next instruction.
    pub(super) fn place(&self) -> (u16, usize) {
        (self.at.function, self.at.pc as usize)
    }

    /// The innermost function goes on there.
    pub(super) fn go_on(&mut self, pc: u32) {
        self.at.pc = pc;
    }

    /// What it takes to come [`back`](Self::back) from outer functions.
    pub(super) fn mark(&self) -> (usize, Frame) {
        (self.depth, self.at)
    }

    /// Comes back to a function that has not ended.
    pub(super) fn back(&mut self, (depth, at): (usize, Frame)) {
        (self.depth, self.at) = (depth, at);
    }

    /// Begins a function for an instruction of the innermost one, which goes on when it has ended: with
    /// [`goes_on`](Self::goes_on), which is given the result. Gives the registers of the arguments.
    pub(super) fn waits(&mut self, program: &Program, function: u16, within: bool) -> (Waiting, &mut [Value]) {
        let waiting = Waiting {
            base: self.base,
            mark: self.mark(),
        };
        let [scalars, references] = match within {
            false => [0, 0],
            true => {
                let waits = &program.functions[usize::from(self.at.function)];
                [
                    self.at.scalars + u32::from(waits.scalars),
                    self.at.references + u32::from(waits.references),
                ]
            }
        };
        self.base = self.depth;
        self.at = Frame {
            function,
            pc: 0,
            scalars,
            references,
        };
        self.reserve(program);
        (waiting, self.window(program).1)
    }

    /// No function is left.
    pub(super) fn end(&mut self) {
        (self.depth, self.base) = (0, 0);
        self.references.clear();
    }

    /// The function that waited goes on.
    pub(super) fn goes_on(&mut self, waiting: Waiting) {
        self.base = waiting.base;
        self.back(waiting.mark);
    }

    /// The registers of the innermost function.
    #[inline(always)]
    pub(super) fn window(&mut self, program: &Program) -> (&mut [u64], &mut [Value]) {
        let function = &program.functions[usize::from(self.at.function)];
        let (s, r) = (self.at.scalars as usize, self.at.references as usize);
        (
            &mut self.scalars[s..s + usize::from(function.scalars)],
            &mut self.references[r..r + usize::from(function.references)],
        )
    }

    /// The same, without a borrow. Good until a function begins or ends.
    #[inline(always)]
    pub(super) fn registers(&mut self, program: &Program) -> Registers {
        self.registers_of(&program.functions[usize::from(self.at.function)])
    }

    /// The registers of the innermost function, which is this one.
    #[inline(always)]
    pub(super) fn registers_of(&mut self, function: &FunctionCode) -> Registers {
        // both banks are long enough, see `reserve`
        Registers {
            s: self.scalars.as_mut_ptr().wrapping_add(self.at.scalars as usize),
            scalars: usize::from(function.scalars),
            r: self.references.as_mut_ptr().wrapping_add(self.at.references as usize),
            references: usize::from(function.references),
        }
    }

    /// Whether the function that is executed is the outermost.
    #[inline(always)]
    pub(super) fn is_outermost(&self) -> bool {
        self.depth == self.base
    }

    /// Begins a function whose arguments lie in the registers of the innermost; `pc` is that of its next instruction.
    pub(super) fn enter(&mut self, program: &Program, call: &Instr, pc: usize) -> Result<(), Box<Trap>> {
        if self.depth >= CALL_LEVELS_MAX - 1 {
            return Err(too_deep());
        }
        if self.depth == self.callers.len() {
            self.callers.resize(2 * self.depth + 8, Frame::default());
        }
        self.callers[self.depth] = Frame {
            pc: pc as u32,
            ..self.at
        };
        self.depth += 1;
        self.at = self.called(call);
        self.reserve(program);
        Ok(())
    }

    fn called(&self, call: &Instr) -> Frame {
        Frame {
            function: call.d,
            pc: 0,
            scalars: self.at.scalars + u32::from(call.b),
            references: self.at.references + u32::from(call.c),
        }
    }

    /// As [`enter`](Self::enter), if there is room. Whether there was.
    #[inline(always)]
    pub(super) fn enter_quick(&mut self, function: &FunctionCode, call: &Instr, pc: usize) -> bool {
        let called = self.called(call);
        let scalars = called.scalars as usize + usize::from(function.scalars);
        let references = called.references as usize + usize::from(function.references);
        if scalars > self.scalars.len() || references > self.references.len() || self.depth >= CALL_LEVELS_MAX - 1 {
            return false;
        }
        let Some(caller) = self.callers.get_mut(self.depth) else {
            return false;
        };
        *caller = Frame {
            pc: pc as u32,
            ..self.at
        };
        self.depth += 1;
        self.at = called;
        true
    }

    /// There are registers for the innermost function.
    #[inline(always)]
    fn reserve(&mut self, program: &Program) {
        let function = &program.functions[usize::from(self.at.function)];
        let scalars = self.at.scalars as usize + usize::from(function.scalars);
        let references = self.at.references as usize + usize::from(function.references);
        if scalars > self.scalars.len() || references > self.references.len() {
            self.grow(scalars, references);
        }
    }

    #[cold]
    fn grow(&mut self, scalars: usize, references: usize) {
        self.scalars.resize(self.scalars.len().max(2 * scalars), 0);
        self.references
            .resize(self.references.len().max(references + references / 2), Value::Unit);
    }

    /// Goes back to the caller; `false` if the outermost function has ended.
    #[inline(always)]
    pub(super) fn leave(&mut self) -> bool {
        if self.depth == self.base {
            return false;
        }
        let depth = self.depth.wrapping_sub(1);
        let Some(&caller) = self.callers.get(depth) else {
            return false;
        };
        self.depth = depth;
        self.at = caller;
        true
    }
}

#[cold]
fn too_deep() -> Box<Trap> {
    Trap::new("calls are nested too deep")
}

impl Worker<'_> {
    /// Calls a function for a process, and everything that it calls.
    pub(super) fn function(&mut self, process: &mut Process, call: Instr) -> Result<(), Box<Trap>> {
        let result = self.call_function(process, call);
        self.functions.end();
        result
    }

    fn call_function(&mut self, process: &mut Process, call: Instr) -> Result<(), Box<Trap>> {
        let program = &*self.shared.program;
        let stack = &mut self.functions;
        let function = &program.module.functions[usize::from(call.d)];
        let [s_count, r_count, _] = program.module.routines[usize::from(function.routine)]
            .args
            .map(usize::from);
        let (b, c) = (usize::from(call.b), usize::from(call.c));
        stack.at = Frame {
            function: call.d,
            ..Frame::default()
        };
        stack.reserve(program);
        let (s, r) = process.window();
        stack.scalars[..s_count].copy_from_slice(&s[b..b + s_count]);
        for (to, from) in stack.references[..r_count].iter_mut().zip(&mut r[c..c + r_count]) {
            *to = std::mem::take(from);
        }
        self.run_function()?;
        let stack = &mut self.functions;
        let (s, r) = process.window();
        if function.scalar {
            s[b] = stack.scalars[0];
        } else {
            r[c] = std::mem::take(&mut stack.references[0]);
        }
        Ok(())
    }

    /// What has no place of its own is shown where the innermost function is called that has one.
    #[cold]
    fn placed(&mut self, trap: &mut Trap) {
        let program = &*self.shared.program;
        (trap.span, trap.in_function) = (None, false);
        while self.functions.leave() {
            let routine = program.functions[usize::from(self.functions.at.function)].routine;
            let span = program.module.routines[usize::from(routine)].span(self.functions.at.pc.saturating_sub(1));
            if span.start < span.end {
                (trap.span, trap.in_function) = (Some(span), true);
                return;
            }
        }
    }

    /// Runs until the outermost function ends. A function that takes longer than a turn goes on, but is counted.
    pub(super) fn run_function(&mut self) -> Result<(), Box<Trap>> {
        let shared = self.shared;
        let program = &*shared.program;
        let mut over = false;
        loop {
            let mut trap = None;
            let (number, pc) = self.functions.place();
            let code = &*program.functions[usize::from(number)].code;
            let (exit, pc) = plain::run::<true>(self, program, &shared.params, code, pc, &mut trap);
            let stack = &mut self.functions;
            stack.at.pc = pc as u32;
            let result = match exit {
                Exit::Returned => {
                    if over {
                        self.fuel = 0;
                    }
                    return Ok(());
                }
                Exit::OutOfFuel => {
                    over = true;
                    self.fuel = FUEL_PER_TURN;
                    if shared.has_stopped() {
                        let mut trap = Trap::malformed();
                        trap.stopped = true;
                        return Err(trap);
                    }
                    shared.spend(FUEL_PER_TURN)
                }
                Exit::Control => {
                    let instr = program.functions[usize::from(stack.at.function)].code[pc - 1];
                    match instr.op {
                        Op::Print => {
                            let (_, r) = stack.window(program);
                            let value = std::mem::take(&mut r[usize::from(instr.b)]);
                            let printed = self.print(&value);
                            let stack = &mut self.functions;
                            stack.window(program).1[usize::from(instr.b)] = value;
                            printed
                        }
                        Op::Sort => self.sort_within(instr),
                        Op::Dyn => {
                            let routine = program.functions[usize::from(stack.at.function)].routine;
                            let mut stack = std::mem::take(stack);
                            let result = self.operation(instr, stack.window(program).1, routine, pc);
                            self.functions = stack;
                            result.map_err(|mut trap| {
                                trap.in_function = true;
                                trap
                            })
                        }
                        _ => Err(Trap::malformed()),
                    }
                }
                Exit::Parked | Exit::Trap => Err(trap.unwrap_or_else(Trap::malformed)),
            };
            if let Err(mut trap) = result {
                let stack = &self.functions;
                let too_deep = stack.depth >= CALL_LEVELS_MAX - 1;
                if trap.span.is_none() && !(too_deep && trap.message.starts_with("calls are nested")) {
                    let routine = program.functions[usize::from(stack.at.function)].routine;
                    let routine = &program.module.routines[usize::from(routine)];
                    trap.span = Some(routine.span(stack.at.pc.saturating_sub(1)));
                    trap.in_function = true;
                }
                if self.caught_in_function(&mut trap) {
                    continue;
                }
                if trap.span.is_some_and(|span| span.start == span.end) {
                    self.placed(&mut trap);
                }
                return Err(trap);
            }
        }
    }
}
