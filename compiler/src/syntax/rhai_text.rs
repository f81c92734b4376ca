//! The outer form of rhai text: enough of it to find the brace that ends a fragment and the modules that are imported.
//!
//! Strings, characters, raw and interpolated strings and comments are told from code exactly as rhai's own tokenizer
//! does it; everything else is passed over. Nesting is kept in a list, so no text is too deep.

/// A piece of rhai text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// `{`, of `#{` and `${` too.
    OpenBrace,
    /// `}`
    CloseBrace,
    /// A word: name, keyword or number.
    Word {
        /// its first byte
        start: usize,
        /// behind its last byte
        end: usize,
    },
    /// A string in double quotes, quotes included.
    String {
        /// its first byte
        start: usize,
        /// behind its last byte
        end: usize,
    },
    /// A character, raw string, or part of an interpolated string.
    Text,
    /// Any other character of code, the first byte of it.
    Other(u8),
    /// A string or comment that does not end; nothing follows.
    NotClosed {
        /// where it begins
        start: usize,
        /// what it is
        what: &'static str,
    },
}

/// Cuts rhai text into pieces; white space and comments are left out.
pub(crate) struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    /// For each open interpolated string where it begins and how many braces are open in the code inside it.
    interpolated: Vec<(usize, usize)>,
    stopped: bool,
}

impl<'t> Scanner<'t> {
    /// A scanner of the text from an offset on.
    pub(crate) fn new(bytes: &'t [u8], at: usize) -> Self {
        Scanner {
            bytes,
            at,
            interpolated: Vec::new(),
            stopped: false,
        }
    }

    /// Behind the piece that was returned last.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Goes on behind a quote that nothing closes on its line, as if it were not there; a comment or string of many lines
    /// cannot be passed over.
    pub(crate) fn pass_over_quote(&mut self, start: usize) -> bool {
        self.stopped = !matches!(self.bytes.get(start), Some(b'"' | b'\''));
        self.at = start + 1;
        !self.stopped
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn not_closed(&mut self, start: usize, what: &'static str) -> Option<Piece> {
        self.stopped = true;
        Some(Piece::NotClosed { start, what })
    }

    /// Passes over a string or character; in strings a backslash may continue on the next line.
    fn quoted(&mut self, quote: u8) -> Option<Piece> {
        let start = self.at;
        let what = if quote == b'"' { "string" } else { "character" };
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None => return self.not_closed(start, what),
                Some(b'\n') => return self.not_closed(start, what),
                Some(b'\\') if quote == b'"' || self.peek(1) != b'\n' => self.at += 2,
                Some(&b) => {
                    self.at += 1;
                    if b == quote {
                        break;
                    }
                }
            }
        }
        Some(if quote == b'"' {
            Piece::String { start, end: self.at }
        } else {
            Piece::Text
        })
    }

    /// Passes over the text of an interpolated string up to its end or to the next `${`.
    fn interpolated_text(&mut self, start: usize) -> Option<Piece> {
        loop {
            match self.bytes.get(self.at) {
                None => return self.not_closed(start, "interpolated string"),
                Some(b'`') => {
                    self.at += 1;
                    return Some(Piece::Text);
                }
                Some(b'$') if self.peek(1) == b'{' => {
                    self.at += 1;
                    self.interpolated.push((start, 0));
                    return Some(Piece::Text);
                }
                Some(b'\\') if self.peek(1) == b'$' && self.peek(2) == b'{' => self.at += 3,
                Some(_) => self.at += 1,
            }
        }
    }

    /// Passes over a raw string, if one begins here.
    fn raw_string(&mut self) -> Option<Piece> {
        let start = self.at;
        let mut hashes = 0;
        while self.peek(hashes) == b'#' {
            hashes += 1;
        }
        if self.peek(hashes) != b'"' {
            self.at += hashes;
            return Some(Piece::Other(b'#'));
        }
        self.at += hashes + 1;
        while self.at < self.bytes.len() {
            let quote = self.bytes[self.at] == b'"';
            self.at += 1;
            if quote {
                let seen = self.bytes[self.at..]
                    .iter()
                    .take(hashes)
                    .take_while(|&&b| b == b'#')
                    .count();
                self.at += seen;
                if seen == hashes {
                    return Some(Piece::Text);
                }
            }
        }
        self.not_closed(start, "raw string")
    }

    /// Passes over a block comment; they nest.
    fn block_comment(&mut self) -> Result<(), Piece> {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match (self.bytes.get(self.at), self.peek(1)) {
                (None, _) => {
                    self.stopped = true;
                    return Err(Piece::NotClosed { start, what: "comment" });
                }
                (Some(b'/'), b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.at += 1,
            }
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        if self.stopped {
            return None;
        }
        loop {
            let first = *self.bytes.get(self.at)?;
            match first {
                b'{' => {
                    self.at += 1;
                    if let Some((_, open)) = self.interpolated.last_mut() {
                        *open += 1;
                    }
                    return Some(Piece::OpenBrace);
                }
                b'}' => {
                    self.at += 1;
                    if let Some((start, open)) = self.interpolated.last_mut() {
                        *open = open.saturating_sub(1);
                        if *open == 0 {
                            // the code has ended, its brace counts; then the text goes on
                            let start = *start;
                            self.interpolated.pop();
                            if let not_closed @ Some(Piece::NotClosed { .. }) = self.interpolated_text(start) {
                                return not_closed;
                            }
                        }
                    }
                    return Some(Piece::CloseBrace);
                }
                b'"' | b'\'' => return self.quoted(first),
                b'`' => {
                    let start = self.at;
                    self.at += 1;
                    return self.interpolated_text(start);
                }
                b'#' if matches!(self.peek(1), b'"' | b'#') => return self.raw_string(),
                b'/' if self.peek(1) == b'/' => {
                    while self.bytes.get(self.at).is_some_and(|b| !matches!(b, b'\n' | b'\r')) {
                        self.at += 1;
                    }
                }
                b'/' if self.peek(1) == b'*' => {
                    if let Err(piece) = self.block_comment() {
                        return Some(piece);
                    }
                }
                b if b.is_ascii_whitespace() => self.at += 1,
                b if is_word(b) => {
                    let start = self.at;
                    while self.bytes.get(self.at).is_some_and(|&b| is_word(b)) {
                        self.at += 1;
                    }
                    return Some(Piece::Word { start, end: self.at });
                }
                b => {
                    self.at += 1;
                    return Some(Piece::Other(b));
                }
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
