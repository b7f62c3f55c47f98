//! Faults made on purpose, and the log of requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use patchbay_sandbox::{Effect, Fault, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, TestClock};

async fn with_fault(text: &str) -> Client {
    let client = Client::start().await;
    client.sandbox.add_fault(text.parse().expect("a fault"));
    client
}

#[tokio::test]
async fn statuses_are_faked_as_often_as_asked() {
    let rows: [(&str, &[u16]); 4] = [
        ("500=2", &[500, 500, 200]),
        ("401-once", &[401, 200]),
        ("429=3", &[429, 200]),
        ("500=1@GET:/Groups*", &[200]),
    ];
    for (fault, expected) in rows {
        let client = with_fault(fault).await;
        for status in expected {
            let response = client.request(Method::GET, "/Users").send().await.expect("an answer");
            assert_eq!(response.status().as_u16(), *status, "{fault}");
            assert_eq!(
                response.headers().contains_key("retry-after"),
                *status == 429,
                "{fault}"
            );
        }
    }
}

#[tokio::test]
async fn connections_break() {
    let client = with_fault("drop x1").await;
    let body = json!({"Mobile": "+52"});
    assert!(
        client
            .request(Method::PATCH, "/Users(1)")
            .json(&body)
            .send()
            .await
            .is_err()
    );
    assert_ne!(client.read("/Users(1)").await["Mobile"], "+52");

    let client = with_fault("truncate x1").await;
    let mut response = client.request(Method::GET, "/Users").send().await.expect("a status");
    assert_eq!(response.status(), StatusCode::OK);
    let promised = response.content_length().expect("a length");
    let mut arrived = 0;
    let ended = loop {
        match response.chunk().await {
            Ok(Some(piece)) => arrived += piece.len() as u64,
            other => break other,
        }
    };
    assert!(ended.is_err());
    assert_eq!(arrived, promised / 2);
    assert_eq!(client.get("/Users").await.0, StatusCode::OK);
}

#[tokio::test]
async fn answers_are_spoiled() {
    let client = with_fault("bad-json").await;
    let response = client
        .request(Method::GET, "/Users(1)")
        .send()
        .await
        .expect("an answer");
    let text = response.text().await.expect("a body of the promised length");
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err());

    let client = with_fault("wrong-content-type").await;
    let response = client
        .request(Method::GET, "/Users(1)")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/html");
}

#[tokio::test]
async fn a_slow_answer_waits_on_the_clock() {
    let clock = TestClock::new();
    let faults = vec![Fault::new(Effect::Slow(Duration::from_secs(90)))];
    let client = Client::with(Options {
        clock: clock.clone(),
        faults,
        ..Options::default()
    })
    .await;
    assert_eq!(client.get("/Users").await.0, StatusCode::OK);
    assert_eq!(*clock.waited.lock().expect("a lock"), [Duration::from_secs(90)]);
}

#[tokio::test]
async fn refusing_means_that_nobody_listens() {
    let options = Options {
        faults: vec![Fault::new(Effect::Refuse)],
        ..Options::default()
    };
    let sandbox = patchbay_sandbox::Sandbox::start(options).await.expect("a free port");
    let error = reqwest::get(format!("{}/connect/token", sandbox.url()))
        .await
        .expect_err("nobody listens");
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn requests_are_logged_without_secrets() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&seen);
    let observer: patchbay_sandbox::Observer =
        Arc::new(move |exchange| lines.lock().expect("a lock").push(exchange.to_string()));
    let client = Client::with(Options {
        observer: Some(observer),
        ..Options::default()
    })
    .await;
    client
        .send(Method::PATCH, "/Users(1)?a=b%20c", Some(json!({"Mobile": "+53"})))
        .await;
    client.get("/Users(999)").await;
    let secrets =
        json!({"AuthPassword": "open sesame", "VMPIN": 4711, "Groups": [{"api_key": "sesame"}], "Language": "EN"});
    client.send(Method::POST, "/Users?token=sesame", Some(secrets)).await;

    let url = format!("{}/sandbox/log", client.sandbox.url());
    let text = client
        .http
        .get(&url)
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a body");
    assert!(
        [client.sandbox.client_secret(), &client.token, "sesame", "4711"]
            .iter()
            .all(|secret| !text.contains(secret)),
        "{text}"
    );
    let log: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(log.as_array().map(Vec::len), Some(4));
    assert_eq!(log[3]["body"]["Language"], "EN");
    assert_eq!(log[1]["body"], json!({"Mobile": "+53"}));
    assert_eq!(log[1]["query"], json!([["a", "b c"]]));
    assert_eq!(log[1]["headers"]["authorization"], "(redacted)");
    let statuses: Vec<Option<u16>> = client
        .sandbox
        .exchanges()
        .iter()
        .map(|exchange| exchange.status)
        .collect();
    assert_eq!(statuses, [Some(200), Some(204), Some(404), Some(400)]);
    let lines = seen.lock().expect("a lock").clone();
    assert_eq!(
        lines,
        [
            "POST /connect/token 200",
            "PATCH /xapi/v1/Users(1)?a=b c 204",
            "GET /xapi/v1/Users(999) 404",
            "POST /xapi/v1/Users?token=(redacted) 400"
        ]
    );

    client.http.delete(&url).send().await.expect("an answer");
    assert!(client.sandbox.exchanges().is_empty());
}
