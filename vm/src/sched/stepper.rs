//! A run that is driven by whoever calls it, on the thread of the caller.

use super::{Parked, Pause, Shared, Worker};
use crate::engine::{Canceller, Outcome};
use crate::limits::WORKER_STACK_BYTES;
use crate::sync::Instant;
use std::sync::Arc;
use std::time::Duration;

/// What a run can do when its steps are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It can go on.
    Running,
    /// It waits for time or for the application; for how long at most, if it is known. In virtual time a run never waits
    /// for time.
    Waiting(Option<Duration>),
    /// It has ended.
    Ended,
}

/// A run on the caller's own thread, step by step: nothing happens in it but inside of [`run_for`](Self::run_for). It
/// has no threads, except for bindings that may block. Made by [`Run::stepped`](crate::Run::stepped).
///
/// ```
/// use hydra_vm::{Captured, Program, Progress, Run};
///
/// let program = Program::compile("count.csp", "i : integer; *[ i < 100000 -> i := i + 1 ]; {print(i)}")?;
/// let printed = Captured::default();
/// let mut run = Run::new(&program).stdout(printed.clone()).stepped()?;
/// let mut slices = 0;
/// while run.run_for(10_000) == Progress::Running {
///     slices += 1;                                     // here a game would draw a frame
/// }
/// assert!((9..=11).contains(&slices), "{slices}");
/// run.finish().finished()?;
/// assert_eq!(printed.text(), "100000\n");
/// # Ok::<(), hydra_vm::Error>(())
/// ```
pub struct Stepper {
    shared: Arc<Shared>,
    /// Gone when the run has ended.
    worker: Option<Parked>,
    /// It had nothing to do when so many calls had been made.
    idle: Option<u64>,
}

impl Stepper {
    pub(crate) fn new(shared: Arc<Shared>) -> Stepper {
        let worker = Some(shared.fresh());
        Stepper {
            shared,
            worker,
            idle: None,
        }
    }

    /// Runs for about so many steps (turns of loops, communications, processes that begin or go on), or until there is
    /// nothing to do. Steps inside of a rhai fragment or a function count, but do not end it. With a seed turns are never cut, so
    /// that the run is the same however it is stepped; then some thousand more may happen.
    pub fn run_for(&mut self, steps: u64) -> Progress {
        let Some(parked) = self.worker.take() else {
            return Progress::Ended;
        };
        if steps == 0 && self.idle.is_none() {
            self.worker = Some(parked);
            return Progress::Running;
        }
        if self
            .shared
            .limits
            .time
            .is_some_and(|most| self.shared.began.elapsed() > most)
        {
            self.shared.time_is_up();
        }
        if self.idle.take().is_some() {
            self.shared.caller_is_back();
        }
        let shared = &self.shared;
        let run = || {
            let mut worker = Worker::resume(shared, parked);
            worker.allow(steps.max(1));
            (worker.run(), worker.leave())
        };
        let (pause, rest) = stacker::maybe_grow(hydra_stdlib::limits::THREAD_STACK_BYTES, WORKER_STACK_BYTES, run);
        match pause {
            Pause::Ended => {
                drop(rest);
                self.shared.one_left();
                return Progress::Ended;
            }
            Pause::Turn => {
                self.worker = Some(rest);
                return Progress::Running;
            }
            Pause::Idle(calls) => {
                self.worker = Some(rest);
                self.idle = Some(calls);
            }
        }
        let now = Instant::now();
        let goes_on = self.shared.goes_on_at();
        Progress::Waiting(goes_on.map(|at| at.saturating_duration_since(now)))
    }

    /// Waits while the run waits for time or the application, for so long at most.
    pub fn wait(&self, most: Duration) {
        if let Some(calls) = self.idle {
            let until = Instant::now().checked_add(most);
            self.shared.wait_for_call(calls, until);
        }
    }

    /// Runs to the end.
    pub fn finish(mut self) -> Outcome {
        loop {
            match self.run_for(u64::MAX) {
                Progress::Ended => break,
                Progress::Running => {}
                Progress::Waiting(_) => {
                    let most = self
                        .shared
                        .limits
                        .time
                        .map(|time| time.saturating_sub(self.shared.began.elapsed()));
                    self.wait(most.unwrap_or(Duration::MAX));
                }
            }
        }
        self.outcome()
    }

    /// Ends the run, unless it has ended, and says what came of it.
    pub fn stop(mut self) -> Outcome {
        self.end();
        self.outcome()
    }

    /// The steps that it has made.
    pub fn steps(&self) -> u64 {
        self.shared.steps()
    }

    /// What can end the run from elsewhere; it does so when it is stepped next.
    pub fn canceller(&self) -> Canceller {
        Canceller::new(&self.shared)
    }

    fn end(&mut self) {
        if self.worker.is_some() {
            self.shared.cancel();
            while self.run_for(1) != Progress::Ended {}
        }
    }

    fn outcome(&self) -> Outcome {
        let outcome = self.shared.finished.lock().outcome.take();
        outcome.unwrap_or_else(|| Outcome::lost(&self.shared))
    }
}

/// Nothing of it is left.
impl Drop for Stepper {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::fmt::Debug for Stepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stepper")
            .field("ended", &self.worker.is_none())
            .finish()
    }
}
