//! The streams of a run, and the threads that read those that may make a reader wait.

use super::{Element, Input, Output, Poll, Rung, Sent, Source, Values, Written};
use crate::chan::Cell;
use crate::limits::INPUT_CHUNK_BYTES;
use crate::process::Process;
use crate::sched::Shared;
use crate::sync::mpsc::{RecvTimeoutError, Sender, channel};
use crate::sync::{AtomicU64, Mutex, Ordering, spawn};
use crate::trace::{Contents, Extern, Ident, Recorder, StreamOf};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often the only worker looks whether the run was stopped while it waits for a stream.
const LOOKS_FOR_STOP: Duration = Duration::from_millis(20);

/// All streams of a run: 0 `stdin`, 1 `stdout`, 2 `stderr`, then the members of externs in order.
#[derive(Default)]
pub(crate) struct Streams {
    streams: Vec<Stream>,
    /// Bytes that may be written, and that were.
    pub(crate) most: Option<u64>,
    written: AtomicU64,
    /// For each extern: bounds of its subscripts, and the stream of each member.
    pub(crate) externs: Vec<ExternTable>,
    /// Those that begin and end with instances of definitions; their numbers follow those of the others.
    own: Mutex<OwnStreams>,
}

/// Streams of values that begin while the program runs.
#[derive(Default)]
struct OwnStreams {
    streams: Vec<Option<Arc<Values>>>,
    free: Vec<u32>,
}

/// A stream that begins with an instance, and ends with the last name that leads to it.
pub(crate) struct OwnStream {
    pub(crate) stream: u32,
    shared: Weak<Shared>,
}

impl Drop for OwnStream {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.streams.end_own(&shared, self.stream);
        }
    }
}

/// The members of an extern.
pub(crate) struct ExternTable {
    pub(crate) ranges: Vec<(i64, i64)>,
    /// One for each member, the last subscript fastest.
    pub(crate) streams: Vec<u32>,
}

/// A stream; one that both reads and writes is a file by name, opened when it is first used.
struct Stream {
    input: Mutex<Option<Reader>>,
    output: Mutex<Option<Output>>,
    /// A stream of values, which has neither of these.
    values: Option<Arc<Values>>,
    /// The streams that it stands for, to read and to write: itself, or the standard ones.
    stands_for: (u32, u32),
    /// A file that is opened when it is first used, for only then it is known for what.
    unopened: Mutex<Option<PathBuf>>,
}

struct Reader {
    input: Input,
    /// Processes that wait for bytes.
    waiting: Vec<StreamWaiter>,
    /// The thread that reads, and whether it has been asked to.
    thread: Option<Sender<()>>,
    asked: bool,
    /// What went wrong when it was read.
    problem: Option<String>,
}

/// What a process wants of a stream: of text an element, of values one of a type (an index into the module's table).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// of a stream of text
    Text(Element),
    /// of a stream of values
    Value(u16),
}

/// Who waits for a stream.
pub(crate) enum StreamWaiter {
    /// A process in an input; it tries again.
    Process(Process),
    /// A choice with such an input among its guards; it looks again.
    Choice(Arc<Cell>),
    /// A process whose output has happened; it goes on.
    Sent(Process),
}

impl StreamWaiter {
    pub(super) fn visit(&mut self, process: &mut impl FnMut(&mut Process), choice: &mut impl FnMut(&Arc<Cell>)) {
        match self {
            StreamWaiter::Process(waiting) | StreamWaiter::Sent(waiting) => process(waiting),
            StreamWaiter::Choice(cell) => choice(cell),
        }
    }
}

/// Whether a choice waits already: it looks anew in each of its rounds.
pub(super) fn holds(waiting: &[StreamWaiter], waiter: &StreamWaiter) -> bool {
    let StreamWaiter::Choice(cell) = waiter else {
        return false;
    };
    let same = |other: &StreamWaiter| matches!(other, StreamWaiter::Choice(other) if Arc::ptr_eq(other, cell));
    waiting.iter().any(same)
}

