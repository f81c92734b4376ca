//! A rough lexer for rhai: what the syntax tree does not keep (where brackets close, how literals are written).
//!
//! It knows comments, strings, characters, raw and interpolated strings, so that nothing inside them counts as code. On
//! text that rhai does not accept it stops early; nobody uses its result then.

/// Kinds of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// an identifier or keyword
    Name,
    /// a number
    Number,
    /// a piece of a string, or a character
    Text,
    /// an opening bracket; `${` inside an interpolated string too
    Open,
    /// a closing bracket
    Close,
    /// one character of an operator or separator
    Sign,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// For a bracket: the index of its partner, or of itself if it has none.
    pub(super) partner: usize,
    /// How many brackets are open around it.
    pub(super) depth: usize,
}

/// The tokens of a text.
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    pub(super) list: Vec<Token>,
}

impl<'a> Tokens<'a> {
    /// The index of the token that begins at an offset.
    pub(super) fn at(&self, offset: usize) -> Option<usize> {
        self.list.binary_search_by_key(&offset, |token| token.start).ok()
    }

    /// The text of a token; empty behind the last one.
    pub(super) fn word(&self, index: usize) -> &'a str {
        self.list
            .get(index)
            .map_or("", |token| &self.text[token.start..token.end])
    }

    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.list.get(index).map(|token| token.kind)
    }

    /// Whether a `[` at this index opens a subscript, and where it closes.
    pub(super) fn subscript(&self, index: usize) -> Option<usize> {
        let token = self.list.get(index)?;
        (token.kind == Kind::Open && self.word(index) == "[" && token.partner != index).then_some(token.partner)
    }
}

/// What the scanner is inside of.
enum Inside {
    /// a bracket: the index of its token
    Bracket(usize),
    /// an interpolated string whose `${` is the token
    Interpolation(usize),
}

/// Splits a text into tokens.
pub(super) fn scan(text: &str) -> Tokens<'_> {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        list: Vec::new(),
        open: Vec::new(),
    };
    while scanner.step() {}
    Tokens {
        text,
        list: scanner.list,
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    list: Vec<Token>,
    open: Vec<Inside>,
}

