//! Types of values: which shape a value has, and what becomes of it where a type is wanted.

use super::show::{kind_name, show_short};
use super::{Array, Elements, Lengths, Struct, Symbol, Symbols, Value};
use crate::limits::ARRAY_ELEMENTS_MAX;
use hydra_bytecode::{Kind, Type};
use smallvec::SmallVec;
use std::sync::Arc;

/// Lower and upper bound of a dimension.
pub type Bounds = (i64, i64);

/// Whether a value has the shape `types[ty]`: whether an input of that type takes it. Nothing is converted.
pub fn matches(value: &Value, ty: u16, types: &[Type]) -> bool {
    match (types.get(usize::from(ty)), value) {
        (Some(Type::Any), _) => true,
        (Some(Type::String), Value::String(_)) => true,
        (Some(Type::Scalar(kind)), value) => value.word().is_some_and(|(own, _)| own == *kind),
        (Some(Type::Array { dims, element }), Value::Array(array)) => matches_array(array, *dims, *element, types),
        (Some(Type::Struct { constructor, parts }), Value::Signal(symbol)) => {
            parts.is_empty() && symbol.0 == u32::from(*constructor)
        }
        (Some(Type::Struct { constructor, parts }), Value::Struct(structure)) => {
            structure.constructor.0 == u32::from(*constructor)
                && structure.parts.len() == parts.len()
                && structure
                    .parts
                    .iter()
                    .zip(parts)
                    .all(|(part, &ty)| matches(part, ty, types))
        }
        _ => false,
    }
}

/// Whether the elements of an array, `dims` dimensions deep, have a type. An empty array agrees with every type.
fn matches_array(array: &Array, dims: u8, element: u16, types: &[Type]) -> bool {
    let own = array.lengths.len();
    let wanted = usize::from(dims);
    if own > wanted {
        // rows are elements: only `any` takes them
        return array.total() == 0 || matches!(types.get(usize::from(element)), Some(Type::Any));
    }
    if own < wanted {
        let rest = dims - own as u8;
        return match &array.elements {
            Elements::Words(_, words) => words.is_empty(),
            Elements::Values(values) => values.iter().all(|value| match value {
                Value::Array(row) => matches_array(row, rest, element, types),
                _ => false,
            }),
        };
    }
    match (&array.elements, types.get(usize::from(element))) {
        (_, Some(Type::Any)) => true,
        (Elements::Words(kind, words), Some(Type::Scalar(wanted))) => words.is_empty() || kind == wanted,
        (Elements::Words(_, words), _) => words.is_empty(),
        (Elements::Values(values), _) => values.iter().all(|value| matches(value, element, types)),
    }
}

/// The value as a variable of type `types[ty]` holds it, as in an assignment: integers become reals where reals are wanted,
/// arrays of rhai become arrays of the type. `bounds` has those of each dimension of each array in the type, in the
/// order in which it is written. The error says what was found and what was wanted.
pub fn convert(
    value: Value,
    ty: u16,
    types: &[Type],
    bounds: &mut dyn Iterator<Item = Bounds>,
    symbols: &Symbols,
) -> Result<Value, String> {
    match (types.get(usize::from(ty)), &value) {
        (Some(Type::Any), _) | (Some(Type::String), Value::String(_)) => Ok(value),
        (Some(Type::Scalar(kind)), _) => match value.word_of(*kind) {
            Some(word) => Ok(Value::scalar(*kind, word)),
            None => Err(mismatch(&value, ty, types, symbols)),
        },
        (Some(Type::Array { .. } | Type::Struct { .. }), _) => {
            let bounds: SmallVec<[Bounds; 4]> = bounds.take(bounds_count(ty, types)).collect();
            Conversion { types, symbols }.value(value, ty, &bounds)
        }
        _ => Err(mismatch(&value, ty, types, symbols)),
    }
}

