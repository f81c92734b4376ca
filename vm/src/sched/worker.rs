//! A worker: runs processes until the run has ended or there is nothing to do, driven by whoever calls it.

use super::driver::Work;
use super::{Ending, Queue, Rng, Shared};
use crate::chan::Spares;
use crate::error::Trap;
use crate::exec::{Checking, Stack};
use crate::limits::{
    FUEL_PER_LOOK, FUEL_PER_TURN, QUEUE_KEPT, STEPS_APART, TALKS_OF_COMPUTING, TURNS_OF_COMING, TURNS_OF_STARTING,
};
use crate::process::{Frames, Process};
use crate::report;
use crate::stats::Counts;
use crate::sync::{Bug, Instant, Ordering, is_planted};
use crate::trace::{Ident, Recorder};
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
    /// What records the run, if it is recorded.
    pub(crate) recorder: Option<&'a Arc<Recorder>>,
    /// Whether the run is recorded or repeated.
    pub(crate) traced: bool,
    /// rhai, made when it is first needed.
    pub(crate) scripts: Option<Box<ScriptEngine>>,
    /// What checks fragments, in a program that was compiled for that.
    pub(crate) checking: Option<Box<Checking>>,
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
    /// Steps that the turn has altogether.
    turn: u32,
    /// Steps until it stops by itself.
    budget: Option<u64>,
    /// It has taken something in this turn that was given away, and does not give it away again before it had its turn.
    took_back: bool,
    /// Why it stops running although the run has not ended.
    pause: Option<Pause>,
    began: Instant,
    /// Turns in which others were hungry and nothing was given to them.
    patience: u32,
    /// Steps of all turns that have ended.
    spent: u64,
    /// Turns in which it left to others what was given away.
    left_there: u32,
    /// What it had spent when it took, without any work, processes that were given away.
    gift: Option<u64>,
    /// How much fuel is left when it looks up next in the middle of a turn.
    look: u32,
    /// Its number.
    pub(crate) number: usize,
}

/// Why a worker has stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The run has ended.
    Ended,
    /// There is nothing to do; the number of calls that had been made for somebody until then.
    Idle(u64),
    /// Others wait for the thread, or its steps are used up.
    Turn,
}

/// A worker that no thread runs.
pub(crate) struct Parked {
    queue: Queue,
    fuel: u32,
    rng: Option<Rng>,
    scripts: Option<Box<ScriptEngine>>,
    checking: Option<Box<Checking>>,
    functions: Stack,
    used: u32,
    frames: Frames,
    spares: Spares,
    counts: Counts,
    talks: u32,
    heard: u64,
    turn: u32,
    budget: Option<u64>,
    number: usize,
    patience: u32,
    began: Instant,
    since: Instant,
    /// It was called since it was put aside.
    pub(super) called: bool,
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
    pub(crate) fn fresh(shared: &Shared) -> Parked {
        let began = Instant::now();
        Parked {
            queue: Queue::default(),
            fuel: FUEL_PER_TURN,
            rng: shared.seed.map(Rng::new),
            scripts: None,
            checking: None,
            functions: Stack::default(),
            used: 0,
            frames: Frames::default(),
            spares: Spares::default(),
            counts: Counts::default(),
            talks: 0,
            heard: 0,
            turn: FUEL_PER_TURN,
            budget: None,
            number: shared.enlist(),
            patience: 0,
            began,
            since: began,
            called: false,
        }
    }