impl Streams {
    /// Adds a stream; its number.
    pub(crate) fn add(&mut self, input: Option<Input>, output: Option<Output>) -> u32 {
        let input = input.map(Reader::new);
        let number = self.streams.len() as u32;
        let stands_for = (number, number);
        self.streams.push(Stream {
            input: Mutex::new(input),
            output: Mutex::new(output),
            values: None,
            stands_for,
            unopened: Mutex::default(),
        });
        number
    }

    /// Adds a stream of values; its number.
    pub(crate) fn add_values(&mut self, mut values: Values) -> u32 {
        let number = self.add(None, None);
        values.stream = number;
        self.streams[number as usize].values = Some(Arc::new(values));
        number
    }

    /// Begins a stream of values that only one instance knows; one without ends in a run that is repeated.
    pub(crate) fn begin_own(&self, shared: &Arc<Shared>, ends: Option<crate::binding::Ends>) -> OwnStream {
        let mut own = self.own.lock();
        let place = own.free.pop().unwrap_or_else(|| {
            own.streams.push(None);
            own.streams.len() as u32 - 1
        });
        let stream = self.streams.len() as u32 + place;
        let values = match ends {
            Some(ends) => Values::own(ends, stream),
            None => Values::again(stream),
        };
        own.streams[place as usize] = Some(Arc::new(values));
        let shared = Arc::downgrade(shared);
        OwnStream { stream, shared }
    }

    fn end_own(&self, shared: &Arc<Shared>, stream: u32) {
        let place = stream - self.streams.len() as u32;
        let values = {
            let mut own = self.own.lock();
            let values = own.streams.get_mut(place as usize).and_then(Option::take);
            if values.is_some() {
                own.free.push(place);
            }
            values
        };
        if let Some(values) = values {
            values.end(shared);
        }
    }

    /// The values of a stream, if it is one of values.
    #[inline]
    fn values(&self, stream: u32) -> Option<Arc<Values>> {
        match self.streams.get(stream as usize) {
            Some(stream) => stream.values.clone(),
            None => self.own_values(stream),
        }
    }

    #[cold]
    fn own_values(&self, stream: u32) -> Option<Arc<Values>> {
        let place = (stream as usize).checked_sub(self.streams.len())?;
        self.own.lock().streams.get(place)?.clone()
    }

    /// All streams of values.
    fn all_values(&self) -> Vec<Arc<Values>> {
        let fixed = self.streams.iter().filter_map(|stream| stream.values.clone());
        fixed.chain(self.own.lock().streams.iter().flatten().cloned()).collect()
    }

    /// The bell of a stream of values has rung.
    pub(crate) fn ring(&self, shared: &Arc<Shared>, rung: Rung) {
        if let Some(values) = self.values(rung.stream) {
            if rung.is_sink {
                values.sink_rings(shared);
            } else {
                values.source_rings(shared);
            }
        }
    }

    /// Whether a stream carries values, not text.
    pub(crate) fn has_values(&self, stream: u32) -> bool {
        (self.streams.get(stream as usize)).is_none_or(|stream| stream.values.is_some())
    }

    /// Outputs to a stream of values; text gives the process back.
    pub(crate) fn write_value(
        &self,
        shared: &Arc<Shared>,
        stream: u32,
        value: &hydra_stdlib::value::Value,
        patient: bool,
        process: Process,
    ) -> Sent {
        match self.values(stream) {
            Some(values) => values.write(shared, value, patient, process),
            None => Sent::Closed(process),
        }
    }

    /// In a run that is repeated: who waits for a stream of values, to the end of the run.
    pub(crate) fn waits_again(&self, stream: u32, waiter: StreamWaiter) {
        if let Some(values) = self.values(stream) {
            values.waits_again(waiter);
        }
    }

    /// What streams of values offer that nobody takes who waits for it.
    pub(crate) fn stuck(&self, program: &crate::program::Program) -> Vec<String> {
        let values = self.all_values();
        values.iter().filter_map(|values| values.stuck(program)).collect()
    }

