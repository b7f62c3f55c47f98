//! Dates: JavaScript's `Date`, and Luxon's `DateTime`, `Duration` and `Interval`.
//!
//! The rest of the crate knows [`Temporal`] and the four functions below, and nothing of calendars.

use patchbay_model::{Scope, Text, Value};

use crate::{Error, Js};

/// The classes that [`construct`] and [`call_static`] know.
pub const CLASSES: [&str; 6] = ["Date", "DateTime", "Duration", "Interval", "Info", "Settings"];

/// A date of any class. Cloning shares it: JavaScript's `Date` can change.
#[derive(Clone, Debug)]
pub enum Temporal {}

impl Temporal {
    /// As `JSON.stringify` writes it (`toJSON`): ISO text, null for an invalid date.
    pub fn to_value(&self) -> Value {
        match *self {}
    }

    /// `String(value)`.
    pub fn to_text(&self) -> Text {
        match *self {}
    }

    /// `Number(value)`, `valueOf`.
    pub fn to_number(&self) -> f64 {
        match *self {}
    }

    /// `ToPrimitive` with no wish: text for `Date`, `valueOf` for Luxon's.
    pub fn to_primitive(&self) -> Js {
        match *self {}
    }

    /// `Date`, `DateTime`, `Duration`, `Interval`: what `instanceof` and messages go by.
    pub fn class(&self) -> &'static str {
        match *self {}
    }

    /// `===`: the same object.
    pub fn is_same(&self, _other: &Self) -> bool {
        match *self {}
    }

    /// Where the shared object is, to tell it from others.
    pub fn address(&self) -> usize {
        match *self {}
    }
}

/// `new Class(…)`.
pub fn construct(class: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(format!("new {class}")))
}

/// `Class.name(…)`; `Date()` itself is called with the empty name.
pub fn call_static(class: &str, name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(format!("{class}.{name}")))
}

/// A property of a class that is no function: `DateTime.DATE_SHORT`.
pub fn get_static(_class: &str, _name: &str) -> Option<Js> {
    None
}

/// A property of a date that is no method; `None` where there is none.
pub fn get(_value: &Js, _name: &str, _scope: &Scope<'_>) -> Option<Js> {
    None
}

/// Whether the date has a method of this name.
pub fn has_method(_value: &Js, _name: &str) -> bool {
    false
}

/// A method of a date; a `TypeError` where there is none.
pub fn call(value: &Js, name: &str, _arguments: &[Js], _scope: &Scope<'_>) -> Result<Js, Error> {
    Err(Error::unsupported(format!("{}.{name}", value.type_of())))
}
