//! Runs a network and looks whether it ends in one of the ways that the model knows, and is reported as it should be.

use super::model::{Ending, Model, Outcome, Set, Time};
use super::network::{Id, Network};
use super::repeat::Recorded;
use super::text;
use hydra_vm::{Binding, Engine, Limits, Program, Report, Run, Status};
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A network of this size that has not ended by then never will.
const HANGS: Duration = Duration::from_secs(60);

/// What was tried.
#[derive(Default, Debug)]
pub(crate) struct Tally {
    pub(crate) networks: usize,
    pub(crate) runs: usize,
    /// Of these, recorded and repeated.
    pub(crate) repeated: usize,
    /// Networks that may go on for ever, or have too many states.
    pub(crate) left_out: usize,
    /// Networks by the ways in which they can end.
    pub(crate) only_done: usize,
    pub(crate) only_deadlock: usize,
    pub(crate) only_failure: usize,
    pub(crate) several: usize,
    /// Runs with dead groups beside processes that wait for time, and beside the outside.
    pub(crate) dead_beside_time: usize,
    pub(crate) dead_beside_outside: usize,
}

/// Engines with 1, 2 and 8 workers.
pub(crate) struct Judge {
    engines: Vec<(usize, Engine)>,
    pub(crate) tally: Tally,
}

impl Judge {
    /// A judge who has seen nothing.
    pub(crate) fn new() -> Judge {
        let engine = |workers| (workers, Engine::new(workers).expect("threads"));
        Judge {
            engines: [1, 2, 8].map(engine).into(),
            tally: Tally::default(),
        }
    }

    /// Runs a network in every way.
    pub(crate) fn check(&mut self, network: &Network, seeds: std::ops::Range<u64>) -> Result<(), String> {
        self.tally.networks += 1;
        let model = Model::new(network);
        let (Some(exact), Some(any)) = (model.outcomes(Time::Virtual), model.outcomes(Time::Any)) else {
            self.tally.left_out += 1;
            return Ok(());
        };
        self.count(&any);
        let compile = |ear| {
            let text = text::program(network, ear);
            Program::compile("network.csp", &text).map_err(|error| format!("it does not compile:\n{error}"))
        };
        let program = compile(false)?;
        for seed in seeds {
            let ran = run(network, &program, &self.engines[0].1, Some(seed), None, false)?;
            self.tally.runs += 1;
            self.tally.dead_beside_time += usize::from(ran.warned != 0);
            if !exact.contains(&ran) {
                let wanted = show(network, &exact);
                return Err(format!(
                    "seed {seed}: {}\nthe model:\n{wanted}",
                    show(network, &[ran].into())
                ));
            }
        }
        for (workers, engine) in &self.engines {
            for record in [false, true] {
                let ran = run(network, &program, engine, None, None, record)
                    .map_err(|problem| format!("{workers} workers, recorded: {record}: {problem}"))?;
                self.tally.runs += 1;
                self.tally.repeated += usize::from(record);
                if !may_end(&any, ran) {
                    let wanted = show(network, &any);
                    return Err(format!(
                        "{workers} workers: {}\nthe model:\n{wanted}",
                        show(network, &[ran].into())
                    ));
                }
            }
        }
        self.with_the_outside(network, &any, compile)
    }

    /// The same network, and a process that waits for the outside: that is silent until a dead group was named, if there
    /// must be one.
    fn with_the_outside(
        &mut self,
        network: &Network,
        outcomes: &BTreeSet<Outcome>,
        compile: impl Fn(bool) -> Result<Program, String>,
    ) -> Result<(), String> {
        let dead: BTreeSet<Set> = outcomes
            .iter()
            .map(|outcome| match outcome.ending {
                Ending::Deadlock(set) => set,
                Ending::Done => 0,
                Ending::Failure(_) => Set::MAX,
            })
            .collect();
        let silent = !dead.contains(&0);
        if dead.contains(&Set::MAX) || (!silent && dead.len() > 1) {
            return Ok(());
        }
        let program = compile(true)?;
        for (workers, engine) in &self.engines {
            let until = if silent { dead.clone() } else { BTreeSet::new() };
            let ran = run(network, &program, engine, None, Some(until), false)?;
            self.tally.runs += 1;
            self.tally.dead_beside_outside += usize::from(ran.warned != 0);
            if !may_end(outcomes, ran) {
                let wanted = show(network, outcomes);
                return Err(format!(
                    "with the outside, {workers} workers: {}\nthe model:\n{wanted}",
                    show(network, &[ran].into())
                ));
            }
        }
        Ok(())
    }

    fn count(&mut self, outcomes: &BTreeSet<Outcome>) {
        let all = |of: fn(&Ending) -> bool| outcomes.iter().all(|outcome| of(&outcome.ending));
        let tally = &mut self.tally;
        let kind = if all(|ending| *ending == Ending::Done) {
            &mut tally.only_done
        } else if all(|ending| matches!(ending, Ending::Deadlock(_))) {
            &mut tally.only_deadlock
        } else if all(|ending| matches!(ending, Ending::Failure(_))) {
            &mut tally.only_failure
        } else {
            &mut tally.several
        };
        *kind += 1;
    }
}

