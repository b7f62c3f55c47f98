//! The first version of Merge.

use std::borrow::Cow;
use std::collections::HashMap;

use patchbay_model::{Item, Items, Object, PairedItem, Text, Value};
use patchbay_node::{Context, NodeError};

use super::clash::merge_objects;
use super::{append, empty_item, input, merge_binary};
use crate::path::Path;

pub fn run(context: &Context<'_>) -> Result<Items, NodeError> {
    let mode = context.text("mode", 0)?;
    Ok(match mode.as_str() {
        "append" => append(context),
        "passThrough" => input(context, usize::from(context.text("output", 0)? == "input2")).into(),
        "wait" => empty_item(context, 0..1),
        "multiplex" => {
            let second = input(context, 1);
            let first = input(context, 0);
            first
                .iter()
                .flat_map(|first| second.iter().map(|second| merged(first, second)))
                .collect()
        }
        "mergeByIndex" => by_index(context)?,
        "mergeByKey" | "keepKeyMatches" | "removeKeyMatches" => by_key(context, &mode)?,
        _ => Items::default(),
    })
}

/// Both items in one, the second one winning.
fn merged(first: &Item, second: &Item) -> Item {
    let mut json = (*first.json).clone();
    merge_objects(&mut json, &second.json, false, false);
    let pairs = first.paired.pairs().iter().chain(second.paired.pairs()).copied();
    Item {
        json: json.into(),
        binary: merge_binary(first.binary.as_ref(), second.binary.as_ref()),
        paired: pairs.collect::<PairedItem>(),
        error: None,
    }
}

fn by_index(context: &Context<'_>) -> Result<Items, NodeError> {
    let (first, second) = (input(context, 0), input(context, 1));
    let count = match context.text("join", 0)?.as_str() {
        "inner" => first.len().min(second.len()),
        "outer" => first.len().max(second.len()),
        _ => first.len(),
    };
    let made = (0..count).filter_map(|place| match (first.get(place), second.get(place)) {
        (Some(first), Some(second)) => Some(merged(first, second)),
        (first, second) => first.or(second).cloned(),
    });
    Ok(made.collect())
}

fn by_key(context: &Context<'_>, mode: &str) -> Result<Items, NodeError> {
    let first_path = Path::parse(&context.text("propertyName1", 0)?);
    let second_path = Path::parse(&context.text("propertyName2", 0)?);
    let overwrite = context.text("overwrite", 0)?;
    let second = input(context, 1);
    if second.is_empty() {
        return Ok(if mode == "keepKeyMatches" {
            Items::default()
        } else {
            input(context, 0).into()
        });
    }
    // Keys are text, as those of JavaScript's objects; the last item of a key wins. In the second input nothing that
    // JavaScript takes for false is one; in the first input only text, numbers and null are.
    let mut by_key: HashMap<Text, &Item> = HashMap::new();
    for item in &second {
        if let Some(value) = second_path.get(&item.json).filter(|value| value.truthy()) {
            by_key.insert(value.to_text(), item);
        }
    }
    let mut made = Vec::new();
    for item in input(context, 0) {
        let is_key = |value: &Cow<'_, Value>| matches!(**value, Value::Text(_) | Value::Number(_) | Value::Null);
        let Some(key) = first_path.get(&item.json).filter(is_key) else {
            // Without the key an item matches nothing.
            if mode == "removeKeyMatches" {
                made.push(item);
            }
            continue;
        };
        match (by_key.get(&key.to_text()), mode) {
            (Some(other), "mergeByKey") => made.push(overwritten(item, other, &second_path, &overwrite)),
            (Some(_), "keepKeyMatches") | (None, "mergeByKey" | "removeKeyMatches") => made.push(item),
            _ => {}
        }
    }
    Ok(made.into())
}

/// The item with the fields of another, but its key.
fn overwritten(item: Item, other: &Item, key: &Path, overwrite: &str) -> Item {
    let mut json: Object = (*item.json).clone();
    for (name, value) in other.json.iter().filter(|(name, _)| name.as_str() != key.as_str()) {
        let known = json.get(name);
        let free = match overwrite {
            "blank" => known.is_none_or(|known| known.is_null() || known.as_str() == Some("")),
            "undefined" => known.is_none(),
            _ => true,
        };
        if free {
            json.insert(name.clone(), value.clone());
        }
    }
    Item {
        json: json.into(),
        binary: merge_binary(item.binary.as_ref(), other.binary.as_ref()),
        ..item
    }
}
