//! What operators mean: exactly what they mean in rhai.

use super::show::{kind_name, show, show_short};
use super::{Array, Elements, Symbols, Text, Value, by_rhai, dynamic};
use crate::limits::STRING_BYTES_MAX;
use hydra_bytecode::{BinOp, CmpOp};
use rhai::{Dynamic, ImmutableString};
use std::sync::Arc;

/// `x = y` of reals: equal within rhai's tolerance.
#[inline]
pub fn real_eq(x: f64, y: f64) -> bool {
    let divisor = divisor(x, y);
    divisor == 0.0 || (x - y).abs() / divisor <= f64::EPSILON
}

/// `x <> y` of reals. Where one is no number, or infinite, both `x = y` and `x <> y` may be false, as in rhai.
#[inline]
pub fn real_ne(x: f64, y: f64) -> bool {
    (x - y).abs() / divisor(x, y) > f64::EPSILON
}

/// `x < y` of reals; `x > y` is `y < x`.
#[inline]
pub fn real_lt(x: f64, y: f64) -> bool {
    let (difference, divisor) = (y - x, divisor(x, y));
    is_far(difference, divisor).unwrap_or_else(|| difference / divisor > f64::EPSILON)
}

/// `x <= y` of reals; `x >= y` is `y <= x`.
#[inline]
pub fn real_le(x: f64, y: f64) -> bool {
    let (difference, divisor) = (y - x, divisor(x, y));
    is_far(difference, divisor).unwrap_or_else(|| divisor == 0.0 || difference / divisor > -f64::EPSILON)
}

/// Whether a difference is above or below zero, if it is so far from it that rhai's tolerance, and the rounding of the
/// division by which rhai finds out, do not matter: a division costs more than all the rest of a comparison.
#[inline]
fn is_far(difference: f64, divisor: f64) -> Option<bool> {
    const FAR: f64 = 4.0 * f64::EPSILON;
    let far = FAR * divisor;
    // neither holds if one of them is no number, or the divisor is infinite
    if difference > far && divisor > f64::MIN_POSITIVE {
        Some(true)
    } else if difference < -far && divisor > f64::MIN_POSITIVE {
        Some(false)
    } else {
        None
    }
}

/// What differences are relative to. 0 only for zero and no number, which rhai takes for equal.
#[inline]
fn divisor(x: f64, y: f64) -> f64 {
    if x * y == 0.0 { 1.0 } else { x.abs().max(y.abs()) }
}

/// `a op b` for integers; the error says what went wrong.
#[inline]
pub fn integer(op: BinOp, x: i64, y: i64) -> Result<i64, String> {
    let result = match op {
        BinOp::Add => x.checked_add(y),
        BinOp::Sub => x.checked_sub(y),
        BinOp::Mul => x.checked_mul(y),
        BinOp::Div => x.checked_div(y),
        BinOp::Rem => x.checked_rem(y),
    };
    result.ok_or_else(|| integer_failure(op, x, y))
}

/// Why `x op y` has no value.
#[cold]
pub fn integer_failure(op: BinOp, x: i64, y: i64) -> String {
    let by_zero = y == 0 && matches!(op, BinOp::Div | BinOp::Rem);
    format!(
        "{}: {x} {} {y}",
        if by_zero {
            "division by zero"
        } else {
            "integer overflow"
        },
        op.symbol()
    )
}

/// `x ** y` for integers; the error says what went wrong.
#[inline]
pub fn power(x: i64, y: i64) -> Result<i64, String> {
    match u32::try_from(y).ok().and_then(|y| x.checked_pow(y)) {
        Some(result) => Ok(result),
        None => Err(power_failure(x, y)),
    }
}

#[cold]
fn power_failure(x: i64, y: i64) -> String {
    if y < 0 {
        format!("integer raised to a negative power: {x} ** {y}")
    } else {
        format!("integer overflow: {x} ** {y}")
    }
}

/// `x << y`: 0 from 64 places on; to the right if `y` is less than 0.
#[inline]
pub fn shift_left(x: i64, y: i64) -> i64 {
    match y {
        0..64 => x << y,
        64.. => 0,
        _ => x >> y.saturating_neg().min(63),
    }
}

/// `x >> y`, with copies of the sign; to the left if `y` is less than 0.
#[inline]
pub fn shift_right(x: i64, y: i64) -> i64 {
    match y {
        0.. => x >> y.min(63),
        -63..0 => x << -y,
        _ => 0,
    }
}

