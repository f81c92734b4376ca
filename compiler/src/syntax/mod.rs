//! Text to tree.
//!
//! `lexer` makes tokens, `depth` bounds how deep they nest, the parser made from `grammar.lalrpop` calls `actions`
//! to make the tree. When it meets a wrong token, `complain` says so, `recover` leaves out what is wrong, and the
//! tokens are parsed again: so one run finds several errors, and none that only follows from another.

mod actions;
pub mod ast;
mod complain;
mod depth;
mod hint;
mod lexer;
mod literal;
pub mod print;
mod recover;
pub(crate) mod rhai_text;
#[cfg(test)]
mod tests;

lalrpop_util::lalrpop_mod!(
    #[allow(missing_docs, unreachable_pub, clippy::all)]
    grammar,
    "/syntax/grammar.rs"
);

use hydra_bytecode::report::Report;
use lalrpop_util::ParseError;
use lexer::{Lexeme, Token};
use recover::{Edit, Recovery};

/// So often the parser goes on after an error.
const ERRORS_MAX: usize = 20;
/// So many errors of one file are reported; what remains is seen when these are mended.
const REPORTS_MAX: usize = 100;
/// So many tokens are parsed in all for the sake of further errors.
const TOKENS_MAX: usize = 20_000_000;

/// Parses a file. Errors do not stop it: the tree holds what could be understood.
pub fn parse(file: u32, text: &str) -> (ast::Program, Vec<Report>) {
    let (tokens, mut reports) = lexer::lex(file, text);
    if let Some(report) = depth::too_deep(file, &tokens) {
        reports.push(report);
        return (ast::Program::default(), reports);
    }
    let mut program = ast::Program::default();
    let mut recovery: Option<Recovery<'_>> = None;
    let mut errors = 0;
    let mut parsed = 0;
    // a stretch in which all that is wrong follows from one error
    let mut silent = 0..0;
    loop {
        let mut builder = actions::Builder::new(file, text);
        let edits = recovery.as_ref().map_or(&[][..], |r| r.edits());
        let mut stream = Stream {
            tokens: &tokens,
            edits,
            next: 0,
        };
        let (at, expected) = match grammar::ProgramParser::new().parse(&mut builder, &mut stream) {
            Ok(tree) => {
                program = tree;
                reports.extend(builder.finish());
                break;
            }
            Err(ParseError::UnrecognizedToken {
                token: (start, ..),
                expected,
            }) => (tokens.partition_point(|l| l.start < start), expected),
            Err(ParseError::UnrecognizedEof { expected, .. }) => (tokens.len(), expected),
            Err(ParseError::ExtraToken { token: (start, ..) }) => {
                (tokens.partition_point(|l| l.start < start), Vec::new())
            }
            Err(ParseError::InvalidToken { location }) => (tokens.partition_point(|l| l.start < location), Vec::new()),
            Err(ParseError::User { error }) => match error {},
        };
        parsed += stream.next;
        let recovery = recovery.get_or_insert_with(|| Recovery::new(&tokens));
        // what stands beside something left out follows from it
        let follows = recovery
            .edits()
            .iter()
            .any(|e| e.range.start == at || e.range.end == at);
        // as does what stands behind a token that is none
        let beside = at.checked_sub(1).and_then(|before| tokens.get(before)).into_iter();
        let reported = beside.chain(tokens.get(at)).any(|l| l.token == Token::Bad);
        let open = recovery.open_bracket(at);
        if !follows && !reported && !silent.contains(&at) {
            if let Some(end) = taken_for_alternative(&tokens, at, open) {
                silent = at..end;
            }
            let closes_nothing = recovery.closes_nothing(at);
            let stop = complain::Stop {
                file,
                text,
                tokens: &tokens,
                at,
                expected,
                open,
                closes_nothing,
            };
            reports.push(stop.report());
        }
        errors += 1;
        if errors >= ERRORS_MAX || parsed > TOKENS_MAX || !recovery.leave_out(at) {
            break;
        }
    }
    reports.sort_by_key(|report| report.span.map_or(0, |span| span.start));
    reports.truncate(REPORTS_MAX);
    (program, reports)
}

/// Where `[ X :: … || Y :: … ]`, meant as a parallel command, ends: behind its bracket. `at` is its first `::` or `||`.
fn taken_for_alternative(tokens: &[Lexeme], at: usize, open: Option<usize>) -> Option<usize> {
    let open = open.filter(|&open| tokens[open].token == Token::Open)?;
    if !matches!(tokens.get(at)?.token, Token::DoubleColon | Token::Bars) {
        return None;
    }
    let mut depth = 0_usize;
    for (index, lexeme) in tokens.iter().enumerate().skip(open) {
        match lexeme.token {
            Token::Open => depth += 1,
            Token::OpenParallel => depth += 2,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(index + 1);
        }
    }
    Some(tokens.len())
}

/// The tokens of a file as a listing, one in a line: place, kind, text.
pub fn tokens(text: &str) -> String {
    use std::fmt::Write;
    let (tokens, _) = lexer::lex(0, text);
    let mut listing = String::new();
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    for lexeme in tokens {
        let (start, end) = (lexeme.start as usize, lexeme.end as usize);
        let skipped = text.get(at..start).unwrap_or("");
        line += skipped.matches('\n').count();
        line_start = skipped.rfind('\n').map_or(line_start, |n| at + n + 1);
        let column = text.get(line_start..start).unwrap_or("").chars().count() + 1;
        at = start;
        let place = format!("{line}:{column}");
        let kind = format!("{:?}", lexeme.token);
        let _ = writeln!(
            listing,
            "{place:<8} {kind:<14} {}",
            text.get(start..end).unwrap_or("").escape_debug()
        );
    }
    listing
}

/// The place of a token or edit as the parser sees it.
fn place(tokens: &[Lexeme], edit: &Edit) -> (u32, u32) {
    let end_of_all = tokens.last().map_or(0, |l| l.end);
    let start = tokens.get(edit.range.start).map_or(end_of_all, |l| l.start);
    let end = match edit.range.end.checked_sub(1).and_then(|last| tokens.get(last)) {
        Some(last) if edit.range.start < edit.range.end => last.end,
        _ => start,
    };
    (start, end)
}

/// What the parser reads: the tokens, with what is left out replaced.
struct Stream<'t> {
    tokens: &'t [Lexeme],
    edits: &'t [Edit],
    next: usize,
}

impl Iterator for Stream<'_> {
    type Item = (u32, Token, u32);

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((edit, others)) = self.edits.split_first()
            && edit.range.start <= self.next
        {
            self.edits = others;
            self.next = edit.range.end.max(self.next);
            if let Some(token) = edit.with {
                let (start, end) = place(self.tokens, edit);
                return Some((start, token, end));
            }
        }
        let lexeme = self.tokens.get(self.next)?;
        self.next += 1;
        Some((lexeme.start, lexeme.token, lexeme.end))
    }
}

/// The value of a string literal with its quotes, escapes resolved.
pub(crate) fn string_value(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    literal::unescape(inner).ok()
}
