//! One node over 10,000 items against the 3CX double, beside a hand-written loop of reqwest with the same concurrency.
//!
//! Three programs take part: the double, `patchbay run`, and the loop, which is this program once more: both are started for
//! each round, ask for the same users with the same client and a token that they got for it, make each request's URL, read each
//! answer's JSON, and keep it. They take turns, so that whatever else the machine does hits both. Of patchbay two rates are
//! told: of the whole program, and of the node alone, without the time of a run that has the same items and no such node. What
//! counts is the middle one of the rounds' relations: a machine that is slow for a while is slow for both.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::{Value, json};

const ITEMS: usize = 10_000;
/// As `nodes/3cx/node.toml` has it.
const CONCURRENCY: usize = 8;
const TIMEOUT: Duration = Duration::from_mins(5);
const ROUNDS: usize = 15;

/// As the program's own: else its items would cost less than the loop's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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

/// The argument by which this program is the loop; a credential's URL, client and secret follow.
const BY_HAND: &str = "by-hand";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [by_hand, url, client, secret] if by_hand == BY_HAND => be_the_loop(url, client, secret),
        _ => compare(),
    }
}

fn compare() {
    let double = Double::start();
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("a file");
    write("pbx.toml", double.credential.clone());
    let items: Vec<Value> = (0..ITEMS).map(|item| json!({"id": item % 10 + 1})).collect();
    write("items.json", Value::from(items).to_string());
    let [whole, start] = workflows();
    write("flow.json", whole.to_string());
    write("start.json", start.to_string());
    let (mut of_patchbay, mut of_node, mut of_loop) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let patchbay = run_patchbay(folder.path(), "flow.json");
        let start = run_patchbay(folder.path(), "start.json");
        let by_hand = run_loop(&double);
        // The first round warms up.
        if round > 0 {
            of_patchbay.push(patchbay);
            of_node.push(patchbay.saturating_sub(start));
            of_loop.push(by_hand);
        }
    }
    let median = |mut values: Vec<f64>| {
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let rates =
        |times: &[Duration]| -> Vec<f64> { times.iter().map(|time| ITEMS as f64 / time.as_secs_f64()).collect() };
    let by_hand = rates(&of_loop);
    println!("median of {ROUNDS}  requests/s  of the loop");
    println!("reqwest loop  {:>10.0}", median(by_hand.clone()));
    for (name, times) in [("the node", &of_node), ("patchbay run", &of_patchbay)] {
        let own = rates(times);
        let relations = own
            .iter()
            .zip(&by_hand)
            .map(|(own, by_hand)| 100.0 * own / by_hand)
            .collect();
        println!(
            "{name:<12}  {:>10.0}  {:>9.1} %",
            median(own.clone()),
            median(relations)
        );
    }
}

/// With the node, and without.
fn workflows() -> [Value; 2] {
    let start = json!({"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0],
        "parameters": {}});
    let users = json!({"name": "Users", "type": "n8n-nodes-3cx.threecx", "typeVersion": 1, "position": [200, 0],
        "parameters": {"resource": "Users", "operation": "Get User", "Id": "={{ $json.id }}",
            "options": {"$select": "Id,Number,DisplayName,EmailAddress"}}});
    let connections = json!({"Start": {"main": [[{"node": "Users", "type": "main", "index": 0}]]}});
    let settings = json!({"executionOrder": "v1"});
    [
        json!({"name": "Requests", "nodes": [start, users], "connections": connections, "settings": settings}),
        json!({"name": "Start", "nodes": [start], "connections": {}, "settings": settings}),
    ]
}

fn timed(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let status = command.status().expect("it runs");
    assert!(status.success(), "{command:?} failed");
    begun.elapsed()
}

fn run_loop(double: &Double) -> Duration {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let fields = ["url", "clientId", "clientSecret"].map(|name| double.field(name));
    timed(command.arg(BY_HAND).args(fields))
}

fn run_patchbay(folder: &std::path::Path, workflow: &str) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
    let files = ["--credentials", "pbx.toml", "--input", "items.json", "--output", "none"];
    timed(command.args(["run", workflow]).args(files).current_dir(folder))
}

fn be_the_loop(url: &str, client: &str, secret: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (url, client, secret) = (url.to_owned(), client.to_owned(), secret.to_owned());
    // A task of its own shares a thread with its connections.
    let answers = runtime.spawn(async move { ask(&url, &client, &secret).await });
    let answers = runtime.block_on(answers).expect("the loop ends");
    assert_eq!(answers.len(), ITEMS);
    // The system takes the memory back, as it does patchbay's.
    std::process::exit(0);
}

async fn ask(url: &str, client_id: &str, secret: &str) -> Vec<Value> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .build();
    let client = client.expect("a client");
    let form = format!("client_id={client_id}&client_secret={secret}&grant_type=client_credentials");
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
    futures::stream::iter(requests).buffered(CONCURRENCY).collect().await
}
