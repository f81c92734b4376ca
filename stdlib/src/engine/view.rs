//! Arrays of the language inside fragments.
//!
//! An array that a fragment mentions only as `a[…]` is not copied: the fragment gets an [`ArrayView`], whose subscripts
//! are those of the declaration. `m[i]` gives a [`RowView`] of the same array, so that `m[i][j] = v` writes where it
//! should; rhai then also assigns the row to `m[i]`, which does nothing. A fragment that wants a row as a value gets a
//! copy of the array instead ([`super::program`]).
//!
//! Other arrays are rhai's own; in front of their subscripts the compiler puts `hydra_at`.

use crate::value::{Array, Elements, Shape, Symbols, Value, from_dynamic, to_dynamic};
use parking_lot::Mutex;
use rhai::{Dynamic, Engine, EvalAltResult};
use std::sync::Arc;

/// Lower and upper bound of each dimension.
pub(super) type AllBounds = Arc<[(i64, i64)]>;

/// An array with its declared bounds.
#[derive(Clone, Debug)]
pub(super) struct ArrayView {
    seen: Arc<Mutex<Seen>>,
    bounds: AllBounds,
    symbols: Arc<Symbols>,
}

/// The array, as all views of it see it.
#[derive(Clone, Debug)]
struct Seen {
    array: Arc<Array>,
    /// The element that was read last and has not been assigned since: see [`ArrayView::set`].
    read: Option<usize>,
}

/// A part of an array: what is behind the first subscripts.
#[derive(Clone, Debug)]
struct RowView {
    view: ArrayView,
    /// how many subscripts have been given
    dims: usize,
    /// number of the row, counted after so many subscripts
    number: usize,
}

/// Bounds as `hydra_at` gets them.
#[derive(Clone, Debug)]
pub(super) struct Bounds(pub(super) AllBounds);

type Outcome<T> = Result<T, Box<EvalAltResult>>;

impl ArrayView {
    pub(super) fn new(array: Arc<Array>, bounds: AllBounds, symbols: Arc<Symbols>) -> Self {
        ArrayView {
            seen: Arc::new(Mutex::new(Seen { array, read: None })),
            bounds,
            symbols,
        }
    }

    /// Takes the array out.
    pub(super) fn take(&self) -> Arc<Array> {
        let empty = Array {
            lengths: Default::default(),
            elements: Elements::Values(Vec::new()),
        };
        std::mem::replace(&mut self.seen.lock().array, Arc::new(empty))
    }

    fn get(&self, dims: usize, number: usize, index: &Dynamic) -> Outcome<Dynamic> {
        let number = self.number(dims, number, index)?;
        if dims + 1 < self.bounds.len() {
            return Ok(Dynamic::from(RowView {
                view: self.clone(),
                dims: dims + 1,
                number,
            }));
        }
        let mut seen = self.seen.lock();
        seen.read = Some(number);
        Ok(to_dynamic(&seen.array.row(dims + 1, number), &self.symbols))
    }

    /// `a[i] = value`. rhai also assigns back what properties and methods were asked of, as in `a[i].len.to_string()`, even if they
    /// used it up, so that nothing but `()` is left: that changes nothing.
    fn set(&self, dims: usize, number: usize, index: &Dynamic, value: Dynamic) -> Outcome<()> {
        if value.is::<RowView>() {
            // the row of this array that has been changed just now
            return Ok(());
        }
        let number = self.number(dims, number, index)?;
        if dims + 1 < self.bounds.len() {
            return self.set_row(dims + 1, number, value);
        }
        let was_read = self.seen.lock().read.take() == Some(number);
        if was_read && value.is_unit() {
            return Ok(());
        }
        let value = from_dynamic(value)?;
        let mut seen = self.seen.lock();
        if same(&seen.array.element(number), &value) {
            return Ok(());
        }
        set_element(Arc::make_mut(&mut seen.array), number, value);
        Ok(())
    }

