//! What a process keeps of its own decisions: while a run is recorded, those that were made; while it is repeated, those that
//! are to come.

use super::entry::{GROUP, OTHERWISE, PARTNER, RANDOM, SERVED, TIME, TOOK, TOOK_OF, push};
use super::{Entry, Ident, Recorder, Tape};
use crate::process::Process;
use crate::sync::Mutex;
use std::sync::Arc;

/// The log of a process.
pub(crate) enum Track {
    /// It grows.
    Written(Log),
    /// It is read.
    Read(Tape),
}

/// Decisions of a process that have not gone to the trace yet; they do when this is dropped.
pub(crate) struct Log {
    recorder: Arc<Recorder>,
    who: Ident,
    bytes: Vec<u8>,
}

/// So many bytes go to the trace at once.
const PIECE: usize = 1000;
/// No entry has more bytes.
const ENTRY_BYTES: usize = 24;

impl Log {
    /// That of a process, begun if there is none.
    #[inline]
    pub(crate) fn of<'p>(recorder: &Arc<Recorder>, process: &'p mut Process) -> Option<&'p mut Log> {
        let missing = process.extra.as_ref().is_none_or(|extra| extra.track.is_none());
        if missing {
            Log::begin(recorder, process);
        }
        match process.extra.as_mut()?.track.as_deref_mut()? {
            Track::Written(log) => Some(log),
            Track::Read(_) => None,
        }
    }

    #[cold]
    fn begin(recorder: &Arc<Recorder>, process: &mut Process) {
        let log = Log::new(recorder, Ident::of(process));
        process.extra_mut().track = Some(Box::new(Track::Written(log)));
    }

    fn new(recorder: &Arc<Recorder>, who: Ident) -> Log {
        Log {
            recorder: recorder.clone(),
            who,
            bytes: Vec::new(),
        }
    }

    /// A decision was made.
    #[inline]
    pub(crate) fn add(&mut self, entry: Entry) {
        self.make_room();
        Log::write(&mut self.bytes, entry);
    }

    /// The only guard that was armed took what a member of its range said.
    #[inline(always)]
    pub(crate) fn served(&mut self, number: u32) {
        self.make_room();
        push(&mut self.bytes, u64::from(number) << 3 | u64::from(SERVED));
    }

    #[inline(always)]
    fn make_room(&mut self) {
        if self.bytes.len() + ENTRY_BYTES > self.bytes.capacity() {
            self.grow();
        }
    }

    #[cold]
    fn grow(&mut self) {
        if self.bytes.len() < PIECE / 2 {
            let more = (2 * self.bytes.len() + ENTRY_BYTES).min(PIECE);
            return self.bytes.reserve_exact(more);
        }
        self.recorder.deliver(self.who, &self.bytes);
        self.bytes.clear();
    }

    /// Appends an entry.
    #[inline]
    pub(super) fn write(bytes: &mut Vec<u8>, entry: Entry) {
        let tagged = |value: u64, tag: u8| value << 3 | u64::from(tag);
        match entry {
            Entry::Took(0, Some(number)) => push(bytes, tagged(number.into(), SERVED)),
            Entry::Took(armed, None) => push(bytes, tagged(armed.into(), TOOK)),
            Entry::Took(armed, Some(number)) => {
                push(bytes, tagged(armed.into(), TOOK_OF));
                push(bytes, number.into());
            }
            Entry::Otherwise => push(bytes, tagged(0, OTHERWISE)),
            Entry::Partner(Ident { group, member }) => {
                push(bytes, tagged(group, PARTNER));
                push(bytes, member.into());
            }
            Entry::Group(number) => push(bytes, tagged(number, GROUP)),
            Entry::Time(time) => push(bytes, tagged(time, TIME)),
            Entry::Random(number) => {
                push(bytes, tagged(0, RANDOM));
                push(bytes, number);
            }
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            self.recorder.deliver(self.who, &self.bytes);
        }
    }
}

/// Whose fragment a worker executes, with the log of that process meanwhile: rhai asks for the time and for random numbers,
/// and prints.
#[derive(Default)]
pub(crate) struct Place(Mutex<(Ident, Option<Box<Track>>)>);

impl Place {
    /// The process is here.
    pub(crate) fn enter(&self, process: &mut Process) {
        let track = process.extra.as_mut().and_then(|extra| extra.track.take());
        *self.0.lock() = (Ident::of(process), track);
    }

    /// It gets its log back.
    pub(crate) fn leave(&self, process: &mut Process) {
        let track = self.0.lock().1.take();
        if track.is_some() {
            process.extra_mut().track = track;
        }
    }

    /// The process that is here.
    pub(crate) fn who(&self) -> Ident {
        self.0.lock().0
    }

    /// It has learnt something.
    pub(crate) fn add(&self, recorder: &Arc<Recorder>, entry: Entry) {
        let (who, track) = &mut *self.0.lock();
        let new = || Box::new(Track::Written(Log::new(recorder, *who)));
        if let Track::Written(log) = &mut **track.get_or_insert_with(new) {
            log.add(entry);
        }
    }

    /// What it learns now, and how many bytes that has in the trace.
    pub(crate) fn next(&self) -> Option<(Entry, u64)> {
        match self.0.lock().1.as_deref_mut() {
            Some(Track::Read(tape)) => tape.peek().map(|entry| (entry, tape.skip())),
            _ => None,
        }
    }
}
