//! One node over 10,000 items against the 3CX double, beside a hand-written loop of reqwest with the same concurrency.
//!
//! Three programs take part: the double, `patchbay run` (its start, its definitions and its token included), and the
//! loop, which is this program. Both ask for the same users, read each answer's JSON, and keep it. They take turns, so that
//! whatever else the machine does hits both.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::{Value, json};

const ITEMS: usize = 10_000;
/// As `nodes/3cx/node.toml` has it.
const CONCURRENCY: usize = 8;
const ROUNDS: usize = 7;

/// The double in a process of its own, ended with this one.
struct Double {
    process: Child,
    credential: String,
}

impl Double {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_patchbay"))
            .arg("sandbox")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the double starts");
        let mut lines = BufReader::new(process.stdout.take().expect("stdout")).lines();
        let credential: Vec<String> = lines.by_ref().take(5).map(|line| line.expect("a line")).collect();
        Self {
            process,
            credential: credential.join("\n"),
        }
    }

    fn field(&self, name: &str) -> &str {
        let line = self.credential.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split('"').nth(1)).expect("a field")
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn main() {
    let double = Double::start();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("a file");
    write("pbx.toml", double.credential.clone());
    let items: Vec<Value> = (0..ITEMS).map(|item| json!({"id": item % 10 + 1})).collect();
    write("items.json", Value::from(items).to_string());
    write("flow.json", workflow().to_string());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (mut of_patchbay, mut of_loop) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let patchbay = run_patchbay(folder.path());
        let by_hand = runtime.block_on(run_loop(&double));
        // The first round warms up.
        if round > 0 {
            of_patchbay.push(patchbay);
            of_loop.push(by_hand);
        }
    }
    let rate = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        ITEMS as f64 / times[times.len() / 2].as_secs_f64()
    };
    let (patchbay, by_hand) = (rate(&mut of_patchbay), rate(&mut of_loop));
    println!("patchbay run   {patchbay:>8.0} requests/s (median of {ROUNDS})");
    println!("reqwest loop   {by_hand:>8.0} requests/s");
    println!("               {:>8.1} %", 100.0 * patchbay / by_hand);
}

fn workflow() -> Value {
    let start = json!({"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0],
        "parameters": {}});
    let users = json!({"name": "Users", "type": "n8n-nodes-3cx.threecx", "typeVersion": 1, "position": [200, 0],
        "parameters": {"resource": "Users", "operation": "Get User", "Id": "={{ $json.id }}",
            "options": {"$select": "Id,Number,DisplayName,EmailAddress"}}});
    let connections = json!({"Start": {"main": [[{"node": "Users", "type": "main", "index": 0}]]}});
    json!({"name": "Requests", "nodes": [start, users], "connections": connections, "settings": {"executionOrder": "v1"}})
}

fn run_patchbay(folder: &std::path::Path) -> Duration {
    let begun = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_patchbay"))
        .args([
            "run",
            "flow.json",
            "--credentials",
            "pbx.toml",
            "--input",
            "items.json",
            "--output",
            "none",
        ])
        .current_dir(folder)
        .status()
        .expect("patchbay runs");
    assert!(status.success(), "patchbay failed");
    begun.elapsed()
}

async fn run_loop(double: &Double) -> Duration {
    let begun = Instant::now();
    let client = reqwest::Client::new();
    let url = double.field("url");
    let form = format!(
        "client_id={}&client_secret={}&grant_type=client_credentials",
        double.field("clientId"),
        double.field("clientSecret")
    );
    let answer = client
        .post(format!("{url}/connect/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send();
    let answer = answer.await.expect("an answer").bytes().await.expect("a body");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    let requests = (0..ITEMS).map(|item| {
        let (client, token) = (&client, &token);
        async move {
            let id = item % 10 + 1;
            let query = "$select=Id,Number,DisplayName,EmailAddress";
            let request = client
                .get(format!("{url}/xapi/v1/Users({id})?{query}"))
                .header("accept", "application/json")
                .bearer_auth(token);
            let answer = request.send().await.expect("an answer");
            assert!(answer.status().is_success());
            let body = answer.bytes().await.expect("a body");
            serde_json::from_slice::<Value>(&body).expect("JSON")
        }
    });
    let answers: Vec<Value> = futures::stream::iter(requests).buffered(CONCURRENCY).collect().await;
    assert_eq!(answers.len(), ITEMS);
    begun.elapsed()
}
