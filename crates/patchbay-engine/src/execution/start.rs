//! Where an execution starts, and whether it may.

use patchbay_model::diagnostic::nearest;
use patchbay_model::{Diagnostic, ExecutionError, Text};

use super::Options;
use crate::Graph;
use crate::graph::MISSING;

/// The place of the node to start at; an error if there is none, or if a node that could be reached from it cannot run.
pub(super) fn choose(graph: &Graph, options: &Options) -> Result<usize, Box<ExecutionError>> {
    let start = found(graph, options.trigger.as_deref())?;
    if !options.allow_missing {
        no_faults(graph, start, options.input.is_some())?;
    }
    Ok(start)
}

/// The place of the node to start at, whatever can be reached from it.
pub(super) fn found(graph: &Graph, trigger: Option<&str>) -> Result<usize, Box<ExecutionError>> {
    match trigger {
        Some(name) => named(graph, name),
        None => own(graph),
    }
}

fn named(graph: &Graph, name: &str) -> Result<usize, Box<ExecutionError>> {
    graph.workflow.node_place(name).ok_or_else(|| {
        let names = graph.workflow.nodes.iter().map(|node| node.name.as_str());
        let hint = nearest(name, names).map(|nearest| format!("did you mean `{nearest}`?").into());
        let hint = hint.or_else(|| triggers(graph));
        Box::new(ExecutionError {
            code: "E0113".into(),
            message: format!("The workflow has no node `{name}` to start at").into(),
            hints: hint.into_iter().collect(),
            ..ExecutionError::default()
        })
    })
}

/// The nodes that could start the workflow, for somebody who named one that is not there.
fn triggers(graph: &Graph) -> Option<Text> {
    let nodes = graph.workflow.nodes.iter().zip(&graph.nodes);
    let names = nodes
        .filter(|(_, graph_node)| graph_node.is_trigger() == Some(true))
        .map(|(node, _)| format!("`{}`", node.name));
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("its triggers are {}", names.join(", ")).into())
}

/// The node at which a workflow starts where nobody names one; `None` where there is no trigger, or one that cannot run.
pub fn start_of(graph: &Graph) -> Option<&Text> {
    let place = own(graph).ok()?;
    Some(&graph.workflow.nodes[place].name)
}

/// The start that n8n would take: of the triggers that are not disabled the one of lowest rank, of several the first
/// in the file; of a workflow of one node, that node.
fn own(graph: &Graph) -> Result<usize, Box<ExecutionError>> {
    let file_nodes = &graph.workflow.nodes;
    let enabled = || (0..file_nodes.len()).filter(|place| !file_nodes[*place].disabled);
    let rank = |place: usize| Some((graph.nodes[place].implementation.as_ref()?.start_rank()?, place));
    if let Some((_, place)) = enabled().filter_map(rank).min() {
        return Ok(place);
    }
    if file_nodes.len() == 1 {
        return Ok(0);
    }
    if let Some(place) = enabled().find(|place| graph.is_unknown_trigger(*place)) {
        // Most likely the trigger: what is wrong with it says more than that there is none.
        no_faults(graph, place, false).map_err(|mut error| {
            error.hints.retain(|hint| hint != ALLOW_MISSING);
            let name = &file_nodes[place].name;
            let hint =
                format!("`--trigger '{name}' --input ITEMS.json` starts it with the items that it would have given");
            error.hints.push(hint.into());
            error
        })?;
    }
    Err(Box::new(ExecutionError {
        code: "E0112".into(),
        message: "The workflow has no trigger to start at".into(),
        hints: vec!["name the node to start at: `--trigger NODE`".into()],
        ..ExecutionError::default()
    }))
}

/// What helps where nodes are missing, but not where the first one is.
const ALLOW_MISSING: &str = "`--allow-missing` lets it run until it gets there";

/// What n8n says where parameters are missing, or hold what they cannot.
const HAS_ISSUES: &str = "The workflow has issues and cannot be executed for that reason. Please fix them first.";

/// As in n8n, a workflow does not begin if a fault would stop it half way. A trigger of an unknown type whose items are
/// given is no such fault.
fn no_faults(graph: &Graph, start: usize, is_fed: bool) -> Result<(), Box<ExecutionError>> {
    let mut faults = graph.faults_from(start);
    if is_fed && graph.is_unknown_trigger(start) {
        let own = &graph.workflow.nodes[start].name;
        faults.retain(|fault| fault.node.as_ref() != Some(own));
    }
    let [first, others @ ..] = faults.as_slice() else {
        return Ok(());
    };
    let mut error = of_fault(first);
    if faults.iter().all(|fault| matches!(fault.code, "E0110" | "E0121")) {
        error.message = HAS_ISSUES.into();
        let issues: Vec<String> = faults.iter().map(|fault| in_node(fault)).collect();
        error.description = Some(issues.join("\n").into());
        error.hints.push("mend each, or disable its node".into());
        return Err(error);
    }
    error.message = format!("The workflow cannot run: {}", first.message).into();
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(|fault| in_node(fault)).collect();
        error.description = Some(format!("Also {}", others.join("; ")).into());
    }
    // What is wrong in the file itself is to be mended.
    if faults.iter().all(|fault| MISSING.contains(&fault.code)) {
        error.hints.push(ALLOW_MISSING.into());
    }
    Err(error)
}

fn in_node(fault: &Diagnostic) -> String {
    match &fault.node {
        Some(node) => format!("in node `{node}`: {}", fault.message),
        None => fault.message.clone(),
    }
}

/// A fault of the file as the error of the node that it keeps from running.
pub(super) fn of_fault(fault: &Diagnostic) -> Box<ExecutionError> {
    Box::new(ExecutionError {
        code: fault.code.into(),
        message: fault.message.as_str().into(),
        node: fault.node.clone(),
        parameter: fault.parameter.as_deref().map(Text::from),
        hints: fault.hints.iter().map(|hint| hint.as_str().into()).collect(),
        ..ExecutionError::default()
    })
}
