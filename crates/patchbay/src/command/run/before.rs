//! What is looked at before a run that changes something begins: faults of later nodes that are sure to end it. A run that
//! would stop half way should not change the first half.

use patchbay_engine::{Execution, Graph};
use patchbay_model::workflow::{Node, OnError};
use patchbay_model::{Diagnostic, Severity, Text};
use patchbay_node::NodeError;
use patchbay_node::capability::http::Effect;

use super::Options;
use crate::command::setup::{File, Setup};
use crate::exit::Exit;
use crate::render;
use crate::render::{diagnostics, tell_line};

/// The engine's code of an expression that names a node which is not there.
pub const NO_SUCH_NODE: &str = "E0109";

/// Refuses where a node that the run can come to writes to a service, and one that it can come to has no credential, or an
/// expression that names a node which is not there; `named` are the faults of such expressions. Nodes that go on after a
/// failure may fail.
pub async fn refuse_half_runs(
    graph: &Graph,
    named: Vec<Diagnostic>,
    options: &Options,
    setup: &Setup,
    file: &File,
) -> Result<(), Exit> {
    let choice = patchbay_engine::Options {
        trigger: options.trigger.as_deref().map(Into::into),
        ..patchbay_engine::Options::default()
    };
    let Some(start) = Execution::start_of(graph, &choice).filter(|_| !options.allow_missing) else {
        return Ok(());
    };
    let workflow = &graph.workflow;
    let is_run = |node: &Node| {
        let is_pinned = options.pin_data && workflow.pin_data.contains_key(&node.name);
        !node.disabled && !is_pinned && graph.reaches(start, &node.name)
    };
    let nodes: Vec<&Node> = workflow.nodes.iter().filter(|node| is_run(node)).collect();
    if !nodes.iter().any(|node| writes_to_service(setup, node)) {
        return Ok(());
    }
    let stops = |node: &Node| node.on_error == OnError::Stop;
    let mut refused = false;
    for node in nodes.iter().filter(|node| stops(node)) {
        if let Err(error) = ready(setup, node).await {
            let mut error = *error.error;
            error.node = Some(node.name.clone());
            render::tell(&diagnostics::execution_error(&error));
            refused = true;
        }
    }
    let of_run = |name: &Text| nodes.iter().any(|node| node.name == *name && stops(node));
    let mut faults = named;
    faults.retain(|fault| fault.node.as_ref().is_some_and(of_run));
    for fault in &mut faults {
        fault.severity = Severity::Error;
    }
    render::tell(&diagnostics::human(&file.name, &file.text, &faults));
    if !refused && faults.is_empty() {
        return Ok(());
    }
    tell_line!("error: nothing was run: the workflow changes something, and would come to what is wrong above");
    tell_line!("hint: `--allow-missing` runs it up to there");
    Err(Exit::Failed)
}

/// Whether a node changes something at a service that is described; what other nodes change is not known so well.
fn writes_to_service(setup: &Setup, node: &Node) -> bool {
    let found = setup.registry.find(&node.kind);
    found.is_some_and(|found| found.is_of_service() && found.effect(node) == Some(Effect::Write))
}

async fn ready(setup: &Setup, node: &Node) -> Result<(), NodeError> {
    match setup.registry.find(&node.kind) {
        Some(found) => found.ready(node, &setup.capabilities).await,
        None => Ok(()),
    }
}
