//! A workflow made ready to run: nodes found by type and version, connections by place, parameters compiled.
//!
//! [`compile`] never stops at the first fault: it gives every diagnostic, and a graph unless the file is no
//! workflow that n8n could run. [`check`] holds the faults of nodes, [`connect`] those of connections,
//! [`parameters`] those of expressions.

mod check;
mod connect;
mod half_run;
mod parameters;
mod references;

use std::sync::Arc;

pub use half_run::NO_SUCH_NODE;
use patchbay_model::{Diagnostic, Diagnostics, Severity, Workflow};
use patchbay_node::{Node, Parameter, Registry};

/// The codes of nodes that are not there, or can never run: what a run may still begin with, and fails when it gets there.
pub const MISSING: [&str; 3] = ["E0101", "E0102", "E0392"];

/// What [`compile`] gives.
pub struct Compilation {
    /// `None` where a diagnostic has severity [`Severity::Error`]: the file is not a workflow that could run.
    pub graph: Option<Graph>,
    /// Every fault, in the order of the file's nodes; `patchbay_model::workflow::place` adds lines and columns.
    pub diagnostics: Diagnostics,
}

/// A workflow, ready to run any number of times. Nodes are named by their place in `workflow.nodes`.
pub struct Graph {
    pub workflow: Workflow,
    pub(crate) nodes: Vec<GraphNode>,
}

/// One node of a graph.
pub(crate) struct GraphNode {
    /// `None` where no node of this type and version is known.
    pub implementation: Option<Arc<dyn Node>>,
    /// Always a [`Parameter::Object`].
    pub parameters: Parameter,
    /// One more than the highest connected `main` input: so many lists of items it gets, and waits for.
    pub inputs: usize,
    /// `main` outputs, without the one for errors.
    pub outputs: usize,
    /// For each output, where its items go.
    pub targets: Vec<Vec<Edge>>,
    /// For each input, the nodes that feed it.
    pub sources: Vec<Vec<usize>>,
    /// Why the workflow must not run while it could reach this node: faults that would only show half way.
    pub faults: Diagnostics,
}

impl GraphNode {
    /// Whether it is a trigger; `None` where its type is not known.
    pub fn is_trigger(&self) -> Option<bool> {
        self.implementation.as_ref().map(|found| found.description().trigger)
    }

    /// Whether it is a trigger, so far as that can be said of a node whose type or version is not known.
    pub fn is_unknown_trigger(&self) -> bool {
        self.implementation.is_none() && self.inputs == 0
    }
}

/// One connection, seen from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub node: usize,
    pub input: usize,
}

/// Makes a workflow ready to run and says everything that is wrong with it.
///
/// How bad a fault is follows what n8n does with it:
/// - error: it is not a workflow (names that are there twice; what `patchbay_model::workflow::read` finds); there is no
///   graph;
/// - unsupported: it loads, but a node of it cannot run (unknown type or version, missing parameter, connection to a
///   node that is not there, an expression that does not parse);
/// - warning: it runs, and n8n says nothing or fails only if it gets there.
///
/// Faults of disabled nodes, and of nodes to which nothing leads that could start the workflow, are warnings.
pub fn compile(workflow: Workflow, registry: &Registry) -> Compilation {
    let mut diagnostics = Diagnostics::new();
    let mut nodes = check::nodes(&workflow, registry, &mut diagnostics);
    connect::connect(&workflow, &mut nodes, &mut diagnostics);
    for (place, node) in workflow.nodes.iter().enumerate() {
        let mut faults = Diagnostics::new();
        nodes[place].parameters = parameters::compile(&workflow, node, &mut faults);
        if nodes[place].is_comment(node) {
            // What looks like an expression is text.
            continue;
        }
        diagnostics.extend(
            faults
                .into_iter()
                .map(|fault| lenient_if_disabled(fault, node.disabled)),
        );
    }
    diagnostics.extend(check::timezone(&workflow));
    sort_by_node(&workflow, &mut diagnostics);
    let is_workflow = diagnostics.iter().all(|fault| fault.severity != Severity::Error);
    let graph = Graph { workflow, nodes };
    graph.be_lenient_where_nothing_leads(&mut diagnostics);
    Compilation {
        graph: is_workflow.then_some(graph),
        diagnostics,
    }
}

