//! The functions of the scope.

use patchbay_model::item::Pair;
use patchbay_model::{Scope, Source, Value};

use super::node::item_value;
use super::paired;
use crate::{Error, Js};

/// `$getPairedItem(node, source, pairedItem)`.
pub(super) fn paired_item(arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let [node, source, pair, ..] = arguments else {
        return Err(Error::type_error(
            "Cannot read properties of undefined (reading 'item')",
        ));
    };
    let number = |value: &Js, name: &str| {
        value
            .own(name)
            .map_or(0, |number| number.to_integer().max(0.0) as usize)
    };
    let source = Source {
        node: source.own("previousNode").unwrap_or_default().to_text(),
        output: number(source, "previousNodeOutput"),
        run: number(source, "previousNodeRun"),
    };
    let item = pair
        .as_number()
        .map_or_else(|| number(pair, "item"), |item| item as usize);
    let pair = Pair {
        item: item as u32,
        input: None,
    };
    paired::follow(&node.to_text(), pair, &[Some(source)], "item", scope, 0).map(item_value)
}

/// `$fromAI(key, description, type, default)`: what a model has given as the tool's input.
pub(super) fn from_ai(arguments: &[Js], scope: &Scope<'_>) -> Result<Js, Error> {
    let key = arguments.first().map(Js::to_text).unwrap_or_default();
    if key.is_empty() || arguments.first().is_some_and(Js::is_nullish) {
        return Err(Error::new("Add a key, e.g. $fromAI('placeholder_name')"));
    }
    let is_valid = key.len() <= 64
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !is_valid {
        return Err(Error::new(
            "Invalid parameter key, must be between 1 and 64 characters long and only contain lowercase letters, \
             uppercase letters, numbers, underscores, and hyphens",
        ));
    }
    let given = scope.item().and_then(|item| {
        let query = item.json.get("query").and_then(|query| query.get(&key));
        query.or_else(|| item.json.get(&key)).filter(|value| !value.is_null())
    });
    Ok(match given {
        Some(value) => Js::Json(value.clone()),
        None => arguments.get(3).cloned().unwrap_or_default(),
    })
}

/// `$ifEmpty(value, default)`.
pub(super) fn if_empty(arguments: &[Js]) -> Result<Js, Error> {
    let [value, default, ..] = arguments else {
        return Err(Error::new(
            "expected two arguments (value, defaultValue) for this function",
        ));
    };
    let is_empty = match value {
        Js::Undefined | Js::Json(Value::Null) => true,
        Js::Json(Value::Text(text)) => text.is_empty(),
        other => other.array_length() == Some(0) || other.entries().is_some_and(|mut entries| entries.next().is_none()),
    };
    Ok(if is_empty { default.clone() } else { value.clone() })
}

/// `$average(…)`.
pub(super) fn average(arguments: &[Js]) -> Result<Js, Error> {
    let mut sum = 0.0;
    for argument in arguments {
        sum += argument
            .as_number()
            .ok_or_else(|| Error::new("average(): all array elements must be numbers"))?;
    }
    Ok(Js::number(if arguments.is_empty() {
        0.0
    } else {
        sum / arguments.len() as f64
    }))
}

/// `$jmespath(value, expression)`.
pub(super) fn jmespath(value: &Js, expression: &Js) -> Result<Js, Error> {
    let (true, Some(expression)) = (value.is_object(), expression.as_str()) else {
        return Err(Error::new("expected two arguments (Object, string) for this function"));
    };
    let failed = |error: jmespath::JmespathError| Error::of(crate::Kind::Error, error.to_string());
    let expression = jmespath::compile(expression).map_err(failed)?;
    let value = value.to_value(crate::Missing::Dropped).unwrap_or_default();
    let value = serde_json::Value::from(&value);
    let found = expression.search(value).map_err(failed)?;
    let found = serde_json::to_value(&*found).unwrap_or_default();
    Ok(Js::Json(Value::from(found)))
}
