//! Locks and atomics as the machine has them, each write to one counted by the cache line it goes to (feature `counts`): what
//! several threads write often, they wait for.

use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::sync::atomic::{self, Ordering};
use std::sync::{Arc, PoisonError};

#[cfg(debug_assertions)]
pub(crate) use super::machine::here;
pub(crate) use super::machine::{Condvar, Instant, MutexGuard, here_is, is_planted, mpsc, pause, spawn};

/// Writes by cache line.
type Lines = FxHashMap<usize, u64>;

/// Those of each thread.
static ALL: std::sync::Mutex<Vec<Arc<std::sync::Mutex<Lines>>>> = std::sync::Mutex::new(Vec::new());

thread_local! {
    static OWN: OnceCell<Arc<std::sync::Mutex<Lines>>> = const { OnceCell::new() };
}

/// What a cache line has.
const LINE_BYTES: usize = 64;

fn written<T>(place: &T) {
    // a thread that ends counts no more
    let _ = OWN.try_with(|own| {
        let lines = own.get_or_init(|| {
            let lines = Arc::default();
            ALL.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(Arc::clone(&lines));
            lines
        });
        let line = std::ptr::from_ref(place).addr() / LINE_BYTES;
        *lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(line)
            .or_default() += 1;
    });
}

/// How often cache lines were written that more than one thread wrote, and by how many; what was written most comes first.
pub(crate) fn shared_lines() -> Vec<(u64, usize)> {
    let mut all: FxHashMap<usize, (u64, usize)> = FxHashMap::default();
    for lines in ALL.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        for (&line, &writes) in lines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let (sum, threads) = all.entry(line).or_default();
            *sum += writes;
            *threads += 1;
        }
    }
    let mut shared: Vec<_> = all.into_values().filter(|&(_, threads)| threads > 1).collect();
    shared.sort_unstable_by(|a, b| b.cmp(a));
    shared
}

/// A lock.
#[derive(Default)]
pub(crate) struct Mutex<T>(parking_lot::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Mutex<T> {
        Mutex(parking_lot::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        written(self);
        self.0.lock()
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        written(self);
        self.0.try_lock()
    }
}

macro_rules! counted {
    ($name:ident, $word:ty, [$($change:ident),*]) => {
        #[derive(Default)]
        #[repr(transparent)]
        pub(crate) struct $name(atomic::$name);

        #[allow(dead_code, reason = "all have the same")]
        impl $name {
            pub(crate) const fn new(value: $word) -> $name {
                $name(atomic::$name::new(value))
            }

            #[inline]
            pub(crate) fn load(&self, order: Ordering) -> $word {
                self.0.load(order)
            }

            pub(crate) fn get_mut(&mut self) -> &mut $word {
                self.0.get_mut()
            }

            pub(crate) fn store(&self, value: $word, order: Ordering) {
                written(self);
                self.0.store(value, order);
            }

            pub(crate) fn compare_exchange(
                &self,
                old: $word,
                new: $word,
                done: Ordering,
                failed: Ordering,
            ) -> Result<$word, $word> {
                written(self);
                self.0.compare_exchange(old, new, done, failed)
            }

            pub(crate) fn compare_exchange_weak(
                &self,
                old: $word,
                new: $word,
                done: Ordering,
                failed: Ordering,
            ) -> Result<$word, $word> {
                self.compare_exchange(old, new, done, failed)
            }

            $(pub(crate) fn $change(&self, value: $word, order: Ordering) -> $word {
                written(self);
                self.0.$change(value, order)
            })*
        }
    };
}
counted!(AtomicBool, bool, [swap]);
counted!(AtomicU8, u8, [swap]);
counted!(AtomicU32, u32, [swap, fetch_add, fetch_sub, fetch_max, fetch_min]);
counted!(AtomicU64, u64, [swap, fetch_add, fetch_sub, fetch_max, fetch_min]);
counted!(AtomicUsize, usize, [swap, fetch_add, fetch_sub, fetch_max, fetch_min]);
