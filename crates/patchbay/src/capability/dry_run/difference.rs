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
        (Some(Value::Array(now)), Value::Array(then)) if is_long(now) || is_long(then) => {
            compare_elements(path, now, then, lines);
        }
        (Some(now), then) => {
            let (now, then) = where_they_differ(&json_of(path, now), &json_of(path, then));
            lines.push(format!("{path}: {now} → {then}"));
        }
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

/// In characters: more of a value is not shown.
const SHOWN: usize = 200;

fn is_long(values: &[Value]) -> bool {
    Value::array(values.to_vec()).to_json().len() > SHOWN
}

/// A long list, element by element: those that differ, are new or are gone.
fn compare_elements(path: &str, now: &[Value], then: &[Value], lines: &mut Vec<String>) {
    for place in 0..now.len().max(then.len()) {
        let at = format!("{path}[{place}]");
        match (now.get(place), then.get(place)) {
            (Some(now), Some(then)) if now == then => {}
            (now @ Some(_), Some(then)) => {
                let mut of_element = Vec::new();
                compare(&at, now, then, &mut of_element);
                lines.extend(of_element.into_iter().filter(|line| !line.contains(": stays ")));
            }
            (Some(now), None) => lines.push(format!("{at}: {} is gone", short(path, now))),
            (None, Some(then)) => lines.push(format!("{at}: {} is new", short(path, then))),
            (None, None) => {}
        }
    }
}

/// JSON of the field at the path, without its secrets.
fn json_of(path: &str, value: &Value) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    masked(name.split('[').next().unwrap_or(name), value).to_json()
}

/// As [`json_of`], and not pages of it.
fn short(path: &str, value: &Value) -> String {
    cut(&json_of(path, value), 0)
}

/// Two texts that differ, of long ones the part where they do.
fn where_they_differ(one: &str, other: &str) -> (String, String) {
    /// Characters before the difference.
    const BEFORE: usize = 30;
    if one.chars().count() <= SHOWN && other.chars().count() <= SHOWN {
        return (one.to_owned(), other.to_owned());
    }
    let same = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let start = same.saturating_sub(BEFORE);
    (cut(one, start), cut(other, start))
}

/// The text from a character on; where more of it is left out, there is a mark.
fn cut(text: &str, start: usize) -> String {
    let shown: String = text.chars().skip(start).take(SHOWN).collect();
    let before = if start > 0 { "…" } else { "" };
    let after = if text.chars().count() > start + SHOWN {
        "…"
    } else {
        ""
    };
    format!("{before}{shown}{after}")
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

    #[test]
    fn of_what_is_long_the_difference_is_shown() {
        let list = |role: &str, count: usize| {
            let entries = (0..count).map(|id| {
                let role = if id == 15 { role } else { "users" };
                format!(r#"{{"GroupId": {id}, "Rights": {{"RoleName": "{role}"}}}}"#)
            });
            let entries: Vec<String> = entries.collect();
            format!("[{}]", entries.join(", "))
        };
        let text = |end: &str| format!("{}{end}", "x".repeat(300));
        let now = format!(r#"{{"Groups": {}, "Note": "{}"}}"#, list("users", 18), text("old"));
        let body = format!(r#"{{"Groups": {}, "Note": "{}"}}"#, list("managers", 17), text("new"));
        let json = |text: &str| Value::from_json(text).expect("JSON");
        let before = "x".repeat(30);
        assert_eq!(
            lines(&json(&now), &json(&body)),
            [
                r#"Groups[15].Rights.RoleName: "users" → "managers""#.to_owned(),
                r#"Groups[17]: {"GroupId":17,"Rights":{"RoleName":"users"}} is gone"#.to_owned(),
                format!("Note: …{before}old\" → …{before}new\""),
            ]
        );
    }
}
