//! Item Lists: what Split Out, Aggregate, Remove Duplicates, Sort, Limit and Summarize do, in one node of older files.

use async_trait::async_trait;
use patchbay_model::item::PairedItem;
use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostics, Items, Object, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::split_out::Split;
use crate::{aggregate, issues, limit, remove_duplicates, sort, summarize};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.itemLists",
    title: "Item Lists",
    about: "Works on lists of items, and on lists in items",
    versions: &[1.0, 2.0, 2.1, 2.2, 3.0, 3.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new("operation", Kind::Text, "\"splitOutItems\"", "What is done"),
        ParameterDescription::new("fieldToSplitOut", Kind::Text, "\"\"", "The list that becomes items")
            .required_where("operation", &["splitOutItems"]),
        ParameterDescription::new(
            "include",
            Kind::Text,
            "\"noOtherFields\"",
            "Which other fields the items have",
        ),
        ParameterDescription::new("fieldsToInclude", Kind::Text, "", "These fields"),
        ParameterDescription::new("fieldsToExclude", Kind::Text, "", "All but these fields"),
        ParameterDescription::new("fieldsToCompare", Kind::Text, "", "The fields compared"),
        ParameterDescription::new("compare", Kind::Text, "\"allFields\"", "Which fields are compared"),
        ParameterDescription::new(
            "aggregate",
            Kind::Options(&["aggregateIndividualFields", "aggregateAllItemData"]),
            "\"aggregateIndividualFields\"",
            "Lists of fields, or a list of items",
        ),
        ParameterDescription::new(
            "fieldsToAggregate",
            Kind::Collection,
            "{}",
            "The fields that become lists",
        ),
        ParameterDescription::new(
            "destinationFieldName",
            Kind::Text,
            "\"data\"",
            "The field of the list of items",
        ),
        ParameterDescription::new("type", Kind::Text, "\"simple\"", "How items are sorted"),
        ParameterDescription::new("code", Kind::Text, sort::DEFAULT_CODE, "Compares the items `a` and `b`"),
        ParameterDescription::new("sortFieldsUi", Kind::Collection, "{}", "The fields to sort by"),
        ParameterDescription::new("maxItems", Kind::Number, "1", "How many items are kept"),
        ParameterDescription::new("keep", Kind::Text, "\"firstItems\"", "Which items are kept"),
        ParameterDescription::new("fieldsToSummarize", Kind::Collection, "{}", "The fields to summarize"),
        ParameterDescription::new("fieldsToSplitBy", Kind::Text, "\"\"", "The fields that make groups"),
        ParameterDescription::new("options", Kind::Collection, "{}", "Dots, names, missing values"),
    ],
};

pub struct ItemLists;

/// Whether it is this node that runs, and not one of those that came after it and share its work.
pub(crate) fn runs(context: &Context<'_>) -> bool {
    context.description.name == DESCRIPTION.name
}

#[async_trait]
impl Node for ItemLists {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn check(&self, node: &FileNode) -> Diagnostics {
        if issues::literal(node, "operation", "splitOutItems") == "sort" {
            sort::nameless_fields(node)
        } else {
            Diagnostics::new()
        }
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let operation = context.text("operation", 0)?;
        let later = context.version() >= 3.0;
        Ok(Outcome::items(match operation.as_str() {
            "splitOutItems" => split_out(context)?,
            "aggregateItems" if !later => {
                let mut item = aggregate::aggregated(context)?;
                // The first version does not say where a list of whole items comes from.
                if context.version() < 2.0 && context.text("aggregate", 0)? == "aggregateAllItemData" {
                    item.paired = PairedItem::default();
                }
                vec![item].into()
            }
            "concatenateItems" if later => vec![aggregate::aggregated(context)?].into(),
            "removeDuplicates" => remove_duplicates::without_duplicates(context)?,
            "limit" => limit::limited_by_parameters(context)?,
            "sort" if context.text("type", 0)? == "random" => sort::shuffled(context),
            "sort" if context.text("type", 0)? == "code" => sort::sorted_by_code(context).await?,
            "sort" => {
                let dots = !context.boolean("options.disableDotNotation", 0)?;
                sort::sorted(context, "sortFieldsUi.sortField", dots)?
            }
            "summarize" => summarize::summarized(context, false, true)?,
            _ => {
                let message = if later {
                    "Cannot read properties of undefined (reading 'execute')".to_owned()
                } else {
                    format!("Operation '{operation}' is not recognized")
                };
                return Err(NodeError::new("E0906", message)
                    .description(format!("There is no operation `{operation}`"))
                    .parameter("operation"));
            }
        }))
    }
}

