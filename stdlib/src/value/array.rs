//! Arrays: elements in one row, the last subscript fastest.

use super::{Array, Elements, Lengths, Value, same};
use hydra_bytecode::Kind;
use std::sync::Arc;

impl Array {
    /// An array of one dimension, as rhai has it: in words if all elements are scalars of one kind.
    pub fn from_values(values: Vec<Value>) -> Array {
        Array {
            lengths: Lengths::from_slice(&[values.len() as u32]),
            elements: Elements::pack(values),
        }
    }

    /// The length of the first dimension.
    pub fn len(&self) -> usize {
        self.lengths.first().map_or(0, |&n| n as usize)
    }

    /// Whether the first dimension has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of elements, all dimensions together.
    pub fn total(&self) -> usize {
        self.elements.len()
    }

    /// Number of elements behind the first `dims` subscripts: 1 if these are all.
    pub fn row_size(&self, dims: usize) -> usize {
        self.lengths.iter().skip(dims).map(|&n| n as usize).product()
    }

    /// The element `i` of the first dimension, counted from 0; a row if there are more dimensions. `()` outside.
    pub fn get(&self, i: usize) -> Value {
        self.row(1, i)
    }

    /// The element at an offset from the beginning; `()` outside.
    #[inline]
    pub fn element(&self, offset: usize) -> Value {
        self.elements.get(offset)
    }

    /// Changes the element at an offset. `false` if there is none, or the array has scalars of another kind.
    pub fn set_element(&mut self, offset: usize, value: Value) -> bool {
        match &mut self.elements {
            Elements::Words(kind, words) => match (words.get_mut(offset), value.word_of(*kind)) {
                (Some(place), Some(word)) => *place = word,
                _ => return false,
            },
            Elements::Values(values) => match values.get_mut(offset) {
                Some(place) => *place = value,
                None => return false,
            },
        }
        true
    }

    /// What is at row number `number` after `dims` subscripts: an element, or an array of the other dimensions.
    pub fn row(&self, dims: usize, number: usize) -> Value {
        if dims >= self.lengths.len() {
            return self.elements.get(number);
        }
        let size = self.row_size(dims);
        let Some(elements) = self.elements.slice(number.saturating_mul(size), size) else {
            return Value::Unit;
        };
        Value::Array(Arc::new(Array {
            lengths: self.lengths[dims..].into(),
            elements,
        }))
    }

    /// Changes what [`Array::row`] gives. The new row must have the same lengths, its elements the same form; else nothing
    /// is changed and the result is `false`.
    pub fn set_row(&mut self, dims: usize, number: usize, row: Value) -> bool {
        if dims >= self.lengths.len() {
            return self.set_element(number, row);
        }
        let size = self.row_size(dims);
        match row {
            Value::Array(row) if row.lengths[..] == self.lengths[dims..] => {
                self.elements.overwrite(number.saturating_mul(size), &row.elements)
            }
            _ => false,
        }
    }

    /// An array of nothing but what [`Array::row`] gives: of length 1 in the first dimensions. `None` if there is no such row.
    pub fn window(&self, dims: usize, number: usize) -> Option<Array> {
        let size = self.row_size(dims);
        let mut lengths = self.lengths.clone();
        lengths.iter_mut().take(dims).for_each(|length| *length = 1);
        Some(Array {
            lengths,
            elements: self.elements.slice(number.checked_mul(size)?, size)?,
        })
    }

    /// Changes what [`Array::window`] gives. `false`, and nothing changed, if the window has other lengths or another form.
    pub fn set_window(&mut self, dims: usize, number: usize, window: &Array) -> bool {
        let size = self.row_size(dims);
        let fits = window.lengths.len() == self.lengths.len()
            && window.lengths.iter().take(dims).all(|&length| length == 1)
            && window.lengths.iter().skip(dims).eq(self.lengths.iter().skip(dims));
        fits && self.elements.overwrite(number.saturating_mul(size), &window.elements)
    }

    /// Copies from an array of the same lengths the elements whose subscripts, counted from 0, are those of `at` in the
    /// dimensions where it has one. `false`, and nothing changed, if the arrays differ in form or a subscript is outside.
    pub fn set_slice(&mut self, from: &Array, at: &[Option<usize>]) -> bool {
        let outside = |(at, &length): (&Option<usize>, &u32)| at.is_some_and(|i| i >= length as usize);
        if self.lengths != from.lengths || at.iter().zip(&self.lengths).any(outside) {
            return false;
        }
        match (&mut self.elements, &from.elements) {
            (Elements::Words(kind, to), Elements::Words(other, from)) if kind == other => {
                copy_slice(to, from, &self.lengths, at, 0);
            }
            (Elements::Values(to), Elements::Values(from)) => copy_slice(to, from, &self.lengths, at, 0),
            _ => return false,
        }
        true
    }

