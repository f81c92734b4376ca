//! The compiler of Hydra: CSP text in, bytecode or reports out. Reads no file and prints nothing: whoever calls it does.
#![forbid(unsafe_code)]

pub mod check;
pub mod load;
pub mod lower;
pub mod syntax;

use hydra_bytecode::{Module, Source, report::Report};

/// What a compilation is told besides the text.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-D NAME=VALUE`: constants whose values are changed.
    pub defines: Vec<(String, String)>,
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
}

/// Compiles the program in a file.
pub fn compile(path: &str, loader: &mut dyn load::Loader, options: &Options) -> Outcome {
    let loaded = load::load(path, loader);
    let checked = check::check(&loaded, options);
    let mut reports = loaded.reports;
    reports.extend(checked.reports);
    let module = match checked.program {
        Some(program) if !reports.iter().any(Report::is_error) => lower::lower(&program, &loaded.sources)
            .map_err(|limits| reports.extend(limits))
            .ok(),
        _ => None,
    };
    Outcome {
        module,
        reports,
        sources: loaded.sources,
    }
}
