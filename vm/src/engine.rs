//! Starts and ends runs.

use crate::binding::Binding;
use crate::chan::{Directory, Group, Member, Section};
use crate::config::{Config, Usage};
use crate::data::{Data, to_value};
use crate::host::{ExternTable, Input, Output, Source, Streams, Values};
use crate::limits::WORKER_STACK_BYTES;
use crate::process::Process;
use crate::program::Program;
use crate::report;
use crate::sched::{Ending, Shared, Worker};
use crate::stats::Statistics;
use crate::sync::{AtomicUsize, Lock, Ordering};
use hydra_bytecode::report::Report;
use hydra_bytecode::{Bound, Const, Kind, Module, Op, Source as Text, Target, Type, VerifiedModule};
use hydra_stdlib::value::{Value, convert, from_const};
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

/// Threads that run programs.
pub struct Engine {
    pool: rayon::ThreadPool,
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
        rayon::ThreadPoolBuilder::new()
            .num_threads(workers.max(1))
            .stack_size(WORKER_STACK_BYTES)
            .thread_name(|number| format!("hydra worker {number}"))
            .build()
            .map(|pool| Engine { pool })
            .map_err(|problem| problem.to_string())
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
        let workers = if config.seed.is_some() {
            1
        } else {
            self.pool.current_num_threads()
        };
        let program = Arc::new(Program::new(module));
        let module = &program.module;
        let params = params(&program, &config.params, &config.values)?;
        let mut streams = streams(
            module,
            &params,
            config.bindings,
            config.stdin,
            config.stdout,
            config.stderr,
            config.by_line,
        )?;
        streams.most = config.limits.output;
        let root = Arc::new(Group {
            members: [Member::new()].into(),
            families: [Directory::default()].into(),
            sections: [Section {
                base: 0,
                count: 1,
                ranges: Box::new([]),
            }]
            .into(),
            parallel: u16::MAX,
            parent: None,
            remaining: AtomicUsize::new(1),
            join: Lock::new(None),
        });
        let main = &module.routines[0];
        let mut process = Process::new(root.clone(), 0, 0, main.scalars, main.references);
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
        if workers == 1 {
            self.pool.install(|| Worker::new(&shared).run());
        } else {
            self.pool.broadcast(|_| Worker::new(&shared).run());
        }
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

/// Types of what the program may input from an extern.
fn input_types(module: &Module, host: u16) -> Vec<u16> {
    let code = module.routines.iter().flat_map(|routine| &routine.code);
    let inputs = code.filter(|instr| matches!(instr.op, Op::RecvS | Op::RecvV | Op::GuardS | Op::GuardV));
    let guards = module.choices.iter().flat_map(|choice| &choice.guards);
    let ports = (inputs.map(|instr| instr.d)).chain(guards.filter_map(|guard| guard.input.map(|(port, _)| port)));
    let ports = ports.map(|port| &module.ports[usize::from(port)]);
    let may = |target: &Target| matches!(target, Target::Formal(_)) || *target == Target::Host(host);
    let mut types: Vec<u16> = ports.filter(|port| may(&port.target)).map(|port| port.ty).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// Whether the program surely inputs from, or outputs to, an extern.
fn directions(module: &Module, host: u16) -> (bool, bool) {
    let is_host = |port: u16| module.ports[usize::from(port)].target == Target::Host(host);
    let (mut input, mut output) = (false, false);
    for instr in module.routines.iter().flat_map(|routine| &routine.code) {
        match instr.op {
            Op::SendS | Op::SendV => output |= is_host(instr.d),
            Op::RecvS | Op::RecvV | Op::GuardS | Op::GuardV => input |= is_host(instr.d),
            _ => {}
        }
    }
    let guards = module.choices.iter().flat_map(|choice| &choice.guards);
    input |= guards.filter_map(|guard| guard.input).any(|(port, _)| is_host(port));
    (input, output)
}

fn streams(
    module: &Module,
    params: &[Value],
    mut bindings: Vec<(String, Binding)>,
    stdin: Box<dyn Read + Send>,
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    by_line: bool,
) -> Result<Streams, Usage> {
    let mut streams = Streams::default();
    streams.add(Some(Input::new("stdin", Source::Slow(stdin))), None);
    streams.add(None, Some(Output::new("stdout", stdout, by_line)));
    streams.add(None, Some(Output::new("stderr", stderr, true)));
    let bound = |bound: Bound| match bound {
        Bound::Constant(value) => value,
        Bound::Param(param) => match params.get(usize::from(param)) {
            Some(Value::Integer(value)) => *value,
            _ => 0,
        },
    };
    for (number, entry) in module.externs.iter().enumerate() {
        let host = number as u16 + 3;
        let ranges: Vec<(i64, i64)> = entry
            .ranges
            .iter()
            .map(|&(low, high)| (bound(low), bound(high)))
            .collect();
        let mut table = ExternTable {
            ranges: ranges.clone(),
            streams: Vec::new(),
        };
        let (mut input, mut output) = directions(module, host);
        if !input && !output {
            // used through definitions only: whatever it turns out to be
            (input, output) = (true, true);
        }
        let mut subscripts: Vec<i64> = ranges.iter().map(|range| range.0).collect();
        let mut more = ranges.iter().all(|(low, high)| low <= high);
        while more {
            let texts: Vec<String> = subscripts.iter().map(i64::to_string).collect();
            let name = if texts.is_empty() {
                entry.name.clone()
            } else {
                format!("{}({})", entry.name, texts.join(","))
            };
            let at = bindings.iter().rposition(|(bound, _)| bound.replace(' ', "") == name);
            let Some(at) = at else {
                return Err(Usage(format!(
                    "extern {name} is not bound; bind it with --bind '{name}=FILE'"
                )));
            };
            let (_, binding) = bindings.remove(at);
            bindings.retain(|(bound, _)| bound.replace(' ', "") != name);
            table.streams.push(match binding {
                Binding::Values(ends) => streams.add_values(Values::new(&name, ends, input_types(module, host))),
                binding => open(&mut streams, &name, &binding, input, output)?,
            });
            more = false;
            for (subscript, &(low, high)) in subscripts.iter_mut().zip(&ranges).rev() {
                if *subscript < high {
                    *subscript += 1;
                    more = true;
                    break;
                }
                *subscript = low;
            }
        }
        streams.externs.push(table);
    }
    if let Some((name, _)) = bindings.first() {
        return Err(Usage(format!("the program has no extern {name}")));
    }
    Ok(streams)
}

fn open(streams: &mut Streams, name: &str, binding: &Binding, input: bool, output: bool) -> Result<u32, Usage> {
    let Binding::File(path) = binding else {
        return Ok(streams.standard());
    };
    let shown = path.display().to_string();
    let problem =
        |what: &str, problem: std::io::Error| Usage(format!("extern {name}: cannot {what} {shown}: {problem}"));
    let mut reader = None;
    if input && (path.exists() || !output) {
        let file = std::fs::File::open(path).map_err(|e| problem("read", e))?;
        let metadata = file.metadata().map_err(|e| problem("read", e))?;
        if metadata.is_dir() {
            return Err(problem("read", std::io::ErrorKind::IsADirectory.into()));
        }
        let source = if metadata.is_file() {
            Source::File(file)
        } else {
            Source::Slow(Box::new(file))
        };
        reader = Some(Input::new(&shown, source));
    }
    let mut writer = None;
    if output && reader.is_none() {
        let file = std::fs::File::create(path).map_err(|e| problem("write", e))?;
        writer = Some(Output::new(&shown, Box::new(file), false));
    }
    Ok(streams.add(reader, writer))
}
