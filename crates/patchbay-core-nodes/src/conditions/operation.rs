//! What each operator of a condition asks, type by type. Values have their type by now, or are null or undefined; dates
//! are milliseconds.

use std::sync::Arc;

use patchbay_model::{Text, Value};

use super::RegularExpressions;
use crate::conversion::Type;

/// What an operator compares; `None` is undefined.
pub struct Sides<'a> {
    pub left: Option<Value>,
    pub right: Option<Value>,
    pub case_sensitive: bool,
    pub expressions: &'a RegularExpressions,
}

/// The answer of an operator; false where n8n does not know it.
pub fn holds(kind: Type, operation: &str, sides: &Sides<'_>) -> Result<bool, Arc<regress::Error>> {
    let left = sides.left.as_ref();
    Ok(match (kind, operation) {
        (_, "exists") => exists(left),
        (_, "notExists") => !exists(left),
        (Type::Any, _) => false,
        (_, "empty") => is_empty(left),
        (_, "notEmpty") => !is_empty(left),
        (Type::Text, _) => return text(operation, sides),
        (Type::Number, _) => number(operation, left, sides.right.as_ref()),
        (Type::Boolean, _) => boolean(operation, left, sides.right.as_ref()),
        (Type::DateTime, _) => date(operation, left, sides.right.as_ref()),
        (Type::Array, _) => array(operation, sides),
        (Type::Object, _) => false,
    })
}

fn exists(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Number(number)) => !number.is_nan(),
        Some(_) => true,
    }
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Text(text)) => text.is_empty(),
        Some(Value::Array(values)) => values.is_empty(),
        Some(Value::Object(object)) => object.is_empty(),
        value => !exists(value),
    }
}

fn text(operation: &str, sides: &Sides<'_>) -> Result<bool, Arc<regress::Error>> {
    let side = |value: &Option<Value>, lower: bool| match value {
        Some(Value::Text(text)) if lower => Text::from(text.to_lowercase()),
        Some(Value::Text(text)) => text.clone(),
        _ => Text::default(),
    };
    let lower = !sides.case_sensitive;
    let left = side(&sides.left, lower);
    if matches!(operation, "regex" | "notRegex") {
        let found = sides.expressions.matches(&side(&sides.right, false), &left)?;
        return Ok(found == (operation == "regex"));
    }
    let right = side(&sides.right, lower);
    Ok(match operation {
        "equals" => left == right,
        "notEquals" => left != right,
        "contains" => left.contains(right.as_str()),
        "notContains" => !left.contains(right.as_str()),
        "startsWith" => left.starts_with(right.as_str()),
        "notStartsWith" => !left.starts_with(right.as_str()),
        "endsWith" => left.ends_with(right.as_str()),
        "notEndsWith" => !left.ends_with(right.as_str()),
        _ => false,
    })
}

/// JavaScript's `===`, on values without arrays and objects, which are never the same one.
pub fn strictly_equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Array(_) | Value::Object(_)), _) => false,
        (left, right) => left == right,
    }
}

fn number(operation: &str, left: Option<&Value>, right: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| value.map_or(f64::NAN, Value::to_number);
    match operation {
        "equals" => strictly_equal(left, right),
        "notEquals" => !strictly_equal(left, right),
        "gt" => number(left) > number(right),
        "lt" => number(left) < number(right),
        "gte" => number(left) >= number(right),
        "lte" => number(left) <= number(right),
        _ => false,
    }
}

fn boolean(operation: &str, left: Option<&Value>, right: Option<&Value>) -> bool {
    match operation {
        "true" => left.is_some_and(Value::truthy),
        "false" => !left.is_some_and(Value::truthy),
        "equals" => strictly_equal(left, right),
        "notEquals" => !strictly_equal(left, right),
        _ => false,
    }
}

fn date(operation: &str, left: Option<&Value>, right: Option<&Value>) -> bool {
    let (Some(Value::Number(left)), Some(Value::Number(right))) = (left, right) else {
        return false;
    };
    match operation {
        "equals" => left == right,
        "notEquals" => left != right,
        "after" => left > right,
        "before" => left < right,
        "afterOrEquals" => left >= right,
        "beforeOrEquals" => left <= right,
        _ => false,
    }
}

fn array(operation: &str, sides: &Sides<'_>) -> bool {
    let values = sides.left.as_ref().and_then(Value::as_array).unwrap_or_default();
    let length = values.len() as f64;
    let right = sides.right.as_ref();
    let wanted = right.map_or(f64::NAN, Value::to_number);
    match operation {
        "contains" => contains(values, right, sides.case_sensitive),
        "notContains" => !contains(values, right, sides.case_sensitive),
        "lengthEquals" => length == wanted,
        "lengthNotEquals" => length != wanted,
        "lengthGt" => length > wanted,
        "lengthLt" => length < wanted,
        "lengthGte" => length >= wanted,
        "lengthLte" => length <= wanted,
        _ => false,
    }
}

fn contains(values: &[Value], wanted: Option<&Value>, case_sensitive: bool) -> bool {
    match wanted {
        Some(Value::Text(wanted)) if !case_sensitive => {
            let wanted = wanted.to_lowercase();
            values
                .iter()
                .any(|value| value.as_str().is_some_and(|text| text.to_lowercase() == wanted))
        }
        Some(wanted) => values.iter().any(|value| strictly_equal(Some(value), Some(wanted))),
        None => false,
    }
}
