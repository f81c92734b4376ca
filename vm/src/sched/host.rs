//! What fragments of rhai see of a run.

use super::Shared;
use crate::trace::{Entry, Place};
use hydra_stdlib::engine::ScriptHost;
use hydra_stdlib::limits::OPERATIONS_PER_CHECK;
use std::sync::Arc;
use std::time::Duration;

/// A run as fragments see it.
pub(crate) struct Host(pub(crate) Arc<Shared>);

impl Host {
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
        crate::exec::note_line(line);
        self.0.print(Place::who(), line)
    }

    fn now(&self) -> Duration {
        self.time(|| self.0.clock.elapsed())
    }

    fn random(&self) -> u64 {
        match self.learns(|| Entry::Random(self.0.random.lock().next())) {
            Entry::Random(number) => number,
            entry => {
                self.deviates(entry);
                0
            }
        }
    }

    fn since_epoch(&self) -> Duration {
        self.time(|| self.0.clock.since_epoch())
    }

    fn stop(&self) -> bool {
        let shared = &self.0;
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
