//! The values of literals: numbers, and the escapes of strings and characters.

/// What is wrong with a number.
#[derive(Debug)]
pub(crate) struct BadNumber {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// Whether digits with letters are meant as a real: `1e9`.
pub(crate) fn looks_real(written: &str) -> bool {
    let rest = written.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    let exponent = rest.strip_prefix(['e', 'E']);
    exponent.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'_'))
}

/// The value of an integer literal.
pub(crate) fn integer(written: &str) -> Result<i64, BadNumber> {
    let digits: String = written.chars().filter(|&c| c != '_').collect();
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        _ => (10, &digits[..]),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(malformed(written));
    }
    i64::from_str_radix(digits, radix).map_err(|_| BadNumber {
        code: "H0105",
        message: format!("integer literal `{}` outside 64 bits", shorten(written)),
        help: Some("the greatest integer is 9223372036854775807, the least -9223372036854775807 - 1".into()),
    })
}

/// The value of a real literal.
pub(crate) fn real(written: &str) -> Result<f64, BadNumber> {
    let digits: String = written.chars().filter(|&c| c != '_').collect();
    // Rust's reader takes words such as `inf`, but a literal begins with a digit
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(BadNumber {
            code: "H0105",
            message: format!("real literal `{}` is too large for 64 bits", shorten(written)),
            help: None,
        }),
        Err(_) => Err(malformed(written)),
    }
}

fn malformed(written: &str) -> BadNumber {
    BadNumber {
        code: "H0104",
        message: format!("`{}` is not a number", shorten(written)),
        help: Some("numbers are written 42, 1_000, 0xFF, 0b1010, 3.5, 1e-9; a name begins with a letter".into()),
    }
}

fn shorten(written: &str) -> String {
    match written.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &written[..at]),
        None => written.to_string(),
    }
}

/// An escape that does not exist, with its place in the text.
#[derive(Debug)]
pub(crate) struct BadEscape {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: String,
}

/// The text between the quotes of a string or character, escapes resolved.
pub(crate) fn unescape(inner: &str) -> Result<String, BadEscape> {
    if !inner.contains('\\') {
        return Ok(inner.to_string());
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.char_indices();
    while let Some((start, c)) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        let escaped = rest.next().map(|(_, c)| c);
        let digits = match escaped {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => 0,
        };
        let found = match escaped {
            Some('t') => Some('\t'),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some(c @ ('\\' | '"' | '\'')) => Some(c),
            Some('x' | 'u' | 'U') => {
                let code: String = rest
                    .as_str()
                    .chars()
                    .take(digits)
                    .take_while(char::is_ascii_hexdigit)
                    .collect();
                rest.by_ref().take(code.len()).for_each(drop);
                let value = u32::from_str_radix(&code, 16).ok();
                value.filter(|_| code.len() == digits).and_then(char::from_u32)
            }
            _ => None,
        };
        let end = inner.len() - rest.as_str().len();
        match found {
            Some(c) => text.push(c),
            None => {
                return Err(BadEscape {
                    start,
                    end,
                    message: format!("`{}` is no escape", &inner[start..end]),
                });
            }
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(integer("1_000").ok(), Some(1000));
        assert_eq!(integer("0xFF").ok(), Some(255));
        assert_eq!(integer("0b1010").ok(), Some(10));
        assert_eq!(integer("9_223_372_036_854_775_807").ok(), Some(i64::MAX));
        assert_eq!(integer("9223372036854775808").err().map(|e| e.code), Some("H0105"));
        assert_eq!(integer("12ab").err().map(|e| e.code), Some("H0104"));
        assert_eq!(real("1_0.5e1").ok(), Some(105.0));
        assert_eq!(real("1e999").err().map(|e| e.code), Some("H0105"));
        assert!(looks_real("1e9") && !looks_real("0xE9") && !looks_real("1e") && !looks_real("19"));
    }

    #[test]
    fn escapes() {
        assert_eq!(
            unescape(r#"a\t\n\r\\\"\'\x41\u00e9\U0001F600"#).ok().as_deref(),
            Some("a\t\n\r\\\"'Aé😀")
        );
        assert!(unescape(r"\q").is_err());
        assert!(unescape(r"\x4").is_err());
        assert!(unescape(r"\uD800").is_err());
        assert!(unescape("\\").is_err());
    }
}
