//! Starts and ends runs.

use crate::bind::Standard;
use crate::chan::{Directory, Group, GroupRef, Section};
use crate::config::{Config, Usage};
use crate::data::{Data, to_value};
use crate::process::{Frames, Process};
use crate::program::Program;
use crate::report;
use crate::sched::{Ending, Shared, Worker};
use crate::stats::Statistics;
use crate::sync::{Ordering, Threads};
use hydra_bytecode::report::Report;
use hydra_bytecode::{Const, Kind, Module, Source as Text, Type, VerifiedModule};
use hydra_stdlib::value::{Value, convert, from_const};
use std::sync::Arc;
use std::time::Duration;

/// Threads that run programs.
pub struct Engine {
    threads: Threads,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The main process has ended, or nobody reads its output any more.
    Done,
    /// A failure.
    Failure,
    /// No process could go on.
    Deadlock,
    /// A limit was reached.
    Limit,
    /// It was cancelled.
    Cancelled,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// Why, unless it is done.
    pub report: Option<Report>,
    /// The program's sources, which the report's spans index.
    pub sources: Vec<Text>,
    /// What it did.
    pub statistics: Statistics,
}

/// Ends a run from another thread.
#[derive(Clone)]
pub struct Canceller(std::sync::Weak<Shared>);

impl Canceller {
    /// Asks the run to end; its outcome says who waited for whom.
    pub fn cancel(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.cancel();
        }
    }

    /// Writes out what was printed so far, as far as nobody is writing: the last thing to do when the process must end.
    pub fn flush_now(&self) {
        if let Some(shared) = self.0.upgrade() {
            shared.streams.try_flush();
        }
    }
}

impl Engine {
    /// An engine with a number of workers, at least one, each a thread of a pool of its own.
    pub fn new(workers: usize) -> Result<Engine, String> {
        Threads::new(workers).map(|threads| Engine { threads })
    }

    /// Runs a program to its end.
    pub fn run(&self, module: VerifiedModule, config: Config) -> Result<Outcome, Usage> {
        self.run_with(module, config, |_| {})
    }

    /// Runs a program to its end; `started` gets what can cancel it.
    pub fn run_with(
        &self,
        module: VerifiedModule,
        config: Config,
        started: impl FnOnce(Canceller),
    ) -> Result<Outcome, Usage> {
        let workers = if config.seed.is_some() { 1 } else { self.threads.count() };
        let program = Arc::new(Program::new(module));
        let module = &program.module;
        let params = params(&program, &config.params, &config.values)?;
        let standard = Standard {
            stdin: config.stdin,
            stdout: config.stdout,
            stderr: config.stderr,
            by_line: config.by_line,
        };
        let mut streams = crate::bind::streams(module, &params, config.bindings, standard)?;
        streams.most = config.limits.output;
        let only = Section {
            base: 0,
            count: 1,
            ranges: Box::new([]),
        };
        let root = Group::new(u16::MAX, 1, [Directory::default()].into(), [only].into(), None);
        let main = &module.routines[0];
        let mut process = Process::new(
            GroupRef::of(&root),
            0,
            0,
            (main.scalars, main.references),
            &mut Frames::default(),
        );
        if main.names > 0 {
            process.names().resize(usize::from(main.names), crate::chan::Name::None);
        }
        let shared = Arc::new(Shared::new(
            program.clone(),
            params,
            streams,
            root.clone(),
            config.seed,
            workers,
            config.on_warning,
            config.limits,
        ));
        shared.inject([process]);
        started(Canceller(Arc::downgrade(&shared)));
        let _watch = shared.limits.time.map(|time| watch_time(&shared, time));
        self.threads.run(workers > 1, || Worker::new(&shared).run());
        shared.flush();
        let outcome = outcome(&shared);
        shared.clear();
        Group::dismantle(root);
        Ok(outcome)
    }
}

