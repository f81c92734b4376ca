//! Operations of rhai on values whose types are not known before a program runs: literals of arrays and maps, subscripts,
//! properties, methods, assignments to what is inside.
//!
//! Each is a text of rhai in which the values are called `a`, `b`, `c`… What is common is done here; everything else, and
//! whatever fails, is left to rhai, which is given the same text: see [`crate::engine::ScriptEngine::operate`].

use super::{Array, Elements, Lengths, Struct, Symbols, Value, dynamic, ops};
use crate::limits::{SCRIPT_ARRAY_ELEMENTS_MAX, STRING_BYTES_MAX};
use hydra_bytecode::{BinOp, CmpOp, Kind};
use rhai::{Dynamic, ImmutableString, Map};
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
    Property(ImmutableString),
    /// `a[b].x = c`
    Set(Box<[Step]>),
    /// `a.push(b)`
    Push,
    /// `a.pop()`
    Pop,
    /// `a.len()`
    Len,
    /// `a.contains(b)`, or `contains(a, b)`, which `in` is
    Contains,
    /// `a.split(b)`, or `split(a, b)`
    Split,
    /// `a[b] += c`, or another operator
    Update(BinOp),
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
    Property(ImmutableString),
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
            "a.push(b)" => return Operation::Push,
            "a.pop()" => return Operation::Pop,
            "a.len()" => return Operation::Len,
            "a.contains(b)" | "contains(a, b)" => return Operation::Contains,
            "a.split(b)" | "split(a, b)" => return Operation::Split,
            "a[b] += c" => return Operation::Update(BinOp::Add),
            "a[b] -= c" => return Operation::Update(BinOp::Sub),
            "a[b] *= c" => return Operation::Update(BinOp::Mul),
            "a[b] /= c" => return Operation::Update(BinOp::Div),
            "a[b] %= c" => return Operation::Update(BinOp::Rem),
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
        let (place, sets) = match rest.split_once(" = ") {
            Some((place, _)) => (place, true),
            None => (rest, false),
        };
        match (steps(place), sets) {
            (Some(steps), true) => Operation::Set(steps.into()),
            (Some(steps), false) => match <[Step; 1]>::try_from(steps) {
                Ok([Step::Property(name)]) => Operation::Property(name),
                _ => Operation::Other,
            },
            (None, _) => Operation::Other,
        }
    }

    /// Whether the first value is only looked at.
    pub fn reads(&self) -> bool {
        matches!(
            self,
            Operation::Get | Operation::Property(_) | Operation::Len | Operation::Contains | Operation::Items
        )
    }

    /// The value of the operation on these values, of which the first may change. `None`, and nothing changed, if it is one
    /// that only rhai knows, or that fails.
    pub fn run(&self, values: &mut [Value], symbols: &Arc<Symbols>) -> Option<Value> {
        match (self, values) {
            (Operation::Array, values) => {
                let values = values.iter_mut().map(std::mem::take).collect();
                Some(Value::Array(Arc::new(Array::from_values(values))))
            }
            (Operation::Map, values) => {
                let mut map = Map::new();
                for pair in values.chunks_exact(2) {
                    let Value::String(key) = &pair[0] else { return None };
                    map.insert(key.as_str().into(), dynamic::to_dynamic(&pair[1], symbols));
                }
                Some(Value::Other(Arc::new(Dynamic::from_map(map))))
            }
            (Operation::Get, [a, b]) => get(a, b),
            (Operation::Property(name), [a]) => property(a, name, symbols),
            (Operation::Set(steps), [a, rest @ ..]) => {
                let (value, subscripts) = rest.split_last_mut()?;
                set(a, steps, subscripts, value, symbols).then_some(Value::Unit)
            }
            (Operation::Push, [Value::Array(array), item]) if array.len() < SCRIPT_ARRAY_ELEMENTS_MAX => {
                push(Arc::make_mut(array), std::mem::take(item));
                Some(Value::Unit)
            }
            (Operation::Pop, [Value::Array(array)]) if !array.is_empty() => pop(Arc::make_mut(array)),
            (Operation::Len, [Value::Array(array)]) => Some(Value::Integer(array.len() as i64)),
            (Operation::Len, [Value::String(text)]) => Some(Value::Integer(text.chars().count() as i64)),
            (Operation::Contains, [a, b]) => contains(a, b).map(Value::Boolean),
            (Operation::Split, [Value::String(text), by]) => split(text, by),
            (Operation::Update(op), [a, b, c]) if number(c) => update(*op, a, b, c, symbols).then_some(Value::Unit),
            (Operation::Truth, [value @ Value::Boolean(_)]) => Some(value.clone()),
            (Operation::Items, [array @ Value::Array(_)]) => Some(array.clone()),
            (Operation::Items, [Value::String(text)]) => {
                let characters = text.chars().map(Value::Character).collect();
                Some(Value::Array(Arc::new(Array::from_values(characters))))
            }
            (Operation::IsArray, [a]) => Some(Value::Boolean(matches!(a, Value::Array(_)))),
            (Operation::Is, [a, b]) => Some(Value::Boolean(is(a, b))),
            (&Operation::Within(low, high, inclusive), [a]) => Some(Value::Boolean(match *a {
                Value::Integer(n) if inclusive => (low..=high).contains(&n),
                Value::Integer(n) => (low..high).contains(&n),
                Value::Real(x) if inclusive => (low as f64..=high as f64).contains(&x),
                Value::Real(x) => (low as f64..high as f64).contains(&x),
                // which may be such a range
                Value::Other(_) => return None,
                _ => false,
            })),
            (Operation::Binary(op), [a, b]) if plain(a) && plain(b) => ops::binary(*op, a, b, symbols).ok(),
            (Operation::Compare(op), [a, b]) if plain(a) && plain(b) => {
                ops::compare(*op, a, b, symbols).ok().map(Value::Boolean)
            }
            (Operation::Change(BinOp::Add), [Value::String(text), Value::String(part)])
                if text.len() + part.len() <= STRING_BYTES_MAX =>
            {
                text.make_mut().push_str(part);
                Some(Value::Unit)
            }
            (Operation::Change(BinOp::Add), [Value::String(text), Value::Character(part)])
                if text.len() + part.len_utf8() <= STRING_BYTES_MAX =>
            {
                text.make_mut().push(*part);
                Some(Value::Unit)
            }
            (Operation::Change(op), [a, b]) if number(a) && number(b) => {
                *a = ops::binary(*op, a, b, symbols).ok()?;
                Some(Value::Unit)
            }
            _ => None,
        }
    }
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

