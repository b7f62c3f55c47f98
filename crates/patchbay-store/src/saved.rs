//! The JSON in which what started an execution and the runs of its nodes are kept: that of the model.
//!
//! A part is a list of runs in the order in which they ended: `[{"node", "run", "cut"?, "apart"?, "replaces"?}]`. A run too
//! large to be kept for good, or nested too deep to be shown, has no outputs, and `cut` is what its JSON would have taken, in
//! bytes; where its execution needs them still they are kept apart.

use std::sync::Arc;

use patchbay_model::{ExecutionError, Items, NodeRun, Text, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;

/// How many lists and objects of an item may hold each other. What reads JSON elsewhere follows 128, and there are some around
/// it.
const DEEPEST: usize = 100;

/// What an execution began with.
#[derive(Clone, Debug)]
pub enum Start {
    /// The node that it started at had run by itself, and put this out by each output; nothing where it is to be run with
    /// one empty item.
    Ran(Vec<Items>),
    /// That node is to be run with these items.
    Given(Items),
}

/// As JSON: the items of each output of a start that ran, `{"given": [item]}` of one that did not.
pub fn start(start: &Start) -> Result<Vec<u8>, Error> {
    match start {
        Start::Ran(outputs) => {
            check_depth(outputs)?;
            serde_json::to_vec(outputs).map_err(malformed)
        }
        Start::Given(items) => serde_json::to_vec(&Given { given: items.clone() }).map_err(malformed),
    }
}

#[derive(Serialize, Deserialize)]
struct Given {
    given: Items,
}

/// Reads what [`start`] wrote.
pub fn read_start(json: &[u8]) -> Result<Start, Error> {
    if json.first() == Some(&b'{') {
        read(json).map(|Given { given }| Start::Given(given))
    } else {
        read(json).map(Start::Ran)
    }
}

/// The items of each output of a run whose outputs are kept apart.
pub fn read_outputs(json: &[u8]) -> Result<Vec<Items>, Error> {
    read(json)
}

/// What a called execution gives its caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// What its last node put out, by output.
    Outputs(Vec<Items>),
    Error(ExecutionError),
}

impl Returned {
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(malformed)
    }

    pub fn read(json: &[u8]) -> Result<Self, Error> {
        read(json)
    }
}

/// Values have their own limit to how deep they nest.
fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    deserializer.disable_recursion_limit();
    let value = T::deserialize(&mut deserializer).map_err(malformed)?;
    deserializer.end().map_err(malformed)?;
    Ok(value)
}

/// Whether items can be read again once they are kept.
pub fn check_depth(outputs: &[Items]) -> Result<(), Error> {
    if are_too_deep(outputs) {
        Err(Error::TooDeep { most: DEEPEST })
    } else {
        Ok(())
    }
}

fn are_too_deep(outputs: &[Items]) -> bool {
    let mut items = outputs.iter().flat_map(|items| items.iter());
    items.any(|item| item.json.values().any(|value| is_deeper(value, DEEPEST - 1)))
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(values) => levels == 0 || values.iter().any(|value| is_deeper(value, levels - 1)),
        Value::Object(object) => levels == 0 || object.values().any(|value| is_deeper(value, levels - 1)),
        _ => false,
    }
}

/// One run as it was kept.
#[derive(Clone, Debug, Deserialize)]
pub struct Kept {
    pub node: Text,
    pub run: NodeRun,
    /// Its outputs were too large to be kept, so many bytes, or nested too deep.
    pub cut: Option<usize>,
    /// Which of those they are that are kept apart, until the execution ends.
    pub apart: Option<usize>,
    /// It stands for the run before it: of a node that rested, with what its rest was ended by.
    #[serde(default)]
    pub replaces: bool,
}

/// The runs of a part.
pub fn read_part(json: &[u8]) -> Result<Vec<Kept>, Error> {
    read(json)
}

/// A run that is to be kept.
#[derive(Clone, Debug)]
pub struct Step {
    pub node: Text,
    pub run: Arc<NodeRun>,
    /// See [`Kept::replaces`].
    pub replaces: bool,
}

/// Runs as they are written.
pub(crate) struct Part {
    pub json: Vec<u8>,
    /// The JSON of outputs that are kept apart.
    pub apart: Vec<Vec<u8>>,
}