/// Ends the run when its time is up. The thread ends with the sender that is returned.
fn watch_time(shared: &Arc<Shared>, time: Duration) -> std::sync::mpsc::Sender<()> {
    let (ended, end) = std::sync::mpsc::channel::<()>();
    let watched = Arc::downgrade(shared);
    let watch = move || {
        if end.recv_timeout(time) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            && let Some(shared) = watched.upgrade()
        {
            shared.time_is_up();
        }
    };
    if std::thread::Builder::new()
        .name("hydra timeout".into())
        .spawn(watch)
        .is_err()
    {
        shared.time_is_up();
    }
    ended
}

fn outcome(shared: &Shared) -> Outcome {
    let (status, report) = match shared.take_ending() {
        Some(Ending::Done | Ending::Quiet) => (Status::Done, None),
        Some(Ending::Failure(report)) => (Status::Failure, Some(report)),
        Some(Ending::Deadlock(report)) => (Status::Deadlock, Some(report)),
        Some(Ending::Limit(report)) => (Status::Limit, Some(report)),
        None if shared.is_late() => (Status::Limit, Some(Box::new(report::late(shared)))),
        None => (Status::Cancelled, Some(Box::new(report::interrupted(shared)))),
    };
    let mut statistics = std::mem::take(&mut *shared.statistics.lock());
    statistics.time = shared.began.elapsed();
    statistics.processes += 1;
    statistics.most_alive = shared.most_alive.load(Ordering::Relaxed);
    Outcome {
        status,
        report: report.map(|report| *report),
        sources: shared.program.module.sources.clone(),
        statistics,
    }
}

/// The value of a param as it is written on a command line.
fn read_param(module: &Module, ty: u16, text: &str) -> Option<Value> {
    Some(match &module.types[usize::from(ty)] {
        Type::String => Value::String(text.into()),
        Type::Scalar(Kind::Integer) => Value::Integer(text.trim().parse().ok()?),
        Type::Scalar(Kind::Real) => Value::Real(text.trim().parse().ok().filter(|x: &f64| x.is_finite())?),
        Type::Scalar(Kind::Boolean) => Value::Boolean(text.trim().parse().ok()?),
        Type::Scalar(Kind::Character) => {
            let mut letters = text.chars();
            let only = letters.next().filter(|_| letters.next().is_none());
            Value::Character(only?)
        }
        _ => return None,
    })
}

fn type_name(module: &Module, ty: u16) -> &'static str {
    match &module.types[usize::from(ty)] {
        Type::Scalar(kind) => kind.name(),
        _ => "string",
    }
}

fn params(program: &Program, given: &[(String, String)], values: &[(String, Data)]) -> Result<Vec<Value>, Usage> {
    let module = &program.module;
    let names = given.iter().map(|(name, _)| name);
    for name in names.chain(values.iter().map(|(name, _)| name)) {
        if !module.params.iter().any(|param| &param.name == name) {
            let known: Vec<&str> = module.params.iter().map(|param| param.name.as_str()).collect();
            let known = if known.is_empty() {
                "it has none".into()
            } else {
                format!("it has {}", known.join(", "))
            };
            return Err(Usage(format!("the program has no param {name} ({known})")));
        }
    }
    let value = |param: &hydra_bytecode::Param| {
        let ty = type_name(module, param.ty);
        if let Some((name, data)) = values.iter().rev().find(|(name, _)| *name == param.name) {
            let value =
                to_value(data, &program.symbols).map_err(|problem| Usage(format!("param {name}: {problem}")))?;
            return convert(
                value,
                param.ty,
                &module.types,
                &mut std::iter::empty(),
                &program.symbols,
            )
            .map_err(|_| Usage(format!("param {name} is of type {ty}, and {data} is none")));
        }
        match given.iter().rev().find(|(name, _)| *name == param.name) {
            Some((name, text)) => read_param(module, param.ty, text)
                .ok_or_else(|| Usage(format!("param {name} is of type {ty}, and {text:?} is none"))),
            None => match &param.default {
                Some(Const::Integer(n)) if ty == "real" => Ok(Value::Real(*n as f64)),
                Some(default) => Ok(from_const(default)),
                None => Err(Usage(format!(
                    "param {} has no value; give one with --set {0}=VALUE ({ty})",
                    param.name
                ))),
            },
        }
    };
    module.params.iter().map(value).collect()
}
