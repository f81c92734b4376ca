//! Listings: a module as readable assembly.
//!
//! First the code of each routine, under the lines of the program that it comes from, then the tables. A listing is made
//! of any module, verified or not: what does not exist is shown as `?`.

mod code;
mod tables;
mod text;

use crate::module::Module;
use crate::span::Span;

/// The module as text for people, the code with the lines of the source beside it.
pub fn listing(module: &Module) -> String {
    let list = List {
        module,
        lines: module.sources.iter().map(|source| line_starts(&source.text)).collect(),
    };
    let mut out = String::new();
    for index in 0..module.routines.len() {
        list.routine(&mut out, index);
    }
    list.tables(&mut out);
    out
}

/// A module with the offsets at which the lines of its sources begin.
struct List<'a> {
    module: &'a Module,
    lines: Vec<Vec<usize>>,
}

fn line_starts(text: &str) -> Vec<usize> {
    [0].into_iter()
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect()
}

impl List<'_> {
    /// Path, number from 1, and text of the line in which a span begins.
    fn line(&self, span: Span) -> Option<(&str, usize, &str)> {
        let (file, at) = (span.file as usize, span.start as usize);
        let (source, starts) = (self.module.sources.get(file)?, self.lines.get(file)?);
        let number = starts.partition_point(|&start| start <= at);
        let text = source.text.get(*starts.get(number.checked_sub(1)?)?..)?;
        Some((&source.path, number, text.lines().next().unwrap_or("").trim()))
    }

    /// The text of a source at a span.
    fn source(&self, span: Span) -> &str {
        let source = self.module.sources.get(span.file as usize);
        source
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or("?")
    }

    /// `path:line`
    fn place(&self, span: Span) -> String {
        self.line(span).map_or_else(
            || "?".to_string(),
            |(path, number, _)| format!("{}:{number}", text::short(path)),
        )
    }
}
