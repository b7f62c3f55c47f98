//! The JSON in which what started an execution and the runs of its nodes are kept: that of the model.
//!
//! A part is a list of runs in the order in which they ended: `[{"node", "run", "cut"?, "replaces"?}]`. A run too large to be kept has
//! no outputs, and `cut` is what their JSON would have taken, in bytes.

use std::sync::Arc;

use patchbay_model::{Items, NodeRun, Text};
use serde::{Deserialize, Serialize};

use crate::Error;

/// What started an execution, as JSON: the items of each output of its trigger.
pub fn outputs(outputs: &[Items]) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(outputs).map_err(malformed)
}

/// The items of [`outputs`].
pub fn read_outputs(json: &[u8]) -> Result<Vec<Items>, Error> {
    serde_json::from_slice(json).map_err(malformed)
}

/// One run as it was kept.
#[derive(Clone, Debug, Deserialize)]
pub struct Kept {
    pub node: Text,
    pub run: NodeRun,
    /// Its outputs were too large to be kept: so many bytes.
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

/// Runs as one part; those that would take more than `largest` bytes are cut.
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
        if size > largest {
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

    #[test]
    fn what_is_no_data_is_refused() {
        for json in ["{}", "[{}]", "[", "[{\"node\": 1}]"] {
            assert!(read_part(json.as_bytes()).is_err(), "{json}");
            assert!(read_outputs(json.as_bytes()).is_err(), "{json}");
        }
    }
}
