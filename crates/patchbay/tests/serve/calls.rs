//! Workflows that call others: what was promised of nodes holds for those of the called ones too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::api::served;
use crate::kept::all_are;
use crate::server::{Server, node, webhook, workflow};

/// Starts where another workflow calls it.
fn trigger() -> Value {
    node(
        "Called",
        "executeWorkflowTrigger",
        1.1,
        &json!({"inputSource": "passthrough"}),
    )
}

/// Calls the workflow with this id.
fn call(id: &str) -> Value {
    let parameters = json!({"workflowId": {"__rl": true, "mode": "id", "value": id}, "options": {}});
    node("Call", "executeWorkflow", 1.2, &parameters)
}

/// Counts the requests that it gets.
async fn counter() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let answer = move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        "{}"
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, count)
}

#[tokio::test]
async fn what_must_not_be_repeated_is_not_though_another_workflow_calls_it() {
    let (address, count) = counter().await;
    let mut pay = node(
        "Pay",
        "httpRequest",
        4.2,
        &json!({"method": "POST", "url": format!("http://{address}/"), "options": {}}),
    );
    pay["unsafeToRepeat"] = json!(true);
    let hold = node("Hold", "wait", 1.1, &json!({"amount": 2, "unit": "seconds"}));
    let mut server = served(&[
        workflow("pays", &[trigger(), pay, hold]),
        workflow("between", &[trigger(), call("pays")]),
        workflow("w", &[webhook(&json!({"path": "p"})), call("between")]),
    ]);
    assert_eq!(server.get("/webhook/p").await.status, 200);
    while count.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    server.kill();
    server.start();
    let resting = all_are(&server, "w", "waiting").await;
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let decide = format!("/executions/{}/decide", resting[0]["id"].as_str().expect("an id"));
    let (status, answer) = server.api("POST", &decide, Some(&json!({"repeat": true}))).await;
    assert!(status < 300, "{answer}");
    all_are(&server, "w", "success").await;
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_workflow_says_who_may_call_it() {
    let rows = [
        (json!({"callerPolicy": "none"}), 500),
        (
            json!({"callerPolicy": "workflowsFromAList", "callerIds": "x, calls-1"}),
            200,
        ),
        (
            json!({"callerPolicy": "workflowsFromAList", "callerIds": "calls-1"}),
            500,
        ),
        (json!({"callerPolicy": "workflowsFromSameOwner"}), 200),
        (json!({}), 200),
    ];
    let mut server = Server::new(&[]);
    for (place, (settings, _)) in rows.iter().enumerate() {
        let id = format!("called-{place}");
        let mut called = workflow(&id, &[trigger(), node("End", "noOp", 1.0, &json!({}))]);
        called["settings"] = settings.clone();
        server.put(&called);
        let hook = webhook(&json!({"path": format!("p{place}"), "responseMode": "lastNode"}));
        server.put(&workflow(&format!("calls-{place}"), &[hook, call(&id)]));
    }
    server.start();
    for (place, (settings, status)) in rows.iter().enumerate() {
        let answer = server.get(&format!("/webhook/p{place}")).await;
        assert_eq!(answer.status, *status, "{settings}: {}", answer.text);
    }
    assert_eq!(server.heard().matches("E1230").count(), 2, "{}", server.heard());
}