/// Pairs of bounds that belong to a type.
pub fn bounds_count(ty: u16, types: &[Type]) -> usize {
    match types.get(usize::from(ty)) {
        // components come before what they are part of, else the table is broken
        Some(Type::Array { dims, element }) if *element < ty => usize::from(*dims) + bounds_count(*element, types),
        Some(Type::Struct { parts, .. }) => parts
            .iter()
            .filter(|&&part| part < ty)
            .map(|&part| bounds_count(part, types))
            .sum(),
        _ => 0,
    }
}

struct Conversion<'a> {
    types: &'a [Type],
    symbols: &'a Symbols,
}

impl Conversion<'_> {
    fn value(&self, value: Value, ty: u16, bounds: &[Bounds]) -> Result<Value, String> {
        match (self.types.get(usize::from(ty)), value) {
            (Some(Type::Any), value) => Ok(value),
            (Some(Type::String), value @ Value::String(_)) => Ok(value),
            (Some(Type::Scalar(kind)), value) => match value.word_of(*kind) {
                Some(word) => Ok(Value::scalar(*kind, word)),
                None => Err(mismatch(&value, ty, self.types, self.symbols)),
            },
            (Some(&Type::Array { dims, element }), Value::Array(array)) => self
                .array(array, ty, usize::from(dims), element, bounds)
                .map(Value::Array),
            (Some(Type::Struct { constructor, parts }), Value::Struct(structure))
                if structure.constructor.0 == u32::from(*constructor) && structure.parts.len() == parts.len() =>
            {
                self.structure(structure, parts, bounds).map(Value::Struct)
            }
            (Some(Type::Struct { constructor, parts }), Value::Signal(symbol))
                if parts.is_empty() && symbol.0 == u32::from(*constructor) =>
            {
                Ok(Value::Signal(symbol))
            }
            (_, value) => Err(mismatch(&value, ty, self.types, self.symbols)),
        }
    }

    fn structure(&self, structure: Arc<Struct>, parts: &[u16], bounds: &[Bounds]) -> Result<Arc<Struct>, String> {
        if parts
            .iter()
            .zip(&structure.parts)
            .all(|(&ty, part)| self.fits(part, ty))
        {
            return Ok(structure);
        }
        let mut rest = bounds;
        let mut converted = Vec::with_capacity(parts.len());
        for (&ty, part) in parts.iter().zip(&structure.parts) {
            let (own, others) = rest.split_at(bounds_count(ty, self.types).min(rest.len()));
            rest = others;
            converted.push(self.value(part.clone(), ty, own)?);
        }
        Ok(Arc::new(Struct {
            constructor: structure.constructor,
            parts: converted.into(),
        }))
    }

    fn array(
        &self,
        array: Arc<Array>,
        ty: u16,
        dims: usize,
        element: u16,
        bounds: &[Bounds],
    ) -> Result<Arc<Array>, String> {
        if bounds.len() < dims {
            return Err("bounds are missing".into());
        }
        let (own, inner) = bounds.split_at(dims);
        let lengths = lengths(own)?;
        let kind = self.kind(element);
        if array.lengths == lengths {
            let ready = match (&array.elements, kind) {
                (Elements::Words(own, _), Some(kind)) => *own == kind,
                (Elements::Values(values), None) => values.iter().all(|value| self.fits(value, element)),
                _ => false,
            };
            if ready {
                return Ok(array);
            }
        }
        let mut filling = Filling {
            conversion: self,
            ty,
            element,
            own,
            inner,
            values: Vec::new(),
            words: Vec::new(),
            kind,
        };
        filling.reserve(total(&lengths)?)?;
        filling.rows(&array, 0)?;
        let elements = match kind {
            Some(kind) => Elements::Words(kind, filling.words),
            None => Elements::Values(filling.values),
        };
        Ok(Arc::new(Array { lengths, elements }))
    }

    /// The kind of elements that are held in words.
    fn kind(&self, ty: u16) -> Option<Kind> {
        match self.types.get(usize::from(ty)) {
            Some(Type::Scalar(kind)) => Some(*kind),
            _ => None,
        }
    }

    /// Whether a value without arrays in its type is as it must be.
    fn fits(&self, value: &Value, ty: u16) -> bool {
        bounds_count(ty, self.types) == 0 && matches(value, ty, self.types)
    }
}

