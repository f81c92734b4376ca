//! Strings.

use rhai::ImmutableString;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// A string. A short one is where it is held: that it is copied and dropped costs nothing, which a shared one pays with
/// atomic operations. A longer one is shared with rhai.
#[derive(Clone)]
pub struct Text(Held);

#[derive(Clone)]
enum Held {
    /// The bytes behind the length are 0, so that equal strings are equal to the byte.
    Short { len: u8, bytes: [u8; SHORT] },
    /// Longer than a short one.
    Long(ImmutableString),
}

/// Bytes of the longest string that is held in place: what 16 bytes leave beside its kind and length.
const SHORT: usize = 14;

const _: () = assert!(size_of::<Text>() == 16 && size_of::<super::Value>() == 16);

impl Text {
    /// The string itself.
    #[inline]
    pub fn as_str(&self) -> &str {
        self
    }

    /// Whether it is held in place.
    #[inline]
    pub fn is_short(&self) -> bool {
        matches!(self.0, Held::Short { .. })
    }

    /// Adds to the end of it; in place if it is long and nobody else holds it.
    pub fn push_str(&mut self, part: &str) {
        match &mut self.0 {
            Held::Long(text) => text.make_mut().push_str(part),
            Held::Short { len, bytes } => {
                let (old, new) = (usize::from(*len), usize::from(*len) + part.len());
                if let Some(place) = bytes.get_mut(old..new) {
                    place.copy_from_slice(part.as_bytes());
                    *len = new as u8;
                } else {
                    *self = [self, part].concat().into();
                }
            }
        }
    }

    /// Whether both are one string that is shared.
    pub fn ptr_eq(&self, other: &Text) -> bool {
        match (&self.0, &other.0) {
            (Held::Long(one), Held::Long(other)) => one.ptr_eq(other),
            _ => false,
        }
    }

    /// A short one as two words and its length, which decide it.
    #[inline]
    fn words(len: u8, bytes: &[u8; SHORT]) -> (u64, u64, u8) {
        let word = |bytes: Option<&[u8; 8]>| u64::from_le_bytes(bytes.copied().unwrap_or_default());
        (word(bytes.first_chunk()), word(bytes.last_chunk()), len)
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match &self.0 {
            // they were those of a string
            Held::Short { len, bytes } => str::from_utf8(&bytes[..usize::from(*len)]).unwrap_or_default(),
            Held::Long(text) => text,
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Text(Held::Short {
            len: 0,
            bytes: [0; SHORT],
        })
    }
}

/// `text` in place, if it is short enough.
#[inline]
fn short(text: &str) -> Option<Text> {
    let mut bytes = [0; SHORT];
    bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(Text(Held::Short {
        len: text.len() as u8,
        bytes,
    }))
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Self {
        short(text).unwrap_or_else(|| Text(Held::Long(text.into())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        short(&text).unwrap_or_else(|| Text(Held::Long(text.into())))
    }
}

impl From<ImmutableString> for Text {
    fn from(text: ImmutableString) -> Self {
        short(&text).unwrap_or(Text(Held::Long(text)))
    }
}

impl From<&Text> for ImmutableString {
    fn from(text: &Text) -> Self {
        match &text.0 {
            Held::Short { .. } => text.as_str().into(),
            Held::Long(text) => text.clone(),
        }
    }
}

impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Text) -> bool {
        match (&self.0, &other.0) {
            (Held::Short { len, bytes }, Held::Short { len: other, bytes: b }) => {
                Text::words(*len, bytes) == Text::words(*other, b)
            }
            (Held::Long(text), Held::Long(other)) => text == other,
            _ => false,
        }
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Text) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Text) -> Ordering {
        self.as_str().cmp(other)
    }
}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Held::Short { len, bytes } => {
                let (first, last, len) = Text::words(*len, bytes);
                state.write_u64(first);
                state.write_u64(last ^ u64::from(len));
            }
            Held::Long(text) => text.hash(state),
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::BuildHasher;

    /// Of each length around the boundary, with characters of one and more bytes.
    fn texts() -> Vec<String> {
        let of = |c: char| (0..20).map(move |count| String::from(c).repeat(count));
        of('x').chain(of('é')).chain(of('\u{1f600}')).chain(of('\0')).collect()
    }

    #[test]
    fn what_is_held_is_what_was_given() {
        for text in texts() {
            for made in [
                Text::from(text.as_str()),
                Text::from(text.clone()),
                Text::from(ImmutableString::from(text.as_str())),
            ] {
                assert_eq!(made.as_str(), text);
                assert_eq!(ImmutableString::from(&made), text);
                assert_eq!(matches!(made.0, Held::Short { .. }), text.len() <= SHORT);
            }
        }
    }

    #[test]
    fn strings_are_compared_by_what_they_hold() {
        let build = foldhash::fast::RandomState::default();
        for one in texts() {
            for other in texts() {
                let (x, y) = (Text::from(one.as_str()), Text::from(other.as_str()));
                assert_eq!(x == y, one == other, "{one:?} and {other:?}");
                assert_eq!(x.cmp(&y), one.cmp(&other));
                assert!(one != other || build.hash_one(&x) == build.hash_one(&y));
            }
        }
    }

    #[test]
    fn strings_grow_across_the_boundary() {
        for one in texts() {
            for other in texts() {
                let mut text = Text::from(one.as_str());
                text.push_str(&other);
                let whole = format!("{one}{other}");
                assert_eq!(text, Text::from(whole.as_str()));
                assert_eq!(text.as_str(), whole);
            }
        }
    }
}
