//! n8n's expressions: text with `{{ JavaScript }}` in it, parsed once and evaluated for each item.
//!
//! A native evaluator runs what it knows; QuickJS runs the rest, with limits, and nothing outside this
//! crate can tell which one it was but by asking [`Expression::evaluator`]. Both give n8n's answer.
//!
//! The crate leaves it to the engine when and for which item an expression is evaluated, and never
//! reaches the network, the disk, the environment or the clock by itself: see `patchbay_model::Environment`.

pub mod date;
mod depth;
mod error;
mod explain;
pub mod extension;
pub mod host;
pub mod intl;
pub mod js;
pub mod native;
pub mod program;
mod refusal;
pub mod script;
mod syntax;
mod template;

pub use error::{Error, Fault, Kind};
pub use explain::Explanation;
pub use js::{Js, Missing};

use date::Temporal;
use patchbay_model::{Scope, Text, Value};

use program::Program;

/// An expression, parsed.
#[derive(Debug)]
pub struct Expression {
    source: Text,
    parts: Box<[Part]>,
    /// See [`Program::unprintable`].
    unprintable: bool,
}

#[derive(Debug)]
enum Part {
    Text(Text),
    Program(Program),
}

/// What an expression gave for a node's parameter.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// `None` is undefined.
    pub value: Option<Value>,
    /// The time of a JavaScript `Date`, whose value is text: milliseconds since 1970, NaN for an invalid one.
    pub date: Option<f64>,
}

impl From<Option<Value>> for Evaluated {
    fn from(value: Option<Value>) -> Self {
        Self { value, date: None }
    }
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
        let text = source.strip_prefix('=').unwrap_or(source);
        let lead = source.len() - text.len();
        refusal::check_text(text)?;
        let parts = template::split(text).into_iter().map(|part| {
            Ok(match part {
                template::Part::Text(text) => Part::Text(text.as_ref().into()),
                template::Part::Code { source, offset } => Part::Program(Program::parse(&source, offset + lead)?),
            })
        });
        let parts = parts.collect::<Result<Box<[Part]>, Error>>()?;
        let unprintable = |part: &Part| matches!(part, Part::Program(program) if program.unprintable);
        Ok(Self {
            unprintable: parts.iter().any(unprintable),
            parts,
            source: source.into(),
        })
    }

    /// The value for one item; `None` is undefined. Inside of the value what is undefined is left out.
    pub fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, Error> {
        Ok(self.evaluate_with(scope, Missing::Dropped)?.0)
    }

    /// The value, and which evaluator gave it; `missing` says what becomes of undefined inside of it.
    pub fn evaluate_with(&self, scope: &Scope<'_>, missing: Missing) -> Result<(Option<Value>, Evaluator), Error> {
        let mut evaluator = Evaluator::Native;
        let value = self.run(scope, &mut evaluator)?;
        Ok((self.value_of(value, scope, missing)?, evaluator))
    }

    fn value_of(&self, value: Js, scope: &Scope<'_>, missing: Missing) -> Result<Option<Value>, Error> {
        let value = match value {
            Js::Json(value) => return Ok(Some(value)),
            Js::Function(function) if function.is_callable() => return Err(self.function_as_value(function.name())),
            Js::Host(host) if host.is_callable() => return Err(self.function_as_value("")),
            value => expand_hosts(&value, scope)?,
        };
        Ok(value.to_value(missing))
    }

    /// The value of a node's parameter. n8n makes text of Luxon's dates there, of an invalid one too; and a node sees what
    /// JSON does not tell: that the value is a JavaScript `Date`.
    pub fn evaluate_parameter(&self, scope: &Scope<'_>) -> Result<Evaluated, Error> {
        Ok(match self.run(scope, &mut Evaluator::Native)? {
            Js::Json(value) => Evaluated::from(Some(value)),
            Js::Temporal(Temporal::DateTime(date)) if !date.is_valid() => Evaluated::from(Some(date.to_text().into())),
            Js::Temporal(Temporal::Date(time)) => Evaluated {
                value: Temporal::Date(time.clone()).to_value().into(),
                date: Some(time.get()),
            },
            value => Evaluated::from(self.value_of(value, scope, Missing::Dropped)?),
        })
    }

    /// The value as JavaScript has it.
    pub(crate) fn evaluate_js(&self, scope: &Scope<'_>) -> Result<Js, Error> {
        self.run(scope, &mut Evaluator::Native)
    }

    fn run(&self, scope: &Scope<'_>, evaluator: &mut Evaluator) -> Result<Js, Error> {
        if self.unprintable {
            return Ok(Js::Undefined);
        }
        let mut program = |program: &Program| -> Result<Js, Error> {
            let (value, used) = program.evaluate(scope)?;
            if used == Evaluator::QuickJs {
                *evaluator = used;
            }
            Ok(value)
        };
        if let [Part::Program(only)] = &*self.parts {
            return program(only);
        }
        let mut text = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Program(part) => push_joined(&mut text, &program(part)?),
            }
        }
        Ok(Js::text(text))
    }

    /// Which evaluator the expression runs in as far as can be told before it runs.
    pub fn evaluator(&self) -> Evaluator {
        let is_left = |part: &Part| matches!(part, Part::Program(program) if program.left_to_quickjs.is_some());
        if self.parts.iter().any(is_left) {
            Evaluator::QuickJs
        } else {
            Evaluator::Native
        }
    }

    /// The text as it was given.
    pub fn source(&self) -> &str {
        &self.source
    }

    fn function_as_value(&self, name: &str) -> Error {
        let error = if matches!(name, "DateTime") {
            Error::new("this is a DateTime, please access its methods")
        } else {
            Error::new("this is a function, please add ()")
        };
        error.code("E0211").within((0, self.source.len()))
    }
}

/// Adds a value to joined text as n8n does: what is nothing (undefined, null, NaN) adds nothing.
fn push_joined(text: &mut String, value: &Js) {
    match value {
        Js::Undefined | Js::Json(Value::Null) => {}
        Js::Json(Value::Number(number)) if number.is_nan() => {}
        Js::Json(Value::Text(value)) => text.push_str(value),
        value => text.push_str(&value.to_text()),
    }
}

/// The value with objects of the scope as objects that hold what they stand for.
fn expand_hosts(value: &Js, scope: &Scope<'_>) -> Result<Js, Error> {
    Ok(match value {
        Js::Host(host) => host.to_object(scope)?,
        Js::List(values) => Js::list(
            values
                .iter()
                .map(|value| expand_hosts(value, scope))
                .collect::<Result<_, _>>()?,
        ),
        Js::Record(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| Ok((key.clone(), expand_hosts(value, scope)?)));
            Js::record(entries.collect::<Result<_, Error>>()?)
        }
        other => other.clone(),
    })
}
