//! Values while an expression is evaluated: JSON, and what only JavaScript has.
//!
//! What can be JSON is [`Js::Json`], so data passes through an expression without a copy; [`Js::List`] and
//! [`Js::Record`] are for arrays and objects that hold something that is not JSON (a date, undefined, a
//! function). [`Js::list`] and [`Js::record`] choose the right one: nobody builds the variants by hand, and
//! nobody matches on them to read: [`Js::elements`], [`Js::entries`] and [`Js::own`] read either.
//!
//! Arrays and objects do not change once made. What changes one in JavaScript makes a new one here where
//! nobody else can see it, and is left to QuickJS elsewhere. Only dates, maps, sets and regular expressions
//! have state of their own.
//!
//! Methods are left to `native::method`, dates to [`crate::date`], what the scope holds to [`crate::host`].

mod access;
mod collection;
mod compare;
mod convert;
mod function;
mod regular_expression;
mod sort;

use std::rc::Rc;

use indexmap::IndexMap;
use patchbay_model::value::array_index;
use patchbay_model::{Object, Text, Value};

pub use access::{Elements, Entries};
pub use collection::Collection;
pub use compare::compare_text;
pub use convert::Missing;
pub use function::Function;
pub use regular_expression::{Pattern, RegularExpression};
pub use sort::sort_by;

use crate::date::Temporal;
use crate::error::Kind;
use crate::host::Host;

/// One value of an expression. Cloning one never copies what it holds.
#[derive(Clone, Debug, Default)]
pub enum Js {
    #[default]
    Undefined,
    /// null, booleans, numbers, text, and arrays and objects of nothing but JSON.
    Json(Value),
    List(Rc<Vec<Js>>),
    Record(Rc<IndexMap<Text, Js>>),
    Function(Rc<Function>),
    RegularExpression(Rc<RegularExpression>),
    Map(Rc<Collection>),
    Set(Rc<Collection>),
    /// A JavaScript `Error` that was caught or made, not one that is on its way.
    Error(Rc<ErrorObject>),
    /// An object of n8n's scope: `$input`, `$('Node')`, …
    Host(Host),
    /// JavaScript's `Date` and Luxon's `DateTime`, `Duration`, `Interval`.
    Temporal(Temporal),
}

/// A JavaScript `Error` as an expression can look at it.
#[derive(Clone, Debug)]
pub struct ErrorObject {
    pub kind: Kind,
    pub message: Text,
}

impl ErrorObject {
    /// `TypeError`, `Error`, …
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }
}

impl Js {
    pub const NULL: Self = Self::Json(Value::Null);
    pub const TRUE: Self = Self::Json(Value::Bool(true));
    pub const FALSE: Self = Self::Json(Value::Bool(false));

    pub fn text(text: impl Into<Text>) -> Self {
        Self::Json(Value::Text(text.into()))
    }

    pub fn number(number: impl Into<f64>) -> Self {
        Self::Json(Value::Number(number.into()))
    }

    /// A length or an index.
    pub fn count(count: usize) -> Self {
        Self::Json(Value::Number(count as f64))
    }

    pub const fn boolean(value: bool) -> Self {
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

    /// An object; its keys come into JavaScript's order.
    pub fn record(mut entries: IndexMap<Text, Self>) -> Self {
        if entries.values().all(|value| matches!(value, Self::Json(_))) {
            let entries = entries.into_iter().filter_map(|(key, value)| match value {
                Self::Json(value) => Some((key, value)),
                _ => None,
            });
            return Self::Json(Value::object(entries.collect::<Object>()));
        }
        if entries.keys().any(|key| array_index(key).is_some()) {
            // Stable: keys that are no indices stay in their order.
            entries.sort_by_key(|key, _| array_index(key).map_or(u64::MAX, u64::from));
        }
        Self::Record(Rc::new(entries))
    }

    /// `value`, undefined for `None`.
    pub fn optional(value: Option<impl Into<Self>>) -> Self {
        value.map_or(Self::Undefined, Into::into)
    }
}

impl<T: Into<Value>> From<T> for Js {
    fn from(value: T) -> Self {
        Self::Json(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_small() {
        assert!(size_of::<Js>() <= 32, "{}", size_of::<Js>());
    }

    #[test]
    fn what_is_json_becomes_json() {
        assert!(matches!(
            Js::list(vec![Js::NULL, Js::number(1)]),
            Js::Json(Value::Array(_))
        ));
        assert!(matches!(Js::list(vec![Js::Undefined]), Js::List(_)));
    }

    #[test]
    fn keys_that_are_indices_come_first() {
        let entries = [("b", Js::Undefined), ("2", Js::NULL), ("a", Js::NULL), ("1", Js::NULL)];
        let record = Js::record(entries.into_iter().map(|(key, value)| (key.into(), value)).collect());
        let keys: Vec<Text> = record
            .entries()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect();
        assert_eq!(keys, ["1", "2", "b", "a"]);
    }
}
