//! Finds each node's implementation, and says what is wrong with the node itself: its name, type, version and
//! the parameters that must be there.

use std::sync::Arc;

use patchbay_expression::date::zone::{self, Zone};
use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::Node as FileNode;
use patchbay_model::{Diagnostic, Diagnostics, Severity, Value, Workflow};
use patchbay_node::{Description, Node, Parameter, ParameterDescription, Registry};
use rustc_hash::FxHashMap;

use super::{GraphNode, lenient_if_disabled};

/// The graph's nodes, still without connections and parameters.
pub(super) fn nodes(workflow: &Workflow, registry: &Registry, diagnostics: &mut Diagnostics) -> Vec<GraphNode> {
    names(workflow, diagnostics);
    let mut uses = FxHashMap::<&str, usize>::default();
    for node in &workflow.nodes {
        *uses.entry(&node.kind).or_default() += 1;
    }
    let mut nodes = Vec::with_capacity(workflow.nodes.len());
    for node in &workflow.nodes {
        let uses = uses.get(node.kind.as_str()).copied().unwrap_or_default();
        let mut faults = Diagnostics::new();
        let implementation = implementation(node, registry, uses, &mut faults);
        if let Some(implementation) = &implementation {
            missing_parameters(node, implementation.as_ref(), &mut faults);
            let checked = implementation.check(node).into_iter();
            faults.extend(checked.map(|fault| below_node(fault, node)));
            too_many_connectors(node, implementation.as_ref(), &mut faults);
        }
        let faults = faults
            .into_iter()
            .map(|fault| lenient_if_disabled(fault, node.disabled));
        let faults: Diagnostics = faults.collect();
        diagnostics.extend(faults.iter().cloned());
        nodes.push(GraphNode {
            outputs: implementation
                .as_ref()
                .map_or(1, |found| found.outputs(node).min(MOST_CONNECTORS)),
            implementation,
            parameters: Parameter::Object(indexmap::IndexMap::new()),
            inputs: 0,
            targets: Vec::new(),
            sources: Vec::new(),
            faults: faults
                .into_iter()
                .filter(|fault| fault.severity > Severity::Warning)
                .collect(),
        });
    }
    if workflow.nodes.is_empty() {
        let fault = Diagnostic::unsupported("E0115", "the workflow has no nodes: there is nothing to run");
        diagnostics.push(fault.at(format!("{}/nodes", workflow.pointer)));
    } else if !nodes.iter().any(|node| node.is_trigger().unwrap_or(true)) {
        let fault = Diagnostic::warning("E0111", "the workflow has no trigger that could start it");
        diagnostics.push(
            fault
                .at(format!("{}/nodes", workflow.pointer))
                .hint("name the node to start at: `--trigger NODE`"),
        );
    }
    nodes
}

/// Connections and expressions name nodes, so each name may be there only once.
fn names(workflow: &Workflow, diagnostics: &mut Diagnostics) {
    for (place, node) in workflow.nodes.iter().enumerate() {
        if !node.name.is_empty() && workflow.node_place(&node.name) != Some(place) {
            let message = format!("more than one node has the name `{}`", node.name);
            diagnostics.push(
                Diagnostic::error("E0107", message)
                    .at(format!("{}/name", node.pointer))
                    .in_node(&node.name)
                    .hint("give each node a name of its own, and change what refers to it"),
            );
        }
    }
}

/// n8n runs such a workflow too: its dates are then no dates.
pub(super) fn timezone(workflow: &Workflow) -> Option<Diagnostic> {
    let named = workflow.settings.timezone.as_ref()?;
    if Zone::named(named).is_known() {
        return None;
    }
    let message = format!("the time zone `{named}` is not known: dates without one will be invalid");
    let fault = Diagnostic::warning("E0118", message).at(format!("{}/settings/timezone", workflow.pointer));
    let names = zone::known_names();
    Some(match nearest(named, names.iter().map(String::as_str)) {
        Some(nearest) => fault.hint(format!("did you mean `{nearest}`?")),
        None => fault.hint("use a name such as `Europe/Berlin` or `UTC`"),
    })
}

