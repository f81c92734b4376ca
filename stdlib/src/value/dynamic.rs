//! Values to rhai and back.

use super::show::show_quoted;
use super::{Array, Elements, Map, Struct, Symbol, Symbols, Value};
use crate::limits::VALUE_DEPTH_MAX;
use hydra_bytecode::CmpOp;
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString};
use std::sync::Arc;

/// A structured value inside rhai: a read-only object with `name` and `args`.
#[derive(Clone, Debug)]
pub struct Shape {
    /// A `Struct` or `Signal`.
    pub value: Value,
    /// The table of its constructor.
    pub symbols: Arc<Symbols>,
}

impl Shape {
    /// The structured value `name(args)`.
    pub fn new(name: &str, args: Vec<Value>, symbols: &Arc<Symbols>) -> Result<Self, String> {
        let constructor = symbols.intern(name);
        let value = match args.is_empty() {
            true if constructor == Symbol(0) => return Err("a structured value without components needs a name".into()),
            true => Value::Signal(constructor),
            false => Value::Struct(Arc::new(Struct {
                constructor,
                parts: args.into(),
            })),
        };
        Ok(Shape {
            value,
            symbols: symbols.clone(),
        })
    }

    /// The name of its constructor.
    pub fn name(&self) -> ImmutableString {
        match &self.value {
            Value::Struct(structure) => self.symbols.name(structure.constructor),
            Value::Signal(symbol) => self.symbols.name(*symbol),
            _ => ImmutableString::new(),
        }
    }

    /// Its components, as an array.
    pub fn args(&self) -> rhai::Array {
        match &self.value {
            Value::Struct(structure) => structure
                .parts
                .iter()
                .map(|part| to_dynamic(part, &self.symbols))
                .collect(),
            _ => rhai::Array::new(),
        }
    }

    /// Whether these are its components.
    fn has_args(&self, args: rhai::Array) -> bool {
        let own: &[Value] = if let Value::Struct(structure) = &self.value {
            &structure.parts
        } else {
            &[]
        };
        let equal = |own: &Value, arg: Value| super::ops::compare(CmpOp::Eq, own, &arg, &self.symbols) == Ok(true);
        own.len() == args.len()
            && own
                .iter()
                .zip(args)
                .all(|(own, arg)| from_dynamic(arg).is_ok_and(|arg| equal(own, arg)))
    }
}

fn unchangeable() -> Box<EvalAltResult> {
    "a structured value cannot be changed: make a new one with `shape`".into()
}

/// A part nested too deep for rhai to look into; it comes back unchanged.
#[derive(Clone, Debug)]
struct Deep(Value);

/// What rhai can do with the types of this file; all but making them.
pub(crate) fn register(engine: &mut Engine) {
    let text = |shape: &mut Shape| show_quoted(&shape.value, &shape.symbols);
    let compare = |op| {
        move |a: &mut Shape, b: Shape| {
            super::ops::compare(op, &a.value, &b.value, &a.symbols)
                .map_err(|message| Box::new(rhai::EvalAltResult::from(message)))
        }
    };
    engine
        .register_type_with_name::<Shape>("structured value")
        .register_get_set(
            "name",
            |shape: &mut Shape| shape.name(),
            |shape: &mut Shape, name: ImmutableString| {
                // rhai assigns back whatever a method was called on
                if shape.name() == name {
                    Ok(())
                } else {
                    Err(unchangeable())
                }
            },
        )
        .register_get_set(
            "args",
            |shape: &mut Shape| shape.args(),
            |shape: &mut Shape, args: rhai::Array| {
                if shape.has_args(args) {
                    Ok(())
                } else {
                    Err(unchangeable())
                }
            },
        )
        .register_fn("to_string", text)
        .register_fn("to_debug", text)
        .register_fn("print", text)
        .register_fn("debug", text)
        .register_fn("==", compare(CmpOp::Eq))
        .register_fn("!=", compare(CmpOp::Ne))
        .register_type_with_name::<Deep>("deeply nested value");
}

