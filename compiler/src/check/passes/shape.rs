//! Which shapes agree, and how a message names them.

use crate::check::tree::Type;

/// Whether a value of one static type could be taken by a target of the other.
pub(super) fn agree(sent: &Type, taken: &Type) -> bool {
    match (sent, taken) {
        (Type::Any, _) | (_, Type::Any) => true,
        (Type::Array(a, x), Type::Array(b, y)) => match a.cmp(b) {
            std::cmp::Ordering::Equal => agree(x, y),
            // an array of `any` has the shape of its elements, which may be arrays themselves
            std::cmp::Ordering::Less => **x == Type::Any,
            std::cmp::Ordering::Greater => **y == Type::Any,
        },
        (Type::Struct(a, xs), Type::Struct(b, ys)) => {
            a == b && xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| agree(x, y))
        }
        _ => sent == taken,
    }
}

/// A type as a message names it.
pub(super) fn name(ty: &Type) -> String {
    match ty {
        Type::Integer => "integer".into(),
        Type::Real => "real".into(),
        Type::Boolean => "boolean".into(),
        Type::Character => "character".into(),
        Type::String => "string".into(),
        Type::Any => "any".into(),
        Type::Array(1, element) => format!("array of {}", name(element)),
        Type::Array(dimensions, element) => format!("array of {dimensions} dimensions of {}", name(element)),
        Type::Struct(constructor, parts) => {
            let parts: Vec<String> = parts.iter().map(name).collect();
            format!("{constructor}({})", parts.join(", "))
        }
    }
}

/// Why a value of one type is not taken by a target of another.
pub(super) fn difference(sent: &Type, taken: &Type) -> String {
    match (sent, taken) {
        (Type::Struct(a, xs), Type::Struct(b, ys)) if a == b && xs.len() == ys.len() => {
            let mut pairs = xs.iter().zip(ys).enumerate();
            match pairs.find(|(_, (x, y))| !agree(x, y)) {
                Some((index, (x, y))) => format!("component {}: {}", index + 1, difference(x, y)),
                None => String::new(),
            }
        }
        (Type::Struct(a, xs), Type::Struct(b, ys)) if a == b => {
            format!("{} sent, {} taken", components(xs.len()), components(ys.len()))
        }
        (Type::Struct(a, _), Type::Struct(b, _)) => {
            let constructor = |name: &str| {
                if name.is_empty() {
                    "a tuple".into()
                } else {
                    format!("`{name}`")
                }
            };
            format!(
                "the constructor is {} when sent, {} when taken",
                constructor(a),
                constructor(b)
            )
        }
        (Type::Array(_, x), Type::Array(_, y)) if !agree(x, y) => format!("in the elements, {}", difference(x, y)),
        _ => format!("`{}` sent, `{}` taken", name(sent), name(taken)),
    }
}

fn components(count: usize) -> String {
    match count {
        1 => "1 component".into(),
        _ => format!("{count} components"),
    }
}

/// How to mend it, where numbers are what does not agree.
pub(super) fn advice(sent: &Type, taken: &Type) -> Option<&'static str> {
    match (sent, taken) {
        (Type::Integer, Type::Real) => Some(
            "nothing is converted on the way, an integer does not meet a real: output it as a real, as in `x * 1.0`",
        ),
        (Type::Real, Type::Integer) => Some(
            "nothing is converted on the way, a real does not meet an integer: declare the target as `real`, \
             or output an integer, as in `{x.to_int()}`",
        ),
        (Type::Array(_, x), Type::Array(_, y)) => advice(x, y),
        (Type::Struct(a, xs), Type::Struct(b, ys)) if a == b && xs.len() == ys.len() => xs
            .iter()
            .zip(ys)
            .find(|(x, y)| !agree(x, y))
            .and_then(|(x, y)| advice(x, y)),
        _ => None,
    }
}
