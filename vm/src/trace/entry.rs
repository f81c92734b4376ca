//! Decisions of a process as bytes: for each a byte that says what it is, and numbers of seven bits a byte.

use super::Ident;

/// A decision of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A choice took this one of the guards that it had armed; of a range, what this one of its members said.
    Took(u32, Option<u32>),
    /// All guards of a choice had failed.
    Otherwise,
    /// Where several processes speak in a name, the one that was met.
    Partner(Ident),
    /// The number of the parallel command that begins.
    Group(u64),
    /// A time, in nanoseconds.
    Time(u64),
    /// A random number.
    Random(u64),
    /// A stream of values gave this one.
    Value(Piece),
    /// A stream of values had ended.
    Ended,
    /// What was to be said to a stream, or heard of it, failed with this message.
    Failed(Piece),
    /// A stream of values has taken what was output to it.
    Sent,
}

/// What an entry has that is long: where it is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    at: usize,
    length: usize,
}

/// Kinds of entries that have something long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Long {
    /// See [`Entry::Value`].
    Value,
    /// See [`Entry::Failed`].
    Failed,
}

pub(super) const TOOK: u8 = SERVED_MAX;
pub(super) const TOOK_OF: u8 = SERVED_MAX + 1;
pub(super) const OTHERWISE: u8 = SERVED_MAX + 2;
pub(super) const PARTNER: u8 = SERVED_MAX + 3;
pub(super) const GROUP: u8 = SERVED_MAX + 4;
pub(super) const TIME: u8 = SERVED_MAX + 5;
pub(super) const RANDOM: u8 = SERVED_MAX + 6;
pub(super) const VALUE: u8 = SERVED_MAX + 7;
pub(super) const ENDED: u8 = SERVED_MAX + 8;
pub(super) const FAILED: u8 = SERVED_MAX + 9;
pub(super) const SENT: u8 = SERVED_MAX + 10;

/// A first byte below this is a whole entry: the first guard that was armed took what this member of its range said. So a
/// choice among clients needs a byte for each message.
pub(super) const SERVED_MAX: u8 = 0xf0;

/// Appends a number.
#[inline(always)]
pub(super) fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// The log of a process as it is read again.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    bytes: Vec<u8>,
    at: usize,
}

impl Tape {
    pub(super) fn new(bytes: Vec<u8>) -> Tape {
        Tape { bytes, at: 0 }
    }

    /// Whether all of it has been used.
    #[cfg(test)]
    pub(crate) fn is_over(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// The next entry, if it can be read.
    pub(crate) fn peek(&self) -> Option<Entry> {
        self.read(self.at).map(|(entry, _)| entry)
    }

    /// The next entry and the one after it.
    pub(crate) fn peek_two(&self) -> (Option<Entry>, Option<Entry>) {
        match self.read(self.at) {
            Some((entry, next)) => (Some(entry), self.read(next).map(|(entry, _)| entry)),
            None => (None, None),
        }
    }

    /// Goes on behind the next entry; how many bytes it had.
    pub(crate) fn skip(&mut self) -> u64 {
        let before = self.at;
        if let Some((_, next)) = self.read(self.at) {
            self.at = next;
        }
        (self.at - before) as u64
    }

    /// What is long in an entry of this log.
    pub(crate) fn piece(&self, piece: Piece) -> &[u8] {
        self.bytes.get(piece.at..piece.at + piece.length).unwrap_or_default()
    }

    fn read(&self, at: usize) -> Option<(Entry, usize)> {
        let (&first, mut rest) = self.bytes.get(at..)?.split_first()?;
        let rest = &mut rest;
        let all = self.bytes.len();
        let piece = |rest: &mut &[u8]| {
            let length = usize::try_from(number(rest)?).ok()?;
            let at = all - rest.len();
            *rest = rest.get(length..)?;
            Some(Piece { at, length })
        };
        let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
        let entry = match first {
            TOOK => Entry::Took(small(number(rest))?, None),
            TOOK_OF => Entry::Took(small(number(rest))?, Some(small(number(rest))?)),
            OTHERWISE => Entry::Otherwise,
            PARTNER => Entry::Partner(Ident {
                group: number(rest)?,
                member: small(number(rest))?,
            }),
            GROUP => Entry::Group(number(rest)?),
            TIME => Entry::Time(number(rest)?),
            RANDOM => Entry::Random(number(rest)?),
            VALUE => Entry::Value(piece(rest)?),
            ENDED => Entry::Ended,
            FAILED => Entry::Failed(piece(rest)?),
            SENT => Entry::Sent,
            served if served < SERVED_MAX => Entry::Took(0, Some(served.into())),
            _ => return None,
        };
        Some((entry, self.bytes.len() - rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Log;
    use super::*;

    #[test]
    fn entries_are_read_as_they_were_written() {
        let partner = Ident {
            group: 1 << 40,
            member: u32::MAX,
        };
        let entries = [
            Entry::Took(0, None),
            Entry::Took(300, None),
            Entry::Took(0, Some(0)),
            Entry::Took(0, Some(0xef)),
            Entry::Took(0, Some(0xf0)),
            Entry::Took(7, Some(u32::MAX)),
            Entry::Otherwise,
            Entry::Partner(partner),
            Entry::Group(123_456_789),
            Entry::Time(u64::MAX),
            Entry::Random(u64::MAX),
            Entry::Ended,
            Entry::Sent,
        ];
        let mut bytes = Vec::new();
        entries.iter().for_each(|&entry| Log::write(&mut bytes, entry));
        for cut in 0..bytes.len() {
            let mut tape = Tape::new(bytes[..cut].to_vec());
            let read = std::iter::from_fn(|| {
                let entry = tape.peek();
                tape.skip();
                entry
            });
            let read: Vec<Entry> = read.collect();
            assert!(read.len() < entries.len() && entries.starts_with(&read), "{cut}");
        }
        let mut tape = Tape::new(bytes);
        for entry in entries {
            assert_eq!(tape.peek(), Some(entry));
            assert!(tape.skip() > 0);
        }
        assert!(tape.is_over());
    }
}
