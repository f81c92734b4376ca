//! A worker: a function that runs processes until the run has ended, driven by whoever calls it.

use super::{Ending, Queue, Rng, Shared};
use crate::error::Trap;
use crate::limits::{FUEL_PER_TURN, QUEUE_KEPT, TALKS_OF_COMPUTING};
use crate::process::Process;
use crate::report;
use crate::stats::Counts;
use hydra_stdlib::engine::ScriptEngine;
use std::sync::Arc;
use std::time::Instant;

/// What one worker has for itself.
pub(crate) struct Worker<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    /// Processes that may run.
    pub(crate) queue: Queue,
    /// What is left of the turn; processes that wake each other share one.
    pub(crate) fuel: u32,
    /// Where choices come from when the run has a seed.
    pub(crate) rng: Option<Rng>,
    /// rhai, made when it is first needed.
    pub(crate) scripts: Option<Box<ScriptEngine>>,
    /// Steps that have not been added to those of all workers.
    used: u32,
    pub(crate) counts: Counts,
    pub(crate) workers: Workers,
    /// Processes woken and started since the turn began, to tell processes that mostly compute.
    pub(crate) talks: u32,
}

/// How many workers a run has, as far as it matters to them.
pub(crate) struct Workers(bool);

impl Workers {
    /// Whether there is only one.
    #[inline(always)]
    pub(crate) fn alone(&self) -> bool {
        self.0
    }
}

/// What becomes of a process that does not go on at once.
pub(crate) enum Flow {
    /// It goes on.
    Go(Process),
    /// It waits somewhere, or has ended.
    Gone,
    /// Its turn is over.
    Yield(Process),
    /// It cannot go on.
    Fail(Process, Box<Trap>),
}

impl<'a> Worker<'a> {
    /// A worker without processes.
    pub(crate) fn new(shared: &'a Arc<Shared>) -> Worker<'a> {
        let rng = shared.seed.map(Rng::new);
        Worker {
            shared,
            queue: Queue::default(),
            fuel: FUEL_PER_TURN,
            rng,
            scripts: None,
            used: 0,
            counts: Counts::default(),
            workers: Workers(shared.workers == 1),
            talks: 0,
        }
    }

    /// Runs processes until the run has ended.
    pub(crate) fn run(&mut self) {
        // the group of the process that runs, or ran last: kept, so that it is not counted for each of them
        let mut group = self.shared.root.clone();
        let start = Instant::now();
        while let Some(process) = self.next() {
            if !Arc::ptr_eq(&group, &process.group) {
                group = process.group.clone();
            }
            self.counts.turns += 1;
            match self.execute(process, &group) {
                Flow::Gone => {}
                Flow::Go(process) | Flow::Yield(process) => {
                    self.queue.push(process);
                    if self.talks <= TALKS_OF_COMPUTING && self.queue.len() > 1 && self.shared.is_hungry() {
                        // it mostly computes, and so may the others here: some may do so elsewhere
                        self.donate();
                    }
                    self.fuel = 0;
                }
                Flow::Fail(process, trap) => self.fail(process, *trap),
            }
        }
        self.shared.statistics.lock().add(&self.counts, start.elapsed());
        // freed later, in an order that does not nest
        self.shared.leave(std::iter::from_fn(|| self.queue.pop()));
    }

    /// The next process to run; `None` if the run has ended.
    #[inline]
    fn next(&mut self) -> Option<Process> {
        if self.rng.is_some() {
            return self.next_random();
        }
        if self.fuel > 0
            && let Some(process) = self.queue.pop_next()
        {
            self.fuel -= 1;
            return Some(process);
        }
        loop {
            if self.shared.has_stopped() {
                return None;
            }
            let spent = self.fuel == 0;
            self.used += FUEL_PER_TURN - self.fuel.min(FUEL_PER_TURN);
            self.fuel = FUEL_PER_TURN;
            self.talks = 0;
            if spent {
                self.look_around();
            }
            if let Some(process) = self.queue.pop() {
                if self.queue.len() > QUEUE_KEPT && self.shared.is_hungry() {
                    self.donate();
                }
                return self.within_limits(process);
            }
            self.find_work();
        }
    }

    /// Now and then looks whether a limit is reached; then the run ends with this process.
    #[inline]
    fn within_limits(&mut self, mut process: Process) -> Option<Process> {
        if self.used < FUEL_PER_TURN {
            return Some(process);
        }
        match self.shared.spend(std::mem::take(&mut self.used)) {
            Ok(()) => Some(process),
            Err(trap) => {
                // the place of a process that has not begun its next instruction
                process.pc += 1;
                self.fail(process, *trap);
                None
            }
        }
    }

    /// Gives half of the queue to workers that have nothing to do.
    fn donate(&mut self) {
        let half: Vec<Process> = self.queue.take_half().collect();
        self.counts.donations += half.len() as u64;
        self.shared.inject(half);
    }

    /// Waits for work, or takes what was given away.
    fn find_work(&mut self) {
        let work = if self.shared.has_injected() {
            self.shared.take_injected()
        } else {
            let start = Instant::now();
            let work = self.shared.wait_for_work();
            self.counts.idle += start.elapsed();
            work
        };
        self.queue.extend(work);
    }

    /// After a whole turn: what time or others have brought meanwhile.
    fn look_around(&mut self) {
        if self.shared.timers.next() != u64::MAX {
            let due = self.shared.fire_timers();
            self.queue.extend(due);
        }
        if self.shared.has_injected() {
            let work = self.shared.take_injected();
            self.queue.extend(work);
        }
    }

    fn next_random(&mut self) -> Option<Process> {
        loop {
            if self.shared.has_stopped() {
                return None;
            }
            self.used += FUEL_PER_TURN - self.fuel.min(FUEL_PER_TURN) + 1;
            self.fuel = FUEL_PER_TURN;
            if let Some(rng) = &mut self.rng
                && let Some(process) = self.queue.pop_random(rng)
            {
                return self.within_limits(process);
            }
            self.find_work();
        }
    }

    /// A process may go on because of what the one that runs did.
    #[inline]
    pub(crate) fn wake(&mut self, process: Process) {
        self.talks = self.talks.saturating_add(1);
        self.queue.push_next(process);
    }

    /// A failure ends the run.
    #[cold]
    pub(crate) fn fail(&mut self, mut process: Process, trap: Trap) {
        if trap.stopped {
            return;
        }
        if trap.quiet {
            return self.shared.end(Ending::Quiet);
        }
        let is_limit = trap.limit;
        let report = Box::new(report::failure(self.shared, &mut process, trap));
        self.shared.end(if is_limit {
            Ending::Limit(report)
        } else {
            Ending::Failure(report)
        });
    }
}
