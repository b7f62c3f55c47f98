//! JSON values as JavaScript sees them: every number is an `f64`, objects keep JavaScript's key
//! order, and copies are shared.
//!
//! Cloning a [`Value`] never copies what it holds: text up to 23 bytes is inline, longer text, arrays
//! and objects are behind an [`Arc`]. Changing a shared array or object copies that one level
//! ([`Value::as_object_mut`], [`Value::as_array_mut`]).
//!
//! Conversions follow ECMAScript (`ToString`, `ToNumber`, `ToBoolean`); what only an expression knows
//! (dates, functions, undefined) is left to `patchbay-expression`.

mod convert;
mod object;
mod serde_impl;
mod surrogates;

use std::sync::Arc;

pub use convert::{array_index, number_to_text, text_to_number};
pub use object::Object;
/// Shared text: clones are cheap, up to 23 bytes are inline.
pub use smol_str::SmolStr as Text;

/// One JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(f64),
    Text(Text),
    Array(Arc<Vec<Value>>),
    Object(Arc<Object>),
}

impl Value {
    /// So many levels of arrays and objects may lie in one another: whoever makes values keeps to it, and whoever walks
    /// them may rely on it. n8n itself fails somewhat beyond.
    pub const DEEPEST: usize = 3000;

    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    pub fn array(values: Vec<Self>) -> Self {
        Self::Array(Arc::new(values))
    }

    pub fn object(object: Object) -> Self {
        Self::Object(Arc::new(object))
    }

    /// Parses JSON text. An escape that is half of a surrogate pair, which JavaScript takes, becomes U+FFFD.
    ///
    /// # Errors
    ///
    /// Text that is not JSON, or deeper than [`Value::DEEPEST`].
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let read = serde_impl::whole(serde_json::Deserializer::from_str(text));
        read.or_else(|error| match surrogates::without_halves(text) {
            Some(mended) => serde_impl::whole(serde_json::Deserializer::from_str(&mended)),
            None => Err(error),
        })
    }

    /// As [`Value::from_json`], of bytes that should be UTF-8.
    pub fn from_json_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::from_json(text),
            // It says where the bytes are none.
            Err(_) => serde_impl::whole(serde_json::Deserializer::from_slice(bytes)),
        }
    }

    /// The value as `JSON.stringify` writes it.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The value as `JSON.stringify(value, null, 2)` writes it.
    pub fn to_json_pretty(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(*value),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(value) => Some(value),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(value) => Some(value),
            _ => None,
        }
    }

    /// Whether arrays and objects lie in one another in more than so many levels.
    pub fn is_deeper_than(&self, levels: usize) -> bool {
        let deeper = |value: &Self| value.is_deeper_than(levels - 1);
        match self {
            Self::Array(values) => levels == 0 || values.iter().any(deeper),
            Self::Object(object) => levels == 0 || object.values().any(deeper),
            _ => false,
        }
    }

    /// The object to change, copied first if it is shared.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(value) => Some(Arc::make_mut(value)),
            _ => None,
        }
    }

    /// The array to change, copied first if it is shared.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Self>> {
        match self {
            Self::Array(value) => Some(Arc::make_mut(value)),
            _ => None,
        }
    }

    /// The property of an object or the element of an array (`"0"`), if it is there.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.get(key),
            Self::Array(values) => values.get(array_index(key)? as usize),
            _ => None,
        }
    }

    /// The value at a path of keys.
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |value, key| value.get(key))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Number(f64::from(value))
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Number(value as f64)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.into())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value.into())
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<Value>> for Value {
    fn from(values: Vec<Value>) -> Self {
        Self::array(values)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::object(object)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_small() {
        assert!(size_of::<Value>() <= 24, "{}", size_of::<Value>());
    }

    #[test]
    fn numbers_are_written_as_javascript_writes_them() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e21, "1e+21"),
            (1e-7, "1e-7"),
            (123_456_789_012_345_680_000.0, "123456789012345680000"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(Value::Number(number).to_json(), text);
        }
    }

    #[test]
    fn paths_reach_into_arrays_and_objects() {
        let value = Value::from_json(r#"{"a": [{"b": 1}]}"#).expect("JSON");
        assert_eq!(value.at(["a", "0", "b"]), Some(&Value::Number(1.0)));
        assert_eq!(value.at(["a", "1", "b"]), None);
    }

    #[test]
    fn changing_a_copy_leaves_the_original() {
        let original = Value::from_json(r#"{"a": 1}"#).expect("JSON");
        let mut copy = original.clone();
        copy.as_object_mut().expect("object").insert("a", Value::Null);
        assert_eq!(original.get("a"), Some(&Value::Number(1.0)));
    }
}
