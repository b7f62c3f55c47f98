//! The workflow file as n8n exports it: read tolerantly, written back with everything that was in it.
//!
//! What nodes mean, whether they exist and how they connect is left to `patchbay-engine::graph`.

mod locate;
mod read;
mod write;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::value::{Object, Text, Value};

pub use locate::{locate, place, position_of};
pub use read::read;

/// One workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    pub id: Option<Text>,
    pub name: Text,
    pub active: bool,
    pub nodes: Vec<Node>,
    pub connections: Connections,
    pub settings: Settings,
    /// Pinned output items by node, as they are in the file.
    pub pin_data: Object,
    pub static_data: Value,
    /// Fields of the file that mean nothing to patchbay; they survive a round trip.
    pub extra: Object,
    /// Places in `nodes` by name; the first of a name that is there twice.
    index: IndexMap<Text, usize, FxBuildHasher>,
    /// JSON pointer of the workflow inside its file: `/workflow`, `/0`; empty for the usual form.
    pub pointer: String,
}

/// One node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub id: Text,
    pub name: Text,
    /// `n8n-nodes-base.set`.
    pub kind: Text,
    pub version: f64,
    pub position: [f64; 2],
    pub parameters: Object,
    /// By credential type.
    pub credentials: IndexMap<Text, CredentialReference>,
    pub webhook_id: Option<Text>,
    pub disabled: bool,
    pub execute_once: bool,
    pub always_output_data: bool,
    pub retry_on_fail: bool,
    pub max_tries: Option<f64>,
    /// In milliseconds.
    pub wait_between_tries: Option<f64>,
    pub on_error: OnError,
    pub extra: Object,
    /// JSON pointer of the node inside the file: `/nodes/3`.
    pub pointer: String,
}

/// What happens when a node fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    #[default]
    Stop,
    /// Failed items go on as `{"error": …}` (also the old `continueOnFail: true`).
    ContinueRegularOutput,
    /// Failed items leave by an output of their own, after the node's others.
    ContinueErrorOutput,
}

/// The credential that a node names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CredentialReference {
    pub id: Option<Text>,
    pub name: Text,
}

/// `connections[node][type][output] = [{node, type, index}]`.
pub type Connections = IndexMap<Text, IndexMap<Text, Vec<Vec<Target>>>>;

/// Where a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub node: Text,
    /// `main`, `ai_tool`, …
    pub kind: Text,
    pub input: usize,
}

/// The workflow's settings; those that patchbay does not use stay in `extra`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub execution_order: ExecutionOrder,
    pub timezone: Option<Text>,
    pub error_workflow: Option<Text>,
    /// In seconds; none where there is no limit (n8n's -1).
    pub execution_timeout: Option<f64>,
    pub extra: Object,
}

/// In which order branches run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecutionOrder {
    /// Breadth first: files that do not say.
    #[default]
    V0,
    /// Depth first, branches by position.
    V1,
}

impl Workflow {
    /// The first node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(*self.index.get(name)?)
    }

    /// The place in `nodes` of the first node of this name.
    pub fn node_place(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    /// Takes note of the nodes' names; after any change of `nodes`.
    pub fn index_nodes(&mut self) {
        self.index.clear();
        for (place, node) in self.nodes.iter().enumerate() {
            self.index.entry(node.name.clone()).or_insert(place);
        }
    }

    /// Targets of a node's `main` outputs, by output.
    pub fn main_targets(&self, node: &str) -> &[Vec<Target>] {
        self.connections
            .get(node)
            .and_then(|kinds| kinds.get("main"))
            .map_or(&[], Vec::as_slice)
    }
}
