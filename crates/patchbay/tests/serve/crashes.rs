//! What was accepted outlives a crash.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::Path;
use axum::routing::post;
use serde_json::{Value, json};

use crate::calls::{call, trigger};
use crate::server::{Server, code, node, respond, webhook, workflow};

/// Each request takes a moment, and tells its number to somebody else; so does a workflow that it calls before.
fn tell_their_number(address: SocketAddr) -> [Value; 2] {
    let slow = "const end = Date.now() + 5; while (Date.now() < end); return $input.all()";
    let tell = |who: &str, number: &str| {
        let url = format!("=http://{address}/{who}/{{{{ {number} }}}}");
        node(
            "Tell",
            "httpRequest",
            4.2,
            &json!({"method": "POST", "url": url, "options": {}}),
        )
    };
    let hook = webhook(&json!({"path": "p", "httpMethod": "POST"}));
    let caller = [
        hook,
        call("called"),
        code("Slow", slow),
        tell("caller", "$('Webhook').item.json.body.n"),
    ];
    let called = [trigger(), code("Slow", slow), tell("called", "$json.body.n")];
    [workflow("w", &caller), workflow("called", &called)]
}

type Told = Arc<Mutex<BTreeSet<(String, usize)>>>;

/// Takes note of the numbers that it is told, and of who tells them.
async fn listener() -> (SocketAddr, Told) {
    let told = Told::default();
    let note = told.clone();
    let tell = move |Path(number): Path<(String, usize)>| async move {
        note.lock().expect("not poisoned").insert(number);
        "{}"
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().route("/{who}/{number}", post(tell));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, told)
}

/// `PATCHBAY_KILL_ROUNDS` asks for more: `tests/kill-rounds.sh` runs a hundred.
fn rounds() -> usize {
    std::env::var("PATCHBAY_KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_acknowledged_requests_none_is_lost() {
    let mut server = Server::new(&["--metrics"]);
    let (address, told) = listener().await;
    for workflow in tell_their_number(address) {
        server.put(&workflow);
    }
    let mut acknowledged = BTreeSet::new();
    let mut next = 0;
    for _ in 0..rounds() {
        server.start();
        let mut requests = tokio::task::JoinSet::new();
        for _ in 0..40 {
            next += 1;
            let request = server
                .request("POST", "/webhook/p")
                .header("content-type", "application/json");
            let request = request.body(json!({"n": next.to_string()}).to_string());
            let number = next;
            requests.spawn(async move {
                request
                    .send()
                    .await
                    .ok()
                    .filter(|answer| answer.status() == 200)
                    .map(|_| number)
            });
        }
        // In the middle of it: some are acknowledged, some are not.
        for _ in 0..20 {
            if let Some(Ok(Some(number))) = requests.join_next().await {
                acknowledged.insert(number);
            }
        }
        server.kill();
        while let Some(answer) = requests.join_next().await {
            if let Ok(Some(number)) = answer {
                acknowledged.insert(number);
            }
        }
    }
    assert!(
        acknowledged.len() >= 20 * rounds(),
        "only {} were acknowledged",
        acknowledged.len()
    );
    server.start();
    let there = |number: &usize| {
        let told = told.lock().expect("not poisoned");
        ["called", "caller"]
            .iter()
            .all(|who| told.contains(&((*who).to_owned(), *number)))
    };
    let begun = std::time::Instant::now();
    while !acknowledged.iter().all(there) && begun.elapsed().as_secs() < 60 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let lost: Vec<_> = acknowledged.iter().filter(|number| !there(number)).collect();
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        acknowledged.len()
    );
    // Those that nobody was told of have ended too.
    let is_at_rest = |text: &str| {
        let none = ["running", "queued"].map(|what| format!("patchbay_executions_{what} 0"));
        none.iter().all(|line| text.lines().any(|found| found == line))
    };
    server.until("/metrics", |answer| is_at_rest(&answer.text)).await;
    println!(
        "{} rounds, {} requests acknowledged, none lost",
        rounds(),
        acknowledged.len()
    );
}

#[tokio::test]
async fn a_server_that_has_nothing_to_do_ends_at_once() {
    let mut server = Server::with(&[], &["--grace", "1h"]);
    assert_eq!(server.get("/readyz").await.status, 200);
    server.end().await;
}

#[tokio::test]
async fn a_rest_outlives_a_crash() {
    let mut wait = node(
        "Wait",
        "wait",
        1.1,
        &json!({"resume": "webhook", "httpMethod": "POST", "responseMode": "lastNode"}),
    );
    wait["webhookId"] = json!("wait-id");
    let mut answer = respond(&json!({}));
    answer["name"] = json!("Respond");
    let nodes = [
        webhook(&json!({"path": "p", "responseMode": "responseNode"})),
        code(
            "Url",
            "return [{json: {url: $execution.resumeUrl, form: $execution.resumeFormUrl}}]",
        ),
        answer,
        wait,
        code(
            "After",
            "return [{json: {got: $input.first().json.body, url: $('Url').item.json.url}}]",
        ),
    ];
    let mut server = Server::with(&[workflow("w", &nodes)], &[]);
    let urls = server.get("/webhook/p").await.json();
    let url = urls["url"].as_str().expect("a URL").to_owned();
    assert_eq!(urls["form"], url.replace("webhook-waiting", "form-waiting"));
    let (_, id) = url.rsplit_once('/').expect("an id");
    let path = format!("/webhook-waiting/{id}");
    // Only when it rests is a call with a wrong method refused as such.
    server
        .until(&path, |answer| answer.text.contains("matching path/method"))
        .await;
    server.kill();
    server.start();
    let answer = server.post(&path, &json!({"answer": 42})).await;
    assert_eq!(answer.json(), json!({"got": {"answer": 42}, "url": url}));
    let again = server.post(&path, &json!({})).await;
    assert_eq!(again.status, 409, "{}", again.text);
    assert_eq!(server.post("/webhook-waiting/999999", &json!({})).await.status, 404);
}
