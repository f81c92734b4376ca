//! Runs fragments as bytecode and in rhai, and looks for differences.

use crate::text::Accepted;
use hydra_bytecode::report::Report;
use hydra_vm::{Binding, Captured, Data, Engine, Limits, Program, Run};
use hydrac::Fragments;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Steps of a run. What takes longer is not compared: steps are counted differently.
const STEPS: u64 = 200_000;

/// What running did: what came out and was printed, and how it failed.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    out: Vec<Data>,
    printed: String,
    failure: Option<Report>,
}

impl Outcome {
    /// What came out from some fragment on.
    fn from(&self, first: usize) -> String {
        let out = self.out.get(first).map_or("nothing".into(), |data| format!("{data:?}"));
        let failure = self.failure.as_ref();
        let failure = failure.map_or("no failure".into(), |report| {
            format!("{} at {:?}, {:?}", report.message, report.span, report.notes)
        });
        let printed: String = self.printed.chars().take(500).collect();
        format!("{out}\nprinted: {printed:?}\n{failure}")
    }

    /// How many values came out that another run had, too.
    fn same(&self, other: &Outcome) -> usize {
        let both = self.out.iter().zip(&other.out);
        both.take_while(|(one, other)| same(one, other)).count()
    }

    /// Whether another run did the same.
    fn equals(&self, other: &Outcome) -> bool {
        self.out.len() == other.out.len()
            && self.same(other) == self.out.len()
            && self.printed == other.printed
            && self.failure == other.failure
    }

    fn failed_with(&self, text: &str) -> bool {
        let failure = self.failure.as_ref();
        failure.is_some_and(|report| report.message.contains(text))
    }
}

/// How many fragments of a program became bytecode, and how many there are.
pub(crate) type Share = (usize, usize);

pub(crate) struct Both {
    engine: Engine,
    /// How many steps a run may take.
    steps: u64,
    /// Choices are drawn and time is virtual, so that what is measured is the same in all runs.
    settled: bool,
    /// Why fragments were left to rhai, and how many.
    pub(crate) left: RefCell<BTreeMap<String, usize>>,
}

impl Both {
    pub(crate) fn new() -> Both {
        Both {
            engine: Engine::new(1).expect("a worker"),
            steps: STEPS,
            settled: false,
            left: RefCell::default(),
        }
    }

    /// For fragments that look at the time.
    #[cfg(not(feature = "plants"))]
    pub(crate) fn settled(steps: u64) -> Both {
        Both {
            steps,
            settled: true,
            ..Both::new()
        }
    }

    fn run(&self, program: &Program, start: usize) -> Outcome {
        let kept: Arc<Mutex<Vec<Data>>> = Arc::default();
        let keep = kept.clone();
        let sink = Binding::sink(move |data: Data| keep.lock().unwrap().push(data));
        let printed = Captured::default();
        let limits = Limits {
            steps: Some(self.steps),
            ..Limits::default()
        };
        let run = Run::new(program);
        let outcome = if self.settled { run.seed(1) } else { run }
            .set("start", start as i64)
            .bind("out", sink)
            .stdout(printed.clone())
            .limits(limits)
            .run_on(&self.engine, |_| {})
            .expect("a run");
        let out = std::mem::take(&mut *kept.lock().unwrap());
        Outcome {
            out,
            printed: printed.text(),
            failure: outcome.report,
        }
    }

    /// Runs all in a program that evaluates each fragment both ways; the error is the report of a difference.
    pub(crate) fn paranoid(&self, accepted: &Accepted) -> Result<(), String> {
        let both = accepted.lower(Fragments::Both)?;
        let mut start = 0;
        while start < accepted.cases.len() {
            let outcome = self.run(&both, start);
            if outcome.failed_with("does not mean what they mean in rhai") {
                let number = (start + outcome.out.len()).min(accepted.cases.len() - 1);
                return Err(format!("{:?}\n{:?}", accepted.cases[number], outcome.failure));
            }
            if outcome.failure.is_none() {
                break;
            }
            start += outcome.out.len() + 1;
        }
        Ok(())
    }

    /// Compares all; the error names the fragment that differs, with what each way did.
    pub(crate) fn compare(&self, accepted: &Accepted) -> Result<Share, String> {
        let (lowered, rhai) = (accepted.lower(Fragments::Lowered)?, accepted.lower(Fragments::Rhai)?);
        let cases = &accepted.cases;
        let mut start = 0;
        while start < cases.len() {
            let (one, other) = (self.run(&lowered, start), self.run(&rhai, start));
            if one.failed_with("--max-steps") || other.failed_with("--max-steps") {
                start += one.out.len().max(other.out.len()) + 1;
                continue;
            }
            if !one.equals(&other) {
                let same = one.same(&other);
                let case = &cases[(start + same).min(cases.len() - 1)];
                return Err(format!(
                    "{:?}: {{{}}}\n{}\n--- lowered: {}\n--- rhai: {}",
                    case.context,
                    case.text,
                    case.functions.join("\n"),
                    one.from(same),
                    other.from(same)
                ));
            }
            start = match one.failure {
                Some(_) => start + one.out.len() + 1,
                None => cases.len(),
            };
        }
        let module = lowered.module();
        for fragment in &module.fragments {
            let why = fragment.why.split('`').step_by(2).collect::<Vec<_>>().join("`…`");
            *self.left.borrow_mut().entry(why).or_default() += 1;
        }
        let bytecode = module.lowered.len();
        Ok((bytecode, bytecode + module.fragments.len()))
    }
}

/// Whether values have the same types and bits; which of the many reals that are no number does not matter.
fn same(one: &Data, other: &Data) -> bool {
    let all = |one: &[Data], other: &[Data]| {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
    };
    match (one, other) {
        (Data::Real(x), Data::Real(y)) => x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan(),
        (Data::Array(xs), Data::Array(ys)) => all(xs, ys),
        (Data::Struct(name, xs), Data::Struct(other, ys)) => name == other && all(xs, ys),
        (one, other) => one == other,
    }
}
