//! rhai as the language uses it: which functions fragments see, what variables of the language look like to them, and
//! what becomes of what they leave behind.
//!
//! A [`ScriptProgram`] holds the rhai of one program and is shared by all workers of a run; each worker has a
//! [`ScriptEngine`] of its own, made when it runs its first fragment.

mod caught;
mod check;
mod clock;
mod error;
mod functions;
mod includes;
pub(crate) mod modules;
mod operate;
mod panics;
mod program;
mod run;
mod scripts;
mod setup;
mod view;

pub use caught::Raised;
pub use check::check_rhai;
pub(crate) use clock::register_moments;
pub use error::ScriptError;
pub(crate) use error::string_too_large;
pub use functions::{Functions, KnownFunction};
pub(crate) use includes::constants;
pub use modules::{Listed, STANDARD_MODULES, functions as standard_functions};
pub use panics::{caught, keep_quiet};
pub use program::ScriptProgram;
pub use run::{Input, Output, ScriptEngine};

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What fragments need of the machine that runs them.
pub trait ScriptHost: Send + Sync {
    /// Writes one line to the program's standard output. An error ends the fragment.
    fn print(&self, line: &str) -> Result<(), String>;

    /// Time since the program's start by the program's clock.
    fn now(&self) -> Duration;

    /// Whether the fragment that runs now must end; asked every so often while one runs.
    fn stop(&self) -> bool;

    /// A random number, each of 64 bits as likely. A host whose run has a seed draws it from there.
    fn random(&self) -> u64 {
        use std::hash::{BuildHasher, RandomState};
        // the standard library's keys are random, and each state has others
        RandomState::new().hash_one(0_u8)
    }

    /// Time since 1970 by the program's clock. A host with virtual time has its own.
    fn since_epoch(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }
}

/// Gives closures the same names in every process that has called this, where a `catch` or `print` sees them: else rhai draws what
/// they are made of. For a command that begins, before it does anything else with rhai: it holds for all of rhai in the process.
pub fn settle_names() {
    // one that has been settled otherwise stays so
    let _ = rhai::config::hashing::set_hashing_seed(Some([0x4879, 0x6472, 0x6143, 0x5350]));
}
