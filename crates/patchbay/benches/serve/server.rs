//! The processes that are measured.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::flow::{node, workflow};

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Measures this build of patchbay, not the one that was built with this program.
pub fn use_program(path: PathBuf) {
    PROGRAM.get_or_init(|| path);
}

/// A process that answers, ended with this one.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    /// From its start until it said that it listens.
    pub ready: Duration,
    folder: Option<TempDir>,
}

impl Server {
    /// The bare handler.
    pub fn bare() -> Self {
        let this = std::env::current_exe().expect("this program");
        let begun = Instant::now();
        let mut process = Command::new(this)
            .arg("bare")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let mut told = BufReader::new(process.stdout.take().expect("stdout"));
        told.read_line(&mut line).expect("a line");
        Self {
            process,
            address: line.trim().parse().expect("an address"),
            ready: begun.elapsed(),
            folder: None,
        }
    }

    /// `patchbay serve`, with these workflows.
    pub fn start(workflows: &[Value], arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let below = folder.path().join("workflows");
        std::fs::create_dir(&below).expect("a folder");
        for workflow in workflows {
            let name = format!("{}.json", workflow["id"].as_str().expect("an id"));
            std::fs::write(below.join(name), workflow.to_string()).expect("a file");
        }
        let begun = Instant::now();
        let program = PROGRAM.get_or_init(|| env!("CARGO_BIN_EXE_patchbay").into());
        let mut process = Command::new(program)
            .args(["serve", "--port", "0"])
            .args(arguments)
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(process.stderr.take().expect("stderr"));
        let address = loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).expect("a line") > 0, "it ended");
            if let Some((_, rest)) = line.split_once("listens on http://") {
                let address = rest.split(' ').next().expect("an address");
                break address.parse().expect("an address");
            }
        };
        let ready = begun.elapsed();
        std::thread::spawn(move || {
            // So that the pipe is never full.
            let _ = lines.read_to_string(&mut String::new());
        });
        Self {
            process,
            address,
            ready,
            folder: Some(folder),
        }
    }

    pub fn data(&self) -> &Path {
        self.folder.as_ref().expect("patchbay").path()
    }

    /// A line of `/proc/…/status`, in MiB: `VmRSS` is what it holds, `VmHWM` the most that it held.
    pub fn memory(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("Linux, and the server runs");
        let line = status.lines().find(|line| line.starts_with(name)).expect("a line");
        let kibibytes: f64 = line
            .split_whitespace()
            .nth(1)
            .expect("a number")
            .parse()
            .expect("a number");
        kibibytes / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A webhook with two expressions; the last node answers.
pub fn two_expressions(id: &str, path: &str) -> Value {
    let expressions = json!({"assignments": {"assignments": [
        {"id": "1", "name": "greeting", "value": "=Hello {{ $json.body.name }}", "type": "string"},
        {"id": "2", "name": "total", "value": "={{ $json.body.price * $json.body.count }}", "type": "number"},
    ]}});
    let webhook = json!({"path": path, "httpMethod": "POST", "responseMode": "lastNode"});
    workflow(
        id,
        &[
            node("Webhook", "webhook", 2.0, &webhook),
            node("Edit", "set", 3.4, &expressions),
        ],
    )
}
