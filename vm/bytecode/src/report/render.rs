//! Reports as text for people.

use super::{Report, Severity};
use crate::span::{LineIndex, Source, Span};
use annotate_snippets::{
    AnnotationKind, Group, Level, Renderer as Excerpts, Snippet, renderer::AnsiColor, renderer::Style,
};
use std::{cell::OnceCell, fmt::Write, ops::Range};

/// Renders reports about the same sources. It finds the lines of a source once, however many reports there are.
#[derive(Debug)]
pub struct Renderer<'s> {
    sources: &'s [Source],
    color: bool,
    /// Of each source, when it is wanted.
    lines: Vec<OnceCell<LineIndex>>,
}

/// So many characters of a line are shown.
const WIDTH_MAX: usize = 160;
/// So many characters before the marked part are shown of a longer line.
const BEFORE_MAX: usize = 50;

const BOLD: Style = Style::new().bold();
const RED: Style = AnsiColor::BrightRed.on_default().bold();
const YELLOW: Style = AnsiColor::BrightYellow.on_default().bold();
const GREEN: Style = AnsiColor::BrightGreen.on_default().bold();
const CYAN: Style = AnsiColor::BrightCyan.on_default().bold();

/// A place as people name it.
pub(super) struct Place<'s> {
    pub(super) path: &'s str,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

impl<'s> Renderer<'s> {
    /// A renderer; with color, text is marked for a terminal.
    pub fn new(sources: &'s [Source], color: bool) -> Self {
        Renderer {
            sources,
            color,
            lines: vec![OnceCell::new(); sources.len()],
        }
    }

    /// The report as text for people; every place in it begins `path:LINE:COLUMN: `. Ends with a line end.
    pub fn render(&self, report: &Report) -> String {
        let mut out = String::new();
        let (word, style, level) = match report.severity {
            Severity::Error => ("error", RED, Level::ERROR),
            Severity::Warning => ("warning", YELLOW, Level::WARNING),
            Severity::Event(word) => (word, RED, Level::ERROR),
        };
        let title = if report.code.is_empty() {
            word.to_string()
        } else {
            format!("{word}[{}]", report.code)
        };
        self.heading(&mut out, report.span, &title, style, &report.message);
        self.excerpt(&mut out, report.span, level, &report.label);
        for note in &report.notes {
            self.heading(&mut out, note.span, "note", GREEN, &note.text);
            self.excerpt(&mut out, note.span, Level::NOTE, "");
        }
        if let Some(help) = &report.help {
            self.heading(&mut out, None, "help", CYAN, help);
        }
        out
    }

    /// A place in words, if the source is known.
    pub(super) fn place(&self, span: Span) -> Option<Place<'s>> {
        let source = self.sources.get(span.file as usize)?;
        let lines = self.lines(span)?;
        let (line, column) = lines.line_column(&source.text, span.start);
        let (end_line, end_column) = lines.line_column(&source.text, span.end.max(span.start));
        Some(Place {
            path: &source.path,
            line,
            column,
            end_line,
            end_column,
        })
    }

    fn lines(&self, span: Span) -> Option<&LineIndex> {
        let index = span.file as usize;
        let source = self.sources.get(index)?;
        Some(self.lines.get(index)?.get_or_init(|| LineIndex::new(&source.text)))
    }

    fn painted(&self, text: &str, style: Style) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    fn heading(&self, out: &mut String, span: Option<Span>, title: &str, style: Style, message: &str) {
        if let Some(place) = span.and_then(|span| self.place(span)) {
            let place = format!("{}:{}:{}: ", printable(place.path), place.line, place.column);
            out.push_str(&self.painted(&place, BOLD));
        }
        let _ = writeln!(out, "{}: {}", self.painted(title, style), printable(message));
    }

    /// The first line of a place, with the marked part drawn. Nothing else of the program is shown.
    fn excerpt(&self, out: &mut String, span: Option<Span>, level: Level<'_>, label: &str) {
        let Some(span) = span else { return };
        let (Some(source), Some(lines)) = (self.sources.get(span.file as usize), self.lines(span)) else {
            return;
        };
        let (line, _) = lines.line_column(&source.text, span.start);
        let range = lines.line_range(&source.text, line);
        let Some(text) = source.text.get(range.clone()) else {
            return;
        };
        let mark = (span.start as usize).clamp(range.start, range.end) - range.start
            ..(span.end as usize).clamp(range.start, range.end) - range.start;
        let (shown, mark) = window(text, mark);
        let label = printable(label).replace('\n', " ");
        let annotation = AnnotationKind::Primary
            .span(mark)
            .label((!label.is_empty()).then_some(label.as_str()));
        let group =
            Group::with_level(level).element(Snippet::source(shown.as_str()).line_start(line).annotation(annotation));
        let excerpts = if self.color {
            Excerpts::styled()
        } else {
            Excerpts::plain()
        };
        // lines are cut above, where the marked part is seen
        out.push_str(&excerpts.term_width(10 * WIDTH_MAX).render(&[group]));
        out.push('\n');
    }
}

