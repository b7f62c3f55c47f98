//! How two items become one: whose value wins where both have a field, and how deep they are merged.

use std::sync::Arc;

use patchbay_model::item::Pair;
use patchbay_model::{Item, Object, PairedItem, Text, Value};
use patchbay_node::{Context, NodeError};

use super::{merge_binary, with_suffix};

/// The options of Merge about fields that several inputs have.
pub struct Clash {
    resolve: Text,
    deep: bool,
    /// Empty values do not win over others.
    skip_empty: bool,
}

impl Clash {
    pub fn of(context: &Context<'_>, default: &str) -> Result<Self, NodeError> {
        const PATH: &str = "options.clashHandling.values";
        let resolve = context.text(&format!("{PATH}.resolveClash"), 0)?;
        let resolve = if resolve.is_empty() { default.into() } else { resolve };
        // Before version 3 n8n looks at the other options only where it knows the preference.
        let known = context.version() >= 3.0 || matches!(resolve.as_str(), "preferInput1" | "preferInput2");
        Ok(Self {
            deep: !known || context.text(&format!("{PATH}.mergeMode"), 0)? != "shallowMerge",
            skip_empty: known && context.boolean(&format!("{PATH}.overrideEmpty"), 0)?,
            resolve,
        })
    }

    pub fn prefers_first(&self) -> bool {
        self.resolve == "preferInput1"
    }

    /// The number of the input that wins, from 1; `None` for the last one.
    pub fn preferred_input(&self) -> Option<usize> {
        self.resolve.strip_prefix("preferInput")?.parse().ok()
    }

    /// The item with the number of its input behind its keys, if that is asked for.
    pub fn suffixed(&self, item: &Item, input: usize) -> Item {
        let mut item = item.clone();
        if self.resolve == "addSuffix" {
            item.json = with_suffix(&item.json, input).into();
        }
        item
    }

    /// An item of the first input with one of the second.
    pub fn merge_two(&self, first: &Item, second: &Item) -> Item {
        if self.resolve == "addSuffix" {
            return self.merge_all([&self.suffixed(first, 1), &self.suffixed(second, 2)]);
        }
        let (base, winner) = if self.prefers_first() {
            (second, first)
        } else {
            (first, second)
        };
        self.merge_all([base, winner])
    }

    /// All items in one, the last one winning.
    pub fn merge_all<'a>(&self, items: impl IntoIterator<Item = &'a Item>) -> Item {
        let mut merged = Item::default();
        let mut json = Object::new();
        let mut pairs: Vec<Pair> = Vec::new();
        for item in items {
            merge_objects(&mut json, &item.json, self.deep, self.skip_empty);
            merged.binary = merge_binary(merged.binary.as_ref(), item.binary.as_ref());
            pairs.extend_from_slice(item.paired.pairs());
        }
        merged.json = json.into();
        merged.paired = pairs.into_iter().collect::<PairedItem>();
        merged
    }
}

/// Sets the fields of one object in another; where `deep`, objects and lists inside are merged too, lists place by place.
pub fn merge_objects(target: &mut Object, source: &Object, deep: bool, skip_empty: bool) {
    for (key, value) in source {
        let slot = target.get_mut(key);
        match slot {
            None => drop(target.insert(key.clone(), value.clone())),
            Some(known) if skip_empty && is_empty(value) && !is_empty(known) => {}
            Some(known) if deep => merge_values(known, value, skip_empty),
            Some(known) => *known = value.clone(),
        }
    }
}

fn merge_values(target: &mut Value, source: &Value, skip_empty: bool) {
    match (&mut *target, source) {
        (Value::Object(target), Value::Object(source)) => {
            if !Arc::ptr_eq(target, source) {
                merge_objects(Arc::make_mut(target), source, true, skip_empty);
            }
        }
        (Value::Array(target), Value::Array(source)) => {
            let target = Arc::make_mut(target);
            for (index, value) in source.iter().enumerate() {
                match target.get_mut(index) {
                    Some(known) => merge_values(known, value, skip_empty),
                    None => target.push(value.clone()),
                }
            }
        }
        _ => *target = source.clone(),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}
