//! What arrays and objects are made of, in a line for people: `[{GroupId: integer, Rights: {RoleName: string}}]`. Nothing is
//! checked by it: what is in them goes to the service as the workflow has it.

use super::document::{Document, Schema};
use super::schema;
use crate::definition::Kind;

/// In characters. What would be longer is told less deeply.
const LONGEST: usize = 1400;
/// How many objects within each other are told.
const DEEPEST: usize = 3;

/// What a value of the schema is made of; none where the schema says no more than its type.
pub fn in_words(document: &Document, schema: &Schema) -> Option<String> {
    let told = |depth| shape(document, schema, depth, &mut Vec::new());
    let fitting = (2..=DEEPEST).rev().map(told).find(|text| text.len() <= LONGEST);
    let text = fitting.unwrap_or_else(|| told(1));
    (text != told(0)).then_some(text)
}

/// `within` are the objects that it is in: what holds itself is told once.
fn shape(document: &Document, declared: &Schema, depth: usize, within: &mut Vec<*const Schema>) -> String {
    let meant = schema::meant(document, declared);
    let kind = schema::kind(document, meant);
    let holds_itself = within.iter().any(|outer| std::ptr::eq(*outer, meant));
    match kind {
        Kind::Array if depth > 0 => match &meant.items {
            Some(items) if schema::kind(document, items) != Kind::Json => {
                format!("[{}]", shape(document, items, depth, within))
            }
            _ => kind.as_str().to_owned(),
        },
        Kind::Object if depth > 0 && !holds_itself => {
            within.push(meant);
            let properties = schema::properties(document, meant);
            let settable = properties.iter().filter(|property| !property.schema.read_only);
            let entries: Vec<String> = settable
                .map(|property| {
                    format!(
                        "{}: {}",
                        property.name,
                        shape(document, &property.schema, depth - 1, within)
                    )
                })
                .collect();
            within.pop();
            if entries.is_empty() {
                kind.as_str().to_owned()
            } else {
                format!("{{{}}}", entries.join(", "))
            }
        }
        Kind::Int32 => Kind::Integer.as_str().to_owned(),
        Kind::String => {
            let values = schema::allowed(document, meant, schema::DEPTH).unwrap_or_default();
            let values: Vec<String> = values.into_iter().filter_map(schema::value_text).collect();
            if values.is_empty() {
                kind.as_str().to_owned()
            } else {
                values.join(" | ")
            }
        }
        kind => kind.as_str().to_owned(),
    }
}
