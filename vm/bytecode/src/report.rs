//! What Hydra tells its user: errors and warnings of the compiler, failures and deadlocks of a run.
//!
//! One type for both, so that they look alike and are rendered in one place.

mod json;
mod render;

use crate::span::{Source, Span};
pub use render::Renderer;

/// How bad it is; the word that follows the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The program is wrong and will not be compiled.
    Error,
    /// The program is compiled, but something looks unintended.
    Warning,
    /// What happened in a run: `failure`, `deadlock`, …
    Event(&'static str),
}

/// A further place of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where; a note without a place is a remark.
    pub span: Option<Span>,
    /// What is said of it.
    pub text: String,
}

/// One message with its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Error, warning, or what happened.
    pub severity: Severity,
    /// `H0203` and the like; empty for what has no code.
    pub code: &'static str,
    /// One sentence, what was found and what was wanted.
    pub message: String,
    /// The place it is about.
    pub span: Option<Span>,
    /// What is written beside the marked part; may be empty.
    pub label: String,
    /// Other places, in the order they are shown: the other end, the first declaration, the caller.
    pub notes: Vec<Note>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Report {
    /// An error with a code, a message and its place.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Report::new(Severity::Error, code, Some(span), message)
    }

    /// A warning with a code, a message and its place.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Report::new(Severity::Warning, code, Some(span), message)
    }

    /// Any report.
    pub fn new(severity: Severity, code: &'static str, span: Option<Span>, message: impl Into<String>) -> Self {
        Report {
            severity,
            code,
            message: message.into(),
            span,
            label: String::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// With text beside the marked part.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = text.into();
        self
    }

    /// With a further place.
    #[must_use]
    pub fn note(mut self, span: Span, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            span: Some(span),
            text: text.into(),
        });
        self
    }

    /// With a remark that has no place.
    #[must_use]
    pub fn remark(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            span: None,
            text: text.into(),
        });
        self
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Whether it keeps the program from being compiled.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// The report as text for people; every place in it begins `path:LINE:COLUMN: `. Ends with a line end.
pub fn render(report: &Report, sources: &[Source], color: bool) -> String {
    Renderer::new(sources, color).render(report)
}

/// The report as one line of JSON, without a line end.
pub fn to_json(report: &Report, sources: &[Source]) -> String {
    Renderer::new(sources, false).to_json(report)
}
