//! Values that are not in a scalar register, and what operators mean for them (as in rhai).

mod array;
mod by_rhai;
pub mod convert;
pub mod dynamic;
mod inside;
mod map;
pub mod natives;
mod nested;
pub mod operations;
pub mod ops;
mod same;
pub mod show;
mod symbols;
mod text;
mod word;

pub use convert::{NO_MEMORY, convert, default, matches};
pub use dynamic::{Shape, from_dynamic, to_dynamic};
pub use map::Map;
pub use same::same;
pub use show::{kind_name, show, show_quoted};
pub use symbols::Symbols;
pub use text::Text;
pub use word::from_const;

use hydra_bytecode::Kind;
use rhai::Dynamic;
use std::sync::Arc;

/// A constructor's name in the run's table of symbols; 0 is the nameless tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// Any value of the language. 16 bytes; cloning is cheap, what is shared is copied when it is changed.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `()`
    #[default]
    Unit,
    /// `integer`
    Integer(i64),
    /// `real`
    Real(f64),
    /// `boolean`
    Boolean(bool),
    /// `character`
    Character(char),
    /// `string`
    String(Text),
    /// an array, of Hydra or of rhai
    Array(Arc<Array>),
    /// a structured value with components
    Struct(Arc<Struct>),
    /// a structured value without components
    Signal(Symbol),
    /// an object map of rhai
    Map(Arc<Map>),
    /// anything else that rhai can hold but function pointers: ranges, blobs, time stamps…
    Other(Arc<Dynamic>),
}

/// Elements of an array in order, the last subscript fastest.
#[derive(Clone, Debug)]
pub struct Array {
    /// Length of each dimension; at least one. An array from rhai has one, with arrays as elements.
    pub lengths: Lengths,
    /// The elements: as many as the product of the lengths.
    pub elements: Elements,
}

/// Lengths of an array's dimensions.
pub type Lengths = smallvec::SmallVec<[u32; 2]>;

/// The elements of an array.
#[derive(Clone, Debug)]
pub enum Elements {
    /// scalars of one kind, as the registers hold them
    Words(Kind, Vec<u64>),
    /// anything
    Values(Vec<Value>),
}

/// A structured value.
#[derive(Clone, Debug)]
pub struct Struct {
    /// its constructor
    pub constructor: Symbol,
    /// its components, at least one
    pub parts: Box<[Value]>,
}
