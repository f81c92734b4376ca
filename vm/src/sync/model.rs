//! Locks, atomics, threads and the clock as a model checker drives them: shuttle decides at each of their operations which
//! thread goes on.

use super::Bug;
use shuttle::sync as checked;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::Duration;

pub(crate) use checked::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use checked::mpsc;

thread_local! {
    // all threads of an execution are one for the machine
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    static HERE: RefCell<HashMap<usize, usize>> = RefCell::default();
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
#[derive(Default)]
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

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        if let Some(held) = guard.held.take() {
            guard.held = Some(self.0.wait(held).unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// As [`wait_for`](Self::wait_for).
    pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, until: Instant) -> TimedOut {
        self.wait_for(guard, until.saturating_duration_since(Instant::now()))
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

/// A thread that nobody waits for.
pub(crate) fn spawn(name: &str, _: Option<usize>, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let builder = shuttle::thread::Builder::new().name(name.into());
    builder.spawn(work).map(drop)
}

/// Something else may run while a lock is held.
pub(crate) fn pause(_: u32) {
    shuttle::thread::yield_now();
}

/// Tells which worker runs on this thread from now on, 0 for none.
pub(crate) fn here_is(worker: usize) {
    HERE.with_borrow_mut(|here| here.insert(usize::from(shuttle::current::me()), worker));
}

/// Which worker runs on this thread, or else which thread it is.
pub(crate) fn here() -> usize {
    let me = usize::from(shuttle::current::me());
    match HERE.with_borrow(|here| here.get(&me).copied()) {
        None | Some(0) => usize::MAX - me,
        Some(worker) => worker,
    }
}

/// A moment of the checker's clock, which moves on when somebody waits for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Duration);

impl Instant {
    pub(crate) fn now() -> Instant {
        Instant(TIME.get())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        TIME.get().saturating_sub(self.0)
    }

    pub(crate) fn checked_add(&self, time: Duration) -> Option<Instant> {
        self.0.checked_add(time).map(Instant)
    }

    pub(crate) fn saturating_duration_since(&self, other: Instant) -> Duration {
        self.0.saturating_sub(other.0)
    }
}

impl std::ops::Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, time: Duration) -> Instant {
        Instant(self.0 + time)
    }
}
