//! What was perhaps meant by a wrong token: the habits of other languages, and slips.

use super::{complain::Stop, lexer::Token};

impl Stop<'_> {
    /// Advice for the place where the parser stopped.
    pub(super) fn hint(&self) -> Option<&'static str> {
        let before = |n: usize| self.at.checked_sub(n).and_then(|index| self.tokens.get(index));
        let word = |n: usize| {
            before(n)
                .and_then(|l| self.text.get(l.start as usize..l.end as usize))
                .unwrap_or("")
        };
        let previous = before(1).map(|l| l.token);
        let found = self.tokens.get(self.at)?;
        let next = self.tokens.get(self.at + 1).map(|l| l.token);
        let adjacent = before(1).is_some_and(|l| l.end == found.start);
        if let Some(hint) = foreign(word(1))
            .or_else(|| foreign(word(2)))
            .filter(|_| self.expects(":="))
        {
            return Some(hint);
        }
        Some(match (found.token, previous) {
            (Token::Slash | Token::Star, Some(Token::Slash)) if adjacent => "a comment begins with `--`",
            (Token::Slash, _) if matches!(next, Some(Token::Slash | Token::Star)) => "a comment begins with `--`",
            (Token::Equal, Some(Token::Plus | Token::Minus | Token::Star | Token::Slash)) if adjacent => {
                "an assignment is written `x := x + 1`"
            }
            (Token::Equal, _) if self.expects(":=") => "an initial value is written `x : integer := 1`",
            (Token::Equal, _) if self.expects(":") => "a range is written `i:1..10`",
            (Token::Assign, _) if self.expects("->") => "a guard assigns nothing; write the assignment behind its `->`",
            (Token::Assign, _) if self.expects(":") => "several variables are assigned at once by `(a, b) := (1, 2)`",
            (Token::Assign, _) if self.expects("=") => "constants and defaults of params are written with `=`",
            (Token::Greater, Some(Token::Minus)) => "`->` is written without a blank",
            (Token::Box, Some(Token::CloseParen)) if self.expects("[") => {
                "`[]` separates alternatives; an empty command list is written `[ ]`"
            }
            (Token::Integer, Some(Token::OpenParen)) if self.expects("integer") => {
                "an array type is written `(1..10) integer`"
            }
            (Token::DotDot, _) => "a range has a variable: `i:1..10`",
            (Token::DoubleColon, Some(Token::Name | Token::CloseParen)) if self.expects(":=") => {
                "a label begins a process; the processes of a parallel command are separated by `||`"
            }
            (Token::DoubleColon, Some(Token::Name)) if self.expects("(") && !self.expects(";") => {
                "a definition without formals is written with empty parentheses: `process P() ::`"
            }
            (Token::Bars, _) if self.expects("and") && !self.expects("||") && !self.expects("->") => {
                "the disjunction outside braces is `or`"
            }
            (Token::Bars | Token::DoubleColon, _) if self.expects("->") => {
                "a parallel command is written `[[ … || … ]]`; `[ … ]` is an alternative, whose guards end with `->`"
            }
            (Token::Arrow, _) if self.expects("||") => {
                "an alternative is written `[ … ]`, `[[ … ]]` is a parallel command"
            }
            (Token::Close, _) if self.expects("->") => "a guard is followed by `->` and a command list, if only `skip`",
            (Token::Else, _) if self.expects("->") => "alternatives are separated by `[]`",
            (Token::Semicolon, Some(Token::Semicolon)) => "one `;` separates two commands; `skip` does nothing",
            (Token::Open | Token::OpenParen, _) if TYPES.contains(&word(1)) => {
                "an array is declared with its bounds before the type: `a : (1..10) integer`"
            }
            (Token::Fragment, Some(Token::CloseParen)) if self.expects("::") => {
                "a definition is written `process P(n : integer) :: … end`"
            }
            (Token::Open, Some(Token::Name | Token::CloseParen)) if adjacent => {
                "an element of an array is written `a(i)`"
            }
            // two commands side by side
            (
                Token::Name
                | Token::Fragment
                | Token::Skip
                | Token::After
                | Token::Open
                | Token::OpenParallel
                | Token::Pri,
                _,
            ) if self.expects(";") && !self.expects("?") && !self.expects("->") => "commands are separated by `;`",
            _ => return None,
        })
    }
}

const TYPES: [&str; 6] = ["integer", "real", "boolean", "character", "string", "any"];

/// How something is written here that other languages begin with a word.
fn foreign(word: &str) -> Option<&'static str> {
    Some(match word {
        "if" | "IF" | "case" | "switch" => "an alternative is written `[ x > 1 -> … [] else -> … ]`",
        "while" | "WHILE" | "do" | "loop" => "a repetition is written `*[ x < 10 -> … ]`",
        "for" | "FOR" => "a counted repetition is written `*(i:1..10)[ … ]`",
        "par" | "PAR" | "parbegin" | "cobegin" => "a parallel command is written `[[ a :: … || b :: … ]]`",
        "alt" | "ALT" | "select" => "an alternative is written `[ X ? n -> … [] Y ? n -> … ]`",
        "int" | "long" | "float" | "double" | "bool" | "char" | "let" | "var" => {
            "a declaration is written `x : integer := 1;`"
        }
        "SEQ" | "begin" => "commands in sequence are written `a; b; c`",
        _ => return None,
    })
}
