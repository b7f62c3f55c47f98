//! What a node is to patchbay: the [`Node`] trait, the [`Context`] that it runs in, the capabilities
//! that it may use, its errors, and the [`Registry`] that finds it by type and version.
//!
//! The crate leaves the nodes themselves to `patchbay-core-nodes` and `patchbay-actions`, the order in
//! which they run to `patchbay-engine`, and every real network, disk, clock or environment to the
//! program: a node reaches the world only through [`capability`].

pub mod capability;
pub mod context;
pub mod description;
pub mod error;
pub mod media;
pub mod parameter;
pub mod registry;
pub mod secret;

use async_trait::async_trait;
use patchbay_model::{Diagnostics, Items};

pub use capability::Capabilities;
pub use context::{Context, State};
pub use description::{Description, Kind, ParameterDescription};
pub use error::NodeError;
pub use parameter::{Evaluate, Parameter};
pub use patchbay_model::Wait;
pub use registry::Registry;
pub use secret::{Secret, is_secret_name};

/// One kind of node, in all its versions. It holds no state of an execution: one value serves all.
#[async_trait]
pub trait Node: Send + Sync {
    fn description(&self) -> &Description;

    /// How many `main` inputs this node of a workflow has; 0 for a trigger.
    fn inputs(&self, _node: &patchbay_model::workflow::Node) -> usize {
        usize::from(!self.description().trigger)
    }

    /// How many `main` outputs this node of a workflow has, without the error output that `onError` adds.
    fn outputs(&self, _node: &patchbay_model::workflow::Node) -> usize {
        1
    }

    /// What is wrong with this node of a workflow, beyond what the description says. Nothing is evaluated yet:
    /// parameters are as the file has them. Pointers are relative to the node (`/parameters/operation`).
    fn check(&self, _node: &patchbay_model::workflow::Node) -> Diagnostics {
        Diagnostics::new()
    }

    /// Whether this node of a workflow changes something outside, where its file tells; `None` where it does no such thing
    /// by itself, or an expression decides.
    fn effect(&self, _node: &patchbay_model::workflow::Node) -> Option<capability::http::Effect> {
        None
    }

    /// Whether it is made from the definition of a service.
    fn is_of_service(&self) -> bool {
        false
    }

    /// Whether what this node of a workflow needs beside its parameters, its credential, is there: for whoever wants to know
    /// before anything is changed. Asks nobody outside.
    async fn ready(
        &self,
        _node: &patchbay_model::workflow::Node,
        _capabilities: &Capabilities,
    ) -> Result<(), NodeError> {
        Ok(())
    }

    /// Which trigger starts a workflow of several where none was chosen: the one of lowest rank. `None` for nodes that
    /// are no triggers. n8n takes those that run by themselves (manual, schedules, pollers: 0) before Execute Workflow
    /// Trigger (1), Error Trigger (2), Start (3) and Form Trigger (4), and never those that wait for a call (5).
    fn start_rank(&self) -> Option<u8> {
        self.description().trigger.then_some(0)
    }

    /// Whether the engine waits for items on every connected input, or runs with what it has once nothing else can run.
    fn required_inputs(&self, _node: &patchbay_model::workflow::Node) -> RequiredInputs {
        RequiredInputs::Any
    }

    /// Whether the node keeps something in its [`State`] from one of its runs to the next. When an execution goes on from
    /// a snapshot such a node is run over its recorded inputs again, for the sake of its state: it must do nothing else.
    fn keeps_state(&self) -> bool {
        false
    }

    /// Whether this node of a workflow must not be run again unasked, if a crash broke it off: what it does would be done
    /// twice. Users mark a node by `"unsafeToRepeat": true` in the workflow's file.
    fn unsafe_to_repeat(&self, node: &patchbay_model::workflow::Node) -> bool {
        node.extra
            .get("unsafeToRepeat")
            .is_some_and(patchbay_model::Value::truthy)
    }

    /// Runs once with all the items of its inputs.
    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError>;
}

/// Which inputs must have got items before a node with several inputs runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequiredInputs {
    /// It waits for all that are connected, but runs with one where the others stay empty.
    Any,
    /// It does not run unless each of these has items.
    These(Vec<usize>),
}

/// What came out of a run.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Items for each output.
    Outputs(Vec<Items>),
    /// The branch ends here, and no record is kept of the run: a loop's node that has nothing left.
    Ended,
    /// The execution rests here; when it resumes, these are the node's outputs.
    Wait { until: Wait, outputs: Vec<Items> },
    /// The node sleeps until this moment, in milliseconds since 1970, while its execution stays at work; then these are
    /// its outputs.
    Pause { until: f64, outputs: Vec<Items> },
    /// The execution rests here; when it resumes, the node is run again. No record is kept of this run.
    Again { when: Wait },
}

impl Outcome {
    /// All items leave by the first output.
    pub fn items(items: impl Into<Items>) -> Self {
        Self::Outputs(vec![items.into()])
    }
}
