//! Runs fragments as bytecode and in rhai, and looks for differences.

use crate::generate::{Case, Context, Ty};
use hydra_vm::{Binding, Captured, Data, Engine, Limits, Program, Run};
use hydrac::{Fragments, Options};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One text, without any other files.
struct Alone<'a>(&'a str);

impl hydrac::load::Loader for Alone<'_> {
    fn read(&mut self, _path: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
}

/// Steps of a run. What takes longer is not compared: steps are counted differently.
const STEPS: u64 = 200_000;

/// Fragments are run one after the other, from number `start` on; each finds the variables with the same values.
fn program(cases: &[Case]) -> String {
    let mut text = String::from(
        "_include{ import \"math\" as math; import \"bits\" as bits; import \"text\" as text; import \"array\" as array;\n\
         const WRITTEN = 4;\n",
    );
    for (number, case) in cases.iter().enumerate() {
        for function in &case.functions {
            text.push_str(&function.replace('@', &number.to_string()));
            text.push('\n');
        }
    }
    text.push_str(
        "}\n\
         param start : integer; param p : integer = 11; const N = 12; const R = 2.5; extern out;\n\
         i, j, least, most : integer; x, y : real; b : boolean; c : character; s, t : string; v : any;\n\
         a : (1..3) integer; m : (0..2, 1..3) real; w : (1..2) string;\n",
    );
    for (number, case) in cases.iter().enumerate() {
        let fragment = case.text.replace('@', &number.to_string());
        let command = match case.context {
            Context::Any => format!("v := {{{fragment}}}"),
            Context::Command => format!("{{{fragment}}}"),
            Context::Guard => format!("[ {{{fragment}}} -> i := 1000 [] {{true}} -> i := i + 1; skip ]"),
            Context::Into(ty) => {
                let target = match ty {
                    Ty::Integer => "j",
                    Ty::Real => "y",
                    Ty::Boolean => "b",
                    Ty::Character => "c",
                    Ty::String => "t",
                };
                format!("{target} := {{{fragment}}}")
            }
        };
        let command = match case.context {
            // only one guard may be ready, or which is chosen would be open
            Context::Guard => format!("v := false; [ {{{fragment}}} -> v := true [] else -> skip ]"),
            _ => command,
        };
        text.push_str(&format!(
            "[ start <= {number} ->\n\
             i := 5; j := -3; least := -9223372036854775807 - 1; most := 9223372036854775807; x := 0.1 + 0.2; y := -2.5; b := true; c := 'q'; s := \"a\"; t := \"xyz\"; v := ();\n\
             a(1) := 2; a(2) := -7; a(3) := 3037000500; *(k : 0..2)[ *(l : 1..3)[ m(k, l) := k + l / 2.0 ] ];\n\
             w(1) := \"one\"; w(2) := \"\";\n\
             {command};\n\
             out ! (v, i, j, x, y, b, c, s, t, a, m, w)\n\
             [] start > {number} -> skip ];\n",
        ));
    }
    text
}

/// What running did: what came out and was printed, and how it failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    out: Vec<String>,
    printed: String,
    failure: Option<String>,
}

impl Outcome {
    /// What came out from some fragment on.
    fn from(&self, first: usize) -> String {
        let out = self.out.get(first).map_or("nothing", String::as_str);
        let failure = self.failure.as_deref().unwrap_or("no failure");
        let printed: String = self.printed.chars().take(500).collect();
        format!("{out}\nprinted: {printed:?}\n{failure}")
    }
}

/// How many fragments of a program became bytecode, and how many there are.
pub(crate) type Share = (usize, usize);

pub(crate) struct Both {
    engine: Engine,
    /// Why fragments were left to rhai, and how many.
    pub(crate) left: RefCell<BTreeMap<String, usize>>,
}

impl Both {
    pub(crate) fn new() -> Both {
        Both {
            engine: Engine::new(1).expect("a worker"),
            left: RefCell::default(),
        }
    }

