//! Whoever keeps what an execution leaves behind while it runs, so that a crash loses nothing that is done.
//!
//! A journal gets each [`NodeRun`] once, after the node; with what the execution started with these make the
//! [`Snapshot`](patchbay_model::Snapshot) from which [`Execution::resume`](super::Execution::resume) goes on. A node that
//! was at work when the program died has left nothing, and is run again: at least once. One that must not be repeated is
//! told to the journal before it works, and the resumed execution asks before it is run again. One that sleeps, or waits for
//! its next try, is told with when that ends: the resumed execution waits for what is left.

use async_trait::async_trait;
use patchbay_model::{Begun, ExecutionError, NodeRun, Object, Text, Wait};

/// Keeps an execution step by step. The execution goes on when a step is kept; an error ends it.
#[async_trait]
pub trait Journal: Send + Sync {
    /// A node that must not be repeated is about to work, or one pauses.
    async fn begins(&self, begun: &Begun) -> Result<(), ExecutionError>;

    /// A node has run.
    async fn completed(&self, step: Completed<'_>) -> Result<(), ExecutionError>;
}

/// What is new after a node.
#[derive(Clone, Copy, Debug)]
pub struct Completed<'run> {
    pub node: &'run Text,
    /// Which run of the node it was, from 0.
    pub run: usize,
    pub record: &'run NodeRun,
    /// The workflow's static data, if the node changed them.
    pub static_data: Option<&'run Object>,
    /// What the execution waits for now.
    pub wait: Option<&'run Wait>,
}
