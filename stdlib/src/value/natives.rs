//! Functions of rhai that the VM has itself: exactly what they do in rhai.

use super::show::show;
use super::{Symbols, Value};
use crate::engine::modules::{bits, math, text};
use hydra_bytecode::Native;
use rhai::EvalAltResult;

/// The value of a function; the error says what went wrong. `None` if the arguments are not of its types.
pub fn call(native: Native, args: &[Value], symbols: &Symbols) -> Option<Result<Value, String>> {
    use Value::{Array, Boolean, Character, Integer, Real, String as Text};
    Some(Ok(match (native, args) {
        (Native::AbsInteger, &[Integer(n)]) => match n.checked_abs() {
            Some(n) => Integer(n),
            None => return Some(Err(format!("integer overflow: -{n}"))),
        },
        (Native::AbsReal, &[Real(x)]) => Real(x.abs()),
        (Native::SignInteger, &[Integer(n)]) => Integer(n.signum()),
        (Native::IsEven, &[Integer(n)]) => Boolean(n % 2 == 0),
        (Native::IsOdd, &[Integer(n)]) => Boolean(n % 2 != 0),
        (Native::IsZeroInteger, &[Integer(n)]) => Boolean(n == 0),
        (Native::IsZeroReal, &[Real(x)]) => Boolean(x == 0.0),
        (Native::MaxInteger, &[Integer(a), Integer(b)]) => Integer(a.max(b)),
        (Native::MinInteger, &[Integer(a), Integer(b)]) => Integer(a.min(b)),
        // not `f64::max`: what is no number counts as less, whatever it is compared with
        (Native::MaxReal, &[Real(a), Real(b)]) => Real(if a >= b { a } else { b }),
        (Native::MinReal, &[Real(a), Real(b)]) => Real(if a <= b { a } else { b }),
        (Native::ToFloat, &[Integer(n)]) => Real(n as f64),
        (Native::ToInt, &[Real(x)]) if x > i64::MAX as f64 || x < i64::MIN as f64 => {
            return Some(Err(format!("integer overflow: to_int({x})")));
        }
        (Native::ToInt, &[Real(x)]) => Integer(x.trunc() as i64),
        (Native::Floor, &[Real(x)]) => Real(x.floor()),
        (Native::Ceiling, &[Real(x)]) => Real(x.ceil()),
        (Native::Round, &[Real(x)]) => Real(x.round()),
        (Native::Int, &[Real(x)]) => Real(x.trunc()),
        (Native::Fraction, &[Real(x)]) => Real(x.fract()),
        (Native::IsNan, &[Real(x)]) => Boolean(x.is_nan()),
        (Native::IsFinite, &[Real(x)]) => Boolean(x.is_finite()),
        (Native::IsInfinite, &[Real(x)]) => Boolean(x.is_infinite()),
        (Native::Sqrt, &[Real(x)]) => Real(x.sqrt()),
        (Native::Exp, &[Real(x)]) => Real(x.exp()),
        (Native::Ln, &[Real(x)]) => Real(x.ln()),
        (Native::Sin, &[Real(x)]) => Real(x.sin()),
        (Native::Cos, &[Real(x)]) => Real(x.cos()),
        (Native::Tan, &[Real(x)]) => Real(x.tan()),
        (Native::TextOfInteger | Native::TextOfReal | Native::TextOfBoolean | Native::TextOfCharacter, [value]) => {
            Text(show(value, symbols).into())
        }
        (Native::Text, [Text(text)]) => Text(text.clone()),
        (Native::ParseInt, [Text(text)]) => match text.trim().parse::<i64>() {
            Ok(n) => Integer(n),
            Err(problem) => return Some(Err(format!("error parsing integer number '{text}': {problem}"))),
        },
        (Native::Len, [Text(text)]) => Integer(text.chars().count() as i64),
        (Native::Bytes, [Text(text)]) => Integer(text.len() as i64),
        (Native::IsEmpty, [Text(text)]) => Boolean(text.is_empty()),
        (Native::Contains, [Text(text), Text(part)]) => Boolean(text.contains(part.as_str())),
        (Native::ContainsCharacter, [Text(text), Character(c)]) => Boolean(text.contains(*c)),
        (Native::StartsWith, [Text(text), Text(part)]) => Boolean(text.starts_with(part.as_str())),
        (Native::StartsWithCharacter, [Text(text), Character(c)]) => Boolean(text.starts_with(*c)),
        (Native::EndsWith, [Text(text), Text(part)]) => Boolean(text.ends_with(part.as_str())),
        (Native::EndsWithCharacter, [Text(text), Character(c)]) => Boolean(text.ends_with(*c)),
        (Native::IndexOf, [Text(text), Text(part)]) => Integer(index(text, text.find(part.as_str()))),
        (Native::IndexOfCharacter, [Text(text), Character(c)]) => Integer(index(text, text.find(*c))),
        (Native::SubString, [Text(text), Integer(start), Integer(length)]) => Text(sub_string(text, *start, *length)),
        (Native::SubStringFrom, [Text(text), Integer(start)]) => Text(sub_string(text, *start, text.len() as i64)),
        (Native::ToUpper, [Text(text)]) if text.chars().all(char::is_uppercase) => Text(text.clone()),
        (Native::ToUpper, [Text(text)]) => Text(text.to_uppercase().into()),
        (Native::ToLower, [Text(text)]) if text.chars().all(char::is_lowercase) => Text(text.clone()),
        (Native::ToLower, [Text(text)]) => Text(text.to_lowercase().into()),
        (Native::ToUpperCharacter, &[Character(c)]) => Character(alone(c.to_uppercase(), c)),
        (Native::ToLowerCharacter, &[Character(c)]) => Character(alone(c.to_lowercase(), c)),
        (Native::CharacterAt, [Text(text), Integer(index)]) => match character_at(text, *index) {
            Ok(c) => Character(c),
            Err(problem) => return Some(Err(problem)),
        },
        (Native::LenOfArray, [Array(array)]) => Integer(array.len() as i64),
        (Native::IsEmptyArray, [Array(array)]) => Boolean(array.is_empty()),
        _ => return of_modules(native, args),
    }))
}

