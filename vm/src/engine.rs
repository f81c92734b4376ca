//! Starts and ends runs.

use crate::bind::Standard;
use crate::chan::{Directory, Group, GroupRef, Layout, Section};
use crate::config::{Config, Limits, Usage};
use crate::embed::{Error, ErrorKind, Running};
use crate::host::Streams;
use crate::outside::{Outside, Permission};
use crate::process::{Frames, Process};
use crate::program::Program;
use crate::report;
use crate::sched::{Crew, Driver, Ending, Shared, Stepper};
use crate::stats::Statistics;
use crate::sync::Ordering;
use crate::trace::{Contents, How, Player, Recorder, Scalar, Start};
use hydra_bytecode::report::Report;
use hydra_bytecode::{Source as Text, VerifiedModule};
use hydra_stdlib::engine::Functions;
use hydra_stdlib::value::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Threads that run programs, many at the same time. A program that waits for time or the outside keeps none of them.
///
/// ```
/// use hydra_vm::{Binding, Engine, Limits, Program, Run};
///
/// let engine = Engine::builder().workers(2).limits(Limits { steps: Some(1_000_000), ..Limits::default() }).build()?;
/// let program = Program::compile("waits.csp", "extern e; n : integer; e ? n; {print(n)}")?;
/// let (sender, receiver) = hydra_vm::channel::<i64>();
/// let waiting = Run::new(&program).bind("e", receiver).start_on(&engine)?;   // this one waits
/// let quick = Program::compile("quick.csp", "{print(1)}")?;
/// Run::new(&quick).start_on(&engine)?.wait().finished()?;                     // and others run
/// sender.send(7)?;
/// waiting.wait().finished()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A clone is the same engine. The threads end when the last clone is dropped, and all that was started on it has ended.
#[derive(Clone)]
pub struct Engine {
    crew: Arc<Crew>,
    limits: Limits,
    seed: Option<u64>,
    allowed: Vec<Permission>,
}

/// Settings of an [`Engine`].
#[derive(Default)]
#[must_use = "nothing happens before `build`"]
pub struct EngineBuilder {
    workers: Option<usize>,
    pool: Option<Arc<rayon::ThreadPool>>,
    limits: Limits,
    seed: Option<u64>,
    allowed: Vec<Permission>,
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
#[derive(Clone, Debug)]
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

impl Outcome {
    /// Of a run of which nobody knows what came of it, which cannot happen.
    pub(crate) fn lost(shared: &Shared) -> Outcome {
        let event = hydra_bytecode::report::Severity::Event("failure");
        Outcome {
            status: Status::Failure,
            report: Some(Report::new(event, "", None, "what came of the run is lost")),
            sources: shared.program.module.sources.clone(),
            statistics: Statistics::default(),
        }
    }
}

/// Ends a run from another thread.
#[derive(Clone)]
pub struct Canceller(std::sync::Weak<Shared>);

impl Canceller {
    pub(crate) fn new(shared: &Arc<Shared>) -> Canceller {
        Canceller(Arc::downgrade(shared))
    }

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

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canceller")
    }
}

impl EngineBuilder {
    /// So many threads, at least one; without it, one for each core.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = Some(workers.max(1));
        self
    }

    /// The threads of a pool of the application, which goes on using it for other things: a program has a thread only
    /// while it has something to do, and gives it up after some thousand steps if other programs wait. Threads with less
    /// than 16 MB of stack left get another one for the programs, which takes some microseconds each time.
    ///
    /// ```
    /// use hydra_vm::{Engine, Program, Run};
    /// use std::sync::Arc;
    ///
    /// let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(2).build()?);
    /// let engine = Engine::builder().pool(pool.clone()).build()?;
    /// let program = Program::compile("hello.csp", "{print(\"hello\")}")?;
    /// Run::new(&program).start_on(&engine)?.wait().finished()?;
    /// assert_eq!(pool.install(|| 6 * 7), 42);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pool(mut self, pool: Arc<rayon::ThreadPool>) -> Self {
        self.pool = Some(pool);
        self
    }

    /// What each run may use up that sets no limits itself.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Runs that set no seed themselves draw their choices from a generator with this one, as [`Run::seed`] says.
    ///
    /// [`Run::seed`]: crate::Run::seed
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// What all runs may use of the outside, besides what each of them [may](crate::Run::allow).
    pub fn allow(mut self, permissions: impl IntoIterator<Item = Permission>) -> Self {
        self.allowed.extend(permissions);
        self
    }

    /// Starts the threads.
    pub fn build(self) -> Result<Engine, Error> {
        let refused = |problem: String| Error::message(ErrorKind::Usage, problem);
        hydra_stdlib::engine::check_rhai().map_err(refused)?;
        let crew = match (self.pool, self.workers) {
            (Some(_), Some(_)) => {
                return Err(refused("an engine has workers of its own or a pool, not both".into()));
            }
            (Some(pool), None) => Crew::of_pool(pool),
            (None, workers) => {
                let all = || std::thread::available_parallelism().map_or(1, usize::from);
                let workers = workers.unwrap_or_else(all);
                Crew::own(workers).map_err(|problem| refused(format!("cannot start {workers} workers: {problem}")))?
            }
        };
        Ok(Engine {
            crew,
            limits: self.limits,
            seed: self.seed,
            allowed: self.allowed,
        })
    }
}

