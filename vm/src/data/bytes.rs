//! [`Data`] as bytes, for traces: a byte that says what it is, and its parts as `postcard` has them. Values are taken apart here, for
//! who reads them trusts nothing, and `postcard` would follow them however deep they nest.

use super::Data;
use hydra_stdlib::limits::VALUE_DEPTH_MAX;
use serde::{Deserialize, Serialize};

const UNIT: u8 = 0;
const INTEGER: u8 = 1;
const REAL: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;
const CHARACTER: u8 = 5;
const STRING: u8 = 6;
const ARRAY: u8 = 7;
const STRUCT: u8 = 8;
/// An array of integers from 0 to 255.
const BLOCK: u8 = 9;

/// Appends a value.
pub(crate) fn encode(data: &Data, bytes: &mut Vec<u8>) {
    match data {
        Data::Unit => bytes.push(UNIT),
        Data::Integer(value) => {
            bytes.push(INTEGER);
            put(bytes, value);
        }
        Data::Real(value) => {
            bytes.push(REAL);
            put(bytes, value);
        }
        Data::Boolean(value) => bytes.push(if *value { TRUE } else { FALSE }),
        Data::Character(value) => {
            bytes.push(CHARACTER);
            put(bytes, &u32::from(*value));
        }
        Data::String(text) => {
            bytes.push(STRING);
            put(bytes, text);
        }
        Data::Array(elements) => match block(elements) {
            Some(block) => {
                bytes.push(BLOCK);
                put(bytes, &block);
            }
            None => {
                bytes.push(ARRAY);
                parts(bytes, elements);
            }
        },
        Data::Struct(name, all) => {
            bytes.push(STRUCT);
            put(bytes, name);
            parts(bytes, all);
        }
    }
}

fn block(elements: &[Data]) -> Option<Vec<u8>> {
    let byte = |element: &Data| match element {
        Data::Integer(number) => u8::try_from(*number).ok(),
        _ => None,
    };
    elements.iter().map(byte).collect()
}

fn parts(bytes: &mut Vec<u8>, parts: &[Data]) {
    put(bytes, &parts.len());
    parts.iter().for_each(|part| encode(part, bytes));
}

/// Appends a part as `postcard` has it.
fn put<T: Serialize + ?Sized>(bytes: &mut Vec<u8>, part: &T) {
    if let Ok(more) = postcard::to_extend(part, std::mem::take(bytes)) {
        *bytes = more;
    }
}

/// The value that these bytes are; `None` if they are none.
pub(crate) fn decode(mut bytes: &[u8]) -> Option<Data> {
    let data = value(&mut bytes, 0)?;
    bytes.is_empty().then_some(data)
}

fn value(bytes: &mut &[u8], depth: usize) -> Option<Data> {
    if depth > VALUE_DEPTH_MAX {
        return None;
    }
    Some(match take::<u8>(bytes)? {
        UNIT => Data::Unit,
        INTEGER => Data::Integer(take(bytes)?),
        REAL => Data::Real(take(bytes)?),
        FALSE => Data::Boolean(false),
        TRUE => Data::Boolean(true),
        CHARACTER => Data::Character(char::from_u32(take(bytes)?)?),
        STRING => Data::String(take(bytes)?),
        ARRAY => Data::Array(values(bytes, depth)?),
        STRUCT => Data::Struct(take(bytes)?, values(bytes, depth)?),
        BLOCK => {
            let block: &[u8] = take(bytes)?;
            Data::Array(block.iter().map(|&byte| Data::Integer(byte.into())).collect())
        }
        _ => return None,
    })
}

/// The next part.
fn take<'b, T: Deserialize<'b>>(bytes: &mut &'b [u8]) -> Option<T> {
    let (part, rest) = postcard::take_from_bytes(bytes).ok()?;
    *bytes = rest;
    Some(part)
}

/// So many values; each has a byte at least, so that what is said to be there cannot be more than is there.
fn values(bytes: &mut &[u8], depth: usize) -> Option<Vec<Data>> {
    let count: u64 = take(bytes)?;
    (0..count).map(|_| value(bytes, depth + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_were_written() {
        let numbers = [0, 1, -1, 255, 256, i64::MIN, i64::MAX];
        let all = Data::Array(vec![
            Data::Unit,
            Data::Boolean(true),
            Data::Boolean(false),
            Data::Real(-0.5),
            Data::Character('√'),
            Data::String("a line\n".into()),
            Data::Array(Vec::new()),
            Data::Array(numbers.map(Data::Integer).to_vec()),
            Data::Array(vec![Data::Integer(0), Data::Integer(255)]),
            Data::shape(
                "pair",
                [Data::signal("ended"), Data::Struct(String::new(), vec![Data::Unit])],
            ),
        ]);
        let mut bytes = Vec::new();
        encode(&all, &mut bytes);
        assert_eq!(decode(&bytes), Some(all));
        for cut in 0..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), None, "{cut}");
        }
        bytes.push(0);
        assert_eq!(decode(&bytes), None);
    }

    #[test]
    fn what_nests_without_end_is_no_value() {
        let deep = [ARRAY, 1].repeat(1_000_000);
        assert_eq!(decode(&deep), None);
        let many = [ARRAY, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, UNIT];
        assert_eq!(decode(&many), None);
    }
}
