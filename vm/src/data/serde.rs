//! Values of the application through serde: enums are structured values.

use super::{Data, IntoData};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::ser::{self, Serialize};
use std::fmt;

/// What serde can serialize and deserialize, as a value of the language. It goes wherever a value of Rust goes: into
/// bindings, channels and params.
///
/// | Rust | the language |
/// | --- | --- |
/// | `enum`: `Message::Insert(3)`, `Message::Move { x: 1, y: 2 }`, `Message::Stop` | `insert(3)`, `move(1, 2)`, `stop()` |
/// | `struct Point { x: 1, y: 2 }`, `struct Id(7)` | `point(1, 2)`, `id(7)` |
/// | tuples | nameless tuples |
/// | `Vec` and other sequences, arrays | arrays |
/// | `None`, `Some(3)` | `none()`, `some(3)` |
/// | integers, floats, `bool`, `char`, `String`, `()` | `integer`, `real`, `boolean`, `character`, `string`, `()` |
/// | maps | arrays of pairs |
///
/// A name that begins with an upper-case letter is written with small letters: `AddOrder` is `add_order`; other names stay
/// as they are, so that serde's `rename` has the last word. Backwards both are understood, `Insert(3)` and `insert(3)`.
/// Fields come in the order in which they are declared.
///
/// ```
/// use hydra_vm::{Program, Run, Serde, channel};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, PartialEq, Serialize, Deserialize)]
/// enum Message {
///     Insert(i64),
///     Has { number: i64 },
///     Stop,
/// }
///
/// #[derive(Debug, PartialEq, Deserialize)]
/// enum Answer { Yes, No }
///
/// let program = Program::compile("set.csp", "
///     extern ask, tell;
///     n, kept : integer; go : boolean := true;
///     *[ go; ask ? insert(n) -> kept := n
///     [] go; ask ? has(n) -> [ n = kept -> tell ! yes() [] n <> kept -> tell ! no() ]
///     [] go; ask ? stop() -> go := false ]")?;
/// let (asks, ask) = channel::<Serde<Message>>();
/// let (tell, told) = channel::<Serde<Answer>>();
/// let running = Run::new(&program).bind("ask", ask).bind("tell", tell).start()?;
/// asks.send(Serde(Message::Insert(3)))?;
/// asks.send(Serde(Message::Has { number: 3 }))?;
/// assert_eq!(told.recv()?.0, Answer::Yes);
/// asks.send(Serde(Message::Has { number: 4 }))?;
/// assert_eq!(told.recv()?.0, Answer::No);
/// asks.send(Serde(Message::Stop))?;
/// running.wait().finished()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serde<T>(pub T);

/// A value that serde cannot make into one of the language, or that is not of the type that is wanted: where in the value,
/// and what is wrong.
///
/// ```
/// use hydra_vm::{Data, from_data};
///
/// let data = Data::shape("line", [Data::from(1), Data::from(vec![Data::from(1.5), Data::from("x")])]);
/// let error = from_data::<(i64, Vec<f64>)>(data).unwrap_err();
/// assert_eq!(error.path(), "line.1[1]");
/// assert_eq!(error.to_string(), "line.1[1]: invalid type: string \"x\", expected f64");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// From the innermost outwards.
    path: Vec<String>,
    message: String,
}

impl DataError {
    fn new(message: impl fmt::Display) -> DataError {
        DataError {
            path: Vec::new(),
            message: message.to_string(),
        }
    }

    fn within(mut self, part: impl Into<String>) -> DataError {
        self.path.push(part.into());
        self
    }

    /// Where it is, empty for the whole value: constructors and numbers of components, `[i]` for elements, and the names of
    /// fields where Rust has them.
    pub fn path(&self) -> String {
        let mut text = String::new();
        for part in self.path.iter().rev() {
            if !text.is_empty() && !part.starts_with('[') {
                text.push('.');
            }
            text.push_str(part);
        }
        text
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "{}: {}", self.path(), self.message),
        }
    }
}

