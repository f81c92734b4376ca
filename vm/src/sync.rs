//! The one door to locks and atomics. Nothing else in this package imports `parking_lot` or `std::sync::atomic`, so that
//! what the runtime shares between threads can be exchanged in one place.

#![allow(unsafe_code)]

pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

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

/// A lock for sections of some dozen instructions that never wait for anything: one byte, one read-modify-write to
/// take it, a plain store to release it. Who finds it held spins, and after a while lets the operating system run others,
/// for the holder may have been preempted.
pub(crate) struct Lock<T> {
    held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is only reached through a `Guard`, of which `held` allows one at a time; acquiring it synchronizes
// with the release before. So sharing a `Lock` between threads moves `T` between them and nothing more.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lock {
            held: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    /// The value, which nobody else knows.
    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    #[inline(always)]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
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
                tries += 1;
                if tries < 200 {
                    std::hint::spin_loop();
                } else {
                    std::thread::yield_now();
                }
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
