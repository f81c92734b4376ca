//! Operations of rhai on values whose types are not known before a program runs: literals of arrays and maps, subscripts,
//! properties, methods, assignments to what is inside.
//!
//! Each is a text of rhai in which the values are called `a`, `b`, `c`… What is common is done here; everything else, and
//! whatever fails, is left to rhai, which is given the same text: see [`crate::engine::ScriptEngine::operate`].

use super::inside::{changed, pop, push, set, update};
use super::{Array, Map, Struct, Symbols, Text, Value, ops};
use crate::limits::SCRIPT_ARRAY_ELEMENTS_MAX;
use hydra_bytecode::{BinOp, CmpOp, Kind};
use std::sync::Arc;

/// What a text does, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `[]`: the array of the values
    Array,
    /// `#{}`: the map of keys and values
    Map,
    /// `a[b]`
    Get,
    /// `a.name`
    Property(Text),
    /// `a[b].x = c`
    Set(Box<[Step]>),
    /// `a.push(b)`, or of what steps lead to
    Push(Box<[Step]>),
    /// `a.pop()`, or of what steps lead to
    Pop(Box<[Step]>),
    /// `a.remove(b)`
    Remove,
    /// `a.keys()`
    Keys,
    /// `a.values()`
    Values,
    /// `a.is_empty()`
    IsEmpty,
    /// `a.len()`
    Len,
    /// `a.contains(b)`, or `contains(a, b)`, which `in` is
    Contains,
    /// `a.split(b)`, or `split(a, b)`
    Split,
    /// `a[b].x += c`, or another operator
    Update(Box<[Step]>, BinOp),
    /// `if a {true} else {false}`
    Truth,
    /// what a `for` runs over, as an array: [`ITEMS`]
    Items,
    /// whether a value is an array: [`IS_ARRAY`]
    IsArray,
    /// whether a `switch` takes a case: [`IS`]
    Is,
    /// whether a `switch` takes a case that is a range, from the first integer to the second or before it: [`within`]
    Within(i64, i64, bool),
    /// `a += b`, or another operator: the new value is that of `a`
    Change(BinOp),
    /// `a + b`, or another operator
    Binary(BinOp),
    /// `a == b`, or another comparison
    Compare(CmpOp),
    /// anything else
    Other,
}

/// A step to what is inside of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `[b]`
    Subscript,
    /// `.name`
    Property(Text),
}

/// The condition of an `if`.
pub const TRUTH: &str = "if a {true} else {false}";

/// The items that a `for` over a value runs through.
pub const ITEMS: &str = "let z = []; for b in a { z.push(b); } z";

/// Whether a value is the one of a case of a `switch`, which is an integer, a boolean, a character, a string or `()`.
pub const IS: &str = "type_of(a) == type_of(b) && a == b";

/// Whether a value is an array.
pub const IS_ARRAY: &str = "type_of(a) == \"array\"";

/// Whether a value is an object map.
pub const IS_MAP: &str = "type_of(a) == \"map\"";

/// Whether a value is one of a range of a `switch`.
pub fn within(low: i64, high: i64, inclusive: bool) -> String {
    let dots = if inclusive { "..=" } else { ".." };
    format!("{SWITCH}{low}{dots}{high}{SWITCHED}")
}

const SWITCH: &str = "switch a {";
const SWITCHED: &str = " => true, _ => false}";

/// The name by which a text calls a value.
pub fn name(number: usize) -> String {
    match u8::try_from(number) {
        Ok(number) if number < 26 => char::from(b'a' + number).to_string(),
        _ => format!("z{number}"),
    }
}

