//! The JSON in which what started an execution and the runs of its nodes are kept: that of the model.
//!
//! A part is a list of runs in the order in which they ended: `[{"node", "run", "cut"?, "replaces"?}]`. A run too large to be
//! kept, or nested too deep to be read again, has no outputs, and `cut` is what their JSON would have taken, in bytes.

use std::sync::Arc;

use patchbay_model::{Items, NodeRun, Text, Value};
use serde::{Deserialize, Serialize};

use crate::Error;

/// How many lists and objects of an item may hold each other. What reads JSON follows 128, and a part has some around it.
const DEEPEST: usize = 100;

/// What started an execution, as JSON: the items of each output of its trigger.
pub fn outputs(outputs: &[Items]) -> Result<Vec<u8>, Error> {
    check_depth(outputs)?;
    serde_json::to_vec(outputs).map_err(malformed)
}

/// The items of [`outputs`].
pub fn read_outputs(json: &[u8]) -> Result<Vec<Items>, Error> {
    serde_json::from_slice(json).map_err(malformed)
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
    /// It stands for the run before it: of a node that rested, with what its rest was ended by.
    #[serde(default)]
    pub replaces: bool,
}

/// The runs of a part.
pub fn read_part(json: &[u8]) -> Result<Vec<Kept>, Error> {
    serde_json::from_slice(json).map_err(malformed)
}

/// A run that is to be kept.
#[derive(Clone, Debug)]
pub struct Step {
    pub node: Text,
    pub run: Arc<NodeRun>,
    /// See [`Kept::replaces`].
    pub replaces: bool,
}

/// Runs as one part; those that would take more than `largest` bytes or nest too deep are cut.
pub(crate) fn part(runs: &[Step], largest: usize) -> Result<Vec<u8>, Error> {
    let mut part = Vec::with_capacity(1024);
    part.push(b'[');
    for step in runs {
        if part.len() > 1 {
            part.push(b',');
        }
        let begin = part.len();
        write(&mut part, step, &step.run, None)?;
        let size = part.len() - begin;
        if size > largest || step.run.outputs.as_deref().is_some_and(are_too_deep) {
            part.truncate(begin);
            let without = NodeRun {
                outputs: None,
                ..NodeRun::clone(&step.run)
            };
            write(&mut part, step, &without, Some(size))?;
        }
    }
    part.push(b']');
    Ok(part)
}

fn write(part: &mut Vec<u8>, step: &Step, run: &NodeRun, cut: Option<usize>) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Written<'a> {
        node: &'a Text,
        run: &'a NodeRun,
        #[serde(skip_serializing_if = "Option::is_none")]
        cut: Option<usize>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        replaces: bool,
    }
    let written = Written {
        node: &step.node,
        run,
        cut,
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
            let started = outputs(&nested(depth)).and_then(|json| read_outputs(&json));
            assert_eq!(started.is_ok(), is_kept, "{depth}");
            let step = Step {
                node: "Node".into(),
                run: Arc::new(NodeRun {
                    outputs: Some(nested(depth)),
                    ..NodeRun::default()
                }),
                replaces: false,
            };
            let part = part(&[step], usize::MAX).expect("a part");
            let kept = read_part(&part).expect("what was written can be read");
            assert_eq!(
                (kept[0].run.outputs.is_some(), kept[0].cut.is_none()),
                (is_kept, is_kept)
            );
        }
    }

    #[test]
    fn what_is_no_data_is_refused() {
        for json in ["{}", "[{}]", "[", "[{\"node\": 1}]"] {
            assert!(read_part(json.as_bytes()).is_err(), "{json}");
            assert!(read_outputs(json.as_bytes()).is_err(), "{json}");
        }
    }
}
