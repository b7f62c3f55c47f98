//! Commands of the machine, for whoever allows them: a workflow may come from anywhere.

use std::process::Stdio;

use async_trait::async_trait;
use patchbay_node::NodeError;
use patchbay_node::capability::Commands;
use patchbay_node::capability::commands::{Finished, NO_SHELL, NOT_ALLOWED};
use tokio::process::Command;

/// Runs commands, or refuses them all.
pub struct RealCommands {
    pub allowed: bool,
}

#[async_trait]
impl Commands for RealCommands {
    async fn run(&self, line: &str) -> Result<Finished, NodeError> {
        if !self.allowed {
            return Err(
                NodeError::new(NOT_ALLOWED, "Running commands on this machine is not allowed")
                    .description("A command of a workflow can do whatever the user can who runs patchbay")
                    .hint("if you trust the workflow, allow it: --allow-commands, or PATCHBAY_ALLOW_COMMANDS=true"),
            );
        }
        let (shell, option) = if cfg!(windows) {
            ("cmd.exe", "/C")
        } else {
            ("/bin/sh", "-c")
        };
        let mut command = Command::new(shell);
        command.arg(option).arg(line).stdin(Stdio::null()).kill_on_drop(true);
        let output = command
            .output()
            .await
            .map_err(|error| NodeError::new(NO_SHELL, format!("The shell `{shell}` can not be started: {error}")))?;
        Ok(Finished {
            exit_code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned().into(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned().into(),
        })
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn commands_run_only_where_they_may() {
        let ran = |allowed, line: &'static str| async move { RealCommands { allowed }.run(line).await };
        let finished = ran(true, "echo a; echo b >&2; exit 3").await.expect("it runs");
        let expected = Finished {
            exit_code: Some(3),
            stdout: "a\n".into(),
            stderr: "b\n".into(),
        };
        assert_eq!(finished, expected);
        let refused = ran(false, "echo a").await.expect_err("it is refused");
        assert_eq!(refused.error.code, NOT_ALLOWED);
    }
}
