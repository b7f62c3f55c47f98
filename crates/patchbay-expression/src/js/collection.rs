//! `Map` and `Set`: entries in the order in which they came, found by SameValueZero.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_model::{Text, Value};

use super::Js;

/// The entries of a map; a set holds each value as key and value.
#[derive(Debug, Default)]
pub struct Collection {
    entries: RefCell<IndexMap<Key, (Js, Js)>>,
}

impl Collection {
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }

    pub fn get(&self, key: &Js) -> Option<Js> {
        self.entries.borrow().get(&Key::of(key)).map(|(_, value)| value.clone())
    }

    pub fn contains(&self, key: &Js) -> bool {
        self.entries.borrow().contains_key(&Key::of(key))
    }

    pub fn insert(&self, key: Js, value: Js) {
        self.entries.borrow_mut().insert(Key::of(&key), (key, value));
    }

    /// Takes an entry out; whether it was there.
    pub fn remove(&self, key: &Js) -> bool {
        self.entries.borrow_mut().shift_remove(&Key::of(key)).is_some()
    }

    pub fn clear(&self) {
        self.entries.borrow_mut().clear();
    }

    /// The entries as they are now.
    pub fn entries(&self) -> Vec<(Js, Js)> {
        self.entries.borrow().values().cloned().collect()
    }
}

/// What tells one key from another.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Key {
    Undefined,
    Null,
    Bool(bool),
    Number(u64),
    Text(Text),
    /// Arrays, objects and the like are themselves only: the address of what they share. The entry keeps them
    /// alive, so no other value comes to live there.
    Shared(usize),
}

impl Key {
    fn of(value: &Js) -> Self {
        match value {
            Js::Undefined => Self::Undefined,
            Js::Json(Value::Null) => Self::Null,
            Js::Json(Value::Bool(value)) => Self::Bool(*value),
            // One NaN, one zero.
            Js::Json(Value::Number(number)) if number.is_nan() => Self::Number(f64::NAN.to_bits()),
            Js::Json(Value::Number(number)) => Self::Number((number + 0.0).to_bits()),
            Js::Json(Value::Text(text)) => Self::Text(text.clone()),
            Js::Json(Value::Array(values)) => Self::Shared(Arc::as_ptr(values).addr()),
            Js::Json(Value::Object(object)) => Self::Shared(Arc::as_ptr(object).addr()),
            Js::List(values) => Self::Shared(Rc::as_ptr(values).addr()),
            Js::Record(entries) => Self::Shared(Rc::as_ptr(entries).addr()),
            Js::Function(function) => Self::Shared(Rc::as_ptr(function).addr()),
            Js::RegularExpression(expression) => Self::Shared(Rc::as_ptr(expression).addr()),
            Js::Map(collection) | Js::Set(collection) => Self::Shared(Rc::as_ptr(collection).addr()),
            Js::Error(error) => Self::Shared(Rc::as_ptr(error).addr()),
            Js::Temporal(temporal) => Self::Shared(temporal.address()),
            Js::Host(host) => Self::Text(format!("{host:?}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_by_same_value_zero() {
        let set = Collection::default();
        let list = Js::list(vec![]);
        for value in [
            Js::number(0.0),
            Js::number(-0.0),
            Js::text("0"),
            Js::number(f64::NAN),
            Js::number(f64::NAN),
            list.clone(),
            list,
            Js::list(vec![]),
        ] {
            set.insert(value.clone(), value);
        }
        assert_eq!(set.len(), 5);
    }
}
