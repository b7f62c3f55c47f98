//! What an update would change: its body against what the service has now. What a field with the name of a secret holds
//! is not shown, neither as it is nor as it will be.

use patchbay_model::{Text, Value};
use patchbay_node::is_secret_name;

/// A line for each field of the body: `Enabled: true → false`, or that it stays. `now` has the fields that the service
/// told; the others are said to be unknown.
pub fn lines(now: &Value, body: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", Some(now), body, &mut lines);
    lines
}

/// The names of the body's fields that `now` lacks.
pub fn unknown<'body>(now: &Value, body: &'body Value) -> Vec<&'body str> {
    let fields = body.as_object().into_iter().flat_map(|body| body.keys());
    fields
        .map(Text::as_str)
        .filter(|name| now.get(name).is_none())
        .collect()
}

fn compare(path: &str, now: Option<&Value>, then: &Value, lines: &mut Vec<String>) {
    match (now, then) {
        (Some(now @ Value::Object(_)), Value::Object(fields)) => {
            for (name, then) in fields.iter() {
                let path = if path.is_empty() {
                    name.to_string()
                } else {
                    format!("{path}.{name}")
                };
                compare(&path, now.get(name), then, lines);
            }
        }
        (Some(now), then) if now == then => lines.push(format!("{path}: stays {}", short(path, then))),
        (Some(now), then) => lines.push(format!("{path}: {} → {}", short(path, now), short(path, then))),
        (None, then) => lines.push(format!("{path}: (the service does not tell) → {}", short(path, then))),
    }
}

/// The value with what its secrets hold hidden; `name` is its own.
pub fn masked(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), masked(name, value)));
            Value::object(fields.collect())
        }
        Value::Array(values) => Value::array(values.iter().map(|value| masked(name, value)).collect::<Vec<_>>()),
        // Whether something is on, and that there is nothing, gives no secret away.
        Value::Text(_) | Value::Number(_) if is_secret_name(name) && value.as_str() != Some("") => {
            Value::from("[secret]")
        }
        _ => value.clone(),
    }
}

/// JSON of the field at the path, without its secrets, and not pages of it.
fn short(path: &str, value: &Value) -> String {
    const SHOWN: usize = 200;
    let name = path.rsplit('.').next().unwrap_or(path);
    let json = masked(name, value).to_json();
    match json.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &json[..end]),
        None => json,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_of_the_body_is_compared() {
        let json = |text: &str| Value::from_json(text).expect("JSON");
        let now = json(
            r#"{"Enabled": true, "Name": "a", "Hours": {"Type": "x", "Days": [1]}, "Other": 1,
            "AuthPassword": "OldPw-1", "Phones": [{"Pin": 1}], "VMPIN": 1}"#,
        );
        let body = json(
            r#"{"Enabled": false, "Name": "a", "Hours": {"Type": "y", "Days": [1, 2]}, "Groups": [{"Id": 1}],
                "AuthPassword": "NewPw-2", "Phones": [{"Pin": 2, "Id": 3}], "VMPIN": 1}"#,
        );
        assert_eq!(
            lines(&now, &body),
            [
                "Enabled: true → false",
                "Name: stays \"a\"",
                "Hours.Type: \"x\" → \"y\"",
                "Hours.Days: [1] → [1,2]",
                "Groups: (the service does not tell) → [{\"Id\":1}]",
                "AuthPassword: \"[secret]\" → \"[secret]\"",
                "Phones: [{\"Pin\":\"[secret]\"}] → [{\"Pin\":\"[secret]\",\"Id\":3}]",
                "VMPIN: stays \"[secret]\"",
            ]
        );
        assert_eq!(unknown(&now, &body), ["Groups"]);
    }
}
