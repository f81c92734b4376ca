//! [`Data`] as Rust's values.

use super::Data;
use std::fmt;

/// A value that is not of the type that the application wants.
#[derive(Clone, Debug, PartialEq)]
pub struct WrongData {
    /// What is wanted, in words.
    pub wanted: &'static str,
    /// What was found.
    pub found: Data,
}

impl fmt::Display for WrongData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.found {
            Data::Unit => "",
            Data::Integer(_) => "integer ",
            Data::Real(_) => "real ",
            Data::Boolean(_) => "boolean ",
            Data::Character(_) => "character ",
            Data::String(_) => "string ",
            Data::Array(_) => "array ",
            Data::Struct(..) => "structured value ",
        };
        write!(f, "{} is wanted, and this is {kind}{}", self.wanted, self.found)
    }
}

impl std::error::Error for WrongData {}

fn wrong<T>(wanted: &'static str, found: Data) -> Result<T, WrongData> {
    Err(WrongData { wanted, found })
}

macro_rules! integers {
    ($($ty:ty: $wanted:literal)*) => {
        $(impl TryFrom<Data> for $ty {
            type Error = WrongData;

            fn try_from(data: Data) -> Result<Self, WrongData> {
                match data {
                    Data::Integer(value) => value.try_into().or_else(|_| wrong($wanted, Data::Integer(value))),
                    other => wrong($wanted, other),
                }
            }
        })*
    };
}

integers!(i64: "integer" i32: "integer of 32 bits" u32: "natural number of 32 bits" u64: "natural number"
          u8: "integer from 0 to 255" usize: "natural number");

macro_rules! others {
    ($($ty:ty: $variant:ident $wanted:literal)*) => {
        $(impl TryFrom<Data> for $ty {
            type Error = WrongData;

            fn try_from(data: Data) -> Result<Self, WrongData> {
                match data {
                    Data::$variant(value) => Ok(value),
                    other => wrong($wanted, other),
                }
            }
        })*
    };
}

others!(f64: Real "real" bool: Boolean "boolean" char: Character "character" String: String "string");

impl TryFrom<Data> for () {
    type Error = WrongData;

    fn try_from(data: Data) -> Result<Self, WrongData> {
        match data {
            Data::Unit => Ok(()),
            other => wrong("()", other),
        }
    }
}

impl<T: TryFrom<Data, Error = WrongData>> TryFrom<Data> for Vec<T> {
    type Error = WrongData;

    fn try_from(data: Data) -> Result<Self, WrongData> {
        match data {
            Data::Array(elements) => elements.into_iter().map(T::try_from).collect(),
            other => wrong("array", other),
        }
    }
}

/// The components of a structured value, whatever its constructor is.
fn parts<const N: usize>(data: Data, wanted: &'static str) -> Result<[Data; N], WrongData> {
    match data {
        Data::Struct(name, parts) => parts
            .try_into()
            .or_else(|parts| wrong(wanted, Data::Struct(name, parts))),
        other => wrong(wanted, other),
    }
}

/// Two components, whatever the constructor is.
impl<A, B> TryFrom<Data> for (A, B)
where
    A: TryFrom<Data, Error = WrongData>,
    B: TryFrom<Data, Error = WrongData>,
{
    type Error = WrongData;

    fn try_from(data: Data) -> Result<Self, WrongData> {
        let [a, b] = parts(data, "structured value with two components")?;
        Ok((a.try_into()?, b.try_into()?))
    }
}

/// Three components, whatever the constructor is.
impl<A, B, C> TryFrom<Data> for (A, B, C)
where
    A: TryFrom<Data, Error = WrongData>,
    B: TryFrom<Data, Error = WrongData>,
    C: TryFrom<Data, Error = WrongData>,
{
    type Error = WrongData;

    fn try_from(data: Data) -> Result<Self, WrongData> {
        let [a, b, c] = parts(data, "structured value with three components")?;
        Ok((a.try_into()?, b.try_into()?, c.try_into()?))
    }
}
