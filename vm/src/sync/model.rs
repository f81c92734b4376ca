//! Locks, atomics, threads and the clock as a model checker drives them: shuttle decides at each of their operations which
//! thread goes on.

use super::Bug;
use shuttle::sync as checked;
use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use checked::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use checked::mpsc;

thread_local! {
    // all threads of an execution are one for the machine
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    static TIME: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Plants a fault into all runs of this thread, or takes it out again.
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether a fault is planted.
pub(crate) fn is_planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// A lock.
#[derive(Default)]
pub(crate) struct Mutex<T>(checked::Mutex<T>);

/// Access to what it protects.
pub(crate) struct MutexGuard<'a, T> {
    lock: &'a checked::Mutex<T>,
    /// Empty only while a condition is waited for.
    held: Option<checked::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Mutex<T> {
        Mutex(checked::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard {
            lock: &self.0,
            held: Some(self.0.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        let held = Some(self.0.try_lock().ok()?);
        Some(MutexGuard { lock: &self.0, held })
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.held.as_ref().expect("nobody waits for a condition")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("nobody waits for a condition")
    }
}

/// A condition that is waited for.
pub(crate) struct Condvar(checked::Condvar);

/// How a wait ended.
pub(crate) struct TimedOut(bool);

impl TimedOut {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    pub(crate) fn new() -> Condvar {
        Condvar(checked::Condvar::new())
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }

    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        if let Some(held) = guard.held.take() {
            guard.held = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Others run, then the time is over. That somebody is woken before only means that less is left to wait for.
    pub(crate) fn wait_for<T>(&self, guard: &mut MutexGuard<'_, T>, time: Duration) -> TimedOut {
        let end = TIME.get() + time;
        guard.held = None;
        shuttle::thread::yield_now();
        TIME.set(TIME.get().max(end));
        guard.held = Some(guard.lock.lock().unwrap_or_else(PoisonError::into_inner));
        TimedOut(true)
    }
}

/// The threads of an engine.
pub(crate) struct Threads(usize);

impl Threads {
    pub(crate) fn new(count: usize) -> Result<Threads, String> {
        Ok(Threads(count.max(1)))
    }

    pub(crate) fn count(&self) -> usize {
        self.0
    }

    pub(crate) fn run(&self, all: bool, work: impl Fn() + Sync + Send) {
        let work = &work;
        shuttle::thread::scope(|scope| {
            for _ in 0..if all { self.0 } else { 1 } {
                scope.spawn(work);
            }
        });
    }
}

/// A thread that nobody waits for.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let builder = shuttle::thread::Builder::new().name(name.into());
    builder.spawn(work).map(drop)
}

/// Something else may run while a lock is held.
pub(super) fn pause(_: u32) {
    shuttle::thread::yield_now();
}

/// Which thread this is.
pub(crate) fn here() -> usize {
    usize::from(shuttle::current::me()) + 1
}

/// A moment of the checker's clock, which moves on when somebody waits for a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start(Duration);

impl Start {
    pub(crate) fn now() -> Start {
        Start(TIME.get())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        TIME.get() - self.0
    }
}