impl std::error::Error for DataError {}

impl ser::Error for DataError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        DataError::new(message)
    }
}

impl de::Error for DataError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        DataError::new(message)
    }
}

/// A value of Rust as one of the language; [`Serde`] says how.
///
/// ```
/// #[derive(serde::Serialize)]
/// enum Message { Insert(i64) }
///
/// assert_eq!(hydra_vm::to_data(&Message::Insert(3))?.to_string(), "insert(3)");
/// # Ok::<(), hydra_vm::DataError>(())
/// ```
pub fn to_data<T: Serialize + ?Sized>(value: &T) -> Result<Data, DataError> {
    value.serialize(Writer)
}

/// A value of the language as one of Rust; [`Serde`] says how.
///
/// ```
/// use hydra_vm::{Data, from_data};
///
/// #[derive(Debug, PartialEq, serde::Deserialize)]
/// enum Message { Insert(i64) }
///
/// let data = Data::shape("insert", [Data::from(3)]);
/// assert_eq!(from_data::<Message>(data)?, Message::Insert(3));
/// # Ok::<(), hydra_vm::DataError>(())
/// ```
pub fn from_data<T: DeserializeOwned>(data: Data) -> Result<T, DataError> {
    T::deserialize(Reader(data))
}

impl<T: Serialize> IntoData for Serde<T> {
    fn into_data(self) -> Result<Data, String> {
        to_data(&self.0).map_err(|problem| problem.to_string())
    }
}

impl<T: DeserializeOwned> TryFrom<Data> for Serde<T> {
    type Error = DataError;

    fn try_from(data: Data) -> Result<Self, DataError> {
        from_data(data).map(Serde)
    }
}

/// A name of Rust as constructors are written.
fn small(name: &str) -> String {
    if !name.starts_with(|c: char| c.is_uppercase()) {
        return name.to_owned();
    }
    let mut text = String::new();
    let mut before_is_small = false;
    for c in name.chars() {
        if c.is_uppercase() && before_is_small {
            text.push('_');
        }
        before_is_small = c.is_lowercase() || c.is_numeric();
        text.extend(c.to_lowercase());
    }
    text
}

/// Writes a value.
struct Writer;

/// Writes what has parts.
struct Parts {
    /// `None` for arrays.
    constructor: Option<String>,
    parts: Vec<Data>,
    /// Of a map.
    key: Option<Data>,
}

impl Parts {
    fn new(constructor: Option<String>, capacity: Option<usize>) -> Parts {
        Parts {
            constructor,
            parts: Vec::with_capacity(capacity.unwrap_or(0).min(1024)),
            key: None,
        }
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DataError> {
        let at = self.parts.len();
        let part = value.serialize(Writer).map_err(|problem| match &self.constructor {
            Some(name) => problem.within(component(name, at)),
            None => problem.within(format!("[{at}]")),
        })?;
        self.parts.push(part);
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), DataError> {
        let part = value.serialize(Writer).map_err(|problem| {
            let outer = self.constructor.as_deref().unwrap_or_default();
            problem.within(if outer.is_empty() {
                name.to_owned()
            } else {
                format!("{outer}.{name}")
            })
        })?;
        self.parts.push(part);
        Ok(())
    }

    fn done(self) -> Data {
        match self.constructor {
            Some(name) => Data::Struct(name, self.parts),
            None => Data::Array(self.parts),
        }
    }
}

/// A component in a path.
fn component(constructor: &str, at: usize) -> String {
    if constructor.is_empty() {
        at.to_string()
    } else {
        format!("{constructor}.{at}")
    }
}

macro_rules! scalars {
    ($($method:ident: $ty:ty => $variant:ident)*) => {
        $(fn $method(self, value: $ty) -> Result<Data, DataError> {
            Ok(Data::$variant(value.into()))
        })*
    };
}

impl ser::Serializer for Writer {
    type Ok = Data;
    type Error = DataError;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    scalars!(serialize_bool: bool => Boolean serialize_char: char => Character serialize_str: &str => String
             serialize_i8: i8 => Integer serialize_i16: i16 => Integer serialize_i32: i32 => Integer
             serialize_i64: i64 => Integer serialize_u8: u8 => Integer serialize_u16: u16 => Integer
             serialize_u32: u32 => Integer serialize_f32: f32 => Real serialize_f64: f64 => Real);