fn number(value: &Value) -> bool {
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
fn offset(length: usize, index: i64) -> Option<usize> {
    let from = usize::try_from(index.unsigned_abs()).ok()?;
    match index {
        0.. => (from < length).then_some(from),
        _ => length.checked_sub(from),
    }
}

/// `a[b]`
fn get(a: &Value, b: &Value) -> Option<Value> {
    match (a, b) {
        (Value::Array(array), Value::Integer(index)) => Some(array.get(offset(array.len(), *index)?)),
        (Value::Other(map), Value::String(key)) => {
            let map = map.read_lock::<Map>()?;
            item(&map, key)
        }
        (Value::String(text), Value::Integer(index)) => {
            let found = match index {
                0.. => text.chars().nth(usize::try_from(*index).ok()?),
                _ => text.chars().rev().nth(usize::try_from(index.unsigned_abs()).ok()? - 1),
            };
            found.map(Value::Character)
        }
        _ => None,
    }
}

/// Whether a map has a key, or a string a part.
fn contains(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Other(map), Value::String(key)) => Some(map.read_lock::<Map>()?.contains_key(key.as_str())),
        (Value::String(text), Value::String(part)) => Some(text.contains(part.as_str())),
        (Value::String(text), Value::Character(part)) => Some(text.contains(*part)),
        _ => None,
    }
}

/// The parts of a string between others.
fn split(text: &ImmutableString, by: &Value) -> Option<Value> {
    let parts: Vec<Value> = match by {
        Value::String(_) | Value::Character(_) if text.is_empty() => vec![Value::String(text.clone())],
        Value::String(by) => match (by.chars().next(), by.chars().nth(1)) {
            (Some(by), None) => text.split(by).map(|part| Value::String(part.into())).collect(),
            _ => text.split(by.as_str()).map(|part| Value::String(part.into())).collect(),
        },
        Value::Character(by) => text.split(*by).map(|part| Value::String(part.into())).collect(),
        _ => return None,
    };
    (parts.len() < SCRIPT_ARRAY_ELEMENTS_MAX).then(|| Value::Array(Arc::new(Array::from_values(parts))))
}

