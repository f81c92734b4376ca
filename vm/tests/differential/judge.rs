//! Runs a generated program in every way and compares what came out.

use super::generate::{Generated, Kind};
use super::oracle::Oracle;
use super::repeat::Recorded;
use hydra_vm::{Captured, Engine, Limits, Program, Run, Status};
use std::collections::BTreeMap;
use std::time::Duration;

/// A program of this size that has not ended by then never will.
const HANGS: Duration = Duration::from_secs(60);

/// How a run ended, in what must always be the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The exit status.
    pub(crate) exit: i32,
    /// What each process printed, in its order.
    pub(crate) lines: BTreeMap<String, Vec<String>>,
}

impl Ended {
    /// Sorts what was printed by the process that printed it.
    pub(crate) fn new(exit: i32, printed: &str) -> Ended {
        let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in printed.lines() {
            let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
            lines.entry(key.to_owned()).or_default().push(rest.to_owned());
        }
        Ended { exit, lines }
    }
}

/// What a run of this machine did.
struct Ran {
    ended: Ended,
    /// What was printed and reported, to the byte.
    exact: (String, String),
    /// Processes made, and communications where nobody races: the same in every run, too.
    counts: (u64, Option<u64>),
}

/// Engines with 1, 2 and 8 workers.
pub(crate) struct Judge {
    engines: Vec<(usize, Engine)>,
    oracle: Option<Oracle>,
}

impl Judge {
    /// A judge with an oracle, or without.
    pub(crate) fn new(oracle: Option<Oracle>) -> Judge {
        let engine = |workers| (workers, Engine::new(workers).expect("threads"));
        Judge {
            engines: [1, 2, 8].map(engine).into(),
            oracle,
        }
    }

    /// Compares all runs of a program: with 1, 2 and 8 workers, and `seeds`. The error says what differs.
    pub(crate) fn check(&self, generated: &Generated, seeds: std::ops::Range<u64>) -> Result<(), String> {
        let program = Program::compile("generated.csp", &generated.text)
            .map_err(|error| format!("it does not compile:\n{error}"))?;
        let kind = generated.kind;
        let mut first: Option<(String, Ran)> = None;
        let mut compare = |way: String, ran: Ran| -> Result<(), String> {
            if ran.ended.exit != generated.exit {
                let (out, err) = ran.exact;
                return Err(format!(
                    "{way}: exit {}, expected {}\n{err}\n{out}",
                    ran.ended.exit, generated.exit
                ));
            }
            if let Some((other, before)) = &first {
                if before.ended != ran.ended {
                    let difference = difference(&before.ended, &ran.ended);
                    return Err(format!("{other} and {way} differ:\n{difference}"));
                }
                if before.counts != ran.counts {
                    let (one, two) = (before.counts, ran.counts);
                    return Err(format!(
                        "processes and communications: {one:?} with {other}, {two:?} with {way}"
                    ));
                }
            } else {
                first = Some((way, ran));
            }
            Ok(())
        };
        for (workers, engine) in self.engines.iter().filter(|_| kind != Kind::Timed) {
            compare(format!("{workers} workers"), run(&program, engine, None, kind, false)?)?;
            if *workers > 1 {
                let recorded = run(&program, engine, None, kind, true)
                    .map_err(|problem| format!("{workers} workers, recorded: {problem}"))?;
                compare(format!("{workers} workers, recorded"), recorded)?;
            }
        }
        for seed in seeds {
            let one = run(&program, &self.engines[0].1, Some(seed), kind, false)?;
            let again = run(&program, &self.engines[0].1, Some(seed), kind, false)?;
            if one.exact != again.exact {
                return Err(format!(
                    "two runs with seed {seed} differ:\n{:?}\n{:?}",
                    one.exact, again.exact
                ));
            }
            compare(format!("seed {seed}"), one)?;
        }
        if let (Some(oracle), Some((way, ran))) = (&self.oracle, &first) {
            let theirs = oracle.run(&generated.text)?;
            if theirs != ran.ended {
                let difference = difference(&ran.ended, &theirs);
                return Err(format!("{way} and the oracle differ:\n{difference}"));
            }
        }
        Ok(())
    }
}

fn run(program: &Program, engine: &Engine, seed: Option<u64>, kind: Kind, record: bool) -> Result<Ran, String> {
    let printed = Captured::default();
    let limits = Limits {
        time: Some(HANGS),
        ..Limits::default()
    };
    let mut run = Run::new(program).stdout(printed.clone()).limits(limits);
    if let Some(seed) = seed {
        run = run.seed(seed);
    }
    let recorded = record.then(Recorded::new);
    if let Some(recorded) = &recorded {
        run = recorded.of(run);
    }
    let outcome = run.run_on(engine, |_| {}).map_err(|error| error.to_string())?;
    if let Some(recorded) = &recorded {
        recorded.is_repeated(&outcome, &printed.text(), None)?;
    }
    let exit = match outcome.status {
        Status::Done => 0,
        Status::Failure => 1,
        Status::Deadlock => 3,
        Status::Limit => 4,
        Status::Cancelled => 130,
    };
    let communications = (kind != Kind::Racy).then_some(outcome.statistics.communications);
    let counts = (outcome.statistics.processes, communications);
    let report = outcome.finished().err().map(|error| error.to_string());
    Ok(Ran {
        ended: Ended::new(exit, &printed.text()),
        exact: (printed.text(), report.unwrap_or_default()),
        counts,
    })
}

fn difference(one: &Ended, other: &Ended) -> String {
    let mut text = String::new();
    if one.exit != other.exit {
        text.push_str(&format!("exit {} and {}\n", one.exit, other.exit));
    }
    let nothing = Vec::new();
    for key in one
        .lines
        .keys()
        .chain(other.lines.keys().filter(|key| !one.lines.contains_key(*key)))
    {
        let (left, right) = (
            one.lines.get(key).unwrap_or(&nothing),
            other.lines.get(key).unwrap_or(&nothing),
        );
        if left != right {
            text.push_str(&format!("{key}: {left:?}\n{key}: {right:?}\n"));
        }
    }
    text
}
