//! Changes of what is inside of arrays and object maps, where it is: `a[b].x = c`, `a.x += b`, `a[b].push(c)`.

use super::operations::{Step, number, offset};
use super::{Array, Elements, Lengths, Symbols, Value, ops};
use crate::limits::{SCRIPT_ARRAY_ELEMENTS_MAX, STRING_BYTES_MAX};
use hydra_bytecode::BinOp;
use std::sync::Arc;

/// `a op= b` of numbers, or of a string to which something is added; `false`, and nothing changed, if it is something else or
/// fails.
#[inline]
pub(super) fn changed(op: BinOp, a: &mut Value, b: &Value, symbols: &Arc<Symbols>) -> bool {
    match (op, &mut *a, b) {
        (_, Value::Integer(x), Value::Integer(y)) => match ops::integer(op, *x, *y) {
            Ok(number) => *x = number,
            Err(_) => return false,
        },
        (BinOp::Add, Value::String(text), Value::String(part)) if text.len() + part.len() <= STRING_BYTES_MAX => {
            text.push_str(part);
        }
        (BinOp::Add, Value::String(text), Value::Character(part))
            if text.len() + part.len_utf8() <= STRING_BYTES_MAX =>
        {
            text.push_str(part.encode_utf8(&mut [0; 4]));
        }
        (_, x, y) if number(x) && number(y) => match ops::binary(op, x, y, symbols) {
            Ok(number) => *a = number,
            Err(_) => return false,
        },
        _ => return false,
    }
    true
}

/// `a[b].x op= c`; `false`, and nothing changed, if it is something else or fails.
pub(super) fn update(
    op: BinOp,
    a: &mut Value,
    steps: &[Step],
    subscripts: &[Value],
    by: &Value,
    symbols: &Arc<Symbols>,
) -> bool {
    let Some((last, before)) = steps.split_last() else {
        return false;
    };
    let own = usize::from(*last == Step::Subscript);
    let Some((to, own)) = subscripts.split_at_checked(subscripts.len().wrapping_sub(own)) else {
        return false;
    };
    match (inside(a, before, to), last, own) {
        (Some(Value::Array(array)), Step::Subscript, [Value::Integer(index)]) => {
            let Some(offset) = offset(array.len(), *index) else {
                return false;
            };
            let array = Arc::make_mut(array);
            if let (1, Elements::Values(values)) = (array.lengths.len(), &mut array.elements) {
                return values
                    .get_mut(offset)
                    .is_some_and(|item| changed(op, item, by, symbols));
            }
            let mut item = array.get(offset);
            let done = changed(op, &mut item, by, symbols);
            if done {
                set_item(array, offset, item);
            }
            done
        }
        (Some(Value::Map(map)), last, own) => {
            let key = match (last, own) {
                (Step::Property(name), _) => name,
                (Step::Subscript, [Value::String(key)]) => key,
                _ => return false,
            };
            let item = Arc::make_mut(map).get_mut(key);
            item.is_some_and(|item| changed(op, item, by, symbols))
        }
        _ => false,
    }
}

/// What the steps lead to, to change it in place; `None` if they do not, or lead to what has no place of its own.
fn inside<'a>(a: &'a mut Value, steps: &[Step], mut subscripts: &[Value]) -> Option<&'a mut Value> {
    let mut at = a;
    for step in steps {
        let subscript = match step {
            Step::Subscript => Some(subscripts.split_off_first()?),
            Step::Property(_) => None,
        };
        at = match (at, step, subscript) {
            (Value::Array(array), Step::Subscript, Some(Value::Integer(index))) if array.lengths.len() == 1 => {
                let offset = offset(array.len(), *index)?;
                match &mut Arc::make_mut(array).elements {
                    Elements::Values(values) => values.get_mut(offset)?,
                    Elements::Words(..) => return None,
                }
            }
            (Value::Map(map), Step::Subscript, Some(Value::String(key))) => Arc::make_mut(map).get_mut(key)?,
            (Value::Map(map), Step::Property(name), _) => Arc::make_mut(map).get_mut(name)?,
            _ => return None,
        };
    }
    Some(at)
}

/// Changes what the steps lead to; `false`, and nothing changed, if they do not.
#[inline(never)]
pub(super) fn set(a: &mut Value, steps: &[Step], subscripts: &mut [Value], value: &mut Value) -> bool {
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
                return set(inner, further, rest, value);
            }
            let mut inner = array.get(offset);
            let done = set(&mut inner, further, rest, value);
            if done {
                set_item(array, offset, inner);
            }
            done
        }
        (Value::Map(map), step) => {
            let (key, rest) = match step {
                Step::Property(name) => (name.clone(), subscripts),
                Step::Subscript => match subscripts.split_first_mut() {
                    Some((Value::String(key), rest)) => (key.clone(), rest),
                    _ => return false,
                },
            };
            match Arc::make_mut(map) {
                map if further.is_empty() => map.insert(key, std::mem::take(value)),
                map => match map.get_mut(&key) {
                    Some(inner) => return set(inner, further, rest, value),
                    None => return false,
                },
            }
            true
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

/// Adds an element; `false`, and nothing changed, if that is left to rhai.
#[inline(never)]
pub(super) fn push(a: &mut Value, steps: &[Step], subscripts: &[Value], item: &mut Value) -> bool {
    let Some(Value::Array(array)) = inside(a, steps, subscripts) else {
        return false;
    };
    if array.len() >= SCRIPT_ARRAY_ELEMENTS_MAX {
        return false;
    }
    let (array, item) = (Arc::make_mut(array), std::mem::take(item));
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
    true
}

/// Takes the last element; `None`, and nothing changed, if that is left to rhai.
#[inline(never)]
pub(super) fn pop(a: &mut Value, steps: &[Step], subscripts: &[Value]) -> Option<Value> {
    let Some(Value::Array(array)) = inside(a, steps, subscripts) else {
        return None;
    };
    if array.is_empty() {
        return None;
    }
    let array = Arc::make_mut(array);
    flat(array);
    let item = match &mut array.elements {
        Elements::Words(kind, words) => Value::scalar(*kind, words.pop()?),
        Elements::Values(values) => values.pop()?,
    };
    array.lengths[0] -= 1;
    Some(item)
}