/// `a[b] op= c` of numbers; `false`, and nothing changed, if it is something else or fails.
fn update(op: BinOp, a: &mut Value, b: &Value, c: &Value, symbols: &Arc<Symbols>) -> bool {
    match (a, b) {
        (Value::Array(array), Value::Integer(index)) => {
            let Some(offset) = offset(array.len(), *index) else {
                return false;
            };
            let old = array.get(offset);
            let new = number(&old).then(|| ops::binary(op, &old, c, symbols));
            let Some(Ok(new)) = new else { return false };
            set_item(Arc::make_mut(array), offset, new);
            true
        }
        (Value::Other(map), Value::String(key)) if map.is_map() => {
            let Some(mut map) = Arc::make_mut(map).write_lock::<Map>() else {
                return false;
            };
            let Some(item) = map.get_mut(key.as_str()) else {
                return false;
            };
            let new = scalar_of(item).map(|old| ops::binary(op, &old, c, symbols));
            let Some(Ok(new)) = new else { return false };
            *item = dynamic::to_dynamic(&new, symbols);
            true
        }
        _ => false,
    }
}

/// A number in a map.
fn scalar_of(item: &Dynamic) -> Option<Value> {
    match item.as_int() {
        Ok(n) => Some(Value::Integer(n)),
        Err(_) => item.as_float().ok().map(Value::Real),
    }
}

fn item(map: &Map, key: &str) -> Option<Value> {
    match map.get(key) {
        Some(item) => dynamic::from_dynamic(item.clone()).ok(),
        None => Some(Value::Unit),
    }
}

/// `a.name`
fn property(a: &Value, name: &str, symbols: &Symbols) -> Option<Value> {
    match (a, name) {
        (Value::Other(map), _) => {
            let map = map.read_lock::<Map>()?;
            item(&map, name)
        }
        (Value::Struct(structure), "name") => Some(Value::String(symbols.name(structure.constructor))),
        (Value::Struct(structure), "args") => Some(args(structure)),
        (Value::Signal(symbol), "name") => Some(Value::String(symbols.name(*symbol))),
        (Value::Signal(_), "args") => Some(Value::Array(Arc::new(Array::from_values(Vec::new())))),
        _ => None,
    }
}

fn args(structure: &Struct) -> Value {
    Value::Array(Arc::new(Array::from_values(structure.parts.to_vec())))
}

/// Changes what the steps lead to; `false`, and nothing changed, if they do not.
fn set(a: &mut Value, steps: &[Step], subscripts: &mut [Value], value: &mut Value, symbols: &Arc<Symbols>) -> bool {
    let Some((step, further)) = steps.split_first() else {
        *a = std::mem::take(value);
        return true;
    };
    match (a, step) {
        (Value::Array(array), Step::Subscript) => {
            let Some((Value::Integer(index), rest)) = subscripts.split_first_mut() else {
                return false;
            };
            let Some(offset) = offset(array.len(), *index) else {
                return false;
            };
            let array = Arc::make_mut(array);
            if further.is_empty() {
                set_item(array, offset, std::mem::take(value));
                return true;
            }
            if array.lengths.len() == 1
                && let Elements::Values(values) = &mut array.elements
                && let Some(inner) = values.get_mut(offset)
            {
                return set(inner, further, rest, value, symbols);
            }
            let mut inner = array.get(offset);
            let done = set(&mut inner, further, rest, value, symbols);
            if done {
                set_item(array, offset, inner);
            }
            done
        }
        (Value::Other(map), step) => {
            let (key, rest) = match step {
                Step::Property(name) => (name.clone(), subscripts),
                Step::Subscript => match subscripts.split_first_mut() {
                    Some((Value::String(key), rest)) => (key.clone(), rest),
                    _ => return false,
                },
            };
            if !map.is_map() {
                return false;
            }
            let Some(mut map) = Arc::make_mut(map).write_lock::<Map>() else {
                return false;
            };
            let mut inner = match map.get(key.as_str()) {
                Some(item) if !further.is_empty() => match dynamic::from_dynamic(item.clone()) {
                    Ok(item) => item,
                    Err(_) => return false,
                },
                None if !further.is_empty() => return false,
                _ => Value::Unit,
            };
            let done = set(&mut inner, further, rest, value, symbols);
            if done {
                map.insert(key.as_str().into(), dynamic::to_dynamic(&inner, symbols));
            }
            done
        }
        _ => false,
    }
}

