//! A run and its settings.

use super::{Error, ErrorKind, Program, Running};
use crate::binding::Binding;
use crate::config::{Config, Limits, Usage};
use crate::data::Data;
use crate::engine::{Canceller, Engine, Outcome};
use crate::outside::Permission;
use crate::sched::Stepper;
use crate::stats::Statistics;
use crate::trace::Recording;
use hydra_bytecode::report::Report;
use std::io::{Read, Write};

/// A run to be started: a program, its params and externs, and the rest of a [`Config`].
///
/// ```
/// use hydra_vm::{Binding, Captured, Program, Run};
///
/// let program = Program::compile("sum.csp", "
///     param factor : integer; extern numbers;
///     n, sum : integer;
///     *[ numbers ? n -> sum := sum + factor * n ];
///     {print(sum)}")?;
/// let printed = Captured::default();
/// let outcome = Run::new(&program)
///     .set("factor", 10)
///     .bind("numbers", Binding::iterator([1, 2, 3]))
///     .stdout(printed.clone())
///     .run()?;
/// let statistics = outcome.finished()?;
/// assert_eq!(printed.text(), "60\n");
/// assert_eq!(statistics.processes, 1);
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[must_use = "nothing runs before `run`"]
pub struct Run<'a> {
    program: &'a Program,
    config: Config,
    workers: Option<usize>,
}

impl<'a> Run<'a> {
    /// With an empty input, and output that is dropped.
    pub fn new(program: &'a Program) -> Run<'a> {
        Run::with(program, Config::default())
    }

    /// With these settings.
    pub fn with(program: &'a Program, mut config: Config) -> Run<'a> {
        config.functions = program.functions.clone();
        config.scripts = Some(program.scripts());
        Run {
            program,
            config,
            workers: None,
        }
    }

    /// Gives a param its value.
    pub fn set(mut self, param: &str, value: impl Into<Data>) -> Self {
        self.config.values.push((param.to_owned(), value.into()));
        self
    }

    /// Gives a param its value as a command line writes it; it is read by the param's type.
    pub fn set_text(mut self, param: &str, text: &str) -> Self {
        self.config.params.push((param.to_owned(), text.to_owned()));
        self
    }

    /// Binds an extern, or a member of a family (`card(1)`).
    pub fn bind(mut self, name: &str, binding: impl Into<Binding>) -> Self {
        self.config.bindings.push((name.to_owned(), binding.into()));
        self
    }

    /// What the program reads as `stdin`. Reads that wait are done by a thread of their own.
    pub fn stdin(mut self, source: impl Read + Send + 'static) -> Self {
        self.config.stdin = Box::new(source);
        self
    }

    /// Where `stdout` and `print` go; a [`Captured`](crate::Captured) keeps it.
    pub fn stdout(mut self, sink: impl Write + Send + 'static) -> Self {
        self.config.stdout = Box::new(sink);
        self
    }

    /// Where `stderr` goes.
    pub fn stderr(mut self, sink: impl Write + Send + 'static) -> Self {
        self.config.stderr = Box::new(sink);
        self
    }

    /// The standard streams of this process.
    pub fn standard_streams(mut self) -> Self {
        self.config.by_line = std::io::IsTerminal::is_terminal(&std::io::stdout());
        self.stdin(std::io::stdin())
            .stdout(std::io::stdout())
            .stderr(std::io::stderr())
    }

    /// Draws every choice from a generator with this seed, on one worker and in virtual time.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = Some(seed);
        self
    }

    /// What the program may use of the outside by processes of the standard library: nothing, without this.
    pub fn allow(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.config.allowed.extend(permissions);
        self
    }

    /// The arguments of the program, which its process `ARGUMENTS` outputs.
    pub fn arguments(mut self, arguments: impl IntoIterator<Item: Into<String>>) -> Self {
        self.config.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The number of workers of an engine of its own; without it, one for each core.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers);
        self
    }

    /// What it may use up.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Records the run, so that it can be repeated to the byte: see [`Trace`](crate::Trace). What the application gives to the
    /// program is in the trace, and all else that comes from outside.
    pub fn record(mut self, recording: &Recording) -> Self {
        self.config.record = Some(recording.clone());
        self
    }

    /// Told of processes that can never go on, while others do.
    pub fn on_warning(mut self, told: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.config.on_warning = Box::new(told);
        self
    }

    /// Runs the program to its end on an engine of its own.
    pub fn run(self) -> Result<Outcome, Error> {
        Ok(self.start()?.wait())
    }

    /// Starts the program on an engine of its own.
    pub fn start(self) -> Result<Running, Error> {
        let engine = match (self.config.seed, self.workers) {
            (Some(_), _) => Engine::new(1)?,
            (None, Some(workers)) => Engine::new(workers)?,
            (None, None) => Engine::builder().build()?,
        };
        self.start_on(&engine)
    }

    /// Starts the program on an engine that is used again and again.
    pub fn start_on(self, engine: &Engine) -> Result<Running, Error> {
        engine.start(self.program.module.clone(), self.config).map_err(usage)
    }

    /// Runs the program to its end on an engine that is used again and again; before it begins, `starts` gets what can
    /// cancel it.
    pub fn run_on(self, engine: &Engine, starts: impl FnOnce(Canceller)) -> Result<Outcome, Error> {
        engine
            .run_with(self.program.module.clone(), self.config, starts)
            .map_err(usage)
    }

    /// Prepares the program to be run step by step on the caller's own thread.
    pub fn stepped(self) -> Result<Stepper, Error> {
        crate::engine::step(self.program.module.clone(), self.config).map_err(usage)
    }
}

fn usage(usage: Usage) -> Error {
    Error::message(ErrorKind::Usage, usage.0)
}

impl Outcome {
    /// What the run did, if the program ran to its end; else what went wrong.
    pub fn finished(mut self) -> Result<Statistics, Error> {
        let statistics = std::mem::take(&mut self.statistics);
        match Error::of(self) {
            None => Ok(statistics),
            Some(error) => Err(error),
        }
    }
}
