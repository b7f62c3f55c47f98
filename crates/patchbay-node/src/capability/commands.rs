//! Programs of the machine.

use async_trait::async_trait;
use patchbay_model::Text;

use crate::NodeError;

/// The commands of the machine are closed to workflows.
pub const NOT_ALLOWED: &str = "E0316";
/// The shell can not be started.
pub const NO_SHELL: &str = "E0319";

/// Runs commands, where whoever runs the program allows it.
#[async_trait]
pub trait Commands: Send + Sync {
    /// Runs a line with the machine's shell, nothing on its stdin. A status other than 0 is no error; [`NOT_ALLOWED`] and
    /// [`NO_SHELL`] are. Dropping the future kills what runs.
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
