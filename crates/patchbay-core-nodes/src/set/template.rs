//! Text in which each `{{ }}` is replaced by its value, objects and arrays written as JSON, before the whole is read: the
//! JSON of Edit Fields, and the template of the node HTML.

use patchbay_expression::Expression;
use patchbay_model::Value;
use patchbay_node::{Context, NodeError, Parameter};

use crate::json;

/// JSON with expressions in it.
pub enum Template<'run> {
    Fixed(Value),
    Parts(Vec<Part>),
    /// A parameter of another shape: an object that the file has as one.
    Other(&'run Parameter),
}

pub enum Part {
    Text(String),
    Expression(Expression),
}

/// Why there is no object.
pub enum Failure {
    NotJson(String),
    NotAnObject,
    Other(NodeError),
}

impl Failure {
    /// The error; `subject` says of what.
    pub fn into_error(self, subject: &str, parameter: &str, item: usize) -> NodeError {
        let error = match self {
            Self::NotJson(text) => {
                NodeError::new("E0322", format!("{subject} contains invalid JSON")).description(text)
            }
            Self::NotAnObject => NodeError::new("E0323", format!("{subject} does not contain a valid JSON object")),
            Self::Other(error) => return error.below(parameter).item(item),
        };
        error.parameter(parameter).item(item)
    }
}

impl<'run> Template<'run> {
    /// Takes the text apart; each expression is parsed once.
    pub fn compile(parameter: &'run Parameter, path: &str) -> Result<Self, NodeError> {
        Ok(match parameter {
            Parameter::Literal(value) => Self::Fixed(value.clone()),
            Parameter::Expression(expression) => {
                let source = expression.source();
                let parts = parts(source.strip_prefix('=').unwrap_or(source));
                Self::Parts(parts.map_err(|error| from_expression(&error).parameter(path))?)
            }
            other => Self::Other(other),
        })
    }

    /// As [`Template::compile`], for text that may hold `{{ }}` without a `=` before it.
    pub fn of_text(parameter: &'run Parameter, path: &str) -> Result<Self, NodeError> {
        match parameter {
            Parameter::Literal(Value::Text(text)) => {
                let parts = parts(text).map_err(|error| from_expression(&error).parameter(path))?;
                Ok(Self::Parts(parts))
            }
            other => Self::compile(other, path),
        }
    }

    /// The value of one of the expressions for an item; `None` is undefined.
    pub fn value(expression: &Expression, context: &Context<'_>, item: usize) -> Result<Option<Value>, NodeError> {
        expression
            .evaluate(&context.scope_for(item))
            .map_err(|error| from_expression(&error))
    }

    /// The object for one item, or null.
    pub fn object(&self, context: &Context<'_>, path: &str, item: usize) -> Result<Value, Failure> {
        let value = match self {
            Self::Fixed(Value::Text(text)) => read(text)?,
            Self::Fixed(value) => value.clone(),
            Self::Other(parameter) => {
                let value = context.resolve(parameter, path, item).map_err(Failure::Other)?;
                value.unwrap_or_default()
            }
            Self::Parts(parts) => evaluate(parts, context, item)?,
        };
        match value {
            Value::Object(_) | Value::Null => Ok(value),
            _ => Err(Failure::NotAnObject),
        }
    }
}

fn read(text: &str) -> Result<Value, Failure> {
    json::parse_or_mend(text).ok_or_else(|| {
        if is_plain(text) {
            Failure::NotAnObject
        } else {
            Failure::NotJson(text.to_owned())
        }
    })
}

/// Text without anything of JSON: n8n mends it to a text, which is no object.
fn is_plain(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains(['"', '\'', '`', '{', '}', '[', ']', '(', ')'])
}

fn evaluate(parts: &[Part], context: &Context<'_>, item: usize) -> Result<Value, Failure> {
    let value_of = |expression: &Expression| Template::value(expression, context, item).map_err(Failure::Other);
    // One expression and nothing else: an object need not become text.
    if let [Part::Expression(expression)] = parts {
        return match value_of(expression)? {
            None | Some(Value::Null) => Ok(Value::Null),
            Some(Value::Text(text)) => read(&text),
            Some(value) => Ok(value),
        };
    }
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Expression(expression) => match value_of(expression)? {
                None => text.push_str("undefined"),
                Some(value @ (Value::Array(_) | Value::Object(_))) => text.push_str(&value.to_json()),
                Some(value) => text.push_str(&value.to_text()),
            },
        }
    }
    read(&text)
}

/// The text between `{{` and the next `}}` is an expression, as n8n parts such text.
fn parts(source: &str) -> Result<Vec<Part>, patchbay_expression::Error> {
    let mut parts = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find("{{") {
        let Some(length) = rest[start + 2..].find("}}") else {
            break;
        };
        let end = start + 2 + length + 2;
        if start > 0 {
            parts.push(Part::Text(rest[..start].to_owned()));
        }
        parts.push(Part::Expression(Expression::parse(&format!("={}", &rest[start..end]))?));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest.to_owned()));
    }
    Ok(parts)
}

fn from_expression(error: &patchbay_expression::Error) -> NodeError {
    let mut failed = NodeError::new(error.code, error.message.clone());
    failed.error.description.clone_from(&error.description);
    failed.error.hints.clone_from(&error.hints);
    failed
}
