//! Reading of the parameters that both generations of the node share: lists of names and values, URLs, JSON texts.

use std::sync::Arc;

use patchbay_model::{Object, Scope, Text, Value};
use patchbay_node::{Context, NodeError, Parameter};

use super::NEW;

/// One entry of a list of names and values.
pub(crate) struct Entry {
    pub(crate) name: Text,
    /// `None` where the expression gave undefined: the entry is not sent.
    pub(crate) value: Option<Value>,
    /// A field of a form that is one of the item's files.
    pub(crate) file: Option<Text>,
    /// Which part of the request a page changes: `qs`, `headers`, `body`.
    pub(crate) part: Option<Text>,
}

/// The entries of the list at a path; what they see may be more than the item.
pub(crate) fn entries(context: &Context<'_>, path: &str, scope: &Scope<'_>) -> Result<Vec<Entry>, NodeError> {
    let owned;
    let list = if let Some(Parameter::Array(list)) = context.parameter(path) {
        list.as_slice()
    } else {
        owned = Parameter::from(context.value(path, scope.item_index)?);
        owned.elements()
    };
    let read = |parameter: &Parameter, key: &str| match parameter.part(key) {
        None => Ok(Some(Value::text(""))),
        Some(part) => {
            let value = part.resolve(scope);
            value.map_err(|error| error.below(key).below(path).item(scope.item_index))
        }
    };
    let text = |parameter: &Parameter, key: &str| {
        let value = read(parameter, key)?.filter(|value| !value.is_null());
        Ok::<_, NodeError>(value.map_or_else(Text::default, |value| value.to_text()))
    };
    list.iter()
        .map(|parameter| {
            let is_file = text(parameter, "parameterType")? == "formBinaryData";
            let part = text(parameter, "type")?;
            Ok(Entry {
                name: text(parameter, "name")?,
                value: if is_file { None } else { read(parameter, "value")? },
                file: if is_file {
                    Some(text(parameter, "inputDataFieldName")?)
                } else {
                    None
                },
                part: (!part.is_empty()).then_some(part),
            })
        })
        .collect()
}

/// The entries as an object. Of several with one name the last counts; from version 4.3 on they make a list.
pub(super) fn object_of(entries: Vec<Entry>, version: f64) -> Object {
    let mut object = Object::new();
    for Entry { name, value, .. } in entries {
        match object.get_mut(&name).filter(|_| version >= 4.3) {
            Some(known) => match known.as_array_mut() {
                Some(values) => values.extend(value),
                None => *known = Value::array(std::iter::once(std::mem::take(known)).chain(value).collect()),
            },
            None => drop(value.map(|value| object.insert(name, value))),
        }
    }
    object
}

/// The URL of an item, checked as n8n checks it.
pub(super) fn url(context: &Context<'_>, item: usize) -> Result<String, NodeError> {
    let fault = |message: String| {
        NodeError::new("E0921", message)
            .parameter("url")
            .hint("a URL is text like `https://example.com/path`")
    };
    let value = context.optional("url", item)?;
    let Some(Value::Text(url)) = &value else {
        let kind = match &value {
            None => "undefined",
            Some(Value::Null) => "null",
            Some(value) => value.type_of(),
        };
        return Err(fault(match (context.version() < NEW, kind) {
            (true, "undefined" | "null") => format!("Cannot read properties of {kind} (reading 'startsWith')"),
            (true, _) => "url.startsWith is not a function".to_owned(),
            (false, kind) => format!("URL parameter must be a string, got {kind}"),
        }));
    };
    if url.starts_with("http://") || url.starts_with("https://") {
        Ok(url.to_string())
    } else {
        Err(fault(format!(
            "Invalid URL: {url}. URL must start with \"http\" or \"https\"."
        )))
    }
}

/// The JSON text at a path; an expression may give null instead.
pub(super) fn json(context: &Context<'_>, path: &str, item: usize) -> Result<Value, NodeError> {
    let value = context.optional(path, item)?;
    if value.as_ref().is_some_and(Value::is_null) {
        return Ok(Value::Null);
    }
    let text = value.as_ref().and_then(Value::as_str);
    text.and_then(|text| Value::from_json(text).ok()).ok_or_else(|| {
        NodeError::new("E0922", "JSON parameter needs to be valid JSON")
            .parameter(path)
            .hint("put values of expressions into JSON with `JSON.stringify(…)`, or give one expression for the whole")
    })
}

/// A JSON value's entries as n8n takes them: an array's are named by their places; `None` for null.
pub(super) fn fields_of(value: Value) -> Option<Object> {
    match value {
        Value::Object(object) => Some(Arc::unwrap_or_clone(object)),
        Value::Array(values) => {
            let values = values.iter().enumerate();
            Some(
                values
                    .map(|(place, value)| (Text::from(place.to_string()), value.clone()))
                    .collect(),
            )
        }
        Value::Null => None,
        _ => Some(Object::new()),
    }
}

/// A number of an option that may be absent.
pub(super) fn optional_number(context: &Context<'_>, path: &str, item: usize) -> Result<Option<f64>, NodeError> {
    if context.optional(path, item)?.is_some_and(|value| !value.is_null()) {
        context.number(path, item).map(Some)
    } else {
        Ok(None)
    }
}

/// Milliseconds that a request may take; 0 is no bound.
pub(super) fn timeout(context: &Context<'_>, item: usize, otherwise: Option<f64>) -> Result<Option<f64>, NodeError> {
    Ok(match context.optional("options.timeout", item)? {
        Some(given) if !given.is_null() => {
            if given.truthy() {
                Some(context.number("options.timeout", item)?).filter(|timeout| *timeout != 0.0)
            } else {
                None
            }
        }
        _ => otherwise,
    })
}

/// A flag that holds unless the workflow says otherwise.
pub(super) fn flag(context: &Context<'_>, path: &str, item: usize, otherwise: bool) -> Result<bool, NodeError> {
    Ok(context.optional(path, item)?.map_or(otherwise, |value| value.truthy()))
}
