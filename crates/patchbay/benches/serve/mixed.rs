//! Everything at once for a long time: webhooks, a schedule, waits and failures. What is held must not grow, what is kept
//! must stay within its bounds, and no slot of the schedule may be lost or come twice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::Path;
use serde_json::json;

use crate::flow::{node, workflow};
use crate::load::{Connection, request};
use crate::server::{Server, two_expressions};
use crate::tell;

/// So many executions are kept; far more come.
const KEPT: &str = "2000";
/// Requests in a second, to each of three webhooks.
const RATE: f64 = 20.0;

/// How often each slot of the schedule was told of, by its second.
type Slots = Arc<Mutex<BTreeMap<i64, usize>>>;

pub async fn measure(seconds: u64) {
    let (listener, slots) = note_slots().await;
    let wait = [
        node(
            "Webhook",
            "webhook",
            2.0,
            &json!({"path": "wait", "httpMethod": "POST"}),
        ),
        node(
            "Wait",
            "wait",
            1.1,
            &json!({"resume": "timeInterval", "amount": 3, "unit": "seconds"}),
        ),
        node("End", "noOp", 1.0, &json!({})),
    ];
    let fail = [
        node(
            "Webhook",
            "webhook",
            2.0,
            &json!({"path": "fail", "httpMethod": "POST"}),
        ),
        node("Stop", "stopAndError", 1.0, &json!({"errorMessage": "as it should"})),
    ];
    let url = format!("=http://{listener}/{{{{ $json.timestamp.toDateTime().toSeconds().floor() }}}}");
    let every_second = [
        node(
            "Schedule",
            "scheduleTrigger",
            1.2,
            &json!({"rule": {"interval": [{"field": "seconds", "secondsInterval": 1}]}}),
        ),
        node(
            "Tell",
            "httpRequest",
            4.2,
            &json!({"method": "POST", "url": url, "options": {}}),
        ),
    ];
    let on_error = [
        node("Error", "errorTrigger", 1.0, &json!({})),
        node("End", "noOp", 1.0, &json!({})),
    ];
    let mut failing = workflow("fail", &fail);
    failing["settings"]["errorWorkflow"] = json!("on-error");
    let workflows = [
        two_expressions("webhook", "p"),
        workflow("wait", &wait),
        failing,
        workflow("schedule", &every_second),
        workflow("on-error", &on_error),
    ];
    let server = Server::start(&workflows, &["--keep-count", KEPT]);
    let end = Instant::now() + Duration::from_secs(seconds);
    let asking: Vec<_> = ["p", "wait", "fail"]
        .map(|path| tokio::spawn(ask(server.address, format!("/webhook/{path}"), end)))
        .into();
    let (mut memory, mut stored) = (Vec::new(), Vec::new());
    while Instant::now() < end {
        tokio::time::sleep(Duration::from_secs(1)).await;
        memory.push(server.memory("VmRSS"));
        stored.push(size(&server.data().join("data")));
    }
    let mut asked = 0;
    for one in asking {
        asked += one.await.expect("asked");
    }
    let largest = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let (early, late) = memory.split_at(memory.len() / 2);
    let (fewer, more) = stored.split_at(stored.len() / 2);
    tell(
        &format!("{asked} requests in {seconds} s: memory, first half"),
        &format!("{:.1} MiB", largest(early)),
        "-",
    );
    tell("… second half", &format!("{:.1} MiB", largest(late)), "flat");
    tell("… store, first half", &format!("{:.1} MiB", largest(fewer)), "-");
    tell("… second half", &format!("{:.1} MiB", largest(more)), "bounded");
    let slots = slots.lock().expect("not poisoned").clone();
    let (first, last) = (slots.keys().next().copied(), slots.keys().next_back().copied());
    let span = first.zip(last).map_or(0, |(first, last)| last - first + 1) as usize;
    let twice = slots.values().filter(|&&times| times > 1).count();
    let told = format!("{} lost, {twice} twice", span - slots.len());
    tell(&format!("… {span} slots of a schedule"), &told, "none");
}

/// Takes note of the slots that the schedule tells of.
async fn note_slots() -> (SocketAddr, Slots) {
    let slots = Slots::default();
    let note = slots.clone();
    let tell = move |Path(slot): Path<i64>| async move {
        *note.lock().expect("not poisoned").entry(slot).or_default() += 1;
        "{}"
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().route("/{slot}", axum::routing::post(tell));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, slots)
}

/// Asks at a steady rate; gives how often.
async fn ask(address: SocketAddr, path: String, end: Instant) -> usize {
    let request = request(&path);
    let mut connection = Connection::open(address).await;
    let mut turn = tokio::time::interval(Duration::from_secs_f64(1.0 / RATE));
    let mut asked = 0;
    while Instant::now() < end {
        turn.tick().await;
        let (status, text) = connection.ask(&request).await;
        assert_eq!(status, 200, "{path}: {text}");
        asked += 1;
    }
    asked
}

/// What a folder holds, in MiB.
fn size(folder: &std::path::Path) -> f64 {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let sizes = files
        .filter_map(|file| file.metadata().ok())
        .filter(std::fs::Metadata::is_file);
    sizes.map(|file| file.len()).sum::<u64>() as f64 / f64::from(1 << 20)
}
