//! Runs workflows: [`graph::compile`] turns a workflow's file into a [`Graph`] and says everything that is
//! wrong with it, [`Execution`] runs the graph and leaves [`patchbay_model::RunData`] behind.
//!
//! The order of nodes, which items reach them, what a failure does and how items are paired are n8n's. What a
//! node does is left to the node, every real clock, network or disk to the capabilities that the program
//! hands in, and the keeping and showing of what happens to an [`Observer`].

pub mod error_workflow;
pub mod execution;
pub mod graph;

pub use execution::{Execution, Finished, Journal, Observer, Options, Resumption, end_rest, start_of};
pub use graph::{Compilation, Graph, compile};
