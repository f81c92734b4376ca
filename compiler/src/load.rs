//! Reads and parses the program and the files it imports.

use crate::syntax::ast;
use hydra_bytecode::{Source, report::Report};

/// Where files come from.
pub trait Loader {
    /// The bytes of a file; `path` is as given, or relative to the importing file's folder. The error is for a message.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String>;
}

/// A parsed file.
#[derive(Debug, Default)]
pub struct File {
    /// Its tree.
    pub program: ast::Program,
    /// The file (index) that each `import` item brings in, in their order; `None` where it could not be read.
    pub imports: Vec<Option<u32>>,
}

/// The program with all it imports.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Texts; the first is the program itself.
    pub sources: Vec<Source>,
    /// Trees, in the same order.
    pub files: Vec<File>,
    /// rhai modules that `_include` items import, by path as written: source (empty for a standard module).
    pub scripts: Vec<(String, String)>,
    /// What was wrong.
    pub reports: Vec<Report>,
}

/// Reads a program. Cycles of imports are errors; a file imported twice is read once.
pub fn load(path: &str, loader: &mut dyn Loader) -> Loaded {
    let _ = (path, loader);
    todo!()
}