/// The texts of values as `print` writes them, one after the other.
pub fn join(values: &mut [Value], symbols: &Symbols) -> Result<Value, String> {
    if let [Value::String(head), rest @ ..] = values
        && head.len() >= LONG
    {
        // what nobody else has grows in place
        let mut tail = String::new();
        for value in rest {
            append(&mut tail, value, symbols);
            if head.len() + tail.len() > STRING_BYTES_MAX {
                return Err(crate::engine::string_too_large());
            }
        }
        let mut head = std::mem::take(head);
        head.push_str(&tail);
        return Ok(Value::String(head));
    }
    let mut text = String::new();
    for value in values {
        append(&mut text, value, symbols);
        if text.len() > STRING_BYTES_MAX {
            return Err(crate::engine::string_too_large());
        }
    }
    Ok(Value::String(text.into()))
}

/// Bytes from which a string is worth to be written in place.
const LONG: usize = 64;

fn append(text: &mut String, value: &Value, symbols: &Symbols) {
    use std::fmt::Write;
    // writing to a string cannot fail
    let _ = match value {
        Value::String(part) => {
            text.push_str(part);
            Ok(())
        }
        Value::Integer(n) => write!(text, "{n}"),
        Value::Boolean(b) => write!(text, "{b}"),
        Value::Character(c) => {
            text.push(*c);
            Ok(())
        }
        _ => {
            text.push_str(&show(value, symbols));
            Ok(())
        }
    };
}

/// What a failure says that was thrown with a value.
pub fn thrown(value: &Value, symbols: &Symbols) -> String {
    match show(value, symbols) {
        text if text.is_empty() => "thrown".into(),
        text => text,
    }
}

/// A string without a part, as rhai takes it away.
fn without(text: &Text, taken: impl FnOnce(ImmutableString) -> ImmutableString) -> Text {
    taken(text.into()).into()
}

fn real(op: BinOp, x: f64, y: f64) -> f64 {
    match op {
        BinOp::Add => x + y,
        BinOp::Sub => x - y,
        BinOp::Mul => x * y,
        BinOp::Div => x / y,
        BinOp::Rem => x % y,
    }
}

/// `a op b`.
pub fn binary(op: BinOp, a: &Value, b: &Value, symbols: &Arc<Symbols>) -> Result<Value, String> {
    use Value::{Character, Integer, Map, Other, Real, Struct, Unit};
    Ok(match (op, a, b) {
        (_, &Integer(x), &Integer(y)) => Integer(integer(op, x, y)?),
        (_, &Real(x), &Real(y)) => Real(real(op, x, y)),
        (_, &Real(x), &Integer(y)) => Real(real(op, x, y as f64)),
        (_, &Integer(x), &Real(y)) => Real(real(op, x as f64, y)),
        (BinOp::Add, Value::String(x), Unit) => Value::String(x.clone()),
        (BinOp::Add, Unit, Value::String(y)) => Value::String(y.clone()),
        (BinOp::Add, Value::String(x), Value::String(y)) => joined(x, y)?,
        (BinOp::Add, Value::String(_), Other(y)) if y.is_blob() => by_rhai(op, a, b, symbols)?,
        (BinOp::Add, Other(x), Value::String(_)) if x.is_blob() => by_rhai(op, a, b, symbols)?,
        (BinOp::Add, Value::String(x), _) => joined(x, &show(b, symbols))?,
        (BinOp::Add, _, Value::String(y)) => joined(&show(a, symbols), y)?,
        (BinOp::Add, Character(x), Character(y)) => Value::String(format!("{x}{y}").into()),
        (BinOp::Add, Value::Array(x), Value::Array(y)) => Value::Array(concatenated(x, y)?),
        (BinOp::Sub, Value::String(x), Value::String(y)) => Value::String(without(x, |x| x - ImmutableString::from(y))),
        (BinOp::Sub, Value::String(x), &Character(y)) => Value::String(without(x, |x| x - y)),
        (_, Value::Array(_) | Struct(_) | Value::Signal(_), _) => return Err(undefined(op.symbol(), a, b, symbols)),
        (_, _, Value::Array(_) | Struct(_) | Value::Signal(_)) => return Err(undefined(op.symbol(), a, b, symbols)),
        (_, Other(_) | Map(_), _) | (_, _, Other(_) | Map(_)) => by_rhai(op, a, b, symbols)?,
        _ => return Err(undefined(op.symbol(), a, b, symbols)),
    })
}

