//! What fragments of rhai see of a run.

use super::Shared;
use crate::trace::{Entry, Place};
use hydra_stdlib::engine::ScriptHost;
use hydra_stdlib::limits::OPERATIONS_PER_CHECK;
use std::sync::Arc;
use std::time::Duration;

/// A run as fragments see it.
pub(crate) struct Host {
    pub(crate) shared: Arc<Shared>,
    /// Whose fragment it is, in a run that is recorded or repeated.
    pub(crate) place: Option<Arc<Place>>,
}

impl Host {
    /// What the process learns: in a run that is recorded it is noted, in one that is repeated it is known.
    fn learns(&self, now: impl FnOnce() -> Entry) -> Entry {
        let Some(place) = &self.place else { return now() };
        if let Some(recorder) = &self.shared.recorder {
            let entry = now();
            place.add(recorder, entry);
            return entry;
        }
        match (&self.shared.player, place.next()) {
            (Some(player), Some((entry, bytes))) => {
                player.used(bytes);
                entry
            }
            _ => now(),
        }
    }

    fn time(&self, now: impl FnOnce() -> Duration) -> Duration {
        // more nanoseconds than this are in no entry: 73 years
        const MOST: u64 = u64::MAX >> 3;
        let entry = self.learns(|| Entry::Time(u64::try_from(now().as_nanos()).unwrap_or(MOST).min(MOST)));
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
        if let Some(player) = &self.shared.player {
            let what = format!("{entry:?} comes next in the log of a process that asks for something else");
            player.deviates(&self.shared, what);
        }
    }
}

impl ScriptHost for Host {
    fn print(&self, line: &str) -> Result<(), String> {
        let who = self.place.as_ref().map(|place| place.who());
        self.shared.print(who.unwrap_or_default(), line)
    }

    fn now(&self) -> Duration {
        self.time(|| self.shared.clock.elapsed())
    }

    fn random(&self) -> u64 {
        match self.learns(|| Entry::Random(self.shared.random.lock().next())) {
            Entry::Random(number) => number,
            entry => {
                self.deviates(entry);
                0
            }
        }
    }

    fn since_epoch(&self) -> Duration {
        self.time(|| self.shared.clock.since_epoch())
    }

    fn stop(&self) -> bool {
        let shared = &self.shared;
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