/// Runs as one part; those that would take more than `largest` bytes or nest too deep are cut. What is cut off is kept apart,
/// counted from `apart` on; `None` where their execution has ended.
pub(crate) fn part(runs: &[Step], largest: usize, apart: Option<usize>) -> Result<Part, Error> {
    let mut part = Part {
        json: Vec::with_capacity(1024),
        apart: Vec::new(),
    };
    part.json.push(b'[');
    for step in runs {
        if part.json.len() > 1 {
            part.json.push(b',');
        }
        let begin = part.json.len();
        write(&mut part.json, step, &step.run, None, None)?;
        let size = part.json.len() - begin;
        let outputs = step.run.outputs.as_deref();
        if let Some(outputs) = outputs.filter(|outputs| size > largest || are_too_deep(outputs)) {
            part.json.truncate(begin);
            let without = NodeRun {
                outputs: None,
                ..NodeRun::clone(&step.run)
            };
            let apart = apart.map(|first| first + part.apart.len());
            write(&mut part.json, step, &without, Some(size), apart)?;
            if apart.is_some() {
                part.apart.push(serde_json::to_vec(outputs).map_err(malformed)?);
            }
        }
    }
    part.json.push(b']');
    Ok(part)
}

fn write(
    part: &mut Vec<u8>,
    step: &Step,
    run: &NodeRun,
    cut: Option<usize>,
    apart: Option<usize>,
) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Written<'a> {
        node: &'a Text,
        run: &'a NodeRun,
        #[serde(skip_serializing_if = "Option::is_none")]
        cut: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        apart: Option<usize>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        replaces: bool,
    }
    let written = Written {
        node: &step.node,
        run,
        cut,
        apart,
        replaces: step.replaces,
    };
    serde_json::to_writer(part, &written).map_err(malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn malformed(error: serde_json::Error) -> Error {
    Error::Malformed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One item whose lists hold each other so deep.
    fn nested(depth: usize) -> Vec<Items> {
        let inner = (1..depth).fold(Value::Null, |inner, _| Value::array(vec![inner]));
        let mut json = patchbay_model::Object::new();
        json.insert("a", inner);
        vec![vec![patchbay_model::Item::new(json)].into()]
    }

    #[test]
    fn what_is_kept_can_be_read_however_deep_it_was() {
        for (depth, is_kept) in [(1, true), (DEEPEST, true), (DEEPEST + 1, false), (500, false)] {
            let outputs = nested(depth);
            let started = start(&Start::Ran(outputs.clone())).and_then(|json| read_start(&json));
            assert_eq!(started.is_ok(), is_kept, "{depth}");
            let given = start(&Start::Given(outputs[0].clone())).and_then(|json| read_start(&json));
            assert!(
                matches!(given, Ok(Start::Given(items)) if items == outputs[0]),
                "{depth}"
            );
            let step = Step {
                node: "Node".into(),
                run: Arc::new(NodeRun {
                    outputs: Some(outputs.clone()),
                    ..NodeRun::default()
                }),
                replaces: false,
            };
            for apart in [None, Some(7)] {
                let part = part(std::slice::from_ref(&step), usize::MAX, apart).expect("a part");
                let kept = read_part(&part.json).expect("what was written can be read");
                let apart = apart.filter(|_| !is_kept);
                assert_eq!(
                    (kept[0].run.outputs.is_some(), kept[0].cut.is_none(), kept[0].apart),
                    (is_kept, is_kept, apart)
                );
                let read: Vec<_> = part.apart.iter().map(|json| read_outputs(json)).collect();
                assert_eq!(read, vec![Ok(outputs.clone()); usize::from(apart.is_some())]);
            }
        }
    }

    #[test]
    fn what_is_no_data_is_refused() {
        for json in ["{}", "[{}]", "[", "[{\"node\": 1}]", "{\"given\": 1}"] {
            assert!(read_part(json.as_bytes()).is_err(), "{json}");
            assert!(read_start(json.as_bytes()).is_err(), "{json}");
            assert!(Returned::read(json.as_bytes()).is_err(), "{json}");
        }
    }
}