/// `-a`.
pub fn negate(a: &Value) -> Result<Value, String> {
    match a {
        Value::Integer(n) => n
            .checked_neg()
            .map(Value::Integer)
            .ok_or_else(|| format!("integer overflow: -({n})")),
        Value::Real(x) => Ok(Value::Real(-x)),
        Value::Struct(_) | Value::Signal(_) => Err("- does not apply to a structured value".into()),
        _ => Err(format!("- does not apply to {}", kind_name(a, &Symbols::new(&[])))),
    }
}

/// `a op b`, a comparison.
pub fn compare(op: CmpOp, a: &Value, b: &Value, symbols: &Arc<Symbols>) -> Result<bool, String> {
    if let Some(result) = compare_simple(op, a, b) {
        return Ok(result);
    }
    match (op, a, b) {
        (_, Value::Other(_) | Value::Map(_), _) | (_, _, Value::Other(_) | Value::Map(_)) => {
            by_rhai_compare(op, a, b, symbols)
        }
        (CmpOp::Eq, ..) => equal(a, b, symbols),
        (CmpOp::Ne, ..) => equal(a, b, symbols).map(|equal| !equal),
        _ => Err(undefined(op.symbol(), a, b, symbols)),
    }
}

/// The result if there is no need to look into the values: the arguments have no parts, or are of different kinds.
#[inline]
fn compare_simple(op: CmpOp, a: &Value, b: &Value) -> Option<bool> {
    use Value::{Array, Boolean, Character, Integer, Map, Other, Real, Signal, Struct, Unit};
    Some(match (a, b) {
        (Integer(x), Integer(y)) => ordered(op, x, y),
        (&Real(x), &Real(y)) => compare_reals(op, x, y),
        (&Real(x), &Integer(y)) => compare_reals(op, x, y as f64),
        (&Integer(x), &Real(y)) => compare_reals(op, x as f64, y),
        (Boolean(x), Boolean(y)) => ordered(op, x, y),
        (Character(x), Character(y)) => ordered(op, x, y),
        (Value::String(x), Value::String(y)) => ordered(op, x, y),
        (Character(x), Value::String(y)) => ordered(op, &[Some(*x), None], &first_two(y)),
        (Value::String(x), Character(y)) => ordered(op, &first_two(x), &[Some(*y), None]),
        (Unit, Unit) => op == CmpOp::Eq,
        (Array(_), Array(_)) | (Struct(_) | Signal(_), Struct(_) | Signal(_)) => return None,
        (Other(_) | Map(_), Array(_) | Struct(_) | Signal(_))
        | (Array(_) | Struct(_) | Signal(_), Other(_) | Map(_)) => op == CmpOp::Ne,
        (Other(_) | Map(_), _) | (_, Other(_) | Map(_)) => return None,
        _ => op == CmpOp::Ne,
    })
}

/// A comparison of reals.
#[inline]
pub fn compare_reals(op: CmpOp, x: f64, y: f64) -> bool {
    match op {
        CmpOp::Eq => real_eq(x, y),
        CmpOp::Ne => real_ne(x, y),
        CmpOp::Lt => real_lt(x, y),
        CmpOp::Le => real_le(x, y),
        CmpOp::Gt => real_lt(y, x),
        CmpOp::Ge => real_le(y, x),
    }
}

fn ordered<T: PartialOrd + ?Sized>(op: CmpOp, x: &T, y: &T) -> bool {
    match op {
        CmpOp::Eq => x == y,
        CmpOp::Ne => x != y,
        CmpOp::Lt => x < y,
        CmpOp::Le => x <= y,
        CmpOp::Gt => x > y,
        CmpOp::Ge => x >= y,
    }
}

/// A string as rhai compares it with a character.
fn first_two(text: &str) -> [Option<char>; 2] {
    let mut chars = text.chars();
    [chars.next(), chars.next()]
}

/// Whether values are equal, part by part in order up to the first difference; without recursion, since values nest
/// to any depth.
fn equal(a: &Value, b: &Value, symbols: &Arc<Symbols>) -> Result<bool, String> {
    let mut open: Vec<(Value, Value, usize)> = Vec::new();
    let (mut x, mut y) = (a.clone(), b.clone());
    loop {
        let same = match (&x, &y) {
            (Value::Array(p), Value::Array(q)) if p.len() != q.len() => false,
            (Value::Array(p), Value::Array(q)) => match equal_words(p, q) {
                Some(same) => same,
                None => {
                    open.push((x, y, 0));
                    true
                }
            },
            (Value::Struct(p), Value::Struct(q)) => {
                let alike = p.constructor == q.constructor && p.parts.len() == q.parts.len();
                if alike {
                    open.push((x, y, 0));
                }
                alike
            }
            (Value::Signal(p), Value::Signal(q)) => p == q,
            (Value::Struct(_), Value::Signal(_)) | (Value::Signal(_), Value::Struct(_)) => false,
            _ => match compare_simple(CmpOp::Eq, &x, &y) {
                Some(same) => same,
                None => by_rhai_compare(CmpOp::Eq, &x, &y, symbols)?,
            },
        };
        if !same {
            return Ok(false);
        }
        loop {
            let Some((p, q, next)) = open.last_mut() else {
                return Ok(true);
            };
            if let (Some(left), Some(right)) = (p.part(*next), q.part(*next)) {
                *next += 1;
                (x, y) = (left, right);
                break;
            }
            open.pop();
        }
    }
}