/// Elements of an array on their way to another.
struct Filling<'a> {
    conversion: &'a Conversion<'a>,
    ty: u16,
    element: u16,
    own: &'a [Bounds],
    inner: &'a [Bounds],
    values: Vec<Value>,
    words: Vec<u64>,
    kind: Option<Kind>,
}

impl Filling<'_> {
    fn reserve(&mut self, count: usize) -> Result<(), String> {
        let reserved = match self.kind {
            Some(_) => self.words.try_reserve_exact(count),
            None => self.values.try_reserve_exact(count),
        };
        reserved.map_err(|_| no_memory(count))
    }

    /// Takes the elements behind `dim` subscripts.
    fn rows(&mut self, array: &Array, dim: usize) -> Result<(), String> {
        let (low, high) = self.own[dim];
        if array.len() as i128 != length(low, high) {
            return Err(format!("array of {} for {low}..{high}", elements_text(array.len())));
        }
        for i in 0..array.len() {
            let value = array.get(i);
            if dim + 1 < self.own.len() {
                match &value {
                    Value::Array(row) => self.rows(row, dim + 1)?,
                    _ => return Err(self.no_row(&value, dim)),
                }
            } else {
                self.element(value)?;
            }
        }
        Ok(())
    }

    fn element(&mut self, value: Value) -> Result<(), String> {
        let Conversion { types, symbols } = self.conversion;
        match self.kind {
            Some(kind) => match value.word_of(kind) {
                Some(word) => self.words.push(word),
                None => return Err(mismatch(&value, self.element, types, symbols)),
            },
            None => self
                .values
                .push(self.conversion.value(value, self.element, self.inner)?),
        }
        Ok(())
    }

    fn no_row(&self, value: &Value, dim: usize) -> String {
        let Conversion { types, symbols } = self.conversion;
        let wanted = type_name(self.ty, types, symbols);
        let (found, rows) = (described(value, symbols), dim + 2);
        format!("{found} where dimension {rows} of an {wanted} is wanted")
    }
}

/// The default value of `types[ty]`.
pub fn default(ty: u16, types: &[Type], bounds: &mut dyn Iterator<Item = Bounds>) -> Result<Value, String> {
    let bounds: SmallVec<[Bounds; 4]> = bounds.take(bounds_count(ty, types)).collect();
    default_value(ty, types, &bounds)
}

fn default_value(ty: u16, types: &[Type], bounds: &[Bounds]) -> Result<Value, String> {
    Ok(match types.get(usize::from(ty)) {
        None | Some(Type::Any) => Value::Unit,
        Some(Type::Scalar(kind)) => Value::scalar(*kind, 0),
        Some(Type::String) => Value::String(Default::default()),
        Some(Type::Struct { constructor, parts }) if parts.is_empty() => Value::Signal(Symbol(u32::from(*constructor))),
        Some(Type::Struct { constructor, parts }) => {
            let mut rest = bounds;
            let mut values = Vec::with_capacity(parts.len());
            for &part in parts.iter().filter(|&&part| part < ty) {
                let (own, others) = rest.split_at(bounds_count(part, types).min(rest.len()));
                rest = others;
                values.push(default_value(part, types, own)?);
            }
            Value::Struct(Arc::new(Struct {
                constructor: Symbol(u32::from(*constructor)),
                parts: values.into(),
            }))
        }
        Some(&Type::Array { dims, element }) => {
            let (own, inner) = bounds.split_at(usize::from(dims).min(bounds.len()));
            let lengths = lengths(own)?;
            let count = total(&lengths)?;
            let elements = match types.get(usize::from(element)) {
                Some(Type::Scalar(kind)) => Elements::Words(*kind, zeros(count)?),
                _ if element >= ty => return Err("a type that contains itself".into()),
                _ => Elements::Values(filled(default_value(element, types, inner)?, count)?),
            };
            Value::Array(Arc::new(Array { lengths, elements }))
        }
    })
}

