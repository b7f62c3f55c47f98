//! n8n's own texts about nodes and their items.

use crate::Error;

pub(super) fn no_such_node(node: &str, known: impl Iterator<Item = impl AsRef<str>>) -> Error {
    let known: Vec<_> = known.collect();
    let error = Error::new("Referenced node doesn't exist")
        .code("E0220")
        .description(format!("The workflow has no node `{node}`"));
    match patchbay_model::diagnostic::nearest(node, known.iter().map(AsRef::as_ref)) {
        Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
        None => error,
    }
}

pub(super) fn no_name() -> Error {
    Error::new("When calling $(), please specify a node").code("E0221")
}

pub(super) fn not_executed(node: &str) -> Error {
    Error::new(format!("Node '{node}' hasn't been executed"))
        .code("E0222")
        .hint(format!(
            "connect `{node}` before this node, or test `$('{node}').isExecuted` first"
        ))
}

/// `.item` of a node that has not run, and from which no way leads here.
pub(super) fn not_connected(node: &str) -> Error {
    Error::new("Invalid expression")
        .code("E0222")
        .description(format!("Node '{node}' hasn't been executed"))
        .hint(format!(
            "connect `{node}` before this node, or test `$('{node}').isExecuted` first"
        ))
}

pub(super) fn no_branch(node: &str, output: usize) -> Error {
    Error::new(format!("Node \"{node}\" has no branch with index {output}.")).code("E0223")
}

pub(super) fn no_run(node: &str, run: usize) -> Error {
    Error::new(format!("Run {run} of node \"{node}\" not found")).code("E0224")
}

/// A node has made an item and not said from which.
pub(super) fn no_pair(method: &str, node: &str) -> Error {
    Error::new(format!(
        "Paired item data for {method} from node '{node}' is unavailable. Ensure '{node}' is providing the required \
         output."
    ))
    .code("E0225")
    .hint("use `.first()`, `.last()` or `.all()` where it does not matter which item is meant")
}

/// As a script reads it: n8n adds to some texts where an expression fails.
pub(crate) fn in_script(error: Error) -> Error {
    if error.code == AMBIGUOUS {
        error.with_message("Multiple matches")
    } else {
        error
    }
}

const AMBIGUOUS: &str = "E0226";

pub(super) fn ambiguous() -> Error {
    Error::new("Multiple matches found")
        .code(AMBIGUOUS)
        .hint("use `.first()`, `.last()` or `.all()` where it does not matter which item is meant")
}

/// There is no item from which to go back.
pub(super) fn no_data(node: &str, current: &str) -> Error {
    Error::new("Can’t get data for expression")
        .code("E0227")
        .description(format!(
            "Some intermediate nodes between ‘<strong>{node}</strong>‘ and  ‘<strong>{current}</strong>‘ have not \
             executed yet."
        ))
}

pub(super) fn too_few_items(node: &str, count: usize, index: usize) -> Error {
    Error::new(format!(
        "\"{node}\" node has {count} item(s) but you're trying to access item {index}"
    ))
    .code("E0228")
}
