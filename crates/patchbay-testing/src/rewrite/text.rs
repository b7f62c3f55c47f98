//! Values as TOML text that people like to read: on one line where it is short, else a line for each entry.

use patchbay_model::{Object, Value};

/// So long may a line be.
const WIDTH: usize = 120;

/// A value after `indent` spaces of a line that already has `used` characters; entries of several lines are indented by two
/// more.
pub fn value(value: &Value, indent: usize, used: usize) -> String {
    if holds_null(value) {
        // TOML has no null: the whole is given as JSON text.
        return json_text(value);
    }
    write(value, indent, used)
}

fn write(value: &Value, indent: usize, used: usize) -> String {
    let line = one_line(value);
    if used + line.chars().count() <= WIDTH {
        return line;
    }
    let inner = " ".repeat(indent + 2);
    let end = " ".repeat(indent);
    match value {
        Value::Array(values) if !values.is_empty() => {
            let entries: String = values
                .iter()
                .map(|value| format!("{inner}{},\n", write(value, indent + 2, indent + 3)))
                .collect();
            format!("[\n{entries}{end}]")
        }
        Value::Object(object) if !object.is_empty() => {
            let entries: String = object
                .iter()
                .map(|(name, value)| {
                    let name = key(name);
                    let text = write(value, indent + 2, indent + name.len() + 6);
                    format!("{inner}{name} = {text},\n")
                })
                .collect();
            format!("{{\n{entries}{end}}}")
        }
        Value::Text(text) if text.contains('\n') && is_literal(text) => format!("'''\n{text}'''"),
        _ => line,
    }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Value::Number(number) => format!("{number:?}"),
        Value::Text(text) => string(text),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(one_line).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(object) if object.is_empty() => "{}".to_owned(),
        Value::Object(object) => {
            let entries: Vec<String> = object
                .iter()
                .map(|(name, value)| format!("{} = {}", key(name), one_line(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// A key, in quotes where it needs them.
pub fn key(name: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        string(name)
    }
}

/// Text as a TOML string: literal where it holds quotes or backslashes, if it can be.
pub fn string(text: &str) -> String {
    let literal =
        (text.contains('"') || text.contains('\\')) && !text.contains('\'') && !text.chars().any(char::is_control);
    if literal {
        return format!("'{text}'");
    }
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            control if control.is_control() => written.push_str(&format!("\\u{:04X}", control as u32)),
            other => written.push(other),
        }
    }
    written + "\""
}

/// Whether a literal of several lines can hold a text.
fn is_literal(text: &str) -> bool {
    let is_plain = |character: char| character == '\n' || !character.is_control();
    !text.contains("''") && !text.ends_with('\'') && text.chars().all(is_plain)
}

/// JSON as the text of a file: on one line where it is short.
pub fn json_lines(value: &Value) -> String {
    let line = value.to_json();
    if line.chars().count() <= WIDTH - 20 {
        line
    } else {
        value.to_json_pretty()
    }
}

fn json_text(value: &Value) -> String {
    let text = json_lines(value);
    if text.contains('\'') {
        string(&value.to_json())
    } else if text.contains('\n') {
        format!("'''\n{text}\n'''")
    } else {
        format!("'{text}'")
    }
}

/// Whether TOML can not hold a value.
pub fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(number) => !number.is_finite(),
        Value::Array(values) => values.iter().any(holds_null),
        Value::Object(object) => object.values().any(holds_null),
        _ => false,
    }
}

/// `name = value` lines for the entries of an object that are there.
pub fn entries(object: &Object) -> String {
    object
        .iter()
        .map(|(name, one)| {
            let name = key(name);
            let text = value(one, 0, name.chars().count() + 3);
            format!("{name} = {text}\n")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_their_text() {
        let lines = format!(r#"["{}\nit's a \"second\" line\n"]"#, "a".repeat(130));
        let long = format!(r#"{{"list": ["{}", "b"], "o": {{"k y": 1}}}}"#, "a".repeat(130));
        for json in [
            "1",
            "1.5",
            "true",
            r#""a \"quote\"""#,
            r#""it's \"both\"""#,
            r#""a\\b\n""#,
            r#"["a", {"b": 2}]"#,
            r#"{"$top": 2, "@odata.context": "x"}"#,
            long.as_str(),
            lines.as_str(),
        ] {
            let wanted = Value::from_json(json).expect("JSON");
            let text = format!("v = {}", value(&wanted, 0, 4));
            let document = toml::de::DeTable::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(
                crate::document::object(document.get_ref()).get("v"),
                Some(&wanted),
                "{text}"
            );
        }
    }

    #[test]
    fn null_is_written_as_json_text() {
        let wanted = Value::from_json(r#"{"a": null}"#).expect("JSON");
        assert_eq!(value(&wanted, 0, 0), r#"'{"a":null}'"#);
    }
}
