//! What is told of executions: numbers, spans, the log; and whether the server says so when it can not work.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::server::{Server, code, node, webhook, workflow};

/// Takes requests of any path, and keeps each with its headers.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<(HeaderMap, Value)>>>);

impl Listener {
    async fn start() -> (SocketAddr, Self) {
        let kept = Self::default();
        let keep = kept.clone();
        let answer = move |headers: HeaderMap, body: String| async move {
            let body = serde_json::from_str(&body).unwrap_or_default();
            keep.0.lock().expect("not poisoned").push((headers, body));
            "{}"
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, router).await });
        (address, kept)
    }

    fn all(&self) -> Vec<(HeaderMap, Value)> {
        self.0.lock().expect("not poisoned").clone()
    }
}

/// A webhook, and a node that asks somebody else; the last one answers.
fn asks(address: SocketAddr) -> Value {
    let request = json!({"method": "POST", "url": format!("http://{address}/asked"), "options": {}});
    let path = json!({"path": "p", "httpMethod": "POST", "responseMode": "lastNode"});
    workflow("w", &[webhook(&path), node("Ask", "httpRequest", 4.2, &request)])
}

#[tokio::test]
async fn prometheus_is_told_what_was_executed() {
    let fails = workflow(
        "f",
        &[
            webhook(&json!({"path": "f", "responseMode": "lastNode"})),
            code("Fail", "throw new Error('x')"),
        ],
    );
    let works = workflow(
        "w",
        &[
            webhook(&json!({"path": "w", "responseMode": "lastNode"})),
            code("Work", "return [{json: {}}]"),
        ],
    );
    let server = Server::with(&[fails, works], &["--metrics"]);
    for (path, status) in [
        ("/webhook/f", 500),
        ("/webhook/w", 200),
        ("/webhook/w", 200),
        ("/webhook/none", 404),
    ] {
        assert_eq!(server.get(path).await.status, status, "{path}");
    }
    let answer = server.get("/metrics").await;
    assert!(
        answer
            .header("content-type")
            .starts_with("application/openmetrics-text"),
        "{}",
        answer.text
    );
    for line in [
        "patchbay_executions_total{status=\"success\"} 2",
        "patchbay_executions_total{status=\"error\"} 1",
        "patchbay_execution_duration_seconds_count 3",
        "patchbay_webhook_duration_seconds_count{status=\"2xx\"} 2",
        "patchbay_webhook_duration_seconds_count{status=\"4xx\"} 1",
        "patchbay_webhook_duration_seconds_count{status=\"5xx\"} 1",
        "patchbay_executions_queued 0",
        "patchbay_executions_resting 0",
    ] {
        assert!(
            answer.text.lines().any(|found| found == line),
            "{line} is not in {}",
            answer.text
        );
    }
    let number = |name: &str| {
        let line = answer.text.lines().find(|line| line.starts_with(&format!("{name} ")));
        let number = line.and_then(|line| line.split(' ').nth(1)?.parse::<f64>().ok());
        number.unwrap_or_else(|| panic!("{name} is not in {}", answer.text))
    };
    assert!(number("patchbay_store_commit_seconds_count") >= 3.0);
    assert!(number("process_resident_memory_bytes") > 1e6);
    let silent = Server::with(&[], &[]);
    assert_eq!(silent.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn spans_belong_to_the_trace_of_the_caller_and_are_carried_on() {
    let (service, asked) = Listener::start().await;
    let (collector, collected) = Listener::start().await;
    let endpoint = format!("http://{collector}");
    let arguments = [
        "--otlp-endpoint",
        &endpoint,
        "--otlp-headers",
        "x-key=hunter22",
        "--service-name",
        "calls",
    ];
    let mut server = Server::with(&[asks(service)], &arguments);
    let (trace, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let request = server
        .request("POST", "/webhook/p")
        .header("traceparent", format!("00-{trace}-{caller}-01"));
    assert_eq!(server.answer(request).await.status, 200);
    // The end sends what is left.
    server.end().await;
    let sent = collected.all();
    let (headers, message) = sent.first().expect("spans");
    assert_eq!(headers["x-key"], "hunter22");
    let of = &message["resourceSpans"][0];
    let service_name = json!({"key": "service.name", "value": {"stringValue": "calls"}});
    assert_eq!(of["resource"]["attributes"][0], service_name);
    let all: Vec<&Value> = sent
        .iter()
        .filter_map(|(_, message)| message["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array())
        .flatten()
        .collect();
    let span = |name: &str| {
        let span = all.iter().find(|span| span["name"] == name);
        *span.unwrap_or_else(|| panic!("no span `{name}` in {all:?}"))
    };
    let (execution, node) = (span("w"), span("Ask"));
    assert_eq!(
        (execution["traceId"].as_str(), execution["parentSpanId"].as_str()),
        (Some(trace), Some(caller))
    );
    assert_eq!(node["parentSpanId"], execution["spanId"]);
    let carried = asked.all()[0].0["traceparent"].to_str().expect("text").to_owned();
    assert_eq!(
        carried,
        format!("00-{trace}-{}-01", node["spanId"].as_str().expect("an id"))
    );
    let status = json!({"key": "patchbay.execution.status", "value": {"stringValue": "success"}});
    assert!(
        execution["attributes"]
            .as_array()
            .is_some_and(|all| all.contains(&status)),
        "{execution}"
    );
}

#[tokio::test]
async fn a_called_workflow_is_part_of_its_callers_trace() {
    let (service, asked) = Listener::start().await;
    let (collector, collected) = Listener::start().await;
    let endpoint = format!("http://{collector}");
    let mut called = asks(service);
    called["id"] = json!("called");
    called["name"] = json!("called");
    called["nodes"][0] = node(
        "Called",
        "executeWorkflowTrigger",
        1.1,
        &json!({"inputSource": "passthrough"}),
    );
    called["connections"] = json!({"Called": {"main": [[{"node": "Ask", "type": "main", "index": 0}]]}});
    let call = json!({"workflowId": {"__rl": true, "mode": "id", "value": "called"}, "options": {}});
    let hook = webhook(&json!({"path": "call", "responseMode": "lastNode"}));
    let calls = workflow("calls", &[hook, node("Call", "executeWorkflow", 1.2, &call)]);
    let mut server = Server::with(&[called, calls], &["--otlp-endpoint", &endpoint]);
    let answer = server.get("/webhook/call").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    server.end().await;
    let all: Vec<Value> = collected
        .all()
        .iter()
        .filter_map(|(_, message)| {
            message["resourceSpans"][0]["scopeSpans"][0]["spans"]
                .as_array()
                .cloned()
        })
        .flatten()
        .collect();
    let span = |name: &str| {
        let span = all.iter().find(|span| span["name"] == name);
        span.unwrap_or_else(|| panic!("no span `{name}` in {all:?}"))
    };
    for (inner, outer) in [("Call", "calls"), ("called", "Call"), ("Ask", "called")] {
        assert_eq!(span(inner)["parentSpanId"], span(outer)["spanId"], "{inner} {outer}");
    }
    let carried = asked.all()[0].0["traceparent"].to_str().expect("text").to_owned();
    let text = |name: &str| span("Ask")[name].as_str().expect("an id").to_owned();
    assert_eq!(carried, format!("00-{}-{}-01", text("traceId"), text("spanId")));
}

#[tokio::test]
async fn the_log_can_be_read_by_programs() {
    let fails = workflow(
        "f",
        &[
            webhook(&json!({"path": "f", "responseMode": "lastNode"})),
            code("Fail", "throw new Error('as it should')"),
        ],
    );
    let mut server = Server::with(&[fails], &["--log-format", "json"]);
    assert_eq!(server.get("/webhook/f").await.status, 500);
    server.end().await;
    let told = server.heard();
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let first: Vec<Value> = server.told.lines().map(read).collect();
    let listens = first.last().expect("it listens");
    assert_eq!(
        (&listens["workflows"], &listens["active"]),
        (&json!(1), &json!(1)),
        "{listens}"
    );
    let line = told.lines().map(read).find(|line| line["execution"] == 1);
    let line = line.unwrap_or_else(|| panic!("no line of the execution in {told}"));
    assert_eq!(
        (&line["level"], &line["workflow"], &line["node"]),
        (&json!("WARN"), &json!("f"), &json!("Fail"))
    );
}

#[tokio::test]
async fn a_store_that_does_not_write_is_not_ready() {
    let server = Server::with(&[], &[]);
    assert_eq!(server.get("/readyz").await.status, 200);
    let path = server.folder.path().join("data/patchbay.sqlite");
    let other = rusqlite::Connection::open(path).expect("opened");
    other.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let stuck = server.until("/readyz", |answer| answer.status == 503).await;
    assert!(
        stuck.text.contains("the store has not written within 2 s"),
        "{}",
        stuck.text
    );
    assert_eq!(server.get("/healthz").await.status, 200);
    other.execute_batch("COMMIT").expect("free again");
    server.until("/readyz", |answer| answer.status == 200).await;
}
