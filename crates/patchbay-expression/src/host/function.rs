//! The functions of the scope.

use patchbay_model::item::Pair;
use patchbay_model::{Scope, Source};

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
    paired::follow(&node.to_text(), pair, &[Some(source)], "item", scope).map(item_value)
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