impl Operation {
    /// What a text does.
    pub fn of(text: &str) -> Operation {
        match text {
            "[]" => return Operation::Array,
            "#{}" => return Operation::Map,
            "a[b]" => return Operation::Get,
            "a.remove(b)" => return Operation::Remove,
            "a.keys()" => return Operation::Keys,
            "a.values()" => return Operation::Values,
            "a.is_empty()" => return Operation::IsEmpty,
            "a.len()" => return Operation::Len,
            "a.contains(b)" | "contains(a, b)" => return Operation::Contains,
            "a.split(b)" | "split(a, b)" => return Operation::Split,
            "a + b" => return Operation::Binary(BinOp::Add),
            "a - b" => return Operation::Binary(BinOp::Sub),
            "a * b" => return Operation::Binary(BinOp::Mul),
            "a / b" => return Operation::Binary(BinOp::Div),
            "a % b" => return Operation::Binary(BinOp::Rem),
            "a == b" => return Operation::Compare(CmpOp::Eq),
            "a != b" => return Operation::Compare(CmpOp::Ne),
            "a < b" => return Operation::Compare(CmpOp::Lt),
            "a <= b" => return Operation::Compare(CmpOp::Le),
            "a > b" => return Operation::Compare(CmpOp::Gt),
            "a >= b" => return Operation::Compare(CmpOp::Ge),
            "a += b" => return Operation::Change(BinOp::Add),
            "a -= b" => return Operation::Change(BinOp::Sub),
            "a *= b" => return Operation::Change(BinOp::Mul),
            "a /= b" => return Operation::Change(BinOp::Div),
            "a %= b" => return Operation::Change(BinOp::Rem),
            TRUTH => return Operation::Truth,
            ITEMS => return Operation::Items,
            IS => return Operation::Is,
            IS_ARRAY => return Operation::IsArray,
            _ => {}
        }
        if let Some(range) = text
            .strip_prefix(SWITCH)
            .and_then(|text| text.strip_suffix(SWITCHED))
            .and_then(|range| range.split_once(".."))
        {
            let (high, inclusive) = match range.1.strip_prefix('=') {
                Some(high) => (high, true),
                None => (range.1, false),
            };
            return match (range.0.parse(), high.parse()) {
                (Ok(low), Ok(high)) => Operation::Within(low, high, inclusive),
                _ => Operation::Other,
            };
        }
        let Some(rest) = text.strip_prefix('a') else {
            return Operation::Other;
        };
        let letter = |c: char| c.is_ascii_lowercase();
        let known = if let Some((place, op)) = rest.strip_suffix(letter).and_then(|rest| rest.split_once(' ')) {
            let op = match op {
                "= " => None,
                "+= " => Some(BinOp::Add),
                "-= " => Some(BinOp::Sub),
                "*= " => Some(BinOp::Mul),
                "/= " => Some(BinOp::Div),
                "%= " => Some(BinOp::Rem),
                _ => return Operation::Other,
            };
            steps(place).map(|steps| match op {
                None => Operation::Set(steps.into()),
                Some(op) => Operation::Update(steps.into(), op),
            })
        } else if let Some(place) = rest.strip_suffix(".pop()") {
            steps(place).map(|steps| Operation::Pop(steps.into()))
        } else if let Some((place, argument)) = rest.strip_suffix(')').and_then(|rest| rest.split_once(".push(")) {
            let alone = argument.len() == 1 && argument.ends_with(letter);
            steps(place)
                .filter(|_| alone)
                .map(|steps| Operation::Push(steps.into()))
        } else {
            steps(rest).and_then(|steps| match <[Step; 1]>::try_from(steps) {
                Ok([Step::Property(name)]) => Some(Operation::Property(name)),
                _ => None,
            })
        };
        known.unwrap_or(Operation::Other)
    }

    /// Whether the first value is only looked at.
    pub fn reads(&self) -> bool {
        matches!(
            self,
            Operation::Get
                | Operation::Property(_)
                | Operation::Len
                | Operation::Contains
                | Operation::Items
                | Operation::Keys
                | Operation::Values
                | Operation::IsEmpty
        )
    }

