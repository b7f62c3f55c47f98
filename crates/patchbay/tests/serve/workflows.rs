//! The folder of workflows is the truth.

use serde_json::json;

use crate::server::{Server, code, node, webhook, workflow};

fn says(id: &str, path: &str, text: &str) -> serde_json::Value {
    let hook = webhook(&json!({"path": path, "responseMode": "lastNode"}));
    workflow(
        id,
        &[hook, code("Code", &format!("return [{{json: {{says: '{text}'}}}}]"))],
    )
}

#[tokio::test]
async fn changes_are_picked_up() {
    let server = Server::with(&[], &[]);
    assert_eq!(server.get("/webhook/p").await.status, 404);
    server.put(&says("w", "p", "one"));
    server.until("/webhook/p", |answer| answer.text.contains("one")).await;
    server.put(&says("w", "p", "two"));
    server.until("/webhook/p", |answer| answer.text.contains("two")).await;
    // A broken file leaves the version before.
    std::fs::write(server.file("w.json"), "{").expect("written");
    server.put(&says("other", "q", "other"));
    server.until("/webhook/q", |answer| answer.status == 200).await;
    assert!(server.get("/webhook/p").await.text.contains("two"));
    let mut inactive = says("w", "p", "three");
    inactive["active"] = json!(false);
    server.put(&inactive);
    server.until("/webhook/p", |answer| answer.status == 404).await;
    std::fs::remove_file(server.file("other.json")).expect("removed");
    server.until("/webhook/q", |answer| answer.status == 404).await;
}

#[tokio::test]
async fn who_has_a_path_keeps_it() {
    let server = Server::with(&[says("a", "p", "first")], &[]);
    server.put(&says("b", "p", "second"));
    server.put(&says("c", "q", "third"));
    server.until("/webhook/q", |answer| answer.status == 200).await;
    assert!(server.get("/webhook/p").await.text.contains("first"));
    std::fs::remove_file(server.file("a.json")).expect("removed");
    server
        .until("/webhook/p", |answer| answer.text.contains("second"))
        .await;
}

#[tokio::test]
async fn a_failure_starts_the_error_workflow() {
    let mut failing = workflow(
        "failing",
        &[
            webhook(&json!({"path": "fail"})),
            code("Bad", "throw new Error('bad thing')"),
        ],
    );
    failing["settings"]["errorWorkflow"] = json!("errors");
    let keep = "const s = $getWorkflowStaticData('global'); s.got = $input.first().json; return []";
    let mut errors = workflow(
        "errors",
        &[node("On error", "errorTrigger", 1.0, &json!({})), code("Keep", keep)],
    );
    let give = code("Give", "return [{json: $getWorkflowStaticData('global').got ?? {}}]");
    let nodes = errors["nodes"].as_array_mut().expect("nodes");
    nodes.push(webhook(&json!({"path": "got", "responseMode": "lastNode"})));
    nodes.push(give);
    errors["connections"]["Webhook"] = json!({"main": [[{"node": "Give", "type": "main", "index": 0}]]});
    let server = Server::with(&[failing, errors], &[]);
    assert_eq!(
        server.get("/webhook/fail").await.text,
        r#"{"message":"Workflow was started"}"#
    );
    let got = server
        .until("/webhook/got", |answer| answer.text.contains("failing"))
        .await
        .json();
    assert_eq!(got["workflow"], json!({"id": "failing", "name": "failing"}));
    assert_eq!(got["execution"]["lastNodeExecuted"], "Bad");
    assert!(
        got["execution"]["error"]["message"]
            .as_str()
            .is_some_and(|text| text.contains("bad thing"))
    );
}

#[tokio::test]
async fn the_server_tells_how_it_is() {
    let server = Server::with(&[], &[]);
    for path in ["/healthz", "/readyz"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, r#"{"status":"ok"}"#));
    }
}
