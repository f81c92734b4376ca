//! The `.hbc` file: a header, and the tables of a [`Module`].
//!
//! | offset | size | what |
//! |---|---|---|
//! | 0 | 8 | magic: `7F`, `HYDRA`, `CR`, `LF` (no text begins so, and a transfer as text breaks it) |
//! | 8 | 2 | version of the format, little-endian |
//! | 10 | 8 | checksum of all that follows, little-endian: FNV-1a of 64 bits |
//! | 18 | 1 + n | version of rhai whose meaning the fragments have: length, text |
//! | … | 1 + n | version of Hydra's standard library: length, text |
//! | … | | the tables in [postcard](https://postcard.jamesmunns.com/wire-format)'s encoding, in the order of [`Module`]'s fields |
//!
//! The code of a routine is its length in bytes and 8 bytes for each instruction: opcode, `a`, and `b`, `c`, `d`
//! little-endian. Constants are stored flat, components first.
//!
//! The checksum finds accidents (a cut file, a flipped bit), not malice. Who reads a file trusts none of its lengths, and
//! only a verified module is run.
//!
//! | version of the format | what changed |
//! |---|---|
//! | 1 | the first |
//! | 2 | instructions for what rhai in braces does; which braces became instructions, and why the others did not |
//! | 3 | operations of rhai on values of any type; fragments that are evaluated both ways |
//! | 4 | processes of the outside, of which each instance of a definition has one of its own; failures that are caught; functions of standard modules |

use crate::module::Module;
use std::fmt;

/// Version of the format that this package writes and reads.
pub const FORMAT_VERSION: u16 = 5;

/// Version of rhai that a compiled program relies on; 1.27.3 will do for 1.27.
pub const RHAI_VERSION: &str = "1.27";

/// Version of the standard library that a compiled program relies on. All packages of Hydra have one version.
pub const LIBRARY_VERSION: &str = env!("CARGO_PKG_VERSION");

const MAGIC: &[u8; 8] = b"\x7fHYDRA\r\n";
/// Where the part that is summed begins.
const SUMMED: usize = 18;

/// Why bytes are no module that can be used; shown as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// There is nothing in it.
    Empty,
    /// It is text, perhaps the program itself.
    Text,
    /// It is something else.
    Foreign,
    /// It is bytecode of another version of the format.
    Version(u16),
    /// It relies on another version of rhai.
    Rhai(String),
    /// It relies on another version of the standard library.
    Library(String),
    /// It is bytecode that was cut or changed; what is wrong with it.
    Damaged(String),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::Empty => write!(
                f,
                "the file is empty, not Hydra bytecode; make it with `hydrac compile`"
            ),
            FormatError::Text => {
                write!(
                    f,
                    "this is text, not Hydra bytecode; if it is a Hydra program, compile it with `hydrac compile`"
                )
            }
            FormatError::Foreign => write!(
                f,
                "this is not Hydra bytecode; such a file is made with `hydrac compile`"
            ),
            FormatError::Version(found) => write!(
                f,
                "this Hydra bytecode has format {found}, but this version of Hydra reads format {FORMAT_VERSION}; \
                 recompile the program with `hydrac compile`"
            ),
            FormatError::Rhai(found) => write!(
                f,
                "this Hydra bytecode was compiled for rhai {}, but this version of Hydra has rhai {RHAI_VERSION}; \
                 recompile the program with `hydrac compile`",
                found.escape_debug()
            ),
            FormatError::Library(found) => write!(
                f,
                "this Hydra bytecode was compiled for version {} of the standard library, but this is version \
                 {LIBRARY_VERSION}; recompile the program with `hydrac compile`",
                found.escape_debug()
            ),
            FormatError::Damaged(what) => {
                write!(
                    f,
                    "this Hydra bytecode is damaged ({what}); recompile the program with `hydrac compile`"
                )
            }
        }
    }
}

impl std::error::Error for FormatError {}

