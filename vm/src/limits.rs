//! Every bound of the machine, with its unit. Under a model checker turns are short and workers give away all they can, so
//! that small programs meet every path.

/// Backward jumps and communications that a process may do before others get their turn.
pub(crate) const FUEL_PER_TURN: u32 = if cfg!(hydra_model) { 1 } else { 8_000 };
/// After so much of a turn a worker looks whether others have nothing to do, if its processes compute a good deal.
pub(crate) const FUEL_PER_LOOK: u32 = 500;
/// So many steps for each communication, process begun or ended are a good deal.
pub(crate) const STEPS_APART: u64 = 16;
/// What one of rhai's operations takes of a turn: some of them take as long as ten turns of a loop outside of braces.
pub(crate) const FUEL_PER_OPERATION: u32 = 10;
/// A turn with no more communications than this was spent on computing: the processes may go to different workers.
pub(crate) const TALKS_OF_COMPUTING: u64 = 64;
/// A worker gives away processes only if more than this many wait in its queue: less would tear processes that talk to
/// each other apart.
pub(crate) const QUEUE_KEPT: usize = if cfg!(hydra_model) { 1 } else { 4 };
/// A worker whose turns are spent on starting and ending processes gives some away after this many of them only: most are
/// not worth the way.
pub(crate) const TURNS_OF_STARTING: u32 = if cfg!(hydra_model) { 1 } else { 16 };
/// After so many turns a worker takes itself what others were called for and have not come for.
pub(crate) const TURNS_OF_COMING: u32 = if cfg!(hydra_model) { 1 } else { 64 };
/// The most turns after which a worker gives away processes that talk to each other, while another one has no work.
pub(crate) const RELUCTANCE_MAX: u32 = 64;
/// Ended processes that a worker counts for itself before it takes them from those of all.
pub(crate) const ENDED_KEPT: u64 = if cfg!(hydra_model) { 2 } else { 64 };
/// How often a worker without work looks around before it sleeps, while it spins and then yields.
pub(crate) const SPIN_ROUNDS: u32 = if cfg!(hydra_model) { 1 } else { 250 };
/// After so many of these rounds it looks how long it has done so,
pub(crate) const SPIN_ROUNDS_CLOSE: u32 = 200;
/// and this is too long.
pub(crate) const SPIN_TIME: std::time::Duration = std::time::Duration::from_micros(100);
/// The same for a thread of the application at a channel.
pub(crate) const CHANNEL_SPIN_ROUNDS: u32 = if cfg!(hydra_model) { 1 } else { 250 };
/// How often a stream is polled that wakes itself while it is, before others get their turn.
pub(crate) const POLLS_AT_ONCE: u32 = 32;
/// Processes at once.
pub(crate) const PROCESSES_MAX: u64 = 100_000_000;
/// Registers of all instances that one process has not ended.
pub(crate) const STACK_REGISTERS_MAX: usize = 1 << 27;
/// Bytes of output that are held before they are written.
pub(crate) const OUTPUT_BUFFER_BYTES: usize = 64 * 1024;
/// Bytes that are read from a stream at a time.
pub(crate) const INPUT_CHUNK_BYTES: usize = 64 * 1024;
/// Longest line or number that is read as one element, in bytes.
pub(crate) const ELEMENT_BYTES_MAX: usize = 1 << 30;
/// Bytes that are received from a connection at a time.
pub(crate) const RECEIVE_BYTES: usize = 16 * 1024;
/// Longest line that is received from a connection, in bytes: whoever is at the other end is not trusted.
pub(crate) const LINE_RECEIVED_BYTES_MAX: usize = 1 << 20;
/// Native stack of a worker: rhai evaluates recursively.
#[cfg_attr(hydra_model, allow(dead_code, reason = "the checker has threads of its own"))]
pub(crate) const WORKER_STACK_BYTES: usize = 64 << 20;
/// Waiting processes that a report lists; the others are counted.
pub(crate) const REPORT_PROCESSES_MAX: usize = 20;
