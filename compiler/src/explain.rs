//! What each code of an error or warning means: the entries of `ERRORS.md`.

const PAGE: &str = include_str!("../ERRORS.md");

/// What a code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code, as `H0203`.
    pub code: &'static str,
    /// It in a few words.
    pub title: &'static str,
    /// The explanation, with programs, in Markdown.
    pub text: &'static str,
}

/// All entries, in the order of their codes.
pub fn entries() -> impl Iterator<Item = Entry> {
    PAGE.split("\n## ").skip(1).filter_map(|section| {
        let (heading, text) = section.split_once('\n')?;
        let (code, title) = heading.split_once(": ")?;
        let text = text.trim();
        Some(Entry { code, title, text })
    })
}

/// The entry of a code; small letters will do.
pub fn explain(code: &str) -> Option<Entry> {
    entries().find(|entry| entry.code.eq_ignore_ascii_case(code))
}
