//! A worker: a function that runs processes until the run has ended, driven by whoever calls it.

use super::{Ending, Queue, Rng, Shared};
use crate::chan::Spares;
use crate::error::Trap;
use crate::exec::Stack;
use crate::limits::{FUEL_PER_TURN, QUEUE_KEPT, TALKS_OF_COMPUTING, TURNS_OF_STARTING};
use crate::process::{Frames, Process};
use crate::report;
use crate::stats::Counts;
use crate::sync::{Bug, Start, is_planted};
use hydra_bytecode::Instr;
use hydra_stdlib::engine::ScriptEngine;
use std::sync::Arc;

/// What one worker has for itself.
pub(crate) struct Worker<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    /// The process that runs, while its instructions are executed.
    pub(crate) here: Option<Process>,
    /// What became of that process, if it left threaded code and does not just wait.
    pub(crate) left: Option<Flow>,
    /// Why a communication has failed, for a moment.
    pub(crate) trap: Option<Box<Trap>>,
    /// The code of each routine.
    pub(crate) codes: &'a [Box<[Instr]>],
    /// Processes that may run.
    pub(crate) queue: Queue,
    /// What is left of the turn; processes that wake each other share one.
    pub(crate) fuel: u32,
    /// Where choices come from when the run has a seed.
    pub(crate) rng: Option<Rng>,
    /// rhai, made when it is first needed.
    pub(crate) scripts: Option<Box<ScriptEngine>>,
    /// Registers of functions.
    pub(crate) functions: Stack,
    /// Steps that have not been added to those of all workers.
    used: u32,
    /// Frames of processes that have ended.
    pub(crate) frames: Frames,
    /// Parallel commands that have ended.
    pub(crate) spares: Spares,
    pub(crate) counts: Counts,
    /// Processes started and ended since the turn began.
    pub(crate) talks: u32,
    /// Communications before the turn began.
    heard: u64,
    /// Turns in which others were hungry and nothing was given to them.
    patience: u32,
    /// Its number.
    pub(crate) number: usize,
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
            here: None,
            left: None,
            trap: None,
            codes: &shared.program.code,
            queue: Queue::default(),
            fuel: FUEL_PER_TURN,
            rng,
            scripts: None,
            functions: Stack::default(),
            used: 0,
            frames: Frames::default(),
            spares: Spares::default(),
            counts: Counts::default(),
            talks: 0,
            heard: 0,
            patience: 0,
            number: shared.enlist(),
        }
    }

    /// Runs processes until the run has ended.
    pub(crate) fn run(&mut self) {
        let start = Start::now();
        while let Some(process) = self.next() {
            self.counts.turns += 1;
            match self.execute(process) {
                Flow::Gone => {}
                Flow::Go(process) | Flow::Yield(process) => {
                    self.queue.push(process);
                    if self.mostly_computes() && self.queue.len() > 1 && self.shared.is_hungry() {
                        // it mostly computes, and so may the others here: some may do so elsewhere
                        self.donate();
                    }
                    self.end_turn();
                }
                Flow::Fail(process, trap) => {
                    self.fail(process, *trap);
                    break;
                }
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
        let over = self.fuel == 0;
        if over {
            self.next_turn();
        }
        loop {
            if let Some(process) = self.queue.pop() {
                self.fuel -= 1;
                return if over {
                    self.within_limits(process)
                } else {
                    Some(process)
                };
            }
            if self.shared.has_stopped() {
                return None;
            }
            self.find_work();
        }
    }

    /// The others come first, although something may be left of the turn.
    fn end_turn(&mut self) {
        // taken back when the next turn begins
        self.used = self.used.wrapping_sub(self.fuel);
        self.fuel = 0;
    }

    /// A turn is over, another one begins.
    fn next_turn(&mut self) {
        self.used = self.used.wrapping_add(FUEL_PER_TURN);
        self.fuel = FUEL_PER_TURN;
        self.queue.end_turn();
        if self.queue.len() > QUEUE_KEPT && self.shared.is_hungry() {
            self.patience += 1;
            if self.talks < FUEL_PER_TURN / 4 || self.patience >= TURNS_OF_STARTING {
                self.patience = 0;
                self.donate();
            }
        }
        self.talks = 0;
        self.heard = self.counts.communications;
        self.look_around();
    }

    /// The next process, if the turn lasts and nothing else is to be done: it runs at once, in what is left of the turn.
    #[inline(always)]
    pub(crate) fn next_at_once(&mut self) -> Option<Process> {
        if self.fuel == 0 {
            return None;
        }
        let process = self.queue.pop()?;
        self.fuel -= 1;
        self.counts.turns += 1;
        Some(process)
    }

    /// Now and then looks whether a limit is reached; then the run ends with this process.
    #[inline]
    fn within_limits(&mut self, mut process: Process) -> Option<Process> {
        if self.shared.has_stopped() {
            // freed with the others
            self.queue.push(process);
            return None;
        }
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

    /// Whether there was little but computing in the turn.
    fn mostly_computes(&self) -> bool {
        u64::from(self.talks) + (self.counts.communications - self.heard) <= TALKS_OF_COMPUTING
    }

    /// Gives half of the queue to workers that have nothing to do.
    fn donate(&mut self) {
        let half: Vec<Process> = (self.queue.take_half())
            .skip(usize::from(is_planted(Bug::LostProcess)))
            .collect();
        half.iter().for_each(|process| process.group.share());
        self.counts.donations += half.len() as u64;
        self.shared.inject(half);
    }

    /// Waits for work, or takes what was given away.
    fn find_work(&mut self) {
        let work = if self.shared.has_injected() {
            self.shared.take_injected()
        } else {
            let start = Start::now();
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
            self.used = self.used.wrapping_add(FUEL_PER_TURN - self.fuel.min(FUEL_PER_TURN) + 1);
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
        self.queue.push_next(Some(process));
    }

    /// A process may go on whose choice took an output. It waits for its turn like others: those before it may bring more
    /// outputs meanwhile, which it then takes one after the other without waiting in between.
    #[inline]
    pub(crate) fn wake_chooser(&mut self, process: Process) {
        self.queue.push(process);
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
