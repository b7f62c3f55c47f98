//! Merge: makes one stream of several: one after the other, side by side, matched by fields, all with all.
//!
//! How two items become one is in [`clash`], matching by fields in [`fields`], queries in [`sql`], the first version in
//! [`legacy`].

mod clash;
mod fields;
mod legacy;
mod sql;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use indexmap::IndexMap;
use patchbay_model::item::Pair;
use patchbay_model::{Binary, Item, Items, Object, PairedItem, Text, Value, workflow};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription, RequiredInputs};

use clash::Clash;

const LATER: f64 = f64::INFINITY;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.merge",
    title: "Merge",
    about: "Makes one stream of items of several",
    versions: &[1.0, 2.0, 2.1, 3.0, 3.1, 3.2],
    trigger: false,
    parameters: &[
        ParameterDescription::new("mode", Kind::Text, "\"append\"", "How they are merged"),
        ParameterDescription::new("numberInputs", Kind::Number, "2", "How many inputs there are").versions(3.0, LATER),
        ParameterDescription::new(
            "combinationMode",
            Kind::Text,
            "\"mergeByFields\"",
            "What belongs together",
        )
        .versions(2.0, 2.1),
        ParameterDescription::new("combineBy", Kind::Text, "\"combineByFields\"", "What belongs together")
            .versions(3.0, LATER),
        ParameterDescription::new("advanced", Kind::Boolean, "false", "Fields have different names")
            .versions(3.0, LATER),
        ParameterDescription::new(
            "fieldsToMatchString",
            Kind::Text,
            "\"\"",
            "The fields, separated by commas",
        )
        .versions(3.0, LATER),
        ParameterDescription::new("mergeByFields", Kind::Collection, "{}", "Pairs of fields").versions(2.0, LATER),
        ParameterDescription::new("joinMode", Kind::Text, "\"keepMatches\"", "Which items go on").versions(2.0, LATER),
        ParameterDescription::new("outputDataFrom", Kind::Text, "\"both\"", "Whose fields they have")
            .versions(2.0, LATER),
        ParameterDescription::new("chooseBranchMode", Kind::Text, "\"waitForAll\"", "What is waited for")
            .versions(2.0, LATER),
        ParameterDescription::new("output", Kind::Text, "\"input1\"", "Which input goes on").versions(1.0, 2.1),
        ParameterDescription::new("output", Kind::Text, "\"specifiedInput\"", "What goes on").versions(3.0, LATER),
        ParameterDescription::new("useDataOfInput", Kind::Text, "1", "Which input goes on").versions(3.0, LATER),
        ParameterDescription::new(
            "query",
            Kind::Text,
            "\"SELECT * FROM input1 LEFT JOIN input2 ON input1.name = input2.id\"",
            "What is selected of the inputs, as tables",
        )
        .versions(3.0, LATER),
        ParameterDescription::new("join", Kind::Text, "\"left\"", "Which items go on without a partner")
            .versions(1.0, 1.0),
        ParameterDescription::new("propertyName1", Kind::Text, "\"\"", "The field of the first input")
            .required_where("mode", &["mergeByKey", "keepKeyMatches", "removeKeyMatches"])
            .versions(1.0, 1.0),
        ParameterDescription::new("propertyName2", Kind::Text, "\"\"", "The field of the second input")
            .required_where("mode", &["mergeByKey", "keepKeyMatches", "removeKeyMatches"])
            .versions(1.0, 1.0),
        ParameterDescription::new("overwrite", Kind::Text, "\"always\"", "When fields are overwritten")
            .versions(1.0, 1.0),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Fields that both have, unpaired items, dots",
        )
        .versions(2.0, LATER),
    ],
};

/// A connection leads to no input beyond it; the number in the file may be any.
const MOST_INPUTS: usize = 1000;

pub struct Merge;

#[async_trait]
impl Node for Merge {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn inputs(&self, node: &workflow::Node) -> usize {
        let count = node.parameters.get("numberInputs").map_or(2.0, Value::to_number);
        if node.version >= 3.0 && count >= 2.0 {
            count as usize
        } else {
            2
        }
    }

    fn required_inputs(&self, node: &workflow::Node) -> RequiredInputs {
        if node.version >= 2.0 && node.parameters.get("mode").and_then(Value::as_str) == Some("chooseBranch") {
            RequiredInputs::These((0..self.inputs(node).min(MOST_INPUTS)).collect())
        } else {
            RequiredInputs::Any
        }
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.version() < 2.0 {
            return legacy::run(context).map(Outcome::items);
        }
        let by = if context.version() < 3.0 {
            "combinationMode"
        } else {
            "combineBy"
        };
        let mode = context.text("mode", 0)?;
        Ok(Outcome::items(match mode.as_str() {
            "append" => append(context),
            "chooseBranch" => choose(context)?,
            "combine" => match context.text(by, 0)?.as_str() {
                "mergeByPosition" => by_position(context)?,
                "combineByPosition" => by_position_of_all(context)?,
                "multiplex" | "combineAll" => all_with_all(context)?,
                _ => fields::run(context)?,
            },
            "combineBySql" if context.version() >= 3.0 => sql::run(context)?,
            _ if context.version() < 3.0 => {
                (context.log)(format!("Merge knows no mode `{mode}` in this version: nothing goes on").into());
                Items::default()
            }
            _ => {
                return Err(
                    NodeError::new("E0380", "Cannot read properties of undefined (reading 'execute')")
                        .description(format!("There is no mode `{mode}`"))
                        .parameter("mode")
                        .hint("The modes are append, combine, combineBySql and chooseBranch"),
                );
            }
        }))
    }
}

