//! What a node has in hand while it runs: its items, its parameters, the world by way of capabilities.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_model::{Item, Items, Object, Scope, Text, Value};
use tokio_util::sync::CancellationToken;

use crate::{Capabilities, Description, NodeError, Parameter};

/// One run of one node.
pub struct Context<'run> {
    pub node: &'run patchbay_model::workflow::Node,
    pub description: &'run Description,
    /// What expressions see, for the first item.
    pub scope: Scope<'run>,
    /// The items of each `main` input.
    pub inputs: &'run [Items],
    /// The node's parameters as the file has them, compiled: always a [`Parameter::Object`].
    pub parameters: &'run Parameter,
    pub capabilities: &'run Capabilities,
    pub state: &'run State,
    pub cancellation: &'run CancellationToken,
    /// Told how many of the node's items are done, or, of a node with one item, how many parts of its work; resolving a parameter for an item says that those before it are.
    pub progress: &'run (dyn Fn(usize) + Send + Sync),
    /// Told what a Code node logs.
    pub log: &'run (dyn Fn(Text) + Send + Sync),
}

/// What nodes keep between runs.
#[derive(Default)]
pub struct State {
    /// Of this node in this execution: n8n's node context.
    pub context: Mutex<Object>,
    /// Items that the node keeps for its next run.
    pub held: Mutex<Held>,
    /// Of the workflow across executions: `$getWorkflowStaticData`, keys `global` and `node:NAME`.
    pub static_data: Arc<Mutex<Object>>,
    /// What this run did, or may have done, must not be done twice.
    pub done_for_good: AtomicBool,
}

/// Items that a node keeps from one run to the next: those of Loop Over Items.
#[derive(Default)]
pub struct Held {
    pub waiting: VecDeque<Item>,
    pub done: Vec<Item>,
}

impl State {
    /// Keeps the engine from trying the node's run again, whatever `retryOnFail` says: what it did, or may have done, would
    /// be done twice.
    pub fn forbid_retry(&self) {
        self.done_for_good.store(true, Ordering::Relaxed);
    }

    /// Whether the run may be tried again; a new run may, until it says otherwise.
    pub fn may_be_retried(&self) -> bool {
        !self.done_for_good.swap(false, Ordering::Relaxed)
    }

    /// Reads or changes the items that the node keeps.
    pub fn with_held<T>(&self, use_held: impl FnOnce(&mut Held) -> T) -> T {
        use_held(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads or changes the node's context.
    pub fn with_context<T>(&self, use_context: impl FnOnce(&mut Object) -> T) -> T {
        use_context(&mut self.context.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<'run> Context<'run> {
    /// The items of the first input.
    pub fn items(&self) -> &'run [Item] {
        self.inputs.first().map_or(&[], |items| items)
    }

    pub fn version(&self) -> f64 {
        self.node.version
    }

    /// Failed items go on as items, by whichever output.
    pub fn continues_on_fail(&self) -> bool {
        self.node.on_error != patchbay_model::workflow::OnError::Stop
    }

    /// What expressions see for one item of the first input. Whoever asks has come to that item, which is progress.
    pub fn scope_for(&self, item: usize) -> Scope<'run> {
        (self.progress)(item);
        self.scope.for_item(item)
    }

    /// The parameter at a path, compiled, to be resolved for many items; `None` if the file does not have it.
    pub fn parameter(&self, path: &str) -> Option<&'run Parameter> {
        self.parameters.at(path)
    }

    /// The value of the parameter at a path (`options.limit`) for one item: the file's, evaluated; else the default of
    /// the node's version; else `None`. An expression that gives undefined gives `None`.
    pub fn optional(&self, path: &str, item: usize) -> Result<Option<Value>, NodeError> {
        self.checkpoint()?;
        match self.parameters.at(path) {
            Some(parameter) => self.resolve(parameter, path, item),
            // A part of a parameter that one expression gives as a whole: `options` = `={{ … }}`.
            None => match path.rsplit_once('.') {
                Some((parent, key)) if self.parameters.at(parent).is_some_and(Parameter::is_expression) => {
                    Ok(self.optional(parent, item)?.and_then(|value| value.get(key).cloned()))
                }
                _ => Ok(self.description.default_of(path, self.version())),
            },
        }
    }

    /// As [`Context::optional`], null where there is none.
    pub fn value(&self, path: &str, item: usize) -> Result<Value, NodeError> {
        Ok(self.optional(path, item)?.unwrap_or_default())
    }

    /// The parameter as text, converted as JavaScript does; empty where there is none.
    pub fn text(&self, path: &str, item: usize) -> Result<Text, NodeError> {
        Ok(match self.optional(path, item)? {
            None | Some(Value::Null) => Text::default(),
            Some(value) => value.to_text(),
        })
    }

    /// The parameter as a boolean, converted as JavaScript does; false where there is none.
    pub fn boolean(&self, path: &str, item: usize) -> Result<bool, NodeError> {
        Ok(self.value(path, item)?.truthy())
    }

    /// The parameter as a number; an error where it is none.
    pub fn number(&self, path: &str, item: usize) -> Result<f64, NodeError> {
        let value = self.value(path, item)?;
        let number = value.to_number();
        if number.is_nan() {
            let message = format!("`{path}` is not a number: {}", value.to_json());
            return Err(NodeError::new("E0302", message).parameter(path).item(item));
        }
        Ok(number)
    }

    /// Evaluates a parameter got by [`Context::parameter`] for one item; `path` is for the error.
    pub fn resolve(&self, parameter: &Parameter, path: &str, item: usize) -> Result<Option<Value>, NodeError> {
        parameter
            .resolve(&self.scope_for(item))
            .map_err(|error| error.below(path).item(item))
    }

    /// An error if the execution was cancelled: for loops that evaluate nothing.
    pub fn checkpoint(&self) -> Result<(), NodeError> {
        if self.cancellation.is_cancelled() {
            Err(NodeError::cancelled())
        } else {
            Ok(())
        }
    }
}
