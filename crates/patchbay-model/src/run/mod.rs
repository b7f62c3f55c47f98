//! What an execution leaves behind: one [`NodeRun`] for each time a node ran, in [`RunData`]; the
//! [`RunEvent`]s by which observers follow it; and the [`Snapshot`] from which it can go on.

mod snapshot;

use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use crate::item::{Item, Items};
use crate::value::{Object, Text, Value};
pub use snapshot::{Begun, Pause, Snapshot, Wait};

/// All runs of all nodes of one execution.
#[derive(Clone, Debug, Default)]
pub struct RunData {
    nodes: IndexMap<Text, Vec<NodeRun>, FxBuildHasher>,
    order: Vec<Text>,
}

impl RunData {
    /// The runs of a node, first to last; none if it did not run.
    pub fn runs(&self, node: &str) -> &[NodeRun] {
        self.nodes.get(node).map_or(&[], Vec::as_slice)
    }

    pub fn run(&self, node: &str, run: usize) -> Option<&NodeRun> {
        self.nodes.get(node)?.get(run)
    }

    pub fn has_run(&self, node: &str) -> bool {
        !self.runs(node).is_empty()
    }

    pub fn push(&mut self, node: &Text, run: NodeRun) {
        self.order.push(node.clone());
        self.nodes.entry(node.clone()).or_default().push(run);
    }

    /// The names of the nodes that ran, one for each run, in order.
    pub fn order(&self) -> &[Text] {
        &self.order
    }

    pub fn last_node(&self) -> Option<&Text> {
        self.order.last()
    }

    /// Takes the last run out again; `None` where nothing ran.
    pub fn pop(&mut self) -> Option<(Text, NodeRun)> {
        let node = self.order.pop()?;
        let runs = self.nodes.get_mut(&node)?;
        let run = runs.pop()?;
        if runs.is_empty() {
            self.nodes.shift_remove(&node);
        }
        Some((node, run))
    }

    /// Each node that ran with its runs, first to last.
    pub fn iter(&self) -> impl Iterator<Item = (&Text, &[NodeRun])> {
        self.nodes.iter().map(|(node, runs)| (node, runs.as_slice()))
    }

    /// Each run with its node, in the order in which they came.
    pub fn steps(&self) -> impl Iterator<Item = (&Text, &NodeRun)> {
        let mut next: IndexMap<&Text, std::slice::Iter<'_, NodeRun>, FxBuildHasher> =
            self.nodes.iter().map(|(node, runs)| (node, runs.iter())).collect();
        self.order
            .iter()
            .filter_map(move |node| Some((node, next.get_mut(node)?.next()?)))
    }
}

/// One run of one node. As JSON it loses nothing but numbers that JSON does not have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeRun {
    /// Milliseconds since 1970.
    pub started: f64,
    /// Milliseconds.
    pub elapsed: f64,
    /// For each input, where its items came from; `None` for an input without any.
    pub source: Vec<Option<Source>>,
    /// For each output its items; `None` where the node failed.
    pub outputs: Option<Vec<Items>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ExecutionError>,
}

impl NodeRun {
    pub fn output(&self, output: usize) -> &[Item] {
        self.outputs
            .as_ref()
            .and_then(|outputs| outputs.get(output))
            .map_or(&[], |items| items)
    }
}

/// Where the items of an input came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub node: Text,
    pub output: usize,
    pub run: usize,
}

/// How an execution ended, or stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Success,
    Error,
    Waiting,
    /// It was put aside between two nodes and can go on at any time.
    Suspended,
    Canceled,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Canceled => "canceled",
        }
    }
}

/// Why a node, and with it perhaps the execution, failed. All text is free of secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExecutionError {
    /// `E0301`: see the table of codes in `patchbay-node::error`.
    pub code: Text,
    /// What is wrong; n8n's own text where n8n has one.
    pub message: Text,
    /// More of it, as n8n's `description`.
    pub description: Option<Text>,
    pub node: Option<Text>,
    pub parameter: Option<Text>,
    pub item: Option<usize>,
    /// The line of the expression at fault, and below it carets.
    pub excerpt: Option<Text>,
    /// What to do about it.
    pub hints: Vec<Text>,
    /// What the service answered: status, code, details.
    pub details: Option<Value>,
    /// What run data, and the item of a failure, hold beside n8n's `error`: only nodes that n8n does not have tell more
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Arc<Object>>,
}

impl ExecutionError {
    /// `{"code", "message", "description"?, "node"?, "parameter"?, "item"?, "excerpt"?, "hints"?, "details"?}`.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("code", self.code.clone());
        object.insert("message", self.message.clone());
        let optional = [
            ("description", &self.description),
            ("node", &self.node),
            ("parameter", &self.parameter),
        ];
        for (key, text) in optional {
            if let Some(text) = text {
                object.insert(key, text.clone());
            }
        }
        if let Some(item) = self.item {
            object.insert("item", item);
        }
        if let Some(excerpt) = &self.excerpt {
            object.insert("excerpt", excerpt.clone());
        }
        if !self.hints.is_empty() {
            object.insert("hints", self.hints.iter().cloned().map(Value::Text).collect::<Vec<_>>());
        }
        if let Some(details) = &self.details {
            object.insert("details", details.clone());
        }
        Value::object(object)
    }
}

/// What observers of an execution are told, in order.
#[derive(Clone, Debug)]
pub enum RunEvent {
    NodeStarted {
        node: Text,
        run: usize,
        items: usize,
    },
    /// The node has finished `done` of its items.
    NodeProgress {
        node: Text,
        run: usize,
        done: usize,
        items: usize,
    },
    NodeFinished {
        node: Text,
        run: usize,
        items: usize,
        /// Of the items those that say that the node failed for them.
        failed: usize,
        elapsed: f64,
        error: Option<Text>,
    },
    /// The node failed and is tried again after a wait in milliseconds.
    NodeRetried {
        node: Text,
        run: usize,
        attempt: usize,
        wait: f64,
        error: Text,
    },
    /// What a Code node wrote with `console.log`.
    Log {
        node: Text,
        message: Text,
    },
    Finished {
        status: Status,
        /// It was stopped because its time was up.
        timed_out: bool,
    },
}
