//! What is wrong with a text, in plain words.

use super::scan::{Kind, Tokens};
use super::{Places, Problem};
use rhai::{LexError, ParseError, ParseErrorType};

/// An error of rhai's parser.
pub(super) fn parse_problem(error: &ParseError, places: &Places, tokens: &Tokens) -> Problem {
    let offset = places.offset(error.position()).unwrap_or(tokens.text.len());
    Problem {
        offset,
        end: places.word_end(offset),
        message: parse_message(error),
    }
}

/// rhai's message, in plain words where its own are short.
pub(crate) fn parse_message(error: &ParseError) -> String {
    match error.err_type() {
        ParseErrorType::UnexpectedEOF => "the fragment ends too early".into(),
        ParseErrorType::ExprTooDeep => "expressions are nested too deep".into(),
        ParseErrorType::Reserved(sign) if !sign.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            format!("rhai has no operator `{sign}`")
        }
        ParseErrorType::Reserved(word) => {
            format!("rhai reserves the word `{word}`: it cannot be used as a name in a fragment")
        }
        ParseErrorType::BadInput(LexError::UnterminatedString) => "this string is not closed".into(),
        ParseErrorType::BadInput(LexError::UnexpectedInput(text)) => format!("`{text}` is not known to rhai"),
        ParseErrorType::BadInput(LexError::MalformedNumber(text)) => format!("`{text}` is not a number"),
        ParseErrorType::BadInput(LexError::MalformedEscapeSequence(text)) => {
            format!("`{text}` is not an escape sequence")
        }
        ParseErrorType::BadInput(LexError::MalformedChar(text)) => format!("`{text}` is not one character"),
        ParseErrorType::BadInput(LexError::ImproperSymbol(symbol, _)) if symbol == ":=" => {
            "in a fragment an assignment is written with `=`, not `:=`".into()
        }
        ParseErrorType::BadInput(LexError::ImproperSymbol(symbol, hint)) if hint.is_empty() => {
            format!("`{symbol}` cannot stand here")
        }
        ParseErrorType::BadInput(LexError::ImproperSymbol(symbol, hint)) => format!("`{symbol}`: {}", lower(hint)),
        ParseErrorType::MissingToken(token, purpose) => format!("`{token}` is missing {purpose}"),
        ParseErrorType::VariableExpected => "the name of a variable is wanted here; rhai reserves this word".into(),
        ParseErrorType::AssignmentToConstant(name) if name.is_empty() => "a constant cannot be assigned".into(),
        ParseErrorType::AssignmentToConstant(name) => format!("`{name}` is a constant and cannot be assigned"),
        ParseErrorType::WrongFnDefinition => "a function can be defined only outside of blocks".into(),
        other => lower(&other.to_string()),
    }
}

/// With a small first letter, unless the word is written in capitals.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.into(),
    }
}

/// Integer literals outside 64 bits, which rhai would silently make reals.
pub(super) fn integer_literals(tokens: &Tokens) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, token) in tokens.list.iter().enumerate() {
        let word = tokens.word(index);
        if token.kind != Kind::Number || !word.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
            continue;
        }
        let digits: String = word.chars().filter(|&c| c != '_').collect();
        let least = digits.trim_start_matches('0') == "9223372036854775808" && is_negated(tokens, index);
        if digits.parse::<i64>().is_err() && !least {
            let message = format!("the integer {word} does not fit in 64 bits");
            problems.push(Problem {
                offset: token.start,
                end: token.end,
                message,
            });
        }
    }
    problems
}

/// Whether a minus sign directly before a number is its sign, as rhai's lexer sees it.
fn is_negated(tokens: &Tokens, index: usize) -> bool {
    let Some(sign) = index.checked_sub(1) else { return false };
    if tokens.word(sign) != "-" || tokens.list[sign].end != tokens.list[index].start {
        return false;
    }
    let operand = sign.checked_sub(1).and_then(|before| tokens.kind(before));
    !matches!(operand, Some(Kind::Name | Kind::Number | Kind::Text | Kind::Close))
}
