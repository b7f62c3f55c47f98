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
    let mut read = Read::default();
    match Value::from_json(text) {
        Ok(Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                let place = || place(text, &format!("/{index}"));
                read.add(value, place, || format!("item {index} is not an object"));
            }
        }
        Ok(value) => read.add(
            &value,
            || place(text, ""),
            || "the input is neither an object nor an array".to_owned(),
        ),
        // Lines of objects are not one JSON text; a single broken text is told where it breaks.
        Err(_) if text.trim_end().lines().count() > 1 && is_lines(text) => {
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let start = || {
                    Some(Position {
                        line: number + 1,
                        column: 1,
                    })
                };
                match Value::from_json(line) {
                    Ok(value) => read.add(&value, start, || format!("line {} is not an object", number + 1)),
                    Err(error) => read.not_json(&error, number),
                }
            }
        }
        Err(error) => read.not_json(&error, 0),
    }
    if read.faults.is_empty() {
        Ok(read.items)
    } else {
        Err(read.faults)
    }
}

/// What was read so far.
#[derive(Default)]
struct Read {
    items: Vec<Item>,
    faults: Vec<Diagnostic>,
}

impl Read {
    fn add(&mut self, value: &Value, place: impl Fn() -> Option<Position>, message: impl Fn() -> String) {
        match item(value) {
            Some(item) => self.items.push(item),
            None => self.fault(place(), message()),
        }
    }

    /// The text from which the error comes begins after so many lines of the file.
    fn not_json(&mut self, error: &serde_json::Error, lines_before: usize) {
        let position = Position {
            line: lines_before + error.line().max(1),
            column: error.column().max(1),
        };
        self.fault(Some(position), format!("not valid JSON: {error}"));
    }

    fn fault(&mut self, position: Option<Position>, message: String) {
        self.faults.push(Diagnostic {
            position,
            ..Diagnostic::error("E0802", message)
        });
    }
}

/// Line and column of a JSON pointer.
fn place(text: &str, pointer: &str) -> Option<Position> {
    patchbay_model::workflow::locate(text, pointer).map(|offset| position_of(text, offset))
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