fn split_out(context: &Context<'_>) -> Result<Items, NodeError> {
    let version = context.version();
    let mut made = Vec::new();
    for (index, item) in context.items().iter().enumerate() {
        context.checkpoint()?;
        let split = Split::of(context, index)?;
        for (path, _) in &split.fields {
            check(path.get(&item.json).as_deref(), path.as_str(), version, &item.json)
                .map_err(|error| error.parameter("fieldToSplitOut").item(index))?;
        }
        split.split(item, index, &mut made)?;
    }
    Ok(made.into())
}

/// The first versions want the field in each item, and a list there.
fn check(value: Option<&Value>, name: &str, version: f64, json: &Object) -> Result<(), NodeError> {
    match value {
        None if version < 2.1 => {
            let message = format!("Couldn't find the field '{name}' in the input data");
            let error = NodeError::new("E0907", message);
            Err(
                match patchbay_model::diagnostic::nearest(name, json.keys().map(AsRef::as_ref)) {
                    Some(near) => error.hint(format!("Did you mean `{near}`?")),
                    None => error,
                },
            )
        }
        None | Some(Value::Array(_)) => Ok(()),
        Some(Value::Object(_)) if version >= 2.0 => Ok(()),
        Some(_) if version >= 2.2 => Ok(()),
        Some(_) => {
            let wanted = if version < 2.0 {
                "an array"
            } else {
                "an array or object"
            };
            Err(NodeError::new(
                "E0908",
                format!("The provided field '{name}' is not {wanted}"),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn operations_are_those_of_the_nodes_that_came_after() {
        let items = r#"[{"a":1,"l":[1,2]},{"a":1,"l":[3]}]"#;
        for (version, parameters, expected) in [
            (1.0, r#"{"fieldToSplitOut": "l"}"#, Ok(r#"[[{"l":1},{"l":2},{"l":3}]]"#)),
            (
                1.0,
                r#"{"fieldToSplitOut": "l", "include": "selectedOtherFields", "fieldsToInclude": {"fields": [{"fieldName": "a"}]}}"#,
                Ok(r#"[[{"l":1,"a":1},{"l":2,"a":1},{"l":3,"a":1}]]"#),
            ),
            (
                1.0,
                r#"{"fieldToSplitOut": "a"}"#,
                Err("The provided field 'a' is not an array"),
            ),
            (
                2.0,
                r#"{"fieldToSplitOut": "zz"}"#,
                Err("Couldn't find the field 'zz' in the input data"),
            ),
            (3.0, r#"{"fieldToSplitOut": "zz"}"#, Ok("[[]]")),
            (
                1.0,
                r#"{"operation": "removeDuplicates", "compare": "selectedFields", "fieldsToCompare": {"fields": [{"fieldName": "a"}]}}"#,
                Ok(r#"[[{"a":1,"l":[1,2]}]]"#),
            ),
            (
                3.0,
                r#"{"operation": "summarize", "fieldsToSummarize": {"values": [{"aggregation": "sum", "field": "a"}]}, "fieldsToSplitBy": "a"}"#,
                Ok(r#"[[{"a":"1","sum_a":2}]]"#),
            ),
            (
                3.0,
                r#"{"operation": "concatenateItems", "aggregate": "aggregateAllItemData", "include": "allFieldsExcept", "fieldsToExclude": "l"}"#,
                Ok(r#"[[{"data":[{"a":1},{"a":1}]}]]"#),
            ),
            (1.0, r#"{"operation": "zz"}"#, Err("Operation 'zz' is not recognized")),
            (
                3.0,
                r#"{"operation": "zz"}"#,
                Err("Cannot read properties of undefined (reading 'execute')"),
            ),
        ] {
            let result = run(version, parameters, items).of(&ItemLists);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{parameters}");
        }
    }
}
