//! What must be kept of an execution so that it can go on later, in another process: where and with what it started, and
//! what its nodes have left behind. Which node comes next, what waits for more input and what a loop has left all follow
//! from that: the engine finds it again by going over the runs in order, without running their nodes.
//!
//! A store keeps the beginning once, then each [`NodeRun`] as it comes, and puts them together with [`Snapshot::push`].

use serde::{Deserialize, Serialize};

use super::{NodeRun, RunData};
use crate::item::Items;
use crate::value::{Object, Text};

/// An execution between two of its nodes. As JSON: `{"start", "input", "steps": [{"node", "run"}], "staticData"?, "wait"?,
/// "begun"?}`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The node at which it started; `None` if it did not get so far.
    pub start: Option<Text>,
    /// What the start was given; `None` for one empty item.
    pub input: Option<Items>,
    #[serde(rename = "steps")]
    pub run_data: RunData,
    /// The workflow's static data as the last node left it; `None` where they are kept elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub static_data: Option<Object>,
    /// What it waits for: the last run is that of the node that rests, if that has put something out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// A node that must not be repeated, or that paused, had begun, and nothing says that it came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun>,
}

/// A run of a node that began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    pub node: Text,
    pub run: usize,
    /// It pauses: it was not at work, and goes on when the pause is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
}

/// A node that sleeps for a while, and whose execution stays at work.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// So many tries of the node have failed; 0 where it sleeps of itself.
    pub tries: usize,
    /// Milliseconds since 1970.
    pub until: f64,
}

/// What a resting execution waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Wait {
    /// Milliseconds since 1970.
    Until(f64),
    /// A call of the execution's resume URL, at most until a time in milliseconds since 1970.
    Webhook { until: Option<f64> },
    /// Somebody who says whether a node that was broken off, and that must not be repeated unasked, is run again.
    Decision(Begun),
    /// The end of another execution, by its id: the node that called it is run again then.
    Execution(u64),
}

impl Wait {
    /// When the execution goes on by itself, in milliseconds since 1970.
    pub fn until(&self) -> Option<f64> {
        match self {
            Self::Until(until) => Some(*until),
            Self::Webhook { until } => *until,
            Self::Decision(_) | Self::Execution(_) => None,
        }
    }
}

impl Snapshot {
    /// Adds what the next node has left behind; whatever was begun is done with it.
    pub fn push(&mut self, node: &Text, run: NodeRun, wait: Option<Wait>) {
        self.run_data.push(node, run);
        self.wait = wait;
        self.begun = None;
    }

    /// The execution before the node that failed it, which is run anew. One that did not fail stays as it is.
    #[must_use]
    pub fn before_failure(mut self) -> Self {
        let last = self.run_data.steps().last();
        if last.is_some_and(|(_, run)| run.error.is_some()) {
            self.run_data.pop();
        }
        self
    }
}

/// A list of steps in the order in which they came.
impl Serialize for RunData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Step<'a> {
            node: &'a Text,
            run: &'a NodeRun,
        }
        serializer.collect_seq(self.steps().map(|(node, run)| Step { node, run }))
    }
}

impl<'de> Deserialize<'de> for RunData {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Step {
            node: Text,
            run: NodeRun,
        }
        let steps = Vec::<Step>::deserialize(deserializer)?;
        let mut run_data = Self::default();
        for step in steps {
            run_data.push(&step.node, step.run);
        }
        Ok(run_data)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::item::{Binary, BinaryData, Pair};
    use crate::{ExecutionError, Item, ItemError, PairedItem, Source, Value};

    fn run(outputs: Option<Vec<Items>>, error: Option<ExecutionError>) -> NodeRun {
        NodeRun {
            started: 1.5,
            elapsed: 0.25,
            source: vec![None, Some(source())],
            outputs,
            error,
        }
    }

    fn source() -> Source {
        Source {
            node: "A".into(),
            output: 1,
            run: 2,
        }
    }

    /// One item of each kind that could lose something on its way through JSON.
    fn items() -> Items {
        let json = r#"{"2": 1e21, "1": -1.5, "b": [null, true, {"c": "\u0000"}]}"#;
        let item = Item {
            json: Value::from_json(json)
                .expect("JSON")
                .as_object()
                .cloned()
                .expect("an object")
                .into(),
            ..Item::default()
        };
        let pair = Pair { item: 3, input: None };
        let other = Pair {
            item: 0,
            input: Some(1),
        };
        let file = |data| Binary {
            file_name: Some("a.txt".into()),
            ..Binary::new(data, 3, "text/plain")
        };
        let stored = BinaryData::Stored {
            id: "1".into(),
            path: Arc::new("kept/1".into()),
        };
        let files = [
            ("memory", BinaryData::Memory(b"\xff\x00a".as_slice().into())),
            ("stored", stored),
            ("base64", BinaryData::Base64("/wBh".into())),
        ];
        let files = files.into_iter().map(|(key, data)| (key.into(), file(data))).collect();
        vec![
            item.clone(),
            item.clone().paired_with(pair),
            item.clone().paired_with(other),
            item.clone()
                .paired_with([pair, other].into_iter().collect::<PairedItem>()),
            item.clone()
                .paired_with(PairedItem::Elsewhere(Arc::new((pair, source())))),
            Item {
                binary: Some(Arc::new(files)),
                error: Some(Arc::new(ItemError {
                    message: "no".into(),
                    description: Some("why".into()),
                    details: Some(Value::from(1)),
                    beside: Some(Arc::new([("errorDetails", 2.0)].into_iter().collect())),
                })),
                ..item
            },
        ]
        .into()
    }

    #[test]
    fn nothing_is_lost_in_json() {
        let error = ExecutionError {
            code: "E0301".into(),
            message: "no".into(),
            item: Some(1),
            hints: vec!["do".into()],
            details: Some(Value::from(1)),
            ..ExecutionError::default()
        };
        let mut snapshot = Snapshot {
            start: Some("A".into()),
            input: Some(items()),
            static_data: Some(Object::default()),
            ..Snapshot::default()
        };
        let steps = [
            ("A", run(Some(vec![items(), Items::default()]), None)),
            ("B", run(None, None)),
            ("A", run(None, Some(error))),
        ];
        for (node, run) in steps {
            snapshot.push(&node.into(), run, Some(Wait::Webhook { until: Some(5.0) }));
        }
        let text = serde_json::to_string(&snapshot).expect("JSON");
        let read: Snapshot = serde_json::from_str(&text).expect("a snapshot");
        let steps = |snapshot: &Snapshot| -> Vec<(Text, NodeRun)> {
            let steps = snapshot.run_data.steps();
            steps.map(|(node, run)| (node.clone(), run.clone())).collect()
        };
        assert_eq!(steps(&read), steps(&snapshot));
        assert_eq!(read.run_data.order(), ["A", "B", "A"]);
        assert_eq!((&read.input, &read.wait), (&snapshot.input, &snapshot.wait));
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }

    #[test]
    fn only_a_failure_is_taken_back() {
        for (error, left) in [(Some(ExecutionError::default()), 1), (None, 2)] {
            let mut snapshot = Snapshot::default();
            snapshot.push(&"A".into(), run(None, None), None);
            snapshot.push(&"A".into(), run(None, error), None);
            assert_eq!(snapshot.before_failure().run_data.runs("A").len(), left);
        }
    }
}
