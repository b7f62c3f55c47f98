//! What a value should be, and how another differs from it.
//!
//! An expected value is a JSON value that is compared exactly, down to the last key; an object whose keys begin with `~`
//! stands for every value that fits it:
//!
//! | matcher | fits |
//! | --- | --- |
//! | `{ "~any" = true }` | any value |
//! | `{ "~type" = "number" }` | a value of that type: `text`, `number`, `boolean`, `array`, `object`, `null` |
//! | `{ "~matches" = "^[0-9]+$" }` | text (or a number) that the regular expression finds |
//! | `{ "~contains" = … }` | text with that part, an object with these keys, an array with that element |
//! | `{ "~one-of" = [ … ] }` | one of these |
//! | `{ "~length" = 3 }` | text, an array or an object of that length |
//! | `{ "~each" = … }` | an array each of whose elements fits |
//!
//! Several in one object must all fit.

use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use regex::Regex;

/// One step into a value: a key, or a place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// Where two values differ, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// From the top of the compared value.
    pub path: Vec<Step>,
    pub kind: Change,
}

/// How they differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Expected, and not there.
    Missing(Value),
    /// There, and not expected.
    Extra(Value),
    Other {
        expected: Value,
        actual: Value,
    },
}

const MATCHERS: [&str; 7] = ["~any", "~type", "~matches", "~contains", "~one-of", "~length", "~each"];
const TYPES: [&str; 6] = ["text", "number", "boolean", "array", "object", "null"];

/// What is wrong with the matchers of an expected value, if anything.
pub fn check(expected: &Value) -> Result<(), String> {
    match expected {
        Value::Array(values) => values.iter().try_for_each(check),
        Value::Object(object) if is_matcher(object) => object
            .iter()
            .try_for_each(|(name, argument)| check_matcher(name, argument)),
        Value::Object(object) => {
            if let Some(name) = object.keys().find(|key| key.starts_with('~')) {
                return Err(format!("`{name}` stands beside keys that are no matchers"));
            }
            object.values().try_for_each(check)
        }
        _ => Ok(()),
    }
}

fn check_matcher(name: &str, argument: &Value) -> Result<(), String> {
    let wants = |what: &str| Err(format!("`{name}` wants {what}, not {}", argument.to_json()));
    match name {
        "~any" if argument != &Value::Bool(true) => wants("`true`"),
        "~type" if !argument.as_str().is_some_and(|text| TYPES.contains(&text)) => {
            wants(&format!("one of {}", TYPES.join(", ")))
        }
        "~matches" => match argument.as_str().map(Regex::new) {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(format!("`{name}`: {error}")),
            None => wants("a regular expression"),
        },
        "~one-of" => match argument.as_array() {
            Some(choices) => choices.iter().try_for_each(check),
            None => wants("a list"),
        },
        "~length" if argument.as_number().is_none() => wants("a number"),
        "~contains" | "~each" => check(argument),
        _ if MATCHERS.contains(&name) => Ok(()),
        _ => {
            let near = nearest(name, MATCHERS).map(|near| format!(": did you mean `{near}`?"));
            Err(format!("there is no matcher `{name}`{}", near.unwrap_or_default()))
        }
    }
}

/// Whether an object stands for values that fit it.
fn is_matcher(object: &Object) -> bool {
    !object.is_empty() && object.keys().all(|key| key.starts_with('~'))
}

/// Whether a value fits.
pub fn fits(expected: &Value, actual: &Value) -> bool {
    differences(expected, actual).is_empty()
}

/// Everywhere that a value differs from what is expected, in the order of the expected value.
pub fn differences(expected: &Value, actual: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(expected, actual, &mut Vec::new(), &mut found);
    found
}

fn compare(expected: &Value, actual: &Value, path: &mut Vec<Step>, found: &mut Vec<Difference>) {
    let mut differ = |path: &[Step], kind| {
        found.push(Difference {
            path: path.to_vec(),
            kind,
        });
    };
    match (expected, actual) {
        (Value::Object(matcher), _) if is_matcher(matcher) => {
            if !matcher.iter().all(|(name, argument)| holds(name, argument, actual)) {
                differ(path, other(expected, actual));
            }
        }
        (Value::Object(wanted), Value::Object(given)) => {
            for (key, expected) in wanted.iter() {
                path.push(Step::Key(key.to_string()));
                match given.get(key) {
                    Some(actual) => compare(expected, actual, path, found),
                    None => found.push(Difference {
                        path: path.clone(),
                        kind: Change::Missing(expected.clone()),
                    }),
                }
                path.pop();
            }
            for (key, actual) in given.iter().filter(|(key, _)| !wanted.contains_key(key)) {
                path.push(Step::Key(key.to_string()));
                found.push(Difference {
                    path: path.clone(),
                    kind: Change::Extra(actual.clone()),
                });
                path.pop();
            }
        }
        (Value::Array(wanted), Value::Array(given)) => {
            for place in 0..wanted.len().max(given.len()) {
                path.push(Step::Index(place));
                match (wanted.get(place), given.get(place)) {
                    (Some(expected), Some(actual)) => compare(expected, actual, path, found),
                    (Some(expected), None) => found.push(Difference {
                        path: path.clone(),
                        kind: Change::Missing(expected.clone()),
                    }),
                    (None, Some(actual)) => found.push(Difference {
                        path: path.clone(),
                        kind: Change::Extra(actual.clone()),
                    }),
                    (None, None) => {}
                }
                path.pop();
            }
        }
        _ if expected == actual => {}
        _ => differ(path, other(expected, actual)),
    }
}

