//! Other nodes: `$('Name')` and `$node["Name"]`.

use indexmap::IndexMap;
use patchbay_model::{Item, Object, Scope, Text, Value};

use super::{error, paired};
use crate::{Error, Js};

pub(super) fn check_exists(name: &str, scope: &Scope<'_>) -> Result<(), Error> {
    if scope.workflow.node(name).is_some() || scope.run_data.has_run(name) {
        return Ok(());
    }
    Err(error::no_such_node(
        name,
        scope.workflow.nodes.iter().map(|node| &node.name),
    ))
}

/// The items of an output of a run: by default of the output that leads here, of the last run.
pub(super) fn output<'a>(
    name: &str,
    output: Option<usize>,
    run: Option<usize>,
    scope: &Scope<'a>,
) -> Result<&'a [Item], Error> {
    let runs = scope.run_data.runs(name);
    let Some(last) = runs.len().checked_sub(1) else {
        check_exists(name, scope)?;
        return Err(error::not_executed(name));
    };
    let run_index = run.unwrap_or(last);
    let run = runs.get(run_index).ok_or_else(|| error::no_run(name, run_index))?;
    let output = output.unwrap_or_else(|| match scope.workflow.main_targets(name) {
        // No other can be meant, and the way here need not be looked for.
        [] | [_] => 0,
        _ => leading_output(name, scope).unwrap_or(0),
    });
    match &run.outputs {
        Some(outputs) => match outputs.get(output) {
            Some(items) => Ok(items),
            None => Err(error::no_branch(name, output)),
        },
        None => Err(error::no_branch(name, output)),
    }
}

/// The output by which a node leads to the current one, over as few connections as can be; `None` where none does.
/// Of several that are as near it is the one that comes first, by input and then by the order of the file's connections,
/// whichever of them this run's items came by.
fn leading_output(name: &str, scope: &Scope<'_>) -> Option<usize> {
    let mut nodes = vec![scope.node.name.as_str()];
    let mut next = 0;
    while let Some(node) = nodes.get(next).copied() {
        let mut incoming: Vec<(usize, &str, usize)> = incoming(node, scope).collect();
        incoming.sort_by_key(|(input, ..)| *input);
        for (_, source, output) in incoming {
            if source == name {
                return Some(output);
            }
            if !nodes.contains(&source) {
                nodes.push(source);
            }
        }
        next += 1;
    }
    None
}

/// The connections to a node, in the order of the file: its input, the source and the source's output.
fn incoming<'a>(node: &'a str, scope: &Scope<'a>) -> impl Iterator<Item = (usize, &'a str, usize)> {
    let workflow = scope.workflow;
    workflow.connections.keys().flat_map(move |source| {
        let outputs = workflow.main_targets(source).iter().enumerate();
        outputs.flat_map(move |(output, targets)| {
            let here = targets.iter().filter(move |target| target.node == node);
            here.map(move |target| (target.input, source.as_str(), output))
        })
    })
}

/// The item behind `$node["Name"]`: the one at the same index, whatever it was made from.
pub(super) fn legacy_item<'a>(name: &str, index: usize, scope: &Scope<'a>) -> Result<&'a Item, Error> {
    let items = output(name, None, None, scope)?;
    match items.get(index) {
        Some(item) => Ok(item),
        None => Err(error::too_few_items(name, items.len(), index)),
    }
}

/// A method or property of `$('Name')` that gives one item.
pub(super) fn item(name: &str, index: usize, method: &str, scope: &Scope<'_>) -> Result<Js, Error> {
    if !scope.run_data.has_run(name) {
        return Err(no_item_yet(name, scope));
    }
    paired::item_for(name, index, method, scope).map(item_value)
}

/// Why `.item` of a node that has not run gives nothing.
pub(super) fn no_item_yet(name: &str, scope: &Scope<'_>) -> Error {
    if leading_output(name, scope).is_some() {
        error::not_executed(name)
    } else {
        error::not_connected(name)
    }
}

pub(super) fn item_value(item: &Item) -> Js {
    Js::Json(item.to_n8n())
}

pub(super) fn item_values(items: &[Item]) -> Js {
    Js::Json(Value::array(items.iter().map(Item::to_n8n).collect()))
}

/// The files of an item as expressions see them.
pub(super) fn binary(item: Option<&Item>) -> Js {
    let files = item.and_then(|item| item.binary.as_ref()).into_iter();
    let files = files
        .flat_map(|files| files.iter())
        .map(|(key, file)| (key.clone(), file.to_n8n()));
    Js::from(files.collect::<Object>())
}

/// The parameters of a node as they stand in the file.
pub(super) fn parameters(name: &str, scope: &Scope<'_>) -> Js {
    let parameters = scope.workflow.node(name).map(|node| node.parameters.clone());
    Js::from(parameters.unwrap_or_default())
}

pub(super) fn context(name: &str, scope: &Scope<'_>) -> Js {
    Js::Json(
        scope
            .contexts
            .context(name)
            .unwrap_or_else(|| Value::object(Object::new())),
    )
}

pub(super) fn record<const N: usize>(entries: [(&'static str, Js); N]) -> Js {
    let entries = entries.into_iter().map(|(key, value)| (Text::from(key), value));
    Js::record(entries.collect::<IndexMap<_, _>>())
}
