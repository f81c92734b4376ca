//! A stream of text that is read element by element, by the type of what is wanted.

use crate::limits::{ELEMENT_BYTES_MAX, INPUT_CHUNK_BYTES};
use hydra_bytecode::Kind;
use hydra_stdlib::value::{Array, Elements, Value};
use std::io::Read;
use std::sync::Arc;

/// Where bytes come from.
pub(crate) enum Source {
    /// The source is at its end.
    None,
    /// A thread is reading it.
    Busy,
    /// Something that may make a reader wait.
    Slow(Box<dyn Read + Send>),
    /// A file, which gives what it has at once.
    File(std::fs::File),
}

/// What is wanted of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// a character
    Character,
    /// a line without its end
    Line,
    /// a number between white space
    Number(Kind),
    /// a line padded with spaces to this length
    Card(usize),
}

/// What a stream has.
pub(crate) enum Poll {
    /// The element, taken from the stream.
    Ready(Value),
    /// The stream has terminated.
    Ended,
    /// More bytes are needed to know.
    Pending,
}

/// The state of a stream of text.
pub(crate) struct Input {
    /// Its name in messages: `stdin` or the file's path.
    pub(crate) name: String,
    pub(crate) source: Source,
    buffer: Vec<u8>,
    at: usize,
    /// Line of the next byte, from 1.
    line: u64,
    offset: u64,
    at_end: bool,
    begun: bool,
}

impl Input {
    pub(crate) fn new(name: &str, source: Source) -> Input {
        let name = name.to_owned();
        Input {
            name,
            source,
            buffer: Vec::new(),
            at: 0,
            line: 1,
            offset: 0,
            at_end: false,
            begun: false,
        }
    }

    /// Bytes that were read; none at the end.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if self.at > 0 && (self.at == self.buffer.len() || self.at >= INPUT_CHUNK_BYTES) {
            self.buffer.drain(..self.at);
            self.at = 0;
        }
        if bytes.is_empty() {
            self.at_end = true;
            self.source = Source::None;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether an element can be had, without taking it; an error in it is something that can be had.
    pub(crate) fn ready(&mut self, element: Element) -> Option<bool> {
        match self.extent(element) {
            Extent::Found { .. } => Some(true),
            Extent::Ended => Some(false),
            Extent::More => None,
        }
    }

    /// Takes the next element. The error names the stream and the line.
    pub(crate) fn poll(&mut self, element: Element) -> Result<Poll, String> {
        let (start, end, next) = match self.extent(element) {
            Extent::Found { start, end, next } => (start, end, next),
            Extent::Ended => return Ok(Poll::Ended),
            Extent::More if self.buffer.len() - self.at > ELEMENT_BYTES_MAX => {
                return Err(format!(
                    "{}, line {}: longer than {ELEMENT_BYTES_MAX} bytes",
                    self.name, self.line
                ));
            }
            Extent::More => return Ok(Poll::Pending),
        };
        let line = self.line + count_lines(&self.buffer[self.at..start]);
        let Ok(text) = std::str::from_utf8(&self.buffer[start..end]) else {
            let bad = std::str::from_utf8(&self.buffer[start..end]).map_or_else(|e| e.valid_up_to(), |_| 0);
            let offset = self.offset + (start - self.at + bad) as u64;
            return Err(format!("{}: not UTF-8 at offset {offset}", self.name));
        };
        let value = match element {
            Element::Character => Value::Character(match text {
                "\r\n" => '\n',
                _ => text.chars().next().unwrap_or('\n'),
            }),
            Element::Line => Value::String(text.into()),
            Element::Number(kind) => self.number(kind, text, line)?,
            Element::Card(length) => {
                let mut letters: Vec<u64> = text.chars().map(|c| u64::from(u32::from(c))).collect();
                if letters.len() > length {
                    let found = letters.len();
                    return Err(format!(
                        "{}, line {line}: {found} characters for an array of {length}",
                        self.name
                    ));
                }
                letters.resize(length, u64::from(b' '));
                let lengths = [length as u32].into_iter().collect();
                Value::Array(Arc::new(Array {
                    lengths,
                    elements: Elements::Words(Kind::Character, letters),
                }))
            }
        };
        self.line += count_lines(&self.buffer[self.at..next]);
        self.offset += (next - self.at) as u64;
        self.at = next;
        Ok(Poll::Ready(value))
    }

    fn number(&self, kind: Kind, text: &str, line: u64) -> Result<Value, String> {
        let found = match kind {
            Kind::Integer => text.parse().ok().map(Value::Integer),
            // what Rust reads besides (`inf`, `nan`) is no number here
            _ if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
                text.parse().ok().map(Value::Real)
            }
            _ => None,
        };
        found.ok_or_else(|| format!("{}, line {line}: {text:?} is no {}", self.name, kind.name()))
    }

    /// Where the next element is in the buffer, and where the one after it begins.
    fn extent(&mut self, element: Element) -> Extent {
        if !self.begun {
            // a byte-order mark is no part of the text
            const MARK: &[u8] = b"\xef\xbb\xbf";
            let seen = &self.buffer[self.at..];
            if !self.at_end && seen.len() < 3 && MARK.starts_with(seen) {
                return Extent::More;
            }
            if seen.starts_with(MARK) {
                self.at += 3;
                self.offset += 3;
            }
            self.begun = true;
        }
        let rest = &self.buffer[self.at..];
        let found = |start: usize, end: usize, next: usize| Extent::Found {
            start: self.at + start,
            end: self.at + end,
            next: self.at + next,
        };
        match element {
            Element::Character => {
                let length = match rest.first() {
                    None if self.at_end => return Extent::Ended,
                    None => return Extent::More,
                    Some(b'\r') => match rest.get(1) {
                        Some(b'\n') => 2,
                        None if !self.at_end => return Extent::More,
                        _ => 1,
                    },
                    Some(0xc0..=0xdf) => 2,
                    Some(0xe0..=0xef) => 3,
                    Some(0xf0..) => 4,
                    Some(_) => 1,
                };
                if rest.len() < length && !self.at_end {
                    return Extent::More;
                }
                let length = length.min(rest.len());
                found(0, length, length)
            }
            Element::Line | Element::Card(_) => match rest.iter().position(|&b| b == b'\n') {
                Some(end) => {
                    let text = if end > 0 && rest[end - 1] == b'\r' {
                        end - 1
                    } else {
                        end
                    };
                    found(0, text, end + 1)
                }
                None if !self.at_end => Extent::More,
                None if rest.is_empty() => Extent::Ended,
                None => found(0, rest.len(), rest.len()),
            },
            Element::Number(_) => {
                let Some(start) = rest.iter().position(|b| !b.is_ascii_whitespace()) else {
                    return if self.at_end { Extent::Ended } else { Extent::More };
                };
                match rest[start..].iter().position(u8::is_ascii_whitespace) {
                    Some(length) => found(start, start + length, start + length),
                    None if self.at_end => found(start, rest.len(), rest.len()),
                    None => Extent::More,
                }
            }
        }
    }
}

enum Extent {
    Found { start: usize, end: usize, next: usize },
    Ended,
    More,
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b == b'\n').count() as u64
}
