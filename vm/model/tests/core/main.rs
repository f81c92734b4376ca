//! The machine as it is shipped, run by a model checker: whole small programs, in very many interleavings of two and of three
//! workers. `vm/TRUST.md` says what is run, and how to run more.

mod bounded;
mod cases;

use bounded::{Bounded, Progress};
use cases::{CASES, Case};
use hydra_model::model::{Bug, plant};
use hydra_model::{Captured, Config, Engine, compile};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::mpsc::{Receiver, channel};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Steps of one schedule; more is a run that does not end.
const STEPS_MAX: usize = 100_000;

/// Input that comes piece by piece: other threads run before each.
struct Pieces {
    left: Vec<&'static str>,
    /// The first piece comes when the other end is dropped.
    begins: Option<Receiver<()>>,
}

impl Read for Pieces {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        shuttle::thread::yield_now();
        if let Some(begins) = self.begins.take() {
            let _ = begins.recv();
        }
        if self.left.is_empty() {
            return Ok(0);
        }
        let piece = self.left.remove(0).as_bytes();
        bytes[..piece.len()].copy_from_slice(piece);
        Ok(piece.len())
    }
}

fn settings(quiet: bool) -> shuttle::Config {
    let mut config = shuttle::Config::new();
    config.stack_size = 256 << 10;
    config.max_steps = shuttle::MaxSteps::FailAfter(STEPS_MAX);
    config.silence_warnings = true;
    config.ungraceful_shutdown_config.immediately_return_on_panic = true;
    if quiet {
        config.failure_persistence = shuttle::FailurePersistence::None;
    }
    config
}

/// Runs a program in the schedules that a scheduler thinks of; what went wrong.
fn run(
    case: &'static Case,
    workers: usize,
    bug: Option<Bug>,
    scheduler: impl Scheduler + Send + 'static,
) -> Result<(), String> {
    let check = move || {
        let module = compile(case.name, case.text).unwrap_or_else(|reports| panic!("{}: {reports:?}", case.name));
        plant(bug);
        shuttle::Runner::new(scheduler, settings(bug.is_some())).run(move || {
            let printed = Captured::default();
            let warnings = Arc::new(AtomicUsize::new(0));
            let (begin, begins) = channel();
            let pieces = Pieces {
                left: case.input.to_vec(),
                begins: case.cancelled.then_some(begins),
            };
            let config = Config {
                stdin: Box::new(pieces),
                stdout: Box::new(printed.clone()),
                on_warning: {
                    let warnings = warnings.clone();
                    Box::new(move |_| {
                        warnings.fetch_add(1, Ordering::Relaxed);
                    })
                },
                ..Config::default()
            };
            let engine = Engine::new(workers).expect("threads");
            let outcome = engine.run_with(module.clone(), config, |canceller| {
                if case.cancelled {
                    shuttle::thread::spawn(move || canceller.cancel());
                }
            });
            let outcome = outcome.expect("it can be started");
            drop(begin);
            if let Some(problem) = case.wrong(&outcome, &printed.text(), warnings.load(Ordering::Relaxed)) {
                panic!("{problem}");
            }
        });
    };
    // what the checker knows of an execution belongs to the thread
    let thread = std::thread::Builder::new().spawn(check).expect("a thread");
    thread.join().map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic")
            .to_owned()
    })
}

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// All cases with 2 and 3 workers, or those whose name has what `HYDRA_MODEL_ONLY` says with as many as `HYDRA_MODEL_WORKERS`
/// says.
fn configurations() -> impl Iterator<Item = (&'static Case, usize)> {
    let only = std::env::var("HYDRA_MODEL_ONLY").unwrap_or_default();
    let cases = CASES.iter().filter(move |case| case.name.contains(&only));
    let workers = number("HYDRA_MODEL_WORKERS", 0) as usize;
    let wanted = move |&(_, with): &(_, usize)| workers == 0 || with == workers;
    cases
        .flat_map(|case| (2..=4).map(move |with| (case, with)))
        .filter(wanted)
        .filter(move |&(_, with)| workers > 0 || with < 4)
}

#[test]
fn every_schedule_with_few_preemptions() {
    let (most, runs) = (
        number("HYDRA_MODEL_PREEMPTIONS", 1) as usize,
        number("HYDRA_MODEL_RUNS", 500),
    );
    let mut wrong = Vec::new();
    for (case, workers) in configurations() {
        let progress = Progress::default();
        let result = run(case, workers, None, Bounded::new(most, runs, progress.clone()));
        let all = if progress.complete.load(Ordering::Relaxed) {
            ", all"
        } else {
            ""
        };
        let count = progress.schedules.load(Ordering::Relaxed);
        println!(
            "{}, {workers} workers, {most} preemptions: {count} schedules{all}",
            case.name
        );
        wrong.extend(result.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn random_schedules() {
    let (runs, seed) = (number("HYDRA_MODEL_RUNS", 100) as usize, number("HYDRA_MODEL_SEED", 1));
    let mut wrong = Vec::new();
    for (case, workers) in configurations() {
        let mut check = |how: &str, result: Result<(), String>| {
            wrong.extend(
                result
                    .map_err(|problem| format!("{}, {workers} workers, {how}: {problem}", case.name))
                    .err(),
            );
        };
        check(
            "at random",
            run(case, workers, None, RandomScheduler::new_from_seed(seed, runs)),
        );
        for depth in 2..=3 {
            let result = run(case, workers, None, PctScheduler::new_from_seed(seed, depth, runs));
            check("by priorities", result);
        }
    }
    println!(
        "{} configurations, {runs} schedules each at random and by priorities of 2 and 3 changes",
        configurations().count()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The check of the check: what is planted is found.
#[test]
fn planted_bugs_are_found() {
    let runs = number("HYDRA_MODEL_RUNS", 10_000);
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut missed = Vec::new();
    for case in CASES {
        for &bug in case.finds {
            let found = [2, 3].into_iter().find_map(|workers| {
                let bounded = Bounded::new(2, runs, Progress::default());
                let random = || RandomScheduler::new_from_seed(1, runs as usize);
                let pct = || PctScheduler::new_from_seed(1, 3, runs as usize);
                let tries = (run(case, workers, Some(bug), random()).err())
                    .or_else(|| run(case, workers, Some(bug), pct()).err())
                    .or_else(|| run(case, workers, Some(bug), bounded).err());
                tries.map(|problem| (workers, problem))
            });
            match found {
                Some((workers, problem)) => {
                    let problem: String = problem.lines().next().unwrap_or_default().chars().take(150).collect();
                    println!("{bug:?} by {:?} with {workers} workers: {problem}", case.name);
                }
                None => missed.push(format!("{bug:?} by {:?}", case.name)),
            }
        }
    }
    std::panic::set_hook(hook);
    assert!(missed.is_empty(), "not found: {}", missed.join("; "));
}
