//! Edit Fields by JSON: text in which each `{{ }}` is replaced by its value, objects and arrays written as JSON, before
//! the whole is read.

use std::sync::Arc;

use patchbay_expression::Expression;
use patchbay_model::{Item, Object, Value};
use patchbay_node::{Context, NodeError, Parameter};

use crate::json;
use crate::path::Path;

/// JSON text of the parameter's default, which is JSON text itself.
pub const DEFAULT: &str = r#""{\n  \"my_field_1\": \"value\",\n  \"my_field_2\": 1\n}""#;

/// The parameter `jsonOutput`.
pub struct Raw<'run>(Template<'run>);

impl<'run> Raw<'run> {
    pub fn compile(context: &Context<'run>) -> Result<Self, NodeError> {
        let template = match context.parameter("jsonOutput") {
            Some(parameter) => Template::compile(parameter, "jsonOutput")?,
            None => Template::Fixed(context.value("jsonOutput", 0)?),
        };
        Ok(Self(template))
    }

    /// Sets each field of the JSON for one item.
    pub fn fill(&self, context: &Context<'_>, item: usize, dots: bool, target: &mut Object) -> Result<(), NodeError> {
        let subject = format!("The 'JSON Output' in item {item}");
        let failed = |failure: Failure| failure.into_error(&subject, "jsonOutput", item);
        match self.0.object(context, "jsonOutput", item).map_err(failed)? {
            Value::Object(fields)
                if target.is_empty() && (!dots || fields.keys().all(|key| !key.contains(['.', '[']))) =>
            {
                *target = Arc::unwrap_or_clone(fields);
                Ok(())
            }
            Value::Object(fields) => {
                for (key, value) in fields.iter() {
                    Path::new(key, dots).set(target, Some(value.clone()));
                }
                Ok(())
            }
            _ => Err(NodeError::new("E0324", "Cannot convert undefined or null to object")
                .parameter("jsonOutput")
                .item(item)
                .hint("The expression gave nothing: it must give an object")),
        }
    }
}

/// The item that goes on where one failed.
pub fn failed(error: &NodeError, item: usize) -> Item {
    let json: Object = [("error", error.error.message.clone())].into_iter().collect();
    Item::new(json).paired_with(item)
}

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
    json::parse_or_mend(text).ok_or_else(|| Failure::NotJson(text.to_owned()))
}

fn evaluate(parts: &[Part], context: &Context<'_>, item: usize) -> Result<Value, Failure> {
    let scope = context.scope_for(item);
    let value_of = |expression: &Expression| {
        expression
            .evaluate(&scope)
            .map_err(|error| Failure::Other(from_expression(&error)))
    };
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
