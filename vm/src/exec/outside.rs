//! What streams of values say to processes, in runs that are recorded and in those that are repeated.
//!
//! All that a process hears from such a stream is in its own log: each value that it took, the end, a failure; and that an output
//! was taken. So a replay needs neither the outside nor an order of those who share a stream, and outputs nothing to it.

use super::communicate::ended_source;
use super::record::note;
use super::replay::{peek, piece, skip};
use crate::chan::{ChoiceState, Message, deliver};
use crate::data::{decode, encode, from_value, to_value};
use crate::error::Trap;
use crate::host::{Poll, Sent, StreamWaiter};
use crate::process::{Process, Wait};
use crate::program::Program;
use crate::sched::{Flow, Shared, Worker};
use crate::trace::{Entry, Log, Long, Player};
use hydra_bytecode::{Instr, Op};
use hydra_stdlib::value::{Value, matches};

/// What a process is told again.
pub(super) enum Told {
    /// The stream gave this value.
    Value(Value),
    /// The stream had ended.
    Ended,
    /// It failed.
    Failed(Box<Trap>),
    /// What was output was taken.
    Sent,
    /// Nothing: it waited to the end of the run.
    Nothing,
    /// Something that no stream says.
    Other,
}

impl Worker<'_> {
    /// A process has heard something of a stream of values: it is noted if the run is recorded.
    pub(super) fn note_heard(&self, process: &mut Process, heard: &Result<Poll, String>) {
        let Some(recorder) = self.recorder else { return };
        match heard {
            Ok(Poll::Ready(value)) => {
                // what came in can go out
                let data = from_value(value, &self.shared.program.symbols).unwrap_or_default();
                let mut bytes = Vec::new();
                encode(&data, &mut bytes);
                if let Some(log) = Log::of(recorder, process) {
                    log.add_long(Long::Value, &bytes);
                }
            }
            Ok(Poll::Ended) => note(self.recorder, process, Entry::Ended),
            Ok(Poll::Pending) => {}
            Err(problem) => self.note_failed(process, problem),
        }
    }

    /// A process fails because of a stream.
    pub(super) fn note_failed(&self, process: &mut Process, problem: &str) {
        if let Some(log) = self.recorder.and_then(|recorder| Log::of(recorder, process)) {
            log.add_long(Long::Failed, problem.as_bytes());
        }
    }

    /// What became of an output to a stream of values, if that is known already.
    pub(super) fn note_sent(&self, sent: &mut Sent) {
        match sent {
            Sent::Done(process) => note(self.recorder, process, Entry::Sent),
            Sent::Closed(process) => note(self.recorder, process, Entry::Ended),
            Sent::Failed(process, problem) => self.note_failed(process, problem),
            Sent::Waits => {}
        }
    }

    /// An input from a stream of values: what the process heard is in its log.
    pub(super) fn read_again(
        &mut self,
        player: &Player,
        mut process: Process,
        instr: Instr,
        stream: u32,
        wait: Wait,
    ) -> Flow {
        let program: &Program = &self.shared.program;
        let port = &program.module.ports[usize::from(instr.d)];
        match told(self.shared, player, &mut process, port.ty) {
            Told::Value(value) => {
                process.wait = wait;
                match deliver(program, &mut process, Message::Value(value)) {
                    Ok(()) => self.communicated(process),
                    Err(trap) => Flow::Fail(process, trap),
                }
            }
            Told::Ended if matches!(instr.op, Op::GuardS | Op::GuardV) => {
                process.pc = process.pc.wrapping_add_signed(i32::from(instr.c as i16));
                self.spent(process)
            }
            Told::Ended => Flow::Fail(process, ended_source(&port.name)),
            Told::Failed(trap) => Flow::Fail(process, trap),
            Told::Nothing => {
                process.wait = Wait::Stream(instr.d);
                self.shared.sharing.share(process.group);
                let waiter = StreamWaiter::Process(process);
                self.shared.streams.waits_again(stream, waiter);
                Flow::Gone
            }
            Told::Sent | Told::Other => {
                self.misfit(player, &process, peek(&process).0);
                Flow::Gone
            }
        }
    }

    /// An output to a stream of values, which goes nowhere.
    pub(super) fn write_again(&mut self, player: &Player, mut process: Process, name: &str) -> Flow {
        match told(self.shared, player, &mut process, 0) {
            Told::Sent => self.communicated(process),
            Told::Ended => Flow::Fail(process, Trap::new(format!("output to {name}, which has terminated"))),
            Told::Failed(trap) => Flow::Fail(process, trap),
            Told::Nothing => {
                player.hold(process);
                Flow::Gone
            }
            Told::Value(_) | Told::Other => {
                self.misfit(player, &process, peek(&process).0);
                Flow::Gone
            }
        }
    }

    /// A choice that waited to the end of the run waits for its streams of values, too.
    pub(super) fn await_streams(&self, state: &ChoiceState) {
        for stream in state.streams() {
            let waiter = StreamWaiter::Choice(state.cell.clone());
            self.shared.streams.waits_again(stream, waiter);
        }
    }
}

/// What a process is told next by a stream; a value is of this type.
pub(super) fn told(shared: &Shared, player: &Player, process: &mut Process, ty: u16) -> Told {
    let told = match peek(process).0 {
        None => return Told::Nothing,
        Some(Entry::Sent) => Told::Sent,
        Some(Entry::Ended) => Told::Ended,
        Some(Entry::Failed(place)) => {
            let message = String::from_utf8_lossy(piece(process, place));
            Told::Failed(Trap::new(message))
        }
        Some(Entry::Value(place)) => {
            let symbols = &shared.program.symbols;
            let value = decode(piece(process, place)).and_then(|data| to_value(&data, symbols).ok());
            match value.filter(|value| matches(value, ty, &shared.program.module.types)) {
                Some(value) => Told::Value(value),
                None => return Told::Other,
            }
        }
        Some(_) => return Told::Other,
    };
    skip(player, process);
    told
}
