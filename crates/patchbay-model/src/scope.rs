//! What an expression can see. A [`Scope`] borrows the execution's data and never copies it; making
//! one for each item costs a few words.
//!
//! The rules by which `$('X').item` follows paired items, and every name of the scope, belong to
//! `patchbay-expression`.

use std::time::Duration;

use crate::item::Item;
use crate::run::{RunData, Source};
use crate::value::{Object, Text, Value};
use crate::workflow::{Node, Workflow};

/// What an expression may ask of the world: handed in, so that tests fix it.
pub trait Environment: Send + Sync {
    /// Milliseconds since 1970.
    fn now(&self) -> f64;
    /// Milliseconds since any moment, for durations: it never goes back, and goes on where `now` is fixed.
    fn monotonic(&self) -> f64 {
        self.now()
    }
    /// From 0 up to, not including, 1.
    fn random(&self) -> f64;
    /// An environment variable for `$env`: `Err` where access is not allowed.
    fn variable(&self, name: &str) -> Result<Option<Text>, Denied>;
    /// What the code of a workflow may use.
    fn script_limits(&self) -> ScriptLimits {
        ScriptLimits::default()
    }
}

/// What one run of a script may use: of a Code node, once, or for one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptLimits {
    /// Of the script's own work; waiting for answers does not count.
    pub time: Duration,
    /// In bytes.
    pub memory: usize,
}

impl Default for ScriptLimits {
    /// One minute, as n8n allows its task runners, and one GiB.
    fn default() -> Self {
        Self {
            time: Duration::from_mins(1),
            memory: 1 << 30,
        }
    }
}

/// Access to environment variables is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

/// Facts about the execution that do not change while it runs.
#[derive(Clone, Debug, Default)]
pub struct ExecutionInfo {
    pub id: Text,
    /// What `$execution.mode` says: `test` for a manual run, `production` for one that a trigger started.
    pub mode: Text,
    pub resume_url: Text,
    pub resume_form_url: Text,
    /// `$vars`.
    pub variables: Object,
    /// IANA name of the zone of `$now` and of dates without one.
    pub timezone: Text,
}

/// What an expression of one node sees for one item.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub workflow: &'a Workflow,
    pub run_data: &'a RunData,
    pub execution: &'a ExecutionInfo,
    pub environment: &'a dyn Environment,
    /// The node whose parameter is evaluated.
    pub node: &'a Node,
    pub run_index: usize,
    /// The items of the node's first input, or of the input that it evaluates for.
    pub items: &'a [Item],
    pub item_index: usize,
    /// For each input of the node, where its items came from.
    pub sources: &'a [Option<Source>],
    /// Which input `items` is.
    pub input_index: usize,
    /// State that the node keeps between its runs: `$('X').context`, `$node.X.context`; by node.
    pub contexts: &'a dyn Contexts,
    /// More names, in scope as variables: `$response`, `$pageCount`, a definition's own.
    pub extra: &'a [(&'a str, Value)],
}

/// The contexts of nodes (`noItemsLeft`, `currentRunIndex` of Loop Over Items).
pub trait Contexts: Send + Sync {
    fn context(&self, node: &str) -> Option<Value>;
    /// Whether the execution has to stop: an expression that computes is then broken off.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// No node has a context.
pub struct NoContexts;

impl Contexts for NoContexts {
    fn context(&self, _node: &str) -> Option<Value> {
        None
    }
}

impl<'a> Scope<'a> {
    /// The same scope for another item.
    #[must_use]
    pub fn for_item(self, item_index: usize) -> Self {
        Self { item_index, ..self }
    }

    /// The current item; `None` for a node without input.
    pub fn item(&self) -> Option<&'a Item> {
        self.items.get(self.item_index)
    }
}
