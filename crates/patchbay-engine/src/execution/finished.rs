//! How an execution ended, and its forms for the command line.

use std::sync::{Arc, Mutex};

use patchbay_model::{ExecutionError, Item, Items, NodeRun, Object, RunData, Snapshot, Status, Text, Value, Wait};

use super::TIMED_OUT;
use super::step::locked;

/// An execution at its end, or at rest.
#[derive(Debug)]
pub struct Finished {
    pub status: Status,
    pub run_data: RunData,
    /// Why it ended, if not by success; its `node` is the one that failed.
    pub error: Option<ExecutionError>,
    /// What a resting execution waits for.
    pub waiting: Option<Wait>,
    /// The node at which it rests.
    pub rests_at: Option<Text>,
    pub(super) start: Option<Text>,
    pub(super) input: Option<Items>,
    pub(super) static_data: Arc<Mutex<Object>>,
}

impl Finished {
    /// An execution that ended before any of its nodes ran, or of which nothing is known.
    pub fn failed(error: ExecutionError) -> Self {
        Self {
            status: Status::Error,
            run_data: RunData::default(),
            error: Some(error),
            waiting: None,
            rests_at: None,
            start: None,
            input: None,
            static_data: Arc::default(),
        }
    }

    /// What must be kept for the execution to go on: one that rests or was put aside, or, by
    /// [`Snapshot::before_failure`], one that failed.
    pub fn to_snapshot(&self) -> Snapshot {
        let (wait, begun) = match &self.waiting {
            Some(Wait::Decision(begun)) => (None, Some(begun.clone())),
            wait => (wait.clone(), None),
        };
        Snapshot {
            start: self.start.clone(),
            input: self.input.clone(),
            run_data: self.run_data.clone(),
            static_data: Some(locked(&self.static_data).clone()),
            wait,
            begun,
        }
    }

    /// It took longer than it may.
    pub fn timed_out(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.code == TIMED_OUT)
    }

    pub fn last_node(&self) -> Option<&Text> {
        self.run_data.last_node()
    }

    /// What the last run of the last node put out, by output.
    pub fn last_outputs(&self) -> Vec<Items> {
        let last = self.last_node().and_then(|node| self.run_data.runs(node).last());
        last.and_then(|run| run.outputs.clone()).unwrap_or_default()
    }

    /// `{"status", "error"?, "description"?, "order": [node, …], "lastNode", "nodes": {NAME: [one per run: {"outputs":
    /// [per output: [item]] or null, "error"?, "description"?}]}}`; errors are their messages.
    pub fn to_run_data_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("status", self.status.as_str());
        if let Some(error) = &self.error {
            insert_error(&mut object, error);
        }
        let order = self.run_data.order().iter().cloned().map(Value::Text);
        object.insert("order", order.collect::<Vec<_>>());
        object.insert("lastNode", self.last_node().cloned());
        let nodes = self.run_data.iter();
        let nodes = nodes.map(|(node, runs)| (node.clone(), runs.iter().map(run_value).collect::<Vec<_>>()));
        object.insert("nodes", nodes.collect::<Object>());
        Value::object(object)
    }

    /// The JSON of the items that the last node put out, output by output.
    pub fn to_last_value(&self) -> Value {
        let run = self.last_node().and_then(|node| self.run_data.runs(node).last());
        let outputs = run.and_then(|run| run.outputs.as_deref()).unwrap_or_default();
        let items = outputs.iter().flatten();
        Value::array(items.map(Item::json_value).collect())
    }
}

fn insert_error(object: &mut Object, error: &ExecutionError) {
    object.insert("error", error.message.clone());
    if let Some(description) = &error.description {
        object.insert("description", description.clone());
    }
}

fn run_value(run: &NodeRun) -> Value {
    let outputs = run.outputs.as_ref().map(|outputs| {
        let outputs = outputs.iter();
        outputs
            .map(|items| Value::array(items.iter().map(Item::to_n8n_with_data).collect()))
            .collect::<Vec<_>>()
    });
    let mut object = Object::with_capacity(2);
    object.insert("outputs", outputs);
    if let Some(error) = &run.error {
        insert_error(&mut object, error);
        let beside = error.beside.iter().flat_map(|beside| beside.iter());
        object.extend(beside.map(|(key, value)| (key.clone(), value.clone())));
    }
    Value::object(object)
}
