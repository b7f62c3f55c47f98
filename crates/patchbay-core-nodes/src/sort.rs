//! Sort: orders items by fields, by code, or at random.

use std::cmp::Ordering;

use async_trait::async_trait;
use patchbay_expression::Js;
use patchbay_expression::script::{Failure, Flavour, Script};
use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostics, Item, Items, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::code::host::ContextHost;
use crate::code::limit_error;
use crate::code::returned::json_of;
use crate::compare::{less, sort_by};
use crate::issues;
use crate::path::Path;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.sort",
    title: "Sort",
    about: "Orders items by fields, or at random",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "type",
            Kind::Options(&["simple", "random", "code"]),
            "\"simple\"",
            "How they are ordered",
        ),
        ParameterDescription::new(
            "sortFieldsUi",
            Kind::Collection,
            "{}",
            "The fields, the first one first",
        ),
        ParameterDescription::new(
            "code",
            Kind::Text,
            DEFAULT_CODE,
            "The body of a function that compares the items `a` and `b`",
        ),
        ParameterDescription::new("options", Kind::Collection, "{}", "Dots in names"),
    ],
};

pub struct Sort;

#[async_trait]
impl Node for Sort {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn check(&self, node: &FileNode) -> Diagnostics {
        nameless_fields(node)
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        match context.text("type", 0)?.as_str() {
            "random" => Ok(Outcome::items(shuffled(context))),
            "simple" => {
                let dots = !context.boolean("options.disableDotNotation", 0)?;
                Ok(Outcome::items(sorted(context, "sortFieldsUi.sortField", dots)?))
            }
            "code" => Ok(Outcome::items(sorted_by_code(context).await?)),
            other => Err(NodeError::new("E0362", format!("Sorting by {other} is not supported")).parameter("type")),
        }
    }
}

/// The code that the editor begins with: it sorts by a field `myField`.
pub(crate) const DEFAULT_CODE: &str = r#""if (a.json.myField < b.json.myField) {\n  return -1;\n}\nif (a.json.myField > b.json.myField) {\n  return 1;\n}\nreturn 0;""#;

/// A fault for each field to sort by that has no name.
pub(crate) fn nameless_fields(node: &FileNode) -> Diagnostics {
    let mut faults = Diagnostics::new();
    if issues::literal(node, "type", "simple") == "simple" {
        issues::missing_in_each(node, "sortFieldsUi.sortField", "fieldName", &mut faults);
    }
    faults
}

/// The items ordered by JavaScript that compares two of them.
pub(crate) async fn sorted_by_code(context: &Context<'_>) -> Result<Items, NodeError> {
    let code = context.text("code", 0)?;
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if !code.split(|letter| !is_word(letter)).any(|word| word == "return") {
        let message = "Sort code doesn't return. Please add a 'return' statement to your code";
        return Err(NodeError::new("E0303", message).parameter("code"));
    }
    let host = ContextHost::new(context);
    let failed = |failure: &Failure| match failure.error.kind {
        patchbay_expression::Kind::Limit => limit_error(failure),
        _ => NodeError::new("E0304", failure.error.message.clone()).parameter("code"),
    };
    // On one line, and no `async` function, as n8n does it.
    let program = format!("return items.sort((a, b) => {{ {code} }})");
    let mut script =
        Script::new(&program, Flavour::Legacy, &context.scope, &host).map_err(|failure| failed(&failure))?;
    let globals = [("items", host.items())];
    script
        .run(&context.scope, &globals, &host, |value| {
            in_order(&value, context.items())
        })
        .await
        .map_err(|failure| failed(&failure))
}

/// The items in the order of the script's, which may have changed their JSON; each is known by its `pairedItem`.
fn in_order(value: &Js, items: &[Item]) -> Items {
    let elements = value.to_elements().unwrap_or_default();
    let one = |element: &Js| {
        let index = element.own("pairedItem")?.own("item")?.to_number() as usize;
        let item = items.get(index)?.clone();
        let json = json_of(&element.own("json")?);
        Some(Item { json, ..item }.paired_with(index))
    };
    elements.iter().filter_map(one).collect()
}

/// The items in random order.
pub(crate) fn shuffled(context: &Context<'_>) -> Items {
    let mut items = numbered(context.items());
    for end in (1..items.len()).rev() {
        let other = (context.capabilities.environment.random() * (end + 1) as f64) as usize;
        items.swap(end, other.min(end));
    }
    items.into()
}

fn numbered(items: &[Item]) -> Vec<Item> {
    let items = items.iter().enumerate();
    items.map(|(index, item)| item.clone().paired_with(index)).collect()
}

