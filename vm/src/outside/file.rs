//! Files by name. All that may wait for a disk is done at the [desk](super::desk): reading a piece ahead of nobody, writing
//! what has come together since the last piece was written.

use super::desk::{Done, Job};
use super::{
    Early, Outside, Permission, Talk, add_bytes, block, gives, not_understood, refused, request, signal, value,
};
use crate::binding::{Next, Taken};
use crate::data::{Data, from_value};
use crate::host::{Element, Input, Poll as Had, Source};
use crate::limits::{INPUT_CHUNK_BYTES, OUTPUT_BUFFER_BYTES};
use crate::sync::{Condvar, Mutex, spawn};
use hydra_bytecode::Kind;
use hydra_stdlib::value::Symbols;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// The longest that the end of a run waits for what it has written to reach the disk.
const LAST_WRITE: Duration = Duration::from_secs(10);

/// A process that is a file.
pub(super) struct File {
    outside: Arc<Outside>,
    state: State,
    early: Early,
}

enum State {
    /// Nothing was asked.
    Idle,
    Opening(Job<io::Result<Opened>>, What, String),
    Reading(Box<Reading>),
    Whole(Job<Result<String, String>>),
    Writing(Writing),
    Closing(Writing),
}

/// What a file is opened for.
#[derive(Clone, Copy)]
enum What {
    Read(Pieces),
    Write,
}

/// What is read of it at a time.
#[derive(Clone, Copy)]
enum Pieces {
    Elements(Element),
    /// Blocks of at most so many bytes.
    Blocks(usize),
}

struct Opened {
    file: std::fs::File,
    /// It is no regular file: reading and writing may take for ever.
    apart: bool,
}

struct Reading {
    pieces: Pieces,
    input: Input,
    /// Bytes for blocks that were read already, from this place on.
    bytes: (Vec<u8>, usize),
    file: Option<Opened>,
    /// A piece that is being read.
    job: Option<Job<(Opened, io::Result<Vec<u8>>)>>,
    symbols: Symbols,
}

/// A file that is written.
struct Writing {
    path: String,
    apart: bool,
    shared: Arc<(Mutex<Written>, Condvar)>,
}

struct Written {
    file: std::fs::File,
    buffer: Vec<u8>,
    /// Somebody is writing what is in the buffer, until it is empty.
    busy: bool,
    problem: Option<String>,
    waiting: Option<Waker>,
}

impl File {
    pub(super) fn new(outside: Arc<Outside>) -> File {
        File {
            outside,
            state: State::Idle,
            early: Early::default(),
        }
    }

    /// Begins what is asked for; `None` if it is not understood.
    fn begin(&self, name: &str, parts: &[Data]) -> Option<State> {
        let [Data::String(path), rest @ ..] = parts else {
            return None;
        };
        let read = |pieces| What::Read(pieces);
        let what = match (name, rest) {
            ("lines", []) => read(Pieces::Elements(Element::Line)),
            ("characters", []) => read(Pieces::Elements(Element::Character)),
            ("integers", []) => read(Pieces::Elements(Element::Number(Kind::Integer))),
            ("reals", []) => read(Pieces::Elements(Element::Number(Kind::Real))),
            ("blocks", [Data::Integer(most)]) => {
                let most = usize::try_from(*most).unwrap_or(0).clamp(1, INPUT_CHUNK_BYTES);
                read(Pieces::Blocks(most))
            }
            ("write" | "append", []) => What::Write,
            ("whole", []) => {
                let path = path.clone();
                let job = self.outside.service.desk.ask(false, move |done: Done<_>| {
                    open(path, false, false, move |path, opened| {
                        done.tell(opened.and_then(whole).map_err(|problem| cannot("read", path, &problem)));
                    })
                });
                return Some(State::Whole(job));
            }
            _ => return None,
        };
        let (writes, appends) = (matches!(what, What::Write), name == "append");
        let of = path.clone();
        let job = self.outside.service.desk.ask(false, move |done: Done<_>| {
            open(of, writes, appends, move |_, opened| done.tell(opened));
        });
        Some(State::Opening(job, what, path.clone()))
    }
}

