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
async fn a_path_is_not_taken_away_from_who_has_it() {
    let server = Server::with(&[says("a", "p", "first"), says("b", "q", "second")], &[]);
    server.put(&says("a", "q", "thief"));
    server.put(&says("c", "r", "third"));
    server.until("/webhook/r", |answer| answer.status == 200).await;
    assert!(server.get("/webhook/q").await.text.contains("second"));
    assert!(server.heard().contains("E1203"), "{}", server.heard());
}

#[tokio::test]
async fn an_id_is_not_taken_away_from_who_has_it() {
    let first = says("w", "p", "first");
    let server = Server::with(&[first.clone(), says("c", "q", "other")], &[]);
    let mut copy = first;
    copy["nodes"][0]["parameters"]["path"] = json!("r");
    std::fs::write(server.file("a copy.json"), copy.to_string()).expect("written");
    server.put(&says("c", "s", "other"));
    server.until("/webhook/s", |answer| answer.status == 200).await;
    assert_eq!(server.get("/webhook/p").await.status, 200);
    assert_eq!(server.get("/webhook/r").await.status, 404);
    assert!(server.heard().contains("E1202"), "{}", server.heard());
    std::fs::remove_file(server.file("w.json")).expect("removed");
    server.until("/webhook/r", |answer| answer.status == 200).await;
}

#[tokio::test]
async fn the_log_says_what_became_of_workflows_and_what_is_wrong_with_them() {
    let mut guarded = says("guarded", "g", "x");
    guarded["nodes"][0]["parameters"]["authentication"] = json!("basicAuth");
    guarded["settings"]["errorWorkflow"] = json!("nowhere");
    guarded["settings"]["timezone"] = json!("Mars/Base");
    let still = workflow("still", &[node("Manual", "manualTrigger", 1.0, &json!({}))]);
    let server = Server::with(&[says("a", "p", "one"), guarded, still], &[]);
    assert!(
        server
            .told
            .contains("(3 workflows, 2 active, 1 that should be and can not, see above)"),
        "{}",
        server.told
    );
    for part in [
        "a workflow was added workflow=a id=a file=workflows/a.json active=true runs=true webhooks=GET /webhook/p",
        "E1206",
        "E1225",
        "E1226",
    ] {
        assert!(server.told.contains(part), "{part} is not in {}", server.told);
    }
    server.put(&says("a", "q", "two"));
    server.until("/webhook/q", |answer| answer.status == 200).await;
    std::fs::remove_file(server.file("a.json")).expect("removed");
    server.until("/webhook/q", |answer| answer.status == 404).await;
    let heard = server.heard();
    for part in [
        "E1227",
        "a workflow was changed workflow=a",
        "GET /webhook/q",
        "a workflow was removed workflow=a",
    ] {
        assert!(heard.contains(part), "{part} is not in {heard}");
    }
    assert_eq!(heard.matches("E1227").count(), 1, "{heard}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_target_of_a_link_may_change() {
    let server = Server::with(&[], &[]);
    let target = server.folder.path().join("elsewhere.json");
    std::fs::write(&target, says("w", "p", "one").to_string()).expect("written");
    std::os::unix::fs::symlink(&target, server.file("w.json")).expect("linked");
    server.until("/webhook/p", |answer| answer.text.contains("one")).await;
    std::fs::write(&target, says("w", "p", "another").to_string()).expect("written");
    server
        .until("/webhook/p", |answer| answer.text.contains("another"))
        .await;
}

#[tokio::test]
async fn what_can_not_be_meant_is_told_when_the_file_is_read() {
    let mut twice = says("w", "p", "one");
    let mut other = webhook(&json!({"path": "p"}));
    other["name"] = json!("Other");
    twice["nodes"].as_array_mut().expect("nodes").push(other);
    let mut misspelled = says("m", "q", "one");
    misspelled["settings"]["patchbay"] = json!({"concurency": 1});
    let server = Server::with(&[twice, misspelled], &[]);
    assert_eq!(server.get("/webhook/p").await.status, 404);
    assert_eq!(server.get("/webhook/q").await.status, 200);
    for part in [
        "is also that of its node `Webhook`",
        "`patchbay.concurency` in the settings means nothing",
    ] {
        assert!(server.told.contains(part), "{part} is not in {}", server.told);
    }
}

#[tokio::test]
async fn what_would_stop_a_workflow_half_way_is_told_when_it_is_loaded() {
    let update = |name: &str, first_name: &str| {
        let parameters = json!({"resource": "Users", "operation": "Update User", "Id": 1, "FirstName": first_name});
        let mut made = node(name, "", 1.0, &parameters);
        made["type"] = json!("n8n-nodes-3cx.threecx");
        made
    };
    let hook = webhook(&json!({"path": "p"}));
    let writes = workflow("w", &[hook.clone(), update("Update", "={{ $('Nope').item.json.x }}")]);
    // Where nothing is changed, nothing is left half done.
    let reads = workflow(
        "r",
        &[webhook(&json!({"path": "q"})), code("Code", "return $('Gone').all()")],
    );
    let server = Server::with(&[writes, reads], &[]);
    assert!(
        server.told.contains("the node `Nope`, which is not there"),
        "{}",
        server.told
    );
    server.put(&says("later", "later", "there"));
    server.until("/webhook/later", |answer| answer.status == 200).await;
    let told = server.told.clone() + &server.heard();
    assert!(
        told.contains("E0501") && told.contains("node=\"Update\"") && !told.contains("Gone"),
        "{told}"
    );
}

#[tokio::test]
async fn a_called_workflow_has_its_own_error_workflow() {
    let mut called = workflow(
        "called",
        &[
            node(
                "Called",
                "executeWorkflowTrigger",
                1.1,
                &json!({"inputSource": "passthrough"}),
            ),
            code("Bad", "throw new Error('bad thing')"),
        ],
    );
    called["settings"]["errorWorkflow"] = json!("errors");
    let call = json!({"workflowId": {"__rl": true, "mode": "id", "value": "called"}, "options": {}});
    let calls = workflow(
        "calls",
        &[
            webhook(&json!({"path": "call", "responseMode": "lastNode"})),
            node("Call", "executeWorkflow", 1.2, &call),
        ],
    );
    let keep = "const s = $getWorkflowStaticData('global'); s.got = $input.first().json; return []";
    let mut errors = workflow(
        "errors",
        &[node("Error", "errorTrigger", 1.0, &json!({})), code("Keep", keep)],
    );
    let nodes = errors["nodes"].as_array_mut().expect("nodes");
    nodes.push(webhook(&json!({"path": "got", "responseMode": "lastNode"})));
    nodes.push(code(
        "Got",
        "return [{json: $getWorkflowStaticData('global').got ?? {}}]",
    ));
    errors["connections"]["Webhook"] = json!({"main": [[{"node": "Got", "type": "main", "index": 0}]]});
    let server = Server::with(&[called, calls, errors], &[]);
    // Whoever asks what was kept may run beside the one that keeps it and write its own older data over it, so each
    // question comes after another failure.
    let told = async |path: &str, wanted: &str| {
        for _ in 0..50 {
            assert_eq!(server.get(path).await.status, 500);
            let got = server.get("/webhook/got").await;
            if got.text.contains(wanted) {
                return got.json();
            }
        }
        panic!("no error workflow told {wanted}");
    };
    let got = told("/webhook/call", "bad thing").await;
    assert_eq!(
        (&got["workflow"]["id"], &got["execution"]["mode"]),
        (&json!("called"), &json!("integrated"))
    );
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
