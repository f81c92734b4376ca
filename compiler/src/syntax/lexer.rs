//! Text to tokens.
//!
//! A token is its kind and its place; its text stays in the source. What is wrong inside a literal is reported here, and
//! the literal stays a literal, so that nothing follows from it. A character that starts no token, and what is never
//! closed, becomes [`Token::Bad`], on which the parser stays silent.

use super::{
    literal,
    rhai_text::{Piece, Scanner},
};
use hydra_bytecode::{Span, report::Report};
use logos::Logos;

/// The kinds of tokens.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n\x0C]+")]
#[logos(skip(r"--[^\n]*", allow_greedy = true))]
pub(crate) enum Token {
    /// A name, reserved words and `_` excluded.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Name,
    /// Digits and what is glued to them; whether it is well formed is seen later.
    #[regex(r"[0-9][0-9A-Za-z_]*")]
    Integer,
    /// A number with a point, an exponent, or both.
    #[regex(r"[0-9][0-9_]*\.[0-9][0-9A-Za-z_]*")]
    #[regex(r"[0-9][0-9_]*\.[0-9][0-9_]*[eE][+-][0-9A-Za-z_]*")]
    #[regex(r"[0-9][0-9_]*[eE][0-9_]+")]
    #[regex(r"[0-9][0-9_]*[eE][+-][0-9A-Za-z_]*")]
    Real,
    /// `'c'`; the lexer takes the rest of it.
    #[token("'")]
    Character,
    /// `"text"`; the lexer takes the rest of it.
    #[token("\"")]
    String,
    /// rhai in braces; the lexer takes the rest of it.
    #[token("{")]
    Fragment,

    #[token("skip")]
    Skip,
    #[token("after")]
    After,
    #[token("pri")]
    Pri,
    #[token("else")]
    Else,
    #[token("and")]
    And,
    #[token("or")]
    Or,
    #[token("not")]
    Not,
    #[token("true")]
    True,
    #[token("false")]
    False,
    #[token("integer")]
    IntegerType,
    #[token("real")]
    RealType,
    #[token("boolean")]
    BooleanType,
    #[token("character")]
    CharacterType,
    #[token("string")]
    StringType,
    #[token("any")]
    Any,
    #[token("process")]
    Process,
    #[token("end")]
    End,
    #[token("param")]
    Param,
    #[token("const")]
    Const,
    #[token("extern")]
    Extern,
    #[token("import")]
    Import,
    #[token("_include")]
    Include,

    #[token("_", priority = 3)]
    Drop,
    #[token(";")]
    Semicolon,
    #[token(",")]
    Comma,
    #[token(":")]
    Colon,
    #[token("::")]
    DoubleColon,
    #[token(":=")]
    Assign,
    #[token("..")]
    DotDot,
    #[token("->")]
    #[token("→")]
    Arrow,
    #[token("[]")]
    #[token("□")]
    Box,
    #[token("||")]
    #[token("‖")]
    Bars,
    #[token("[")]
    Open,
    #[token("[[")]
    OpenParallel,
    #[token("]")]
    Close,
    #[token("(")]
    OpenParen,
    #[token(")")]
    CloseParen,
    #[token("?")]
    Query,
    #[token("!")]
    Shriek,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("=")]
    #[token("==")]
    Equal,
    #[token("<>")]
    #[token("!=")]
    #[token("≠")]
    NotEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    #[token("≤")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    #[token("≥")]
    GreaterEqual,

    /// What is wrong in the place of a command, guard, label or expression; an error was reported.
    Bad,
    /// What is wrong in the place of an item; an error was reported.
    BadItem,
}

impl Token {
    /// Whether an item begins with it (`process` only if a name follows).
    pub(crate) fn begins_item(self) -> bool {
        matches!(
            self,
            Token::Const | Token::Param | Token::Extern | Token::Import | Token::Include
        )
    }

    /// Whether it is a reserved word.
    pub(crate) fn is_word(self) -> bool {
        self as u8 >= Token::Skip as u8 && self as u8 <= Token::Include as u8
    }
}

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lexeme {
    /// Its kind.
    pub(crate) token: Token,
    /// Offset of its first byte.
    pub(crate) start: u32,
    /// Offset behind its last byte.
    pub(crate) end: u32,
}

/// So many lexical errors of one file are reported; garbage has a million.
const REPORTS_MAX: usize = 20;

/// After so many quotes without an end, a fragment is given up.
const QUOTES_MAX: usize = 10;

/// The tokens of a text, and what is wrong with them.
pub(crate) fn lex(file: u32, text: &str) -> (Vec<Lexeme>, Vec<Report>) {
    let mut lexer = Lexer {
        file,
        text,
        at: 0,
        tokens: Vec::with_capacity(text.len() / 4),
        reports: Vec::new(),
    };
    lexer.run();
    (lexer.tokens, lexer.reports)
}