fn filled<T: Clone>(value: T, count: usize) -> Result<Vec<T>, String> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| no_memory(count))?;
    values.resize(count, value);
    Ok(values)
}

/// Words that are 0; memory of the system that is 0 already is not touched.
fn zeros(count: usize) -> Result<Vec<u64>, String> {
    // `vec!` would end the program if there is no memory
    Vec::<u64>::new()
        .try_reserve_exact(count)
        .map_err(|_| no_memory(count))?;
    Ok(vec![0; count])
}

/// How errors of arrays begin for which there is no memory.
pub const NO_MEMORY: &str = "no memory for an array of";

#[cold]
fn no_memory(count: usize) -> String {
    format!("{NO_MEMORY} {count} elements")
}

/// Lengths of dimensions with these bounds.
pub fn lengths(bounds: &[Bounds]) -> Result<Lengths, String> {
    let length = |&(low, high): &Bounds| {
        u32::try_from(length(low, high)).map_err(|_| format!("an array with the bounds {low}..{high} is too large"))
    };
    bounds.iter().map(length).collect()
}

fn length(low: i64, high: i64) -> i128 {
    (i128::from(high) - i128::from(low) + 1).max(0)
}

/// Number of elements of all dimensions together.
fn total(lengths: &[u32]) -> Result<usize, String> {
    if lengths.contains(&0) {
        return Ok(0);
    }
    let count = lengths
        .iter()
        .try_fold(1_usize, |product, &n| product.checked_mul(n as usize));
    match count {
        Some(count) if count <= ARRAY_ELEMENTS_MAX => Ok(count),
        _ => {
            let lengths: Vec<String> = lengths.iter().map(u32::to_string).collect();
            Err(format!("an array of {} elements is too large", lengths.join(" × ")))
        }
    }
}

fn elements_text(count: usize) -> String {
    if count == 1 {
        "1 element".into()
    } else {
        format!("{count} elements")
    }
}

/// A value with its kind: `string "three"`, `insert(4)`.
fn described(value: &Value, symbols: &Symbols) -> String {
    match value {
        Value::Unit | Value::Struct(_) | Value::Signal(_) => show_short(value, symbols),
        _ => format!("{} {}", kind_name(value, symbols), show_short(value, symbols)),
    }
}

#[cold]
fn mismatch(value: &Value, ty: u16, types: &[Type], symbols: &Symbols) -> String {
    format!(
        "{} where {} is wanted",
        described(value, symbols),
        type_name(ty, types, symbols)
    )
}

/// A type as messages name it: `integer`, `array of integer`, `pair(integer, string)`.
pub fn type_name(ty: u16, types: &[Type], symbols: &Symbols) -> String {
    match types.get(usize::from(ty)) {
        None | Some(Type::Any) => "any".into(),
        Some(Type::Scalar(kind)) => kind.name().into(),
        Some(Type::String) => "string".into(),
        Some(&Type::Array { dims, element }) => {
            let element = if element < ty {
                type_name(element, types, symbols)
            } else {
                "any".into()
            };
            if dims == 1 {
                format!("array of {element}")
            } else {
                format!("array of {element} with {dims} dimensions")
            }
        }
        Some(Type::Struct { constructor, parts }) => {
            let own = parts.iter().filter(|&&part| part < ty);
            let parts: Vec<String> = own.map(|&part| type_name(part, types, symbols)).collect();
            format!(
                "{}({})",
                symbols.name(Symbol(u32::from(*constructor))),
                parts.join(", ")
            )
        }
    }
}
