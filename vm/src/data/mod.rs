//! Values as they cross between an application and a program.

mod bytes;
mod from;
mod into;
mod serde;
mod value;

pub(crate) use self::bytes::{decode, encode};
pub use self::serde::{DataError, Serde, from_data, to_data};
pub use into::WrongData;
pub(crate) use value::{from_value, to_value};

use hydra_stdlib::value::{Symbols, show_quoted};
use std::fmt;
use std::sync::Arc;

/// A value of the language, owned by the application.
///
/// Rust's own types convert into it with `From`, and out of it with `TryFrom`:
///
/// ```
/// use hydra_vm::Data;
///
/// assert_eq!(Data::from(7), Data::Integer(7));
/// assert_eq!(Data::from(vec!["a", "b"]).to_string(), r#"["a", "b"]"#);
/// assert_eq!(Data::shape("insert", [Data::from(3)]).to_string(), "insert(3)");
///
/// let pair: (i64, String) = Data::from((1, "one")).try_into().expect("it is a pair");
/// assert_eq!(pair, (1, "one".to_owned()));
/// assert_eq!(i64::try_from(Data::from("one")).unwrap_err().to_string(), "integer is wanted, and this is string \"one\"");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Data {
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
    String(String),
    /// An array; one of several dimensions has arrays as elements.
    Array(Vec<Data>),
    /// A structured value: its constructor, empty for a tuple, and its components, none for a signal.
    Struct(String, Vec<Data>),
}

/// What becomes a [`Data`]: everything that is `Into<Data>`, and [`Serde`](crate::Serde) of what serde can serialize.
pub trait IntoData {
    /// The value; the error says why there is none, and is a failure of the program that inputs it.
    fn into_data(self) -> Result<Data, String>;
}

impl<T: Into<Data>> IntoData for T {
    fn into_data(self) -> Result<Data, String> {
        Ok(self.into())
    }
}

impl Data {
    /// The structured value `constructor(parts)`.
    pub fn shape(constructor: &str, parts: impl IntoIterator<Item = Data>) -> Data {
        Data::Struct(constructor.to_owned(), parts.into_iter().collect())
    }

    /// The signal `constructor()`.
    pub fn signal(constructor: &str) -> Data {
        Data::Struct(constructor.to_owned(), Vec::new())
    }
}

/// As the language writes it inside other values: strings and characters are quoted.
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbols = Arc::new(Symbols::new(&[]));
        match to_value(self, &symbols) {
            Ok(value) => f.write_str(&show_quoted(&value, &symbols)),
            Err(problem) => write!(f, "({problem})"),
        }
    }
}
