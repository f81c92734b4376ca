//! Streams of values: iterators, closures and channels of the application.
//!
//! A source is asked for one value at a time, its *head*, which stays until a process takes it that wants it. Who finds
//! no head that it wants waits in `waiting`, and looks again when a head comes or goes. A source or sink that may wait is
//! called by a thread of its own: every request to it is one message to that thread, and counts as outside work until it
//! is answered. The thread holds the run only between calls, so that a call that never returns does not keep the run.
//! What is polled instead has no thread: it wakes the run ([`Bell`](super::bell)), and a worker polls it again.

use super::bell::{Bell, wait_patiently};
use super::input::Poll;
use super::streams::{StreamWaiter, holds};
use crate::binding::{Ends, Next, SinkEnd, SourceEnd, Taken};
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
    /// Types of the inputs of the program that may be from this stream, where these are known.
    wanted: Option<Vec<u16>>,
    /// Its number.
    pub(super) stream: u32,
}

struct Source {
    /// `None` at the end, and while the thread calls it.
    end: Option<SourceEnd>,
    kind: EndKind,
    /// Rung by what is polled.
    bell: Option<Arc<Bell>>,
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
    kind: EndKind,
    /// Rung by what is polled.
    bell: Option<Arc<Bell>>,
    closed: bool,
    problem: Option<String>,
    /// Who outputs what; the value is gone while the sink is taking it.
    queue: VecDeque<(Option<Data>, Process)>,
    thread: Option<Sender<()>>,
}

/// How an end is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndKind {
    Quick,
    Slow,
    Polled,
}

impl SourceEnd {
    fn kind(&self) -> EndKind {
        match self {
            SourceEnd::Quick(_) => EndKind::Quick,
            SourceEnd::Slow(_) => EndKind::Slow,
            SourceEnd::Polled(_) => EndKind::Polled,
        }
    }
}