    /// Does the operation on these values, of which the first may change, and gives its value to `out`. `false`, and nothing
    /// changed, if it is one that only rhai knows, or that fails.
    ///
    /// The value is not returned, since it would be moved in pieces: where they are read together soon after, a processor
    /// waits until they have been written.
    pub fn run(&self, values: &mut [Value], symbols: &Arc<Symbols>, out: &mut Value) -> bool {
        macro_rules! gives {
            ($value:expr) => {{
                *out = $value;
                true
            }};
        }
        macro_rules! may_give {
            ($value:expr) => {
                match $value {
                    Some(value) => gives!(value),
                    None => false,
                }
            };
        }
        match (self, values) {
            (Operation::Array, values) => gives!(array(values.iter_mut().map(std::mem::take))),
            (Operation::Map, values) => may_give!(map(values)),
            (Operation::Get, [a, b]) => get(a, b, out),
            (Operation::Property(name), [a]) => may_give!(property(a, name, symbols)),
            (Operation::Set(steps), [a, rest @ ..]) => {
                let set = |(value, subscripts): (_, _)| set(a, steps, subscripts, value);
                rest.split_last_mut().is_some_and(set) && gives!(Value::Unit)
            }
            (Operation::Push(steps), [a, rest @ ..]) => match rest.split_last_mut() {
                Some((item, subscripts)) => push(a, steps, subscripts, item) && gives!(Value::Unit),
                None => false,
            },
            (Operation::Pop(steps), [a, subscripts @ ..]) => may_give!(pop(a, steps, subscripts)),
            (Operation::Remove, [Value::Map(map), Value::String(key)]) => {
                gives!(Arc::make_mut(map).remove(key).unwrap_or_default())
            }
            (Operation::Keys, [Value::Map(map)]) => {
                gives!(array(
                    map.sorted().into_iter().map(|(key, _)| Value::String(key.clone()))
                ))
            }
            (Operation::Values, [Value::Map(map)]) => {
                gives!(array(map.sorted().into_iter().map(|(_, item)| item.clone())))
            }
            (Operation::IsEmpty, [Value::Map(map)]) => gives!(Value::Boolean(map.is_empty())),
            (Operation::IsEmpty, [Value::Array(array)]) => gives!(Value::Boolean(array.is_empty())),
            (Operation::IsEmpty, [Value::String(text)]) => gives!(Value::Boolean(text.is_empty())),
            (Operation::Len, [Value::Array(array)]) => gives!(Value::Integer(array.len() as i64)),
            (Operation::Len, [Value::Map(map)]) => gives!(Value::Integer(map.len() as i64)),
            (Operation::Len, [Value::String(text)]) => gives!(Value::Integer(text.chars().count() as i64)),
            (Operation::Contains, [a, b]) => match contains(a, b) {
                Some(found) => gives!(Value::Boolean(found)),
                None => false,
            },
            (Operation::Split, [Value::String(text), by]) => may_give!(split(text, by)),
            (Operation::Update(steps, op), [a, rest @ ..]) => match rest.split_last() {
                Some((by, subscripts)) => update(*op, a, steps, subscripts, by, symbols) && gives!(Value::Unit),
                None => false,
            },
            (Operation::Truth, [Value::Boolean(holds)]) => gives!(Value::Boolean(*holds)),
            (Operation::Items, [array @ Value::Array(_)]) => gives!(array.clone()),
            (Operation::Items, [Value::String(text)]) => gives!(array(text.chars().map(Value::Character))),
            (Operation::IsArray, [a]) => gives!(Value::Boolean(matches!(a, Value::Array(_)))),
            (Operation::Is, [a, b]) => gives!(Value::Boolean(is(a, b))),
            // which may be such a range
            (Operation::Within(..), [Value::Other(_)]) => false,
            (&Operation::Within(low, high, inclusive), [a]) => gives!(Value::Boolean(match *a {
                Value::Integer(n) if inclusive => (low..=high).contains(&n),
                Value::Integer(n) => (low..high).contains(&n),
                Value::Real(x) if inclusive => (low as f64..=high as f64).contains(&x),
                Value::Real(x) => (low as f64..high as f64).contains(&x),
                _ => false,
            })),
            (&Operation::Binary(op), [Value::Integer(x), Value::Integer(y)]) => match ops::integer(op, *x, *y) {
                Ok(number) => gives!(Value::Integer(number)),
                Err(_) => false,
            },
            (Operation::Binary(op), [a, b]) if plain(a) && plain(b) => may_give!(ops::binary(*op, a, b, symbols).ok()),
            (Operation::Compare(op), [a, b]) if plain(a) && plain(b) => match ops::compare(*op, a, b, symbols) {
                Ok(holds) => gives!(Value::Boolean(holds)),
                Err(_) => false,
            },
            (&Operation::Change(op), [a, b]) => changed(op, a, b, symbols) && gives!(Value::Unit),
            _ => false,
        }
    }
}

/// The array of values.
#[inline(never)]
fn array(values: impl Iterator<Item = Value>) -> Value {
    Value::Array(Arc::new(Array::from_values(values.collect())))
}

