//! The virtual machine of Hydra: runs CSP processes as green tasks on all cores.
//!
//! A program is compiled to a module (by `hydrac`, or by [`compile`] with the default feature `compiler`), verified, and
//! run by an [`Engine`]:
//!
//! ```
//! # #[cfg(feature = "compiler")] {
//! use hydra_vm::{Config, Engine, Status};
//!
//! let text = "[[ a :: b ! 6 || b :: n : integer; a ? n; {print(n * 7)} ]]";
//! let module = hydra_vm::compile("answer.csp", text).expect("the program has no errors");
//! let engine = Engine::new(2).expect("threads can be started");
//! let printed = hydra_vm::Captured::default();
//! let config = Config { stdout: Box::new(printed.clone()), ..Config::default() };
//! let outcome = engine.run(module, config).expect("all params are set");
//! assert_eq!(outcome.status, Status::Done);
//! assert_eq!(printed.text(), "42\n");
//! # }
//! ```

mod bind;
mod chan;
mod config;
mod engine;
mod error;
mod exec;
mod host;
mod limits;
mod process;
mod program;
mod report;
mod sched;
mod stats;
mod sync;

pub use config::{Binding, Captured, Config, Limits, Usage};
pub use engine::{Canceller, Engine, Outcome, Status};
pub use hydra_bytecode as bytecode;
pub use stats::{Statistics, WorkerStatistics};

use hydra_bytecode::VerifiedModule;

/// Reads and verifies the bytes of an `.hbc` file. The error is one line.
pub fn load(bytes: &[u8]) -> Result<VerifiedModule, String> {
    let module = hydra_bytecode::decode(bytes).map_err(|problem| problem.to_string())?;
    hydra_bytecode::verify(module).map_err(|problem| problem.to_string())
}

#[cfg(feature = "compiler")]
mod source;
#[cfg(feature = "compiler")]
pub use source::{Compiled, compile, compile_file};