impl Scanner<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: Kind, start: usize) {
        let partner = self.list.len();
        self.list.push(Token {
            kind,
            start,
            end: self.at,
            partner,
            depth: self.open.len(),
        });
    }

    fn step(&mut self) -> bool {
        let start = self.at;
        if start >= self.bytes.len() {
            return false;
        }
        match self.byte(0) {
            b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
            b'/' if self.byte(1) == b'/' => self.at = self.line_end(),
            b'/' if self.byte(1) == b'*' => return self.block_comment(),
            b'"' | b'\'' => return self.quoted(),
            b'`' => {
                self.at += 1;
                return self.interpolated(start);
            }
            b'#' if self.raw_string() => self.push(Kind::Text, start),
            b'0'..=b'9' => {
                self.number();
                self.push(Kind::Number, start);
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                while matches!(self.byte(0), b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9') {
                    self.at += 1;
                }
                self.push(Kind::Name, start);
            }
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.push(Kind::Open, start);
                self.open.push(Inside::Bracket(self.list.len() - 1));
            }
            b')' | b']' | b'}' => return self.close(start),
            _ => {
                self.at += self.text[start..].chars().next().map_or(1, char::len_utf8);
                self.push(Kind::Sign, start);
            }
        }
        true
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].find('\n').map_or(self.text.len(), |i| self.at + i)
    }

    fn block_comment(&mut self) -> bool {
        let mut depth = 0;
        while self.at < self.bytes.len() {
            match (self.byte(0), self.byte(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return true;
                    }
                }
                _ => self.at += 1,
            }
        }
        false
    }

    /// `"…"` or `'…'`. A doubled quote inside, which rhai allows, looks like two strings; that does no harm.
    fn quoted(&mut self) -> bool {
        let (start, quote) = (self.at, self.byte(0));
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.byte(0) {
                b'\\' => self.at += 2,
                byte => {
                    self.at += 1;
                    if byte == quote {
                        self.push(Kind::Text, start);
                        return true;
                    }
                }
            }
        }
        false
    }

    /// The rest of a string in back quotes, up to its end or the next `${`.
    fn interpolated(&mut self, start: usize) -> bool {
        while self.at < self.bytes.len() {
            match (self.byte(0), self.byte(1)) {
                (b'`', _) => {
                    self.at += 1;
                    self.push(Kind::Text, start);
                    return true;
                }
                (b'$', b'{') => {
                    self.push(Kind::Text, start);
                    let open = self.at;
                    self.at += 2;
                    self.push(Kind::Open, open);
                    self.open.push(Inside::Interpolation(self.list.len() - 1));
                    return true;
                }
                _ => self.at += 1,
            }
        }
        false
    }

    fn close(&mut self, start: usize) -> bool {
        self.at += 1;
        let inside = self.open.pop();
        let index = self.list.len();
        self.push(Kind::Close, start);
        match inside {
            None => false,
            Some(Inside::Bracket(open)) => {
                self.join(open, index);
                true
            }
            Some(Inside::Interpolation(open)) => {
                self.join(open, index);
                self.interpolated(self.at)
            }
        }
    }

    fn join(&mut self, open: usize, close: usize) {
        self.list[open].partner = close;
        self.list[close].partner = open;
    }

    /// `#"…"#` with any number of `#`; `false`, and nothing consumed, if it is something else.
    fn raw_string(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let hashes = rest.bytes().take_while(|&b| b == b'#').count();
        if rest.as_bytes().get(hashes) != Some(&b'"') {
            return false;
        }
        let end = format!("\"{}", &rest[..hashes]);
        let body = &rest[hashes + 1..];
        self.at += body.find(&end).map_or(rest.len(), |i| hashes + 1 + i + end.len());
        true
    }

    fn number(&mut self) {
        let radix = self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X' | b'o' | b'O' | b'b' | b'B');
        if radix {
            self.at += 2;
            while self.byte(0).is_ascii_hexdigit() || self.byte(0) == b'_' {
                self.at += 1;
            }
            return;
        }
        self.digits();
        // a period belongs to the number unless a range or a method follows
        if self.byte(0) == b'.' && !matches!(self.byte(1), b'.' | b'_' | b'a'..=b'z' | b'A'..=b'Z') {
            self.at += 1;
            self.digits();
        }
        if matches!(self.byte(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.digits();
            }
        }
    }

    fn digits(&mut self) {
        while matches!(self.byte(0), b'0'..=b'9' | b'_') {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let tokens = scan(text);
        (0..tokens.list.len()).map(|i| tokens.word(i)).collect()
    }

    #[test]
    fn strings_and_comments_hide_code() {
        assert_eq!(words(r#"a /* b /* c */ d */ + "e\" [" // f"#), ["a", "+", r#""e\" [""#]);
        assert_eq!(words("#\"x \" y\"# z"), ["#\"x \" y\"#", "z"]);
        assert_eq!(words("'}' '\\''"), ["'}'", "'\\''"]);
        assert_eq!(words("#{a: 1}"), ["#", "{", "a", ":", "1", "}"]);
    }

    #[test]
    fn code_in_interpolated_strings_counts() {
        let text = "`x ${ a[`${b}`] } y` c";
        assert_eq!(
            words(text),
            ["`x ", "${", "a", "[", "`", "${", "b", "}", "`", "]", "}", " y`", "c"]
        );
        let tokens = scan(text);
        assert_eq!(tokens.subscript(3), Some(9));
    }

    #[test]
    fn numbers() {
        assert_eq!(
            words("1..3 1.5e-3 0xFF 1_000 2.abs() 7. 1e"),
            [
                "1", ".", ".", "3", "1.5e-3", "0xFF", "1_000", "2", ".", "abs", "(", ")", "7.", "1", "e"
            ]
        );
    }
}
