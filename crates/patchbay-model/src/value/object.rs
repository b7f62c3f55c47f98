//! An object with JavaScript's key order: array indices first, ascending, then the other keys in the
//! order in which they came.

use indexmap::IndexMap;
use indexmap::map::{Entry, Iter, Keys, Values};
use rustc_hash::FxBuildHasher;

use super::{Text, Value, array_index};

/// Properties of one object.
#[derive(Clone, Debug, Default)]
pub struct Object {
    entries: IndexMap<Text, Value, FxBuildHasher>,
}

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            entries: IndexMap::with_capacity_and_hasher(capacity, FxBuildHasher),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(key)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.get_mut(key)
    }

    pub fn contains_key(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Sets a property: in its place if it is there, else where JavaScript would list it.
    pub fn insert(&mut self, key: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        let key = key.into();
        let value = value.into();
        let Some(index) = array_index(&key) else {
            return self.entries.insert(key, value);
        };
        match self.entries.entry(key) {
            Entry::Occupied(mut entry) => Some(entry.insert(value)),
            Entry::Vacant(entry) => {
                let key = entry.into_key();
                let place = self
                    .entries
                    .keys()
                    .take_while(|known| array_index(known).is_some_and(|known| known < index));
                let place = place.count();
                self.entries.shift_insert(place, key, value);
                None
            }
        }
    }

    /// Adds a value to a property: the second makes a list of it.
    pub fn append(&mut self, key: impl Into<Text> + AsRef<str>, value: Value) {
        match self.get_mut(key.as_ref()) {
            None => drop(self.insert(key, value)),
            Some(known) => match known.as_array_mut() {
                Some(values) => values.push(value),
                None => *known = Value::array(vec![std::mem::take(known), value]),
            },
        }
    }

    /// Takes a property out, keeping the order of the others.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.entries.shift_remove(key)
    }

    pub fn retain(&mut self, keep: impl FnMut(&Text, &mut Value) -> bool) {
        self.entries.retain(keep);
    }

    pub fn iter(&self) -> Iter<'_, Text, Value> {
        self.entries.iter()
    }

    pub fn keys(&self) -> Keys<'_, Text, Value> {
        self.entries.keys()
    }

    pub fn values(&self) -> Values<'_, Text, Value> {
        self.entries.values()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.entries.values_mut()
    }

    /// The property at a place in the order.
    pub fn entry_at(&self, place: usize) -> Option<(&Text, &Value)> {
        self.entries.get_index(place)
    }
}

/// Equal when they hold the same properties, in whatever order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<K: Into<Text>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut object = Self::with_capacity(entries.size_hint().0);
        object.extend(entries);
        object
    }
}

impl<K: Into<Text>, V: Into<Value>> Extend<(K, V)> for Object {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a Text, &'a Value);
    type IntoIter = Iter<'a, Text, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Object {
    type Item = (Text, Value);
    type IntoIter = indexmap::map::IntoIter<Text, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_come_first_and_ascend() {
        let object: Object = [("b", 1), ("10", 2), ("a", 3), ("9", 4), ("01", 5), ("b", 6)]
            .into_iter()
            .collect();
        let keys: Vec<&str> = object.keys().map(Text::as_str).collect();
        assert_eq!(keys, ["9", "10", "b", "a", "01"]);
        assert_eq!(object.get("b"), Some(&Value::Number(6.0)));
    }
}
