//! Commands of the machine, for whoever allows them: a workflow may come from anywhere.

use std::process::Stdio;

use async_trait::async_trait;
use patchbay_node::NodeError;
use patchbay_node::capability::Commands;
use patchbay_node::capability::commands::{Finished, NO_SHELL, NOT_ALLOWED};
use tokio::process::{Child, Command};

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
        command
            .arg(option)
            .arg(line)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let no_shell = |error| NodeError::new(NO_SHELL, format!("The shell `{shell}` can not be started: {error}"));
        let child = command.spawn().map_err(no_shell)?;
        let mut group = ProcessGroup::of(&child);
        let output = child.wait_with_output().await.map_err(no_shell)?;
        group.ended();
        Ok(Finished {
            exit_code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned().into(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned().into(),
        })
    }
}

/// The shell and all that it started. Killing the shell alone would leave what it waits for running.
struct ProcessGroup {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl ProcessGroup {
    /// The group that a child leads.
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self {
            leader: id.and_then(rustix::process::Pid::from_raw),
        }
    }

    /// The command has ended by itself: what it left in the background may stay.
    fn ended(&mut self) {
        self.leader = None;
    }
}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // What has ended in the meantime need not be killed.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl ProcessGroup {
    fn of(_child: &Child) -> Self {
        Self {}
    }

    fn ended(&mut self) {}
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;

    use super::*;

    /// The shell's child holds a pipe open until it ends, and says so if it ends by itself.
    #[tokio::test]
    async fn a_command_that_is_dropped_ends_with_all_that_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status().await;
        assert!(made.is_ok_and(|status| status.success()));
        let line = format!("(sleep 20; echo survived) > '{}'; echo x", pipe.display());
        let running = tokio::spawn(async move { RealCommands { allowed: true }.run(&line).await });
        // Opens as soon as the child has it open too.
        let opened = tokio::task::spawn_blocking(move || std::fs::File::open(pipe)).await;
        let mut reader = opened.expect("no panic").expect("the pipe opens");
        running.abort();
        assert!(running.await.is_err_and(|error| error.is_cancelled()));
        let mut left = String::new();
        reader.read_to_string(&mut left).expect("it is read");
        assert_eq!(left, "");
    }

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