    /// Adds a stream to write to that is another one.
    pub(crate) fn same(&mut self, output: u32) -> u32 {
        let number = self.add(None, None);
        self.streams[number as usize].stands_for.1 = output;
        number
    }

    /// Adds a file of which it is not known whether it is read or written.
    pub(crate) fn unopened(&mut self, path: PathBuf) -> u32 {
        let number = self.add(None, None);
        *self.streams[number as usize].unopened.lock() = Some(path);
        number
    }

    /// Adds a stream that is `stdin` to read and `stdout` to write.
    pub(crate) fn standard(&mut self) -> u32 {
        let number = self.add(None, None);
        self.streams[number as usize].stands_for = (0, 1);
        number
    }

    fn reader(&self, stream: u32) -> u32 {
        (self.streams.get(stream as usize)).map_or(stream, |known| known.stands_for.0)
    }

    /// The stream of an extern's member.
    pub(crate) fn member(&self, host: u16, subscripts: &[u64]) -> Option<u32> {
        if host < 3 {
            return subscripts.is_empty().then_some(u32::from(host));
        }
        let table = self.externs.get(usize::from(host) - 3)?;
        if subscripts.len() != table.ranges.len() {
            return None;
        }
        if let ([], [only]) = (subscripts, &*table.streams) {
            return Some(*only);
        }
        let mut at: u64 = 0;
        for (&subscript, &(low, high)) in subscripts.iter().zip(&table.ranges) {
            let subscript = subscript as i64;
            if subscript < low || subscript > high {
                return None;
            }
            at = at * (high - low + 1) as u64 + (subscript - low) as u64;
        }
        table.streams.get(at as usize).copied()
    }

    /// Takes what is wanted, or looks whether it is there (`peek`). If it is not there yet, the call waits itself
    /// (`patient`), or `park` says who waits for it.
    pub(crate) fn read(
        &self,
        shared: &Arc<Shared>,
        stream: u32,
        wanted: Wanted,
        peek: bool,
        patient: bool,
        park: &mut Option<StreamWaiter>,
    ) -> Result<Poll, String> {
        self.read_as(shared, None, stream, wanted, peek, patient, park)
    }

    /// As [`read`](Self::read), for a process that takes what it gets: if the run is recorded, that it does so is noted.
    #[allow(clippy::too_many_arguments, reason = "those of `read`, and for whom")]
    pub(crate) fn read_as(
        &self,
        shared: &Arc<Shared>,
        who: Option<Ident>,
        stream: u32,
        wanted: Wanted,
        peek: bool,
        patient: bool,
        park: &mut Option<StreamWaiter>,
    ) -> Result<Poll, String> {
        let stream = self.reader(stream);
        let element = match (wanted, self.streams.get(stream as usize)) {
            (Wanted::Value(ty), _) if let Some(values) = self.values(stream) => {
                return values.read(shared, ty, peek, patient, park);
            }
            (Wanted::Text(element), Some(Stream { values: None, .. })) => element,
            _ => return Err("this process gives nothing to the program".into()),
        };
        let mut slot = self.streams[stream as usize].input.lock();
        if slot.is_none()
            && let Some(path) = self.streams[stream as usize].unopened.lock().take()
        {
            let outside = |problem| {
                if let Some(recorder) = &shared.recorder {
                    recorder.fails_outside();
                }
                cannot("read", &path, &problem)
            };
            *slot = Some(Reader::new(Input::open(&path).map_err(outside)?));
            if let Some(recorder) = &shared.recorder {
                recorder.opened(stream, true);
            }
        }
        let Some(reader) = &mut *slot else {
            return Err("this process gives nothing to the program".into());
        };
        let note = || {
            if let (Some(recorder), Some(who)) = (&shared.recorder, who) {
                recorder.happens(who);
            }
        };
        loop {
            if let Some(problem) = &reader.problem {
                if let Some(recorder) = &shared.recorder {
                    recorder.fails_outside();
                }
                return Err(format!("{}: {problem}", reader.input.name));
            }
            let poll = if peek {
                match reader.input.ready(element) {
                    Some(true) => Poll::Ready(hydra_stdlib::value::Value::Unit),
                    Some(false) => Poll::Ended,
                    None => Poll::Pending,
                }
            } else {
                reader.input.poll(element).inspect_err(|_| note())?
            };
            if !matches!(poll, Poll::Pending) {
                note();
                return Ok(poll);
            }
            match (&mut reader.input.source, patient) {
                (Source::None, _) => reader.input.feed(&[]),
                (Source::File(file), _) => {
                    let bytes = read_some(file, INPUT_CHUNK_BYTES);
                    reader.take(bytes, (shared, stream));
                }
                (Source::Slow(_), true) => {
                    shared.flush();
                    if !reader.read_patiently(shared, stream) {
                        break;
                    }
                }
                (Source::Slow(_) | Source::Busy, _) => break,
            }
        }
        let Some(waiter) = park.take() else {
            return Ok(Poll::Pending);
        };
        if !holds(&reader.waiting, &waiter) {
            reader.waiting.push(waiter);
        }
        if !reader.asked {
            reader.asked = true;
            shared.outside_begins();
            if reader.thread.is_none() {
                reader.thread = reading_thread(shared.clone(), stream);
            }
            if reader.thread.as_ref().is_none_or(|thread| thread.send(()).is_err()) {
                reader.problem = Some("cannot start a thread to read it".into());
                reader.asked = false;
                shared.outside_returns();
                let woken = std::mem::take(&mut reader.waiting);
                drop(slot);
                shared.outside_ends(woken);
            } else {
                // who is outside may need what was printed to go on; the others may compute for long
                drop(slot);
                shared.flush();
            }
        }
        Ok(Poll::Pending)
    }

