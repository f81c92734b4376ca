//! [`Data`] to the values of a run, and back.

use super::Data;
use hydra_stdlib::limits::{ARRAY_ELEMENTS_MAX, VALUE_DEPTH_MAX};
use hydra_stdlib::value::{Array, Shape, Symbols, Value, kind_name};
use std::sync::Arc;

/// A value for a run. The error says what cannot go in.
pub(crate) fn to_value(data: &Data, symbols: &Arc<Symbols>) -> Result<Value, String> {
    inwards(data, symbols, 0)
}

fn inwards(data: &Data, symbols: &Arc<Symbols>, depth: usize) -> Result<Value, String> {
    if depth > VALUE_DEPTH_MAX {
        return Err(format!("a value nests deeper than {VALUE_DEPTH_MAX} levels"));
    }
    let all = |parts: &[Data]| -> Result<Vec<Value>, String> {
        parts.iter().map(|part| inwards(part, symbols, depth + 1)).collect()
    };
    Ok(match data {
        Data::Unit => Value::Unit,
        Data::Integer(value) => Value::Integer(*value),
        Data::Real(value) => Value::Real(*value),
        Data::Boolean(value) => Value::Boolean(*value),
        Data::Character(value) => Value::Character(*value),
        Data::String(text) => Value::String(text.as_str().into()),
        Data::Array(elements) if elements.len() > ARRAY_ELEMENTS_MAX => {
            return Err(format!("an array has more than {ARRAY_ELEMENTS_MAX} elements"));
        }
        Data::Array(elements) => Value::Array(Arc::new(Array::from_values(all(elements)?))),
        Data::Struct(name, parts) => Shape::new(name, all(parts)?, symbols)?.value,
    })
}

/// A value for the application. The error says what cannot go out.
pub(crate) fn from_value(value: &Value, symbols: &Symbols) -> Result<Data, String> {
    outwards(value, symbols, 0)
}

fn outwards(value: &Value, symbols: &Symbols, depth: usize) -> Result<Data, String> {
    if depth > VALUE_DEPTH_MAX {
        return Err(format!("a value nests deeper than {VALUE_DEPTH_MAX} levels"));
    }
    let inner = |part: &Value| outwards(part, symbols, depth + 1);
    Ok(match value {
        Value::Unit => Data::Unit,
        Value::Integer(value) => Data::Integer(*value),
        Value::Real(value) => Data::Real(*value),
        Value::Boolean(value) => Data::Boolean(*value),
        Value::Character(value) => Data::Character(*value),
        Value::String(text) => Data::String(text.to_string()),
        Value::Array(array) => Data::Array(array.iter().map(|part| inner(&part)).collect::<Result<_, _>>()?),
        Value::Struct(structure) => Data::Struct(
            symbols.name(structure.constructor).to_string(),
            structure.parts.iter().map(inner).collect::<Result<_, _>>()?,
        ),
        Value::Signal(symbol) => Data::Struct(symbols.name(*symbol).to_string(), Vec::new()),
        Value::Map(_) | Value::Other(_) => {
            return Err(format!("{} cannot leave the program", kind_name(value, symbols)));
        }
    })
}
