//! How constants are stored: flat, so that no nesting in a file can exhaust the stack of its reader.
//!
//! The nodes of a constant follow each other, components before what they are part of; a container says how many of the
//! values before it are its components. Neither writing nor reading recurs.

use crate::module::Const;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::borrow::Cow;

/// How deep arrays, structured values and maps in one constant may nest. Code that walks a constant of a
/// [`VerifiedModule`](crate::VerifiedModule), or one that was decoded, may recur.
pub const CONST_DEPTH_MAX: usize = 1000;

#[derive(Serialize, Deserialize)]
enum Node<'a> {
    Unit,
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Character(char),
    String(Cow<'a, str>),
    /// number of elements
    Array(u32),
    /// constructor, number of components
    Struct(u16, u32),
    /// the keys
    Map(Vec<Cow<'a, str>>),
}

impl Const {
    /// How deep it nests: 1 if it has no components.
    pub fn depth(&self) -> usize {
        let (mut deepest, mut open) = (0, vec![(self, 1)]);
        while let Some((value, depth)) = open.pop() {
            deepest = deepest.max(depth);
            match value {
                Const::Array(parts) | Const::Struct(_, parts) => {
                    open.extend(parts.iter().map(|part| (part, depth + 1)))
                }
                Const::Map(entries) => open.extend(entries.iter().map(|(_, part)| (part, depth + 1))),
                _ => {}
            }
        }
        deepest
    }

    fn nodes(&self) -> Vec<Node<'_>> {
        let (mut nodes, mut open) = (Vec::new(), vec![self]);
        while let Some(value) = open.pop() {
            nodes.push(match value {
                Const::Unit => Node::Unit,
                Const::Integer(value) => Node::Integer(*value),
                Const::Real(value) => Node::Real(*value),
                Const::Boolean(value) => Node::Boolean(*value),
                Const::Character(value) => Node::Character(*value),
                Const::String(text) => Node::String(Cow::Borrowed(text)),
                Const::Array(parts) => {
                    open.extend(parts);
                    Node::Array(parts.len() as u32)
                }
                Const::Struct(constructor, parts) => {
                    open.extend(parts);
                    Node::Struct(*constructor, parts.len() as u32)
                }
                Const::Map(entries) => {
                    open.extend(entries.iter().map(|(_, part)| part));
                    Node::Map(entries.iter().map(|(key, _)| Cow::Borrowed(&**key)).collect())
                }
            });
        }
        nodes.reverse();
        nodes
    }

    fn from_nodes(nodes: Vec<Node<'_>>) -> Result<Const, &'static str> {
        // Complete values that no container has taken yet, each with its depth.
        let mut open: Vec<(Const, usize)> = Vec::new();
        for node in nodes {
            let value = match node {
                Node::Unit => (Const::Unit, 1),
                Node::Integer(value) => (Const::Integer(value), 1),
                Node::Real(value) => (Const::Real(value), 1),
                Node::Boolean(value) => (Const::Boolean(value), 1),
                Node::Character(value) => (Const::Character(value), 1),
                Node::String(text) => (Const::String(text.into_owned()), 1),
                Node::Array(count) => {
                    let (parts, depth) = take(&mut open, count as usize)?;
                    (Const::Array(parts), depth)
                }
                Node::Struct(constructor, count) => {
                    let (parts, depth) = take(&mut open, count as usize)?;
                    (Const::Struct(constructor, parts), depth)
                }
                Node::Map(keys) => {
                    let (parts, depth) = take(&mut open, keys.len())?;
                    (
                        Const::Map(keys.into_iter().map(Cow::into_owned).zip(parts).collect()),
                        depth,
                    )
                }
            };
            if value.1 > CONST_DEPTH_MAX {
                return Err("a constant nests too deep");
            }
            open.push(value);
        }
        match (open.pop(), open.is_empty()) {
            (Some((value, _)), true) => Ok(value),
            _ => Err("a constant is not one value"),
        }
    }
}

/// The last values, as many as a container wants, and the container's depth.
fn take(open: &mut Vec<(Const, usize)>, count: usize) -> Result<(Vec<Const>, usize), &'static str> {
    let first = open.len().checked_sub(count).ok_or("a constant lacks components")?;
    let depth = open[first..].iter().map(|&(_, depth)| depth).max().unwrap_or(0) + 1;
    Ok((open.drain(first..).map(|(value, _)| value).collect(), depth))
}

impl Serialize for Const {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.nodes().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Const {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Const::from_nodes(Vec::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