    /// Copies from an array the elements that differ exactly from those of another, which is what it was before. `false`,
    /// and nothing changed, if the arrays differ in form.
    pub fn set_changed(&mut self, from: &Array, was: &Array) -> bool {
        if self.lengths != from.lengths || self.lengths != was.lengths {
            return false;
        }
        match (&mut self.elements, &from.elements, &was.elements) {
            (Elements::Words(kind, to), Elements::Words(one, from), Elements::Words(other, was))
                if kind == one && kind == other =>
            {
                copy_changed(to, from, was, |from, was| from == was);
            }
            (Elements::Values(to), Elements::Values(from), Elements::Values(was)) => copy_changed(to, from, was, same),
            _ => return false,
        }
        true
    }

    /// The elements of the first dimension in order.
    pub fn iter(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }
}

/// Copies within the dimension `dim`; `to` and `from` are the elements behind the subscripts before it.
fn copy_slice<T: Clone>(to: &mut [T], from: &[T], lengths: &[u32], at: &[Option<usize>], dim: usize) {
    let fixed = at.get(dim..).is_some_and(|rest| rest.iter().any(Option::is_some));
    if !fixed || dim >= lengths.len() {
        return to.clone_from_slice(from);
    }
    let size: usize = lengths[dim + 1..].iter().map(|&n| n as usize).product();
    let rows = match at[dim] {
        Some(i) => i..i + 1,
        None => 0..lengths[dim] as usize,
    };
    for i in rows {
        let part = i * size..(i + 1) * size;
        copy_slice(&mut to[part.clone()], &from[part], lengths, at, dim + 1);
    }
}

fn copy_changed<T: Clone>(to: &mut [T], from: &[T], was: &[T], same: impl Fn(&T, &T) -> bool) {
    for ((to, from), was) in to.iter_mut().zip(from).zip(was) {
        if !same(from, was) {
            *to = from.clone();
        }
    }
}

