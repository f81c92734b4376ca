//! Places that rhai names, as byte offsets.

use rhai::Position;

/// Finds offsets of lines and columns in one text.
pub struct Places<'a> {
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    /// For a text.
    pub fn new(text: &'a str) -> Self {
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(i, _)| i + 1))
            .collect();
        Places { text, lines }
    }

    /// The offset of a place; `None` if it is none.
    pub fn offset(&self, position: Position) -> Option<usize> {
        Some(self.line_column(position.line()?, position.position().unwrap_or(1)))
    }

    /// The offset of a line and column, both from 1.
    pub fn line_column(&self, line: usize, column: usize) -> usize {
        let Some(&start) = self.lines.get(line.saturating_sub(1)) else {
            return self.text.len();
        };
        let end = self.lines.get(line).map_or(self.text.len(), |&next| next - 1);
        let found = self.text[start..end].char_indices().nth(column.saturating_sub(1));
        found.map_or(end, |(i, _)| start + i)
    }

    /// Where a line, or the number of lines, grows beyond what rhai can count.
    pub fn beyond_count(&self) -> Option<usize> {
        const MAX: usize = u16::MAX as usize - 1;
        if let Some(&start) = self.lines.get(MAX) {
            return Some(start);
        }
        let ends = self.lines.iter().skip(1).copied().chain([self.text.len()]);
        let long =
            |&(start, end): &(usize, usize)| end - start > MAX && self.text[start..end].chars().nth(MAX).is_some();
        self.lines.iter().copied().zip(ends).find(long).map(|(start, _)| start)
    }

    /// The end of the word, or else of the character, at an offset.
    pub fn word_end(&self, offset: usize) -> usize {
        let rest = &self.text[offset..];
        let word = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
            .count();
        offset
            + if word > 0 {
                word
            } else {
                rest.chars().next().map_or(0, char::len_utf8)
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let places = Places::new("äb\n  c");
        assert_eq!(places.offset(Position::new(1, 2)), Some(2));
        assert_eq!(places.offset(Position::new(2, 3)), Some(6));
        assert_eq!(places.offset(Position::new(2, 9)), Some(7));
        assert_eq!(places.offset(Position::new(9, 1)), Some(7));
        assert_eq!(places.offset(Position::NONE), None);
    }
}
