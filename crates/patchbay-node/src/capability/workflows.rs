//! Running other workflows.

use std::path::PathBuf;

use async_trait::async_trait;
use patchbay_model::{Items, Text, Workflow};
use tokio_util::sync::CancellationToken;

use crate::NodeError;

/// Runs workflows for the node Execute Workflow.
#[async_trait]
pub trait Workflows: Send + Sync {
    /// Runs a workflow with items for its trigger; gives the outputs of its last node.
    async fn run(&self, call: Call) -> Result<Vec<Items>, NodeError>;

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
    pub workflow: Choice,
    pub items: Items,
    /// `false`: it is started, and the outputs are the items given.
    pub wait: bool,
    /// Stops the called workflow with the one that calls.
    pub cancellation: CancellationToken,
}

/// Which workflow.
#[derive(Clone, Debug)]
pub enum Choice {
    /// By id or by name, or by the file's stem.
    Named(Text),
    Inline(Box<Workflow>),
}
