//! Moments at which runs are woken that wait for time, and at which they must have ended: one thread for all runs of an
//! engine, started when it is first needed.

use super::Shared;
use crate::sync::{Condvar, Instant, Mutex};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// What happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Alarm {
    /// A timer of the run is due.
    Timer,
    /// The run has taken as long as it may.
    Limit,
}

/// The alarms of an engine's runs. The thread ends with this.
#[derive(Default)]
pub(crate) struct Alarms(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    set: BTreeMap<(Instant, u64, Alarm), Weak<Shared>>,
    running: bool,
    closed: bool,
}

impl Alarms {
    /// Sets an alarm; the error says why there is nobody to watch it.
    pub(crate) fn set(&self, at: Instant, alarm: Alarm, number: u64, run: Weak<Shared>) -> std::io::Result<()> {
        let mut state = self.0.state.lock();
        if !state.running {
            let inner = self.0.clone();
            crate::sync::spawn("hydra time", None, move || inner.watch())?;
            state.running = true;
        }
        let first = state.set.first_key_value().is_none_or(|((first, ..), _)| at < *first);
        state.set.insert((at, number, alarm), run);
        if first {
            self.0.changed.notify_one();
        }
        Ok(())
    }

    /// Takes an alarm back.
    pub(crate) fn unset(&self, at: Instant, alarm: Alarm, number: u64) {
        self.0.state.lock().set.remove(&(at, number, alarm));
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        self.0.state.lock().closed = true;
        self.0.changed.notify_one();
    }
}

impl Inner {
    fn watch(&self) {
        let mut state = self.state.lock();
        while !state.closed {
            let now = Instant::now();
            let Some(&(at, number, alarm)) = state.set.keys().next() else {
                self.changed.wait(&mut state);
                continue;
            };
            if at > now {
                self.changed.wait_until(&mut state, at);
                continue;
            }
            let run = state.set.remove(&(at, number, alarm)).and_then(|run| run.upgrade());
            drop(state);
            if let Some(run) = run {
                match alarm {
                    Alarm::Timer => run.alarm(),
                    Alarm::Limit => run.time_is_up(),
                }
            }
            state = self.state.lock();
        }
    }
}
