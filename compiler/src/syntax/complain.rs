//! Says what the parser wanted and what it found, in words.

use super::lexer::{Lexeme, Token};
use hydra_bytecode::{Span, report::Report};

/// Where the parser stopped.
pub(crate) struct Stop<'t> {
    /// The file.
    pub(crate) file: u32,
    /// Its text.
    pub(crate) text: &'t str,
    /// Its tokens.
    pub(crate) tokens: &'t [Lexeme],
    /// The wrong token; behind the last one if the file ends too early.
    pub(crate) at: usize,
    /// The tokens that would have been right, as the grammar spells them.
    pub(crate) expected: Vec<String>,
    /// The bracket that is still open.
    pub(crate) open: Option<usize>,
    /// Whether the wrong token is a closing bracket, or `end`, without an opening one.
    pub(crate) closes_nothing: bool,
}

/// So many alternatives are listed; more say nothing.
const LISTED_MAX: usize = 6;

impl Stop<'_> {
    /// The report of it.
    pub(crate) fn report(&self) -> Report {
        let found = self.tokens.get(self.at).copied();
        let span = match found {
            Some(lexeme) => self.span(lexeme),
            None => {
                // the end of the file is shown behind its last token
                let end = self.tokens.last().map_or(0, |l| l.end);
                Span::new(self.file, end, end)
            }
        };
        let before = self.at.checked_sub(1).and_then(|index| self.tokens.get(index)).copied();
        let wanted = self.wanted(before);
        let found_text = match found {
            Some(lexeme) if lexeme.token.is_word() && self.expects("NAME") => {
                format!("the reserved word {}", self.show(lexeme))
            }
            Some(lexeme) => self.show(lexeme),
            None => "the end of the file".to_string(),
        };
        let after = match before {
            Some(lexeme) => format!(" after {}", self.show(lexeme)),
            None => String::new(),
        };
        let message = match found {
            Some(lexeme) if self.item_too_late(lexeme) => {
                format!(
                    "{} must stand before the first command of the program",
                    self.show(lexeme)
                )
            }
            // the grammar takes a name before `!` for that of a process, wherever it stands
            Some(lexeme) if lexeme.token == Token::Shriek && wanted == "`?`" => {
                return Report::error("H0101", span, "a guard cannot output")
                    .label("an input is written with `?`")
                    .help("write the output behind the `->`, or wait for the partner's input in a process of its own");
            }
            Some(lexeme) if self.closes_nothing && (wanted.is_empty() || !self.expects("INTEGER")) => {
                let what = if lexeme.token == Token::End {
                    "definition"
                } else {
                    "bracket"
                };
                return Report::error(
                    "H0101",
                    span,
                    format!("{} closes nothing: no {what} is open here", self.show(lexeme)),
                );
            }
            _ if wanted.is_empty() => format!("{found_text} cannot stand here"),
            _ => format!("{wanted} expected{after}, found {found_text}"),
        };
        let mut report = Report::error("H0101", span, message);
        let label = if wanted.is_empty() {
            String::new()
        } else {
            format!("expected {wanted}")
        };
        if label.chars().count() <= 60 {
            report = report.label(label);
        }
        if let Some(open) = self.open.and_then(|index| self.tokens.get(index))
            && self.tells_of_open_bracket(found, *open)
        {
            let text = if open.token == Token::Process {
                "this definition is not closed by `end`".to_string()
            } else {
                format!("{} opened here", self.show(*open))
            };
            report = report.note(self.span(*open), text);
        }
        report.help = self.hint().map(str::to_string);
        report
    }

    fn span(&self, lexeme: Lexeme) -> Span {
        Span::new(self.file, lexeme.start, lexeme.end)
    }

    fn source(&self, lexeme: Lexeme) -> &str {
        self.text.get(lexeme.start as usize..lexeme.end as usize).unwrap_or("")
    }

    /// A token in a message.
    fn show(&self, lexeme: Lexeme) -> String {
        let text = self.source(lexeme);
        match lexeme.token {
            Token::Fragment if text.len() > 24 || text.contains('\n') => "the fragment".to_string(),
            Token::Bad | Token::BadItem => "what is wrong".to_string(),
            _ => match text.char_indices().nth(40) {
                Some((end, _)) => format!("`{}…`", &text[..end]),
                None => format!("`{text}`"),
            },
        }
    }

    /// Whether a token would have been right.
    pub(super) fn expects(&self, token: &str) -> bool {
        self.expected.iter().any(|e| e.trim_matches('"') == token)
    }

    /// Whether an item stands where only commands can be.
    fn item_too_late(&self, found: Lexeme) -> bool {
        let item = found.token.begins_item()
            || found.token == Token::Process && self.tokens.get(self.at + 1).is_some_and(|l| l.token == Token::Name);
        item && !self.expects("const") && self.open.is_none()
    }

    /// What would have been right.
    fn wanted(&self, before: Option<Lexeme>) -> String {
        let before = before.map(|l| l.token);
        let mut wanted: Vec<String> = Vec::new();
        let value = self.expects("INTEGER");
        if self.expects("skip") {
            // before a command its end is as good, but says less
            return match (
                self.expects("const"),
                self.expects("::") || before == Some(Token::OpenParallel),
            ) {
                (true, _) => "an item or a command".into(),
                (_, true) => "a label or a command".into(),
                _ => "a command".into(),
            };
        }
        if value && (self.expects("else") || self.expects("after")) {
            wanted.push(if self.expects("]") {
                "another guard".into()
            } else {
                "a guard".into()
            });
        } else if value && before == Some(Token::Query) {
            wanted.push("a target".into());
        } else if value {
            wanted.push("an expression".into());
        } else if self.expects("integer") {
            wanted.push("a type".into());
        } else if self.expects("FRAGMENT") {
            wanted.push("a fragment `{ … }`".into());
        } else if self.expects("STRING") {
            wanted.push("a path in quotes".into());
        } else if self.expects("NAME") {
            wanted.push("a name".into());
        }
        if value {
            // closing brackets belong to an empty list, which is told by the bracket
            if self.expects(")") {
                wanted.push("`)`".into());
            }
        } else {
            let operators = ["+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=", "and", "or"];
            let scalars = ["integer", "real", "boolean", "character", "string", "any"];
            let mut others: Vec<&str> = (self.expected.iter())
                .map(|e| e.trim_matches('"'))
                .filter(|e| !e.chars().all(|c| c.is_ascii_uppercase()))
                .filter(|e| !(scalars.contains(e) || operators.contains(e) && self.expects("or")))
                .collect();
            // a name alone begins many things, and is a command by no means
            let communicates = others.contains(&":=") && others.contains(&"?");
            let order = |token: &&str| [":=", "?", "!", "("].iter().position(|t| t == token).unwrap_or(9);
            others.sort_by_key(order);
            for token in others {
                if wanted.first().is_some_and(|w| w == "a type") && token == "(" {
                    continue;
                }
                if communicates && !matches!(token, ":=" | "?" | "!" | "(" | ":" | "::") {
                    continue;
                }
                wanted.push(format!("`{token}`"));
            }
        }
        match wanted.len() {
            0 if self.expects("or") => "an operator".into(),
            n if n > LISTED_MAX => String::new(),
            _ => join(&wanted),
        }
    }

    /// Whether the bracket that is open has to do with it.
    fn tells_of_open_bracket(&self, found: Option<Lexeme>, open: Lexeme) -> bool {
        let closes = match open.token {
            Token::OpenParen => self.expects(")"),
            Token::Process => self.expects("end"),
            _ => self.expects("]"),
        };
        match found.map(|l| l.token) {
            None | Some(Token::End | Token::Process) => true,
            Some(Token::Close | Token::CloseParen) => closes,
            Some(token) if token.begins_item() => true,
            // between commands a bracket can be closed anywhere
            _ => closes && !self.expects("skip") && !self.expects(";"),
        }
    }
}

/// `a, b or c`
fn join(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
