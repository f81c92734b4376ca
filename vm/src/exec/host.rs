//! Communication with streams of the host.

use super::communicate::ended_source;
use crate::chan::{Message, Name, Partner, deliver};
use crate::error::Trap;
use crate::host::{Element, Poll, Sent, StreamWaiter, Wanted, Written};
use crate::process::{Process, Wait};
use crate::program::Program;
use crate::sched::{Flow, Shared, Worker};
use crate::trace::Ident;
use hydra_bytecode::{Instr, Kind, Op, Target, Type};
use hydra_stdlib::value::{Elements, Value};
use std::borrow::Cow;

/// What a port inputs from a stream.
pub(super) fn wanted(shared: &Shared, process: &mut Process, port: u16, stream: u32) -> Result<Wanted, Box<Trap>> {
    if shared.streams.has_values(stream) {
        return Ok(Wanted::Value(shared.program.module.ports[usize::from(port)].ty));
    }
    element(&shared.program, process, port).map(Wanted::Text)
}

/// What a port inputs from a stream of text.
fn element(program: &Program, process: &mut Process, port: u16) -> Result<Element, Box<Trap>> {
    let port = &program.module.ports[usize::from(port)];
    match &program.module.types[usize::from(port.ty)] {
        Type::Scalar(Kind::Character) => Ok(Element::Character),
        Type::String => Ok(Element::Line),
        Type::Scalar(kind @ (Kind::Integer | Kind::Real)) => Ok(Element::Number(*kind)),
        Type::Array { dims: 1, element }
            if matches!(
                program.module.types[usize::from(*element)],
                Type::Scalar(Kind::Character)
            ) =>
        {
            let (low, high) = program
                .bounds(port.ty, port.bounds, process.s())
                .next()
                .unwrap_or((1, 0));
            let length = if high < low {
                0
            } else {
                high.saturating_sub(low).saturating_add(1)
            };
            u32::try_from(length)
                .map(|length| Element::Card(length as usize))
                .map_err(|_| Trap::new(format!("an array of {length} characters is too long for a line")))
        }
        _ => Err(Trap::new(format!(
            "{} gives characters, strings, numbers and arrays of characters only",
            port.name
        ))),
    }
}

/// A value as the text that goes out, and whether a line end follows. A character is written into `place`.
fn text<'a>(program: &Program, value: &'a Value, place: &'a mut [u8; 4]) -> Result<(Cow<'a, str>, bool), Box<Trap>> {
    match value {
        Value::Character(c) => Ok((Cow::Borrowed(c.encode_utf8(place)), false)),
        Value::String(text) => Ok((Cow::Borrowed(text.as_str()), true)),
        Value::Integer(_) | Value::Real(_) | Value::Boolean(_) => Ok((program.show(value).into(), true)),
        Value::Array(array) if array.lengths.len() == 1 => match &array.elements {
            Elements::Words(Kind::Character, words) => Ok((
                words.iter().filter_map(|&word| char::from_u32(word as u32)).collect(),
                true,
            )),
            Elements::Words(_, words) if words.is_empty() => Ok((Cow::Borrowed(""), true)),
            Elements::Values(values) => {
                let characters = values.iter().map(|value| match value {
                    Value::Character(c) => Some(*c),
                    _ => None,
                });
                let all: Option<String> = characters.collect();
                all.map(|line| (line.into(), true))
                    .ok_or_else(|| cannot_go_out(program, value))
            }
            Elements::Words(..) => Err(cannot_go_out(program, value)),
        },
        _ => Err(cannot_go_out(program, value)),
    }
}

/// The name of whom a process outputs to.
#[cold]
fn port_name(program: &Program, wait: Wait) -> &str {
    match wait {
        Wait::OfferScalar { port, .. } | Wait::OfferValue { port, .. } => &program.module.ports[usize::from(port)].name,
        _ => "the application",
    }
}

#[cold]
fn cannot_go_out(program: &Program, value: &Value) -> Box<Trap> {
    let kind = hydra_stdlib::value::kind_name(value, &program.symbols);
    Trap::new(format!(
        "{kind} cannot be output to a stream: characters, strings, numbers, booleans and arrays of characters can"
    ))
}

