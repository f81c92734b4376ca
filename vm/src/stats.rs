//! What a run did, counted by each worker for itself and added up at the end.

use std::time::Duration;

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// From start to end.
    pub time: Duration,
    /// Processes made, the main process among them.
    pub processes: u64,
    /// Most processes that were alive at once.
    pub most_alive: u64,
    /// Communications, those with streams among them.
    pub communications: u64,
    /// Rounds of alternatives and repetitions that waited for inputs, delays or several guards.
    pub choices: u64,
    /// Fragments evaluated by rhai.
    pub fragments: u64,
    /// Processes that a worker gave to others.
    pub donations: u64,
    /// Each worker.
    pub workers: Vec<WorkerStatistics>,
}

/// What one worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorkerStatistics {
    /// Time in which it had processes to run.
    pub busy: Duration,
    /// Turns of processes.
    pub turns: u64,
}

/// A worker's own counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) processes: u64,
    pub(crate) communications: u64,
    pub(crate) choices: u64,
    pub(crate) fragments: u64,
    pub(crate) donations: u64,
    pub(crate) turns: u64,
    pub(crate) idle: Duration,
}

impl Statistics {
    /// Adds what a worker did in a run that took `time` so far.
    pub(crate) fn add(&mut self, counts: &Counts, time: Duration) {
        self.processes += counts.processes;
        self.communications += counts.communications;
        self.choices += counts.choices;
        self.fragments += counts.fragments;
        self.donations += counts.donations;
        self.workers.push(WorkerStatistics {
            busy: time.saturating_sub(counts.idle),
            turns: counts.turns,
        });
    }
}
