//! Rust's values as [`Data`].

use super::Data;

macro_rules! integers {
    ($($ty:ty)*) => {
        $(impl From<$ty> for Data {
            fn from(value: $ty) -> Data {
                Data::Integer(i64::from(value))
            }
        })*
    };
}

integers!(i8 i16 i32 i64 u8 u16 u32);

macro_rules! others {
    ($($ty:ty => $variant:ident)*) => {
        $(impl From<$ty> for Data {
            fn from(value: $ty) -> Data {
                Data::$variant(value.into())
            }
        })*
    };
}

others!(f32 => Real f64 => Real bool => Boolean char => Character String => String &str => String);

impl From<()> for Data {
    fn from((): ()) -> Data {
        Data::Unit
    }
}

impl<T: Into<Data>> From<Vec<T>> for Data {
    fn from(elements: Vec<T>) -> Data {
        Data::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Data>, const N: usize> From<[T; N]> for Data {
    fn from(elements: [T; N]) -> Data {
        Data::Array(elements.into_iter().map(Into::into).collect())
    }
}

impl<A: Into<Data>, B: Into<Data>> From<(A, B)> for Data {
    fn from((a, b): (A, B)) -> Data {
        Data::shape("", [a.into(), b.into()])
    }
}

impl<A: Into<Data>, B: Into<Data>, C: Into<Data>> From<(A, B, C)> for Data {
    fn from((a, b, c): (A, B, C)) -> Data {
        Data::shape("", [a.into(), b.into(), c.into()])
    }
}
