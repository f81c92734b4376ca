//! Recording a run on many workers, and repeating it to the byte on one.
//!
//! **What is not determined.** Processes share nothing, so what a process does follows from what it is told: which guard of a
//! choice was taken, and whose output; whom it met where several processes speak in one name; what it read, the time, and
//! random numbers. Who is the only one to speak in a name, and meets the only one who speaks in another, meets it for certain,
//! whenever that happens: such a communication is not recorded. Of streams of text the order counts: of lines that are
//! written, and elements that are read. And something ended the run.
//!
//! **The outside.** A stream of values (an extern of an application, a [process of the outside](crate::outside)) tells each process
//! something of its own: a value, the end, a failure, that an output was taken. That is in the log of the process, values and messages
//! as they were; there is no order of these to keep, for what one process is told decides nothing for another. So a replay has
//! no such streams at all: it opens nothing, and what is output to them goes nowhere (`exec/outside.rs`).
//!
//! **What a trace holds** ([`file`]). The program and its params; for each process a log of its decisions ([`Log`]), in its own
//! order; the bytes that were read; one order of all that was written and read, by process; warnings; the end, with its
//! report. A process is known by the number of its parallel command and its place in it, and that number is a decision in the
//! log of the process that started it. So it means the same in both runs, however they are scheduled.
//!
//! **Recording** ([`Recorder`]). Whoever executes a communication has both processes in its hands, and adds to their logs, which
//! are theirs (`process::Extra`): there is no lock. A log goes to the trace when it has grown, and when its process is
//! dropped, which each is, at its end or at that of the run. Threaded code has a second table of steps for it
//! (`exec/threaded.rs`), so a run that is not recorded does not even ask.
//!
//! **Replay** ([`Player`]). One worker, nothing quick, and no time: a delay is over at once. Partners meet only if their logs say
//! so; until then an output waits, although others may be taken before it. A process whose log is used up waits for ever, as
//! it may have done; what was written is held back until it is its turn; a process that fails waits until all that happened
//! has happened. Then the run ends as it did: a failure and a deadlock are found anew and compared with the recorded report;
//! what came from outside (a signal, a limit, a write that failed) is taken from the trace. If nothing can go on before that,
//! the trace does not fit.

mod entry;
mod file;
mod log;
mod play;
mod recorder;

pub(crate) use entry::{Entry, Long, Piece, Tape};
pub(crate) use file::{Contents, Extern, How, Scalar, Start, StreamOf, read};
pub(crate) use log::{Log, Place, Track};
pub(crate) use play::{Line, Player};
pub(crate) use recorder::Recorder;
pub use recorder::Recording;

/// A process, in a run and when it is repeated: the number of its parallel command, and which of its processes it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub(crate) struct Ident {
    pub(crate) group: u64,
    pub(crate) member: u32,
}

impl Ident {
    /// That of a process.
    #[inline]
    pub(crate) fn of(process: &crate::process::Process) -> Ident {
        Ident {
            group: process.group.number,
            member: process.member,
        }
    }
}