struct Lexer<'t> {
    file: u32,
    text: &'t str,
    /// Where the next token is looked for.
    at: usize,
    tokens: Vec<Lexeme>,
    reports: Vec<Report>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let mut words = Token::lexer(self.text);
        while let Some(token) = words.next() {
            let range = words.span();
            self.at = range.end;
            match token {
                Ok(Token::Character) => self.quoted(range.start, '\''),
                Ok(Token::String) => self.quoted(range.start, '"'),
                Ok(Token::Fragment) => self.fragment(range.start),
                Ok(token @ (Token::Integer | Token::Real)) => self.number(token, range.start),
                Ok(token) => self.push(token, range.start),
                Err(()) => self.unknown(range.start),
            }
            words.bump(self.at - range.end);
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start as u32, end as u32)
    }

    fn push(&mut self, token: Token, start: usize) {
        self.tokens.push(Lexeme {
            token,
            start: start as u32,
            end: self.at as u32,
        });
    }

    fn report(&mut self, report: Report) {
        if self.reports.len() < REPORTS_MAX {
            self.reports.push(report);
        }
    }

    fn number(&mut self, token: Token, start: usize) {
        // `1e5` and the like are spelled as an integer with letters, too
        let written = &self.text[start..self.at];
        let real = token == Token::Real || literal::looks_real(written);
        let problem = if real {
            literal::real(written).err()
        } else {
            literal::integer(written).err()
        };
        self.push(if real { Token::Real } else { Token::Integer }, start);
        if let Some(problem) = problem {
            let mut report = Report::error(problem.code, self.span(start, self.at), problem.message);
            report.help = problem.help;
            self.report(report);
        }
    }

    /// A string or character, up to its closing quote on the same line.
    fn quoted(&mut self, start: usize, quote: char) {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            match bytes.get(at) {
                None | Some(b'\n') => return self.quote_not_closed(start, at, quote),
                Some(b'\\') if bytes.get(at + 1).is_some_and(|&b| b != b'\n') => at += 2,
                Some(&b) if b == quote as u8 => break,
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        self.push(if quote == '"' { Token::String } else { Token::Character }, start);
        let inner = &self.text[start + 1..at];
        match literal::unescape(inner) {
            Err(wrong) => {
                let from = start + 1 + wrong.start;
                let to = start + 1 + wrong.end;
                let report = Report::error("H0104", self.span(from, to), wrong.message).help(
                    "the escapes are \\t \\n \\r \\\\ \\\" \\' \\xHH \\uHHHH \\UHHHHHHHH, with hexadecimal digits for each H",
                );
                self.report(report);
            }
            Ok(text) if quote == '\'' && text.chars().count() != 1 => {
                let message = if text.is_empty() {
                    "an empty character literal; it holds exactly one character".to_string()
                } else {
                    format!(
                        "a character literal holds one character, found {}",
                        text.chars().count()
                    )
                };
                let report =
                    Report::error("H0104", self.span(start, self.at), message).help("a text is written in \"…\"");
                self.report(report);
            }
            Ok(_) => {}
        }
    }

    fn quote_not_closed(&mut self, start: usize, end: usize, quote: char) {
        let what = if quote == '"' { "string" } else { "character" };
        let report = Report::error("H0103", self.span(start, end), format!("{what} not closed on its line"))
            .label(format!("`{quote}` expected before the end of the line"));
        self.report(report);
        // a `;` that ends the line was probably meant as one
        let line = self.text[start..end].trim_end();
        self.at = start + line.strip_suffix(';').map_or(end - start, str::len);
        self.push(Token::Bad, start);
    }

    /// rhai up to the matching brace.
    fn fragment(&mut self, start: usize) {
        let mut scanner = Scanner::new(self.text.as_bytes(), start);
        let mut depth = 0usize;
        let mut open_quotes: Vec<(usize, &str)> = Vec::new();
        while let Some(piece) = scanner.next() {
            match piece {
                Piece::OpenBrace => depth += 1,
                Piece::CloseBrace => depth = depth.saturating_sub(1),
                Piece::NotClosed { start, what } => {
                    open_quotes.push((start, what));
                    if !scanner.pass_over_quote(start) || open_quotes.len() > QUOTES_MAX {
                        break;
                    }
                }
                _ => {}
            }
            if depth == 0 {
                self.at = scanner.offset();
                match open_quotes.first() {
                    None => self.push(Token::Fragment, start),
                    Some(&quote) => {
                        self.push(Token::Bad, start);
                        self.quote_in_fragment(start, quote);
                    }
                }
                return;
            }
        }
        // Where it should have ended cannot be known: what follows is not looked at.
        self.at = self.text.len();
        self.push(Token::Bad, start);
        if let Some(&quote) = open_quotes.first() {
            return self.quote_in_fragment(start, quote);
        }
        let report = Report::error(
            "H0103",
            self.span(start, start + 1),
            "fragment not closed: no matching `}` up to the end of the file",
        )
        .label("the fragment begins here")
        .help("a brace in a string, character or comment of the fragment does not count");
        self.report(report);
    }

    /// A string, character or comment in a fragment that is not closed.
    fn quote_in_fragment(&mut self, fragment: usize, (start, what): (usize, &str)) {
        let line = self.text[start..].find('\n').map_or(self.text.len(), |n| start + n);
        let report = Report::error(
            "H0103",
            self.span(start, line),
            format!("{what} not closed, in a fragment"),
        )
        .note(self.span(fragment, fragment + 1), "the fragment begins here");
        self.report(report);
    }

    /// Characters that start no token, reported together.
    fn unknown(&mut self, start: usize) {
        let found = self.text[start..].chars().next().unwrap_or(' ');
        self.at = start + found.len_utf8();
        if let Some(last) = self.tokens.last_mut()
            && last.token == Token::Bad
            && last.end as usize == start
        {
            last.end = self.at as u32;
            return;
        }
        self.push(Token::Bad, start);
        let shown: String = match found {
            c if c.is_control() || (c.is_whitespace()) => format!("U+{:04X}", c as u32),
            c => format!("`{c}`"),
        };
        let mut report = Report::error(
            "H0102",
            self.span(start, self.at),
            format!("character {shown} starts nothing in this language"),
        );
        report.help = unknown_help(found).map(str::to_string);
        self.report(report);
    }
}

