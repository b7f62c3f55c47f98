//! What a parameter wants, and the refusals of what does not fit, in words.

use patchbay_model::diagnostic::nearest;
use patchbay_model::{Text, Value};
use patchbay_node::is_secret_name;

use super::Refusal;
use crate::definition::fault::list_by;
use crate::definition::{Kind, Parameter};
use crate::mask;

/// What a parameter wants, in words.
pub fn wanted(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        Kind::String if parameter.values.is_empty() => "text",
        Kind::String => "one of its values",
        Kind::Integer | Kind::Int32 => "an integer",
        Kind::Number => "a number",
        Kind::Boolean => "true or false",
        Kind::DateTime => "a date and time such as `2026-03-04T05:06:07Z`",
        Kind::Date => "a date such as `2026-03-04`",
        Kind::Duration => "a duration such as `PT1H30M`",
        Kind::DayTime => "a duration of days, hours, minutes and seconds such as `P1DT1H30M`",
        Kind::Uuid => "a UUID",
        Kind::List => "text with commas, or an array of texts",
        Kind::Array => "a JSON array",
        Kind::Object => "a JSON object",
        Kind::Json => "JSON",
        Kind::Any => "text, a number, or JSON",
        Kind::File => "the name of one of the item's files",
        Kind::Files => "names of the item's files, with commas or as an array",
    }
}

/// Which values of a type are taken, for a table of the reference.
pub fn accepted(kind: Kind) -> &'static str {
    match kind {
        Kind::String => "text; a number or a boolean becomes text",
        Kind::Integer => "a whole number, as text too",
        Kind::Int32 => "a whole number of 32 bits, as text too",
        Kind::Number => "a number, as text too",
        Kind::Boolean => "true or false, as text too",
        Kind::DateTime => {
            "text such as `2026-03-04T05:06:07Z`; without an offset it is in the workflow's time zone; a number is \
             milliseconds since 1970; it is sent in UTC"
        }
        Kind::Date => "text such as `2026-03-04`",
        Kind::Duration => "text such as `PT1H30M` or `1h 30m`; a number is seconds",
        Kind::DayTime => "text such as `P1DT8H` or `8h`, without years and months; a number is seconds",
        Kind::Uuid => "text of 32 hexadecimal digits in five groups",
        Kind::List => "text with commas, an array of texts, or JSON text of one",
        Kind::Array => "an array, or JSON text of one",
        Kind::Object => "an object, or JSON text of one",
        Kind::Json => "any value; text is JSON",
        Kind::Any => "any value; text that begins with `[` or `{` is JSON where it can be",
        Kind::File => "the name of one of the item's files",
        Kind::Files => "names of the item's files: text with commas, or an array of texts",
    }
}

pub(super) fn wrong(parameter: &Parameter, value: &Value, wanted: &str) -> Refusal {
    const SHOWN: usize = 60;
    let json = match value {
        // JSON has no word for it.
        Value::Number(number) if !number.is_finite() => value.to_text().to_string(),
        value => mask::json_text(&value.to_json()),
    };
    let shown = match json.char_indices().nth(SHOWN) {
        _ if is_secret_name(&parameter.name) && value.truthy() => "what it was given".to_owned(),
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json,
    };
    Refusal::new("E0413", format!("`{}` wants {wanted}, not {shown}", parameter.name)).hint(format!(
        "set it to {wanted}, as it is or by an expression that gives one"
    ))
}

/// The refusal of what is not among the allowed values.
pub fn not_allowed(parameter: &Parameter, text: &str, values: &[Text]) -> Refusal {
    let in_words = |value: &Text| match parameter.newer_values.iter().find(|(newer, _)| newer == value) {
        Some((_, since)) => format!("`{value}` (since {since})"),
        None => format!("`{value}`"),
    };
    let allowed = list_by(values, in_words);
    let message = format!("`{}` can not be `{text}`: it is one of {allowed}", parameter.name);
    let refusal = Refusal::new("E0414", message);
    match nearest(text, values.iter().map(Text::as_str)) {
        Some(near) => refusal.hint(format!("did you mean `{near}`?")),
        None => refusal,
    }
}