/// The items of an input, each knowing its place.
fn input(context: &Context<'_>, input: usize) -> Vec<Item> {
    let items = context.inputs.get(input).map_or(&[][..], |items| items);
    let items = items.iter().enumerate();
    items
        .map(|(index, item)| item.clone().paired_with(pair(index, input)))
        .collect()
}

/// n8n leaves out the number of the first input.
fn pair(item: usize, input: usize) -> Pair {
    Pair {
        item: item as u32,
        input: (input > 0).then_some(input as u32),
    }
}

fn append(context: &Context<'_>) -> Items {
    (0..context.inputs.len())
        .flat_map(|index| input(context, index))
        .collect()
}

fn choose(context: &Context<'_>) -> Result<Items, NodeError> {
    let output = context.text("output", 0)?;
    let chosen = match output.as_str() {
        "empty" => return Ok(empty_item(context, 0..context.inputs.len())),
        "specifiedInput" if context.version() >= 3.0 => context.number("useDataOfInput", 0)?,
        "input1" if context.version() < 3.0 => 1.0,
        "input2" if context.version() < 3.0 => 2.0,
        _ => return Ok(Items::default()),
    };
    let count = Merge.inputs(context.node);
    if chosen > count as f64 {
        let description = format!("The node has only {count} inputs, so selecting input {chosen} is not possible.");
        return Err(NodeError::new("E0380", format!("Input {chosen} doesn't exist"))
            .description(description)
            .parameter("useDataOfInput"));
    }
    let places = (0..count).filter(|place| (*place + 1) as f64 == chosen);
    Ok(places.flat_map(|place| input(context, place)).collect())
}

/// One item without fields, made of all items of some inputs.
fn empty_item(context: &Context<'_>, inputs: impl Iterator<Item = usize>) -> Items {
    let pairs = inputs.flat_map(|index| {
        let count = context.inputs.get(index).map_or(0, |items| items.len());
        (0..count).map(move |item| pair(item, index))
    });
    vec![Item::default().paired_with(pairs.collect::<PairedItem>())].into()
}

/// Items of the same place in two inputs, before version 3.
fn by_position(context: &Context<'_>) -> Result<Items, NodeError> {
    let clash = Clash::of(context, "preferInput2")?;
    let include_unpaired = context.boolean("options.includeUnpaired", 0)?;
    let (mut first, mut second) = (input(context, 0), input(context, 1));
    if first.is_empty() || second.is_empty() {
        first.append(&mut second);
        return Ok(first.into());
    }
    let paired = first.len().min(second.len());
    let mut made: Vec<Item> = first
        .iter()
        .zip(&second)
        .map(|(first, second)| clash.merge_two(first, second))
        .collect();
    if include_unpaired {
        made.extend(first.drain(paired..).map(|item| clash.suffixed(&item, 1)));
        made.extend(second.drain(paired..).map(|item| clash.suffixed(&item, 2)));
    }
    Ok(made.into())
}

/// Items of the same place in any number of inputs, since version 3: all in turn, then the preferred one once more.
fn by_position_of_all(context: &Context<'_>) -> Result<Items, NodeError> {
    let clash = Clash::of(context, "preferLast")?;
    let include_unpaired = context.boolean("options.includeUnpaired", 0)?;
    let inputs: Vec<Vec<Item>> = (0..Merge.inputs(context.node).min(MOST_INPUTS))
        .map(|index| input(context, index))
        .collect();
    let lengths = inputs.iter().map(Vec::len);
    let count = if include_unpaired { lengths.max() } else { lengths.min() };
    let preferred = clash.preferred_input().unwrap_or(inputs.len()).saturating_sub(1);
    let made = (0..count.unwrap_or(0)).map(|place| {
        let present = inputs
            .iter()
            .enumerate()
            .filter_map(|(index, items)| Some((index, items.get(place)?)));
        let suffixed: Vec<Item> = present.map(|(index, item)| clash.suffixed(item, index + 1)).collect();
        let last = inputs.get(preferred).and_then(|items| items.get(place));
        clash.merge_all(suffixed.iter().chain(last))
    });
    Ok(made.collect())
}

fn all_with_all(context: &Context<'_>) -> Result<Items, NodeError> {
    let clash = Clash::of(context, "preferInput2")?;
    let (first, second) = (input(context, 0), input(context, 1));
    let mut made = Vec::with_capacity(first.len() * second.len());
    let (outer, inner, turned) = if clash.prefers_first() {
        (&second, &first, true)
    } else {
        (&first, &second, false)
    };
    for outer in outer {
        context.checkpoint()?;
        for inner in inner {
            made.push(if turned {
                clash.merge_two(inner, outer)
            } else {
                clash.merge_two(outer, inner)
            });
        }
    }
    Ok(made.into())
}

/// The files of both items; those of the second one win.
fn merge_binary(
    first: Option<&Arc<IndexMap<Text, Binary>>>,
    second: Option<&Arc<IndexMap<Text, Binary>>>,
) -> Option<Arc<IndexMap<Text, Binary>>> {
    match (first, second) {
        (Some(first), Some(second)) => {
            let mut files = (**first).clone();
            files.extend(second.iter().map(|(key, file)| (key.clone(), file.clone())));
            Some(files.into())
        }
        (first, second) => second.or(first).cloned(),
    }
}

/// An item with a name behind each of its keys.
fn with_suffix(json: &Object, input: usize) -> Object {
    json.iter()
        .map(|(key, value)| (format!("{key}_{input}"), value.clone()))
        .collect()
}
