//! The compiler of Hydra: CSP text in, bytecode or reports out. Reads no file and prints nothing: whoever calls it does.
//!
//! Trees are walked by recursion. Their depth is bounded, but callers should give the compiler a thread with
//! [`STACK_BYTES`] of stack.
//!
//! A program passes through [`load`] (its files, parsed by [`syntax`]), [`check`] (names, types and the rules of
//! communication) and [`lower`] (bytecode); [`compile`] does all of it:
//!
//! ```
//! use hydrac::{Options, compile, load::Loader};
//!
//! /// A program in memory.
//! struct Text(&'static str);
//!
//! impl Loader for Text {
//!     fn read(&mut self, _path: &str) -> Result<Vec<u8>, String> {
//!         Ok(self.0.into())
//!     }
//! }
//!
//! let good = "[[ a :: b ! 42 || b :: n : integer; a ? n; {print(n)} ]]";
//! let outcome = compile("good.csp", &mut Text(good), &Options::default());
//! assert!(outcome.reports.is_empty());
//! assert!(hydra_bytecode::verify(outcome.module.expect("it has no errors")).is_ok());
//!
//! let bad = "n : integer; [[ a :: n := 1 || b :: n := 2 ]]";
//! let outcome = compile("bad.csp", &mut Text(bad), &Options::default());
//! assert!(outcome.module.is_none());
//! assert!(outcome.reports.iter().any(|report| report.code == "H0501"));
//! ```
#![forbid(unsafe_code)]

pub mod check;
pub mod explain;
pub mod load;
pub mod lower;
pub mod plants;
pub mod syntax;

use check::Checked;
use hydra_bytecode::{Module, Source, Span, report::Report};
pub use hydra_stdlib::engine::Functions;
use load::Loaded;

/// The stack that the compiler may need for the deepest program that it accepts.
pub const STACK_BYTES: usize = 256 << 20;

/// What a compilation is told besides the text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-D NAME=VALUE`: constants whose values are changed.
    pub defines: Vec<(String, String)>,
    /// `--fragments`: what becomes of rhai in braces.
    pub fragments: Fragments,
    /// Functions of the application that runs the program, for fragments.
    pub functions: Functions,
}

/// What becomes of rhai in braces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fragments {
    /// What can be is lowered to bytecode, the rest is evaluated by rhai.
    #[default]
    Lowered,
    /// rhai evaluates all.
    Rhai,
    /// As `Lowered`; and what became bytecode is evaluated by rhai, too, on copies, and compared.
    Both,
}

/// What came of a compilation.
#[derive(Debug)]
pub struct Outcome {
    /// The program, if it has no errors.
    pub module: Option<Module>,
    /// Errors and warnings, in the order of their places.
    pub reports: Vec<Report>,
    /// The files that were read; spans of reports index them.
    pub sources: Vec<Source>,
    /// Trees that are not needed any more. Freeing those of a long program takes a tenth of its compilation, so that is left
    /// to whoever has the outcome; a process that ends now can [`std::mem::forget`] it.
    _trees: Trees,
}

/// The trees of a program: as written, and checked.
#[derive(Debug)]
struct Trees {
    _files: Vec<load::File>,
    _program: Option<check::tree::CheckedProgram>,
}

/// Compiles the program in a file.
pub fn compile(path: &str, loader: &mut dyn load::Loader, options: &Options) -> Outcome {
    compile_loaded(load::load(path, loader), options)
}

/// Compiles a program that was read.
pub fn compile_loaded(loaded: Loaded, options: &Options) -> Outcome {
    let mut checked = check_loaded(&loaded, options);
    if is_library(&loaded) && !checked.reports.iter().any(Report::is_error) {
        let message = "a library: there is no command list to run, only definitions";
        let report = Report::error("H0407", Span::new(0, 0, 0), message)
            .help("a library can be imported, and checked with `hydrac check`");
        checked.reports.push(report);
    }
    let module = match &mut checked.program {
        Some(program) if !checked.reports.iter().any(Report::is_error) => {
            lower::lower(program, &loaded.sources, options)
                .map_err(|limits| checked.reports.extend(limits))
                .ok()
        }
        _ => None,
    };
    Outcome {
        module,
        reports: checked.reports,
        sources: loaded.sources,
        _trees: Trees {
            _files: loaded.files,
            _program: checked.program,
        },
    }
}

/// Checks a program that was read. The reports are all there are, in the order of their places.
pub fn check_loaded(loaded: &Loaded, options: &Options) -> Checked {
    let mut checked = if loaded.reports.iter().any(Report::is_error) {
        // what is missing in the tree would be taken for undeclared
        Checked {
            program: None,
            reports: Vec::new(),
        }
    } else {
        check::check(loaded, options)
    };
    // in the library such a guard is there to wait for the end of whoever is named
    let drains = |report: &Report| report.code == "H0906" && report.span.is_some_and(|span| loaded.drains(span));
    checked.reports.retain(|report| !drains(report));
    checked.reports.extend(loaded.reports.iter().cloned());
    checked
        .reports
        .sort_by_key(|report| report.span.map(|span| (span.file, span.start)));
    checked
}

/// Whether a program has no command list.
pub fn is_library(loaded: &Loaded) -> bool {
    loaded.files.first().is_none_or(|file| file.program.body.is_empty())
}