impl Elements {
    /// Values as words if all are scalars of one kind.
    pub fn pack(values: Vec<Value>) -> Elements {
        let Some((kind, _)) = values.first().and_then(Value::word) else {
            return Elements::Values(values);
        };
        let word = |value: &Value| value.word().filter(|&(other, _)| other == kind).map(|(_, word)| word);
        match values.iter().map(word).collect::<Option<Vec<u64>>>() {
            Some(words) => Elements::Words(kind, words),
            None => Elements::Values(values),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Elements::Words(_, words) => words.len(),
            Elements::Values(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kind of the scalars, if they are words.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Elements::Words(kind, _) => Some(*kind),
            Elements::Values(_) => None,
        }
    }

    /// One of them; `()` outside.
    #[inline]
    pub fn get(&self, i: usize) -> Value {
        match self {
            Elements::Words(kind, words) => words.get(i).map_or(Value::Unit, |&word| Value::scalar(*kind, word)),
            Elements::Values(values) => values.get(i).cloned().unwrap_or_default(),
        }
    }

    /// A copy of some in a row, if there are as many.
    fn slice(&self, start: usize, count: usize) -> Option<Elements> {
        let range = start..start.checked_add(count)?;
        Some(match self {
            Elements::Words(kind, words) => Elements::Words(*kind, words.get(range)?.to_vec()),
            Elements::Values(values) => Elements::Values(values.get(range)?.to_vec()),
        })
    }

    /// Puts others, of the same form, over some of these.
    fn overwrite(&mut self, start: usize, others: &Elements) -> bool {
        let range = start..start.saturating_add(others.len());
        match (self, others) {
            (Elements::Words(kind, to), Elements::Words(other, from)) if kind == other => {
                to.get_mut(range).map(|to| to.copy_from_slice(from)).is_some()
            }
            (Elements::Values(to), Elements::Values(from)) => {
                to.get_mut(range).map(|to| to.clone_from_slice(from)).is_some()
            }
            (_, others) => others.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Array {
        Array {
            lengths: Lengths::from_slice(&[2, 3]),
            elements: Elements::Words(Kind::Integer, (0..6).collect()),
        }
    }

    fn integers(value: &Value) -> Vec<i64> {
        let Value::Array(array) = value else {
            panic!("{value:?}")
        };
        let integer = |value| {
            if let Value::Integer(n) = value {
                n
            } else {
                panic!("{value:?}")
            }
        };
        (0..array.total()).map(|i| integer(array.element(i))).collect()
    }

    #[test]
    fn rows_are_read_and_changed() {
        let mut m = matrix();
        assert_eq!((m.len(), m.total(), m.row_size(1), m.row_size(2)), (2, 6, 3, 1));
        assert_eq!(integers(&m.get(1)), [3, 4, 5]);
        assert!(m.set_row(1, 0, m.get(1)));
        assert!(m.set_row(2, 5, Value::Integer(9)));
        assert_eq!(integers(&Value::Array(Arc::new(m.clone()))), [3, 4, 5, 3, 4, 9]);
        assert!(!m.set_row(1, 2, m.get(1)), "no such row");
        assert!(
            !m.set_row(
                1,
                0,
                Value::Array(Arc::new(Array::from_values(vec![Value::Integer(1)])))
            ),
            "too short"
        );
        assert!(!m.set_element(6, Value::Integer(1)));
        assert!(!m.set_element(0, Value::Unit));
        assert!(matches!(m.get(2), Value::Unit));
    }

    #[test]
    fn slices_are_copied() {
        let zeros = Array {
            elements: Elements::Words(Kind::Integer, vec![0; 6]),
            ..matrix()
        };
        for (at, expected) in [
            (vec![None, Some(1)], [0, 1, 0, 0, 4, 0]),
            (vec![Some(1)], [0, 0, 0, 3, 4, 5]),
            (vec![Some(1), Some(2)], [0, 0, 0, 0, 0, 5]),
            (vec![None, None], [0, 1, 2, 3, 4, 5]),
        ] {
            let mut m = zeros.clone();
            assert!(m.set_slice(&matrix(), &at));
            assert_eq!(integers(&Value::Array(Arc::new(m))), expected, "{at:?}");
        }
        assert!(!zeros.clone().set_slice(&matrix(), &[Some(2)]));
    }

    #[test]
    fn windows_are_read_and_changed() {
        let mut m = matrix();
        let row = m.window(1, 1).expect("a row");
        assert_eq!((&row.lengths[..], row.total()), (&[1, 3][..], 3));
        assert!(m.set_window(1, 0, &row));
        let element = m.window(2, 5).expect("an element");
        assert_eq!((&element.lengths[..], element.total()), (&[1, 1][..], 1));
        assert!(m.set_window(2, 1, &element));
        assert_eq!(integers(&Value::Array(Arc::new(m.clone()))), [3, 5, 5, 3, 4, 5]);
        assert!(!m.set_window(1, 2, &row), "no such row");
        assert!(!m.set_window(1, 0, &element), "too short");
        assert!(m.window(1, 2).is_none());
    }

    #[test]
    fn what_has_changed_is_copied() {
        let mut mine = matrix();
        assert!(mine.set_element(1, Value::Integer(7)));
        let mut others = matrix();
        assert!(others.set_element(4, Value::Integer(8)));
        assert!(others.set_changed(&mine, &matrix()));
        assert_eq!(integers(&Value::Array(Arc::new(others))), [0, 7, 2, 3, 8, 5]);
        assert!(!matrix().set_changed(&Array::from_values(vec![Value::Integer(1)]), &matrix()));

        let values = |list: &[f64]| Array {
            lengths: Lengths::from_slice(&[list.len() as u32]),
            elements: Elements::Values(list.iter().map(|&x| Value::Real(x)).collect()),
        };
        let mut to = values(&[1.0, 2.0, 3.0]);
        let (was, mine) = (values(&[0.0, 5.0, 5.0]), values(&[-0.0, 5.0, 5.0 + 1e-15]));
        assert!(to.set_changed(&mine, &was));
        let bits: Vec<_> = (0..3).map(|i| to.element(i).word()).collect();
        let expected = [-0.0, 2.0, 5.0 + 1e-15].map(|x| Value::Real(x).word());
        assert_eq!(bits, expected, "without rhai's tolerance");
    }

    #[test]
    fn scalars_of_one_kind_are_packed() {
        assert_eq!(
            Elements::pack(vec![Value::Integer(1), Value::Integer(2)]).kind(),
            Some(Kind::Integer)
        );
        assert_eq!(Elements::pack(vec![Value::Integer(1), Value::Real(2.0)]).kind(), None);
        assert_eq!(Elements::pack(vec![]).kind(), None);
    }
}
