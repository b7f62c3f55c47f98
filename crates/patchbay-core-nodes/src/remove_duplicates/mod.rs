//! Remove Duplicates: keeps the first of items whose fields are the same, or those that no earlier execution has seen
//! ([`history`]).

mod history;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use async_trait::async_trait;
use patchbay_model::{Item, Items, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::compare::{less, sort_by};
use crate::fingerprint::fingerprint;
use crate::item_lists;
use crate::path::Path;
use crate::split_out::field_names;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.removeDuplicates",
    title: "Remove Duplicates",
    about: "Keeps the first of items that are the same",
    versions: &[1.0, 1.1, 2.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Text,
            "\"removeDuplicateInputItems\"",
            "Among which items",
        )
        .versions(2.0, f64::INFINITY),
        ParameterDescription::new(
            "compare",
            Kind::Options(&["allFields", "allFieldsExcept", "selectedFields"]),
            "\"allFields\"",
            "Which fields are compared",
        ),
        ParameterDescription::new("fieldsToExclude", Kind::Text, "\"\"", "The fields left out, by commas"),
        ParameterDescription::new("fieldsToCompare", Kind::Text, "\"\"", "The fields compared, by commas"),
        ParameterDescription::new(
            "logic",
            Kind::Options(&[
                "removeItemsWithAlreadySeenKeyValues",
                "removeItemsUpToStoredIncrementalKey",
                "removeItemsUpToStoredDate",
            ]),
            "\"removeItemsWithAlreadySeenKeyValues\"",
            "What makes an item new: its value, or that it is above all before it",
        )
        .versions(2.0, f64::INFINITY),
        ParameterDescription::new("dedupeValue", Kind::Text, "\"\"", "The value").versions(2.0, f64::INFINITY),
        ParameterDescription::new("incrementalDedupeValue", Kind::Text, "\"\"", "The number")
            .versions(2.0, f64::INFINITY),
        ParameterDescription::new("dateDedupeValue", Kind::Text, "\"\"", "The date").versions(2.0, f64::INFINITY),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Dots, other fields; of the history its scope and its size",
        ),
    ],
};

pub struct RemoveDuplicates;

#[async_trait]
impl Node for RemoveDuplicates {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let outcome = match context.text("operation", 0)?.as_str() {
            "removeItemsSeenInPreviousExecutions" => history::unseen(context),
            "clearDeduplicationHistory" => history::clear(context),
            _ => without_duplicates(context).map(Outcome::items),
        };
        match outcome {
            // Later versions put out the failure itself, in place of all items.
            Err(error) if context.version() >= 2.0 && context.continues_on_fail() && !error.is_cancelled() => {
                Ok(Outcome::items(vec![Item {
                    error: Some(error.to_item_error().into()),
                    ..Item::default()
                }]))
            }
            outcome => outcome,
        }
    }
}

/// The items without those that are the same.
pub(crate) fn without_duplicates(context: &Context<'_>) -> Result<Items, NodeError> {
    let dots = !context.boolean("options.disableDotNotation", 0)?;
    let compare = context.text("compare", 0)?;
    let names = match compare.as_str() {
        "selectedFields" => field_names(context, "fieldsToCompare", 0)?,
        _ => field_names(context, "fieldsToExclude", 0)?,
    };
    let items = context.items();
    let wants = |what: &str| {
        NodeError::new("E0900", format!("No fields specified. Please add a field to {what}")).parameter("compare")
    };
    let keys: Vec<Text> = match compare.as_str() {
        "selectedFields" if names.is_empty() => return Err(wants("compare on")),
        "selectedFields" if names.iter().any(Text::is_empty) => {
            return Err(NodeError::new("E0900", "Name of field to compare is blank").parameter("fieldsToCompare"));
        }
        "selectedFields" => names,
        "allFieldsExcept" if names.is_empty() => return Err(wants("exclude from comparison")),
        "allFieldsExcept" => all_keys(items, dots)
            .into_iter()
            .filter(|key| !names.contains(key))
            .collect(),
        _ => all_keys(items, dots),
    };
    let paths: Vec<Path> = keys.iter().map(|key| Path::new(key, dots)).collect();
    let types = Types::of(context);
    for path in &paths {
        check_field(items, path, dots, types)?;
    }
    let repeated = match types {
        Types::Unchecked => repeated(items, &paths),
        _ => repeated_in_order(items, &paths),
    };
    let remove_others = context.boolean("options.removeOtherFields", 0)?;
    let mut kept: Vec<Item> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if repeated.contains(&index) {
            continue;
        }
        kept.push(if remove_others {
            let mut json = Object::with_capacity(paths.len());
            for path in &paths {
                path.set(&mut json, path.get(&item.json).map(Cow::into_owned));
            }
            Item::new(json).paired_with(kept.len())
        } else {
            item.clone().paired_with(index)
        });
    }
    Ok(kept.into())
}

/// How the types of a field's values are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Types {
    /// All must be of one type; null is an object.
    Strict,
    /// As strict, but null is of no type.
    WithNull,
    Unchecked,
}

