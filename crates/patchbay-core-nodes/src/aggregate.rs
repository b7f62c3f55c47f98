//! Aggregate: makes one item of all: their fields as lists, or the items as one list.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use indexmap::IndexMap;
use patchbay_model::item::Pair;
use patchbay_model::{Binary, Item, Object, PairedItem, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::item_lists;
use crate::path::Path;
use crate::split_out::field_names;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.aggregate",
    title: "Aggregate",
    about: "Makes one item of all",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "aggregate",
            Kind::Options(&["aggregateIndividualFields", "aggregateAllItemData"]),
            "\"aggregateIndividualFields\"",
            "Lists of fields, or a list of items",
        ),
        ParameterDescription::new(
            "fieldsToAggregate",
            Kind::Collection,
            r#"{"fieldToAggregate": [{"fieldToAggregate": ""}]}"#,
            "The fields, each with its new name",
        ),
        ParameterDescription::new(
            "destinationFieldName",
            Kind::Text,
            "\"data\"",
            "The field of the list of items",
        ),
        ParameterDescription::new(
            "include",
            Kind::Options(&["allFields", "specifiedFields", "allFieldsExcept"]),
            "\"allFields\"",
            "Which fields of the items",
        ),
        ParameterDescription::new(
            "fieldsToInclude",
            Kind::Text,
            "\"\"",
            "These fields, separated by commas",
        ),
        ParameterDescription::new(
            "fieldsToExclude",
            Kind::Text,
            "\"\"",
            "All but these, separated by commas",
        ),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Dots, lists in lists, missing values, binary data",
        ),
    ],
};

pub struct Aggregate;

#[async_trait]
impl Node for Aggregate {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        Ok(Outcome::items(vec![aggregated(context)?]))
    }
}

/// All items in one.
pub(crate) fn aggregated(context: &Context<'_>) -> Result<Item, NodeError> {
    let mut made = if context.text("aggregate", 0)? == "aggregateIndividualFields" {
        fields(context)?
    } else {
        items(context)?
    };
    if context.boolean("options.includeBinaries", 0)? {
        made.binary = binaries(context.items(), context.boolean("options.keepOnlyUnique", 0)?);
    }
    Ok(made)
}

/// The origin of an item that is made of several.
pub(crate) fn pairs(items: impl IntoIterator<Item = usize>) -> PairedItem {
    let pairs = items.into_iter().map(|item| Pair {
        item: item as u32,
        input: None,
    });
    pairs.collect()
}

fn fields(context: &Context<'_>) -> Result<Item, NodeError> {
    const PATH: &str = "fieldsToAggregate.fieldToAggregate";
    let dots = !context.boolean("options.disableDotNotation", 0)?;
    let merge_lists = context.boolean("options.mergeLists", 0)?;
    let keep_missing = context.boolean("options.keepMissing", 0)?;
    let count = match context.parameter("fieldsToAggregate") {
        Some(_) => context.parameter(PATH).map_or(0, |list| list.elements().len()),
        None => 1,
    };
    if count == 0 {
        return Err(NodeError::new("E0370", "No fields specified")
            .description("Please add a field to aggregate")
            .parameter(PATH));
    }
    let items = context.items();
    let mut json = Object::new();
    let mut names: Vec<Text> = Vec::new();
    for index in 0..count {
        let field = context.text(&format!("{PATH}.{index}.fieldToAggregate"), 0)?;
        let strict = item_lists::runs(context) && context.version() < 2.1;
        if strict && field.is_empty() {
            return Err(NodeError::new("E0370", "Field to aggregate is blank").parameter(format!("{PATH}.{index}")));
        }
        if field.is_empty() {
            continue;
        }
        let path = Path::new(&field, dots);
        if strict && items.iter().all(|item| path.get(&item.json).is_none()) {
            let message = format!("Couldn't find the field '{field}' in the input data");
            return Err(NodeError::new("E0907", message).parameter(format!("{PATH}.{index}")));
        }
        let own = path.last_part(dots);
        let renamed = if context.boolean(&format!("{PATH}.{index}.renameField"), 0)? {
            context.text(&format!("{PATH}.{index}.outputFieldName"), 0)?
        } else {
            own.as_str().into()
        };
        if names.contains(&renamed) {
            let message = format!("The '{renamed}' output field is used more than once");
            return Err(NodeError::new("E0371", message)
                .description("Please make sure each output field name is unique")
                .parameter(format!("{PATH}.{index}")));
        }
        let target = if renamed.is_empty() {
            own
        } else {
            Path::new(&renamed, dots)
        };
        names.push(renamed);
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match path.get(&item.json).map(Cow::into_owned) {
                None | Some(Value::Null) if !keep_missing => {}
                Some(Value::Array(elements)) => {
                    // Where missing values are left out, so are those in lists.
                    let kept = elements
                        .iter()
                        .filter(|element| keep_missing || !element.is_null())
                        .cloned();
                    if merge_lists {
                        values.extend(kept);
                    } else {
                        values.push(Value::array(kept.collect()));
                    }
                }
                value => values.push(value.unwrap_or_default()),
            }
        }
        target.set(&mut json, Some(Value::array(values)));
    }
    Ok(Item::new(json).paired_with(pairs(0..items.len())))
}