    fn compile(text: &str, fragments: Fragments) -> Result<Program, String> {
        let options = Options {
            fragments,
            ..Options::default()
        };
        let outcome = hydrac::compile("case.csp", &mut Alone(text), &options);
        let Some(module) = outcome.module else {
            return Err(format!("{:?}", outcome.reports));
        };
        let verified = hydra_bytecode::verify(module).map_err(|problem| format!("verifier: {problem}"))?;
        Ok(Program::from(verified))
    }

    fn run(&self, program: &Program, start: usize) -> Outcome {
        let kept: Arc<Mutex<Vec<String>>> = Arc::default();
        let keep = kept.clone();
        let sink = Binding::sink(move |data: Data| keep.lock().unwrap().push(exactly(&data)));
        let printed = Captured::default();
        let limits = Limits {
            steps: Some(STEPS),
            ..Limits::default()
        };
        let outcome = Run::new(program)
            .set("start", start as i64)
            .bind("out", sink)
            .stdout(printed.clone())
            .limits(limits)
            .run_on(&self.engine, |_| {})
            .expect("a run");
        let failure = outcome.finished().err().map(|error| error.to_string());
        let out = kept.lock().unwrap().clone();
        Outcome {
            out,
            printed: printed.text(),
            failure,
        }
    }

    /// Runs all in a program that evaluates each fragment both ways; the error is the report of a difference.
    pub(crate) fn paranoid(&self, cases: &[Case]) -> Result<(), String> {
        let text = program(cases);
        let Ok(both) = Self::compile(&text, Fragments::Both) else {
            for case in cases.iter().filter(|_| cases.len() > 1) {
                self.paranoid(std::slice::from_ref(case))?;
            }
            return Ok(());
        };
        let mut start = 0;
        while start < cases.len() {
            let outcome = self.run(&both, start);
            let Some(failure) = outcome.failure else { break };
            if failure.contains("does not mean what they mean in rhai") {
                return Err(failure);
            }
            start += outcome.out.len() + 1;
        }
        Ok(())
    }

    /// Compares all; the error names the fragment that differs, with what each way did.
    pub(crate) fn compare(&self, cases: &[Case]) -> Result<Share, String> {
        let text = program(cases);
        let (lowered, rhai) = match (
            Self::compile(&text, Fragments::Lowered),
            Self::compile(&text, Fragments::Rhai),
        ) {
            (Ok(lowered), Ok(rhai)) => (lowered, rhai),
            (Err(_), Err(_)) if cases.len() == 1 => return Ok((0, 0)),
            (Err(_), Err(_)) => {
                // one of them is rejected; the others shall be run
                let mut share = (0, 0);
                for case in cases {
                    let one = self.compare(std::slice::from_ref(case))?;
                    share = (share.0 + one.0, share.1 + one.1);
                }
                return Ok(share);
            }
            (one, other) => {
                return Err(format!(
                    "only one is compiled\n{text}\nlowered: {:?}\nrhai: {:?}",
                    one.err(),
                    other.err()
                ));
            }
        };
        let mut start = 0;
        while start < cases.len() {
            let (one, other) = (self.run(&lowered, start), self.run(&rhai, start));
            let endless = |outcome: &Outcome| {
                let failure = outcome.failure.as_ref();
                failure.is_some_and(|failure| failure.contains("--max-steps"))
            };
            if endless(&one) || endless(&other) {
                start += one.out.len().max(other.out.len()) + 1;
                continue;
            }
            if one != other {
                let same = one.out.iter().zip(&other.out).take_while(|(a, b)| a == b).count();
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

/// A value with its type, and all bits of its reals; which of the many that are no number does not matter.
fn exactly(data: &Data) -> String {
    let text = format!("{data:?}");
    if text.contains("NaN") {
        text.replace("-NaN", "NaN")
    } else {
        text
    }
}
