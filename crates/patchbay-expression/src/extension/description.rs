//! What an extension says of itself: its name, what it is for, its parameters, examples, and its code.

use patchbay_model::Scope;

use crate::{Error, Js};

/// One function that n8n adds to JavaScript. Each stands in a file of its own as `DESCRIPTION`.
pub struct Description {
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub about: &'static str,
    pub parameters: &'static [Parameter],
    /// Run as tests.
    pub examples: &'static [Example],
    pub body: Body,
}

/// A parameter of an extension.
pub struct Parameter {
    pub name: &'static str,
    pub about: &'static str,
    pub optional: bool,
}

impl Parameter {
    pub const fn required(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            optional: false,
        }
    }

    pub const fn optional(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            optional: true,
        }
    }
}

/// An expression, without braces, and what it gives.
pub struct Example(pub &'static str, pub Gives);

/// The result of an example.
pub enum Gives {
    /// A value as JSON text.
    Json(&'static str),
    Undefined,
    /// n8n's error.
    Error(&'static str),
}

/// The code of an extension; the variant is the type of the receiver.
#[derive(Clone, Copy)]
pub enum Body {
    /// null and undefined too.
    Any(fn(&Js, &Arguments<'_>) -> Result<Js, Error>),
    Text(fn(&str, &Arguments<'_>) -> Result<Js, Error>),
    Number(fn(f64, &Arguments<'_>) -> Result<Js, Error>),
    Boolean(fn(bool, &Arguments<'_>) -> Result<Js, Error>),
    /// The receiver is an array.
    Array(fn(&Js, &Arguments<'_>) -> Result<Js, Error>),
    /// The receiver is an object of any class but arrays and dates.
    Object(fn(&Js, &Arguments<'_>) -> Result<Js, Error>),
    /// The receiver is a `Date` or a `DateTime`.
    Date(fn(&Js, &Arguments<'_>) -> Result<Js, Error>),
    /// No receiver: a function of the scope.
    Function(fn(&Arguments<'_>) -> Result<Js, Error>),
}

/// The arguments of a call, and the scope that it was made in.
#[derive(Clone, Copy)]
pub struct Arguments<'a> {
    pub values: &'a [Js],
    pub scope: &'a Scope<'a>,
}

impl<'a> Arguments<'a> {
    /// The argument at a place; undefined where there is none.
    pub fn get(&self, index: usize) -> &'a Js {
        self.values.get(index).unwrap_or(&Js::Undefined)
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl Description {
    /// Whether it goes by this name.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}
