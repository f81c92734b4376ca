//! Places in the source text.

use serde::{Deserialize, Serialize};

/// A stretch of one source file, as byte offsets; `start <= end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// Index of the file in the table of sources.
    pub file: u32,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The stretch `start..end` of a file.
    pub fn new(file: u32, start: u32, end: u32) -> Self {
        Span { file, start, end }
    }

    /// The least stretch that holds both; they lie in one file.
    pub fn to(self, other: Span) -> Self {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A source file of the program, kept in the module so that reports can show lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Path as the user gave it (imports: relative to the importing file's path).
    pub path: String,
    /// Text without a byte-order mark, line ends as `\n`.
    pub text: String,
}

impl Source {
    /// Line and column of an offset, both from 1; columns count characters.
    /// An offset outside the text counts as its end.
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        (line, before[start..].chars().count() + 1)
    }
}

/// Where the lines of a text begin, for many questions about places in one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    /// Offsets of the first bytes of the lines; the first is 0.
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of a text.
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        LineIndex {
            starts: [0].into_iter().chain(ends.map(|(at, _)| at as u32 + 1)).collect(),
        }
    }

    /// Line and column of an offset in that text, like [`Source::line_column`].
    pub fn line_column(&self, text: &str, offset: u32) -> (usize, usize) {
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.starts.partition_point(|&start| start as usize <= at);
        let start = line
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .map_or(0, |&start| start as usize);
        (line, text.get(start..at).unwrap_or("").chars().count() + 1)
    }

    /// The bytes of a line, counted from 1, without its end.
    pub fn line_range(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let start = line
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .map_or(text.len(), |&s| s as usize);
        let end = self.starts.get(line).map_or(text.len(), |&next| next as usize - 1);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_slow_way() {
        for text in ["", "\n", "one\ntwo\n\nvier é 漢\nend", "é\n"] {
            let source = Source {
                path: String::new(),
                text: text.to_string(),
            };
            let index = LineIndex::new(text);
            for offset in 0..text.len() as u32 + 2 {
                assert_eq!(
                    index.line_column(text, offset),
                    source.line_column(offset),
                    "{text:?} at {offset}"
                );
            }
        }
        let text = "one\ntwo\n";
        let index = LineIndex::new(text);
        assert_eq!(
            [1, 2, 3, 9].map(|line| &text[index.line_range(text, line)]),
            ["one", "two", "", ""]
        );
    }
}
