//! Deep equality, by which arrays are taken as sets.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::js::Collection;
use crate::{Error, Js};

/// Whether two values look the same: types are not mixed, keys may come in any order, NaN equals itself, dates are
/// equal where their time is.
pub fn deep_equals(left: &Js, right: &Js) -> bool {
    if let (Some(left), Some(right)) = (left.elements(), right.elements()) {
        return left.len() == right.len() && left.zip(right).all(|(left, right)| deep_equals(&left, &right));
    }
    if let (Some(left), Some(right_entries)) = (left.entries(), right.entries()) {
        return left.len() == right_entries.len()
            && left
                .into_iter()
                .all(|(key, left)| right.own(key).is_some_and(|right| deep_equals(&left, &right)));
    }
    match (left, right) {
        (Js::Temporal(left), Js::Temporal(right)) => {
            left.class() == right.class()
                && left.to_number() == right.to_number()
                && left.to_value() == right.to_value()
        }
        (Js::RegularExpression(left), Js::RegularExpression(right)) => left.to_text() == right.to_text(),
        _ => left.same_value_zero(right),
    }
}

/// A number that is the same for values that deep equality takes for the same, and for few others.
pub fn likeness(value: &Js) -> u64 {
    let mut hasher = DefaultHasher::new();
    if let Some(elements) = value.elements() {
        for element in elements {
            likeness(&element).hash(&mut hasher);
        }
    } else if let Some(entries) = value.entries() {
        // In any order.
        let entries = entries.into_iter().map(|(key, value)| {
            let mut hasher = DefaultHasher::new();
            (key.as_str(), likeness(&value)).hash(&mut hasher);
            hasher.finish()
        });
        entries.fold(0, u64::wrapping_add).hash(&mut hasher);
    } else if let Some(text) = value.as_str() {
        text.hash(&mut hasher);
    } else if let Some(number) = value.as_number().filter(|number| *number != 0.0 && !number.is_nan()) {
        number.to_bits().hash(&mut hasher);
    }
    hasher.finish()
}

/// Values that deep equality tells apart.
#[derive(Default)]
pub struct Distinct {
    /// What `Map` and `Set` tell apart as well, found at once.
    simple: Collection,
    /// By their [`likeness`].
    objects: HashMap<u64, Vec<Js>>,
}

impl Distinct {
    pub fn of(values: impl IntoIterator<Item = Js>) -> Self {
        let mut distinct = Self::default();
        for value in values {
            distinct.add(&value);
        }
        distinct
    }

    pub fn contains(&self, value: &Js) -> bool {
        if value.is_object() {
            let alike = self.objects.get(&likeness(value));
            alike.is_some_and(|alike| alike.iter().any(|object| deep_equals(object, value)))
        } else {
            self.simple.contains(value)
        }
    }

    /// Whether it was not there yet.
    pub fn add(&mut self, value: &Js) -> bool {
        let is_new = !self.contains(value);
        if is_new && value.is_object() {
            self.objects.entry(likeness(value)).or_default().push(value.clone());
        } else if is_new {
            self.simple.insert(value.clone(), Js::Undefined);
        }
        is_new
    }
}

/// The values, each once.
pub fn unique(values: impl Iterator<Item = Js>) -> Vec<Js> {
    let mut seen = Distinct::default();
    values.filter(|value| seen.add(value)).collect()
}

/// The array that an operation on two sets takes.
pub fn array_argument(function: &str, argument: &Js) -> Result<Vec<Js>, Error> {
    argument.to_elements().ok_or_else(|| {
        Error::new(format!(
            "{function}(): expected array arg, e.g. .{function}([1, 2, 3, 4])"
        ))
    })
}
