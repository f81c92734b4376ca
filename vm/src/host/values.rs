//! Streams of values: iterators, closures and channels of the application.
//!
//! A source is asked for one value at a time, its *head*, which stays until a process takes it that wants it. Who finds
//! no head that it wants waits in `waiting`, and looks again when a head comes or goes. A source or sink that may wait is
//! called by a thread of its own: every request to it is one message to that thread, and counts as outside work until it
//! is answered. The thread holds the run only between calls, so that a call that never returns does not keep the run.

use super::input::Poll;
use super::streams::{StreamWaiter, holds};
use crate::binding::{Ends, SinkEnd, SourceEnd, Taken};
use crate::data::{Data, from_value, to_value};
use crate::process::Process;
use crate::program::Program;
use crate::sched::Shared;
use crate::sync::mpsc::{Sender, channel};
use crate::sync::{Mutex, spawn};
use hydra_stdlib::value::{Value, convert, kind_name, matches, show};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};

/// A stream of values.
pub(crate) struct Values {
    /// The extern, for messages.
    name: String,
    source: Mutex<Option<Source>>,
    sink: Mutex<Option<Sink>>,
    /// Types of the inputs of the program that may be from this stream.
    wanted: Vec<u16>,
}

struct Source {
    /// `None` at the end, and while the thread calls it.
    end: Option<SourceEnd>,
    blocking: bool,
    head: Option<Value>,
    ended: bool,
    problem: Option<String>,
    waiting: Vec<StreamWaiter>,
    thread: Option<Sender<()>>,
    asked: bool,
}

struct Sink {
    /// `None` when it is closed, and while the thread calls it.
    end: Option<SinkEnd>,
    blocking: bool,
    closed: bool,
    problem: Option<String>,
    /// Who outputs what; the value is gone while the sink is taking it.
    queue: VecDeque<(Option<Data>, Process)>,
    thread: Option<Sender<()>>,
}

/// How an output ended.
pub(crate) enum Sent {
    /// The application has taken the value.
    Done(Process),
    /// The process waits until it has.
    Waits,
    /// Nobody takes values any more: the extern has terminated.
    Closed(Process),
    /// With an error, which is for a message.
    Failed(Process, String),
}

impl Values {
    pub(crate) fn new(name: &str, ends: Ends, wanted: Vec<u16>) -> Values {
        Values {
            name: name.to_owned(),
            source: Mutex::new(ends.source.map(|end| Source {
                blocking: end.blocking,
                end: Some(end),
                head: None,
                ended: false,
                problem: None,
                waiting: Vec::new(),
                thread: None,
                asked: false,
            })),
            sink: Mutex::new(ends.sink.map(|end| Sink {
                blocking: end.blocking,
                end: Some(end),
                closed: false,
                problem: None,
                queue: VecDeque::new(),
                thread: None,
            })),
            wanted,
        }
    }

    /// Takes a value of a type, or looks whether there is one (`peek`). `patient`: this call may itself wait for the
    /// source. If nothing is there that fits, `park` says who waits for it.
    pub(crate) fn read(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        ty: u16,
        peek: bool,
        patient: bool,
        park: &mut Option<StreamWaiter>,
    ) -> Result<Poll, String> {
        let program: &Program = &shared.program;
        let mut slot = self.source.lock();
        let Some(source) = &mut *slot else {
            return Err(format!("{} gives nothing to the program", self.name));
        };
        loop {
            if let Some(problem) = &source.problem {
                return Err(problem.clone());
            }
            match &source.head {
                Some(head) if matches(head, ty, &program.module.types) => {
                    if peek {
                        return Ok(Poll::Ready(Value::Unit));
                    }
                    let head = source.head.take().unwrap_or_default();
                    let woken = std::mem::take(&mut source.waiting);
                    if !woken.is_empty() {
                        shared.outside_begins();
                        shared.outside_returns();
                        drop(slot);
                        shared.outside_ends(woken);
                    }
                    return Ok(Poll::Ready(head));
                }
                Some(head) => {
                    let types = &program.module.types;
                    if !self.wanted.iter().any(|&ty| matches(head, ty, types)) {
                        return Err(format!(
                            "{} offers {}, which no input of the program takes; this one wants {}",
                            self.name,
                            described(program, head),
                            convert::type_name(ty, types, &program.symbols)
                        ));
                    }
                    break;
                }
                None if source.ended => return Ok(Poll::Ended),
                None if source.blocking && !patient => break,
                None => match &mut source.end {
                    None => break,
                    Some(end) => {
                        if end.blocking {
                            shared.flush();
                        }
                        let next = call_source(end);
                        source.put(&self.name, program, next);
                    }
                },
            }
        }
        let Some(waiter) = park.take() else {
            return Ok(Poll::Pending);
        };
        if !holds(&source.waiting, &waiter) {
            source.waiting.push(waiter);
        }
        if source.head.is_none() && !source.asked {
            source.asked = true;
            shared.outside_begins();
            if source.thread.is_none() {
                source.thread = source_thread(Arc::downgrade(shared), self.clone());
            }
            if source.thread.as_ref().is_none_or(|thread| thread.send(()).is_err()) {
                source.problem = Some(format!("{}: cannot start a thread to read it", self.name));
                source.asked = false;
                shared.outside_returns();
                let woken = std::mem::take(&mut source.waiting);
                drop(slot);
                shared.outside_ends(woken);
            }
        }
        Ok(Poll::Pending)
    }

