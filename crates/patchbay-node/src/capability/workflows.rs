//! Running other workflows.

use std::path::PathBuf;

use async_trait::async_trait;
use patchbay_model::{Items, Text, Wait, Workflow};
use tokio_util::sync::CancellationToken;

use crate::NodeError;

/// Runs workflows for the node Execute Workflow.
#[async_trait]
pub trait Workflows: Send + Sync {
    /// Runs a workflow with items for its trigger. A node that is run again, since the execution rested or was broken off,
    /// makes the same calls again, and is told what became of those that it has made.
    async fn run(&self, call: Call) -> Result<Called, NodeError>;

    /// Where relative paths of workflows begin; `None` for where the program was started.
    fn folder(&self) -> Option<PathBuf> {
        None
    }
}

/// Which workflow to run, and how.
#[derive(Clone, Debug)]
pub struct Call {
    /// The node that calls; empty where no node does.
    pub node: Text,
    /// Which run of that node it is, from 0.
    pub run: usize,
    /// The first of the node's items that the call is for.
    pub item: usize,
    pub workflow: Choice,
    pub items: Items,
    /// `false`: it is started, and the outputs are the items given.
    pub wait: bool,
    /// Stops the called workflow with the one that calls.
    pub cancellation: CancellationToken,
}

/// What became of a call.
#[derive(Clone, Debug)]
pub enum Called {
    /// The outputs of the called workflow's last node; the items given, if its end is not awaited.
    Ended(Vec<Items>),
    /// The called workflow rests. Whoever calls rests too, until then, and calls again.
    Rests(Wait),
}

/// Which workflow.
#[derive(Clone, Debug)]
pub enum Choice {
    /// By id or by name, or by the file's stem.
    Named(Text),
    Inline(Box<Workflow>),
}

/// How deep workflows may call each other: on the command line each is a future within its caller's.
pub const DEEPEST: usize = 24;

/// There is no workflow of that id or name.
pub fn missing(wanted: &str) -> NodeError {
    NodeError::new("E0705", format!("Workflow `{wanted}` does not exist"))
        .hint("keep its file beside this one; it is found by its id, its name or the file's name")
}

/// Refuses the call of a workflow that came about through more than [`DEEPEST`] others.
pub fn check_depth(name: &str, depth: usize) -> Result<(), NodeError> {
    if depth <= DEEPEST {
        return Ok(());
    }
    let message = format!("Workflow `{name}` is called {depth} levels deep");
    Err(NodeError::new("E0707", message).hint("does it call itself, or one that calls it?"))
}
