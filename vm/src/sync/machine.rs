//! Locks, atomics, threads and the clock as the machine has them.

pub(crate) use parking_lot::{Condvar, Mutex};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use std::sync::mpsc;

use crate::limits::WORKER_STACK_BYTES;
use std::time::{Duration, Instant};

/// The threads of an engine.
pub(crate) struct Threads(rayon::ThreadPool);

impl Threads {
    /// So many threads, at least one.
    pub(crate) fn new(count: usize) -> Result<Threads, String> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(count.max(1))
            .stack_size(WORKER_STACK_BYTES)
            .thread_name(|number| format!("hydra worker {number}"))
            .build()
            .map(Threads)
            .map_err(|problem| problem.to_string())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.current_num_threads()
    }

    /// Calls `work` in each of the threads at once, or in one of them; returns when it has returned.
    pub(crate) fn run(&self, all: bool, work: impl Fn() + Sync + Send) {
        if all {
            self.0.broadcast(|_| work());
        } else {
            self.0.install(&work);
        }
    }
}

/// A thread that nobody waits for.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let builder = std::thread::Builder::new().name(name.into());
    builder.spawn(work).map(drop)
}

/// Something else may run while a lock of some dozen instructions is held; `tries` counts how often it was.
#[inline]
pub(super) fn pause(tries: u32) {
    if tries < 200 {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

/// Which thread this is.
#[cfg(debug_assertions)]
pub(crate) fn here() -> usize {
    thread_local!(static HERE: u8 = const { 0 });
    HERE.with(|here| std::ptr::from_ref(here) as usize)
}

/// A moment of the machine's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(Instant);

impl Start {
    pub(crate) fn now() -> Start {
        Start(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// No fault is: this is the shipped machine.
#[inline(always)]
pub(crate) const fn is_planted(_: super::Bug) -> bool {
    false
}
