//! How lists and objects are written into a query, and into the fields of a form.

use patchbay_model::{Text, Value};

use crate::definition::{Kind, Parameter, Style};
use crate::odata;

/// A value as options of the query.
pub fn in_query(parameter: &Parameter, value: &Value) -> Vec<(Text, Text)> {
    if let (Value::Array(parts), Some(mark)) = (value, mark(parameter.style)) {
        return vec![(parameter.sent_name.clone(), joined(parts, mark))];
    }
    let text = |value: &Value| match value {
        // OData's free text search takes words; a phrase must be in quotes.
        Value::Text(text) if parameter.name == "$search" => odata::search_phrase(text).into(),
        Value::Text(text) if parameter.kind == Kind::String => text.trim().into(),
        value => plain_or_json(value),
    };
    let pairs = pairs(&parameter.sent_name, parameter.style, value).into_iter();
    pairs.map(|(name, value)| (name, text(&value))).collect()
}

/// A value as fields of a form: what has no form of its own there is one field as it is.
pub fn pairs(name: &Text, style: Style, value: &Value) -> Vec<(Text, Value)> {
    match (value, style) {
        (Value::Array(parts), Style::Repeat | Style::Spread) => {
            parts.iter().map(|part| (name.clone(), part.clone())).collect()
        }
        (Value::Object(entries), Style::Spread) => entries
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        (Value::Array(_) | Value::Object(_), Style::Brackets) => {
            let mut pairs = Vec::new();
            add_in_brackets(&mut pairs, name, value);
            pairs
        }
        (Value::Array(parts), style) => {
            let mark = mark(style).unwrap_or(",");
            vec![(name.clone(), Value::Text(joined(parts, mark)))]
        }
        _ => vec![(name.clone(), value.clone())],
    }
}

/// `size[from]=1`, `size[range][to]=2`, `size[colours][0]=red`: one pair for each value, at whichever depth it is.
fn add_in_brackets(pairs: &mut Vec<(Text, Value)>, name: &str, value: &Value) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries.iter() {
                add_in_brackets(pairs, &format!("{name}[{key}]"), value);
            }
        }
        Value::Array(parts) => {
            for (place, part) in parts.iter().enumerate() {
                add_in_brackets(pairs, &format!("{name}[{place}]"), part);
            }
        }
        value => pairs.push((name.into(), value.clone())),
    }
}

/// What stands between the parts of a list that is one text.
fn mark(style: Style) -> Option<&'static str> {
    match style {
        Style::Commas => Some(","),
        Style::Spaces => Some(" "),
        Style::Pipes => Some("|"),
        Style::Repeat | Style::Brackets | Style::Spread => None,
    }
}

fn joined(parts: &[Value], mark: &str) -> Text {
    let parts: Vec<Text> = parts.iter().map(plain_or_json).collect();
    parts.join(mark).into()
}

/// What has no text of its own is JSON.
pub fn plain_or_json(value: &Value) -> Text {
    match value {
        Value::Array(_) | Value::Object(_) => value.to_json().into(),
        value => value.to_text(),
    }
}
