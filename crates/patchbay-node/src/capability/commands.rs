//! Programs of the machine.

use async_trait::async_trait;
use patchbay_model::Text;

use crate::NodeError;

/// Runs commands, where whoever runs the program allows it.
#[async_trait]
pub trait Commands: Send + Sync {
    /// Runs a line with the machine's shell, nothing on its stdin. A status other than 0 is no error; E0316 is one: it is
    /// not allowed. Dropping the future kills what runs.
    async fn run(&self, line: &str) -> Result<Finished, NodeError>;
}

/// What is left of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// `None` where a signal ended it.
    pub exit_code: Option<i32>,
    pub stdout: Text,
    pub stderr: Text,
}