fn items(context: &Context<'_>) -> Result<Item, NodeError> {
    let include = context.text("include", 0)?;
    let names = match include.as_str() {
        "specifiedFields" => field_names(context, "fieldsToInclude", 0)?,
        "allFieldsExcept" => field_names(context, "fieldsToExclude", 0)?,
        _ => Vec::new(),
    };
    let mut values = Vec::with_capacity(context.items().len());
    let mut origins = Vec::with_capacity(context.items().len());
    for (index, item) in context.items().iter().enumerate() {
        if names.is_empty() {
            values.push(item.json_value());
            origins.push(index);
            continue;
        }
        let wanted = include == "specifiedFields";
        let kept = item.json.iter().filter(|(key, _)| names.contains(key) == wanted);
        let mut kept: Object = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
        if wanted {
            // In the order of the names.
            kept = names
                .iter()
                .filter_map(|name| Some((name.clone(), kept.get(name)?.clone())))
                .collect();
        }
        if !kept.is_empty() {
            values.push(Value::object(kept));
            origins.push(index);
        }
    }
    let mut json = Object::with_capacity(1);
    json.insert(context.text("destinationFieldName", 0)?, Value::array(values));
    Ok(Item::new(json).paired_with(pairs(origins)))
}

/// The files of all items; a key that is taken gets a number.
fn binaries(items: &[Item], only_unique: bool) -> Option<Arc<IndexMap<Text, Binary>>> {
    let mut files: IndexMap<Text, Binary> = IndexMap::new();
    let mut known: HashSet<(&Text, u64, Option<&Text>)> = HashSet::new();
    let mut numbers: HashMap<&Text, usize> = HashMap::new();
    for (key, file) in items
        .iter()
        .filter_map(|item| item.binary.as_ref())
        .flat_map(|files| files.iter())
    {
        if only_unique && !known.insert((&file.mime_type, file.size, file.file_extension.as_ref())) {
            continue;
        }
        let mut free = key.clone();
        while files.contains_key(&free) {
            let number = numbers.entry(key).or_default();
            *number += 1;
            free = format!("{key}_{number}").into();
        }
        files.insert(free, file.clone());
    }
    (!files.is_empty()).then(|| files.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_become_one() {
        let items = r#"[{"a":1,"n":{"k":[7]},"l":[1,2]},{"a":null,"l":[3]},{"n":{"k":[8,null]}}]"#;
        for (parameters, expected) in [
            (
                r#"{"fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "a"}, {"fieldToAggregate": "n.k"}]}}"#,
                Ok(r#"[[{"a":[1],"k":[[7],[8]]}]]"#),
            ),
            (
                r#"{"fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "l", "renameField": true, "outputFieldName": "x.y"}]}, "options": {"mergeLists": true}}"#,
                Ok(r#"[[{"x":{"y":[1,2,3]}}]]"#),
            ),
            (
                r#"{"fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "a"}]}, "options": {"keepMissing": true}}"#,
                Ok(r#"[[{"a":[1,null,null]}]]"#),
            ),
            ("{}", Ok("[[{}]]")),
            (r#"{"fieldsToAggregate": {}}"#, Err("No fields specified")),
            (
                r#"{"fieldsToAggregate": {"fieldToAggregate": [{"fieldToAggregate": "a"}, {"fieldToAggregate": "a"}]}}"#,
                Err("The 'a' output field is used more than once"),
            ),
            (
                r#"{"aggregate": "aggregateAllItemData", "include": "specifiedFields", "fieldsToInclude": "a, l"}"#,
                Ok(r#"[[{"data":[{"a":1,"l":[1,2]},{"a":null,"l":[3]}]}]]"#),
            ),
            (
                r#"{"aggregate": "aggregateAllItemData", "include": "allFieldsExcept", "fieldsToExclude": "a,l", "destinationFieldName": "d.e"}"#,
                Ok(r#"[[{"d.e":[{"n":{"k":[7]}},{"n":{"k":[8,null]}}]}]]"#),
            ),
        ] {
            let result = run(1.0, parameters, items).of(&Aggregate);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }
}
