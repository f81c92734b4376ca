//! Processes that wait for a moment.

use crate::chan::Cell;
use crate::process::Process;
use crate::sync::{AtomicU64, Mutex, Ordering};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who waits.
pub(crate) enum Waiter {
    /// A process in `after`.
    Process(Process),
    /// A choice with a delay among its guards.
    Choice(Arc<Cell>),
}

/// All timers of a run, by moment and order of arrival.
#[derive(Default)]
pub(crate) struct Timers {
    /// The first moment, so that workers can look without the lock; `u64::MAX` if there is none.
    next: AtomicU64,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    timers: BTreeMap<(u64, u64), Waiter>,
    count: u64,
}

impl Timers {
    /// No timers.
    pub(crate) fn new() -> Timers {
        Timers {
            next: AtomicU64::new(u64::MAX),
            waiting: Mutex::default(),
        }
    }

    /// Adds a timer; the key cancels it.
    pub(crate) fn add(&self, moment: u64, waiter: Waiter) -> (u64, u64) {
        let mut waiting = self.waiting.lock();
        waiting.count += 1;
        let key = (moment, waiting.count);
        waiting.timers.insert(key, waiter);
        self.next.fetch_min(moment, Ordering::Relaxed);
        key
    }

    /// Removes a timer that need not fire any more.
    pub(crate) fn cancel(&self, key: (u64, u64)) {
        let mut waiting = self.waiting.lock();
        waiting.timers.remove(&key);
        self.set_next(&waiting);
    }

    fn set_next(&self, waiting: &Waiting) {
        let next = waiting.timers.first_key_value().map_or(u64::MAX, |(key, _)| key.0);
        self.next.store(next, Ordering::Relaxed);
    }

    /// The first moment, `u64::MAX` if there is none.
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Takes out all whose moment has come, in order.
    pub(crate) fn due(&self, now: u64) -> Vec<Waiter> {
        if self.next() > now {
            return Vec::new();
        }
        let mut waiting = self.waiting.lock();
        let later = waiting.timers.split_off(&(now, u64::MAX));
        let due = std::mem::replace(&mut waiting.timers, later);
        self.set_next(&waiting);
        due.into_values().collect()
    }

    /// Forgets who waits.
    pub(crate) fn clear(&self) {
        let timers = std::mem::take(&mut self.waiting.lock().timers);
        for waiter in timers.into_values() {
            if let Waiter::Choice(cell) = waiter {
                drop(cell.take_if(|_| Some(())));
            }
        }
    }

    /// Every process that waits in `after`, and every choice with a delay.
    pub(crate) fn for_each(&self, mut process: impl FnMut(&mut Process), mut choice: impl FnMut(&Arc<Cell>)) {
        for waiter in self.waiting.lock().timers.values_mut() {
            match waiter {
                Waiter::Process(waiting) => process(waiting),
                Waiter::Choice(cell) => choice(cell),
            }
        }
    }
}
