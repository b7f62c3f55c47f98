//! A node's parameters, compiled: literals as they are, expressions parsed, the shape kept.

use indexmap::IndexMap;
use patchbay_model::{Scope, Text, Value};

use crate::NodeError;

/// An expression that was parsed once and is evaluated for each item. Implemented by the engine.
pub trait Evaluate: Send + Sync {
    /// The value for one item; `None` is undefined. Errors carry code, text and caret; the context adds node, parameter
    /// and item.
    fn evaluate(&self, scope: &Scope<'_>) -> Result<Option<Value>, NodeError>;

    /// As [`Evaluate::evaluate`], and beside the value the time of a JavaScript `Date`, which is text as a value:
    /// milliseconds since 1970, NaN for an invalid one.
    fn evaluate_with_date(&self, scope: &Scope<'_>) -> Result<(Option<Value>, Option<f64>), NodeError> {
        Ok((self.evaluate(scope)?, None))
    }

    /// The text as the file has it, `=` first.
    fn source(&self) -> &str;
}

/// One parameter, or a part of one.
pub enum Parameter {
    Literal(Value),
    Expression(Box<dyn Evaluate>),
    Object(IndexMap<Text, Parameter>),
    Array(Vec<Parameter>),
}

impl Parameter {
    /// The part of that name or number. The engine keeps objects and arrays as [`Parameter::Object`] and
    /// [`Parameter::Array`] down to their leaves, whether they hold expressions or not.
    pub fn part(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(parts) => parts.get(key),
            Self::Array(parts) => parts.get(key.parse::<usize>().ok()?),
            Self::Literal(_) | Self::Expression(_) => None,
        }
    }

    /// The value of a leaf that is not an expression.
    pub fn literal(&self) -> Option<&Value> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The elements of an array; none for anything else.
    pub fn elements(&self) -> &[Self] {
        match self {
            Self::Array(parts) => parts,
            _ => &[],
        }
    }

    /// The part at a path: `assignments.assignments.0.value`.
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, Self::part)
    }

    pub fn is_expression(&self) -> bool {
        matches!(self, Self::Expression(_))
    }

    /// The value for one item, all parts evaluated. Undefined parts of an object are left out, of an array they are null.
    pub fn resolve(&self, scope: &Scope<'_>) -> Result<Option<Value>, NodeError> {
        match self {
            Self::Literal(value) => Ok(Some(value.clone())),
            Self::Expression(expression) => expression.evaluate(scope),
            Self::Object(parts) => {
                let mut object = patchbay_model::Object::with_capacity(parts.len());
                for (key, part) in parts {
                    if let Some(value) = part.resolve(scope).map_err(|error| error.below(key))? {
                        object.insert(key.clone(), value);
                    }
                }
                Ok(Some(Value::object(object)))
            }
            Self::Array(parts) => {
                let mut values = Vec::with_capacity(parts.len());
                for (index, part) in parts.iter().enumerate() {
                    let value = part.resolve(scope).map_err(|error| error.below(&index.to_string()))?;
                    values.push(value.unwrap_or_default());
                }
                Ok(Some(Value::array(values)))
            }
        }
    }
}

/// A value as a parameter without expressions: what an expression gave for a whole group of parameters.
impl From<Value> for Parameter {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(object) => Self::Object(
                object
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::from(value.clone())))
                    .collect(),
            ),
            Value::Array(values) => Self::Array(values.iter().cloned().map(Self::from).collect()),
            value => Self::Literal(value),
        }
    }
}
