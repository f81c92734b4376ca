//! What is checked on the resolved tree as a whole.

use super::tree::CheckedProgram;
use hydra_bytecode::report::Report;

/// Disjointness (sets the capture modes), communications, and warnings.
pub fn run(program: &mut CheckedProgram) -> Vec<Report> {
    let _ = program;
    todo!()
}
