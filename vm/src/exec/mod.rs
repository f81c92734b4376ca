//! The executor: a process runs until it waits, ends, fails, or its turn is over.
//!
//! [`plain`] executes what needs nothing but registers, and asks [`quick`] and [`round`] for the usual communications and
//! choices; all else comes here.
//!
//! This is an island of `unsafe` for one line: the registers of the process that runs are reached while others are changed.

#![allow(unsafe_code)]

mod arrays;
mod caught;
mod choose;
mod communicate;
#[cfg(all(feature = "counts", not(hydra_model)))]
pub(crate) mod counts;
mod fragment;
mod function;
mod host;
mod instance;
mod names;
mod operations;
mod outside;
mod parallel;
mod paranoid;
mod plain;
mod quick;
mod record;
mod replay;
mod round;
mod sort;
mod threaded;
mod values;

use crate::chan::GroupRef;
use crate::error::Trap;
use crate::limits::FUEL_PER_TURN;
use crate::process::{Process, Wait};
use crate::sched::{Flow, Waiter, Worker, after};
use crate::trace::Place;
pub(crate) use function::Stack;
use hydra_bytecode::{Instr, Op};
pub(crate) use paranoid::{Checking, note_line};
use plain::Exit;
use quick::put;

impl<'a> Worker<'a> {
    /// The code of the process that runs.
    #[inline(always)]
    fn code(&self) -> &'a [Instr] {
        let routine = self.here.as_ref().map_or(0, |process| process.routine);
        &self.codes[usize::from(routine)]
    }

    /// Runs a process, and after it those that come next.
    pub(crate) fn execute(&mut self, process: Process) -> Flow {
        let shared = self.shared;
        let program = &*shared.program;
        let mut trap = None;
        put(&mut self.here, process);
        while let Some(process) = &self.here {
            let pc = process.pc as usize;
            let (exit, pc) = plain::run::<false>(self, program, &shared.params, self.code(), pc, &mut trap);
            if let Exit::Parked = exit {
                match self.left.take() {
                    Some(Flow::Fail(mut process, mut trap)) => {
                        if !self.caught(&mut process, &mut trap) {
                            return self.judged(process, trap);
                        }
                        put(&mut self.here, process);
                        continue;
                    }
                    Some(flow) => return flow,
                    None => {}
                }
                if self.rng.is_none() {
                    self.here = self.next_at_once();
                }
                continue;
            }
            let Some(mut process) = self.here.take() else { break };
            process.pc = pc as u32;
            match exit {
                Exit::Control | Exit::Parked => {
                    let group = process.group;
                    match self.control(process, group, pc - 1) {
                        Flow::Go(process) => put(&mut self.here, process),
                        Flow::Fail(mut process, mut trap) => match self.caught(&mut process, &mut trap) {
                            true => put(&mut self.here, process),
                            false => return self.judged(process, trap),
                        },
                        other => return other,
                    }
                }
                Exit::OutOfFuel if self.checks() && !shared.has_stopped() => match shared.spend(FUEL_PER_TURN) {
                    Ok(()) => {
                        self.fuel = FUEL_PER_TURN;
                        put(&mut self.here, process);
                    }
                    Err(trap) => return self.judged(process, trap),
                },
                Exit::OutOfFuel => return Flow::Yield(process),
                Exit::Trap | Exit::Returned => {
                    let mut trap = trap.take().unwrap_or_else(Trap::malformed);
                    if !self.caught(&mut process, &mut trap) {
                        return self.judged(process, trap);
                    }
                    put(&mut self.here, process);
                }
            }
        }
        Flow::Gone
    }

    /// Executes an instruction that needs more than registers.
    #[inline(never)]
    fn control(&mut self, mut process: Process, group: GroupRef, pc: usize) -> Flow {
        let instr = self.shared.program.module.routines[process.routine as usize].code[pc];
        if self.traced
            && matches!(
                instr.op,
                Op::Print
                    | Op::Frag
                    | Op::FragS
                    | Op::FragDo
                    | Op::Dyn
                    | Op::Check
                    | Op::Checked
                    | Op::CallF
                    | Op::Sort
            )
        {
            Place::enter(&mut process);
            let flow = self.plainly(process, group, instr, pc);
            return match flow {
                Flow::Go(mut process) => {
                    Place::leave(&mut process);
                    Flow::Go(process)
                }
                Flow::Fail(mut process, trap) => {
                    Place::leave(&mut process);
                    Flow::Fail(process, trap)
                }
                other => other,
            };
        }
        self.plainly(process, group, instr, pc)
    }

    /// As [`control`](Self::control), where it is known whose fragment it is.
    #[inline(always)]
    fn plainly(&mut self, mut process: Process, group: GroupRef, instr: Instr, pc: usize) -> Flow {
        let result = match instr.op {
            Op::SendS if self.character_out(&mut process, instr) => return self.communicated(process),
            Op::RecvS | Op::GuardS if self.character_in(&mut process, instr) => return self.communicated(process),
            Op::SendS => return self.send_scalar(process, group, instr),
            Op::RecvS | Op::GuardS => return self.receive_scalar(process, group, instr),
            Op::SendV => return self.send_value(process, group, instr),
            Op::RecvV | Op::GuardV => return self.receive_value(process, group, instr),
            Op::Select => return self.select(process, instr.d),
            Op::Par => return self.parallel(process, group, instr.d),
            Op::End => return self.end(process, group),
            Op::After => return self.delay(process, instr),
            Op::Choose => self.choose(&mut process, instr.d),
            Op::Arm => self.arm(&mut process, group, instr),
            Op::ArmAll => self.arm_all(&mut process, group, instr),
            Op::ArmAfter => self.arm_after(&mut process, instr),
            Op::Call => {
                return match self.call(&mut process, instr.d) {
                    Ok(()) => self.spent(process),
                    Err(trap) => Flow::Fail(process, trap),
                };
            }
            Op::Ret => self.ret(&mut process),
            Op::Name | Op::Family | Op::Within | Op::Outside => self.name(&mut process, group, instr),
            Op::Frag | Op::FragS | Op::FragDo => self.fragment(&mut process, instr),
            Op::Print => {
                let value = std::mem::take(&mut process.r()[usize::from(instr.b)]);
                let printed = self.print(&value);
                process.r()[usize::from(instr.b)] = value;
                printed
            }
            Op::Dyn => {
                let routine = process.routine;
                self.operation(instr, process.r(), routine, pc + 1)
            }
            Op::Check => {
                self.check(&mut process, instr);
                Ok(())
            }
            Op::Checked => self.checked(&mut process, instr),
            Op::CallF => self.function(&mut process, instr),
            Op::Sort => self.sort(process.r(), instr),
            _ => Err(Trap::malformed()),
        };
        match result {
            Ok(()) => Flow::Go(process),
            Err(trap) => Flow::Fail(process, trap),
        }
    }

    /// The process may have come from further down in the code, as by a backward jump: its turn must end some time.
    fn spent(&mut self, process: Process) -> Flow {
        if self.fuel == 0 {
            return Flow::Yield(process);
        }
        self.fuel -= 1;
        Flow::Go(process)
    }

    fn delay(&mut self, mut process: Process, instr: Instr) -> Flow {
        let milliseconds = process.s()[usize::from(instr.b)] as i64;
        if milliseconds <= 0 {
            return Flow::Yield(process);
        }
        if self.shared.player.is_some() {
            return Flow::Yield(process); // what came of the delay is known
        }
        process.wait = Wait::Time;
        self.shared.sharing.share(process.group);
        let moment = after(self.shared.clock.now(), milliseconds);
        self.shared.timers.add(moment, Waiter::Process(process));
        self.shared.timer_added();
        Flow::Gone
    }
}
