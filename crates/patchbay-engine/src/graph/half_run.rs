//! Runs that would end half way: where a node changes something at a service, a fault of another that is known before should
//! be told before.

use patchbay_model::ExecutionError;
use patchbay_model::workflow::{Node, OnError};
use patchbay_node::Capabilities;
use patchbay_node::capability::http::Effect;

use super::Graph;

/// The code of an expression that names a node which is not there: a warning, for the run may never come to it.
pub const NO_SUCH_NODE: &str = "E0109";

impl Graph {
    /// The places of the triggers that can start the workflow.
    pub fn triggers(&self) -> Vec<usize> {
        let is_trigger =
            |place: &usize| !self.workflow.nodes[*place].disabled && self.nodes[*place].is_trigger() == Some(true);
        (0..self.nodes.len()).filter(is_trigger).collect()
    }

    /// The nodes, by their places, that a run from a start can come to and that end it where they fail; none where it changes
    /// nothing at a service that is described: what other nodes change is not known so well. `is_skipped` are those that do
    /// not work in this run.
    pub fn must_not_fail(&self, start: usize, is_skipped: impl Fn(&Node) -> bool) -> Vec<usize> {
        let reached = self.reached_from(start);
        let works = |place: &usize| {
            let node = &self.workflow.nodes[*place];
            reached.get(*place).copied().unwrap_or_default() && !node.disabled && !is_skipped(node)
        };
        let working: Vec<usize> = (0..self.nodes.len()).filter(works).collect();
        if !working.iter().any(|place| self.may_write_to_service(*place)) {
            return Vec::new();
        }
        let stops = |place: &usize| self.workflow.nodes[*place].on_error == OnError::Stop;
        working.into_iter().filter(stops).collect()
    }

    /// Where an expression decides what a node does, it may be a write.
    fn may_write_to_service(&self, place: usize) -> bool {
        let implementation = self.nodes[place].implementation.as_ref();
        implementation.is_some_and(|found| {
            found.is_of_service() && found.effect(&self.workflow.nodes[place]) != Some(Effect::Read)
        })
    }

    /// Whether a node has what its work needs beside its items: its credential.
    pub async fn ready(&self, place: usize, capabilities: &Capabilities) -> Result<(), Box<ExecutionError>> {
        let node = &self.workflow.nodes[place];
        let Some(implementation) = &self.nodes[place].implementation else {
            return Ok(());
        };
        implementation.ready(node, capabilities).await.map_err(|error| {
            let mut error = error.error;
            error.node = Some(node.name.clone());
            error
        })
    }
}
