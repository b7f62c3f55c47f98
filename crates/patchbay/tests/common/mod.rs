//! Runs the real program for the whole-program tests: arguments in; exit code, stdout and stderr out.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder of its own for one test, and the program started in it.
pub struct Patchbay {
    pub folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What one start of the program gave.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Patchbay {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            environment: Vec::new(),
        }
    }

    /// Sets an environment variable for the program.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file into the test's folder.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("a folder");
        }
        std::fs::write(&path, text).expect("a file");
        path
    }

    pub fn run(&self, arguments: &[&str]) -> Answer {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Answer {
        let mut child = self.command(arguments).spawn().expect("patchbay starts");
        // A program that does not read its input may have closed it.
        let _ = child.stdin.take().expect("stdin").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("patchbay ends");
        Answer {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The program, not started yet, with nothing of this machine's environment but the path.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("TZ", "UTC")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Answer {
    /// The three parts as one text, for snapshots.
    pub fn snapshot(&self) -> String {
        format!(
            "exit code: {}\n--- stdout\n{}--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }

    /// stdout as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.snapshot()))
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A workflow of a start and a node of this type.
pub fn workflow(kind: &str, parameters: &Value, more: &Value) -> String {
    let mut node =
        json!({"name": "PBX", "type": kind, "typeVersion": 1, "position": [200, 0], "parameters": parameters});
    for (key, value) in more.as_object().into_iter().flatten() {
        node[key] = value.clone();
    }
    let start = json!({"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0],
        "parameters": {}});
    let connections = json!({"Start": {"main": [[{"node": "PBX", "type": "main", "index": 0}]]}});
    json!({"name": "Flow", "nodes": [start, node], "connections": connections, "settings": {"executionOrder": "v1"}})
        .to_string()
}

/// What the double was asked, without tokens.
pub fn requests(answer: &Answer) -> Vec<&str> {
    let lines = answer.stderr.lines().filter_map(|line| line.strip_prefix("  "));
    lines.filter(|line| line.contains(" /xapi/")).collect()
}
