//! Whether values are the same to the bit, which is not what `=` says: rhai takes reals for equal that nearly are, and an
//! integer for equal to a real.

use super::{Elements, Value, by_rhai};
use rhai::Dynamic;
use std::sync::Arc;

/// Pairs that still have to be compared: values nest to any depth, so this does not recurse.
type Open = Vec<(Value, Value)>;

/// Whether two values are exactly the same. An array of two dimensions is the same as one of arrays, as rhai has it.
pub fn same(a: &Value, b: &Value) -> bool {
    let mut open = Open::new();
    let mut alike = alike(a, b, &mut open);
    while alike && let Some((x, y)) = open.pop() {
        alike = self::alike(&x, &y, &mut open);
    }
    alike
}

/// Whether values are the same if those that are added to `open` are.
fn alike(a: &Value, b: &Value, open: &mut Open) -> bool {
    match (a, b) {
        (Value::Unit, Value::Unit) => true,
        (Value::String(x), Value::String(y)) => x == y,
        (Value::Signal(x), Value::Signal(y)) => x == y,
        (Value::Struct(x), Value::Struct(y)) => {
            let shallow = x.constructor == y.constructor && x.parts.len() == y.parts.len();
            if shallow && !Arc::ptr_eq(x, y) {
                open.extend(x.parts.iter().cloned().zip(y.parts.iter().cloned()));
            }
            shallow
        }
        (Value::Array(x), Value::Array(y)) => match (&x.elements, &y.elements) {
            _ if Arc::ptr_eq(x, y) => true,
            (Elements::Words(kind, p), Elements::Words(other, q)) if x.lengths == y.lengths => {
                (kind == other || p.is_empty()) && p == q
            }
            _ => {
                open.extend(x.iter().zip(y.iter()));
                x.len() == y.len()
            }
        },
        (Value::Map(x), Value::Map(y)) => {
            let shallow = x.len() == y.len() && x.sorted().iter().zip(y.sorted()).all(|(x, y)| x.0 == y.0);
            if shallow && !Arc::ptr_eq(x, y) {
                open.extend(
                    x.sorted()
                        .into_iter()
                        .zip(y.sorted())
                        .map(|(x, y)| (x.1.clone(), y.1.clone())),
                );
            }
            shallow
        }
        (Value::Other(x), Value::Other(y)) => Arc::ptr_eq(x, y) || alike_in_rhai(x, y),
        _ => a.word().is_some() && a.word() == b.word(),
    }
}

/// The same for what only rhai has, whose `==` is exact for it.
fn alike_in_rhai(a: &Dynamic, b: &Dynamic) -> bool {
    let equal = by_rhai::operator("==", a.clone(), b.clone());
    a.type_id() == b.type_id() && equal.is_some_and(|equal| equal.as_bool() == Ok(true))
}

#[cfg(test)]
mod tests {
    use super::super::{Array, Lengths, Struct, Symbol};
    use super::*;
    use hydra_bytecode::Kind;

    fn pair(x: Value, y: Value) -> Value {
        Value::Struct(Arc::new(Struct {
            constructor: Symbol(1),
            parts: Box::new([x, y]),
        }))
    }

    fn map(x: f64) -> Value {
        let items = [("x".into(), Value::Real(x)), ("y".into(), Value::Unit)];
        Value::Map(Arc::new(items.into_iter().collect()))
    }

    #[test]
    fn there_is_no_tolerance() {
        let (near, real) = (Value::Real(1.0 + f64::EPSILON), Value::Real(1.0));
        assert!(same(&real, &real));
        assert!(!same(&real, &near));
        assert!(!same(&real, &Value::Integer(1)));
        assert!(!same(&Value::Real(0.0), &Value::Real(-0.0)));
        let not = Value::Real(f64::NAN);
        assert!(same(&not, &not));
        assert!(same(&pair(not.clone(), map(2.0)), &pair(not.clone(), map(2.0))));
        assert!(!same(
            &pair(not.clone(), map(2.0)),
            &pair(not, map(2.0 + 2.0 * f64::EPSILON))
        ));
        assert!(!same(&map(1.0), &Value::Unit));
    }

    #[test]
    fn arrays_are_the_same_by_their_elements() {
        let rows =
            (0..2).map(|i| Value::Array(Arc::new(Array::from_values(vec![Value::Integer(i), Value::Integer(5)]))));
        let nested = Value::Array(Arc::new(Array::from_values(rows.collect())));
        let matrix = |words: Vec<u64>| {
            Value::Array(Arc::new(Array {
                lengths: Lengths::from_slice(&[2, 2]),
                elements: Elements::Words(Kind::Integer, words),
            }))
        };
        assert!(same(&nested, &matrix(vec![0, 5, 1, 5])));
        assert!(!same(&nested, &matrix(vec![0, 5, 1, 6])));
        assert!(!same(&nested, &Value::Array(Arc::new(Array::from_values(vec![])))));
    }

    #[test]
    fn deep_values_are_compared_without_a_deep_stack() {
        let deep = || (0..200_000).fold(Value::Unit, |value, i| pair(Value::Integer(i), value));
        assert!(same(&deep(), &deep()));
        assert!(!same(&deep(), &pair(Value::Integer(200_000), deep())));
    }
}
