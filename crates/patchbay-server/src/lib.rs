//! `patchbay serve`: workflows from a folder, started by requests and schedules; executions that are accepted once and
//! never lost.
//!
//! | module | holds |
//! | --- | --- |
//! | [`configuration`] | what can be set; reading flags, files and the environment is the program's |
//! | [`server`] | all parts put together: start, shutdown |
//! | [`listen`] | connections |
//! | [`router`] | which path leads where: a part with paths of its own adds a line |
//! | [`workflows`] | the folder of workflow files, watched; what is active; which webhook is whose |
//! | [`webhook`] | one request to a webhook: who may call, what its item is, what it is answered |
//! | [`api`] | `/api/v1`: n8n's public API, and what it lacks |
//! | [`credentials`] | those that the API made |
//! | [`health`] | whether the server takes work, and the numbers of [`metrics`] |
//! | [`trace`] | executions and their nodes as spans |
//! | [`schedule`] | starting workflows at their times |
//! | [`execution`] | accepting, running, keeping, resuming and ending executions; their limits |
//!
//! Time, network, disk for nodes and credentials come as capabilities from the program; what is kept goes to
//! `patchbay_store`; what a workflow means is left to `patchbay_engine`.

pub mod api;
pub mod configuration;
pub mod credentials;
pub mod execution;
pub mod health;
pub mod listen;
pub mod metrics;
pub mod router;
pub mod schedule;
pub mod server;
pub mod trace;
pub mod webhook;
pub mod workflows;

pub use configuration::Configuration;
pub use server::{Server, World};
