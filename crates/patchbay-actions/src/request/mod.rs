//! From an operation and the values of its parameters to a request: only what is set is in it.
//!
//! Where the values come from in a workflow's node is [`gather`]'s affair; sending is left to [`crate::run`].

pub mod gather;

use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::Effect;

use crate::definition::{Kind, Operation, Parameter, Place, Version};
use crate::odata;
use crate::value::{Refusal, coerce, wanted};

/// A request, but for its host and its authorization.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub method: Text,
    /// Percent-encoded, below the connection's path.
    pub path: String,
    /// Not yet encoded.
    pub query: Vec<(Text, Text)>,
    pub headers: Vec<(Text, Text)>,
    /// JSON; `None` for an operation without a body.
    pub body: Option<Value>,
    pub effect: Effect,
}

/// The value of a parameter, and where the node has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// `options.$filter`.
    pub path: Text,
    /// `None` where an expression gave undefined.
    pub value: Option<Value>,
}

/// What a request is made for.
#[derive(Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The version of the service, if it is known.
    pub version: Option<&'a Version>,
    /// IANA name of the zone of dates without one.
    pub timezone: &'a str,
}

/// Makes the request; `values` are those of the operation's parameters, in their order.
pub fn build(
    operation: &Operation,
    values: &[Option<Given>],
    circumstances: Circumstances,
) -> Result<Draft, NodeError> {
    let mut names = serde_json::Map::new();
    let mut draft = Draft {
        method: operation.method.clone(),
        path: String::new(),
        query: Vec::new(),
        headers: Vec::new(),
        body: operation.body.then(|| Value::object(Object::new())),
        effect: operation.effect,
    };
    for (parameter, given) in operation.parameters.iter().zip(values) {
        let path = given.as_ref().map_or(&parameter.name, |given| &given.path);
        let refuse = |refusal: Refusal| refusal.into_error(path);
        let value = match given {
            Some(Given { value: Some(value), .. }) => {
                coerce(parameter, value, circumstances.timezone).map_err(refuse)?
            }
            _ => None,
        };
        let Some(value) = value else {
            if parameter.required {
                return Err(refuse(missing(operation, parameter, given.is_some())));
            }
            continue;
        };
        check_life(parameter, &value, circumstances.version).map_err(refuse)?;
        match parameter.place {
            Place::Path => drop(names.insert(parameter.name.to_string(), (&value).into())),
            Place::Query => draft
                .query
                .push((parameter.name.clone(), query_text(parameter, &value))),
            Place::Header => draft.headers.push((parameter.name.clone(), value.to_text())),
            Place::Content => draft.body = Some(value),
            Place::Body => {
                if let Some(body) = draft.body.as_mut().and_then(Value::as_object_mut) {
                    body.insert(parameter.name.clone(), value);
                }
            }
        }
    }
    draft.path = operation.path.render(names).map_err(|error| {
        NodeError::new(
            "E0419",
            format!(
                "the path of `{}` can not be written: {}",
                operation.name,
                error.reason()
            ),
        )
    })?;
    Ok(draft)
}

/// A required parameter is not there, or is empty.
pub fn missing(operation: &Operation, parameter: &Parameter, given: bool) -> Refusal {
    let message = if given {
        format!("`{}` of `{}` has no value", parameter.name, operation.name)
    } else {
        format!("`{}` wants `{}`, which is not set", operation.name, parameter.name)
    };
    let mut hints = vec![format!("set `{}` to {}", parameter.name, wanted(parameter))];
    if given {
        hints.push("if it is an expression: does the field that it reads exist in the item?".to_owned());
    }
    Refusal {
        code: "E0412",
        message,
        hints,
    }
}

/// Refuses what the version of the service does not have.
fn check_life(parameter: &Parameter, value: &Value, version: Option<&Version>) -> Result<(), Refusal> {
    let Some(version) = version else { return Ok(()) };
    let refusal = |what: String, life: String| Refusal {
        code: "E0416",
        message: format!("version {version} of the service has no {what}"),
        hints: vec![format!("it is there {life}")],
    };
    if !parameter.life.includes(version) {
        return Err(refusal(format!("`{}`", parameter.name), parameter.life.to_string()));
    }
    let newer = parameter
        .newer_values
        .iter()
        .find(|(newer, since)| value.as_str() == Some(newer) && version < since);
    match newer {
        Some((value, since)) => Err(refusal(
            format!("`{value}` for `{}`", parameter.name),
            format!("since {since}"),
        )),
        None => Ok(()),
    }
}

fn query_text(parameter: &Parameter, value: &Value) -> Text {
    match value {
        // OData's free text search takes words; a phrase must be in quotes.
        Value::Text(text) if parameter.name == "$search" => odata::search_phrase(text).into(),
        Value::Text(text) if parameter.kind == Kind::String => text.trim().into(),
        Value::Array(_) | Value::Object(_) => value.to_json().into(),
        value => value.to_text(),
    }
}

impl Draft {
    /// Path and query, percent-encoded.
    pub fn target(&self) -> String {
        let mut target = self.path.clone();
        for (place, (name, value)) in self.query.iter().enumerate() {
            target.push(if place == 0 { '?' } else { '&' });
            target.push_str(&odata::encode_query(name));
            target.push('=');
            target.push_str(&odata::encode_query(value));
        }
        target
    }

    /// Sets a query option, in place of the one of that name.
    pub fn set_query(&mut self, name: &str, value: impl Into<Text>) {
        let value = value.into();
        match self.query.iter_mut().find(|(known, _)| known == name) {
            Some(option) => option.1 = value,
            None => self.query.push((name.into(), value)),
        }
    }
}
