//! `JSON.stringify` and `JSON.parse`.

use indexmap::IndexMap;
use patchbay_model::{Scope, Text, Value};

use super::call::invoke;
use super::check_length;
use crate::error::Kind;
use crate::script::{TOO_DEEP, json_text};
use crate::{Error, Js, Missing};

/// `JSON.stringify(value, replacer, indent)`; `None` for undefined.
pub fn stringify(value: &Js, replacer: &Js, indent: &Js, scope: &Scope<'_>) -> Result<Option<String>, Error> {
    let value = match (value, replacer) {
        (Js::Host(host), _) => host.to_object(scope)?,
        (value, Js::Function(_)) => {
            let value = replaced("", value.clone(), replacer, scope)?;
            replace_inside(value, replacer, scope)?
        }
        (value, replacer) => match replacer.elements() {
            Some(names) => {
                let names: Vec<Text> = names.map(|name| name.to_text()).collect();
                only_named(value, &names)
            }
            None => value.clone(),
        },
    };
    if has_to_json(&value) {
        return Err(Error::unsupported("a `toJSON` of the program's"));
    }
    let Some(value) = value.to_value(Missing::Dropped) else {
        return Ok(None);
    };
    let indent = match indent.as_number() {
        Some(count) => " ".repeat(count.clamp(0.0, 10.0) as usize),
        None => indent.as_str().unwrap_or_default().chars().take(10).collect(),
    };
    let text = if indent.is_empty() {
        value.to_json()
    } else {
        let mut text = String::new();
        write_indented(&value, &indent, 0, &mut text);
        text
    };
    check_length(text.len())?;
    Ok(Some(text))
}

fn replaced(key: &str, value: Js, replacer: &Js, scope: &Scope<'_>) -> Result<Js, Error> {
    let value = match value {
        Js::Temporal(temporal) => Js::Json(temporal.to_value()),
        value => value,
    };
    invoke(replacer, vec![Js::text(key), value], scope)
}

fn replace_inside(value: Js, replacer: &Js, scope: &Scope<'_>) -> Result<Js, Error> {
    if let Some(elements) = value.elements() {
        let elements = elements.enumerate().map(|(index, element)| {
            let element = replaced(&index.to_string(), element, replacer, scope)?;
            replace_inside(element, replacer, scope)
        });
        return Ok(Js::list(elements.collect::<Result<_, _>>()?));
    }
    if let Some(entries) = value.entries() {
        let entries = entries.map(|(key, value)| {
            let value = replaced(key, value, replacer, scope)?;
            Ok((key.clone(), replace_inside(value, replacer, scope)?))
        });
        return Ok(Js::record(entries.collect::<Result<_, Error>>()?));
    }
    Ok(value)
}

/// The value with none but these properties, in their order.
fn only_named(value: &Js, names: &[Text]) -> Js {
    if let Some(elements) = value.elements() {
        return Js::list(elements.map(|element| only_named(&element, names)).collect());
    }
    if value.is_plain_object() {
        let entries = names
            .iter()
            .filter_map(|name| Some((name.clone(), only_named(&value.own(name)?, names))));
        return Js::record(entries.collect::<IndexMap<_, _>>());
    }
    value.clone()
}

fn has_to_json(value: &Js) -> bool {
    match value {
        Js::List(values) => values.iter().any(has_to_json),
        Js::Record(entries) => entries.get("toJSON").is_some_and(Js::is_function) || entries.values().any(has_to_json),
        Js::Host(_) => true,
        _ => false,
    }
}

fn write_indented(value: &Value, indent: &str, depth: usize, text: &mut String) {
    let line = |depth: usize, text: &mut String| {
        text.push('\n');
        for _ in 0..depth {
            text.push_str(indent);
        }
    };
    match value {
        Value::Array(values) if !values.is_empty() => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                line(depth + 1, text);
                write_indented(value, indent, depth + 1, text);
            }
            line(depth, text);
            text.push(']');
        }
        Value::Object(object) if !object.is_empty() => {
            text.push('{');
            for (place, (key, value)) in object.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                line(depth + 1, text);
                text.push_str(&Value::Text(key.clone()).to_json());
                text.push_str(": ");
                write_indented(value, indent, depth + 1, text);
            }
            line(depth, text);
            text.push('}');
        }
        value => text.push_str(&value.to_json()),
    }
}

/// `JSON.parse(text)`.
pub(super) fn parse(text: &Text) -> Result<Js, Error> {
    Value::from_json(text)
        .map(Js::Json)
        .map_err(|_| match json_text::error_of(text) {
            Some(words) => Error::syntax(words),
            None => Error::of(Kind::Range, TOO_DEEP),
        })
}