/// A value for rhai: arrays become rhai arrays, nested for each dimension, structured values become [`Shape`]s.
pub fn to_dynamic(value: &Value, symbols: &Arc<Symbols>) -> Dynamic {
    nested(value, symbols, 0)
}

fn nested(value: &Value, symbols: &Arc<Symbols>, depth: usize) -> Dynamic {
    match value {
        Value::Array(_) | Value::Map(_) if depth > VALUE_DEPTH_MAX => Dynamic::from(Deep(value.clone())),
        Value::Array(array) => Dynamic::from_array(
            array
                .iter()
                .map(|element| nested(&element, symbols, depth + 1))
                .collect(),
        ),
        Value::Map(map) => Dynamic::from_map(
            map.sorted()
                .into_iter()
                .map(|(key, item)| (key.as_str().into(), nested(item, symbols, depth + 1)))
                .collect(),
        ),
        Value::Struct(_) | Value::Signal(_) => Dynamic::from(Shape {
            value: value.clone(),
            symbols: symbols.clone(),
        }),
        _ => plain(value).unwrap_or_default(),
    }
}

/// A value for rhai if it has no parts.
fn plain(value: &Value) -> Option<Dynamic> {
    Some(match value {
        Value::Unit => Dynamic::UNIT,
        Value::Integer(n) => Dynamic::from_int(*n),
        Value::Real(x) => Dynamic::from_float(*x),
        Value::Boolean(b) => Dynamic::from_bool(*b),
        Value::Character(c) => Dynamic::from_char(*c),
        Value::String(text) => text.into(),
        Value::Other(other) => (**other).clone(),
        Value::Array(_) | Value::Map(_) | Value::Struct(_) | Value::Signal(_) => return None,
    })
}

/// A value from rhai. What closures share is copied; function pointers are refused wherever they are.
pub fn from_dynamic(value: Dynamic) -> Result<Value, String> {
    flat(value, 0)
}

fn flat(value: Dynamic, depth: usize) -> Result<Value, String> {
    let value = value.flatten();
    if let Ok(n) = value.as_int() {
        return Ok(Value::Integer(n));
    }
    if let Ok(x) = value.as_float() {
        return Ok(Value::Real(x));
    }
    if let Ok(b) = value.as_bool() {
        return Ok(Value::Boolean(b));
    }
    if let Ok(c) = value.as_char() {
        return Ok(Value::Character(c));
    }
    if value.is_unit() {
        return Ok(Value::Unit);
    }
    if value.is_string() {
        return value
            .into_immutable_string()
            .map(|text| Value::String(text.into()))
            .map_err(Into::into);
    }
    if depth > VALUE_DEPTH_MAX {
        return Err(format!("arrays and maps nested more than {VALUE_DEPTH_MAX} deep"));
    }
    if value.is_fnptr() {
        return Err("a function pointer cannot be assigned or sent".into());
    }
    let value = match value.try_cast_result::<rhai::Array>() {
        Ok(items) => return array(items, depth),
        Err(value) => value,
    };
    let value = match value.try_cast_result::<rhai::Map>() {
        Ok(items) => return map(items, depth),
        Err(value) => value,
    };
    let value = match value.try_cast_result::<Shape>() {
        Ok(shape) => return Ok(shape.value),
        Err(value) => value,
    };
    match value.try_cast_result::<Deep>() {
        Ok(Deep(value)) => Ok(value),
        Err(value) => Ok(Value::Other(Arc::new(value))),
    }
}

fn array(items: rhai::Array, depth: usize) -> Result<Value, String> {
    let values = items
        .into_iter()
        .map(|item| flat(item, depth + 1))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Value::Array(Arc::new(Array::from_values(values))))
}

fn map(items: rhai::Map, depth: usize) -> Result<Value, String> {
    let items = items
        .into_iter()
        .map(|(key, item)| Ok((key.as_str().into(), flat(item, depth + 1)?)))
        .collect::<Result<Map, String>>()?;
    Ok(Value::Map(Arc::new(items)))
}

impl Elements {
    /// The elements as values.
    pub fn to_values(&self) -> Vec<Value> {
        (0..self.len()).map(|i| self.get(i)).collect()
    }
}