impl SinkEnd {
    fn kind(&self) -> EndKind {
        match self {
            SinkEnd::Quick(_) => EndKind::Quick,
            SinkEnd::Slow(_) => EndKind::Slow,
            SinkEnd::Polled(_) => EndKind::Polled,
        }
    }
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
            source: Mutex::new(ends.source.map(|end| Source::new(end.kind(), Some(end)))),
            sink: Mutex::new(ends.sink.map(|end| Sink {
                kind: end.kind(),
                bell: None,
                end: Some(end),
                closed: false,
                problem: None,
                queue: VecDeque::new(),
                thread: None,
            })),
            wanted: Some(wanted),
            stream: 0,
        }
    }

    /// A stream of the outside, which has no name.
    pub(super) fn own(ends: Ends, stream: u32) -> Values {
        Values {
            wanted: None,
            stream,
            ..Values::new("", ends, Vec::new())
        }
    }

    /// In a run that is repeated: it gives nothing, for what it gave is in the logs of those who took it.
    pub(super) fn again(stream: u32) -> Values {
        let values = Values::own(Ends::default(), stream);
        *values.source.lock() = Some(Source::new(EndKind::Quick, None));
        values
    }

    /// In a run that is repeated: who waits for it, for ever.
    pub(super) fn waits_again(&self, waiter: StreamWaiter) {
        if let Some(source) = &mut *self.source.lock() {
            source.waiting.push(waiter);
        }
    }

    /// Nobody knows the stream any more.
    pub(super) fn end(&self, shared: &Arc<Shared>) {
        let asked = self.source.lock().as_ref().is_some_and(|source| source.asked);
        if asked {
            // for a choice that went on without it
            shared.outside_returns();
        }
        let waiting = self.clear();
        if asked {
            shared.outside_ends(waiting);
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
        let mut slot = self.source.lock();
        let Some(source) = &mut *slot else {
            return Err(format!("{} gives nothing to the program", self.name));
        };
        let mut answered = false;
        let found = self.look(source, shared, ty, (peek, patient), &mut answered);
        let waits = matches!(found, Ok(Poll::Pending));
        if waits
            && let Some(waiter) = park.take()
            && !holds(&source.waiting, &waiter)
        {
            source.waiting.push(waiter);
        }
        let taken = !peek && matches!(found, Ok(Poll::Ready(_)));
        if answered || taken {
            // those who wait look again: at the head that has come, or for the next one
            let woken = std::mem::take(&mut source.waiting);
            if answered || !woken.is_empty() {
                if !answered {
                    shared.outside_begins();
                }
                shared.outside_returns();
                drop(slot);
                shared.outside_ends(woken);
            }
        } else if waits && !source.waiting.is_empty() && source.head.is_none() && !source.asked {
            source.asked = true;
            shared.outside_begins();
            if source.kind != EndKind::Polled && !self.ask(source, shared) {
                source.problem = Some(format!("{}: cannot start a thread to read it", self.name));
                source.asked = false;
                shared.outside_returns();
                let woken = std::mem::take(&mut source.waiting);
                drop(slot);
                shared.outside_ends(woken);
            }
        }
        found
    }

    /// Whether the thread of a source could be told to ask it.
    fn ask(self: &Arc<Self>, source: &mut Source, shared: &Arc<Shared>) -> bool {
        if source.thread.is_none() {
            source.thread = source_thread(Arc::downgrade(shared), self.clone());
        }
        source.thread.as_ref().is_some_and(|thread| thread.send(()).is_ok())
    }

    /// Takes the head, or looks at it; gets one if there is none. `answered`: what was polled for those who wait has come.
    fn look(
        &self,
        source: &mut Source,
        shared: &Arc<Shared>,
        ty: u16,
        (peek, patient): (bool, bool),
        answered: &mut bool,
    ) -> Result<Poll, String> {
        let program: &Program = &shared.program;
        let types = &program.module.types;
        loop {
            if let Some(problem) = &source.problem {
                return Err(problem.clone());
            }
            match &source.head {
                Some(head) if matches(head, ty, types) => {
                    if peek {
                        return Ok(Poll::Ready(Value::Unit));
                    }
                    let head = source.head.take().unwrap_or_default();
                    if let Some(SourceEnd::Polled(end)) = &mut source.end {
                        end.taken();
                    }
                    return Ok(Poll::Ready(head));
                }
                Some(head) => {
                    if let Some(wanted) = &self.wanted
                        && !wanted.iter().any(|&ty| matches(head, ty, types))
                    {
                        return Err(format!(
                            "{} offers {}, which no input of the program takes; this one wants {}",
                            self.name,
                            described(program, head),
                            convert::type_name(ty, types, &program.symbols)
                        ));
                    }
                    return Ok(Poll::Pending);
                }
                None if source.ended => return Ok(Poll::Ended),
                None if source.kind == EndKind::Slow && !patient => return Ok(Poll::Pending),
                None => {}
            }
            let Some(end) = &mut source.end else {
                return Ok(Poll::Pending);
            };
            if patient && source.kind != EndKind::Quick {
                shared.flush();
            }
            let next = match end {
                SourceEnd::Quick(next) | SourceEnd::Slow(next) => call(next),
                SourceEnd::Polled(end) if patient => {
                    match wait_patiently(shared, |context| caught(|| end.poll(context))) {
                        Some(next) => next.unwrap_or_else(|panic| panicked(&panic)),
                        // the run was stopped
                        None => return Ok(Poll::Pending),
                    }
                }
                SourceEnd::Polled(end) => {
                    let bell = (source.bell).get_or_insert_with(|| Bell::new(shared, self.stream, false));
                    match bell.poll(|context| caught(|| end.poll(context))) {
                        std::task::Poll::Ready(next) => {
                            *answered |= std::mem::take(&mut source.asked);
                            next.unwrap_or_else(|panic| panicked(&panic))
                        }
                        std::task::Poll::Pending => return Ok(Poll::Pending),
                    }
                }
            };
            source.put(&self.name, program, next);
        }
    }

    /// The source has rung: those who wait look again.
    pub(super) fn source_rings(&self, shared: &Arc<Shared>) {
        let woken = match &mut *self.source.lock() {
            Some(source) if source.asked => {
                source.asked = false;
                shared.outside_returns();
                std::mem::take(&mut source.waiting)
            }
            _ => return,
        };
        shared.outside_ends(woken);
    }

    /// The sink has rung: it is polled again, for those who wait.
    pub(super) fn sink_rings(&self, shared: &Arc<Shared>) {
        let woken = match &mut *self.sink.lock() {
            Some(sink) => self.drive(sink, shared),
            None => return,
        };
        for waiter in woken {
            shared.outside_ends(vec![waiter]);
        }
    }

    /// Polls a sink for those who wait, as far as it goes; those who go on, each announced.
    fn drive(&self, sink: &mut Sink, shared: &Arc<Shared>) -> Vec<StreamWaiter> {
        let mut woken = Vec::new();
        while let (Some((data, _)), Some(SinkEnd::Polled(end))) = (sink.queue.front_mut(), &mut sink.end) {
            let bell = (sink.bell).get_or_insert_with(|| Bell::new(shared, self.stream, true));
            let std::task::Poll::Ready(taken) = bell.poll(|context| caught(|| end.poll(data, context))) else {
                break;
            };
            if sink.note(&self.name, taken.unwrap_or_else(|panic| refused(&panic))) {
                let first = sink.queue.pop_front();
                woken.extend(first.map(|(_, process)| StreamWaiter::Sent(process)));
            } else {
                // they output again, and learn what has happened
                woken.extend(sink.queue.drain(..).map(|(_, process)| StreamWaiter::Process(process)));
            }
        }
        woken.iter().for_each(|_| shared.outside_returns());
        woken
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
        let mut data = Some(data);
        if let Some(end) = &mut sink.end
            && (patient || sink.kind == EndKind::Quick || sink.kind == EndKind::Polled && sink.queue.is_empty())
        {
            if patient && sink.kind != EndKind::Quick {
                shared.flush();
            }
            let taken = match end {
                SinkEnd::Quick(take) | SinkEnd::Slow(take) => Some(hand_over(take, data.take().unwrap_or_default())),
                SinkEnd::Polled(end) if patient => {
                    // without an answer the run was stopped, and this is dropped with it
                    wait_patiently(shared, |context| caught(|| end.poll(&mut data, context)))
                        .map(|taken| taken.unwrap_or_else(|panic| refused(&panic)))
                }
                SinkEnd::Polled(end) => {
                    let bell = (sink.bell).get_or_insert_with(|| Bell::new(shared, self.stream, true));
                    match bell.poll(|context| caught(|| end.poll(&mut data, context))) {
                        std::task::Poll::Ready(taken) => Some(taken.unwrap_or_else(|panic| refused(&panic))),
                        std::task::Poll::Pending => None,
                    }
                }
            };
            if let Some(taken) = taken {
                return match sink.note(&self.name, taken) {
                    true => Sent::Done(process),
                    false if sink.closed => Sent::Closed(process),
                    false => Sent::Failed(process, sink.problem.clone().unwrap_or_default()),
                };
            }
        }
        if sink.kind == EndKind::Polled {
            shared.outside_begins();
            shared.sharing.share(process.group);
            sink.queue.push_back((data, process));
            return Sent::Waits;
        }
        if sink.thread.is_none() {
            sink.thread = sink_thread(Arc::downgrade(shared), self.clone());
        }
        // the thread cannot look before the lock is free
        match &sink.thread {
            Some(thread) if thread.send(()).is_ok() => {
                shared.outside_begins();
                shared.sharing.share(process.group);
                sink.queue.push_back((data, process));
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

/// Calls what belongs to the application; the error is what a panic said.
fn caught<T>(call: impl FnOnce() -> std::task::Poll<T>) -> std::task::Poll<Result<T, String>> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => std::task::Poll::Ready(Err(panic_text(&*panic).to_owned())),
    }
}

/// What a source has given that has panicked.
fn panicked(panic: &str) -> Next {
    Some(Err(format!("its function panicked: {panic}")))
}

/// What a sink says that has panicked.
fn refused(panic: &str) -> Taken {
    Taken::Failed(format!("its function panicked: {panic}"))
}

/// The next value of a closure.
fn call(next: &mut (dyn FnMut() -> Next + Send)) -> Next {
    catch_unwind(AssertUnwindSafe(next)).unwrap_or_else(|panic| panicked(panic_text(&*panic)))
}

/// What a closure says of a value.
fn hand_over(take: &mut (dyn FnMut(Data) -> Taken + Send), data: Data) -> Taken {
    catch_unwind(AssertUnwindSafe(|| take(data))).unwrap_or_else(|panic| refused(panic_text(&*panic)))
}

fn call_source(end: &mut SourceEnd) -> Next {
    match end {
        SourceEnd::Quick(next) | SourceEnd::Slow(next) => call(next),
        SourceEnd::Polled(_) => None,
    }
}

fn call_sink(end: &mut SinkEnd, data: Data) -> Taken {
    match end {
        SinkEnd::Quick(take) | SinkEnd::Slow(take) => hand_over(take, data),
        SinkEnd::Polled(_) => Taken::Closed,
    }
}

impl Source {
    fn new(kind: EndKind, end: Option<SourceEnd>) -> Source {
        Source {
            end,
            kind,
            bell: None,
            head: None,
            ended: false,
            problem: None,
            waiting: Vec::new(),
            thread: None,
            asked: false,
        }
    }

    /// What the source has given.
    fn put(&mut self, name: &str, program: &Program, next: Next) {
        let value = match next {
            Some(Ok(data)) => to_value(&data, &program.symbols),
            Some(Err(problem)) => Err(problem),
            None => {
                self.ended = true;
                self.end = None;
                return;
            }
        };
        match value {
            Ok(value) => self.head = Some(value),
            Err(problem) => {
                self.problem = Some(if name.is_empty() {
                    problem
                } else {
                    format!("{name}: {problem}")
                });
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
            Taken::Failed(problem) if name.is_empty() => self.problem = Some(problem),
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
    spawn("hydra source", None, reading).ok().map(|()| ask)
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
    spawn("hydra sink", None, writing).ok().map(|()| ask)
}
