//! How lists and objects are written, from the words that OpenAPI has for it.

use super::document::{Document, Encoding, Schema};
use super::schema;
use crate::definition::Kind;

/// The style of a value of this schema; none where it is the usual one.
pub fn of(document: &Document, schema: &Schema, style: Option<&str>, explode: Option<bool>) -> Option<&'static str> {
    let style = style.unwrap_or("form");
    let explodes = explode.unwrap_or(style == "form");
    match (schema::kind(document, schema), style) {
        (_, "deepObject") => Some("brackets"),
        (Kind::Array, _) if explodes => Some("repeat"),
        (Kind::Array, "spaceDelimited") => Some("spaces"),
        (Kind::Array, "pipeDelimited") => Some("pipes"),
        (Kind::Object, _) if explodes => Some("spread"),
        _ => None,
    }
}

/// How a list or an object is written into a form, if not as a field of each element or as JSON. Only what says a style is
/// written in one.
pub fn in_form(document: &Document, schema: &Schema, encoding: &Encoding) -> Option<&'static str> {
    if encoding.style.is_none() && encoding.explode.is_none() {
        return None;
    }
    let style = of(document, schema, encoding.style.as_deref(), encoding.explode);
    match (style, schema::kind(document, schema)) {
        (Some("repeat"), _) => None,
        (None, Kind::Array) => Some("commas"),
        (style, _) => style,
    }
}
