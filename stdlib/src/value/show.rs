//! Values as text, as rhai's `print` writes them.

use super::{Symbols, Text, Value};
use crate::limits::STRING_BYTES_MAX;
use hydra_bytecode::Kind;
use rhai::{Dynamic, FloatWrapper};
use std::fmt::Write;

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// by itself: text without quotes
    Plain,
    /// inside an array, as rhai has it: quotes around strings only, reals with all their digits
    Element,
    /// inside a structured value: as it is written in a program
    Component,
}

/// A value as `print` writes it. Text that would be longer than a string may be ends with `…`.
pub fn show(value: &Value, symbols: &Symbols) -> String {
    write(value, Style::Plain, symbols, STRING_BYTES_MAX)
}

/// A value as it is written inside a compound one: strings in quotes.
pub fn show_quoted(value: &Value, symbols: &Symbols) -> String {
    write(value, Style::Component, symbols, STRING_BYTES_MAX)
}

/// A value as it is written inside an array, where rhai writes characters without quotes.
pub fn show_element(value: &Value, symbols: &Symbols) -> String {
    write(value, Style::Element, symbols, STRING_BYTES_MAX)
}

/// A value for a message: quoted, and cut if it is long.
pub fn show_short(value: &Value, symbols: &Symbols) -> String {
    const SHORT: usize = 60;
    let mut text = write(value, Style::Component, symbols, SHORT);
    if text.chars().count() > SHORT {
        let end = text.char_indices().nth(SHORT).map_or(text.len(), |(i, _)| i);
        text.truncate(end);
        text.push('…');
    }
    text
}

fn write(value: &Value, style: Style, symbols: &Symbols, bytes_max: usize) -> String {
    let mut out = String::new();
    let mut open: Vec<Open> = Vec::new();
    begin(&mut out, &mut open, value.clone(), style, symbols);
    while let Some(last) = open.last_mut() {
        if out.len() > bytes_max {
            out.push('…');
            break;
        }
        let Some((key, part)) = last.parts.get(last.next) else {
            out.push(last.end);
            open.pop();
            continue;
        };
        if last.next > 0 {
            out.push_str(", ");
        }
        last.next += 1;
        if let Some(key) = key {
            // writing to a string cannot fail
            let _ = write!(out, "{:?}: ", key.as_str());
        }
        let style = last.style;
        begin(&mut out, &mut open, part, style, symbols);
    }
    out
}

/// A compound value that is being written.
struct Open {
    parts: Parts,
    next: usize,
    style: Style,
    end: char,
}

enum Parts {
    Of(Value),
    Properties(Vec<(Text, Value)>),
}

impl Parts {
    /// A part, with its name if it is a property.
    fn get(&self, i: usize) -> Option<(Option<Text>, Value)> {
        match self {
            Parts::Of(value) => value.part(i).map(|part| (None, part)),
            Parts::Properties(items) => items.get(i).map(|(key, item)| (Some(key.clone()), item.clone())),
        }
    }
}

/// Writes a value, or the beginning of one with parts.
fn begin(out: &mut String, open: &mut Vec<Open>, value: Value, style: Style, symbols: &Symbols) {
    let (parts, style, end) = match &value {
        Value::Array(_) => {
            out.push('[');
            let style = match style {
                Style::Component => style,
                _ => Style::Element,
            };
            (Parts::Of(value), style, ']')
        }
        Value::Struct(structure) => {
            out.push_str(&symbols.name(structure.constructor));
            out.push('(');
            (Parts::Of(value), Style::Component, ')')
        }
        Value::Map(map) => {
            out.push_str("#{");
            let items = map.sorted().into_iter().map(|(key, item)| (key.clone(), item.clone()));
            (Parts::Properties(items.collect()), Style::Element, '}')
        }
        Value::Signal(symbol) => {
            out.push_str(&symbols.name(*symbol));
            return out.push_str("()");
        }
        Value::Other(other) => return out.push_str(&super::by_rhai::text(other, style != Style::Plain)),
        _ => return scalar(out, &value, style),
    };
    open.push(Open {
        parts,
        next: 0,
        style,
        end,
    });
}

/// Writes a value without parts.
fn scalar(out: &mut String, value: &Value, style: Style) {
    // writing to a string cannot fail
    let _ = match value {
        Value::Unit if style == Style::Plain => Ok(()),
        Value::Unit => write!(out, "()"),
        Value::Integer(n) => write!(out, "{n}"),
        Value::Real(x) if style == Style::Element => write!(out, "{x:?}"),
        Value::Real(x) => write!(out, "{}", FloatWrapper::new(*x)),
        Value::Boolean(b) => write!(out, "{b}"),
        Value::Character(c) if style == Style::Component => write!(out, "{c:?}"),
        Value::Character(c) => write!(out, "{c}"),
        Value::String(text) if style == Style::Plain => write!(out, "{text}"),
        Value::String(text) => write!(out, "{text:?}"),
        _ => Ok(()),
    };
}

/// What a value is, for messages: `integer`, `array of integer`, `insert(…)`.
pub fn kind_name(value: &Value, symbols: &Symbols) -> String {
    let name = match value {
        Value::Unit => "()",
        Value::Integer(_) => Kind::Integer.name(),
        Value::Real(_) => Kind::Real.name(),
        Value::Boolean(_) => Kind::Boolean.name(),
        Value::Character(_) => Kind::Character.name(),
        Value::String(_) => "string",
        Value::Array(array) => return array_name(array, symbols),
        Value::Struct(structure) => return format!("{}(…)", symbols.name(structure.constructor)),
        Value::Signal(symbol) => return format!("{}()", symbols.name(*symbol)),
        Value::Map(_) => "object map",
        Value::Other(other) => return dynamic_name(other),
    };
    name.into()
}

fn array_name(array: &super::Array, symbols: &Symbols) -> String {
    let element = match &array.elements {
        super::Elements::Words(kind, _) => kind.name().into(),
        super::Elements::Values(values) => match values.split_first() {
            None => return "empty array".into(),
            Some((Value::Array(_), _)) => "arrays".into(),
            Some((first, rest)) => {
                let name = kind_name(first, symbols);
                if rest.iter().all(|other| kind_name(other, symbols) == name) {
                    name
                } else {
                    "any".into()
                }
            }
        },
    };
    match array.lengths.len() {
        0 | 1 => format!("array of {element}"),
        dims => format!("array of {element} with {dims} dimensions"),
    }
}

fn dynamic_name(value: &Dynamic) -> String {
    if value.is_blob() {
        "blob".into()
    } else if value.is_fnptr() {
        "function pointer".into()
    } else if value.type_name().contains("Range") {
        "range".into()
    } else {
        value.type_name().rsplit("::").next().unwrap_or_default().to_lowercase()
    }
}
