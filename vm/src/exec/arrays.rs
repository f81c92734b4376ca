//! Elements and rows of arrays. The offsets come from bytecode, so they are checked again here.

use crate::error::Trap;
use hydra_stdlib::value::{Array, Elements, Value};
use std::sync::Arc;

type Checked<T> = Result<T, Box<Trap>>;

/// The offset of subscript `s[subscript]` within the bounds `s[bounds]..s[bounds + 1]`, and how many there are.
#[inline]
pub(super) fn offset(s: &[u64], subscript: u16, bounds: u16) -> Checked<(u64, u64)> {
    let subscript = s[usize::from(subscript)] as i64;
    let (low, high) = (s[usize::from(bounds)] as i64, s[usize::from(bounds) + 1] as i64);
    if subscript < low || subscript > high {
        return Err(outside(subscript, low, high));
    }
    Ok((
        subscript.wrapping_sub(low) as u64,
        (high.wrapping_sub(low) as u64).wrapping_add(1),
    ))
}

#[cold]
fn outside(subscript: i64, low: i64, high: i64) -> Box<Trap> {
    Trap::new(if high < low {
        format!("index {subscript} of an array without elements ({low}..{high})")
    } else {
        format!("index {subscript} outside {low}..{high}")
    })
}

fn array(value: &Value) -> Checked<&Array> {
    match value {
        Value::Array(array) => Ok(array),
        _ => Err(Trap::malformed()),
    }
}

fn array_mut(value: &mut Value) -> Checked<&mut Array> {
    match value {
        Value::Array(array) => Ok(Arc::make_mut(array)),
        _ => Err(Trap::malformed()),
    }
}

#[inline]
pub(super) fn get(value: &Value, offset: u64) -> Checked<u64> {
    match &array(value)?.elements {
        Elements::Words(_, words) => words.get(offset as usize).copied().ok_or_else(Trap::malformed),
        Elements::Values(_) => Err(Trap::malformed()),
    }
}

#[inline]
pub(super) fn get_value(value: &Value, offset: u64) -> Checked<Value> {
    match &array(value)?.elements {
        Elements::Values(values) => values.get(offset as usize).cloned().ok_or_else(Trap::malformed),
        Elements::Words(..) => Err(Trap::malformed()),
    }
}

#[inline]
pub(super) fn set(value: &mut Value, offset: u64, word: u64) -> Checked<()> {
    match &mut array_mut(value)?.elements {
        Elements::Words(_, words) => match words.get_mut(offset as usize) {
            Some(place) => {
                *place = word;
                Ok(())
            }
            None => Err(Trap::malformed()),
        },
        Elements::Values(_) => Err(Trap::malformed()),
    }
}

#[inline]
pub(super) fn set_value(value: &mut Value, offset: u64, element: Value) -> Checked<()> {
    match &mut array_mut(value)?.elements {
        Elements::Values(values) => match values.get_mut(offset as usize) {
            Some(place) => {
                *place = element;
                Ok(())
            }
            None => Err(Trap::malformed()),
        },
        Elements::Words(..) => Err(Trap::malformed()),
    }
}

pub(super) fn row(value: &Value, dims: u8, number: u64) -> Checked<Value> {
    let array = array(value)?;
    if usize::from(dims) >= array.lengths.len() {
        return Err(Trap::malformed());
    }
    Ok(array.row(usize::from(dims), number as usize))
}

pub(super) fn set_row(value: &mut Value, dims: u8, number: u64, row: Value) -> Checked<()> {
    if array_mut(value)?.set_row(usize::from(dims), number as usize, row) {
        Ok(())
    } else {
        Err(Trap::malformed())
    }
}
