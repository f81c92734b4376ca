//! What a run is told besides its program.

use crate::binding::Binding;
use crate::data::Data;
use crate::outside::Permission;
use crate::trace::Recording;
use hydra_bytecode::report::Report;
use hydra_stdlib::engine::{Functions, ScriptProgram};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The settings of a run. [`Default`] gives an empty input and drops what is printed.
pub struct Config {
    /// Runs on one worker with choices drawn from a generator with this seed, and virtual time.
    pub seed: Option<u64>,
    /// Values of params, as text.
    pub params: Vec<(String, String)>,
    /// Values of params.
    pub values: Vec<(String, Data)>,
    /// What externs are bound to.
    pub bindings: Vec<(String, Binding)>,
    /// `stdin`.
    pub stdin: Box<dyn Read + Send>,
    /// `stdout`, and what `print` writes.
    pub stdout: Box<dyn Write + Send>,
    /// `stderr`.
    pub stderr: Box<dyn Write + Send>,
    /// Whether each line of output is written at once, for somebody reads along.
    pub by_line: bool,
    /// Told of dead groups while the run goes on.
    pub on_warning: Box<dyn Fn(&Report) + Send + Sync>,
    /// What the run may use up.
    pub limits: Limits,
    /// Records the run.
    pub record: Option<Recording>,
    /// Functions of the application for fragments; the program must have been compiled with them.
    pub functions: Functions,
    /// The rhai of the program, if other runs of it with the same functions have compiled it already.
    pub scripts: Option<Arc<ScriptProgram>>,
    /// What the program may use of the outside.
    pub allowed: Vec<Permission>,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// What a run may use up. Reaching one ends it with a report, as [`Status::Limit`](crate::Status::Limit).
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Bytes of memory, with a function that tells how many the whole process uses now.
    pub memory: Option<(u64, fn() -> u64)>,
    /// Processes that are alive at once.
    pub processes: Option<u64>,
    /// Steps: backward jumps and communications, all processes together. Counted when a turn ends, so a run may take
    /// some thousand more.
    pub steps: Option<u64>,
    /// Bytes of output, all streams together.
    pub output: Option<u64>,
    /// Time from start to end, by the machine's clock.
    pub time: Option<Duration>,
}

impl Limits {
    /// These, and where one is not set that of `others`.
    #[must_use]
    pub fn or(&self, others: &Limits) -> Limits {
        Limits {
            memory: self.memory.or(others.memory),
            processes: self.processes.or(others.processes),
            steps: self.steps.or(others.steps),
            output: self.output.or(others.output),
            time: self.time.or(others.time),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            seed: None,
            params: Vec::new(),
            values: Vec::new(),
            bindings: Vec::new(),
            stdin: Box::new(std::io::empty()),
            stdout: Box::new(std::io::sink()),
            stderr: Box::new(std::io::sink()),
            by_line: false,
            on_warning: Box::new(|_| {}),
            limits: Limits::default(),
            record: None,
            functions: Functions::default(),
            scripts: None,
            allowed: Vec::new(),
            arguments: Vec::new(),
        }
    }
}

/// A run that cannot be started: a param without a value, an extern that is not bound, a name that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A writer that keeps what is written; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// What was written so far, as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was written so far, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
