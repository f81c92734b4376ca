//! JSON (RFC 8259).

use super::{Checked, Functions, fail, listed};
use crate::limits::VALUE_DEPTH_MAX;
use rhai::{Array, Dynamic, Map, NativeCallContext};
use std::fmt::Write;

listed! { "json"
    parse "(text : string) : any" "The value: objects are maps of rhai, `null` is `()`, numbers without a point or exponent are integers." "json::parse(\"[1, {\\\"a\\\": true}]\")[1].a" "true";
    text "(value : any) : string" "The value as JSON, on one line; a failure for what JSON does not have." "json::text([1, 2.5, \"x\", (), #{a: 'c'}])" "[1,2.5,\"x\",null,{\"a\":\"c\"}]";
}

pub(super) fn fill(functions: &mut Functions) {
    functions
        .add("parse", |context: NativeCallContext, text: &str| -> Checked<Dynamic> {
            // rhai reads objects only
            let mut whole = context.engine().parse_json(format!("{{\"value\": {text}}}"), true)?;
            match whole.remove("value") {
                Some(value) if whole.is_empty() => Ok(value),
                _ => fail("this is no JSON"),
            }
        })
        .add("text", |value: Dynamic| -> Checked<String> {
            let mut text = String::new();
            write(&value, &mut text, 0)?;
            Ok(text)
        });
}

fn write(value: &Dynamic, text: &mut String, depth: usize) -> Checked<()> {
    if depth > VALUE_DEPTH_MAX {
        return fail(format!("json: nested deeper than {VALUE_DEPTH_MAX} levels"));
    }
    if value.is_unit() {
        text.push_str("null");
    } else if let Ok(n) = value.as_int() {
        let _ = write!(text, "{n}");
    } else if let Ok(x) = value.as_float() {
        if !x.is_finite() {
            return fail(format!("json: {x} is no number of JSON"));
        }
        let _ = write!(text, "{x:?}");
    } else if let Ok(b) = value.as_bool() {
        let _ = write!(text, "{b}");
    } else if let Ok(c) = value.as_char() {
        quote(c.encode_utf8(&mut [0; 4]), text);
    } else if let Some(string) = value.read_lock::<rhai::ImmutableString>() {
        quote(&string, text);
    } else if let Some(array) = value.read_lock::<Array>() {
        text.push('[');
        for (at, element) in array.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            write(element, text, depth + 1)?;
        }
        text.push(']');
    } else if let Some(map) = value.read_lock::<Map>() {
        text.push('{');
        for (at, (key, element)) in map.iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            quote(key, text);
            text.push(':');
            write(element, text, depth + 1)?;
        }
        text.push('}');
    } else {
        return fail(format!("json: a value of type {} cannot be written", value.type_name()));
    }
    Ok(())
}

fn quote(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}