    /// Outputs a character, if the stream is one of text and there is nothing else to do.
    #[inline]
    pub(crate) fn put(&self, stream: u32, character: char) -> bool {
        let Some(stream) = self.streams.get(stream as usize) else {
            return false;
        };
        let stream = &self.streams[stream.stands_for.1 as usize];
        self.most.is_none()
            && stream
                .output
                .lock()
                .as_mut()
                .is_some_and(|output| output.put(character))
    }

    /// Inputs a character, if the stream is one of text and has a simple one.
    #[inline]
    pub(crate) fn take(&self, stream: u32) -> Option<char> {
        let stream = self.streams.get(self.reader(stream) as usize)?;
        stream.input.lock().as_mut()?.input.simple()
    }

    /// Whether an input is surely at its end. (What is left may still be white space before the end.)
    pub(crate) fn has_ended(&self, stream: u32) -> bool {
        let stream = self.reader(stream);
        if let Some(values) = self.values(stream) {
            return values.has_ended();
        }
        let Some(stream) = self.streams.get(stream as usize) else {
            return true;
        };
        match &*stream.input.lock() {
            Some(reader) => matches!(reader.input.source, Source::None),
            None => true,
        }
    }

    /// Writes text to a stream.
    pub(crate) fn write(&self, stream: u32, text: &str, line_end: bool) -> Option<Written> {
        self.write_as(None, stream, text, line_end)
    }

    /// As [`write`](Self::write), for a process of a run that is recorded: that it does so is noted.
    pub(crate) fn write_as(
        &self,
        note: Option<(&Recorder, Ident)>,
        stream: u32,
        text: &str,
        line_end: bool,
    ) -> Option<Written> {
        let stream = self.streams.get(stream as usize)?.stands_for.1;
        if let Some(most) = self.most {
            let bytes = text.len() as u64 + u64::from(line_end);
            if self.written.fetch_add(bytes, Ordering::Relaxed) + bytes > most {
                return Some(Written::TooMuch);
            }
        }
        let number = stream;
        let stream = &self.streams[stream as usize];
        let mut output = stream.output.lock();
        if output.is_none()
            && let Some(path) = stream.unopened.lock().take()
        {
            match Output::create(&path) {
                Ok(opened) => *output = Some(opened),
                Err(problem) => return Some(Written::Failed(format!("{}: {problem}", path.display()))),
            }
            if let Some((recorder, _)) = note {
                recorder.opened(number, false);
            }
        }
        let output = output.as_mut()?;
        if let Some((recorder, who)) = note {
            recorder.happens(who);
        }
        Some(output.write(text, line_end))
    }