    /// Outputs a value. `patient`: this call may itself wait for the sink.
    pub(crate) fn write(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        value: &Value,
        patient: bool,
        process: Process,
    ) -> Sent {
        let data = match from_value(value, &shared.program.symbols) {
            Ok(data) => data,
            Err(problem) => return Sent::Failed(process, problem),
        };
        let mut slot = self.sink.lock();
        let Some(sink) = &mut *slot else {
            return Sent::Failed(process, format!("{} takes no output of the program", self.name));
        };
        if let Some(problem) = &sink.problem {
            return Sent::Failed(process, problem.clone());
        }
        if sink.closed {
            return Sent::Closed(process);
        }
        if (patient || !sink.blocking)
            && let Some(end) = &mut sink.end
        {
            if end.blocking {
                shared.flush();
            }
            let taken = call_sink(end, data);
            return match sink.note(&self.name, taken) {
                true => Sent::Done(process),
                false if sink.closed => Sent::Closed(process),
                false => Sent::Failed(process, sink.problem.clone().unwrap_or_default()),
            };
        }
        if sink.thread.is_none() {
            sink.thread = sink_thread(Arc::downgrade(shared), self.clone());
        }
        // the thread cannot look before the lock is free
        match &sink.thread {
            Some(thread) if thread.send(()).is_ok() => {
                shared.outside_begins();
                process.group.share();
                sink.queue.push_back((Some(data), process));
                Sent::Waits
            }
            _ => Sent::Failed(process, format!("{}: cannot start a thread to write it", self.name)),
        }
    }

    /// Whether the source is surely at its end.
    pub(crate) fn has_ended(&self) -> bool {
        (self.source.lock().as_ref())
            .is_none_or(|source| source.ended && source.head.is_none() && source.problem.is_none())
    }

    /// Drops the application's ends, and who waits. A thread that is in a call drops its end when that returns.
    pub(crate) fn clear(&self) -> Vec<StreamWaiter> {
        let source = self.source.lock().take();
        let sink = self.sink.lock().take();
        drop(sink);
        source.map(|source| source.waiting).unwrap_or_default()
    }

    /// Every process that waits for the stream, and every choice.
    pub(crate) fn for_each(
        &self,
        process: &mut impl FnMut(&mut Process),
        choice: &mut impl FnMut(&Arc<crate::chan::Cell>),
    ) {
        if let Some(source) = &mut *self.source.lock() {
            for waiter in &mut source.waiting {
                waiter.visit(process, choice);
            }
        }
        if let Some(sink) = &mut *self.sink.lock() {
            for (_, waiting) in &mut sink.queue {
                process(waiting);
            }
        }
    }

    /// What is offered that those who wait do not take.
    pub(crate) fn stuck(&self, program: &Program) -> Option<String> {
        let slot = self.source.lock();
        let source = slot.as_ref().filter(|source| !source.waiting.is_empty())?;
        let head = described(program, source.head.as_ref()?);
        Some(format!(
            "{} offers {head}, which no input takes that waits for it",
            self.name
        ))
    }
}