/// Whether a run ended in a known way, and nobody was called dead who went on.
fn may_end(outcomes: &BTreeSet<Outcome>, ran: Outcome) -> bool {
    let warned = match ran.ending {
        Ending::Done => ran.warned == 0,
        Ending::Failure(_) => true,
        Ending::Deadlock(waiting) => ran.warned & !waiting == 0,
    };
    warned && outcomes.iter().any(|outcome| outcome.ending == ran.ending)
}

/// The source of the process that listens to the outside: silent until all of one of the sets were called dead.
#[derive(Default)]
struct Silence {
    warned: Mutex<Set>,
    told: Condvar,
}

fn run(
    network: &Network,
    program: &Program,
    engine: &Engine,
    seed: Option<u64>,
    until: Option<BTreeSet<Set>>,
    record: bool,
) -> Result<Outcome, String> {
    let silence = Arc::new(Silence::default());
    let paths: Vec<String> = (0..network.processes.len()).map(|id| network.path(id)).collect();
    let problem: Arc<Mutex<Option<String>>> = Arc::default();
    let warnings: Arc<Mutex<Vec<Report>>> = Arc::default();
    let on_warning = {
        let (silence, paths, problem) = (silence.clone(), paths.clone(), problem.clone());
        let warnings = warnings.clone();
        move |report: &Report| match waiting(report, &paths) {
            Ok(set) => {
                let mut warned = silence.warned.lock().unwrap_or_else(PoisonError::into_inner);
                if *warned & set != 0 {
                    *problem.lock().unwrap_or_else(PoisonError::into_inner) = Some("named twice".into());
                }
                *warned |= set;
                let mut warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
                warnings.push(report.clone());
                silence.told.notify_all();
            }
            Err(what) => *problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(what),
        }
    };
    let limits = Limits {
        time: Some(HANGS),
        ..Limits::default()
    };
    let mut run = Run::new(program).limits(limits).on_warning(on_warning);
    if let Some(seed) = seed {
        run = run.seed(seed);
    }
    if let Some(until) = until {
        let silence = silence.clone();
        run = run.bind(
            "outside",
            Binding::blocking_source(move || -> Option<i64> {
                let warned = silence.warned.lock().unwrap_or_else(PoisonError::into_inner);
                let speaks = |warned: &mut Set| !until.is_empty() && !until.contains(warned);
                // much longer than the run may take: a dead group that is never named ends it
                drop(silence.told.wait_timeout_while(warned, 2 * HANGS, speaks));
                None
            }),
        );
    }
    let recorded = record.then(Recorded::new);
    if let Some(recorded) = &recorded {
        run = recorded.of(run);
    }
    let outcome = run.run_on(engine, |_| {}).map_err(|error| error.to_string())?;
    if let Some(recorded) = &recorded {
        let warnings = warnings.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.is_repeated(&outcome, "", Some(&warnings))?;
    }
    if let Some(problem) = problem.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(format!("a warning of a dead group: {problem}"));
    }
    let said = || {
        outcome
            .report
            .as_ref()
            .map_or(String::new(), |report| format!("{report:?}"))
    };
    let ending = match (outcome.status, &outcome.report) {
        (Status::Done, _) => Ending::Done,
        (Status::Deadlock, Some(report)) => Ending::Deadlock(waiting(report, &paths)?),
        (Status::Failure, Some(report)) => {
            let who = report.message.split_once(": ").map(|(path, _)| path);
            let id = paths.iter().position(|path| Some(path.as_str()) == who);
            Ending::Failure(id.ok_or_else(|| format!("the failure of nobody: {}", said()))?)
        }
        _ => return Err(format!("it ended with {:?}: {}", outcome.status, said())),
    };
    let warned = *silence.warned.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Outcome { ending, warned })
}

/// The processes that a report of a deadlock or a dead group lists.
fn waiting(report: &Report, paths: &[String]) -> Result<Set, String> {
    let texts = std::iter::once(&report.label).chain(
        report
            .notes
            .iter()
            .filter(|note| note.span.is_some())
            .map(|note| &note.text),
    );
    let mut set = 0;
    for text in texts {
        let path = text.split(" waits").next().unwrap_or_default();
        let id: Id = paths
            .iter()
            .position(|known| known == path)
            .ok_or_else(|| format!("it lists {text:?}"))?;
        if set & 1 << id != 0 {
            return Err(format!("it lists {path} twice"));
        }
        set |= 1 << id;
    }
    Ok(set)
}

fn show(network: &Network, outcomes: &BTreeSet<Outcome>) -> String {
    let names = |set: Set| {
        let members = (0..network.processes.len()).filter(|id| set & 1 << id != 0);
        members.map(|id| network.path(id)).collect::<Vec<String>>().join(" ")
    };
    let each = outcomes.iter().map(|outcome| {
        let ending = match outcome.ending {
            Ending::Done => "done".into(),
            Ending::Failure(id) => format!("failure of {}", network.path(id)),
            Ending::Deadlock(set) => format!("deadlock of {}", names(set)),
        };
        match outcome.warned {
            0 => ending,
            warned => format!("{ending}, dead before: {}", names(warned)),
        }
    });
    each.collect::<Vec<String>>().join("\n")
}
