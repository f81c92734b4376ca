//! One program of many fragments: its text, and what is compiled of it.

use crate::generate::{Case, Context, Ty};
use hydra_bytecode::report::Report;
use hydra_vm::Program;
use hydrac::check::tree::CheckedProgram;
use hydrac::load::{Loaded, Loader};
use hydrac::{Fragments, Options};
use std::collections::BTreeMap;
use std::ops::Range;

/// One text, without any other files.
struct Alone<'a>(&'a str);

impl Loader for Alone<'_> {
    fn read(&mut self, _path: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
}

/// What stands before the fragments of a program: each finds the variables with the same values.
const BEFORE: &str = "}
param start : integer; param p : integer = 11; const N = 12; const R = 2.5; extern out;
i, j, least, most : integer; x, y : real; b : boolean; c : character; s, t : string; v : any;
a : (1..3) integer; m : (0..2, 1..3) real; w : (1..2) string;
turn : integer; turn := start;
*[ turn < LAST ->
i := 5; j := -3; least := -9223372036854775807 - 1; most := 9223372036854775807; x := 0.1 + 0.2; y := -2.5;
b := true; c := 'q'; s := \"a\"; t := \"xyz\"; v := ();
a(1) := 2; a(2) := -7; a(3) := 3037000500; *(k : 0..2)[ *(l : 1..3)[ m(k, l) := k + l / 2.0 ] ];
w(1) := \"one\"; w(2) := \"\";
[ turn < 0 -> skip
";

/// And behind them.
const BEHIND: &str = "];
out ! (v, i, j, x, y, b, c, s, t, a, m, w);
turn := turn + 1 ]
";

/// A program that runs fragments one after the other, from number `start` on.
struct Text {
    text: String,
    /// Where each text of a fragment stands, with its number.
    places: Vec<(Range<usize>, usize)>,
}

impl Text {
    fn new(cases: &[&Case]) -> Text {
        let mut text = String::from("_include{ ");
        // making a module takes long, and most programs need none
        for (name, imports) in [
            ("math", "import \"math\" as math; "),
            ("bits", "import \"bits\" as bits; "),
            ("text", "import \"text\" as text; "),
            ("array", "import \"array\" as array; "),
        ] {
            let named = format!("{name}::");
            let mut texts = cases.iter().flat_map(|case| case.functions.iter().chain([&case.text]));
            if texts.any(|text| text.contains(&named)) {
                text.push_str(imports);
            }
        }
        text.push_str("\nconst WRITTEN = 4;\n");
        let mut places = Vec::new();
        for (number, case) in cases.iter().enumerate() {
            for function in &case.functions {
                let start = text.len();
                text.push_str(&function.replace('@', &number.to_string()));
                places.push((start..text.len(), number));
                text.push('\n');
            }
        }
        text.push_str(&BEFORE.replace("LAST", &cases.len().to_string()));
        for (number, case) in cases.iter().enumerate() {
            let fragment = case.text.replace('@', &number.to_string());
            let command = match case.context {
                Context::Any => format!("v := {{{fragment}}}"),
                Context::Command => format!("{{{fragment}}}"),
                // only one guard may be ready, or which is chosen would be open
                Context::Guard => format!("v := false; [ {{{fragment}}} -> v := true [] else -> skip ]"),
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
            let start = text.len();
            text.push_str(&format!("[] turn = {number} -> {command}\n"));
            places.push((start..text.len(), number));
        }
        text.push_str(BEHIND);
        Text { text, places }
    }

    /// The fragment that an error is about.
    fn case(&self, report: &Report) -> Option<usize> {
        let at = report.span?.start as usize;
        let mut places = self.places.iter();
        places.find(|(place, _)| place.contains(&at)).map(|(_, number)| *number)
    }
}

/// Those fragments of a list that the compiler accepts, in a program, which is read and checked once.
pub(crate) struct Accepted<'a> {
    /// The fragments.
    pub(crate) cases: Vec<&'a Case>,
    /// The others, and what the compiler says of each first.
    #[cfg_attr(feature = "plants", allow(dead_code))] // which looks for differences only
    pub(crate) rejected: Vec<(&'a Case, String)>,
    loaded: Loaded,
    program: CheckedProgram,
}

impl<'a> Accepted<'a> {
    /// Finds them; the error is one that is about no fragment.
    pub(crate) fn of(cases: &'a [Case]) -> Result<Accepted<'a>, String> {
        let mut cases: Vec<&Case> = cases.iter().collect();
        let mut rejected = Vec::new();
        loop {
            let text = Text::new(&cases);
            let loaded = hydrac::load::load("case.csp", &mut Alone(&text.text));
            let checked = hydrac::check_loaded(&loaded, &Options::default());
            let errors = checked.reports.iter().filter(|report| report.is_error());
            let mut wrong: BTreeMap<usize, String> = BTreeMap::new();
            for report in errors.clone() {
                if let Some(number) = text.case(report) {
                    wrong.entry(number).or_insert_with(|| report.message.clone());
                }
            }
            match checked.program {
                Some(program) if errors.count() == 0 => {
                    return Ok(Accepted {
                        cases,
                        rejected,
                        loaded,
                        program,
                    });
                }
                _ if !wrong.is_empty() => {
                    let kept = cases.iter().enumerate();
                    let kept = kept
                        .filter(|(number, _)| !wrong.contains_key(number))
                        .map(|(_, case)| *case);
                    let kept = kept.collect();
                    rejected.extend(wrong.into_iter().map(|(number, why)| (cases[number], why)));
                    cases = kept;
                }
                _ => return Err(format!("{:?}\n{}", checked.reports, text.text)),
            }
        }
    }

    /// The bytecode of one way.
    pub(crate) fn lower(&self, fragments: Fragments) -> Result<Program, String> {
        let options = Options {
            fragments,
            ..Options::default()
        };
        let mut program = self.program.clone();
        let module = hydrac::lower::lower(&mut program, &self.loaded.sources, &options)
            .map_err(|reports| format!("{fragments:?}: {reports:?}\n{}", self.loaded.sources[0].text))?;
        let verified = hydra_bytecode::verify(module).map_err(|problem| format!("verifier: {problem}"))?;
        Ok(Program::from(verified))
    }
}