    /// `m[i] = [1, 2, 3]`
    fn set_row(&self, dims: usize, number: usize, value: Dynamic) -> Outcome<()> {
        let mut values = Vec::new();
        flatten(&from_dynamic(value)?, &self.bounds[dims..], &mut values)?;
        let mut seen = self.seen.lock();
        let array = Arc::make_mut(&mut seen.array);
        let start = number * values.len();
        for (i, value) in values.into_iter().enumerate() {
            set_element(array, start + i, value);
        }
        Ok(())
    }

    /// The number of the row that a further subscript names.
    fn number(&self, dims: usize, number: usize, index: &Dynamic) -> Outcome<usize> {
        let offset = offset(index, &self.bounds, dims)?;
        let length = self
            .seen
            .lock()
            .array
            .lengths
            .get(dims)
            .map_or(0, |&length| length as usize);
        Ok(number * length + offset)
    }
}

/// Elements of a row, checked against the bounds.
fn flatten(value: &Value, bounds: &[(i64, i64)], out: &mut Vec<Value>) -> Outcome<()> {
    let Some(&(low, high)) = bounds.first() else {
        out.push(value.clone());
        return Ok(());
    };
    match value {
        Value::Array(array) if array.len() as i128 == (i128::from(high) - i128::from(low) + 1).max(0) => array
            .iter()
            .try_for_each(|element| flatten(&element, &bounds[1..], out)),
        Value::Array(array) => Err(format!("array of {} elements where {low}..{high} is wanted", array.len()).into()),
        _ => Err(format!("an array is wanted for the row {low}..{high}").into()),
    }
}

/// Whether an assignment would change nothing, as far as that is seen at once. rhai assigns back whatever a method was
/// called on.
fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Struct(old), Value::Struct(new)) => Arc::ptr_eq(old, new),
        (Value::Array(old), Value::Array(new)) => Arc::ptr_eq(old, new),
        _ => old.word().is_some() && old.word() == new.word(),
    }
}

/// Changes an element, also to a value of another kind: what does not fit its type is found when the fragment ends.
fn set_element(array: &mut Array, offset: usize, value: Value) {
    if let Some(kind) = array.elements.kind()
        && value.word().is_none_or(|(own, _)| own != kind)
    {
        array.elements = Elements::Values(array.elements.to_values());
    }
    array.set_element(offset, value);
}

/// The offset of a subscript within its dimension.
fn offset(index: &Dynamic, bounds: &[(i64, i64)], dim: usize) -> Outcome<usize> {
    let Some(&(low, high)) = bounds.get(dim) else {
        return Err("too many subscripts".into());
    };
    let Ok(index) = index.as_int() else {
        return Err(format!(
            "an index must be an integer, not {}",
            super::error::type_name(index.type_name())
        )
        .into());
    };
    if index < low || index > high {
        return Err(format!("index {index} outside {low}..{high}").into());
    }
    usize::try_from(i128::from(index) - i128::from(low)).map_err(|_| "the index is too large".into())
}

/// What fragments can do with arrays and structured values.
pub(super) fn register(engine: &mut Engine, symbols: &Arc<Symbols>) {
    engine
        .register_type_with_name::<ArrayView>("array")
        .register_type_with_name::<RowView>("array")
        .register_type_with_name::<Bounds>("bounds")
        .register_indexer_get(|view: &mut ArrayView, index: Dynamic| view.get(0, 0, &index))
        .register_indexer_set(|view: &mut ArrayView, index: Dynamic, value: Dynamic| view.set(0, 0, &index, value))
        .register_indexer_get(|row: &mut RowView, index: Dynamic| row.view.get(row.dims, row.number, &index))
        .register_indexer_set(|row: &mut RowView, index: Dynamic, value: Dynamic| {
            row.view.set(row.dims, row.number, &index, value)
        })
        .register_fn("hydra_at", |index: Dynamic, bounds: Bounds, dim: i64| -> Outcome<i64> {
            offset(&index, &bounds.0, usize::try_from(dim).unwrap_or(usize::MAX)).map(|offset| offset as i64)
        });
    let symbols = symbols.clone();
    engine.register_fn("shape", move |name: &str, args: rhai::Array| -> Outcome<Shape> {
        let args = args.into_iter().map(from_dynamic).collect::<Result<Vec<_>, _>>()?;
        Ok(Shape::new(name, args, &symbols)?)
    });
}
