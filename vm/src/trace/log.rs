//! What a process keeps of its own decisions: while a run is recorded, those that were made; while it is repeated, those that
//! are to come.

use super::entry::{
    ENDED, FAILED, GROUP, OTHERWISE, PARTNER, RANDOM, SENT, SERVED_MAX, TIME, TOOK, TOOK_OF, VALUE, push,
};
use super::{Entry, Ident, Long, Recorder, Tape};
use crate::process::Process;
use std::cell::RefCell;
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

    /// Something was decided that has something long.
    pub(crate) fn add_long(&mut self, what: Long, piece: &[u8]) {
        self.make_room();
        Log::write_long(&mut self.bytes, what, piece);
        if self.bytes.len() > PIECE {
            self.recorder.deliver(self.who, &self.bytes);
            self.bytes.clear();
            self.bytes.shrink_to(PIECE);
        }
    }

    /// The only guard that a process had armed took what a member of its range said. Whether that was simple to note: else nothing
    /// was.
    #[inline(always)]
    pub(crate) fn serve(process: &mut Process, number: u32) -> bool {
        if let Some(extra) = &mut process.extra
            && let Some(track) = &mut extra.track
            && let Track::Written(log) = &mut **track
            && number < u32::from(SERVED_MAX)
            && log.bytes.len() < log.bytes.capacity()
        {
            log.bytes.push(number as u8);
            return true;
        }
        false
    }

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
        match entry {
            Entry::Took(0, Some(number)) if number < u32::from(SERVED_MAX) => bytes.push(number as u8),
            Entry::Took(armed, None) => put(bytes, TOOK, &[armed.into()]),
            Entry::Took(armed, Some(number)) => put(bytes, TOOK_OF, &[armed.into(), number.into()]),
            Entry::Otherwise => put(bytes, OTHERWISE, &[]),
            Entry::Partner(Ident { group, member }) => put(bytes, PARTNER, &[group, member.into()]),
            Entry::Group(number) => put(bytes, GROUP, &[number]),
            Entry::Time(time) => put(bytes, TIME, &[time]),
            Entry::Random(number) => put(bytes, RANDOM, &[number]),
            Entry::Ended => put(bytes, ENDED, &[]),
            Entry::Sent => put(bytes, SENT, &[]),
            // these have something long
            Entry::Value(_) | Entry::Failed(_) => {}
        }
    }

    /// Appends an entry that has something long.
    pub(super) fn write_long(bytes: &mut Vec<u8>, what: Long, piece: &[u8]) {
        let what = match what {
            Long::Value => VALUE,
            Long::Failed => FAILED,
        };
        put(bytes, what, &[piece.len() as u64]);
        bytes.extend_from_slice(piece);
    }
}

fn put(bytes: &mut Vec<u8>, what: u8, numbers: &[u64]) {
    bytes.push(what);
    numbers.iter().for_each(|&number| push(bytes, number));
}

impl Drop for Log {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            self.recorder.deliver(self.who, &self.bytes);
        }
    }
}

thread_local! {
    /// Whose fragments are executed on this thread, with the logs of these processes meanwhile. There may be several: a function of
    /// the application that waits for another run lends its thread to that.
    static HERE: RefCell<Vec<(Ident, Option<Box<Track>>)>> = const { RefCell::new(Vec::new()) };
}

/// The process whose fragment is executed on this thread: rhai asks for the time and for random numbers, and prints. (It does not
/// say which of its engines asks, for they share modules.)
pub(crate) struct Place;

impl Place {
    /// The process is here.
    pub(crate) fn enter(process: &mut Process) {
        let track = process.extra.as_mut().and_then(|extra| extra.track.take());
        HERE.with_borrow_mut(|here| here.push((Ident::of(process), track)));
    }

    /// It gets its log back.
    pub(crate) fn leave(process: &mut Process) {
        if let Some((_, Some(track))) = HERE.with_borrow_mut(Vec::pop) {
            process.extra_mut().track = Some(track);
        }
    }

    /// The process that is here.
    pub(crate) fn who() -> Ident {
        HERE.with_borrow(|here| here.last().map(|(who, _)| *who))
            .unwrap_or_default()
    }

    /// It has learnt something.
    pub(crate) fn add(recorder: &Arc<Recorder>, entry: Entry) {
        HERE.with_borrow_mut(|here| {
            let Some((who, track)) = here.last_mut() else { return };
            let new = || Box::new(Track::Written(Log::new(recorder, *who)));
            if let Track::Written(log) = &mut **track.get_or_insert_with(new) {
                log.add(entry);
            }
        });
    }

    /// What it learns now, and how many bytes that has in the trace.
    pub(crate) fn next() -> Option<(Entry, u64)> {
        HERE.with_borrow_mut(|here| match here.last_mut()?.1.as_deref_mut() {
            Some(Track::Read(tape)) => tape.peek().map(|entry| (entry, tape.skip())),
            _ => None,
        })
    }
}
