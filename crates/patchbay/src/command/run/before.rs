//! What is looked at before a run that changes something begins: faults of later nodes that are sure to end it. A run that
//! would stop half way should not change the first half.

use patchbay_engine::{Execution, Graph};
use patchbay_model::workflow::Node;
use patchbay_model::{Diagnostic, Severity, Text};

use super::Options;
use crate::command::setup::{File, Setup};
use crate::exit::Exit;
use crate::render;
use crate::render::{diagnostics, tell_line};

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
    let start = Execution::start_of(graph, options.trigger.as_deref());
    let Some(start) = start.filter(|_| !options.allow_missing) else {
        return Ok(());
    };
    let workflow = &graph.workflow;
    let is_pinned = |node: &Node| options.pin_data && workflow.pin_data.contains_key(&node.name);
    let places = graph.must_not_fail(start, is_pinned);
    let mut refused = false;
    for place in &places {
        if let Err(error) = graph.ready(*place, &setup.capabilities).await {
            render::tell(&diagnostics::execution_error(&error));
            refused = true;
        }
    }
    let of_run = |name: &Text| places.iter().any(|place| workflow.nodes[*place].name == *name);
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
