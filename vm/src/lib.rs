//! The virtual machine of Hydra: runs CSP processes as green tasks on all cores.
//!
//! [`cspexec`] compiles and runs a text. A [`Program`], compiled or loaded, is run by a [`Run`] with params, externs bound
//! to values of the application, and captured output. Nothing here prints, ends the process, or keeps state behind the
//! application's back.
//!
#![doc = include_str!("../EMBEDDING.md")]

mod bind;
mod binding;
mod chan;
mod config;
mod data;
mod embed;
mod engine;
mod error;
mod exec;
mod host;
mod limits;
mod outside;
mod params;
mod process;
mod program;
mod report;
mod sched;
mod stats;
mod sync;
mod trace;

/// What a model checker needs beside the machine: faults to plant.
#[cfg(hydra_model)]
pub mod model {
    pub use crate::sync::Bug;
    pub use crate::sync::model::plant;
}

pub use binding::{Answer, Binding, Ends, Text};
pub use config::{Captured, Config, Limits, Usage};
pub use data::{Data, DataError, IntoData, Serde, WrongData, from_data, to_data};
#[cfg(feature = "compiler")]
pub use embed::{Compiler, cspexec};
pub use embed::{Error, ErrorKind, Program, Replay, Run, Running, Trace};
pub use embed::{Receiver, RecvError, SendError, SendFuture, Sender, channel};
pub use engine::{Canceller, Engine, EngineBuilder, Outcome, Status};
#[cfg(all(feature = "counts", not(hydra_model)))]
pub use exec::counts::lines as instruction_counts;
pub use hydra_bytecode as bytecode;
pub use hydra_bytecode::report::{Note, Report, Severity};
pub use hydra_bytecode::{Source, Span};
pub use hydra_stdlib::engine::Functions;
pub use outside::Permission;
pub use rhai;
pub use sched::{Progress, Stepper};
pub use stats::{Statistics, WorkerStatistics};
pub use trace::Recording;

use hydra_bytecode::VerifiedModule;

/// Reads and verifies the bytes of an `.hbc` file. The error is one line.
pub fn load(bytes: &[u8]) -> Result<VerifiedModule, String> {
    let module = hydra_bytecode::decode(bytes).map_err(|problem| problem.to_string())?;
    hydra_bytecode::verify(module).map_err(|problem| problem.to_string())
}

#[cfg(feature = "compiler")]
mod source;
#[cfg(feature = "compiler")]
pub use source::{Compiled, compile, compile_file, compile_file_paranoid};
