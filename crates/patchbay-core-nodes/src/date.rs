//! Dates in items and parameters: text as people write it, numbers as n8n reads them.

use patchbay_expression::date::{self, DateTime};
use patchbay_model::{Scope, Value};

/// Milliseconds since 1970 of a value that n8n takes for a date; text without a zone is in the execution's.
pub fn parse(value: &Value, scope: &Scope<'_>) -> Option<f64> {
    match value {
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
        value => date::parse_any(&value.to_text(), &date::Context::of(scope)).map(|date: DateTime| date.to_millis()),
    }
}

/// Milliseconds since 1970 of a text that JavaScript's `new Date(text)` takes.
pub fn parse_as_javascript(text: &str) -> Option<f64> {
    Some(date::parse_javascript(text)).filter(|milliseconds| !milliseconds.is_nan())
}
