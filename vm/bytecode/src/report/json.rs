//! Reports as JSON, for editors and other tools.

use super::{Renderer, Report, Severity};
use crate::span::Span;
use serde::Serialize;

#[derive(Serialize)]
struct Json<'a> {
    severity: &'a str,
    code: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    label: &'a str,
    notes: Vec<JsonNote<'a>>,
    help: Option<&'a str>,
}

/// Lines and columns count from 1, columns in characters; the end is behind the last character.
#[derive(Serialize, Default)]
struct JsonPlace<'a> {
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct JsonNote<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

impl<'s> Renderer<'s> {
    /// The report as one line of JSON, without a line end.
    pub fn to_json(&self, report: &Report) -> String {
        let severity = match report.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Event(word) => word,
        };
        let notes = report
            .notes
            .iter()
            .map(|n| JsonNote {
                message: &n.text,
                place: self.json_place(n.span),
            })
            .collect();
        let json = Json {
            severity,
            code: report.code,
            message: &report.message,
            place: self.json_place(report.span),
            label: &report.label,
            notes,
            help: report.help.as_deref(),
        };
        // texts, numbers and lists of them: nothing that cannot be written
        serde_json::to_string(&json).unwrap_or_default()
    }

    fn json_place(&self, span: Option<Span>) -> JsonPlace<'s> {
        match span.and_then(|span| self.place(span)) {
            Some(place) => JsonPlace {
                file: Some(place.path),
                line: Some(place.line),
                column: Some(place.column),
                end_line: Some(place.end_line),
                end_column: Some(place.end_column),
            },
            None => JsonPlace::default(),
        }
    }
}