/// Those of the standard modules.
fn of_modules(native: Native, args: &[Value]) -> Option<Result<Value, String>> {
    use Value::{Character, Integer, Real, String as Text};
    Some(match (native, args) {
        (Native::Atan2, &[Real(y), Real(x)]) => Ok(Real(y.atan2(x))),
        (Native::Cbrt, &[Real(x)]) => Ok(Real(x.cbrt())),
        (Native::Log10, &[Real(x)]) => Ok(Real(x.log10())),
        (Native::Log2, &[Real(x)]) => Ok(Real(x.log2())),
        (Native::Clamp, &[Integer(x), Integer(low), Integer(high)]) => checked(math::clamp(x, low, high), Integer),
        (Native::ClampReal, &[Real(x), Real(low), Real(high)]) => checked(math::clamp_real(x, low, high), Real),
        (Native::Gcd, &[Integer(a), Integer(b)]) => checked(math::greatest_divisor(a, b), Integer),
        (Native::Isqrt, &[Integer(n)]) => checked(math::isqrt(n), Integer),
        (Native::Lcm, &[Integer(a), Integer(b)]) => checked(math::lcm(a, b), Integer),
        (Native::PowMod, &[Integer(base), Integer(exponent), Integer(modulus)]) => {
            checked(math::pow_mod(base, exponent, modulus), Integer)
        }
        (Native::CountOnes, &[Integer(n)]) => Ok(Integer(i64::from(n.count_ones()))),
        (Native::LeadingZeros, &[Integer(n)]) => Ok(Integer(i64::from(n.leading_zeros()))),
        (Native::TrailingZeros, &[Integer(n)]) => Ok(Integer(i64::from(n.trailing_zeros()))),
        (Native::ReverseBits, &[Integer(n)]) => Ok(Integer(n.reverse_bits())),
        (Native::RotateLeft, &[Integer(n), Integer(by)]) => Ok(Integer(bits::rotate_left(n, by))),
        (Native::RotateRight, &[Integer(n), Integer(by)]) => Ok(Integer(bits::rotate_right(n, by))),
        (Native::ShiftRight, &[Integer(n), Integer(by)]) => checked(bits::shift_right(n, by), Integer),
        (Native::CountParts, [Text(text), Text(part)]) => Ok(Integer(text::count(text, part))),
        (Native::PadLeft, [Text(text), Integer(length), Character(with)]) => {
            checked(text::pad_left(text, *length, *with), |text| Text(text.into()))
        }
        (Native::PadRight, [Text(text), Integer(length), Character(with)]) => {
            checked(text::pad_right(text, *length, *with), |text| Text(text.into()))
        }
        (Native::Repeat, [Text(text), Integer(times)]) => checked(text::repeat(text, *times), |text| Text(text.into())),
        (Native::ReverseText, [Text(text)]) => Ok(Text(text::reverse(text).into())),
        _ => return None,
    })
}

/// What a function of a module gives, or why it failed.
fn checked<T>(given: Result<T, Box<EvalAltResult>>, make: fn(T) -> Value) -> Result<Value, String> {
    given.map(make).map_err(|error| match *error {
        EvalAltResult::ErrorRuntime(thrown, _) => thrown.to_string(),
        other => other.to_string(),
    })
}

/// The one character in a sequence, or `other`.
fn alone(mut characters: impl Iterator<Item = char>, other: char) -> char {
    match (characters.next(), characters.next()) {
        (Some(c), None) => c,
        _ => other,
    }
}

/// The number of the character that begins at a byte; -1 if there is none, and in an empty text.
fn index(text: &str, byte: Option<usize>) -> i64 {
    match byte {
        Some(byte) if !text.is_empty() => text[..byte].chars().count() as i64,
        _ => -1,
    }
}

/// So many characters from a place on, which counts from the end if it is less than 0.
fn sub_string(text: &str, start: i64, length: i64) -> super::Text {
    if text.is_empty() || length <= 0 {
        return super::Text::default();
    }
    let count = text.chars().count();
    let start = if start < 0 {
        count.saturating_sub(usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        usize::try_from(start).unwrap_or(usize::MAX)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let part: String = text.chars().skip(start).take(length).collect();
    part.into()
}

fn character_at(text: &str, index: i64) -> Result<char, String> {
    let from_end = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    let found = if index >= 0 {
        text.chars().nth(from_end)
    } else {
        text.chars().rev().nth(from_end - 1)
    };
    found.ok_or_else(|| {
        let count = text.chars().count();
        let characters = if count == 1 { "character" } else { "characters" };
        format!("index {index} outside a string of {count} {characters}")
    })
}