/// Whether arrays of words are equal; `None` if they have other elements, or dimensions that differ.
fn equal_words(a: &Array, b: &Array) -> Option<bool> {
    match (&a.elements, &b.elements) {
        (Elements::Words(kind, x), Elements::Words(other, y)) if kind == other && a.lengths == b.lengths => {
            Some(match kind {
                hydra_bytecode::Kind::Real => x
                    .iter()
                    .zip(y)
                    .all(|(&x, &y)| real_eq(f64::from_bits(x), f64::from_bits(y))),
                _ => x == y,
            })
        }
        _ => None,
    }
}

/// How a message ends that is of a limit of the machine.
const MORE_THAN_MAY_BE: &str = ", the most there may be";

/// Whether a message of an operator is of a limit of the machine, not of a failure.
pub fn is_limit(message: &str) -> bool {
    message.ends_with(MORE_THAN_MAY_BE)
}

fn joined(x: &str, y: &str) -> Result<Value, String> {
    let bytes = x.len() + y.len();
    if bytes > STRING_BYTES_MAX {
        return Err(format!(
            "a string of {bytes} bytes is longer than {STRING_BYTES_MAX}{MORE_THAN_MAY_BE}"
        ));
    }
    let mut text = String::with_capacity(bytes);
    text.push_str(x);
    text.push_str(y);
    Ok(Value::String(text.into()))
}

/// Elements of the first dimensions, one after the other, as rhai has arrays.
fn concatenated(x: &Arc<Array>, y: &Arc<Array>) -> Result<Arc<Array>, String> {
    if x.is_empty() {
        return Ok(y.clone());
    }
    if y.is_empty() {
        return Ok(x.clone());
    }
    let count = x.len() + y.len();
    if count > crate::limits::ARRAY_ELEMENTS_MAX {
        let most = crate::limits::ARRAY_ELEMENTS_MAX;
        return Err(format!(
            "an array of {count} elements is longer than {most}{MORE_THAN_MAY_BE}"
        ));
    }
    Ok(Arc::new(Array::from_values(x.iter().chain(y.iter()).collect())))
}

/// Operators on rhai's own kinds of values.
fn by_rhai(op: BinOp, a: &Value, b: &Value, symbols: &Arc<Symbols>) -> Result<Value, String> {
    let result = operands(a, b, symbols).and_then(|(x, y)| by_rhai::operator(op.symbol(), x, y));
    result
        .ok_or_else(|| undefined(op.symbol(), a, b, symbols))
        .and_then(dynamic::from_dynamic)
}

fn by_rhai_compare(op: CmpOp, a: &Value, b: &Value, symbols: &Arc<Symbols>) -> Result<bool, String> {
    let name = match op {
        CmpOp::Eq => "==",
        CmpOp::Ne => "!=",
        _ => op.symbol(),
    };
    let result = operands(a, b, symbols).and_then(|(x, y)| by_rhai::operator(name, x, y)?.as_bool().ok());
    result.ok_or_else(|| undefined(op.symbol(), a, b, symbols))
}

/// Operands for rhai, neither an array nor a structured value.
fn operands(a: &Value, b: &Value, symbols: &Arc<Symbols>) -> Option<(Dynamic, Dynamic)> {
    let operand = |value: &Value| match value {
        Value::Array(_) | Value::Struct(_) | Value::Signal(_) => None,
        _ => Some(dynamic::to_dynamic(value, symbols)),
    };
    Some((operand(a)?, operand(b)?))
}

#[cold]
fn undefined(op: &str, a: &Value, b: &Value, symbols: &Symbols) -> String {
    let (x, y) = (show_short(a, symbols), show_short(b, symbols));
    let (kind, other) = (kind_name(a, symbols), kind_name(b, symbols));
    format!("{x} {op} {y}: {op} does not apply to {kind} and {other}")
}