/// Opens a file, on a thread of its own if that may take for ever, and goes on with it.
fn open(path: String, writes: bool, appends: bool, then: impl FnOnce(&str, io::Result<Opened>) + Send + 'static) {
    let apart = match std::fs::metadata(&path) {
        Ok(data) if data.is_dir() => return then(&path, Err(io::ErrorKind::IsADirectory.into())),
        Ok(data) => !data.is_file(),
        // a file that is not there is made, or is the problem of the open
        Err(_) => false,
    };
    let open = move || {
        let mut options = std::fs::OpenOptions::new();
        if writes {
            options.create(true).append(appends).write(!appends).truncate(!appends);
        } else {
            options.read(true);
        }
        let opened = options.open(&path);
        then(&path, opened.map(|file| Opened { file, apart }));
    };
    if apart {
        let _ = spawn("hydra file", None, open);
    } else {
        open();
    }
}

fn whole(opened: Opened) -> io::Result<String> {
    let mut file = opened.file;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn cannot(what: &str, path: &str, problem: &io::Error) -> String {
    format!("cannot {what} {path}: {problem}")
}

impl Talk for File {
    fn needs(&self, _: &str) -> Option<Permission> {
        Some(Permission::Files)
    }

    fn take(&mut self, data: &mut Option<Data>, context: &mut Context<'_>) -> Poll<Taken> {
        let Some(asked) = data.as_ref().and_then(request) else {
            return match &mut self.state {
                State::Writing(writing) => writing.take(data, &self.outside, context),
                _ => not_understood(&data.take().unwrap_or_default()),
            };
        };
        if asked == ("close", &[]) && matches!(self.state, State::Writing(_)) {
            if let State::Writing(writing) = std::mem::replace(&mut self.state, State::Idle) {
                self.state = State::Closing(writing);
            }
        } else {
            let idle = matches!(self.state, State::Idle);
            let Some(state) = idle.then(|| self.begin(asked.0, asked.1)).flatten() else {
                return not_understood(&data.take().unwrap_or_default());
            };
            self.state = state;
        }
        data.take();
        self.early.wake();
        Poll::Ready(Taken::Yes)
    }

    fn give(&mut self, context: &mut Context<'_>) -> Poll<Next> {
        match &mut self.state {
            State::Idle | State::Writing(_) => self.early.waits(context),
            State::Opening(job, what, path) => {
                let Poll::Ready(opened) = job.poll(context) else {
                    return Poll::Pending;
                };
                let (what, path) = (*what, std::mem::take(path));
                match (opened, what) {
                    (Ok(opened), What::Read(pieces)) => {
                        self.state = State::Reading(Box::new(Reading::new(&path, pieces, opened)))
                    }
                    (Ok(opened), What::Write) => self.state = State::Writing(Writing::new(path, opened)),
                    (Err(problem), _) => {
                        self.state = State::Idle;
                        let verb = if matches!(what, What::Write) { "write" } else { "read" };
                        return refused(cannot(verb, &path, &problem));
                    }
                }
                signal("opened")
            }
            State::Whole(job) => {
                let Poll::Ready(text) = job.poll(context) else {
                    return Poll::Pending;
                };
                self.state = State::Idle;
                match text {
                    Ok(text) => value(text),
                    Err(why) => refused(why),
                }
            }
            State::Reading(reading) => reading.give(&self.outside, context),
            State::Closing(writing) => match writing.written(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(problem) => {
                    self.state = State::Idle;
                    problem.map_or_else(|| signal("closed"), refused)
                }
            },
        }
    }
}

impl Reading {
    fn new(path: &str, pieces: Pieces, opened: Opened) -> Reading {
        Reading {
            pieces,
            input: Input::new(path, Source::Busy),
            bytes: (Vec::new(), 0),
            file: Some(opened),
            job: None,
            symbols: Symbols::new(&[]),
        }
    }

    fn give(&mut self, outside: &Outside, context: &mut Context<'_>) -> Poll<Next> {
        loop {
            match self.pieces {
                Pieces::Elements(element) => match self.input.poll(element) {
                    Ok(Had::Ready(value)) => return Poll::Ready(Some(from_value(&value, &self.symbols))),
                    Ok(Had::Ended) => return Poll::Ready(None),
                    Ok(Had::Pending) => {}
                    Err(problem) => return Poll::Ready(Some(Err(problem))),
                },
                Pieces::Blocks(most) => {
                    let (bytes, at) = &mut self.bytes;
                    if *at < bytes.len() {
                        let end = bytes.len().min(*at + most);
                        let piece = block(&bytes[*at..end]);
                        *at = end;
                        return gives(piece);
                    }
                }
            }
            if let Some(Opened { mut file, apart }) = self.file.take() {
                self.job = Some(outside.service.desk.ask(apart, move |done: Done<_>| {
                    let bytes = crate::host::read_some(&mut file, INPUT_CHUNK_BYTES);
                    done.tell((Opened { file, apart }, bytes));
                }));
            }
            let Some(job) = &mut self.job else {
                return Poll::Ready(None);
            };
            let Poll::Ready((file, bytes)) = job.poll(context) else {
                return Poll::Pending;
            };
            self.job = None;
            let bytes = match bytes {
                Ok(bytes) => bytes,
                Err(problem) => return Poll::Ready(Some(Err(cannot("read", &self.input.name, &problem)))),
            };
            if !bytes.is_empty() {
                self.file = Some(file);
            }
            match self.pieces {
                Pieces::Elements(_) => self.input.feed(&bytes),
                Pieces::Blocks(_) if bytes.is_empty() => return Poll::Ready(None),
                Pieces::Blocks(_) => self.bytes = (bytes, 0),
            }
        }
    }
}

impl Writing {
    fn new(path: String, Opened { file, apart }: Opened) -> Writing {
        let written = Written {
            file,
            buffer: Vec::new(),
            busy: false,
            problem: None,
            waiting: None,
        };
        Writing {
            path,
            apart,
            shared: Arc::new((Mutex::new(written), Condvar::new())),
        }
    }

    /// Takes a value, which is written soon; when much waits, later.
    fn take(&self, data: &mut Option<Data>, outside: &Outside, context: &mut Context<'_>) -> Poll<Taken> {
        let mut written = self.shared.0.lock();
        if let Some(problem) = &written.problem {
            return Poll::Ready(Taken::Failed(problem.clone()));
        }
        if written.buffer.len() >= OUTPUT_BUFFER_BYTES {
            written.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        if let Err(problem) = add_bytes(&data.take().unwrap_or_default(), &mut written.buffer) {
            return Poll::Ready(Taken::Failed(problem));
        }
        if !std::mem::replace(&mut written.busy, true) {
            let (shared, path) = (self.shared.clone(), self.path.clone());
            outside.service.desk.run(self.apart, move || write(&shared, &path));
        }
        Poll::Ready(Taken::Yes)
    }

    /// Waits until all is written; what went wrong, if anything did.
    fn written(&self, context: &Context<'_>) -> Poll<Option<String>> {
        let mut written = self.shared.0.lock();
        if written.busy {
            written.waiting = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(written.problem.clone())
    }
}

/// Writes what is in the buffer, until nothing comes any more.
fn write((written, changed): &(Mutex<Written>, Condvar), path: &str) {
    loop {
        let mut now = written.lock();
        let bytes = std::mem::take(&mut now.buffer);
        let waker = now.waiting.take();
        if bytes.is_empty() {
            now.busy = false;
            changed.notify_all();
            drop(now);
            if let Some(waker) = waker {
                waker.wake();
            }
            return;
        }
        let file = now.file.try_clone();
        drop(now);
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Err(problem) = file.and_then(|mut file| file.write_all(&bytes)) {
            written.lock().problem = Some(cannot("write", path, &problem));
        }
    }
}

impl Drop for Writing {
    /// What was output is written, also if the run has failed since.
    fn drop(&mut self) {
        let (written, changed) = &*self.shared;
        let mut written = written.lock();
        while written.busy && !self.apart {
            if changed.wait_for(&mut written, LAST_WRITE).timed_out() {
                return;
            }
        }
    }
}
