//! The harness: tests of node definitions and of workflows at the HTTP boundary, without a network, a service or a wall
//! clock.
//!
//! - [`case`] reads files of cases, [`collect`](mod@collect) finds them;
//! - [`world`] is what a case runs in: canned answers or the 3CX double, virtual time, repeatable randomness;
//! - [`run`](mod@run) runs cases side by side and holds what came out against what was expected ([`pattern`]);
//! - [`report`] tells it to people and to machines;
//! - [`rewrite`] writes expectations and recordings into the files, [`record`](mod@record) makes recordings;
//! - [`coverage`] says what of the definitions no case touches, [`drift`] what a newer API changes, [`generate`] makes
//!   cases of requests for every operation.
//!
//! The crate knows no node and no service by name: the program hands them in ([`Host`]). Finding files that change and the
//! command line are left to the program.

#![expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "what people read is built once, and its code reads best so"
)]

pub mod case;
pub mod collect;
pub mod coverage;
pub mod document;
pub mod drift;
pub mod generate;
pub mod pattern;
pub mod record;
pub mod report;
pub mod rewrite;
pub mod run;
pub mod world;

use std::path::Path;
use std::sync::Arc;

use patchbay_actions::Library;
use patchbay_model::Text;
use patchbay_node::capability::Workflows;
use patchbay_node::{Capabilities, Registry};

pub use collect::{Collected, collect};
pub use run::{CaseResult, run};

/// What the program hands in.
pub struct Host {
    /// The nodes that are programmed.
    pub core: Registry,
    /// The services that are described.
    pub library: Library,
    /// Workflows that the nodes of a workflow call, from a folder.
    pub workflows: CallableWorkflows,
}

/// Makes the workflows of a folder callable: nodes, zone and world are those of the case that calls.
pub type CallableWorkflows = Box<dyn Fn(&Path, Arc<Registry>, Text, &Capabilities) -> Arc<dyn Workflows> + Send + Sync>;

impl Host {
    /// Every node, for one case: tokens are not shared with others.
    pub fn registry(&self) -> Registry {
        let mut registry = self.core.clone();
        self.library.without_tokens().register(&mut registry);
        registry
    }
}