/// `#{…}` of keys and values.
#[inline(never)]
fn map(values: &mut [Value]) -> Option<Value> {
    let mut map = Map::with_capacity(values.len() / 2);
    for pair in values.chunks_exact_mut(2) {
        let Value::String(key) = &pair[0] else { return None };
        map.insert(key.clone(), std::mem::take(&mut pair[1]));
    }
    Some(Value::Map(Arc::new(map)))
}

/// Whether a value is that of a case.
fn is(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a == b,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::Character(a), Value::Character(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Unit, Value::Unit) => true,
        _ => false,
    }
}

/// Whether operators on it are known here.
fn plain(value: &Value) -> bool {
    number(value) || matches!(value, Value::String(_) | Value::Character(_) | Value::Boolean(_))
}

pub(super) fn number(value: &Value) -> bool {
    matches!(value, Value::Integer(_) | Value::Real(_))
}

/// Steps as they are written; `None` if the text is something else.
fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (_, behind) = inner.split_once(']')?;
            steps.push(Step::Subscript);
            rest = behind;
        } else {
            let inner = rest.strip_prefix('.')?;
            let end = inner.find(['.', '[']).unwrap_or(inner.len());
            let (name, behind) = inner.split_at(end);
            if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return None;
            }
            steps.push(Step::Property(name.into()));
            rest = behind;
        }
    }
    Some(steps)
}

/// The offset of a subscript, which counts from the end if it is less than 0.
pub(super) fn offset(length: usize, index: i64) -> Option<usize> {
    let from = usize::try_from(index.unsigned_abs()).ok()?;
    match index {
        0.. => (from < length).then_some(from),
        _ => length.checked_sub(from),
    }
}

/// `a[b]`; `false` if there is none here.
fn get(a: &Value, b: &Value, out: &mut Value) -> bool {
    *out = match (a, b) {
        (Value::Array(array), Value::Integer(index)) => match offset(array.len(), *index) {
            Some(offset) => array.get(offset),
            None => return false,
        },
        (Value::Map(map), Value::String(key)) => item(map, key),
        (Value::String(text), Value::Integer(index)) => {
            let found = match usize::try_from(index.unsigned_abs()) {
                Ok(from) if *index >= 0 => text.chars().nth(from),
                Ok(from) => text.chars().rev().nth(from - 1),
                Err(_) => None,
            };
            match found {
                Some(c) => Value::Character(c),
                None => return false,
            }
        }
        _ => return false,
    };
    true
}

/// Whether a map has a key, or a string a part.
fn contains(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Map(map), Value::String(key)) => Some(map.contains(key)),
        (Value::String(text), Value::String(part)) => Some(text.contains(part.as_str())),
        (Value::String(text), Value::Character(part)) => Some(text.contains(*part)),
        _ => None,
    }
}

/// The parts of a string between others.
#[inline(never)]
fn split(text: &Text, by: &Value) -> Option<Value> {
    let parts: Vec<Value> = match by {
        Value::String(_) | Value::Character(_) if text.is_empty() => vec![Value::String(text.clone())],
        Value::String(by) => match *by.as_bytes() {
            [byte] => between(text, byte),
            _ => text.split(by.as_str()).map(|part| Value::String(part.into())).collect(),
        },
        Value::Character(by) => match u8::try_from(*by) {
            Ok(byte) if byte.is_ascii() => between(text, byte),
            _ => text.split(*by).map(|part| Value::String(part.into())).collect(),
        },
        _ => return None,
    };
    (parts.len() < SCRIPT_ARRAY_ELEMENTS_MAX).then(|| Value::Array(Arc::new(Array::from_values(parts))))
}

/// The parts of a string between bytes that are characters.
fn between(text: &str, byte: u8) -> Vec<Value> {
    let count = text.bytes().filter(|&other| other == byte).count();
    let mut parts = Vec::with_capacity(count + 1);
    let mut start = 0;
    for (at, other) in text.bytes().enumerate() {
        if other == byte {
            parts.push(Value::String(text[start..at].into()));
            start = at + 1;
        }
    }
    parts.push(Value::String(text[start..].into()));
    parts
}

fn item(map: &Map, key: &Text) -> Value {
    map.get(key).cloned().unwrap_or_default()
}

