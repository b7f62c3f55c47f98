//! Why a node failed. Codes are grouped by the part of the program that gives them, never used twice:
//!
//! | range | of |
//! | --- | --- |
//! | `E00xx` | reading files |
//! | `E01xx` | the graph of a workflow |
//! | `E02xx` | expressions |
//! | `E03xx`, `E09xx` | core nodes |
//! | `E04xx` | actions: definitions and requests |
//! | `E05xx` | credentials |
//! | `E06xx` | HTTP and the network |
//! | `E07xx` | limits: time, memory, cancellation |
//! | `E08xx` | the command line |
//! | `E10xx` | tests: cases and what they find; from E1030 on the command that runs them |
//! | `E11xx` | the store |
//! | `E12xx` | the server |

use patchbay_model::{ExecutionError, ItemError, Text, Value};

/// A failed run of a node, or of one of its items. The engine adds the node's name.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", error.message)]
pub struct NodeError {
    pub error: Box<ExecutionError>,
    pub kind: FailureKind,
}

/// How the engine goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailureKind {
    /// Retries and `onError` apply.
    #[default]
    Failed,
    /// The execution was cancelled or timed out: nothing more runs.
    Cancelled,
    /// Nothing was sent, so nobody knows what the nodes after this one would get: none of them runs, whatever `onError`
    /// says.
    Unanswered,
}

impl NodeError {
    pub fn new(code: &'static str, message: impl Into<Text>) -> Self {
        let error = ExecutionError {
            code: code.into(),
            message: message.into(),
            ..ExecutionError::default()
        };
        Self {
            error: Box::new(error),
            kind: FailureKind::Failed,
        }
    }

    pub fn cancelled() -> Self {
        Self {
            kind: FailureKind::Cancelled,
            ..Self::new("E0701", "The execution was cancelled")
        }
    }

    /// A dry run has sent nothing, though the node wants to read: `request` is what it would send.
    pub fn unanswered(request: &str) -> Self {
        Self {
            kind: FailureKind::Unanswered,
            ..Self::new(
                "E0612",
                format!("The dry run sent nothing, so there is no answer to {request}"),
            )
        }
    }

    /// The failure of another execution, as this node's own: its place was in the other workflow.
    pub fn from_execution(error: ExecutionError) -> Self {
        let error = ExecutionError {
            node: None,
            parameter: None,
            item: None,
            // The node that calls it is one of n8n's.
            beside: None,
            ..error
        };
        Self {
            error: Box::new(error),
            kind: FailureKind::Failed,
        }
    }

    #[must_use]
    pub fn description(mut self, description: impl Into<Text>) -> Self {
        self.error.description = Some(description.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.error.hints.push(hint.into());
        self
    }

    /// The parameter at fault, by its path: `assignments.assignments.0.value`.
    #[must_use]
    pub fn parameter(mut self, parameter: impl Into<Text>) -> Self {
        self.error.parameter = Some(parameter.into());
        self
    }

    #[must_use]
    pub fn item(mut self, item: usize) -> Self {
        self.error.item = Some(item);
        self
    }

    #[must_use]
    pub fn details(mut self, details: impl Into<Value>) -> Self {
        self.error.details = Some(details.into());
        self
    }

    /// The parameter at fault is a part of this one.
    #[must_use]
    pub fn below(mut self, key: &str) -> Self {
        self.error.parameter = Some(match self.error.parameter.take() {
            Some(part) => format!("{key}.{part}").into(),
            None => key.into(),
        });
        self
    }

    /// Whether it is no failure that a node could go on after: the run, or this branch of it, ends here.
    pub fn is_cancelled(&self) -> bool {
        self.kind != FailureKind::Failed
    }

    pub fn is_unanswered(&self) -> bool {
        self.kind == FailureKind::Unanswered
    }

    /// The error as an item carries it, where the node goes on.
    pub fn to_item_error(&self) -> ItemError {
        ItemError {
            message: self.error.message.clone(),
            description: self.error.description.clone(),
            details: self.error.details.clone(),
            beside: self.error.beside.clone(),
        }
    }
}
