//! Strings, beyond what rhai has itself.

use super::{Checked, Functions, fail, listed};
use crate::limits::STRING_BYTES_MAX;
use rhai::Array;

listed! { "text"
    count "(text, part : string) : integer" "How often a part is in a text, without overlaps; an empty one never is." "text::count(\"banana\", \"an\")" "2";
    join "(parts : array of string, between : string) : string" "The parts, as `print` shows each, with a text between them." "text::join([1, 2, 3], \", \")" "1, 2, 3";
    lines "(text : string) : array of string" "Its lines, without their ends." "text::lines(\"a\\nb\").len()" "2";
    pad_left "(text : string, length : integer, with : character) : string" "With characters before it until it is that long." "text::pad_left(\"7\", 3, '0')" "007";
    pad_right "(text : string, length : integer, with : character) : string" "With characters behind it until it is that long." "text::pad_right(\"ab\", 4, '.')" "ab..";
    repeat "(text : string, times : integer) : string" "The text so often; a failure if that is negative or too long." "text::repeat(\"ab\", 3)" "ababab";
    reverse "(text : string) : string" "From the last character to the first." "text::reverse(\"abc\")" "cba";
    words "(text : string) : array of string" "What is between white space." "text::words(\" to  be \").len()" "2";
}

fn padding(text: &str, length: i64, with: char) -> Checked<String> {
    let missing = usize::try_from(length)
        .unwrap_or(0)
        .saturating_sub(text.chars().count());
    repeated(with.encode_utf8(&mut [0; 4]), missing)
}

fn repeated(text: &str, times: usize) -> Checked<String> {
    if text.len().saturating_mul(times) > STRING_BYTES_MAX {
        return fail("the string becomes too long");
    }
    Ok(text.repeat(times))
}

fn strings<'a>(parts: impl Iterator<Item = &'a str>) -> Array {
    parts.map(|part| part.to_owned().into()).collect()
}

/// `count`
pub(crate) fn count(text: &str, part: &str) -> i64 {
    if part.is_empty() {
        0
    } else {
        text.matches(part).count() as i64
    }
}

/// `pad_left`
pub(crate) fn pad_left(text: &str, length: i64, with: char) -> Checked<String> {
    Ok(padding(text, length, with)? + text)
}

/// `pad_right`
pub(crate) fn pad_right(text: &str, length: i64, with: char) -> Checked<String> {
    Ok(format!("{text}{}", padding(text, length, with)?))
}

/// `repeat`
pub(crate) fn repeat(text: &str, times: i64) -> Checked<String> {
    match usize::try_from(times) {
        Ok(times) => repeated(text, times),
        Err(_) => fail(format!("repeat: {times} times")),
    }
}

/// `reverse`
pub(crate) fn reverse(text: &str) -> String {
    text.chars().rev().collect()
}

pub(super) fn fill(functions: &mut Functions) {
    functions
        .add("count", count)
        .add("join", |parts: Array, between: &str| -> Checked<String> {
            let mut joined = String::new();
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    joined.push_str(between);
                }
                joined.push_str(&part.to_string());
                if joined.len() > STRING_BYTES_MAX {
                    return fail("the string becomes too long");
                }
            }
            Ok(joined)
        })
        .add("lines", |text: &str| strings(text.lines()))
        .add("pad_left", pad_left)
        .add("pad_right", pad_right)
        .add("repeat", repeat)
        .add("reverse", reverse)
        .add("words", |text: &str| strings(text.split_whitespace()));
}
