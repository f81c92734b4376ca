//! What fragments of rhai see of a run.

use super::Shared;
use crate::trace::{Entry, Place};
use hydra_stdlib::engine::ScriptHost;
use hydra_stdlib::limits::OPERATIONS_PER_CHECK;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A run as fragments see it. The functions of modules hold it, and the program that the run has holds these modules, so that it must
/// not keep the run.
pub(crate) struct Host(Weak<Shared>);

impl Host {
    pub(crate) fn new(shared: &Arc<Shared>) -> Host {
        Host(Arc::downgrade(shared))
    }

    /// The run, which is there as long as a worker executes a fragment of it.
    fn run(&self) -> Option<Running> {
        self.0.upgrade().map(Running)
    }
}

/// A run while a fragment asks something of it.
struct Running(Arc<Shared>);

impl Running {
    /// What the process learns: in a run that is recorded it is noted, in one that is repeated it is known.
    fn learns(&self, now: impl FnOnce() -> Entry) -> Entry {
        if let Some(recorder) = &self.0.recorder {
            let entry = now();
            Place::add(recorder, entry);
            return entry;
        }
        let player = self.0.player.as_ref();
        match player.and_then(|player| Some((player, Place::next()?))) {
            Some((player, (entry, bytes))) => {
                player.used(bytes);
                entry
            }
            None => now(),
        }
    }

    fn time(&self, now: impl FnOnce() -> Duration) -> Duration {
        let entry = self.learns(|| Entry::Time(u64::try_from(now().as_nanos()).unwrap_or(u64::MAX)));
        match entry {
            Entry::Time(time) => Duration::from_nanos(time),
            entry => {
                self.deviates(entry);
                Duration::ZERO
            }
        }
    }

    #[cold]
    fn deviates(&self, entry: Entry) {
        if let Some(player) = &self.0.player {
            let what = format!("{entry:?} comes next in the log of a process that asks for something else");
            player.deviates(&self.0, what);
        }
    }
}

impl ScriptHost for Host {
    fn print(&self, line: &str) -> Result<(), String> {
        let run = self.run().ok_or("the run has ended")?;
        crate::exec::note_line(line);
        run.0.print(Place::who(), line)
    }

    fn now(&self) -> Duration {
        self.run()
            .map_or(Duration::ZERO, |run| run.time(|| run.0.clock.elapsed()))
    }

    fn random(&self) -> u64 {
        let Some(run) = self.run() else { return 0 };
        match run.learns(|| Entry::Random(run.0.random.lock().next())) {
            Entry::Random(number) => number,
            entry => {
                run.deviates(entry);
                0
            }
        }
    }

    fn since_epoch(&self) -> Duration {
        self.run()
            .map_or(Duration::ZERO, |run| run.time(|| run.0.clock.since_epoch()))
    }

    fn stop(&self) -> bool {
        let Some(Running(shared)) = &self.run() else {
            return true;
        };
        if shared.has_stopped() {
            return true;
        }
        if let Some(player) = &shared.player
            && player.look(shared, false)
        {
            return true;
        }
        // a fragment may run for long: it counts, and is looked at, while it does
        let Err(trap) = shared.spend(OPERATIONS_PER_CHECK as u32) else {
            return false;
        };
        *shared.exceeded.lock() = Some(trap);
        true
    }
}