impl GraphNode {
    /// Nothing can come to such a node, and nothing leaves it.
    fn is_comment(&self, node: &patchbay_model::workflow::Node) -> bool {
        let inputs = self.implementation.as_ref().map(|found| found.inputs(node));
        inputs == Some(0) && self.outputs == 0
    }
}

fn lenient_if_disabled(mut fault: Diagnostic, disabled: bool) -> Diagnostic {
    if disabled {
        fault.severity = Severity::Warning;
    }
    fault
}

/// Readers look for all faults of one node together; faults of no node come first.
fn sort_by_node(workflow: &Workflow, diagnostics: &mut Diagnostics) {
    let place = |fault: &Diagnostic| fault.node.as_ref().and_then(|node| workflow.node_place(node));
    diagnostics.sort_by_key(place);
}

impl Graph {
    /// A node's parameters, compiled: always a [`Parameter::Object`]. Nodes are named by their place in the workflow.
    pub fn parameters(&self, place: usize) -> Option<&Parameter> {
        self.nodes.get(place).map(|node| &node.parameters)
    }

    /// How many `main` outputs a node has, without the one for errors.
    pub fn outputs(&self, place: usize) -> usize {
        self.nodes.get(place).map_or(0, |node| node.outputs)
    }

    /// Why the workflow must not run from this node on.
    pub fn faults_from(&self, place: usize) -> Vec<&Diagnostic> {
        let reached = self.nodes.iter().zip(self.reached_from(place));
        reached
            .filter(|(_, reached)| *reached)
            .flat_map(|(node, _)| &node.faults)
            .collect()
    }

    /// Whether a node, by its place, is a trigger of which nothing is known: items that are given stand for what it would give.
    pub fn is_unknown_trigger(&self, place: usize) -> bool {
        self.nodes.get(place).is_some_and(GraphNode::is_unknown_trigger)
    }

    /// Whether items can come to a node, by its name, from a start, by its place. What is no node of the workflow is
    /// concerned by everything.
    pub fn reaches(&self, start: usize, node: &str) -> bool {
        let place = self.workflow.node_place(node);
        place.is_none_or(|place| self.reached_from(start).get(place).copied().unwrap_or(true))
    }

    /// What is wrong with a node that no trigger leads to keeps nothing from running; `--trigger` can name it all the same,
    /// and is then told of it.
    fn be_lenient_where_nothing_leads(&self, diagnostics: &mut Diagnostics) {
        // A node that is not known and that nothing feeds may be a trigger.
        let is_start = |place: &usize| {
            let node = &self.nodes[*place];
            node.is_trigger().unwrap_or(node.inputs == 0)
        };
        let starts: Vec<usize> = (0..self.nodes.len()).filter(is_start).collect();
        if starts.is_empty() {
            return;
        }
        let mut led_to = vec![false; self.nodes.len()];
        for start in starts {
            for (led_to, reached) in led_to.iter_mut().zip(self.reached_from(start)) {
                *led_to |= reached;
            }
        }
        for fault in diagnostics
            .iter_mut()
            .filter(|fault| fault.severity == Severity::Unsupported)
        {
            let place = fault.node.as_ref().and_then(|node| self.workflow.node_place(node));
            if place.is_some_and(|place| !led_to[place]) {
                fault.severity = Severity::Warning;
                fault
                    .hints
                    .push("nothing leads to the node: the workflow runs without it".to_owned());
            }
        }
    }

    /// Whether items of one node can come to another, over any number of connections; a node reaches itself only
    /// around a loop.
    pub(crate) fn feeds(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![to];
        while let Some(place) = open.pop() {
            for source in self.nodes[place].sources.iter().flatten().copied() {
                if source == from {
                    return true;
                }
                if !std::mem::replace(&mut seen[source], true) {
                    open.push(source);
                }
            }
        }
        false
    }

    /// Which nodes items can come to from a start, itself included.
    pub(crate) fn reached_from(&self, start: usize) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        reached[start] = true;
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            for edge in self.nodes[place].targets.iter().flatten() {
                if !std::mem::replace(&mut reached[edge.node], true) {
                    open.push(edge.node);
                }
            }
        }
        reached
    }
}
