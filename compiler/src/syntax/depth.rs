//! Bounds how deep a tree can become, before it is made.
//!
//! Whoever walks the tree may recurse, so its depth must have a bound. Brackets nest, and so do operators: `- - - x` to
//! the right, `1 + 1 + 1` to the left. Both are counted here on the tokens: the depth at a place is at most the number of
//! brackets open there plus the number of operators of the unfinished expressions around it.

use super::lexer::{Lexeme, Token};
use hydra_bytecode::{Span, report::Report};

/// So many brackets may be open at one place.
pub(crate) const BRACKETS_MAX: usize = 1000;
/// So many brackets and operators may enclose one place.
pub(crate) const DEPTH_MAX: usize = 2000;

/// The first place that is nested too deeply.
pub(crate) fn too_deep(file: u32, tokens: &[Lexeme]) -> Option<Report> {
    // operators of the unfinished expression, for each open bracket and outside of all
    let mut operators = vec![0usize];
    let mut sum = 0usize;
    let mut before = Token::Semicolon;
    for lexeme in tokens {
        match lexeme.token {
            Token::Open | Token::OpenParallel | Token::OpenParen => {
                if before == Token::CloseParen && lexeme.token == Token::OpenParen {
                    // `(1..2) (1..2) T`
                    *operators.last_mut()? += 1;
                    sum += 1;
                }
                operators.push(0);
            }
            Token::Close | Token::CloseParen if operators.len() > 1 => sum -= operators.pop()?,
            Token::Plus
            | Token::Minus
            | Token::Star
            | Token::Slash
            | Token::Percent
            | Token::And
            | Token::Or
            | Token::Not
            | Token::Equal
            | Token::NotEqual
            | Token::Less
            | Token::LessEqual
            | Token::Greater
            | Token::GreaterEqual => {
                *operators.last_mut()? += 1;
                sum += 1;
            }
            Token::Semicolon
            | Token::Comma
            | Token::Arrow
            | Token::Assign
            | Token::DotDot
            | Token::Query
            | Token::Shriek
            | Token::Bars
            | Token::Box
            | Token::DoubleColon
            | Token::Colon => {
                sum -= std::mem::take(operators.last_mut()?);
            }
            _ => {}
        }
        before = lexeme.token;
        let brackets = operators.len() - 1;
        if brackets > BRACKETS_MAX || brackets + sum > DEPTH_MAX {
            let span = Span::new(file, lexeme.start, lexeme.end);
            let report = if brackets > BRACKETS_MAX {
                Report::error(
                    "H0109",
                    span,
                    format!("nested too deeply: more than {BRACKETS_MAX} brackets are open here"),
                )
            } else {
                let message =
                    format!("nested too deeply: more than {DEPTH_MAX} operators and brackets enclose this place");
                Report::error("H0109", span, message).help("a long sum can be taken apart: `s := a + b; s := s + c`")
            };
            return Some(report);
        }
    }
    None
}