    /// Whether a stream takes output.
    pub(crate) fn takes_output(&self, stream: u32) -> bool {
        let stream = self.streams[stream as usize].stands_for.1;
        self.streams[stream as usize].output.lock().is_some()
    }

    /// What streams there are, for a trace.
    pub(crate) fn described(&self) -> Vec<StreamOf> {
        let describe = |stream: &Stream| StreamOf {
            input: stream.input.lock().as_ref().map(|reader| reader.input.name.clone()),
            output: stream.output.lock().as_ref().map(|output| output.name.clone()),
            stands_for: stream.stands_for,
            unopened: stream.unopened.lock().as_ref().map(|path| path.display().to_string()),
            values: stream.values.is_some(),
        };
        self.streams.iter().map(describe).collect()
    }

    /// The streams of each extern's members.
    pub(crate) fn described_externs(&self, module: &hydra_bytecode::Module) -> Vec<Extern> {
        let externs = module.externs.iter().zip(&self.externs);
        let described = externs.map(|(entry, table)| Extern {
            name: entry.name.clone(),
            streams: table.streams.clone(),
        });
        described.collect()
    }

    /// The streams of a run that is repeated: inputs have all that was read. `output` makes where each goes that is written.
    pub(crate) fn again(
        contents: &mut Contents,
        externs: Vec<ExternTable>,
        mut output: impl FnMut(u32, &str) -> Output,
    ) -> Streams {
        let mut streams = Streams::default();
        let all = std::mem::take(&mut contents.start.streams);
        for (number, stream) in all.into_iter().enumerate() {
            if stream.values {
                streams.add_values(Values::again(0));
                continue;
            }
            let opened = contents.opened.get(number).copied().flatten();
            let reads = stream
                .input
                .or_else(|| stream.unopened.clone().filter(|_| opened == Some(true)));
            let writes = stream
                .output
                .or_else(|| stream.unopened.filter(|_| opened == Some(false)));
            let input = reads.map(|name| {
                let mut input = Input::new(&name, Source::Busy);
                if let Some((bytes, ended)) = contents.inputs.get_mut(number) {
                    let bytes = std::mem::take(bytes);
                    if !bytes.is_empty() {
                        input.feed(&bytes);
                    }
                    if *ended {
                        input.feed(&[]);
                    }
                }
                input
            });
            let output = writes.map(|name| output(number as u32, &name));
            let made = streams.add(input, output);
            streams.streams[made as usize].stands_for = stream.stands_for;
        }
        streams.externs = externs;
        streams
    }

    /// Writes out all buffers; the first problem.
    pub(crate) fn flush(&self) -> Written {
        let mut result = Written::Done;
        for stream in &self.streams {
            if let Some(output) = &mut *stream.output.lock() {
                let written = output.flush();
                if matches!(result, Written::Done) {
                    result = written;
                }
            }
        }
        result
    }

    /// Forgets who waits.
    pub(crate) fn clear(&self) {
        let own = std::mem::take(&mut self.own.lock().streams);
        for values in own.iter().flatten() {
            forget(values.clear());
        }
        drop(own);
        for stream in &self.streams {
            let mut waiting = stream.values.as_ref().map(|values| values.clear()).unwrap_or_default();
            if let Some(reader) = &mut *stream.input.lock() {
                reader.thread = None; // which ends it
                waiting.append(&mut reader.waiting);
            }
            forget(waiting);
        }
    }

    /// As [`flush`](Self::flush), without those that somebody is using.
    pub(crate) fn try_flush(&self) {
        for stream in &self.streams {
            if let Some(mut output) = stream.output.try_lock()
                && let Some(output) = &mut *output
            {
                output.flush();
            }
        }
    }

