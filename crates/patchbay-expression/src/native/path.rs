//! Paths into an item's JSON.

use patchbay_model::Value;
use patchbay_model::value::array_index;

use super::{Evaluation, get_property};
use crate::syntax::{Path, Root};
use crate::{Error, Js, host};

impl Evaluation<'_> {
    /// The value at the end of a path; `None` where a `?.` has ended it.
    pub(super) fn path(&self, path: &Path) -> Result<Option<Js>, Error> {
        let item = match &path.root {
            Root::Current => self.scope.item(),
            Root::Paired(node) => Some(host::paired_item(node, self.scope)?),
            Root::First(node) => host::first_item(node, self.scope)?,
            Root::Last(node) => host::last_item(node, self.scope)?,
            Root::Legacy(node) => Some(host::legacy_item(node, self.scope)?),
        };
        let Some(item) = item else {
            return Err(missing(&Js::Undefined, "json").within(place(path)));
        };
        let Some((first, rest)) = path.keys.split_first() else {
            return Ok(Some(Js::Json(item.json_value())));
        };
        let Some(mut value) = item.json.get(&first.name) else {
            // Undefined, unless the name is one that every object has.
            return self.rest_of_path(path, Js::Json(item.json_value()), 0);
        };
        for (step, key) in rest.iter().enumerate() {
            let next = match value {
                Value::Object(object) => object.get(&key.name),
                Value::Array(values) => array_index(&key.name).and_then(|index| values.get(index as usize)),
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return self.rest_of_path(path, Js::Json(value.clone()), step + 1),
            }
        }
        Ok(Some(Js::Json(value.clone())))
    }

    /// Goes on from a value that is no array and no object, or lacks the key.
    fn rest_of_path(&self, path: &Path, mut value: Js, from: usize) -> Result<Option<Js>, Error> {
        for key in &path.keys[from..] {
            if value.is_nullish() {
                if key.optional {
                    return Ok(None);
                }
                return Err(missing(&value, &key.name).within(place(path)));
            }
            value = get_property(&value, &key.name, self.scope)?;
        }
        Ok(Some(value))
    }
}

fn place(path: &Path) -> (usize, usize) {
    (path.span.0 as usize, path.span.1 as usize)
}

/// JavaScript's error for a property of undefined or null.
pub(super) fn missing(value: &Js, name: &str) -> Error {
    Error::type_error(format!(
        "Cannot read properties of {} (reading '{name}')",
        value.to_text()
    ))
}