/// An array as rhai has it: of one dimension.
fn flat(array: &mut Array) {
    if array.lengths.len() > 1 {
        *array = Array {
            lengths: Lengths::from_slice(&[array.len() as u32]),
            elements: Elements::Values(array.iter().collect()),
        };
    }
}

fn set_item(array: &mut Array, offset: usize, item: Value) {
    flat(array);
    if let Some(kind) = array.elements.kind()
        && item.word().is_none_or(|(own, _)| own != kind)
    {
        array.elements = Elements::Values(array.elements.to_values());
    }
    array.set_element(offset, item);
}

fn push(array: &mut Array, item: Value) {
    flat(array);
    match (&mut array.elements, item.word()) {
        (Elements::Words(kind, words), Some((own, word))) if *kind == own => words.push(word),
        (elements, Some((kind, word))) if elements.is_empty() => *elements = Elements::Words(kind, vec![word]),
        (Elements::Values(values), _) => values.push(item),
        (elements, _) => {
            let mut values = elements.to_values();
            values.push(item);
            *elements = Elements::Values(values);
        }
    }
    array.lengths[0] += 1;
}

fn pop(array: &mut Array) -> Option<Value> {
    flat(array);
    let item = match &mut array.elements {
        Elements::Words(kind, words) => Value::scalar(*kind, words.pop()?),
        Elements::Values(values) => values.pop()?,
    };
    array.lengths[0] -= 1;
    Some(item)
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
        assert_eq!(Operation::of("a[b] += c"), Operation::Update(BinOp::Add));
        for other in ["a.sort()", "-a", "abs(a)", "a.x == b", "a[b].x += c", "sort(a, b)"] {
            assert_eq!(Operation::of(other), Operation::Other, "{other}");
        }
    }

    #[test]
    fn what_is_inside_is_updated_in_place() {
        let symbols = Arc::new(Symbols::new(&[]));
        let key = || Value::String("k".into());
        let mut map = Operation::of("#{}").run(&mut [key(), Value::Integer(i64::MAX - 1)], &symbols);
        let update = |map: &mut Option<Value>, key: Value| {
            let mut values = [map.take().unwrap_or_default(), key, Value::Integer(1)];
            let done = Operation::of("a[b] += c").run(&mut values, &symbols).is_some();
            let [value, ..] = values;
            *map = Some(value);
            done
        };
        let address = |map: &Option<Value>| match map {
            Some(Value::Other(map)) => Arc::as_ptr(map).addr(),
            _ => 0,
        };
        let before = address(&map);
        assert!(update(&mut map, key()));
        assert_eq!(address(&map), before);
        // rhai says why not
        assert!(!update(&mut map, key()));
        assert!(!update(&mut map, Value::String("other".into())));
        assert_eq!(
            super::super::show(&map.unwrap_or_default(), &symbols),
            format!("#{{\"k\": {}}}", i64::MAX)
        );
    }

    #[test]
    fn what_fails_changes_nothing() {
        let symbols = Arc::new(Symbols::new(&[]));
        let array = || Value::Array(Arc::new(Array::from_values(vec![Value::Integer(1), Value::Integer(2)])));
        let mut values = [array(), Value::Integer(2), Value::Integer(7)];
        assert!(Operation::of("a[b] = c").run(&mut values, &symbols).is_none());
        assert!(matches!(values[2], Value::Integer(7)));
        let mut values = [array(), Value::Integer(-2), Value::String("x".into())];
        assert!(Operation::of("a[b] = c").run(&mut values, &symbols).is_some());
        assert_eq!(super::super::show(&values[0], &symbols), "[\"x\", 2]");
    }
}
