//! Meaning to bytecode.

use crate::check::tree::CheckedProgram;
use hydra_bytecode::{Module, Source};

/// Lowers a checked program; it has no errors.
pub fn lower(program: &CheckedProgram, sources: &[Source]) -> Module {
    let _ = (program, sources);
    todo!()
}
