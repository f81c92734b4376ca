//! Programs from their text.

use hydra_bytecode::report::{Report, Severity};
use hydra_bytecode::{Source, VerifiedModule};
use hydrac::Fragments;
use hydrac::load::Loader;
use std::path::Path;

/// Native stack for the compiler, which follows deeply nested programs.
const COMPILER_STACK_BYTES: usize = 256 << 20;

/// What came of compiling a program.
#[derive(Debug)]
pub struct Compiled {
    /// The program, unless there are errors.
    pub module: Option<VerifiedModule>,
    /// Errors and warnings.
    pub reports: Vec<Report>,
    /// The files that were read; spans of reports index them.
    pub sources: Vec<Source>,
}

/// One text, without any other files.
struct Alone<'a> {
    path: &'a str,
    text: &'a str,
}

impl Loader for Alone<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        if path == self.path {
            Ok(self.text.as_bytes().to_vec())
        } else {
            Err("imports need files".into())
        }
    }
}

struct Files;

impl Loader for Files {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|problem| problem.to_string())
    }
}

/// Compiles a program from its text; `path` is its name in messages. Imports of files are not found.
/// The error holds what was wrong; [`Program::compile`](crate::Program::compile) gives an error that can be shown.
pub fn compile(path: &str, text: &str) -> Result<VerifiedModule, Vec<Report>> {
    let compiled = compile_text(path, text, &hydrac::Options::default());
    compiled.module.ok_or(compiled.reports)
}

/// Compiles a text alone.
pub(crate) fn compile_text(path: &str, text: &str, options: &hydrac::Options) -> Compiled {
    compile_with(path, &mut Alone { path, text }, options)
}

/// Compiles a program from a file, and what it imports.
pub fn compile_file(path: &Path) -> Compiled {
    compile_file_with(path, &hydrac::Options::default())
}

/// Compiles a program from a file, and what it imports, so that all braces that become bytecode are evaluated by rhai, too, and
/// the run ends at the first difference.
pub fn compile_file_paranoid(path: &Path) -> Compiled {
    let options = hydrac::Options {
        fragments: Fragments::Both,
        ..hydrac::Options::default()
    };
    compile_file_with(path, &options)
}

/// Compiles a program from a file with options.
pub(crate) fn compile_file_with(path: &Path, options: &hydrac::Options) -> Compiled {
    compile_with(&path.to_string_lossy(), &mut Files, options)
}

fn compile_with(path: &str, loader: &mut (dyn Loader + Send), options: &hydrac::Options) -> Compiled {
    let run = || hydrac::compile(path, loader, options);
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(COMPILER_STACK_BYTES)
            .spawn_scoped(scope, run);
        thread.map(|thread| thread.join())
    });
    let problem = |message: String| Compiled {
        module: None,
        reports: vec![Report::new(Severity::Error, "", None, message)],
        sources: Vec::new(),
    };
    let outcome = match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => return problem("the compiler has panicked, please report it".into()),
        Err(error) => return problem(format!("cannot start a thread for the compiler: {error}")),
    };
    match outcome.module.map(hydra_bytecode::verify) {
        None => Compiled {
            module: None,
            reports: outcome.reports,
            sources: outcome.sources,
        },
        Some(Ok(module)) => Compiled {
            module: Some(module),
            reports: outcome.reports,
            sources: outcome.sources,
        },
        Some(Err(error)) => problem(format!(
            "the compiler has made a wrong module, please report it: {error}"
        )),
    }
}
