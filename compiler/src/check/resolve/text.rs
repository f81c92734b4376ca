//! Words for messages: types, counts, and names that are close to a wrong one.

use crate::check::tree::Type;
use hydra_bytecode::Const;

/// A type as a message names it.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Integer => "integer".into(),
        Type::Real => "real".into(),
        Type::Boolean => "boolean".into(),
        Type::Character => "character".into(),
        Type::String => "string".into(),
        Type::Any => "any".into(),
        Type::Array(1, element) => format!("an array of {}", type_name(element)),
        Type::Array(dims, element) => format!("an array of {} with {dims} dimensions", type_name(element)),
        Type::Struct(name, parts) => {
            format!("{name}({})", parts.iter().map(type_name).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A constant's type.
pub(crate) fn type_of(value: &Const) -> Type {
    match value {
        Const::Integer(_) => Type::Integer,
        Const::Real(_) => Type::Real,
        Const::Boolean(_) => Type::Boolean,
        Const::Character(_) => Type::Character,
        Const::String(_) => Type::String,
        Const::Unit | Const::Array(_) | Const::Struct(..) | Const::Map(_) => Type::Any,
    }
}

/// `1 argument`, `3 arguments`.
pub(crate) fn count(n: usize, what: &str) -> String {
    match n {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{n} {what}s"),
    }
}

/// The candidate that is most like a name, if one is close enough to be meant.
pub(crate) fn closest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let limit = match name.chars().count() {
        0..=2 => return None,
        3..=5 => 1,
        _ => 2,
    };
    let near = candidates.filter_map(|c| Some((distance(name, c, limit)?, c)));
    near.min().map(|(_, c)| c)
}

/// How many letters have to be changed, added, left out or swapped with their neighbour, if not more than `limit`;
/// capital or small does not count for more than one.
fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    if a == b || a.len().abs_diff(b.len()) > limit {
        return None;
    }
    if a.eq_ignore_ascii_case(b) {
        return Some(1);
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|&d| d <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names() {
        let names = || ["counter", "total", "x", "Total"].into_iter();
        assert_eq!(closest("conter", names()), Some("counter"));
        assert_eq!(closest("cuonter", names()), Some("counter"));
        assert_eq!(closest("TOTAL", names()), Some("Total"));
        assert_eq!(closest("y", names()), None);
        assert_eq!(closest("something", names()), None);
    }

    #[test]
    fn types() {
        let pair = Type::Struct("pair".into(), vec![Type::Integer, Type::Array(2, Box::new(Type::Real))]);
        assert_eq!(type_name(&pair), "pair(integer, an array of real with 2 dimensions)");
        assert_eq!(
            [count(0, "argument"), count(1, "argument")],
            ["no arguments", "1 argument"]
        );
    }
}
