//! Functions of includes that became bytecode.
//!
//! Their registers lie on a stack of the worker: a function is not interrupted, so no process leaves anything there. The
//! window of a function begins where its caller has put the arguments, and its value goes to the same place. All calls
//! within a call are executed by one loop.

use super::plain::{self, Exit};
use crate::chan::Group;
use crate::error::Trap;
use crate::limits::FUEL_PER_TURN;
use crate::process::Process;
use crate::program::Program;
use crate::sched::Worker;
use hydra_bytecode::{Instr, Op};
use hydra_stdlib::limits::CALL_LEVELS_MAX;
use hydra_stdlib::value::Value;

/// The functions that a worker is in.
#[derive(Default)]
pub(crate) struct Stack {
    scalars: Vec<u64>,
    references: Vec<Value>,
    /// Callers, the outermost first.
    callers: Vec<Frame>,
    /// The innermost.
    at: Frame,
}

/// A function that has not ended.
#[derive(Clone, Copy, Default)]
struct Frame {
    /// Its number.
    function: u16,
    /// The next instruction.
    pc: u32,
    /// Where its registers begin.
    scalars: usize,
    references: usize,
}

impl Stack {
    /// The function that is executed, and its next instruction.
    pub(super) fn place(&self) -> (u16, usize) {
        (self.at.function, self.at.pc as usize)
    }

    /// The registers of the innermost function.
    #[inline(always)]
    pub(super) fn window(&mut self, program: &Program) -> (&mut [u64], &mut [Value]) {
        let function = &program.functions[usize::from(self.at.function)];
        let (s, r) = (self.at.scalars, self.at.references);
        (
            &mut self.scalars[s..s + usize::from(function.scalars)],
            &mut self.references[r..r + usize::from(function.references)],
        )
    }

    /// Begins a function whose arguments lie in the registers of the innermost; `pc` is that of its next instruction.
    #[inline(always)]
    pub(super) fn enter(&mut self, program: &Program, call: &Instr, pc: usize) -> Result<(), Box<Trap>> {
        let Frame {
            scalars, references, ..
        } = self.at;
        if self.callers.len() >= CALL_LEVELS_MAX - 1 {
            return Err(too_deep());
        }
        self.callers.push(Frame {
            pc: pc as u32,
            ..self.at
        });
        self.at = Frame {
            function: call.d,
            pc: 0,
            scalars: scalars + usize::from(call.b),
            references: references + usize::from(call.c),
        };
        self.reserve(program);
        Ok(())
    }

    /// There are registers for the innermost function.
    #[inline(always)]
    fn reserve(&mut self, program: &Program) {
        let function = &program.functions[usize::from(self.at.function)];
        let scalars = self.at.scalars + usize::from(function.scalars);
        let references = self.at.references + usize::from(function.references);
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
        match self.callers.pop() {
            Some(caller) => {
                self.at = caller;
                true
            }
            None => false,
        }
    }
}

#[cold]
fn too_deep() -> Box<Trap> {
    Trap::new("calls are nested too deep")
}

impl Worker<'_> {
    /// Calls a function for a process, and everything that it calls.
    pub(super) fn function(&mut self, process: &mut Process, group: &Group, call: Instr) -> Result<(), Box<Trap>> {
        let mut stack = std::mem::take(&mut self.functions);
        let result = self.call_function(&mut stack, process, group, call);
        stack.callers.clear();
        stack.references.clear();
        self.functions = stack;
        result
    }

    fn call_function(
        &mut self,
        stack: &mut Stack,
        process: &mut Process,
        group: &Group,
        call: Instr,
    ) -> Result<(), Box<Trap>> {
        let program = &*self.shared.program;
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
        self.run_function(stack, group)?;
        let (s, r) = process.window();
        if function.scalar {
            s[b] = stack.scalars[0];
        } else {
            r[c] = std::mem::take(&mut stack.references[0]);
        }
        Ok(())
    }

    /// Runs until the outermost function ends. A function that takes longer than a turn goes on, but is counted.
    fn run_function(&mut self, stack: &mut Stack, group: &Group) -> Result<(), Box<Trap>> {
        let shared = self.shared;
        let program = &*shared.program;
        let mut over = false;
        loop {
            let mut trap = None;
            let (number, pc) = stack.place();
            let code = &*program.functions[usize::from(number)].code;
            let (exit, pc) = plain::run::<true>(
                self,
                &mut None,
                group,
                program,
                &shared.params,
                code,
                pc,
                &mut [],
                &mut [],
                &mut trap,
                Some(&mut *stack),
            );
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
                            stack.window(program).1[usize::from(instr.b)] = value;
                            printed
                        }
                        Op::Dyn => {
                            let routine = program.functions[usize::from(stack.at.function)].routine;
                            let result = self.operation(instr, stack.window(program).1, routine, pc);
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
                let too_deep = stack.callers.len() >= CALL_LEVELS_MAX - 1;
                if trap.span.is_none() && !(too_deep && trap.message.starts_with("calls are nested")) {
                    let routine = program.functions[usize::from(stack.at.function)].routine;
                    let routine = &program.module.routines[usize::from(routine)];
                    trap.span = Some(routine.span(stack.at.pc.saturating_sub(1)));
                    trap.in_function = true;
                }
                return Err(trap);
            }
        }
    }
}