/// The items ordered by the fields that a parameter names: `[{fieldName, order}]`.
pub(crate) fn sorted(context: &Context<'_>, parameter: &str, dots: bool) -> Result<Items, NodeError> {
    let mut fields = Vec::new();
    for index in 0..context.parameter(parameter).map_or(0, |list| list.elements().len()) {
        let name = context.text(&format!("{parameter}.{index}.fieldName"), 0)?;
        let descending = context.text(&format!("{parameter}.{index}.order"), 0)? == "descending";
        fields.push((Path::new(&name, dots), descending));
    }
    if fields.is_empty() {
        return Err(
            NodeError::new("E0360", "No sorting specified. Please add a field to sort by")
                .parameter(parameter.to_owned()),
        );
    }
    let items = context.items();
    for (path, _) in &fields {
        check_field(items, path, dots)?;
    }
    // Values are looked up once, text in lower case, not again for each comparison.
    let mut keyed: Vec<(usize, Vec<Option<Value>>)> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            (
                index,
                fields
                    .iter()
                    .map(|(path, _)| key(path.get(&item.json).as_deref()))
                    .collect(),
            )
        })
        .collect();
    sort_by(&mut keyed, &mut |(_, left), (_, right)| {
        let pairs = left.iter().zip(right).zip(&fields);
        pairs
            .map(|((left, right), (_, descending))| order(left.as_ref(), right.as_ref(), *descending))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    Ok(keyed
        .into_iter()
        .map(|(index, _)| items[index].clone().paired_with(index))
        .collect())
}

fn key(value: Option<&Value>) -> Option<Value> {
    match value {
        Some(Value::Text(text)) => Some(Value::Text(Text::from(text.to_lowercase()))),
        other => other.cloned(),
    }
}

/// n8n's order: what is not less is more, even where JavaScript knows no order.
fn order(left: Option<&Value>, right: Option<&Value>, descending: bool) -> Ordering {
    let container = |value: Option<&Value>| matches!(value, Some(Value::Array(_) | Value::Object(_)));
    let is_less = match (left, right) {
        // Lists and objects are numbers here, whatever they are compared with.
        (Some(left_value), Some(right_value)) if container(left) || container(right) => {
            left_value.to_number() < right_value.to_number()
        }
        _ => less(left, right),
    };
    if left == right {
        Ordering::Equal
    } else if is_less != descending {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

/// n8n's error where no item has a field.
pub(crate) fn check_field(items: &[Item], path: &Path, dots: bool) -> Result<(), NodeError> {
    if items.is_empty() || items.iter().any(|item| path.get(&item.json).is_some()) {
        return Ok(());
    }
    let name = path.as_str();
    let error = NodeError::new("E0361", format!("Couldn't find the field '{name}' in the input data"));
    if !dots && name.contains('.') {
        return Err(error.description(
            "If you're trying to use a nested field, make sure you turn off 'disable dot notation' in the node options",
        ));
    }
    let known = items.iter().flat_map(|item| item.json.keys().map(Text::as_str));
    Err(match patchbay_model::diagnostic::nearest(name, known) {
        Some(near) => error.hint(format!("Did you mean `{near}`?")),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn items_are_ordered_by_fields() {
        let items = r#"[{"a":3,"b":"x"},{"a":1,"b":"Y"},{"a":10,"b":"a"},{"b":"B","a":"2"},{"a":null},{"a":true,"b":"é"},{"q":1}]"#;
        for (field, order, expected) in [
            ("a", "ascending", "4,1,5,3,0,2,6"),
            ("a", "descending", "6,2,0,3,5,1,4"),
            ("b", "ascending", "2,3,0,1,4,5,6"),
            ("b", "descending", "5,4,6,1,0,3,2"),
        ] {
            let parameters =
                format!(r#"{{"sortFieldsUi": {{"sortField": [{{"fieldName": "{field}", "order": "{order}"}}]}}}}"#);
            let outputs = run(1.0, &parameters, items).outcome(&Sort).expect("items");
            let places: Vec<String> = outputs[0]
                .iter()
                .map(|item| item.paired.pairs()[0].item.to_string())
                .collect();
            assert_eq!(places.join(","), expected, "{field} {order}");
        }
    }

    #[test]
    fn items_are_ordered_by_code() {
        for (code, expected) in [
            ("return a.json.n - b.json.n", Ok(r#"[[{"n":1},{"n":2},{"n":3}]]"#)),
            (
                "a.json.n - b.json.n",
                Err("Sort code doesn't return. Please add a 'return' statement to your code"),
            ),
            ("return x.y", Err("x is not defined")),
        ] {
            let parameters = Value::object(
                [("type", "code"), ("code", code)]
                    .into_iter()
                    .collect::<patchbay_model::Object>(),
            );
            let result = run(1.0, &parameters.to_json(), r#"[{"n":3},{"n":1},{"n":2}]"#).of(&Sort);
            assert_eq!(result.as_deref().map_err(String::as_str), expected, "{code}");
        }
    }

    #[test]
    fn a_field_that_no_item_has_is_an_error() {
        let parameters = r#"{"sortFieldsUi": {"sortField": [{"fieldName": "zz"}]}}"#;
        let result = run(1.0, parameters, r#"[{"a":1}]"#).of(&Sort);
        assert_eq!(result, Err("Couldn't find the field 'zz' in the input data".to_owned()));
        let result = run(1.0, "{}", r#"[{"a":1}]"#).of(&Sort);
        assert_eq!(
            result,
            Err("No sorting specified. Please add a field to sort by".to_owned())
        );
    }
}
