//! Other nodes: `$('Name')` and `$node["Name"]`.

use indexmap::IndexMap;
use patchbay_model::workflow::Target;
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
    let output = output.unwrap_or_else(|| leading_output(name, scope));
    match &run.outputs {
        Some(outputs) => match outputs.get(output) {
            Some(items) => Ok(items),
            None => Err(error::no_branch(name, output)),
        },
        None => Err(error::no_branch(name, output)),
    }
}

/// The output by which a node leads to the current one; the first where none does.
fn leading_output(name: &str, scope: &Scope<'_>) -> usize {
    let direct = scope.sources.iter().flatten().find(|source| source.node == name);
    if let Some(source) = direct {
        return source.output;
    }
    if scope.workflow.main_targets(name).len() < 2 {
        return 0;
    }
    let outputs = scope.workflow.main_targets(name);
    outputs
        .iter()
        .position(|targets| lead_here(targets, scope))
        .unwrap_or(0)
}

/// Whether connections lead to the current node, by way of whatever others.
fn lead_here(targets: &[Target], scope: &Scope<'_>) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = targets.iter().map(|target| target.node.as_str()).collect();
    while let Some(node) = open.pop() {
        if node == scope.node.name {
            return true;
        }
        if !seen.contains(&node) {
            seen.push(node);
            let targets = scope.workflow.main_targets(node).iter().flatten();
            open.extend(targets.map(|target| target.node.as_str()));
        }
    }
    false
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
    let outputs = scope.workflow.main_targets(name);
    if outputs.iter().any(|targets| lead_here(targets, scope)) {
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
