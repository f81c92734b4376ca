//! [`Data`] as bytes, for traces: a byte that says what it is, and numbers of seven bits a byte. Who reads them trusts nothing.

use super::Data;
use hydra_stdlib::limits::VALUE_DEPTH_MAX;

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
            push(bytes, ((value << 1) ^ (value >> 63)) as u64);
        }
        Data::Real(value) => {
            bytes.push(REAL);
            bytes.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        Data::Boolean(value) => bytes.push(if *value { TRUE } else { FALSE }),
        Data::Character(value) => {
            bytes.push(CHARACTER);
            push(bytes, u64::from(u32::from(*value)));
        }
        Data::String(text) => {
            bytes.push(STRING);
            long(bytes, text.as_bytes());
        }
        Data::Array(elements) => match block(elements) {
            Some(block) => {
                bytes.push(BLOCK);
                long(bytes, &block);
            }
            None => {
                bytes.push(ARRAY);
                parts(bytes, elements);
            }
        },
        Data::Struct(name, all) => {
            bytes.push(STRUCT);
            long(bytes, name.as_bytes());
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
    push(bytes, parts.len() as u64);
    parts.iter().for_each(|part| encode(part, bytes));
}

fn long(bytes: &mut Vec<u8>, text: &[u8]) {
    push(bytes, text.len() as u64);
    bytes.extend_from_slice(text);
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
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
    Some(match take(bytes, 1)?[0] {
        UNIT => Data::Unit,
        INTEGER => {
            let number = number(bytes)?;
            Data::Integer((number >> 1) as i64 ^ -((number & 1) as i64))
        }
        REAL => Data::Real(f64::from_bits(u64::from_le_bytes(take(bytes, 8)?.try_into().ok()?))),
        FALSE => Data::Boolean(false),
        TRUE => Data::Boolean(true),
        CHARACTER => Data::Character(char::from_u32(u32::try_from(number(bytes)?).ok()?)?),
        STRING => Data::String(text(bytes)?),
        ARRAY => Data::Array(values(bytes, depth)?),
        STRUCT => Data::Struct(text(bytes)?, values(bytes, depth)?),
        BLOCK => {
            let length = number(bytes)?;
            let block = take(bytes, length)?;
            Data::Array(block.iter().map(|&byte| Data::Integer(byte.into())).collect())
        }
        _ => return None,
    })
}

fn take<'b>(bytes: &mut &'b [u8], length: u64) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(taken)
}

fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let length = number(bytes)?;
    String::from_utf8(take(bytes, length)?.to_vec()).ok()
}

/// So many values; each has a byte at least, so that what is said to be there cannot be more than is there.
fn values(bytes: &mut &[u8], depth: usize) -> Option<Vec<Data>> {
    let count = number(bytes)?;
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