impl Engine {
    /// An engine with a number of workers, at least one, each a thread of a pool of its own.
    pub fn new(workers: usize) -> Result<Engine, Error> {
        Engine::builder().workers(workers).build()
    }

    /// An engine with settings.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// How many threads run programs.
    pub fn workers(&self) -> usize {
        self.crew.threads()
    }

    /// Starts a program.
    pub fn start(&self, module: VerifiedModule, config: Config) -> Result<Running, Usage> {
        self.start_with(module, config, |_| {})
    }

    /// Starts a program; before it begins, `starts` gets what can cancel it.
    fn start_with(
        &self,
        module: VerifiedModule,
        mut config: Config,
        starts: impl FnOnce(Canceller),
    ) -> Result<Running, Usage> {
        config.limits = config.limits.or(&self.limits);
        config.seed = config.seed.or(self.seed);
        config.allowed.extend_from_slice(&self.allowed);
        let workers = match config.seed {
            Some(_) => 1,
            None => self.crew.threads(),
        };
        let (shared, first) = prepare(module, config, Driver::Crew(self.crew.clone()), workers)?;
        starts(Canceller::new(&shared));
        shared.limit_time();
        shared.begin(first);
        Ok(Running::new(shared, self.crew.clone()))
    }

    /// Runs a program to its end.
    pub fn run(&self, module: VerifiedModule, config: Config) -> Result<Outcome, Usage> {
        self.run_with(module, config, |_| {})
    }

    /// Runs a program to its end; before it begins, `starts` gets what can cancel it.
    pub fn run_with(
        &self,
        module: VerifiedModule,
        config: Config,
        starts: impl FnOnce(Canceller),
    ) -> Result<Outcome, Usage> {
        Ok(self.start_with(module, config, starts)?.wait())
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("workers", &self.workers()).finish()
    }
}

/// Prepares a run on the thread of its caller.
pub(crate) fn step(module: VerifiedModule, config: Config) -> Result<Stepper, Usage> {
    hydra_stdlib::engine::check_rhai().map_err(Usage)?;
    let (shared, first) = prepare(module, config, Driver::Caller, 1)?;
    shared.begin(first);
    Ok(Stepper::new(shared))
}

/// What all workers of a run share, and its first process.
fn prepare(
    module: VerifiedModule,
    config: Config,
    driver: Driver,
    workers: usize,
) -> Result<(Arc<Shared>, Process), Usage> {
    let program = Arc::new(Program::new(module, config.scripts.as_deref()));
    let module = &program.module;
    let params = crate::params::params(&program, &config.params, &config.values)?;
    let standard = Standard {
        stdin: config.stdin,
        stdout: config.stdout,
        stderr: config.stderr,
        by_line: config.by_line,
    };
    let mut streams = crate::bind::streams(module, &params, config.bindings, standard)?;
    streams.most = config.limits.output;
    let recorder = config.record.map(|recording| recording.0);
    if let Some(recorder) = &recorder {
        let start = Start {
            program: hydra_bytecode::encode(module),
            params: params.iter().filter_map(Scalar::of).collect(),
            streams: streams.described(),
            externs: streams.described_externs(module),
            workers: workers as u32,
            seed: config.seed,
        };
        recorder.begin(start).map_err(Usage)?;
    }
    let service = match &driver {
        Driver::Crew(crew) => crew.outside.clone(),
        Driver::Caller => Arc::default(),
    };
    let rest = Rest {
        on_warning: config.on_warning,
        limits: config.limits,
        functions: config.functions,
        outside: Outside::new(config.allowed, config.arguments, service),
    };
    Ok(assemble(
        driver,
        program,
        params,
        streams,
        (config.seed, workers),
        (recorder, None),
        rest,
    ))
}

/// What a run is told that needs no preparation.
struct Rest {
    on_warning: Box<dyn Fn(&Report) + Send + Sync>,
    limits: Limits,
    functions: Functions,
    outside: Arc<Outside>,
}

