//! Reading arrays and objects, whichever variant holds them.

use std::slice;

use indexmap::map;
use patchbay_model::value::array_index;
use patchbay_model::{Text, Value};

use super::Js;

impl Js {
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    /// null or undefined.
    pub fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Json(Value::Null))
    }

    /// Everything but undefined, null, booleans, numbers and text.
    pub fn is_object(&self) -> bool {
        match self {
            Self::Undefined => false,
            Self::Json(value) => matches!(value, Value::Array(_) | Value::Object(_)),
            _ => true,
        }
    }

    pub fn is_array(&self) -> bool {
        matches!(self, Self::List(_) | Self::Json(Value::Array(_)))
    }

    /// An object with properties of its own, neither array, date nor function.
    pub fn is_plain_object(&self) -> bool {
        matches!(self, Self::Record(_) | Self::Json(Value::Object(_)))
    }

    pub fn is_function(&self) -> bool {
        matches!(self, Self::Function(function) if function.is_callable())
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Json(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Json(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Json(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// The elements of an array; `None` for everything else.
    pub fn elements(&self) -> Option<Elements<'_>> {
        match self {
            Self::Json(Value::Array(values)) => Some(Elements::Json(values.iter())),
            Self::List(values) => Some(Elements::Js(values.iter())),
            _ => None,
        }
    }

    /// The elements of an array as a list of their own.
    pub fn to_elements(&self) -> Option<Vec<Self>> {
        self.elements().map(Iterator::collect)
    }

    /// The length of an array.
    pub fn array_length(&self) -> Option<usize> {
        self.elements().map(|elements| elements.len())
    }

    /// The element of an array.
    pub fn element(&self, index: usize) -> Option<Self> {
        match self {
            Self::Json(Value::Array(values)) => values.get(index).cloned().map(Self::Json),
            Self::List(values) => values.get(index).cloned(),
            _ => None,
        }
    }

    /// The properties of a plain object, in order; `None` for everything else.
    pub fn entries(&self) -> Option<Entries<'_>> {
        match self {
            Self::Json(Value::Object(object)) => Some(Entries::Json(object.iter())),
            Self::Record(entries) => Some(Entries::Js(entries.iter())),
            _ => None,
        }
    }

    /// A property that an array, an object or a text itself holds: no methods, nothing inherited.
    pub fn own(&self, name: &str) -> Option<Self> {
        match self {
            Self::Json(Value::Object(object)) => object.get(name).cloned().map(Self::Json),
            Self::Record(entries) => entries.get(name).cloned(),
            Self::Json(Value::Array(_)) | Self::List(_) => match array_index(name) {
                Some(index) => self.element(index as usize),
                None if name == "length" => self.array_length().map(Self::count),
                None => None,
            },
            _ => None,
        }
    }
}

/// The elements of an array.
#[derive(Clone)]
pub enum Elements<'a> {
    Json(slice::Iter<'a, Value>),
    Js(slice::Iter<'a, Js>),
}

impl Iterator for Elements<'_> {
    type Item = Js;

    fn next(&mut self) -> Option<Js> {
        match self {
            Self::Json(values) => values.next().cloned().map(Js::Json),
            Self::Js(values) => values.next().cloned(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Json(values) => values.size_hint(),
            Self::Js(values) => values.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Elements<'_> {
    fn next_back(&mut self) -> Option<Js> {
        match self {
            Self::Json(values) => values.next_back().cloned().map(Js::Json),
            Self::Js(values) => values.next_back().cloned(),
        }
    }
}

impl ExactSizeIterator for Elements<'_> {}

/// The properties of an object.
#[derive(Clone)]
pub enum Entries<'a> {
    Json(map::Iter<'a, Text, Value>),
    Js(map::Iter<'a, Text, Js>),
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a Text, Js);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Json(entries) => entries.next().map(|(key, value)| (key, Js::Json(value.clone()))),
            Self::Js(entries) => entries.next().map(|(key, value)| (key, value.clone())),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Json(entries) => entries.size_hint(),
            Self::Js(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for Entries<'_> {}
