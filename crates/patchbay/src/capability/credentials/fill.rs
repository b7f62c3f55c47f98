//! `${NAME}` in the values of TOML files: what the environment has in its place.

use patchbay_model::{Object, Text, Value};

const OPENS: &str = "${";

/// All fields with the environment's values; an error names the field and the variable that is not set.
pub fn all(data: &Object, variable: &dyn Fn(&str) -> Option<String>) -> Result<Object, (Text, String)> {
    data.iter()
        .map(|(field, found)| {
            let filled = value(found, variable).map_err(|name| (field.clone(), name))?;
            Ok((field.clone(), filled))
        })
        .collect()
}

/// One value, with all that is in it; an error names the variable.
pub fn value(value: &Value, variable: &dyn Fn(&str) -> Option<String>) -> Result<Value, String> {
    match value {
        Value::Text(text) => self::text(text, variable).map(Value::from),
        Value::Array(values) => {
            let filled = values.iter().map(|inner| self::value(inner, variable));
            Ok(Value::array(filled.collect::<Result<Vec<Value>, String>>()?))
        }
        Value::Object(fields) => {
            let filled = fields
                .iter()
                .map(|(name, inner)| Ok((name.clone(), self::value(inner, variable)?)));
            Ok(Value::object(filled.collect::<Result<Object, String>>()?))
        }
        value => Ok(value.clone()),
    }
}

fn text(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENS) {
        // One that is not closed is a fault of the file.
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        filled.push_str(&variable(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Whether anything in the value comes from the environment.
pub fn has_variable(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains(OPENS),
        Value::Array(values) => values.iter().any(has_variable),
        Value::Object(fields) => fields.values().any(has_variable),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a `${` is there that nothing closes.
pub fn is_unclosed(text: &str) -> bool {
    text.split(OPENS).skip(1).any(|part| !part.contains('}'))
}
