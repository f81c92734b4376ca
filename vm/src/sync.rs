//! The one door to locks, atomics, threads and the machine's clock. Nothing else in the runtime imports `parking_lot`,
//! `rayon` or `std::sync::atomic`, so that what it shares between threads can be exchanged in one place: for what the
//! machine has (`sync/machine.rs`), or, with `cfg(hydra_model)`, for what a model checker drives (`sync/model.rs`), or, with the feature
//! `counts`, for what counts its writes (`sync/counted.rs`). The
//! package in `vm/model` compiles all of these sources so.

#![allow(unsafe_code)]

#[cfg(all(feature = "counts", not(hydra_model)))]
pub(crate) mod counted;
#[cfg(not(hydra_model))]
mod machine;
#[cfg(all(feature = "counts", not(hydra_model)))]
use counted as door;
#[cfg(not(any(feature = "counts", hydra_model)))]
use machine as door;
#[cfg(hydra_model)]
pub(crate) mod model;
#[cfg(hydra_model)]
use model as door;

#[cfg(any(debug_assertions, hydra_model))]
pub(crate) use door::here;
pub(crate) use door::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Condvar, Instant, Mutex, MutexGuard};
pub(crate) use door::{here_is, is_planted, mpsc, pause, spawn};
pub(crate) use std::sync::atomic::Ordering;

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::fence;

/// What nobody else holds, without the atomic operations by which [`Arc::get_mut`] makes sure that nobody makes a weak
/// reference meanwhile.
///
/// # Safety
///
/// Nobody makes weak references to it.
#[inline(always)]
pub(crate) unsafe fn alone<T>(shared: &mut Arc<T>) -> Option<&mut T> {
    if Arc::strong_count(shared) != 1 {
        return None;
    }
    // what others did with it before they let go of it has happened
    fence(Ordering::Acquire);
    // SAFETY: the only reference is borrowed as long as what is returned, and there are no weak ones.
    Some(unsafe { &mut *Arc::as_ptr(shared).cast_mut() })
}

/// Faults that a model checker can plant, to see that its checks find them: see `vm/TRUST.md`. The shipped machine has none of
/// them: there [`is_planted`] is a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(hydra_model),
    allow(dead_code, unreachable_pub, reason = "nobody plants anything")
)]
pub enum Bug {
    /// A lock lets in whoever comes (doubled take).
    OpenLock,
    /// Who sleeps is not told of work (dropped wake).
    QuietPool,
    /// A group stays private when a process of it is given away.
    SecretShare,
    /// Groups are private again while another worker still has processes.
    EarlyTogether,
    /// Groups are private again although processes of them wait in groups around them.
    LonePart,
    /// An output does not ask those who choose (dropped wake).
    DeafChoice,
    /// The speaker is told that it is heard after its edge was made (reordered publish).
    LateTelling,
    /// A choice with several names looks for the last time before it parks (reordered publish).
    LateParking,
    /// A choice is not told of the end of its witness (lost end).
    LostWitness,
    /// An input that waits is not told of the end of its source (lost end).
    LostTaker,
    /// Outputs to a name that has ended wait.
    LostReceiver,
    /// A worker counts as idle while it fires timers or takes work.
    EarlyDeadlock,
    /// Who comes back from a stream does not announce it.
    SilentReturn,
    /// The timer of a round that is over stays.
    StaleTimer,
    /// Of the processes that are given away one is lost.
    LostProcess,
    /// Processes that end count without an atomic exchange (lost end).
    LostCount,
    /// A cancelled run does not wake those who sleep.
    QuietCancel,
}

/// A number that was not given before: it names something, and nobody waits for it.
pub(crate) fn serial() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A lock for sections of some dozen instructions that never wait for anything: one byte, one read-modify-write to
/// take it, a plain store to release it. Who finds it held spins, and after a while lets the operating system run others,
/// for the holder may have been preempted.
pub(crate) struct Lock<T> {
    held: AtomicBool,
    /// Says something of the value that is read without the lock, and set with it.
    mark: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached through a `Guard`, of which `held` allows one at a time; acquiring it synchronizes
// with the release before. So sharing a `Lock` between threads moves `T` between them and nothing more.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lock {
            held: AtomicBool::new(false),
            mark: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// Whether it was marked; then all that came before is seen.
    #[inline]
    pub(crate) fn is_marked(&self) -> bool {
        self.mark.load(Ordering::Acquire)
    }

    /// Takes the mark back; nobody else knows the lock.
    #[inline]
    pub(crate) fn unmark(&mut self) {
        *self.mark.get_mut() = false;
    }

    /// The value, which nobody else knows.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    #[inline(always)]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        if is_planted(Bug::OpenLock) {
            return Guard { lock: self };
        }
        if self
            .held
            .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
            .is_err()
        {
            self.lock_slow();
        }
        Guard { lock: self }
    }

    /// As [`lock`](Self::lock), without the read-modify-write if the caller is `alone`.
    ///
    /// # Safety
    ///
    /// If `alone`, no other thread may lock this lock while the guard lives.
    #[inline(always)]
    pub(crate) unsafe fn lock_alone(&self, alone: bool) -> Guard<'_, T> {
        if alone && !self.held.load(Ordering::Relaxed) {
            self.held.store(true, Ordering::Relaxed);
            return Guard { lock: self };
        }
        self.lock()
    }

    /// The value, without taking the lock.
    ///
    /// # Safety
    ///
    /// While the reference is used nobody else may lock it: no other thread, and no guard of this one may live.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "that nobody else has it is the caller's promise")]
    pub(crate) unsafe fn alone(&self) -> &mut T {
        // SAFETY: as the caller promises.
        unsafe { &mut *self.value.get() }
    }

    #[cold]
    fn lock_slow(&self) {
        let mut tries = 0u32;
        loop {
            while self.held.load(Ordering::Relaxed) {
                door::pause(tries);
                tries += 1;
            }
            if self
                .held
                .compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
                .is_ok()
            {
                return;
            }
        }
    }
}

/// Access to what a [`Lock`] protects; releases it when dropped.
pub(crate) struct Guard<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Guard<'_, T> {
    /// Marks the lock: see [`Lock::is_marked`].
    #[inline]
    pub(crate) fn mark(&self) {
        self.lock.mark.store(true, Ordering::Release);
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: this guard exists, so `held` was taken by it and nobody else has access until it is dropped.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` keeps this the only reference made from the guard.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        self.lock.held.store(false, Ordering::Release);
    }
}
