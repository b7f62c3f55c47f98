//! What an update would change: its body against what the service has now.

use patchbay_model::{Text, Value};

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
        (Some(now), then) if now == then => lines.push(format!("{path}: stays {}", short(then))),
        (Some(now), then) => lines.push(format!("{path}: {} → {}", short(now), short(then))),
        (None, then) => lines.push(format!("{path}: (the service does not tell) → {}", short(then))),
    }
}

/// JSON, but not pages of it.
fn short(value: &Value) -> String {
    const SHOWN: usize = 200;
    let json = value.to_json();
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
        let now = json(r#"{"Enabled": true, "Name": "a", "Hours": {"Type": "x", "Days": [1]}, "Other": 1}"#);
        let body =
            json(r#"{"Enabled": false, "Name": "a", "Hours": {"Type": "y", "Days": [1, 2]}, "Groups": [{"Id": 1}]}"#);
        assert_eq!(
            lines(&now, &body),
            [
                "Enabled: true → false",
                "Name: stays \"a\"",
                "Hours.Type: \"x\" → \"y\"",
                "Hours.Days: [1] → [1,2]",
                "Groups: (the service does not tell) → [{\"Id\":1}]",
            ]
        );
        assert_eq!(unknown(&now, &body), ["Groups"]);
    }
}
