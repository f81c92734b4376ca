//! Values nest as deep as a program likes (`v := p(v)` in a loop), so nothing here may recurse without a bound. What a
//! value holds is dropped with at most a fixed depth of the stack.

use super::{Elements, Map, Struct, Value};
use std::cell::{Cell, RefCell};
use std::mem::take;

/// Nested drops on the stack; deeper values wait for the outermost drop.
const DROP_DEPTH_MAX: u32 = 64;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    static PENDING: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

impl Value {
    /// The element or component `i`, from 0; `None` behind the last one and for values without parts.
    pub fn part(&self, i: usize) -> Option<Value> {
        match self {
            Value::Array(array) if i < array.len() => Some(array.get(i)),
            Value::Struct(structure) => structure.parts.get(i).cloned(),
            _ => None,
        }
    }

    /// Whether it shares something, which is counted: to copy and drop others is nothing.
    #[inline]
    pub fn is_shared(&self) -> bool {
        match self {
            Value::String(text) => !text.is_short(),
            Value::Array(_) | Value::Struct(_) | Value::Map(_) | Value::Other(_) => true,
            _ => false,
        }
    }

    /// Whether it has components or elements.
    #[inline]
    pub fn is_compound(&self) -> bool {
        matches!(
            self,
            Value::Array(_) | Value::Struct(_) | Value::Map(_) | Value::Other(_)
        )
    }
}

impl Drop for Struct {
    fn drop(&mut self) {
        if self.parts.iter().any(Value::is_compound) {
            drop_bounded(take(&mut self.parts).into_vec());
        }
    }
}

impl Drop for Elements {
    fn drop(&mut self) {
        if let Elements::Values(values) = self
            && values.iter().any(Value::is_compound)
        {
            drop_bounded(take(values));
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if self.has_compound() {
            drop_bounded(self.take_values());
        }
    }
}

fn drop_bounded(values: Vec<Value>) {
    let depth = DEPTH.get();
    if depth < DROP_DEPTH_MAX {
        DEPTH.set(depth + 1);
        drop(values);
        DEPTH.set(depth);
    } else {
        let _ = PENDING.try_with(|pending| pending.borrow_mut().extend(values));
    }
    if depth == 0 {
        while let Ok(Some(value)) = PENDING.try_with(|pending| pending.borrow_mut().pop()) {
            DEPTH.set(1);
            drop(value);
            DEPTH.set(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Array, Symbol};
    use super::*;
    use std::sync::Arc;

    #[test]
    fn deep_values_are_dropped_without_a_deep_stack() {
        let mut value = Value::Unit;
        for i in 0..1_000_000 {
            value = match i % 3 {
                0 => Value::Struct(Arc::new(Struct {
                    constructor: Symbol(1),
                    parts: Box::new([value]),
                })),
                1 => Value::Array(Arc::new(Array::from_values(vec![value, Value::Unit]))),
                _ => Value::Map(Arc::new([("inner".into(), value)].into_iter().collect())),
            };
        }
        drop(value);
    }
}
