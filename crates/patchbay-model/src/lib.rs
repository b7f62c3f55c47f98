//! What every other crate talks about: the workflow file, values, items, run data, the scope of an
//! expression, run events and diagnostics.
//!
//! This crate holds data and the rules that keep it well formed. It leaves evaluation to
//! `patchbay-expression`, behaviour to `patchbay-node` and order to `patchbay-engine`, and it never
//! reaches the network, the disk, the environment or the clock.

pub mod diagnostic;
pub mod item;
pub mod pointer;
pub mod run;
pub mod scope;
pub mod value;
pub mod workflow;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use item::{Binary, BinaryData, Item, ItemError, Items, PairedItem};
pub use run::{Begun, ExecutionError, NodeRun, Pause, RunData, RunEvent, Snapshot, Source, Status, Wait};
pub use scope::{Environment, Scope};
pub use value::{Object, Text, Value};
pub use workflow::Workflow;
