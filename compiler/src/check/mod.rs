//! Tree to meaning: names, types, and what can be known of communications and shared variables.

pub mod passes;
pub mod print;
pub mod resolve;
pub mod script;
pub mod tree;

use crate::{Options, load::Loaded};
use hydra_bytecode::report::Report;

/// What came of a check.
#[derive(Debug)]
pub struct Checked {
    /// The program; `None` if errors kept it from being made.
    pub program: Option<tree::CheckedProgram>,
    /// Errors and warnings.
    pub reports: Vec<Report>,
}

/// Checks a program.
pub fn check(loaded: &Loaded, options: &Options) -> Checked {
    let mut checked = resolve::resolve_partly(loaded, options);
    if checked.reports.iter().any(Report::is_error) {
        let program = checked.program.take();
        if let Some(program) = &program {
            let more = passes::run_partly(program, &checked.reports);
            checked.reports.extend(more);
        }
    } else if let Some(program) = &mut checked.program {
        checked.reports.extend(passes::run(program));
    }
    checked
}
