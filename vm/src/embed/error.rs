//! What goes wrong, as data and as text.

use crate::engine::{Outcome, Status};
use hydra_bytecode::Source;
use hydra_bytecode::report::{Renderer, Report, Severity};
use std::fmt;

/// What went wrong, in one of its kinds. It displays as the command line shows it, with excerpts of the source.
///
/// ```
/// use hydra_vm::{ErrorKind, Program, Run};
///
/// let program = Program::compile("halves.csp", "n : integer;\n{print(1 / n)}")?;
/// let error = Run::new(&program).run()?.finished().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Failure);
/// let report = &error.reports()[0];
/// let place = report.span.expect("a failure has a place");
/// assert_eq!(error.sources()[place.file as usize].line_column(place.start).0, 2);
/// assert!(error.to_string().starts_with("halves.csp:2:"));
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    reports: Vec<Report>,
    sources: Vec<Source>,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is no program, or the bytes are no compiled one.
    Compile,
    /// The run was not started: a param without a value, an extern that is not bound, an unknown name.
    Usage,
    /// A failure of the program.
    Failure,
    /// No process could go on.
    Deadlock,
    /// A limit was reached.
    Limit,
    /// The run was cancelled.
    Cancelled,
    /// The bytes are no trace of a run, or it cannot be followed.
    Trace,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, reports: Vec<Report>, sources: Vec<Source>) -> Error {
        Error(Box::new(Inner { kind, reports, sources }))
    }

    pub(crate) fn message(kind: ErrorKind, message: impl Into<String>) -> Error {
        let report = Report::new(Severity::Error, "", None, message);
        Error::new(kind, vec![report], Vec::new())
    }

    /// What an outcome is, if it is not done.
    pub(crate) fn of(outcome: Outcome) -> Option<Error> {
        let kind = match outcome.status {
            Status::Done => return None,
            Status::Failure => ErrorKind::Failure,
            Status::Deadlock => ErrorKind::Deadlock,
            Status::Limit => ErrorKind::Limit,
            Status::Cancelled => ErrorKind::Cancelled,
        };
        Some(Error::new(kind, outcome.report.into_iter().collect(), outcome.sources))
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is to be said, with codes and places; at least one report. Those of the compiler may include warnings.
    pub fn reports(&self) -> &[Report] {
        &self.0.reports
    }

    /// The files that the places are in.
    pub fn sources(&self) -> &[Source] {
        &self.0.sources
    }

    /// All reports as text for people, as [`Display`](fmt::Display) gives it, in color.
    pub fn colored(&self) -> String {
        self.render(true)
    }

    fn render(&self, color: bool) -> String {
        let renderer = Renderer::new(&self.0.sources, color);
        let text: String = self.0.reports.iter().map(|report| renderer.render(report)).collect();
        text.trim_end().to_owned()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// The kind and the text, for `main` returns errors to be shown so.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}\n{self}", self.0.kind)
    }
}

impl std::error::Error for Error {}
