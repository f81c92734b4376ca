//! A stream of text that is read element by element, by the type of what is wanted.

use crate::limits::{ELEMENT_BYTES_MAX, INPUT_CHUNK_BYTES};
use hydra_bytecode::Kind;
use hydra_stdlib::value::{Array, Elements, Value};
use std::io::Read;
use std::path::Path;
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
    /// No line ends before this, so that a line which comes in many pieces is not searched again and again.
    line_searched: usize,
    /// Only white space before this.
    blank: usize,
    /// No white space from there to this.
    number_searched: usize,
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
            line_searched: 0,
            blank: 0,
            number_searched: 0,
            line: 1,
            offset: 0,
            at_end: false,
            begun: false,
        }
    }

    /// Opens a file; a pipe when it is first read, for that waits until somebody opens it for writing.
    pub(crate) fn open(path: &Path) -> std::io::Result<Input> {
        #[cfg(unix)]
        if std::os::unix::fs::FileTypeExt::is_fifo(&std::fs::metadata(path)?.file_type()) {
            let pipe = Pipe(path.to_owned(), None);
            return Ok(Input::new(&path.display().to_string(), Source::Slow(Box::new(pipe))));
        }
        let file = std::fs::File::open(path)?;
        let kind = file.metadata()?.file_type();
        if kind.is_dir() {
            return Err(std::io::ErrorKind::IsADirectory.into());
        }
        let source = if kind.is_file() {
            Source::File(file)
        } else {
            Source::Slow(Box::new(file))
        };
        Ok(Input::new(&path.display().to_string(), source))
    }

    /// Bytes that were read; none at the end.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if self.at > 0 && (self.at == self.buffer.len() || self.at >= INPUT_CHUNK_BYTES) {
            self.buffer.drain(..self.at);
            for place in [&mut self.line_searched, &mut self.blank, &mut self.number_searched] {
                *place = place.saturating_sub(self.at);
            }
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
            Extent::More if self.is_too_long() => Some(true),
            Extent::More => None,
        }
    }

    fn is_too_long(&self) -> bool {
        self.buffer.len() - self.at > ELEMENT_BYTES_MAX
    }

    /// Takes the next character if it is of the simple kind that most are.
    #[inline]
    pub(crate) fn simple(&mut self) -> Option<char> {
        let byte = *self.buffer.get(self.at)?;
        if !self.begun || byte >= 0x80 || byte == b'\r' {
            return None;
        }
        self.at += 1;
        self.offset += 1;
        self.line += u64::from(byte == b'\n');
        Some(char::from(byte))
    }

    /// Takes the next element. The error names the stream and the line.
    pub(crate) fn poll(&mut self, element: Element) -> Result<Poll, String> {
        if element == Element::Character
            && let Some(character) = self.simple()
        {
            return Ok(Poll::Ready(Value::Character(character)));
        }
        let (start, end, next) = match self.extent(element) {
            Extent::Found { start, end, next } => (start, end, next),
            Extent::Ended => return Ok(Poll::Ended),
            Extent::More if self.is_too_long() => {
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
        self.line += match element {
            // there is none inside
            Element::Line | Element::Card(_) | Element::Character => u64::from(self.buffer[next - 1] == b'\n'),
            Element::Number(_) => count_lines(&self.buffer[self.at..next]),
        };
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
        let line_end = match element {
            Element::Line | Element::Card(_) => self.line_end(),
            _ => None,
        };
        let (at, rest) = (self.at, &self.buffer[self.at..]);
        let found = |start: usize, end: usize, next: usize| Extent::Found {
            start: at + start,
            end: at + end,
            next: at + next,
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
            Element::Line | Element::Card(_) => match line_end {
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
                let buffer = &self.buffer;
                self.blank = first(buffer, self.blank.max(self.at), |b| !b.is_ascii_whitespace());
                if self.blank == buffer.len() {
                    return if self.at_end { Extent::Ended } else { Extent::More };
                }
                let (start, from) = (self.blank, self.number_searched.max(self.blank));
                let end = first(buffer, from, u8::is_ascii_whitespace);
                self.number_searched = end;
                if end == buffer.len() && !self.at_end {
                    return Extent::More;
                }
                Extent::Found { start, end, next: end }
            }
        }
    }

    /// Where the line ends, counted from the next byte.
    fn line_end(&mut self) -> Option<usize> {
        let from = self.line_searched.max(self.at);
        let end = memchr::memchr(b'\n', &self.buffer[from..]).map_or(self.buffer.len(), |at| from + at);
        self.line_searched = end;
        (end < self.buffer.len()).then_some(end - self.at)
    }
}

/// A pipe that is opened by who reads it first.
#[cfg(unix)]
struct Pipe(std::path::PathBuf, Option<std::fs::File>);

#[cfg(unix)]
impl Read for Pipe {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        if self.1.is_none() {
            self.1 = Some(std::fs::File::open(&self.0)?);
        }
        self.1.as_mut().map_or(Ok(0), |file| file.read(bytes))
    }
}

/// The first place from `from` on that is wanted, or the end.
fn first(bytes: &[u8], from: usize, wanted: impl Fn(&u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(wanted)
        .map_or(bytes.len(), |at| from + at)
}

enum Extent {
    Found { start: usize, end: usize, next: usize },
    Ended,
    More,
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b == b'\n').count() as u64
}
