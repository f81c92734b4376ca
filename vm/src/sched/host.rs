//! What fragments of rhai see of a run.

use super::Shared;
use hydra_stdlib::engine::ScriptHost;
use hydra_stdlib::limits::OPERATIONS_PER_CHECK;
use std::sync::Arc;
use std::time::Duration;

/// A run as fragments see it.
pub(crate) struct Host(pub(crate) Arc<Shared>);

impl ScriptHost for Host {
    fn print(&self, line: &str) -> Result<(), String> {
        self.0.print(line)
    }

    fn now(&self) -> Duration {
        self.0.clock.elapsed()
    }

    fn random(&self) -> u64 {
        self.0.random.lock().next()
    }

    fn since_epoch(&self) -> Duration {
        self.0.clock.since_epoch()
    }

    fn stop(&self) -> bool {
        let shared = &self.0;
        if shared.has_stopped() {
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