fn implementation(
    node: &FileNode,
    registry: &Registry,
    uses: usize,
    faults: &mut Diagnostics,
) -> Option<Arc<dyn Node>> {
    let times = if uses > 1 {
        format!(" ({uses} nodes of this workflow)")
    } else {
        String::new()
    };
    let Some(found) = registry.find(&node.kind) else {
        let message = format!("the node type `{}` is not known{times}", node.kind);
        let mut fault = Diagnostic::unsupported("E0101", message)
            .at(format!("{}/type", node.pointer))
            .in_node(&node.name);
        if let Some(nearest) = registry.nearest(&node.kind) {
            fault = fault.hint(format!("did you mean `{nearest}`?"));
        }
        faults.push(fault.hint("a definition in TOML can add it: `--nodes DIR`"));
        return None;
    };
    let versions = found.description().versions;
    if versions.contains(&node.version) {
        return Some(found.clone());
    }
    if let [only] = versions {
        // n8n does not look at the version of a node that has but one.
        let message = format!(
            "version {} of `{}` runs as version {only}{times}",
            node.version, node.kind
        );
        let fault = Diagnostic::warning("E0114", message);
        faults.push(fault.at(format!("{}/typeVersion", node.pointer)).in_node(&node.name));
        return Some(found.clone());
    }
    let known: Vec<String> = versions.iter().map(f64::to_string).collect();
    let message = format!("version {} of `{}` is not supported{times}", node.version, node.kind);
    let mut fault = Diagnostic::unsupported("E0102", message)
        .at(format!("{}/typeVersion", node.pointer))
        .in_node(&node.name)
        .hint(format!("these versions run: {}", known.join(", ")));
    let distance = |version: &&f64| (**version - node.version).abs();
    if let Some(near) = versions
        .iter()
        .min_by(|one, other| distance(one).total_cmp(&distance(other)))
    {
        fault = fault.hint(format!(
            "version {near} may do as well: set `typeVersion` to it, and look over the node's parameters"
        ));
    }
    faults.push(fault.hint("a definition in TOML can add the version: `--nodes DIR`"));
    None
}

/// Each output takes memory, and n8n's own nodes have a few.
const MOST_CONNECTORS: usize = 1000;

fn too_many_connectors(node: &FileNode, implementation: &dyn Node, faults: &mut Diagnostics) {
    for (count, what) in [
        (implementation.inputs(node), "inputs"),
        (implementation.outputs(node), "outputs"),
    ] {
        if count > MOST_CONNECTORS {
            let message = format!("the node has {count} {what}; no more than {MOST_CONNECTORS} are possible");
            let fault = Diagnostic::unsupported("E0119", message).at(format!("{}/parameters", node.pointer));
            faults.push(
                fault
                    .in_node(&node.name)
                    .hint("lower the number in the node's parameters"),
            );
        }
    }
}

fn missing_parameters(node: &FileNode, implementation: &dyn Node, faults: &mut Diagnostics) {
    let description = implementation.description();
    for parameter in description.parameters.iter().filter(|parameter| parameter.required) {
        let (first, last) = parameter.versions;
        let concerned = first <= node.version && node.version <= last;
        if !concerned || !is_shown(parameter, node, description) {
            continue;
        }
        let value = value_of(parameter.name, node, description);
        let empty = match value {
            None | Some(Value::Null) => true,
            Some(Value::Text(text)) => text.is_empty(),
            // A chosen resource: `{"__rl": true, "mode": "list", "value": ""}`.
            Some(Value::Object(chosen)) if chosen.contains_key("__rl") => {
                chosen.get("value").is_none_or(|value| !value.truthy())
            }
            Some(_) => false,
        };
        if empty {
            let message = format!("the parameter `{}` is missing", parameter.name);
            let pointer = format!("{}/parameters/{}", node.pointer, parameter.name.replace('.', "/"));
            faults.push(
                Diagnostic::unsupported("E0110", message)
                    .at(pointer)
                    .in_node(&node.name)
                    .in_parameter(parameter.name),
            );
        }
    }
}

/// Whether a parameter counts, by what others say; that can not be known of an expression.
fn is_shown(parameter: &ParameterDescription, node: &FileNode, description: &Description) -> bool {
    parameter.shown.iter().flatten().all(|(other, values)| {
        let value = value_of(other, node, description).unwrap_or_default().to_text();
        values.contains(&value.as_str())
    })
}

/// The value of a parameter as the file has it, or else its default.
fn value_of(name: &str, node: &FileNode, description: &Description) -> Option<Value> {
    let mut parts = name.split('.');
    let value = parts.next().and_then(|first| node.parameters.get(first));
    let value = parts.try_fold(value, |value, part| Some(value?.get(part))).flatten();
    value.cloned().or_else(|| description.default_of(name, node.version))
}

/// Nodes speak of themselves: pointers begin at the node.
fn below_node(mut fault: Diagnostic, node: &FileNode) -> Diagnostic {
    fault.pointer = format!("{}{}", node.pointer, fault.pointer);
    fault.in_node(&node.name)
}