/// What all workers of a run share, and its first process.
fn assemble(
    driver: Driver,
    program: Arc<Program>,
    params: Vec<Value>,
    streams: Streams,
    (seed, workers): (Option<u64>, usize),
    trace: (Option<Arc<Recorder>>, Option<Player>),
    rest: Rest,
) -> (Arc<Shared>, Process) {
    let only = Section {
        base: 0,
        count: 1,
        ranges: Box::new([]),
    };
    let layout = Layout {
        members: 1,
        families: [Directory::default()].into(),
        sections: [only].into(),
    };
    let root = Group::new(u16::MAX, Arc::new(layout), None);
    let main = &program.module.routines[0];
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
        driver,
        program.clone(),
        params,
        streams,
        rest.outside,
        root,
        seed,
        trace,
        workers,
        rest.on_warning,
        rest.limits,
        rest.functions,
    ));
    (shared, process)
}

/// Repeats a recorded run.
pub(crate) fn replay(mut contents: Contents, config: Config, starts: impl FnOnce(Canceller)) -> Result<Outcome, Error> {
    let misfit = |problem: String| Error::message(ErrorKind::Trace, problem);
    let params = crate::params::again(&contents.module, &contents.start.params)
        .ok_or_else(|| misfit("this trace is damaged (its params)".into()))?;
    let standard = Standard {
        stdin: config.stdin,
        stdout: config.stdout,
        stderr: config.stderr,
        by_line: config.by_line,
    };
    let streams = crate::bind::streams_again(&mut contents, &params, config.bindings, standard)
        .map_err(|usage| Error::message(ErrorKind::Usage, usage.0))?;
    let engine = Engine::new(1)?;
    let player = Player::new(&mut contents);
    let rest = Rest {
        on_warning: config.on_warning,
        limits: config.limits,
        functions: config.functions,
        outside: Outside::new(Vec::new(), Vec::new(), Arc::default()),
    };
    let driver = Driver::Crew(engine.crew.clone());
    let program = Arc::new(Program::new(contents.module, None));
    let (shared, mut first) = assemble(driver, program, params, streams, (None, 1), (None, Some(player)), rest);
    starts(Canceller::new(&shared));
    shared.limit_time();
    if let Some(player) = &shared.player {
        player.begins(&mut first);
        player.begin(&shared);
    }
    shared.begin(first);
    let outcome = Running::new(shared.clone(), engine.crew.clone()).wait();
    match shared.player.as_ref().and_then(Player::misfit) {
        Some(problem) => Err(misfit(problem)),
        None => Ok(outcome),
    }
}

/// All workers have returned: says what came of the run, and frees what is left.
pub(crate) fn finish(shared: &Arc<Shared>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        shared.flush();
        let (outcome, how) = outcome(shared);
        shared.clear();
        Group::dismantle(shared.root.clone());
        // by now the logs of all processes have been delivered
        if let Some(recorder) = &shared.recorder {
            recorder.finish(how, outcome.report.as_ref());
        }
        outcome
    }));
    let waker = {
        let mut finished = shared.finished.lock();
        finished.outcome = Some(outcome.unwrap_or_else(|_| Outcome::lost(shared)));
        finished.is = true;
        shared.signal.notify_all();
        finished.waker.take()
    };
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn outcome(shared: &Shared) -> (Outcome, How) {
    let ending = shared.take_ending();
    let how = match (&ending, &shared.recorder) {
        (Some(Ending::Done), _) => How::Done,
        (Some(Ending::Quiet), _) => How::Quiet,
        (Some(Ending::Deadlock(_)), _) => How::Deadlock,
        (Some(Ending::Limit(_)), _) => How::Limit,
        (None, _) if shared.is_late() => How::Limit,
        (Some(Ending::Failure(_)), Some(recorder)) => recorder.failure(shared.who_failed()),
        (Some(Ending::Failure(_)), None) => How::Outside,
        (None | Some(Ending::Cancelled(_)), Some(recorder)) => recorder.cancelled(),
        (None | Some(Ending::Cancelled(_)), None) => How::Cancelled(0),
    };
    let (status, report) = match ending {
        Some(Ending::Done | Ending::Quiet) => (Status::Done, None),
        Some(Ending::Failure(report)) => (Status::Failure, Some(report)),
        Some(Ending::Deadlock(report)) => (Status::Deadlock, Some(report)),
        Some(Ending::Limit(report)) => (Status::Limit, Some(report)),
        Some(Ending::Cancelled(report)) => (Status::Cancelled, Some(report)),
        None if shared.is_late() => (Status::Limit, Some(Box::new(report::late(shared)))),
        None => (Status::Cancelled, Some(Box::new(report::interrupted(shared)))),
    };
    let mut statistics = std::mem::take(&mut *shared.statistics.lock());
    statistics.time = shared.began.elapsed();
    statistics.processes += 1;
    statistics.most_alive = shared.most_alive.load(Ordering::Relaxed);
    let outcome = Outcome {
        status,
        report: report.map(|report| *report),
        sources: shared.program.module.sources.clone(),
        statistics,
    };
    (outcome, how)
}
