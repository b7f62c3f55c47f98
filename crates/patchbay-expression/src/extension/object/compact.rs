//! `object.compact`: an object without what says nothing.

use indexmap::IndexMap;
use patchbay_model::Value;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "compact",
    aliases: &[],
    about: "The object without properties that are null, undefined, `''`, `'nil'` or empty, at any depth",
    parameters: &[],
    examples: &[
        Example(
            "({ a: null, b: '', c: 0, d: { e: undefined, f: 1 } }).compact()",
            Gives::Json("{\"c\":0,\"d\":{\"f\":1}}"),
        ),
        // Arrays inside become objects.
        Example("({ a: [null, 1] }).compact()", Gives::Json("{\"a\":{\"1\":1}}")),
    ],
    body: Body::Object(|object, _| Ok(compact_object(object))),
};

/// Whether a value says something. Dates do not: they have no properties.
pub fn is_kept(value: &Js) -> bool {
    match value {
        Js::Undefined | Js::Json(Value::Null) => false,
        Js::Json(Value::Text(text)) => !text.is_empty() && text != "nil",
        Js::Json(Value::Bool(_) | Value::Number(_)) | Js::Function(_) | Js::Host(_) => true,
        Js::Temporal(date) => date.class() != "Date",
        value => match (value.array_length(), value.entries()) {
            (Some(length), _) => length > 0,
            (None, Some(entries)) => entries.len() > 0,
            (None, None) => false,
        },
    }
}

/// An object of what says something; an array becomes an object of its indices.
pub fn compact_object(value: &Js) -> Js {
    let kept = |(key, value): (_, Js)| is_kept(&value).then(|| (key, compact_object(&value)));
    if let Some(entries) = value.entries() {
        let entries = entries.map(|(key, value)| (key.clone(), value));
        return Js::record(entries.filter_map(kept).collect::<IndexMap<_, _>>());
    }
    match value.elements() {
        Some(elements) => {
            let entries = elements
                .enumerate()
                .map(|(index, value)| (index.to_string().into(), value));
            Js::record(entries.filter_map(kept).collect::<IndexMap<_, _>>())
        }
        None if matches!(value, Js::Json(_) | Js::Undefined | Js::Function(_) | Js::Temporal(_)) => value.clone(),
        // Its properties, of which it has none of its own.
        None => Js::record(IndexMap::new()),
    }
}
