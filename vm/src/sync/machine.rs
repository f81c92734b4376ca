//! Locks, atomics, threads and the clock as the machine has them.

#[cfg(not(feature = "counts"))]
pub(crate) use parking_lot::Mutex;
pub(crate) use parking_lot::{Condvar, MutexGuard};
#[cfg(not(feature = "counts"))]
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use std::sync::mpsc;
pub(crate) use std::time::Instant;

/// A thread that nobody waits for, with so much stack if it matters.
pub(crate) fn spawn(name: &str, stack: Option<usize>, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let mut builder = std::thread::Builder::new().name(name.into());
    if let Some(stack) = stack {
        builder = builder.stack_size(stack);
    }
    builder.spawn(work).map(drop)
}

/// A little while until another thread has done something; `tries` counts how often it was. If it takes long, that thread may need
/// this core.
#[inline]
pub(crate) fn pause(tries: u32) {
    if tries < 200 {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
}

/// Tells which worker runs on this thread from now on, 0 for none: what belongs to a worker is used by it alone, whatever
/// thread it is on.
#[inline]
pub(crate) fn here_is(worker: usize) {
    #[cfg(debug_assertions)]
    HERE.set(worker);
    let _ = worker;
}

/// Which worker runs on this thread, or else which thread it is.
#[cfg(debug_assertions)]
pub(crate) fn here() -> usize {
    HERE.with(|here| match here.get() {
        0 => std::ptr::from_ref(here) as usize,
        worker => worker,
    })
}

#[cfg(debug_assertions)]
thread_local! {
    static HERE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// No fault is: this is the shipped machine.
#[inline(always)]
pub(crate) const fn is_planted(_: super::Bug) -> bool {
    false
}
