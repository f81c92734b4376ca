//! Object maps.

use super::{Text, Value};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// An object map. Rhai has its properties in the order of their names, which shows where they are listed: [`Map::sorted`].
#[derive(Clone, Debug, Default)]
pub struct Map {
    items: HashMap<Text, Value, RandomState>,
}

impl Map {
    /// A map with room for some properties.
    pub fn with_capacity(count: usize) -> Self {
        Map {
            items: HashMap::with_capacity_and_hasher(count, RandomState::default()),
        }
    }

    /// The number of properties.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether it has no property.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether it has a property.
    #[inline]
    pub fn contains(&self, key: &Text) -> bool {
        self.items.contains_key(key)
    }

    /// A property.
    #[inline]
    pub fn get(&self, key: &Text) -> Option<&Value> {
        self.items.get(key)
    }

    /// A property, to change it.
    #[inline]
    pub fn get_mut(&mut self, key: &Text) -> Option<&mut Value> {
        self.items.get_mut(key)
    }

    /// Gives a property its value.
    pub fn insert(&mut self, key: Text, value: Value) {
        self.items.insert(key, value);
    }

    /// Takes a property away.
    pub fn remove(&mut self, key: &Text) -> Option<Value> {
        self.items.remove(key)
    }

    /// The properties in the order of their names.
    pub fn sorted(&self) -> Vec<(&Text, &Value)> {
        let mut items: Vec<_> = self.items.iter().collect();
        items.sort_unstable_by_key(|(key, _)| key.as_str());
        items
    }

    /// All values, in no order; the map has none afterwards.
    pub(super) fn take_values(&mut self) -> Vec<Value> {
        self.items.drain().map(|(_, value)| value).collect()
    }

    pub(super) fn has_compound(&self) -> bool {
        self.items.values().any(Value::is_compound)
    }
}

impl FromIterator<(Text, Value)> for Map {
    fn from_iter<T: IntoIterator<Item = (Text, Value)>>(items: T) -> Self {
        Map {
            items: items.into_iter().collect(),
        }
    }
}
