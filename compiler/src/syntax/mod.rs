//! Text to tree.

pub mod ast;

use hydra_bytecode::report::Report;

/// Parses a file. Errors do not stop it: the tree holds what could be understood.
pub fn parse(file: u32, text: &str) -> (ast::Program, Vec<Report>) {
    let _ = (file, text);
    todo!()
}