    /// A worker goes on, on this thread.
    pub(crate) fn resume(shared: &'a Arc<Shared>, parked: Parked) -> Worker<'a> {
        crate::sync::here_is(parked.number + 1);
        if parked.called {
            shared.coming.fetch_sub(1, Ordering::Relaxed);
        }
        let mut counts = parked.counts;
        counts.idle += parked.since.elapsed();
        Worker {
            shared,
            here: None,
            left: None,
            trap: None,
            codes: &shared.program.code,
            queue: parked.queue,
            fuel: parked.fuel,
            rng: parked.rng,
            recorder: shared.recorder.as_ref(),
            traced: shared.recorder.is_some() || shared.player.is_some(),
            scripts: parked.scripts,
            checking: parked.checking,
            functions: parked.functions,
            used: parked.used,
            frames: parked.frames,
            spares: parked.spares,
            counts,
            talks: parked.talks,
            heard: parked.heard,
            turn: parked.turn,
            budget: parked.budget,
            took_back: false,
            pause: None,
            number: parked.number,
            patience: parked.patience,
            spent: 0,
            gift: None,
            left_there: 0,
            look: 0,
            began: parked.began,
        }
    }

    /// Leaves this thread.
    pub(crate) fn leave(self) -> Parked {
        crate::sync::here_is(0);
        Parked {
            queue: self.queue,
            fuel: self.fuel,
            rng: self.rng,
            scripts: self.scripts,
            checking: self.checking,
            functions: self.functions,
            used: self.used,
            frames: self.frames,
            spares: self.spares,
            counts: self.counts,
            talks: self.talks,
            heard: self.heard,
            turn: self.turn,
            budget: self.budget,
            number: self.number,
            patience: self.patience,
            began: self.began,
            since: Instant::now(),
            called: false,
        }
    }

    /// Runs processes until the run has ended or the worker must stop for another reason.
    pub(crate) fn run(&mut self) -> Pause {
        while let Some(process) = self.next() {
            self.counts.turns += 1;
            match self.execute(process) {
                Flow::Gone => {}
                Flow::Go(process) | Flow::Yield(process) => {
                    self.queue.push(process);
                    if self.mostly_computes() && self.queue.len() > 1 && !self.took_back && self.shared.is_hungry() {
                        // it mostly computes, and so may the others here: some may do so elsewhere
                        self.donate();
                    }
                    self.end_turn();
                }
                Flow::Fail(process, trap) => {
                    if self.fail(process, *trap) {
                        break;
                    }
                }
            }
        }
        if let Some(pause) = self.pause.take() {
            return pause;
        }
        self.shared.statistics.lock().add(&self.counts, self.began.elapsed());
        // freed later, in an order that does not nest
        self.shared.leave(std::iter::from_fn(|| self.queue.pop()));
        Pause::Ended
    }

    /// At the end of a turn: whether it must stop here.
    fn must_pause(&mut self) -> bool {
        if self.shared.wants_pause() || self.budget == Some(0) {
            self.pause = Some(Pause::Turn);
        }
        self.pause.is_some()
    }

    /// The next process to run; `None` if the run has ended.
    #[inline]
    fn next(&mut self) -> Option<Process> {
        if self.rng.is_some() {
            return self.next_random();
        }
        if let Some(player) = &self.shared.player
            && player.look(self.shared, false)
        {
            return None;
        }
        let over = self.fuel == 0;
        if over {
            self.next_turn();
        }
        loop {
            if let Some(process) = self.queue.pop() {
                self.look = self.fuel.saturating_sub(FUEL_PER_LOOK);
                if !over && self.works_apart() && self.queue.len() > QUEUE_KEPT && self.shared.is_hungry() {
                    self.donate();
                }
                self.fuel -= 1;
                if !over {
                    return Some(process);
                }
                let process = self.within_limits(process)?;
                if self.must_pause() {
                    self.queue.push_next(Some(process));
                    return None;
                }
                return Some(process);
            }
            if self.shared.has_stopped() {
                return None;
            }
            self.find_work();
            if self.pause.is_some() {
                return None;
            }
        }
    }

    /// Whether a generator draws who comes next.
    #[inline]
    pub(crate) fn is_drawn(&self) -> bool {
        self.rng.is_some()
    }

    /// Whether what happens is laid down, by a generator or a trace: then nothing is quick.
    #[inline]
    pub(crate) fn is_exact(&self) -> bool {
        self.rng.is_some() || self.shared.player.is_some()
    }

    /// The others come first, although something may be left of the turn.
    fn end_turn(&mut self) {
        // taken back when the next turn begins
        self.used = self.used.wrapping_sub(self.fuel);
        self.spent = self.spent.wrapping_sub(u64::from(self.fuel));
        self.budget = self.budget.map(|budget| budget.saturating_add(u64::from(self.fuel)));
        self.fuel = 0;
    }

    /// A turn is over, another one begins.
    fn next_turn(&mut self) {
        self.used = self.used.wrapping_add(self.turn);
        self.spent = self.spent.wrapping_add(u64::from(self.turn));
        self.begin_turn(self.turn);
        self.queue.end_turn();
        if self.queue.len() > QUEUE_KEPT && self.shared.is_hungry() {
            self.patience += 1;
            let starts = 4 * self.talks >= FUEL_PER_TURN;
            let least = if starts { TURNS_OF_STARTING } else { 1 };
            if self.patience >= least.max(self.shared.reluctance()) {
                self.patience = 0;
                self.donate();
            }
        }
        self.talks = 0;
        self.heard = self.counts.communications;
        self.look_around();
    }

    /// Whether the processes of this turn compute a good deal between two things that concern others.
    fn works_apart(&self) -> bool {
        let talks = u64::from(self.talks) + (self.counts.communications - self.heard);
        u64::from(self.turn.saturating_sub(self.fuel)) > STEPS_APART * talks
    }

    /// Fills up the fuel after so many steps.
    #[inline]
    fn begin_turn(&mut self, spent: u32) {
        self.turn = FUEL_PER_TURN;
        if let Some(budget) = &mut self.budget {
            *budget = budget.saturating_sub(u64::from(spent));
        }
        // with a seed, how a run is cut into pieces must not change what happens in it
        if let Some(budget) = &self.budget
            && self.rng.is_none()
        {
            self.turn = u32::try_from(*budget).unwrap_or(u32::MAX).clamp(1, FUEL_PER_TURN);
        }
        self.fuel = self.turn;
    }

    /// Sets how many steps it may make until it stops by itself, from now on.
    pub(crate) fn allow(&mut self, steps: u64) {
        // to go on takes one
        self.budget = Some(steps.saturating_add(1));
        self.begin_turn(0);
    }

    /// The next process, if the turn lasts and nothing else is to be done: it runs at once, in what is left of the turn.
    #[inline(always)]
    pub(crate) fn next_at_once(&mut self) -> Option<Process> {
        if self.fuel <= self.look {
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
        (half.iter()).for_each(|process| self.shared.sharing.share(process.group));
        self.counts.donations += half.len() as u64;
        self.shared.inject(half);
    }

    /// Waits for work, or takes what was given away.
    fn find_work(&mut self) {
        if let Some(before) = self.gift.take() {
            self.shared.weigh_gift(self.steps().wrapping_sub(before));
        }
        if self.shared.has_injected() {
            let work = self.shared.take_injected();
            self.gift = Some(self.steps());
            return self.queue.extend(work);
        }
        let start = Instant::now();
        match self.shared.wait_for_work() {
            Work::Found(work) => {
                self.gift = Some(self.steps());
                self.queue.extend(work);
            }
            Work::None(calls) => self.pause = Some(Pause::Idle(calls)),
            Work::Ended => {}
        }
        self.counts.idle += start.elapsed();
    }

    /// All steps that it has made on this thread.
    fn steps(&self) -> u64 {
        self.spent.wrapping_add(u64::from(self.turn.saturating_sub(self.fuel)))
    }

    /// After a whole turn: what time or others have brought meanwhile.
    fn look_around(&mut self) {
        if self.shared.timers.next() != u64::MAX {
            let due = self.shared.fire_timers();
            self.queue.extend(due);
        }
        let waits = self.shared.has_injected();
        self.left_there = if waits { self.left_there + 1 } else { 0 };
        // who was called may need longer than a turn to come
        self.took_back = waits && (self.left_there > TURNS_OF_COMING || !self.shared.is_anybody_coming());
        if self.took_back {
            self.left_there = 0;
            let work = self.shared.take_injected();
            self.queue.extend(work);
        } else if !waits {
            self.shared.come_together();
        }
    }

    fn next_random(&mut self) -> Option<Process> {
        loop {
            if self.shared.has_stopped() {
                return None;
            }
            let spent = self.turn - self.fuel.min(self.turn) + 1;
            self.used = self.used.wrapping_add(spent);
            self.begin_turn(spent);
            if self.must_pause() {
                return None;
            }
            if let Some(rng) = &mut self.rng
                && let Some(process) = self.queue.pop_random(rng)
            {
                return self.within_limits(process);
            }
            self.find_work();
            if self.pause.is_some() {
                return None;
            }
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

    /// A failure ends the run; or not at once, if a run is repeated. Whether it did.
    #[cold]
    pub(crate) fn fail(&mut self, mut process: Process, trap: Trap) -> bool {
        if trap.stopped {
            return true;
        }
        if trap.quiet {
            self.shared.end(Ending::Quiet);
            return true;
        }
        let (is_limit, who) = (trap.limit, Ident::of(&process));
        if let Some(player) = &self.shared.player
            && (!is_limit || player.reaches_limit())
        {
            player.fails(self.shared, process, trap);
            return false;
        }
        let report = Box::new(report::failure(self.shared, &mut process, trap));
        let ending = if is_limit {
            Ending::Limit(report)
        } else {
            Ending::Failure(report)
        };
        self.shared.end_with(ending, who);
        true
    }
}