/// The bytes of an `.hbc` file.
///
/// [`decode`] gives back an equal module if no constant nests deeper than [`CONST_DEPTH_MAX`](crate::CONST_DEPTH_MAX).
pub fn encode(module: &Module) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT_VERSION.to_le_bytes());
    bytes.extend([0; 8]);
    for version in [RHAI_VERSION, LIBRARY_VERSION] {
        bytes.push(version.len() as u8);
        bytes.extend(version.as_bytes());
    }
    let mut bytes = postcard::to_extend(module, bytes).expect("every length in a module is known");
    let sum = checksum(&bytes[SUMMED..]);
    bytes[SUMMED - 8..SUMMED].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// Puts the right checksum into bytes that were changed, so that what is behind the checksum can be tested.
#[doc(hidden)]
pub fn reseal(bytes: &mut [u8]) {
    if let Some((head, rest)) = bytes.split_at_mut_checked(SUMMED) {
        head[SUMMED - 8..].copy_from_slice(&checksum(rest).to_le_bytes());
    }
}

/// Reads the bytes of an `.hbc` file.
///
/// Takes memory in proportion to the bytes, whatever lengths they claim. What comes out is still to be
/// [verified](crate::verify()).
pub fn decode(bytes: &[u8]) -> Result<Module, FormatError> {
    let damaged = |what: &str| FormatError::Damaged(what.to_string());
    if bytes.is_empty() {
        return Err(FormatError::Empty);
    }
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        return Err(match std::str::from_utf8(bytes) {
            _ if MAGIC.starts_with(bytes) => damaged("cut short in its header"),
            Ok(text) if !text.contains('\0') => FormatError::Text,
            _ => FormatError::Foreign,
        });
    };
    let (version, rest) = rest
        .split_first_chunk()
        .ok_or_else(|| damaged("cut short in its header"))?;
    let version = u16::from_le_bytes(*version);
    if version != FORMAT_VERSION {
        return Err(FormatError::Version(version));
    }
    let (sum, rest) = rest
        .split_first_chunk()
        .ok_or_else(|| damaged("cut short in its header"))?;
    if u64::from_le_bytes(*sum) != checksum(rest) {
        return Err(damaged("cut short or changed: its checksum differs"));
    }
    let (rhai, rest) = text(rest).ok_or_else(|| damaged("cut short in its header"))?;
    let (library, rest) = text(rest).ok_or_else(|| damaged("cut short in its header"))?;
    if rhai != RHAI_VERSION.as_bytes() {
        return Err(FormatError::Rhai(String::from_utf8_lossy(rhai).into_owned()));
    }
    if library != LIBRARY_VERSION.as_bytes() {
        return Err(FormatError::Library(String::from_utf8_lossy(library).into_owned()));
    }
    let (module, rest) = postcard::take_from_bytes(rest).map_err(|error| match error {
        postcard::Error::DeserializeUnexpectedEnd => damaged("its tables are cut short"),
        _ => damaged("its tables make no sense"),
    })?;
    match rest.len() {
        0 => Ok(module),
        more => Err(FormatError::Damaged(format!("{more} bytes behind its end"))),
    }
}

/// A text with its length before it.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(length))
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// How the code of a routine is stored.
pub(crate) mod code {
    use crate::ops::{Instr, Op};
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(code: &[Instr], serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(code.len() * 8);
        for instr in code {
            let [b, c, d] = [instr.b, instr.c, instr.d].map(u16::to_le_bytes);
            bytes.extend([instr.op as u8, instr.a, b[0], b[1], c[0], c[1], d[0], d[1]]);
        }
        serializer.serialize_bytes(&bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Instr>, D::Error> {
        deserializer.deserialize_bytes(Code)
    }

    struct Code;

    impl Visitor<'_> for Code {
        type Value = Vec<Instr>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("instructions of 8 bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            let (chunks, rest) = bytes.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(E::custom("an instruction is cut"));
            }
            let instr = |&[op, a, b0, b1, c0, c1, d0, d1]: &[u8; 8]| {
                let op = Op::from_u8(op).ok_or_else(|| E::custom("no such opcode"))?;
                let [b, c, d] = [[b0, b1], [c0, c1], [d0, d1]].map(u16::from_le_bytes);
                Ok(Instr { op, a, b, c, d })
            };
            chunks.iter().map(instr).collect()
        }
    }
}