impl Types {
    fn of(context: &Context<'_>) -> Self {
        match (item_lists::runs(context), context.version()) {
            (true, 3.1..) => Self::Unchecked,
            (true, _) | (false, ..1.1) => Self::Strict,
            _ => Self::WithNull,
        }
    }
}

type Values = Vec<Option<String>>;

/// What tells whether an item is the same as another.
fn values(item: &Item, paths: &[Path]) -> Values {
    let values = paths.iter().map(|path| path.get(&item.json));
    values.map(|value| value.as_deref().map(fingerprint)).collect()
}

/// The places of the items that are the same as an earlier one.
fn repeated(items: &[Item], paths: &[Path]) -> HashSet<usize> {
    let mut known = HashSet::new();
    let items = items.iter().enumerate();
    let repeated = items.filter(|(_, item)| !known.insert(values(item, paths)));
    repeated.map(|(place, _)| place).collect()
}

/// As [`repeated`], the way of n8n's older versions: the items are sorted, and each is compared with the one before it.
/// Where values have no order (null and text) the same ones need not come together, and stay.
fn repeated_in_order(items: &[Item], paths: &[Path]) -> HashSet<usize> {
    let mut sorted: Vec<(usize, &Item)> = items.iter().enumerate().collect();
    sort_by(&mut sorted, &mut |(_, left), (_, right)| {
        let orders = paths.iter().map(|path| {
            let (left, right) = (path.get(&left.json), path.get(&right.json));
            match (left.as_deref(), right.as_deref()) {
                (left, right) if left == right => Ordering::Equal,
                (left, right) if less(left, right) => Ordering::Less,
                _ => Ordering::Greater,
            }
        });
        orders
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    let mut before: Option<Values> = None;
    let mut repeated = HashSet::new();
    for (place, item) in sorted {
        let values = values(item, paths);
        if before.as_ref() == Some(&values) {
            repeated.insert(place);
        } else {
            before = Some(values);
        }
    }
    repeated
}

/// The keys of all items; where dots part keys, those of the innermost values.
fn all_keys(items: &[Item], dots: bool) -> Vec<Text> {
    let mut keys = indexmap::IndexSet::new();
    for item in items {
        for (key, value) in item.json.iter() {
            if dots {
                flatten(key, value, &mut keys);
            } else {
                keys.insert(key.clone());
            }
        }
    }
    keys.into_iter().collect()
}

fn flatten(prefix: &str, value: &Value, keys: &mut indexmap::IndexSet<Text>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object.iter() {
                flatten(&format!("{prefix}.{key}"), value, keys);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                flatten(&format!("{prefix}.{index}"), value, keys);
            }
        }
        _ => drop(keys.insert(prefix.into())),
    }
}

/// n8n wants each field in each item, and always of one type; the first item that is not so is told.
fn check_field(items: &[Item], path: &Path, dots: bool, types: Types) -> Result<(), NodeError> {
    let name = path.as_str();
    let mut known: Option<&'static str> = None;
    for (index, item) in items.iter().enumerate() {
        let Some(value) = path.get(&item.json) else {
            let error = NodeError::new("E0901", format!("'{name}' field is missing from some input items")).item(index);
            return Err(if !dots && name.contains('.') {
                error.description(
                    "If you're trying to use a nested field, make sure you turn off 'disable dot notation' in the node \
                     options",
                )
            } else {
                error
            });
        };
        if types == Types::Unchecked || types == Types::WithNull && value.is_null() {
            continue;
        }
        let found = value.type_of();
        if let Some(known) = known.filter(|known| *known != found) {
            return Err(NodeError::new("E0902", format!("'{name}' isn't always the same type"))
                .description(format!(
                    "The type of this field varies between items, in item [{}] it's a {known} and in item [{index}] it's a \
                     {found} ",
                    index - 1
                ))
                .item(index));
        }
        known = Some(found);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn the_first_of_the_same_stays() {
        let items = r#"[{"a":1,"b":"x"},{"a":1,"b":"y"},{"a":2,"b":"x"},{"a":1,"b":"x"}]"#;
        for (parameters, expected) in [
            ("{}", Ok(r#"[[{"a":1,"b":"x"},{"a":1,"b":"y"},{"a":2,"b":"x"}]]"#)),
            (
                r#"{"compare": "selectedFields", "fieldsToCompare": "a", "options": {"removeOtherFields": true}}"#,
                Ok(r#"[[{"a":1},{"a":2}]]"#),
            ),
            (
                r#"{"compare": "allFieldsExcept", "fieldsToExclude": "a"}"#,
                Ok(r#"[[{"a":1,"b":"x"},{"a":1,"b":"y"}]]"#),
            ),
            (
                r#"{"compare": "selectedFields", "fieldsToCompare": "zz"}"#,
                Err("'zz' field is missing from some input items"),
            ),
            (
                r#"{"compare": "selectedFields"}"#,
                Err("No fields specified. Please add a field to compare on"),
            ),
        ] {
            let result = run(2.0, parameters, items).of(&RemoveDuplicates);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }
}
