//! What workers give to each other: the pool, when they give and when they do not, and when one of them has everything.

use super::worker::Parked;
use super::{Ending, Shared};
use crate::host::Rung;
use crate::limits::{FUEL_PER_TURN, RELUCTANCE_MAX};
use crate::process::Process;
use crate::sync::{Bug, Instant, Ordering, is_planted};
use crate::trace::Ident;
use std::collections::VecDeque;
use std::sync::Arc;

/// What is behind the lock that workers take only when they have too much or nothing to do.
#[derive(Default)]
pub(super) struct Pool {
    /// Processes that any worker may run.
    pub(super) queue: VecDeque<Process>,
    /// Workers that wait for work.
    pub(super) idle: usize,
    /// Those of them that can be woken.
    pub(super) parked: Vec<Parked>,
    /// How often somebody was called to work.
    pub(super) calls: u64,
    /// Workers that have returned for good.
    pub(super) left: usize,
    /// When the run will be woken.
    pub(super) alarm: Option<Instant>,
    /// It waits for less than it could, to look for dead groups if nothing happens.
    pub(super) looks_later: bool,
    /// That time has passed.
    pub(super) idles_long: bool,
    /// Streams whose ends have something to say.
    pub(super) rung: Vec<Rung>,
    /// Reads of streams that have not ended.
    pub(super) outside: usize,
    pub(super) ending: Option<Ending>,
    /// The process whose failure that is.
    pub(super) failed: Option<Ident>,
    /// Processes of dead groups that a warning has named, by group and member.
    pub(super) named: rustc_hash::FxHashSet<(usize, u32)>,
    /// How often the program has idled since dead groups were last looked for.
    pub(super) idled: u64,
}

impl Shared {
    /// Whether a worker waits for work, and nothing that was given away waits for it.
    #[inline]
    pub(crate) fn is_hungry(&self) -> bool {
        self.hungry.load(Ordering::Relaxed) > 0 && !self.has_injected()
    }

    /// Whether processes wait that any worker may take.
    #[inline]
    pub(crate) fn has_injected(&self) -> bool {
        self.injected.load(Ordering::Relaxed) > 0
    }

    /// So many turns a worker waits before it gives away processes that talk to each other.
    #[inline]
    pub(super) fn reluctance(&self) -> u32 {
        self.reluctance.load(Ordering::Relaxed)
    }

    /// What was given to a worker without work took it so many steps, and then it had none again. If these were few, those who
    /// were given away soon waited for others that were not: next time it is done later.
    pub(super) fn weigh_gift(&self, steps: u64) {
        let now = self.reluctance();
        let next = if steps < u64::from(FUEL_PER_TURN / 4) {
            (2 * now).clamp(1, RELUCTANCE_MAX)
        } else if steps >= u64::from(FUEL_PER_TURN) {
            0
        } else {
            now
        };
        if next != now {
            self.reluctance.store(next, Ordering::Relaxed);
        }
    }

    /// Whether a worker was called and has not come yet.
    #[inline]
    pub(super) fn is_anybody_coming(&self) -> bool {
        self.coming.load(Ordering::Relaxed) > 0
    }

    /// Gives processes away.
    pub(crate) fn inject(self: &Arc<Self>, processes: impl IntoIterator<Item = Process>) {
        let mut pool = self.pool.lock();
        self.inject_locked(&mut pool, processes);
    }

    pub(super) fn inject_locked(self: &Arc<Self>, pool: &mut Pool, processes: impl IntoIterator<Item = Process>) {
        pool.queue.extend(processes);
        self.note_injected(pool);
        if pool.idle > 0 && !is_planted(Bug::QuietPool) {
            let most = pool.queue.len();
            self.call(pool, most);
        }
    }

    pub(super) fn note_injected(&self, pool: &Pool) {
        self.injected
            .store(pool.queue.len() + pool.rung.len(), Ordering::Relaxed);
    }

    /// A stream has something to say. Whoever calls may hold the locks of streams, of this run or of others.
    pub(crate) fn rung(self: &Arc<Self>, rung: Rung) {
        let mut pool = self.pool.lock();
        pool.rung.push(rung);
        self.note_injected(&pool);
        self.call(&mut pool, 1);
    }

    /// Listens to the streams that have rung.
    pub(super) fn answer(self: &Arc<Self>, rung: Vec<Rung>) {
        for rung in rung {
            self.streams.ring(self, rung);
        }
    }

    /// Takes its share of what was given away, without waiting.
    pub(crate) fn take_injected(self: &Arc<Self>) -> Vec<Process> {
        let mut pool = self.pool.lock();
        if !pool.rung.is_empty() {
            let rung = std::mem::take(&mut pool.rung);
            self.note_injected(&pool);
            drop(pool);
            self.answer(rung);
            pool = self.pool.lock();
        }
        self.take_locked(&mut pool)
    }

    pub(super) fn take_locked(&self, pool: &mut Pool) -> Vec<Process> {
        if self.has_stopped() {
            return Vec::new(); // what is left there is only to be freed
        }
        let share = pool.queue.len().div_ceil(self.workers);
        let taken = pool.queue.drain(..share).collect();
        self.note_injected(pool);
        taken
    }

    /// If the worker that calls has all processes, and none of their locks, groups are private again.
    pub(crate) fn come_together(&self) {
        let others = self.workers - 1;
        let may_be_alone = self.hungry.load(Ordering::Relaxed) as usize >= others || is_planted(Bug::EarlyTogether);
        if !self.sharing.is_used() || !may_be_alone || self.timers.next() != u64::MAX {
            return;
        }
        let pool = self.pool.lock();
        // who is idle has no process; who is called takes this lock before it takes any
        let is_alone = pool.idle == others || is_planted(Bug::EarlyTogether);
        if !is_alone || !pool.queue.is_empty() || pool.outside > 0 || self.timers.next() != u64::MAX {
            return;
        }
        let waits = std::cell::Cell::new(false);
        self.streams.for_each(|_| waits.set(true), |_| waits.set(true));
        // looked at last, for they are announced before they leave the stream
        if !waits.get() && self.returning.load(Ordering::Relaxed) == 0 {
            self.sharing.renew();
        }
    }
}
