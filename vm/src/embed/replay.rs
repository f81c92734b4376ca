//! Recorded runs, to be repeated.

use super::{Error, ErrorKind};
use crate::binding::Binding;
use crate::config::{Config, Limits};
use crate::engine::{Canceller, Outcome};
use crate::trace::Contents;
use hydra_bytecode::report::Report;
use hydra_stdlib::engine::Functions;
use std::io::Write;

/// A recorded run: the program, and what was not determined in it. [`Run::record`](crate::Run::record) makes it, or
/// `hydra-vm run --record`.
///
/// ```
/// use hydra_vm::{Captured, Program, Recording, Run, Trace};
///
/// let program = Program::compile("race.csp", "
///     [[ a(i:1..3) :: first ! i
///     || first :: n : integer; *[ (i:1..3) a(i) ? n -> {print(n)} ]
///     ]]")?;
/// let (trace, printed, again) = (Captured::default(), Captured::default(), Captured::default());
/// Run::new(&program).record(&Recording::new(trace.clone())).stdout(printed.clone()).workers(2).run()?.finished()?;
/// Trace::read(&trace.bytes())?.replay().stdout(again.clone()).run()?.finished()?;
/// assert_eq!(printed.text(), again.text());
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[derive(Debug)]
pub struct Trace {
    contents: Contents,
}

impl Trace {
    /// Reads the bytes of a trace, and verifies its program. What comes of a trace that was changed is an error, here or when it
    /// is replayed.
    pub fn read(bytes: &[u8]) -> Result<Trace, Error> {
        match crate::trace::read(bytes) {
            Ok(contents) => Ok(Trace { contents }),
            Err(problem) => Err(Error::message(ErrorKind::Trace, problem)),
        }
    }

    /// The program that was run.
    pub fn module(&self) -> &hydra_bytecode::VerifiedModule {
        &self.contents.module
    }

    /// How many workers the run had.
    pub fn workers(&self) -> usize {
        self.contents.start.workers as usize
    }

    /// Whether the end of the run is in it: not if it was killed.
    pub fn is_whole(&self) -> bool {
        self.contents.end.is_some()
    }

    /// The number of the signal that ended the run, if one did.
    pub fn signal(&self) -> Option<u8> {
        match self.contents.end {
            Some((crate::trace::How::Cancelled(signal), _)) if signal > 0 => Some(signal),
            _ => None,
        }
    }

    /// Prepares to repeat the run.
    pub fn replay(self) -> Replay {
        Replay {
            contents: self.contents,
            config: Config::default(),
        }
    }
}

/// A recorded run that is to be repeated: on one worker, with all that came from outside, without waiting for time. Output is dropped
/// if it is not told where it goes; nothing is read, nothing is sent, no file is written, and no sink of the application is given
/// anything.
#[must_use = "nothing runs before `run`"]
pub struct Replay {
    contents: Contents,
    config: Config,
}

impl Replay {
    /// Where `stdout` and `print` go.
    pub fn stdout(mut self, sink: impl Write + Send + 'static) -> Self {
        self.config.stdout = Box::new(sink);
        self
    }

    /// Where `stderr` goes.
    pub fn stderr(mut self, sink: impl Write + Send + 'static) -> Self {
        self.config.stderr = Box::new(sink);
        self
    }

    /// Where output to an extern goes, or to a member of a family (`card(1)`): a file, a
    /// [writer](Binding::writer), or the standard output.
    pub fn bind(mut self, name: &str, binding: impl Into<Binding>) -> Self {
        self.config.bindings.push((name.replace(' ', ""), binding.into()));
        self
    }

    /// The standard outputs of this process.
    pub fn standard_streams(mut self) -> Self {
        self.config.by_line = std::io::IsTerminal::is_terminal(&std::io::stdout());
        self.stdout(std::io::stdout()).stderr(std::io::stderr())
    }

    /// Functions of the application that the program was compiled with. They must give the same as they did.
    pub fn functions(mut self, functions: &Functions) -> Self {
        self.config.functions = functions.clone();
        self
    }

    /// What the replay may use up; the limits of the recorded run do not count.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Told of processes that can never go on, when the recorded run was.
    pub fn on_warning(mut self, told: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.config.on_warning = Box::new(told);
        self
    }

    /// Repeats the run: the outcome is that of the recorded one, with the same report. The error says that the trace does not fit, or
    /// where it was cut off; what was printed until then was printed in the recorded run, too.
    pub fn run(self) -> Result<Outcome, Error> {
        self.run_with(|_| {})
    }

    /// As [`run`](Self::run); before it begins, `starts` gets what can cancel it.
    pub fn run_with(self, starts: impl FnOnce(Canceller)) -> Result<Outcome, Error> {
        crate::engine::replay(self.contents, self.config, starts)
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replay")
    }
}