/// What is shown of a line and where the mark is in it; both ends of the mark lie between characters.
fn window(line: &str, mark: Range<usize>) -> (String, Range<usize>) {
    let inside = |mut at: usize| {
        at = at.min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, mut end) = (inside(mark.start), inside(mark.end).max(inside(mark.start)));
    // blanks at its end are not worth a mark
    end = start + line[start..end].trim_end().len();
    let from = match line[..start].char_indices().rev().nth(BEFORE_MAX) {
        Some((at, _)) if line.len() > WIDTH_MAX => at,
        _ => 0,
    };
    let to = line[from..]
        .char_indices()
        .nth(WIDTH_MAX)
        .map_or(line.len(), |(at, _)| from + at);
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < line.len() { "…" } else { "" });
    let moved = |at: usize| at.min(to) - from + before.len();
    (format!("{before}{}{after}", &line[from..to]), moved(start)..moved(end))
}

/// A text without characters that steer a terminal.
fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            // direction marks could make a line read differently from what it is
            c if c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}') => {
                shown.extend(c.escape_unicode());
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use crate::{Source, Span, report::*};

    fn sources(text: &str) -> Vec<Source> {
        vec![Source {
            path: "dir/prog.csp".into(),
            text: text.into(),
        }]
    }

    #[test]
    fn an_error_shows_its_place_and_nothing_else() {
        let sources = sources("x : integer;\nx := ;\nskip\n");
        let report = Report::error("H0101", Span::new(0, 18, 19), "an expression expected").label("here");
        let text = render(&report, &sources, false);
        assert_eq!(
            text,
            "dir/prog.csp:2:6: error[H0101]: an expression expected\n  |\n2 | x := ;\n  |      ^ here\n"
        );
    }

    #[test]
    fn notes_have_places_of_their_own() {
        let sources = sources("one\ntwo\n");
        let report = Report::warning("H0901", Span::new(0, 0, 3), "seen")
            .note(Span::new(0, 4, 7), "also here")
            .remark("a remark")
            .help("do this");
        let text = render(&report, &sources, false);
        let heads: Vec<&str> = text.lines().filter(|l| !l.contains('|')).collect();
        assert_eq!(
            heads,
            [
                "dir/prog.csp:1:1: warning[H0901]: seen",
                "dir/prog.csp:2:1: note: also here",
                "note: a remark",
                "help: do this"
            ]
        );
    }

    #[test]
    fn events_have_no_code_and_may_have_no_place() {
        let report = Report::new(
            Severity::Event("failure"),
            "",
            Some(Span::new(0, 0, 1)),
            "division by zero",
        );
        assert!(render(&report, &sources("x"), false).starts_with("dir/prog.csp:1:1: failure: division by zero\n"));
        let report = Report::new(Severity::Error, "", None, "no file");
        assert_eq!(render(&report, &[], false), "error: no file\n");
        // a place in a source that is not there
        let report = Report::error("H0101", Span::new(7, 0, 1), "odd");
        assert_eq!(render(&report, &[], false), "error[H0101]: odd\n");
    }

    #[test]
    fn many_lines_are_cut_to_the_first() {
        let sources = sources("{ a\n b\n c }\n");
        let text = render(&Report::error("H0700", Span::new(0, 0, 11), "odd"), &sources, false);
        assert!(text.contains("1 | { a\n") && !text.contains(" b"), "{text}");
    }

    #[test]
    fn columns_count_characters_and_marks_fall_between_them() {
        let sources = sources("é := 漢字\tx\n");
        let len = sources[0].text.len() as u32;
        for start in 0..=len + 1 {
            for end in 0..=len + 1 {
                render(
                    &Report::error("H0101", Span::new(0, start, end), "odd").label("here"),
                    &sources,
                    true,
                );
            }
        }
        let text = render(&Report::error("H0101", Span::new(0, 6, 9), "odd"), &sources, false);
        assert!(text.starts_with("dir/prog.csp:1:6: "), "{text}");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let line = format!("{}HERE{}", "é ".repeat(5000), " é".repeat(5000));
        let at = line.find("HERE").unwrap() as u32;
        let text = render(
            &Report::error("H0101", Span::new(0, at, at + 4), "odd").label("this"),
            &sources(&line),
            false,
        );
        assert!(
            text.contains("HERE") && text.contains("^^^^ this") && text.len() < 1000,
            "{text}"
        );
        assert!(text.starts_with("dir/prog.csp:1:10001: "), "{text}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let text = render(
            &Report::error("H0102", Span::new(0, 0, 2), "\u{1b}[31m"),
            &sources("\u{1b}[2Jx\u{7}"),
            false,
        );
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
    }

    #[test]
    fn color_marks_the_word() {
        let report = Report::error("H0101", Span::new(0, 0, 1), "odd");
        assert!(render(&report, &sources("x"), true).contains("\u{1b}["));
    }

    #[test]
    fn json_is_one_line() {
        let sources = sources("x : integer;\nx := \"é\";\n");
        let report = Report::error("H0101", Span::new(0, 18, 22), "odd \"quoted\"")
            .label("here")
            .remark("so")
            .help("do");
        let json = to_json(&report, &sources);
        assert_eq!(
            json,
            "{\"severity\":\"error\",\"code\":\"H0101\",\"message\":\"odd \\\"quoted\\\"\",\"file\":\"dir/prog.csp\",\"line\":2,\
             \"column\":6,\"end_line\":2,\"end_column\":9,\"label\":\"here\",\"notes\":[{\"message\":\"so\",\"file\":null,\
             \"line\":null,\"column\":null,\"end_line\":null,\"end_column\":null}],\"help\":\"do\"}"
        );
    }
}
