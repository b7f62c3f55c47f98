//! A server for one test: started in a folder of its own, on a free port.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tempfile::TempDir;

pub use crate::flow::{node, workflow};

/// How long something may take that happens at once: a loaded machine is slow.
const AT_ONCE: std::time::Duration = std::time::Duration::from_secs(30);

/// A folder with workflows, and the server that serves it, if it runs.
pub struct Server {
    pub folder: TempDir,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// No file may get larger, in blocks of the shell's.
    largest_file: Option<u32>,
    /// What it said before it listened.
    pub told: String,
    process: Option<Child>,
    pub url: String,
    client: reqwest::Client,
    /// What it has said on stderr since.
    heard: Arc<Mutex<String>>,
}

/// What a request was answered.
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Server {
    /// Not started yet.
    pub fn new(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("workflows")).expect("a folder");
        Self {
            folder,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            environment: Vec::new(),
            largest_file: None,
            told: String::new(),
            process: None,
            url: String::new(),
            heard: Arc::default(),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(AT_ONCE)
                .build()
                .expect("a client"),
        }
    }

    /// With these workflows, and started.
    pub fn with(workflows: &[Value], arguments: &[&str]) -> Self {
        let mut server = Self::new(arguments);
        for workflow in workflows {
            server.put(workflow);
        }
        server.start();
        server
    }

    /// A variable of the server's environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// What a full disk does: from the next start on no file gets larger than so many blocks.
    pub fn limit_files(&mut self, blocks: Option<u32>) {
        self.largest_file = blocks;
    }

    /// Files of the server that runs may grow again.
    #[cfg(target_os = "linux")]
    pub fn lift_limit(&self) {
        use rustix::process::{Pid, Resource, getrlimit, prlimit};
        let process = self.process.as_ref().map(Pid::from_child);
        let own = getrlimit(Resource::Fsize);
        prlimit(process, Resource::Fsize, own).expect("lifted");
    }

    fn command(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_patchbay");
        let Some(blocks) = self.largest_file else {
            return Command::new(program);
        };
        let mut command = Command::new("/bin/sh");
        let script = format!("ulimit -S -f {blocks}; trap '' XFSZ; exec \"$0\" \"$@\"");
        command.args(["-c", &script, program]);
        command
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("workflows").join(name)
    }

    /// Writes a workflow's file.
    pub fn put(&self, workflow: &Value) {
        let name = format!("{}.json", workflow["id"].as_str().expect("an id"));
        // In one step, as editors do.
        let hidden = self.folder.path().join(&name);
        std::fs::write(&hidden, workflow.to_string()).expect("written");
        std::fs::rename(hidden, self.file(&name)).expect("moved");
    }

    pub fn start(&mut self) {
        let mut child = self
            .command()
            .args(["serve", "--port", "0", "--workflows", "workflows", "--data", "data"])
            .args(&self.arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("TZ", "UTC")
            .envs(self.environment.clone())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("patchbay starts");
        let mut lines = BufReader::new(child.stderr.take().expect("stderr"));
        let mut told = String::new();
        loop {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).expect("a line") > 0, "it ended: {told}");
            told.push_str(&line);
            if let Some((_, rest)) = line.split_once("listens on ") {
                rest.split(' ').next().expect("a URL").clone_into(&mut self.url);
                break;
            }
        }
        let heard = self.heard.clone();
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let mut heard = heard.lock().expect("not poisoned");
                heard.push_str(&line);
                heard.push('\n');
            }
        });
        self.told = told;
        self.process = Some(child);
    }

    /// What it has said on stderr since it listens.
    pub fn heard(&self) -> String {
        self.heard.lock().expect("not poisoned").clone()
    }

    /// As Ctrl-C does.
    pub fn tell_to_end(&self) {
        let process = self.process.as_ref().expect("a server that runs");
        let id = rustix::process::Pid::from_child(process);
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("told");
    }

    /// As Ctrl-C does: waits until it has ended.
    pub async fn end(&mut self) {
        self.tell_to_end();
        self.has_ended().await;
    }

    /// Waits until it has ended, after it was told to.
    pub async fn has_ended(&mut self) {
        let mut process = self.process.take().expect("a server that runs");
        // It may still want something of the test.
        let ended = tokio::task::spawn_blocking(move || process.wait());
        let ended = tokio::time::timeout(AT_ONCE, ended).await.expect("it ends in time");
        ended.expect("waited").expect("ended");
    }

    /// As a crash would.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("a server that runs");
        process.kill().expect("killed");
        process.wait().expect("ended");
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.expect("an answer");
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.expect("a body"),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.answer(self.request("GET", path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.answer(request.body(body.to_string())).await
    }

    /// Asks until the answer is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let begun = std::time::Instant::now();
        loop {
            let answer = self.get(path).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(
                begun.elapsed() < AT_ONCE,
                "{path} still answers {} {}",
                answer.status,
                answer.text
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

pub fn webhook(parameters: &Value) -> Value {
    let mut node = node("Webhook", "webhook", 2.0, parameters);
    node["webhookId"] = json!("hook-id");
    node
}

pub fn code(name: &str, code: &str) -> Value {
    node(name, "code", 2.0, &json!({"jsCode": code}))
}

pub fn respond(parameters: &Value) -> Value {
    node("Respond", "respondToWebhook", 1.4, parameters)
}