    fn serialize_u64(self, value: u64) -> Result<Data, DataError> {
        i64::try_from(value)
            .map(Data::Integer)
            .map_err(|_| DataError::new(format_args!("{value} is no integer of 64 bits with a sign")))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Data, DataError> {
        Ok(Data::Array(bytes.iter().map(|&byte| Data::from(byte)).collect()))
    }

    fn serialize_none(self) -> Result<Data, DataError> {
        Ok(Data::signal("none"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Data, DataError> {
        self.serialize_newtype_variant("Option", 1, "Some", value)
    }

    fn serialize_unit(self) -> Result<Data, DataError> {
        Ok(Data::Unit)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Data, DataError> {
        Ok(Data::signal(&small(name)))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Data, DataError> {
        Ok(Data::signal(&small(variant)))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Data, DataError> {
        self.serialize_newtype_variant("", 0, name, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Data, DataError> {
        let mut parts = Parts::new(Some(small(variant)), Some(1));
        parts.add(value)?;
        Ok(parts.done())
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Parts, DataError> {
        Ok(Parts::new(None, length))
    }

    fn serialize_tuple(self, length: usize) -> Result<Parts, DataError> {
        Ok(Parts::new(Some(String::new()), Some(length)))
    }

    fn serialize_tuple_struct(self, name: &'static str, length: usize) -> Result<Parts, DataError> {
        Ok(Parts::new(Some(small(name)), Some(length)))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Parts, DataError> {
        Ok(Parts::new(Some(small(variant)), Some(length)))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Parts, DataError> {
        Ok(Parts::new(None, length))
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Parts, DataError> {
        Ok(Parts::new(Some(small(name)), Some(length)))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Parts, DataError> {
        Ok(Parts::new(Some(small(variant)), Some(length)))
    }
}

macro_rules! parts {
    ($($trait:ident $method:ident)*) => {
        $(impl ser::$trait for Parts {
            type Ok = Data;
            type Error = DataError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DataError> {
                self.add(value)
            }

            fn end(self) -> Result<Data, DataError> {
                Ok(self.done())
            }
        })*
    };
}

parts!(SerializeSeq serialize_element SerializeTuple serialize_element SerializeTupleStruct serialize_field
       SerializeTupleVariant serialize_field);

macro_rules! fields {
    ($($trait:ident)*) => {
        $(impl ser::$trait for Parts {
            type Ok = Data;
            type Error = DataError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), DataError> {
                self.field(name, value)
            }

            fn end(self) -> Result<Data, DataError> {
                Ok(self.done())
            }
        })*
    };
}

fields!(SerializeStruct SerializeStructVariant);

impl ser::SerializeMap for Parts {
    type Ok = Data;
    type Error = DataError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), DataError> {
        self.key = Some(key.serialize(Writer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DataError> {
        let key = self.key.take().unwrap_or_default();
        let value = value
            .serialize(Writer)
            .map_err(|problem| problem.within(format!("[{key}]")))?;
        self.parts.push(Data::shape("", [key, value]));
        Ok(())
    }

    fn end(self) -> Result<Data, DataError> {
        Ok(self.done())
    }
}

/// Reads a value.
struct Reader(Data);

/// Parts one after the other, with what their paths begin with.
struct Rest {
    /// `None` for arrays.
    constructor: Option<String>,
    /// Names of the parts, if Rust has them.
    fields: Option<&'static [&'static str]>,
    parts: std::vec::IntoIter<Data>,
    at: usize,
}

impl Rest {
    fn located(&self, problem: DataError, at: usize) -> DataError {
        match (&self.constructor, self.fields.and_then(|fields| fields.get(at))) {
            (Some(name), Some(field)) if name.is_empty() => problem.within(*field),
            (Some(name), Some(field)) => problem.within(format!("{name}.{field}")),
            (Some(name), None) => problem.within(component(name, at)),
            (None, _) => problem.within(format!("[{at}]")),
        }
    }
}

impl<'de> de::SeqAccess<'de> for Rest {
    type Error = DataError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DataError> {
        let Some(part) = self.parts.next() else {
            return Ok(None);
        };
        let at = self.at;
        self.at += 1;
        let value = seed.deserialize(Reader(part));
        value.map(Some).map_err(|problem| self.located(problem, at))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.parts.len())
    }
}

/// An array of pairs as a map.
struct Pairs {
    parts: std::vec::IntoIter<Data>,
    value: Option<(String, Data)>,
}

impl<'de> de::MapAccess<'de> for Pairs {
    type Error = DataError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DataError> {
        let Some(part) = self.parts.next() else {
            return Ok(None);
        };
        let (key, value): (Data, Data) = match part {
            Data::Struct(name, parts) => match <[Data; 2]>::try_from(parts) {
                Ok([key, value]) => (key, value),
                Err(parts) => return Err(not_a_pair(&Data::Struct(name, parts))),
            },
            other => return Err(not_a_pair(&other)),
        };
        self.value = Some((format!("[{key}]"), value));
        seed.deserialize(Reader(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DataError> {
        let (path, value) = self.value.take().unwrap_or_default();
        seed.deserialize(Reader(value)).map_err(|problem| problem.within(path))
    }
}

fn not_a_pair(data: &Data) -> DataError {
    DataError::new(format_args!("a map is an array of pairs, and {data} is none"))
}

/// A structured value as a variant of an enum.
struct Variant {
    name: String,
    parts: Vec<Data>,
}

impl Variant {
    fn seq(self, fields: Option<&'static [&'static str]>) -> Rest {
        Rest {
            constructor: Some(self.name),
            fields,
            parts: self.parts.into_iter(),
            at: 0,
        }
    }

    fn has(self, wanted: usize) -> Result<Variant, DataError> {
        let found = self.parts.len();
        if found == wanted {
            return Ok(self);
        }
        let components = if wanted == 1 { "component" } else { "components" };
        Err(DataError::new(format_args!("{wanted} {components} wanted, and there are {found}")).within(self.name))
    }
}

/// The variant of an enum, by either of its names.
struct Named<'a> {
    name: String,
    variants: &'a [&'static str],
    parts: Vec<Data>,
}

impl<'de> de::EnumAccess<'de> for Named<'_> {
    type Error = DataError;
    type Variant = Variant;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Variant), DataError> {
        let exact = self.variants.iter().find(|variant| **variant == self.name);
        let known = exact.or_else(|| self.variants.iter().find(|variant| small(variant) == self.name));
        let Some(&known) = known else {
            let wanted: Vec<String> = self.variants.iter().map(|variant| small(variant)).collect();
            let found = match self.name.as_str() {
                "" => "a nameless tuple",
                name => name,
            };
            return Err(DataError::new(format_args!("{found} is none of {}", wanted.join(", "))));
        };
        let variant = seed.deserialize(IntoDeserializer::<DataError>::into_deserializer(known))?;
        Ok((
            variant,
            Variant {
                name: self.name,
                parts: self.parts,
            },
        ))
    }
}

impl<'de> de::VariantAccess<'de> for Variant {
    type Error = DataError;

    fn unit_variant(self) -> Result<(), DataError> {
        self.has(0).map(drop)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DataError> {
        let mut variant = self.has(1)?;
        let part = variant.parts.pop().unwrap_or_default();
        seed.deserialize(Reader(part))
            .map_err(|problem| problem.within(component(&variant.name, 0)))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DataError> {
        visitor.visit_seq(self.has(length)?.seq(None))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DataError> {
        visitor.visit_seq(self.has(fields.len())?.seq(Some(fields)))
    }
}

impl Reader {
    /// The parts of a structured value of a name and length.
    fn parts(
        self,
        name: &str,
        length: usize,
        fields: Option<&'static [&'static str]>,
        expected: &dyn de::Expected,
    ) -> Result<Rest, DataError> {
        match self.0 {
            Data::Struct(constructor, parts) if constructor == name || constructor == small(name) => {
                let variant = Variant {
                    name: constructor,
                    parts,
                };
                Ok(variant.has(length)?.seq(fields))
            }
            other => Err(de::Error::invalid_type(unexpected(&other), expected)),
        }
    }
}

/// A value for a message.
fn unexpected(data: &Data) -> de::Unexpected<'_> {
    match data {
        Data::Unit => de::Unexpected::Unit,
        Data::Integer(value) => de::Unexpected::Signed(*value),
        Data::Real(value) => de::Unexpected::Float(*value),
        Data::Boolean(value) => de::Unexpected::Bool(*value),
        Data::Character(value) => de::Unexpected::Char(*value),
        Data::String(text) => de::Unexpected::Str(text),
        Data::Array(_) => de::Unexpected::Seq,
        Data::Struct(name, _) if name.is_empty() => de::Unexpected::Other("nameless tuple"),
        Data::Struct(name, _) => de::Unexpected::Other(name),
    }
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = DataError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Unit => visitor.visit_unit(),
            Data::Integer(value) => visitor.visit_i64(value),
            Data::Real(value) => visitor.visit_f64(value),
            Data::Boolean(value) => visitor.visit_bool(value),
            Data::Character(value) => visitor.visit_char(value),
            Data::String(text) => visitor.visit_string(text),
            Data::Array(elements) => visitor.visit_seq(Rest {
                constructor: None,
                fields: None,
                parts: elements.into_iter(),
                at: 0,
            }),
            Data::Struct(name, parts) => visitor.visit_seq(Variant { name, parts }.seq(None)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Struct(name, parts) if name == "none" && parts.is_empty() => visitor.visit_none(),
            Data::Struct(name, mut parts) if name == "some" && parts.len() == 1 => {
                let part = Reader(parts.pop().unwrap_or_default());
                visitor.visit_some(part).map_err(|problem| problem.within("some.0"))
            }
            other => Err(de::Error::invalid_type(unexpected(&other), &"none() or some(…)")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, DataError> {
        self.parts(name, 0, None, &visitor)?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DataError> {
        let mut rest = self.parts(name, 1, None, &visitor)?;
        let constructor = rest.constructor.clone().unwrap_or_default();
        let part = Reader(rest.parts.next().unwrap_or_default());
        (visitor.visit_newtype_struct(part)).map_err(|problem| problem.within(component(&constructor, 0)))
    }

    /// A tuple may have any constructor.
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Struct(name, parts) => visitor.visit_seq(Variant { name, parts }.has(length)?.seq(None)),
            other => Reader(other).deserialize_any(visitor),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DataError> {
        let rest = self.parts(name, length, None, &visitor)?;
        visitor.visit_seq(rest)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Array(elements) => visitor.visit_map(Pairs {
                parts: elements.into_iter(),
                value: None,
            }),
            other => Err(not_a_pair(&other)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DataError> {
        let rest = self.parts(name, fields.len(), Some(fields), &visitor)?;
        visitor.visit_seq(rest)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Struct(name, parts) => visitor.visit_enum(Named { name, variants, parts }),
            other => {
                let wanted: Vec<String> = variants.iter().map(|variant| small(variant)).collect();
                let wanted = format!("one of {}", wanted.join(", "));
                Err(de::Error::invalid_type(unexpected(&other), &wanted.as_str()))
            }
        }
    }

    /// Nothing is converted on the way: an integer is no real.
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        match self.0 {
            Data::Real(value) => visitor.visit_f64(value),
            other => Err(de::Error::invalid_type(unexpected(&other), &visitor)),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DataError> {
        self.deserialize_f64(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit seq identifier ignored_any
    }
}
