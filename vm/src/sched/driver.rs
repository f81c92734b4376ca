//! Who runs the workers of a run: how they begin, are put aside, are called again, and have all returned.

use super::pool::Pool;
use super::shared::cannot;
use super::worker::{Parked, Worker};
use super::{Alarm, Crew, Ending, Shared};
use crate::process::Process;
use crate::sync::{Instant, Ordering};
use hydra_bytecode::report::Report;
use std::sync::Arc;

/// Who runs the workers.
pub(crate) enum Driver {
    /// The threads of an engine.
    Crew(Arc<Crew>),
    /// Whoever asks for some steps of the only worker.
    Caller,
}

/// What a worker finds that has nothing to do.
pub(crate) enum Work {
    /// Processes to run.
    Found(Vec<Process>),
    /// Nothing for now; the number of calls for somebody until then.
    None(u64),
    /// The run has ended.
    Ended,
}

/// How the run of a crew has ended, for those who wait for that.
#[derive(Default)]
pub(crate) struct Finished {
    pub(crate) outcome: Option<crate::engine::Outcome>,
    pub(crate) is: bool,
    pub(crate) waker: Option<std::task::Waker>,
}

impl Shared {
    /// Begins, with a process.
    pub(crate) fn begin(self: &Arc<Self>, first: Process) {
        self.inject([first]);
        if let Driver::Crew(crew) = &self.driver {
            for _ in 0..self.workers {
                crew.push(self.clone(), self.fresh());
            }
        }
    }

    /// A worker of this run.
    pub(crate) fn fresh(&self) -> Parked {
        Worker::fresh(self)
    }

    /// Whether a worker should leave its thread to those of other runs.
    #[inline]
    pub(crate) fn wants_pause(&self) -> bool {
        match &self.driver {
            Driver::Crew(crew) => crew.queued() > self.queued.load(Ordering::Relaxed),
            Driver::Caller => false,
        }
    }

    /// Calls workers that were put aside, and those that are about to be.
    pub(super) fn call(self: &Arc<Self>, pool: &mut Pool, most: usize) {
        pool.calls += 1;
        match &self.driver {
            Driver::Crew(crew) => {
                let rest = pool.parked.len().saturating_sub(most);
                for mut parked in pool.parked.drain(rest..) {
                    parked.called = true;
                    self.coming.fetch_add(1, Ordering::Relaxed);
                    pool.idle -= 1;
                    self.hungry.fetch_sub(1, Ordering::Relaxed);
                    crew.push(self.clone(), parked);
                }
            }
            Driver::Caller => {
                self.signal.notify_all();
            }
        }
    }

    /// Puts a worker aside that has nothing to do, unless somebody was called since it saw that.
    pub(crate) fn put_aside(&self, parked: Parked, calls: u64) -> Option<Parked> {
        let mut pool = self.pool.lock();
        if pool.calls != calls {
            self.is_back(&mut pool);
            return Some(parked);
        }
        pool.parked.push(parked);
        None
    }

    /// A worker that had nothing to do looks again.
    fn is_back(&self, pool: &mut Pool) {
        pool.idle -= 1;
        self.hungry.fetch_sub(1, Ordering::Relaxed);
    }

    /// As [`is_back`](Self::is_back), for the worker of a caller.
    pub(crate) fn caller_is_back(&self) {
        let mut pool = self.pool.lock();
        if pool.alarm.take_if(|alarm| *alarm <= Instant::now()).is_some() {
            pool.idles_long = std::mem::take(&mut pool.looks_later);
        }
        self.is_back(&mut pool);
    }

    /// Waits until somebody has called since, or a moment has come.
    pub(crate) fn wait_for_call(&self, calls: u64, until: Option<Instant>) {
        let mut pool = self.pool.lock();
        let until = [until, pool.alarm].into_iter().flatten().min();
        while pool.calls == calls {
            match until {
                None => self.signal.wait(&mut pool),
                Some(until) if self.signal.wait_until(&mut pool, until).timed_out() => return,
                Some(_) => {}
            }
        }
    }

    /// When a run that waits goes on by itself: the next timer.
    pub(crate) fn goes_on_at(&self) -> Option<Instant> {
        let next = self.timers.next();
        (next != u64::MAX).then(|| self.clock.instant(next)).flatten()
    }

    /// Steps of turns that have ended.
    pub(crate) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// A moment has come.
    pub(crate) fn alarm(self: &Arc<Self>) {
        let mut pool = self.pool.lock();
        pool.alarm = None;
        pool.idles_long = std::mem::take(&mut pool.looks_later);
        self.call(&mut pool, 1);
    }

    /// Wakes the run at a moment, at the latest.
    pub(super) fn wake_at(self: &Arc<Self>, pool: &mut Pool, at: Instant) {
        if pool.alarm.is_some_and(|alarm| alarm <= at) {
            return;
        }
        let before = pool.alarm.replace(at);
        let Driver::Crew(crew) = &self.driver else {
            return;
        };
        if let Some(before) = before {
            crew.alarms.unset(before, Alarm::Timer, self.number);
        }
        let set = (crew.alarms).set(at, Alarm::Timer, self.number, Arc::downgrade(self));
        if let Err(problem) = set {
            let report = cannot("wait for time:", &problem);
            self.end_locked(pool, Ending::Failure(Box::new(report)));
        }
    }

    /// Ends the run when its time is up.
    pub(crate) fn limit_time(self: &Arc<Self>) {
        if let (Some(time), Driver::Crew(crew)) = (self.limits.time, &self.driver)
            && let Some(at) = self.began.checked_add(time)
            && (crew.alarms)
                .set(at, Alarm::Limit, self.number, Arc::downgrade(self))
                .is_err()
        {
            self.time_is_up();
        }
    }

    /// A worker has failed inside itself, which a program must not be able to bring about.
    #[cold]
    pub(crate) fn broken(self: &Arc<Self>) {
        let message = "the virtual machine has failed inside itself, please report it";
        let event = hydra_bytecode::report::Severity::Event("failure");
        self.end(Ending::Failure(Box::new(Report::new(event, "", None, message))));
    }

    /// A worker has returned for good; the last one finishes the run.
    pub(crate) fn one_left(self: &Arc<Self>) {
        let last = {
            let mut pool = self.pool.lock();
            pool.left += 1;
            pool.left == self.workers
        };
        if last {
            crate::engine::finish(self);
        }
    }
}
