//! The TOML text of a case file: its values as JSON, and where in it a value is.

use std::ops::Range;

use patchbay_actions::definition::fault::{Codes, Faults};
use patchbay_actions::definition::fields::Node;
use patchbay_model::{Object, Text, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::pattern::{Step, check};

/// What can be wrong with any case file.
pub const CODES: Codes = Codes {
    syntax: "E1001",
    unknown_key: "E1002",
    wrong_value: "E1003",
    missing_key: "E1004",
};

/// A TOML value as JSON: dates become text.
pub fn value(node: &DeValue) -> Value {
    match node {
        DeValue::String(text) => Value::text(text.as_ref()),
        DeValue::Integer(number) => number
            .to_string()
            .parse()
            .map_or(Value::Null, |number: i64| Value::Number(number as f64)),
        DeValue::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Number),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(moment) => Value::text(moment.to_string()),
        DeValue::Array(values) => Value::array(values.iter().map(|element| value(element.get_ref())).collect()),
        DeValue::Table(table) => Value::object(object(table)),
    }
}

/// As [`value`], of a table.
pub fn object(table: &DeTable) -> Object {
    table
        .iter()
        .map(|(key, node)| (Text::from(key.get_ref().as_ref()), value(node.get_ref())))
        .collect()
}

/// JSON that a case file gives as TOML, or as JSON text; its matchers are checked.
pub fn json(faults: &mut Faults, node: &Node) -> Value {
    let read = match node.get_ref() {
        DeValue::String(text) => Value::from_json(text).unwrap_or_else(|error| {
            let fault = faults.add(CODES.wrong_value, node.span(), format!("the text is not JSON: {error}"));
            fault
                .hints
                .push("JSON text itself is written with its quotes: `'\"text\"'`".to_owned());
            Value::Null
        }),
        other => value(other),
    };
    pattern(faults, node.span(), &read);
    read
}

/// Checks the matchers of an expected value.
pub fn pattern(faults: &mut Faults, span: Range<usize>, expected: &Value) {
    if let Err(message) = check(expected) {
        faults.add(CODES.wrong_value, span, message);
    }
}

/// The bytes of the value at a path, or of the nearest value above it that is there.
pub fn span_of(text: &str, path: &[Step]) -> Range<usize> {
    let (document, _) = DeTable::parse_recoverable(text);
    let Some((first, rest)) = path.split_first() else {
        return 0..0;
    };
    let Step::Key(key) = first else { return 0..0 };
    let Some((name, mut node)) = document.get_ref().get_key_value(key.as_str()) else {
        return 0..0;
    };
    let mut span = visible(name, node);
    for step in rest {
        let next = match (node.get_ref(), step) {
            (DeValue::Table(table), Step::Key(key)) => table
                .get_key_value(key.as_str())
                .map(|(name, node)| (visible(name, node), node)),
            (DeValue::Array(values), Step::Index(place)) => values.get(*place).map(|node| (node.span(), node)),
            _ => None,
        };
        let Some((found, next)) = next else { break };
        (span, node) = (found, next);
    }
    span
}

/// What to mark for an entry: its value, or its key where the value is a table with a header.
fn visible(name: &Spanned<std::borrow::Cow<str>>, node: &Node) -> Range<usize> {
    if node.span().start < name.span().end {
        name.span()
    } else {
        node.span()
    }
}
