//! The JSON in which what started an execution and the runs of its nodes are kept: that of the model.
//!
//! A part is a list of runs in the order in which they ended: `[{"node", "run", "cut"?}]`. A run too large to be kept has
//! no outputs, and `cut` is what their JSON would have taken, in bytes.

use std::sync::Arc;

use patchbay_model::{Items, NodeRun, Text};
use serde::{Deserialize, Serialize};

use crate::Error;

/// What started an execution, as JSON.
pub fn items(items: &Items) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(items).map_err(malformed)
}

/// The items of [`items`].
pub fn read_items(json: &[u8]) -> Result<Items, Error> {
    serde_json::from_slice(json).map_err(malformed)
}

/// One run as it was kept.
#[derive(Clone, Debug, Deserialize)]
pub struct Kept {
    pub node: Text,
    pub run: NodeRun,
    /// Its outputs were too large to be kept: so many bytes.
    pub cut: Option<usize>,
}

/// The runs of a part.
pub fn read_part(json: &[u8]) -> Result<Vec<Kept>, Error> {
    serde_json::from_slice(json).map_err(malformed)
}

/// Runs as one part; those that would take more than `largest` bytes are cut.
pub(crate) fn part(runs: &[(Text, Arc<NodeRun>)], largest: usize) -> Result<Vec<u8>, Error> {
    let mut part = Vec::with_capacity(1024);
    part.push(b'[');
    for (node, run) in runs {
        if part.len() > 1 {
            part.push(b',');
        }
        let begin = part.len();
        write(&mut part, node, run, None)?;
        let size = part.len() - begin;
        if size > largest {
            part.truncate(begin);
            let without = NodeRun {
                outputs: None,
                ..NodeRun::clone(run)
            };
            write(&mut part, node, &without, Some(size))?;
        }
    }
    part.push(b']');
    Ok(part)
}

fn write(part: &mut Vec<u8>, node: &Text, run: &NodeRun, cut: Option<usize>) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Step<'a> {
        node: &'a Text,
        run: &'a NodeRun,
        #[serde(skip_serializing_if = "Option::is_none")]
        cut: Option<usize>,
    }
    serde_json::to_writer(part, &Step { node, run, cut }).map_err(malformed)
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
            assert!(read_items(json.as_bytes()).is_err(), "{json}");
        }
    }
}
