//! The collection `options` of a node: query options, and what patchbay adds to them, with or without the `$`, in any case. It
//! may be one expression, which then gives an object, or JSON text of one.
//!
//! What an option would be and is not is refused (E0418): a list without its filter is another list, and what follows may
//! delete what is in it.

use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Text, Value};

use super::extras::EXTRAS;
use crate::definition::fault::list;
use crate::definition::{Answer, Operation, Place};
use crate::value::Refusal;

pub const OPTIONS: &str = "options";
/// The code of what an operation does not have.
pub const NOT_SENT: &str = "E0418";

/// Whether `options` is the collection: an operation with a parameter of that name keeps it.
pub fn has_collection(operation: &Operation) -> bool {
    operation.parameter(OPTIONS).is_none()
}

/// The collection that a value is; none where it says nothing.
pub fn collection(value: &Value) -> Result<Option<Object>, Refusal> {
    let parsed = match value {
        Value::Null => return Ok(None),
        Value::Text(text) if text.trim().is_empty() => return Ok(None),
        Value::Text(text) => Value::from_json(text).ok(),
        value => Some(value.clone()),
    };
    let object = parsed.as_ref().and_then(Value::as_object);
    object.cloned().map(Some).ok_or_else(|| Refusal {
        code: NOT_SENT,
        message: format!(
            "`{OPTIONS}` wants a collection, not {}: nothing of it is sent",
            value.to_json()
        ),
        hints: vec!["write it as an object: `{\"$top\": 10}`".to_owned()],
    })
}

/// Whether a key of the collection is this option.
pub fn means(key: &str, option: &str) -> bool {
    key.trim_start_matches('$')
        .eq_ignore_ascii_case(option.trim_start_matches('$'))
}

/// An option in the collection; as it is written, if it is there so.
pub fn find<'a>(options: &'a Object, option: &str) -> Option<(&'a Text, &'a Value)> {
    let exactly = options.iter().find(|(key, _)| *key == option);
    exactly.or_else(|| options.iter().find(|(key, _)| means(key, option)))
}

/// What the collection has and the operation does not.
pub fn unknown<'a>(operation: &Operation, options: &'a Object) -> impl Iterator<Item = (&'a Text, &'a Value)> {
    let known = names(operation);
    options
        .iter()
        .filter(move |(key, _)| !known.iter().any(|known| means(key, known)))
}

/// n8n keeps what is empty of parameters that an operation does not have.
pub fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Text(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The refusal of such a key.
pub fn not_known(operation: &Operation, key: &str) -> Refusal {
    let all = names(operation);
    let own = &all[..all.len() - EXTRAS.len()];
    let hint = match nearest(key, all.iter().map(Text::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if own.is_empty() => "take it out: the operation has no options of its own".to_owned(),
        None if operation.answer == Answer::File => format!("it has {}", list(own)),
        None => format!("it has {}", list(&all)),
    };
    Refusal {
        code: NOT_SENT,
        message: format!("`{}` has no option `{key}`: it is not sent", operation.name),
        hints: vec![hint],
    }
}

/// The operation's own options, then those that patchbay adds.
fn names(operation: &Operation) -> Vec<Text> {
    let own = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place == Place::Query);
    let own = own.map(|parameter| parameter.name.clone());
    own.chain(EXTRAS.iter().map(|extra| extra.name.clone())).collect()
}
