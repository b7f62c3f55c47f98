//! Values while an expression is evaluated: JSON, and what only JavaScript has.
//!
//! What can be JSON is [`Js::Json`], so data passes through an expression without a copy; [`Js::List`] and
//! [`Js::Record`] are for arrays and objects that hold something that is not JSON (a date, undefined, a
//! function). [`Js::list`] and [`Js::record`] choose the right one: nobody builds the variants by hand.

use std::rc::Rc;

use indexmap::IndexMap;
use patchbay_model::{Object, Text, Value};

/// One value of an expression.
#[derive(Clone, Debug, Default)]
pub enum Js {
    #[default]
    Undefined,
    /// null, booleans, numbers, text, and arrays and objects of nothing but JSON.
    Json(Value),
    List(Rc<Vec<Js>>),
    Record(Rc<IndexMap<Text, Js>>),
}

impl Js {
    pub const NULL: Self = Self::Json(Value::Null);

    pub fn text(text: impl Into<Text>) -> Self {
        Self::Json(Value::Text(text.into()))
    }

    pub fn number(number: impl Into<f64>) -> Self {
        Self::Json(Value::Number(number.into()))
    }

    pub fn boolean(value: bool) -> Self {
        Self::Json(Value::Bool(value))
    }

    /// An array.
    pub fn list(values: Vec<Self>) -> Self {
        if values.iter().all(|value| matches!(value, Self::Json(_))) {
            let values = values.into_iter().filter_map(|value| match value {
                Self::Json(value) => Some(value),
                _ => None,
            });
            return Self::Json(Value::array(values.collect()));
        }
        Self::List(Rc::new(values))
    }

    /// An object.
    pub fn record(entries: IndexMap<Text, Self>) -> Self {
        if entries.values().all(|value| matches!(value, Self::Json(_))) {
            let entries = entries.into_iter().filter_map(|(key, value)| match value {
                Self::Json(value) => Some((key, value)),
                _ => None,
            });
            return Self::Json(Value::object(entries.collect::<Object>()));
        }
        Self::Record(Rc::new(entries))
    }
}

impl<T: Into<Value>> From<T> for Js {
    fn from(value: T) -> Self {
        Self::Json(value.into())
    }
}
