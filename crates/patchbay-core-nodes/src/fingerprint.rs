//! Text that is the same for values that are equal, to find them without comparing each with each.

use patchbay_model::{Text, Value};

/// The same for values that are deeply equal, whatever the order of their keys.
pub fn fingerprint(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(values) => {
            text.push('[');
            for value in values.iter() {
                write(value, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(object) => {
            let mut entries: Vec<(&Text, &Value)> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in entries {
                text.push_str(&Value::Text(key.clone()).to_json());
                text.push(':');
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
        value => text.push_str(&value.to_json()),
    }
}

/// The same also for a number and its text, for truth and its text or number, and for null and empty text.
pub fn fuzzy_fingerprint(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Text(text) if text.trim().is_empty() => "null".to_owned(),
        Value::Text(text) if text == "true" => "1".to_owned(),
        Value::Text(text) if text == "false" => "0".to_owned(),
        Value::Text(_) if !value.to_number().is_nan() => Value::Number(value.to_number()).to_json(),
        value => fingerprint(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_the_same_fingerprint() {
        let value = |text| Value::from_json(text).expect("JSON");
        for (left, right, same) in [
            (r#"{"a":1,"b":[1,2]}"#, r#"{"b":[1,2],"a":1}"#, true),
            ("1", "\"1\"", false),
            ("[1,2]", "[2,1]", false),
        ] {
            assert_eq!(
                fingerprint(&value(left)) == fingerprint(&value(right)),
                same,
                "{left} {right}"
            );
        }
        for (left, right) in [("1", "\"1\""), ("true", "\"true\""), ("null", "\"\""), ("0", "false")] {
            assert_eq!(
                fuzzy_fingerprint(&value(left)),
                fuzzy_fingerprint(&value(right)),
                "{left} {right}"
            );
        }
    }
}