/// What was perhaps meant by a character that starts no token.
fn unknown_help(found: char) -> Option<&'static str> {
    Some(match found {
        '&' => "`and` is the conjunction outside braces",
        '|' => "alternatives are separated by `[]`, processes by `||`; `or` is the disjunction outside braces",
        '}' => "no fragment is open here",
        '.' => {
            "methods are called in braces: `{s.len()}`; a range is written `1..10`, a real with digits on both sides of its point: `1.0`"
        }
        '#' | '$' | '`' | '@' | '^' | '~' | '\\' => "rhai is written in braces: `{ … }`",
        '“' | '”' | '„' => "strings are written with straight quotes: \"text\"",
        '‘' | '’' => "characters are written with straight quotes: 'c'",
        '–' | '—' | '−' => "the minus sign is `-`",
        c if c.is_alphabetic() => "names are made of the letters A-Z and a-z, digits and `_`",
        c if c.is_whitespace() => "white space outside braces is blanks, tabs and line ends",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Token> {
        lex(0, text).0.iter().map(|l| l.token).collect()
    }

    fn errors(text: &str) -> Vec<(u32, u32)> {
        lex(0, text)
            .1
            .iter()
            .map(|r| r.span.map_or((0, 0), |s| (s.start, s.end)))
            .collect()
    }

    #[test]
    fn longest_token_wins() {
        use Token::*;
        assert_eq!(kinds("[[[x]]]"), [OpenParallel, Open, Name, Close, Close, Close]);
        assert_eq!(kinds("[] [ ] □"), [Box, Open, Close, Box]);
        assert_eq!(kinds("1..10"), [Integer, DotDot, Integer]);
        assert_eq!(kinds("1.5..2e3"), [Real, DotDot, Real]);
        assert_eq!(kinds("1--1"), [Integer]);
        assert_eq!(kinds("a->b"), [Name, Arrow, Name]);
        assert_eq!(kinds("_ _x __"), [Drop, Name, Name]);
        assert_eq!(kinds("a:b::c:=d"), [Name, Colon, Name, DoubleColon, Name, Assign, Name]);
        assert_eq!(kinds("_include includes"), [Include, Name]);
        assert_eq!(kinds("0xE-1 1e-1 1E5"), [Integer, Minus, Integer, Real, Real]);
    }

    #[test]
    fn fragments_are_one_token() {
        use Token::*;
        for fragment in [
            "{}",
            "{ {} }",
            r#"{ "}" }"#,
            r#"{ "\"}" }"#,
            "{ '}' }",
            r"{ '\'' }",
            "{ `}${ `}` }}` }",
            r"{ `\${}` }",
            r"{ `\` }",
            r##"{ #"}"# }"##,
            r###"{ ##"}"#}"## }"###,
            "{ // }\n }",
            "{ /* } /* } */ } */ }",
            "{ #{ a: 1 } }",
            "{ \"a\\\n}\" }",
        ] {
            assert_eq!(kinds(&format!("{fragment};")), [Fragment, Semicolon], "{fragment}");
        }
    }

    #[test]
    fn what_is_not_closed() {
        assert_eq!(errors("x := { a { b }\ny"), [(5, 6)]);
        assert_eq!(errors("{ \"abc }\n"), [(2, 8)]);
        assert_eq!(errors("x := \"abc\ny"), [(5, 9)]);
        assert_eq!(errors("x := 'a\ny"), [(5, 7)]);
        assert_eq!(errors("{ /* }"), [(2, 6)]);
    }

    #[test]
    fn literals() {
        assert_eq!(
            errors("9223372036854775807 9223372036854775808 0x7FFFFFFFFFFFFFFF 0x8000000000000000").len(),
            2
        );
        assert_eq!(errors("12ab 0b12 1e 0xZ 1_000 0b1010 1e-9 2.5e3 1.5_0").len(), 4);
        assert_eq!(errors(r#" 'ab' '' 'é' '\u0041' '\q' "\x4" "\U00110000" "#).len(), 5);
        assert_eq!(errors("x := §§§ & größe").len(), 3);
    }
}