    /// Every process that waits for a stream, and every choice.
    pub(crate) fn for_each(&self, mut process: impl FnMut(&mut Process), mut choice: impl FnMut(&Arc<Cell>)) {
        for stream in &self.streams {
            if let Some(reader) = &mut *stream.input.lock() {
                for waiter in &mut reader.waiting {
                    waiter.visit(&mut process, &mut choice);
                }
            }
        }
        for values in self.all_values() {
            values.for_each(&mut process, &mut choice);
        }
    }
}

impl Reader {
    fn new(input: Input) -> Reader {
        Reader {
            input,
            waiting: Vec::new(),
            thread: None,
            asked: false,
            problem: None,
        }
    }

    /// What was read of this stream.
    fn take(&mut self, bytes: std::io::Result<Vec<u8>>, (shared, stream): (&Shared, u32)) {
        match bytes {
            Ok(bytes) => {
                if let Some(recorder) = &shared.recorder {
                    recorder.input(stream, &bytes);
                }
                self.input.feed(&bytes);
            }
            Err(problem) => self.problem = Some(problem.to_string()),
        }
    }

    /// Reads while the only worker waits, until the run is stopped; whether there is something to look at.
    fn read_patiently(&mut self, shared: &Shared, stream: u32) -> bool {
        let Source::Slow(mut source) = std::mem::replace(&mut self.input.source, Source::Busy) else {
            return false;
        };
        let (give, taken) = channel();
        let reading = move || {
            let bytes = read_some(&mut source, INPUT_CHUNK_BYTES);
            let _ = give.send((source, bytes));
        };
        if spawn("hydra input", None, reading).is_err() {
            self.problem = Some("cannot start a thread to read it".into());
            return true;
        }
        loop {
            match taken.recv_timeout(LOOKS_FOR_STOP) {
                Ok((source, bytes)) => {
                    self.input.source = Source::Slow(source); // `take` drops it at the end
                    self.take(bytes, (shared, stream));
                    return true;
                }
                Err(RecvTimeoutError::Timeout) if shared.has_stopped() => return false,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.problem = Some("it cannot be read".into());
                    return true;
                }
            }
        }
    }
}

/// Frees those that waited.
fn forget(waiting: Vec<StreamWaiter>) {
    for waiter in waiting {
        if let StreamWaiter::Choice(cell) = waiter {
            drop(cell.take_if(|_| Some(())));
        }
    }
}

fn cannot(what: &str, path: &Path, problem: &std::io::Error) -> String {
    format!("cannot {what} {}: {problem}", path.display())
}

/// Reads what there is, at most so many bytes; none at the end.
pub(crate) fn read_some(source: &mut dyn Read, most: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; most];
    loop {
        match source.read(&mut bytes) {
            Ok(count) => {
                bytes.truncate(count);
                return Ok(bytes);
            }
            Err(problem) if problem.kind() == std::io::ErrorKind::Interrupted => {}
            Err(problem) => return Err(problem),
        }
    }
}

/// A thread that reads a stream when it is asked to, so that no worker waits for the outside.
fn reading_thread(shared: Arc<Shared>, stream: u32) -> Option<Sender<()>> {
    let (ask, asked) = channel();
    let reading = move || {
        while asked.recv().is_ok() {
            let source = {
                let mut slot = shared.streams.streams[stream as usize].input.lock();
                slot.as_mut().map_or(Source::None, |reader| {
                    std::mem::replace(&mut reader.input.source, Source::Busy)
                })
            };
            let Source::Slow(mut source) = source else { return };
            let bytes = read_some(&mut source, INPUT_CHUNK_BYTES);
            let woken = {
                let mut slot = shared.streams.streams[stream as usize].input.lock();
                let Some(reader) = &mut *slot else { return };
                reader.input.source = Source::Slow(source); // `take` drops it at the end
                reader.take(bytes, (&shared, stream));
                reader.asked = false;
                shared.outside_returns();
                std::mem::take(&mut reader.waiting)
            };
            shared.outside_ends(woken);
            if shared.has_stopped() {
                return;
            }
        }
    };
    spawn("hydra input", None, reading).ok().map(|()| ask)
}
