//! n8n's expressions: text with `{{ JavaScript }}` in it, parsed once and evaluated for each item.
//!
//! A native evaluator runs what it knows; QuickJS runs the rest, with limits, and nothing outside this
//! crate can tell which one it was but by asking [`Expression::evaluator`]. Both give n8n's answer.
//!
//! The crate leaves it to the engine when and for which item an expression is evaluated, and never
//! reaches the network, the disk, the environment or the clock by itself: see `patchbay_model::Environment`.

pub mod date;
mod error;
pub mod extension;
pub mod host;
pub mod intl;
pub mod js;
pub mod native;
pub mod program;
pub mod script;

pub use error::{Error, Fault, Kind};
pub use js::{Js, Missing};

use patchbay_model::{Scope, Value};

/// An expression, parsed.
#[derive(Debug)]
pub struct Expression {
    source: String,
}

/// Which evaluator an expression runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluator {
    Native,
    QuickJs,
}

/// Whether a parameter's text is an expression: it begins with `=`.
pub fn is_expression(text: &str) -> bool {
    text.starts_with('=')
}

impl Expression {
    /// Parses the text of a parameter, the leading `=` included. Also recognises `<<$…>>`.
    pub fn parse(source: &str) -> Result<Self, Error> {
        Ok(Self {
            source: source.to_owned(),
        })
    }

    /// The value for one item; `None` is undefined.
    pub fn evaluate(&self, _scope: &Scope<'_>) -> Result<Option<Value>, Error> {
        Err(Error::new(format!("cannot evaluate {} yet", self.source)))
    }

    pub fn evaluator(&self) -> Evaluator {
        Evaluator::Native
    }

    /// The text as it was given.
    pub fn source(&self) -> &str {
        &self.source
    }
}