/// A value for a message, with its type where that is not seen at once.
fn described(program: &Program, value: &Value) -> String {
    let shown = show::show_short(value, &program.symbols);
    match value {
        Value::Struct(_) | Value::Signal(_) | Value::Unit => shown,
        _ => format!("{} {shown}", kind_name(value, &program.symbols)),
    }
}

/// What a closure that has panicked said.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// The next value; the error is what a panic said.
fn call_source(end: &mut SourceEnd) -> Result<Option<Data>, String> {
    catch_unwind(AssertUnwindSafe(&mut end.next)).map_err(|panic| panic_text(&*panic).to_owned())
}

fn call_sink(end: &mut SinkEnd, data: Data) -> Taken {
    catch_unwind(AssertUnwindSafe(|| (end.take)(data)))
        .unwrap_or_else(|panic| Taken::Failed(format!("its function panicked: {}", panic_text(&*panic))))
}

impl Source {
    /// What the source has given.
    fn put(&mut self, name: &str, program: &Program, next: Result<Option<Data>, String>) {
        match next {
            Ok(Some(data)) => match to_value(&data, &program.symbols) {
                Ok(value) => self.head = Some(value),
                Err(problem) => self.problem = Some(format!("{name}: {problem}")),
            },
            Ok(None) => {
                self.ended = true;
                self.end = None;
            }
            Err(panic) => {
                self.problem = Some(format!("{name}: its function panicked: {panic}"));
                self.end = None;
            }
        }
    }
}

impl Sink {
    /// What the sink has said; whether it has taken the value.
    fn note(&mut self, name: &str, taken: Taken) -> bool {
        match taken {
            Taken::Yes => return true,
            Taken::Closed => self.closed = true,
            Taken::Failed(problem) => self.problem = Some(format!("output to {name}: {problem}")),
        }
        self.end = None;
        false
    }
}

/// A thread that asks a source when it is told to.
fn source_thread(shared: Weak<Shared>, values: Arc<Values>) -> Option<Sender<()>> {
    let (ask, asked) = channel();
    let reading = move || {
        while asked.recv().is_ok() {
            let taken = values.source.lock().as_mut().and_then(|source| source.end.take());
            let Some(mut end) = taken else { return };
            let next = call_source(&mut end);
            let Some(shared) = shared.upgrade() else { return };
            let woken = {
                let mut slot = values.source.lock();
                let Some(source) = &mut *slot else { return };
                source.end = Some(end); // `put` drops it at the end
                source.put(&values.name, &shared.program, next);
                source.asked = false;
                shared.outside_returns();
                std::mem::take(&mut source.waiting)
            };
            shared.outside_ends(woken);
        }
    };
    spawn("hydra source", reading).ok().map(|()| ask)
}

/// A thread that hands values to a sink, one for each message.
fn sink_thread(shared: Weak<Shared>, values: Arc<Values>) -> Option<Sender<()>> {
    let (ask, asked) = channel();
    let writing = move || {
        while asked.recv().is_ok() {
            let taken = {
                let mut slot = values.sink.lock();
                let Some(sink) = &mut *slot else { return };
                let data = sink.queue.front_mut().and_then(|(data, _)| data.take());
                // after the sink was closed there are messages without values
                data.and_then(|data| sink.end.take().map(|end| (data, end)))
            };
            let Some((data, mut end)) = taken else { continue };
            let taken = call_sink(&mut end, data);
            let Some(shared) = shared.upgrade() else { return };
            let woken: Vec<StreamWaiter> = {
                let mut slot = values.sink.lock();
                let Some(sink) = &mut *slot else { return };
                sink.end = Some(end);
                let woken = if sink.note(&values.name, taken) {
                    let first = sink.queue.pop_front();
                    first
                        .map(|(_, process)| StreamWaiter::Sent(process))
                        .into_iter()
                        .collect()
                } else {
                    // they output again, and learn what has happened
                    sink.queue
                        .drain(..)
                        .map(|(_, process)| StreamWaiter::Process(process))
                        .collect()
                };
                for _ in &woken {
                    shared.outside_returns();
                }
                woken
            };
            for waiter in woken {
                shared.outside_ends(vec![waiter]);
            }
        }
    };
    spawn("hydra sink", writing).ok().map(|()| ask)
}