/// `a.name`
#[inline(never)]
fn property(a: &Value, name: &Text, symbols: &Symbols) -> Option<Value> {
    match (a, name.as_str()) {
        (Value::Map(map), _) => Some(item(map, name)),
        (Value::Struct(structure), "name") => Some(Value::String(symbols.name(structure.constructor).into())),
        (Value::Struct(structure), "args") => Some(args(structure)),
        (Value::Signal(symbol), "name") => Some(Value::String(symbols.name(*symbol).into())),
        (Value::Signal(_), "args") => Some(Value::Array(Arc::new(Array::from_values(Vec::new())))),
        _ => None,
    }
}

fn args(structure: &Struct) -> Value {
    Value::Array(Arc::new(Array::from_values(structure.parts.to_vec())))
}

/// The kind of the scalars in an array, if it has scalars of one kind and one dimension.
pub fn words(value: &Value) -> Option<Kind> {
    match value {
        Value::Array(array) if array.lengths.len() == 1 => array.elements.kind(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_known_by_what_they_do() {
        let property = |name: &str| Step::Property(name.into());
        assert_eq!(Operation::of("a.key"), Operation::Property("key".into()));
        assert_eq!(Operation::of("a[b] = c"), Operation::Set([Step::Subscript].into()));
        assert_eq!(
            Operation::of("a[b].x[c] = d"),
            Operation::Set([Step::Subscript, property("x"), Step::Subscript].into())
        );
        let updated = |steps: &[Step]| Operation::Update(steps.into(), BinOp::Add);
        assert_eq!(Operation::of("a[b] += c"), updated(&[Step::Subscript]));
        assert_eq!(Operation::of("a[b].x += c"), updated(&[Step::Subscript, property("x")]));
        assert_eq!(Operation::of("a.push(b)"), Operation::Push([].into()));
        assert_eq!(
            Operation::of("a.x[b].push(c)"),
            Operation::Push([property("x"), Step::Subscript].into())
        );
        assert_eq!(Operation::of("a.x.pop()"), Operation::Pop([property("x")].into()));
        let others = [
            "a.sort()",
            "-a",
            "abs(a)",
            "a.x == b",
            "sort(a, b)",
            "a.push(b, c)",
            "a.push(b.x)",
            "a **= b",
        ];
        for other in others {
            assert_eq!(Operation::of(other), Operation::Other, "{other}");
        }
    }

    #[test]
    fn what_is_inside_is_updated_in_place() {
        let symbols = Arc::new(Symbols::new(&[]));
        let key = || Value::String("k".into());
        let (mut map, mut out) = (Value::Unit, Value::Unit);
        assert!(Operation::of("#{}").run(&mut [key(), Value::Integer(i64::MAX - 1)], &symbols, &mut map));
        let mut update = |map: &mut Value, key: Value| {
            let mut values = [std::mem::take(map), key, Value::Integer(1)];
            let done = Operation::of("a[b] += c").run(&mut values, &symbols, &mut out);
            let [value, ..] = values;
            *map = value;
            done
        };
        let address = |map: &Value| match map {
            Value::Map(map) => Arc::as_ptr(map).addr(),
            _ => 0,
        };
        let before = address(&map);
        assert!(update(&mut map, key()));
        assert_eq!(address(&map), before);
        // rhai says why not
        assert!(!update(&mut map, key()));
        assert!(!update(&mut map, Value::String("other".into())));
        assert_eq!(super::super::show(&map, &symbols), format!("#{{\"k\": {}}}", i64::MAX));
    }

    #[test]
    fn what_fails_changes_nothing() {
        let symbols = Arc::new(Symbols::new(&[]));
        let array = || Value::Array(Arc::new(Array::from_values(vec![Value::Integer(1), Value::Integer(2)])));
        let mut out = Value::Unit;
        let mut values = [array(), Value::Integer(2), Value::Integer(7)];
        assert!(!Operation::of("a[b] = c").run(&mut values, &symbols, &mut out));
        assert!(matches!(values[2], Value::Integer(7)));
        let mut values = [array(), Value::Integer(-2), Value::String("x".into())];
        assert!(Operation::of("a[b] = c").run(&mut values, &symbols, &mut out));
        assert_eq!(super::super::show(&values[0], &symbols), "[\"x\", 2]");
    }
}