fn other(expected: &Value, actual: &Value) -> Change {
    Change::Other {
        expected: expected.clone(),
        actual: actual.clone(),
    }
}

/// Whether one matcher holds for a value; those that [`check`] refuses hold for none.
fn holds(name: &str, argument: &Value, actual: &Value) -> bool {
    match name {
        "~any" => true,
        "~type" => argument.as_str() == Some(type_of(actual)),
        "~matches" => {
            let text = match actual {
                Value::Text(text) => text.clone(),
                Value::Number(_) => actual.to_text(),
                _ => return false,
            };
            let expression = argument.as_str().and_then(|source| Regex::new(source).ok());
            expression.is_some_and(|expression| expression.is_match(&text))
        }
        "~contains" => contains(argument, actual),
        "~one-of" => argument
            .as_array()
            .is_some_and(|choices| choices.iter().any(|choice| fits(choice, actual))),
        "~length" => argument.as_number() == length(actual).map(|length| length as f64),
        "~each" => actual
            .as_array()
            .is_some_and(|values| values.iter().all(|value| fits(argument, value))),
        _ => false,
    }
}

fn contains(part: &Value, actual: &Value) -> bool {
    match (part, actual) {
        (Value::Text(part), Value::Text(text)) => text.contains(part.as_str()),
        (Value::Object(part), Value::Object(object)) => part
            .iter()
            .all(|(key, expected)| object.get(key).is_some_and(|actual| fits(expected, actual))),
        (part, Value::Array(values)) => values.iter().any(|value| fits(part, value)),
        _ => false,
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Text(text) => Some(text.chars().count()),
        Value::Array(values) => Some(values.len()),
        Value::Object(object) => Some(object.len()),
        _ => None,
    }
}

/// The name of a value's type, as `~type` has it.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Text(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A path as people write it: `value[0].Name`.
pub fn show_path(path: &[Step]) -> String {
    let mut shown = String::new();
    for step in path {
        match step {
            Step::Index(place) => shown.push_str(&format!("[{place}]")),
            Step::Key(key) => {
                if !shown.is_empty() {
                    shown.push('.');
                }
                let plain = key
                    .chars()
                    .all(|character| character.is_alphanumeric() || "_$@-~".contains(character));
                if plain && !key.is_empty() {
                    shown.push_str(key);
                } else {
                    shown.push_str(&format!("`{key}`"));
                }
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares two values given as JSON and tells each difference in a line.
    fn compared(expected: &str, actual: &str) -> String {
        let value = |text| Value::from_json(text).expect("JSON");
        let lines = differences(&value(expected), &value(actual))
            .into_iter()
            .map(|difference| {
                let path = show_path(&difference.path);
                match difference.kind {
                    Change::Missing(value) => format!("{path} -{}", value.to_json()),
                    Change::Extra(value) => format!("{path} +{}", value.to_json()),
                    Change::Other { expected, actual } => format!("{path} {} {}", expected.to_json(), actual.to_json()),
                }
            });
        lines.collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn values_are_compared_down_to_the_last_key() {
        for (expected, actual, wanted) in [
            ("1", "1", ""),
            ("1", r#""1""#, r#" 1 "1""#),
            (r#"{"a": [1, 2]}"#, r#"{"a": [1, 3, 4]}"#, "a[1] 2 3; a[2] +4"),
            (r#"{"a": 1, "b c": 2}"#, r#"{"a": 1, "d": null}"#, "`b c` -2; d +null"),
            (r#"{"~any": true}"#, "null", ""),
            (r#"{"~type": "number"}"#, "3", ""),
            (r#"[{"~type": "text"}]"#, "[3]", r#"[0] {"~type":"text"} 3"#),
            (r#"{"~matches": "^[0-9]+$"}"#, r#""123""#, ""),
            (
                r#"{"~matches": "^[0-9]+$"}"#,
                r#""12a""#,
                r#" {"~matches":"^[0-9]+$"} "12a""#,
            ),
            (r#"{"~contains": {"a": {"~any": true}}}"#, r#"{"a": 1, "b": 2}"#, ""),
            (r#"{"~contains": "b"}"#, r#""abc""#, ""),
            (r#"{"~contains": 2}"#, "[1, 2]", ""),
            (r#"{"~one-of": [1, "x"]}"#, r#""x""#, ""),
            (r#"{"~length": 2, "~each": {"~type": "number"}}"#, "[1, 2]", ""),
            (r#"{"~length": 2}"#, "[1]", r#" {"~length":2} [1]"#),
        ] {
            assert_eq!(compared(expected, actual), wanted, "{expected} {actual}");
        }
    }

    #[test]
    fn matchers_are_checked() {
        for (text, wanted) in [
            (r#"{"a": {"~any": true}}"#, Ok(())),
            (
                r#"{"~mtaches": "x"}"#,
                Err("there is no matcher `~mtaches`: did you mean `~matches`?"),
            ),
            (
                r#"{"~any": true, "a": 1}"#,
                Err("`~any` stands beside keys that are no matchers"),
            ),
            (
                r#"{"~type": "string"}"#,
                Err(r#"`~type` wants one of text, number, boolean, array, object, null, not "string""#),
            ),
        ] {
            let value = Value::from_json(text).expect("JSON");
            assert_eq!(check(&value), wanted.map_err(str::to_owned), "{text}");
        }
    }
}
