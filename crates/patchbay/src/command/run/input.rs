//! Items for the trigger, from a file or stdin: a JSON array of objects or of `{"json": {…}}`, one object, or lines of
//! them.

use patchbay_model::diagnostic::Position;
use patchbay_model::workflow::position_of;
use patchbay_model::{Diagnostic, Item, Value};

/// Reads items; every line or element that is not one is a fault.
pub fn read(text: &str) -> Result<Vec<Item>, Vec<Diagnostic>> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    match Value::from_json(text) {
        Ok(Value::Array(values)) => collect(values.iter().enumerate().map(|(index, value)| {
            item(value).ok_or_else(|| fault(text, format!("/{index}"), format!("item {index} is not an object")))
        })),
        Ok(value) => collect([item(&value).ok_or_else(|| {
            fault(
                text,
                String::new(),
                "the input is neither an object nor an array".to_owned(),
            )
        })]),
        // Lines of objects are not one JSON text; a single broken text is told where it breaks.
        Err(_) if text.trim_end().lines().count() > 1 && is_lines(text) => collect(
            text.lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(number, line)| {
                    let position = |column| {
                        Some(Position {
                            line: number + 1,
                            column,
                        })
                    };
                    match Value::from_json(line) {
                        Ok(value) => item(&value).ok_or_else(|| Diagnostic {
                            position: position(1),
                            ..Diagnostic::error("E0802", format!("line {} is not an object", number + 1))
                        }),
                        Err(error) => Err(Diagnostic {
                            position: position(error.column().max(1)),
                            ..Diagnostic::error("E0802", format!("not valid JSON: {error}"))
                        }),
                    }
                }),
        ),
        Err(error) => Err(vec![Diagnostic {
            position: Some(Position {
                line: error.line().max(1),
                column: error.column().max(1),
            }),
            ..Diagnostic::error("E0802", format!("not valid JSON: {error}"))
        }]),
    }
}

/// The first line is JSON by itself.
fn is_lines(text: &str) -> bool {
    text.lines()
        .find(|line| !line.trim().is_empty())
        .is_some_and(|line| Value::from_json(line).is_ok())
}

fn item(value: &Value) -> Option<Item> {
    let object = value.as_object()?;
    let n8n = object
        .keys()
        .all(|key| matches!(key.as_str(), "json" | "binary" | "pairedItem" | "error"));
    if n8n && let Some(item) = Item::from_n8n(value) {
        return Some(item);
    }
    Some(Item::new(object.clone()))
}

fn fault(text: &str, pointer: String, message: String) -> Diagnostic {
    let position = patchbay_model::workflow::locate(text, &pointer).map(|offset| position_of(text, offset));
    Diagnostic {
        position,
        ..Diagnostic::error("E0802", message)
    }
}

fn collect(items: impl IntoIterator<Item = Result<Item, Diagnostic>>) -> Result<Vec<Item>, Vec<Diagnostic>> {
    let mut good = Vec::new();
    let mut faults = Vec::new();
    for item in items {
        match item {
            Ok(item) => good.push(item),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(good) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Result<String, String> {
        match read(text) {
            Ok(items) => Ok(items
                .iter()
                .map(|item| item.json_value().to_json())
                .collect::<Vec<_>>()
                .join(" ")),
            Err(faults) => {
                let faults = faults.iter().map(|fault| {
                    let at = fault.position.unwrap_or(Position { line: 0, column: 0 });
                    format!("{}:{} {}", at.line, at.column, fault.message)
                });
                Err(faults.collect::<Vec<_>>().join("; "))
            }
        }
    }

    #[test]
    fn every_form_of_input_is_read() {
        for (text, expected) in [
            (r#"[{"a": 1}, {"json": {"b": 2}}]"#, r#"{"a":1} {"b":2}"#),
            (r#"{"a": 1}"#, r#"{"a":1}"#),
            (r#"{"json": 5}"#, r#"{"json":5}"#),
            (r#"{"json": {"x": 1}, "more": 2}"#, r#"{"json":{"x":1},"more":2}"#),
            ("{\"a\": 1}\n\n{\"json\": {\"b\": 2}}\n", r#"{"a":1} {"b":2}"#),
            ("{\n\"a\": 1\n}", r#"{"a":1}"#),
            ("  ", ""),
            ("[]", ""),
        ] {
            assert_eq!(json(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn all_faults_are_told_with_their_places() {
        for (text, expected) in [
            (
                "[1,\n{\"a\": 1},\n 2]",
                "1:2 item 0 is not an object; 3:2 item 2 is not an object",
            ),
            ("7", "1:1 the input is neither an object nor an array"),
            (
                "{\"a\": 1}\n7\n{\"b\": \n",
                "2:1 line 2 is not an object; 3:6 not valid JSON: EOF while parsing a value at line 1 column 6",
            ),
            ("{\n\"a\": }", "2:6 not valid JSON: expected value at line 2 column 6"),
        ] {
            assert_eq!(json(text).err().as_deref(), Some(expected), "{text}");
        }
    }
}
