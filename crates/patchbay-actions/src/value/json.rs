//! Lists, arrays and objects: real ones, and texts of them.

use patchbay_model::{Text, Value};

use super::words::{wanted, wrong};
use super::{Refusal, check_allowed, nothing};
use crate::definition::{Kind, Parameter, Style};
use crate::odata;

/// Comma text, an array, or JSON text of an array: as comma text without white space around its parts, or as an array of
/// texts where the parameter's style is another.
pub(super) fn texts(parameter: &Parameter, value: &Value) -> Result<Option<Value>, Refusal> {
    let parsed;
    let value = match value {
        Value::Text(text) if text.trim_start().starts_with('[') => {
            parsed = parse_json(parameter, text)?;
            &parsed
        }
        value => value,
    };
    let parts: Vec<String> = match value {
        Value::Text(text) => odata::split_list(text).into_iter().map(str::to_owned).collect(),
        Value::Array(values) => {
            let mut parts = Vec::with_capacity(values.len());
            for part in values.iter().filter(|part| !part.is_null()) {
                match part {
                    Value::Text(text) if text.trim().is_empty() => {}
                    Value::Text(text) => parts.push(text.trim().to_owned()),
                    Value::Number(_) | Value::Bool(_) => parts.push(part.to_text().to_string()),
                    _ => return Err(wrong(parameter, value, wanted(parameter))),
                }
            }
            parts
        }
        _ => return Err(wrong(parameter, value, wanted(parameter))),
    };
    if parts.is_empty() {
        return Ok(None);
    }
    for part in &parts {
        check_allowed(parameter, &Text::from(part.as_str()))?;
    }
    Ok(Some(match parameter.style {
        // What stands in a part with commas are parts as well.
        Style::Commas => match odata::split_list(&parts.join(",")).join(",") {
            nothing if nothing.is_empty() => return Ok(None),
            list => Value::text(list),
        },
        _ => Value::array(parts.into_iter().map(Value::text).collect::<Vec<_>>()),
    }))
}

/// A real array or object, or JSON text of one.
pub(super) fn json(parameter: &Parameter, value: &Value) -> Result<Value, Refusal> {
    let parsed = match value {
        Value::Text(text) => parse_json(parameter, text).map_err(|refusal| {
            if parameter.kind == Kind::Array && !text.trim_start().starts_with('[') {
                wrong(parameter, value, wanted(parameter)).hint("write it in brackets: `[1, 2]`, `[\"a\"]`")
            } else {
                refusal
            }
        })?,
        value => value.clone(),
    };
    if parsed.is_null() {
        return match nothing(parameter, &parsed)? {
            Some(null) => Ok(null),
            None => Err(wrong(parameter, &parsed, wanted(parameter))),
        };
    }
    let fits = match parameter.kind {
        Kind::Array => parsed.as_array().is_some(),
        Kind::Object => parsed.as_object().is_some(),
        _ => true,
    };
    if fits {
        Ok(parsed)
    } else {
        Err(wrong(parameter, &parsed, wanted(parameter)))
    }
}

/// Text as it is, but for that of an array or an object.
pub(super) fn any(value: &Value) -> Value {
    let text = value.as_str().map(str::trim).unwrap_or_default();
    let parsed = text
        .starts_with(['{', '['])
        .then(|| Value::from_json(text).ok())
        .flatten();
    parsed.unwrap_or_else(|| value.clone())
}

fn parse_json(parameter: &Parameter, text: &str) -> Result<Value, Refusal> {
    Value::from_json(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let (line, column) = (error.line().max(1), error.column().max(1));
        let message = format!(
            "`{}` is not valid JSON: {reason} at line {line}, column {column}",
            parameter.name
        );
        Refusal::new("E0415", message).hint(format!("it breaks at the end of `{}`", before(text, line, column)))
    })
}

/// The last few characters of a line up to and with a column; both from 1, columns count bytes, as serde_json has them.
fn before(text: &str, line: usize, column: usize) -> &str {
    const SHOWN: usize = 30;
    let line = text.lines().nth(line - 1).unwrap_or_default();
    let end = (column.min(line.len())..=line.len())
        .find(|end| line.is_char_boundary(*end))
        .unwrap_or(line.len());
    let start = line[..end]
        .char_indices()
        .rev()
        .nth(SHOWN - 1)
        .map_or(0, |(start, _)| start);
    &line[start..end]
}