impl Worker<'_> {
    /// Outputs a character that a stream takes at once; what is not so simple is left to [`write`](Self::write).
    #[inline]
    pub(super) fn character_out(&self, process: &mut Process, instr: Instr) -> bool {
        if Kind::ALL[usize::from(instr.a & 3)] != Kind::Character || self.traced {
            return false;
        }
        let word = process.s()[usize::from(instr.b)];
        self.stream_of(process, instr.d)
            .zip(char::from_u32(word as u32))
            .is_some_and(|(stream, character)| self.shared.streams.put(stream, character))
    }

    /// Inputs a character that a stream has already; what is not so simple is left to [`read`](Self::read).
    #[inline]
    pub(super) fn character_in(&self, process: &mut Process, instr: Instr) -> bool {
        if Kind::ALL[usize::from(instr.a & 3)] != Kind::Character || self.traced {
            return false;
        }
        let stream = self.stream_of(process, instr.d);
        let Some(character) = stream.and_then(|stream| self.shared.streams.take(stream)) else {
            return false;
        };
        process.s()[usize::from(instr.b)] = u64::from(u32::from(character));
        true
    }

    /// The stream that a port without subscripts names.
    #[inline]
    fn stream_of(&self, process: &mut Process, port: u16) -> Option<u32> {
        let port = &self.shared.program.module.ports[usize::from(port)];
        match port.target {
            Target::Host(host) if port.count == 0 => self.shared.streams.member(host, &[]),
            Target::Formal(register) if port.count == 0 => match process.names().get(usize::from(register)) {
                Some(Name::One(Partner::Stream(stream))) => Some(*stream),
                _ => None,
            },
            _ => None,
        }
    }

    /// An output to a stream.
    pub(super) fn write(&mut self, mut process: Process, stream: u32, message: Message, wait: Wait) -> Flow {
        let program: &Program = &self.shared.program;
        let value = match message {
            Message::Word(kind, word) => Value::scalar(kind, word),
            Message::Value(value) => value,
        };
        if self.shared.streams.has_values(stream) {
            if let Some(player) = &self.shared.player {
                return self.write_again(player, process, port_name(program, wait));
            }
            process.wait = wait;
            let patient = self.rng.is_some();
            let mut sent = (self.shared.streams).write_value(self.shared, stream, &value, patient, process);
            self.note_sent(&mut sent);
            return match sent {
                Sent::Done(mut process) => {
                    process.wait = Wait::Nothing;
                    self.communicated(process)
                }
                Sent::Waits => {
                    // the application takes it, or the run fails
                    self.counts.communications += 1;
                    Flow::Gone
                }
                Sent::Closed(process) => {
                    let name = port_name(program, wait);
                    Flow::Fail(process, Trap::new(format!("output to {name}, which has terminated")))
                }
                Sent::Failed(process, problem) => Flow::Fail(process, Trap::new(problem)),
            };
        }
        let mut place = [0; 4];
        let (text, line_end) = match text(program, &value, &mut place) {
            Ok(text) => text,
            Err(trap) => return Flow::Fail(process, trap),
        };
        match self.shared.write(Ident::of(&process), stream, &text, line_end) {
            Some(Written::Done) => self.communicated(process),
            Some(Written::Closed) => {
                let mut trap = Trap::new("");
                trap.quiet = true;
                Flow::Fail(process, trap)
            }
            Some(Written::TooMuch) => Flow::Fail(process, self.shared.too_much_output()),
            Some(Written::Failed(problem)) => {
                if let Some(recorder) = self.recorder {
                    recorder.fails_outside();
                }
                Flow::Fail(process, Trap::new(format!("cannot write to {problem}")))
            }
            None => Flow::Fail(process, Trap::new("this process takes no output of the program")),
        }
    }

    /// An input from a stream.
    pub(super) fn read(&mut self, mut process: Process, instr: Instr, stream: u32, wait: Wait) -> Flow {
        let shared = self.shared;
        let program: &Program = &shared.program;
        let wanted = match wanted(shared, &mut process, instr.d, stream) {
            Ok(wanted) => wanted,
            Err(trap) => return Flow::Fail(process, trap),
        };
        if let Some(player) = &shared.player
            && shared.streams.has_values(stream)
        {
            return self.read_again(player, process, instr, stream, wait);
        }
        if let Some(player) = &shared.player
            && !player.may_read(Ident::of(&process))
        {
            player.reads_later(crate::sched::look_again(process));
            return Flow::Gone;
        }
        // first without parking, so that the process need not be given away
        let patient = self.rng.is_some();
        let who = Some(Ident::of(&process));
        let read = shared
            .streams
            .read_as(shared, who, stream, wanted, false, patient, &mut None);
        if let Some(player) = &shared.player {
            if matches!(read, Ok(Poll::Pending)) {
                self.misfit(player, &process, None);
                return Flow::Gone;
            }
            player.has_read(shared);
        }
        if self.recorder.is_some() && shared.streams.has_values(stream) {
            self.note_heard(&mut process, &read);
        }
        match read {
            Err(problem) => Flow::Fail(process, Trap::new(problem)),
            Ok(Poll::Ready(value)) => {
                process.wait = wait;
                match deliver(program, &mut process, Message::Value(value)) {
                    Ok(()) => self.communicated(process),
                    Err(trap) => Flow::Fail(process, trap),
                }
            }
            Ok(Poll::Ended) => {
                if matches!(instr.op, Op::GuardS | Op::GuardV) {
                    process.pc = process.pc.wrapping_add_signed(i32::from(instr.c as i16));
                    return self.spent(process);
                }
                let name = &program.module.ports[usize::from(instr.d)].name;
                Flow::Fail(process, ended_source(name))
            }
            Ok(Poll::Pending) => {
                process.wait = Wait::Stream(instr.d);
                shared.sharing.share(process.group);
                let mut waiter = Some(StreamWaiter::Process(process));
                // bytes may have come since: then it is given back
                let _ = shared.streams.read(shared, stream, wanted, true, patient, &mut waiter);
                match waiter {
                    Some(StreamWaiter::Process(process)) => Flow::Go(crate::sched::look_again(process)),
                    _ => Flow::Gone,
                }
            }
        }
    }
}
