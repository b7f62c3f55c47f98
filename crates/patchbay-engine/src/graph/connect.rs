//! Turns the file's connections, which name nodes, into edges between places, and says which lead nowhere.
//!
//! n8n does not mind connections from nodes or outputs, or to inputs, that are not there. A workflow in which a node
//! is connected to one that is not there loads, but n8n does not begin it if that node could be reached.

use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::{OnError, Target};
use patchbay_model::{Diagnostic, Diagnostics, Text, Workflow, pointer};

use super::{Edge, GraphNode, lenient_if_disabled};

/// Fills in each node's targets, sources and number of inputs.
pub(super) fn connect(workflow: &Workflow, nodes: &mut [GraphNode], diagnostics: &mut Diagnostics) {
    for (from, kinds) in &workflow.connections {
        let source = workflow.node_place(from);
        if source.is_none() {
            // Whatever it leads to: nothing comes by it.
            diagnostics.push(without_source(workflow, from));
        }
        for (kind, outputs) in kinds {
            for (output, targets) in outputs.iter().enumerate() {
                for (index, target) in targets.iter().enumerate() {
                    let pointer = pointer(workflow, from, kind, output, index);
                    let Some(place) = workflow.node_place(&target.node) else {
                        if let Some(source) = source {
                            let fault = without_target(workflow, from, target, &pointer);
                            let fault = lenient_if_disabled(fault, workflow.nodes[source].disabled);
                            diagnostics.push(fault.clone());
                            nodes[source].faults.push(fault);
                        }
                        continue;
                    };
                    if kind != "main" || target.kind != "main" {
                        continue;
                    }
                    // n8n counts inputs by connections, from wherever they come.
                    let node = &mut nodes[place];
                    node.inputs = node.inputs.max(target.input + 1);
                    node.sources.resize(node.inputs, Vec::new());
                    check_input(workflow, &nodes[place], place, target, &pointer, diagnostics);
                    let Some(source) = source else { continue };
                    check_output(workflow, &nodes[source], source, output, &pointer, diagnostics);
                    nodes[place].sources[target.input].push(source);
                    let outputs = &mut nodes[source].targets;
                    outputs.resize(outputs.len().max(output + 1), Vec::new());
                    outputs[output].push(Edge {
                        node: place,
                        input: target.input,
                    });
                }
            }
        }
    }
}

fn pointer(workflow: &Workflow, from: &Text, kind: &Text, output: usize, index: usize) -> String {
    let connections = format!("{}/connections", workflow.pointer);
    let of_kind = pointer::below(&pointer::below(&connections, from), kind);
    format!("{of_kind}/{output}/{index}")
}

fn names(workflow: &Workflow) -> impl Iterator<Item = &str> {
    workflow.nodes.iter().map(|node| node.name.as_str())
}

fn without_source(workflow: &Workflow, from: &Text) -> Diagnostic {
    let message = format!("a connection begins at `{from}`, and no node has that name");
    let place = pointer::below(&format!("{}/connections", workflow.pointer), from);
    let fault = Diagnostic::warning("E0104", message).at(place);
    match nearest(from, names(workflow)) {
        Some(name) => fault.hint(format!("did you mean `{name}`?")),
        None => fault,
    }
}

fn without_target(workflow: &Workflow, from: &Text, target: &Target, pointer: &str) -> Diagnostic {
    let message = format!("`{from}` is connected to `{}`, and no node has that name", target.node);
    let fault = Diagnostic::unsupported("E0103", message);
    let fault = fault.at(format!("{pointer}/node")).in_node(from);
    match nearest(&target.node, names(workflow)) {
        Some(name) => fault.hint(format!("did you mean `{name}`?")),
        None => fault.hint("remove the connection, or add the node"),
    }
}

fn check_input(
    workflow: &Workflow,
    node: &GraphNode,
    place: usize,
    target: &Target,
    pointer: &str,
    diagnostics: &mut Diagnostics,
) {
    let Some(implementation) = &node.implementation else {
        return;
    };
    let inputs = implementation.inputs(&workflow.nodes[place]);
    // A trigger in the middle of a workflow passes on what it gets.
    if target.input >= inputs.max(1) {
        let message = format!("`{}` has no input {}; it has {inputs}", target.node, target.input);
        diagnostics.push(
            Diagnostic::warning("E0105", message)
                .at(format!("{pointer}/index"))
                .in_node(&target.node),
        );
    }
}

fn check_output(
    workflow: &Workflow,
    node: &GraphNode,
    place: usize,
    output: usize,
    pointer: &str,
    diagnostics: &mut Diagnostics,
) {
    let file_node = &workflow.nodes[place];
    let for_errors = usize::from(file_node.on_error == OnError::ContinueErrorOutput);
    let outputs = node.outputs + for_errors;
    if node.implementation.is_some() && output >= outputs {
        let message = format!(
            "`{}` has no output {output}; it has {outputs}: nothing leaves by this connection",
            file_node.name
        );
        diagnostics.push(
            Diagnostic::warning("E0106", message)
                .at(pointer)
                .in_node(&file_node.name),
        );
    }
}
