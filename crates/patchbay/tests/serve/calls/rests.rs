//! Called workflows that rest, and those that called them.

use serde_json::{Value, json};

use super::{Listener, call, call_each, id, items, rest, there_are, trigger};
use crate::api::{KEY, served};
use crate::forms::send;
use crate::kept::executions;
use crate::server::{Server, code, node, webhook, workflow};

/// Rows: whether the server is killed while all of them rest.
#[tokio::test]
async fn who_calls_rests_until_the_rest_of_what_it_called_is_over() {
    let [rests, body] = rest();
    let make = "return [{json: {n: 1}}, {json: {n: 2}}]";
    let end = "return [{json: {n: $('Called').first().json.n, body: $input.first().json}}]";
    let listener = Listener::new().await;
    for crashes in [false, true] {
        let mut server = served(&[
            workflow(
                "asks",
                &[
                    trigger(),
                    listener.node("ask"),
                    rests.clone(),
                    body.clone(),
                    code("End", end),
                ],
            ),
            workflow("between", &[trigger(), call("asks")]),
            workflow(
                "w",
                &[
                    webhook(&json!({"path": "p"})),
                    code("Make", make),
                    call_each("between"),
                    listener.node("last"),
                ],
            ),
        ]);
        let before = (listener.count("ask"), listener.count("last"));
        assert_eq!(server.get("/webhook/p").await.status, 200);
        for round in 1..=2 {
            let asking = loop {
                let asking = executions(&server, "asks").await;
                if asking.len() == round && asking[0]["status"] == "waiting" {
                    break asking[0].clone();
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            };
            for workflow in ["w", "between"] {
                let path = format!("/executions?workflowId={workflow}");
                while server.api("GET", &path, None).await.1["data"][0]["waitsFor"] != "execution" {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
            if crashes {
                server.kill();
                server.start();
            }
            let url = format!("/webhook-waiting/{}", id(&asking));
            let answer = server.post(&url, &json!({"round": round})).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        let ended = there_are(&server, "w", 1, "success").await;
        let expected = json!([{"n": 1, "body": {"round": 1}}, {"n": 2, "body": {"round": 2}}]);
        assert_eq!(items(&ended[0], "Call"), expected);
        assert_eq!(
            (listener.count("ask"), listener.count("last")),
            (before.0 + 2, before.1 + 2)
        );
        for (workflow, mode) in [("w", "webhook"), ("between", "integrated"), ("asks", "integrated")] {
            let all = executions(&server, workflow).await;
            assert!(
                all.iter().all(|one| one["status"] == "success" && one["mode"] == mode),
                "{all:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_called_workflow_may_wait_for_a_form() {
    let form = node(
        "Form",
        "wait",
        1.1,
        &json!({"resume": "form", "formTitle": "T", "formFields": {"values": [{"fieldLabel": "Name"}]}}),
    );
    let server = served(&[
        workflow("asks", &[trigger(), form]),
        workflow("w", &[webhook(&json!({"path": "p"})), call("asks")]),
    ]);
    assert_eq!(server.get("/webhook/p").await.status, 200);
    let asking = there_are(&server, "asks", 1, "waiting").await;
    let url = format!("/form-waiting/{}", id(&asking[0]));
    assert!(server.get(&url).await.text.contains("Name"));
    let answer = send(&server, &url, &[("field-0", "Anybody")], &[], "text/html").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let ended = there_are(&server, "w", 1, "success").await;
    assert_eq!(items(&ended[0], "Call")[0]["Name"], "Anybody");
}

/// Rows: what follows the rest, whether the node that calls goes on after a failure and is tried again; how often the
/// workflow is called, and how the caller ends.
#[tokio::test]
async fn a_failure_after_a_rest_is_that_of_the_node_that_called() {
    let throws = "throw new Error('as it should')";
    for (place, (script, more, calls, status)) in [
        (throws, json!({}), 1, "error"),
        (throws, json!({"onError": "continueRegularOutput"}), 1, "success"),
        (
            throws,
            json!({"retryOnFail": true, "maxTries": 2, "waitBetweenTries": 1}),
            2,
            "error",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let [rests, _] = rest();
        let mut call = call("asks");
        for (key, value) in more.as_object().expect("an object") {
            call[key] = value.clone();
        }
        let mut asks = workflow("asks", &[trigger(), rests, code("Script", script)]);
        asks["settings"]["errorWorkflow"] = json!("errors");
        let mut server = served(&[
            asks,
            workflow("w", &[webhook(&json!({"path": "p"})), call]),
            workflow("errors", &[node("On error", "errorTrigger", 1.0, &json!({}))]),
        ]);
        assert_eq!(server.get("/webhook/p").await.status, 200);
        for round in 1..=calls {
            let asking = loop {
                let asking = executions(&server, "asks").await;
                if asking.len() == round && asking[0]["status"] == "waiting" {
                    break asking[0].clone();
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            };
            server.kill();
            server.start();
            let url = format!("/webhook-waiting/{}", id(&asking));
            assert_eq!(server.post(&url, &json!({})).await.status, 200);
        }
        let ended = there_are(&server, "w", 1, status).await;
        assert_eq!(executions(&server, "asks").await.len(), calls, "{place}");
        let told = there_are(&server, "errors", calls, "success").await;
        let told = items(&told[0], "On error");
        assert_eq!(told[0]["execution"]["mode"], "integrated");
        if status == "error" {
            let message = &ended[0]["data"]["resultData"]["error"]["message"];
            assert_eq!(message, "as it should [line 1]");
        } else {
            assert_eq!(items(&ended[0], "Call")[0]["error"], "as it should [line 1]");
        }
    }
}

/// The items of a node go past these nodes, which are in a chain, and are joined with what comes out of that.
fn past(workflow: &mut Value, node: &str, chain: &[&str], joins: &str) {
    let to = |name: &str, input: usize| json!({"node": name, "type": "main", "index": input});
    workflow["connections"][node] = json!({"main": [[to(chain[0], 0), to(joins, 0)]]});
    for pair in chain.windows(2) {
        workflow["connections"][pair[0]] = json!({"main": [[to(pair[1], 0)]]});
    }
    workflow["connections"][chain[chain.len() - 1]] = json!({"main": [[to(joins, 1)]]});
}

/// Rows: what is passed on, and how it is read: text, a file, a file of another node.
#[tokio::test]
async fn what_is_large_goes_through_calls_and_rests() {
    let size = 2 << 20;
    let [rests, _] = rest();
    let hook = webhook(&json!({"path": "p", "httpMethod": "POST"}));
    let text = code("Made", &format!("return [{{json: {{x: 'a'.repeat({size})}}}}]"));
    let file = node("Made", "noOp", 1.0, &json!({}));
    let file_of_other = code("Made", "return [$('Called').first()]");
    let read_text = node("Read", "noOp", 1.0, &json!({}));
    let read_file = node(
        "Read",
        "extractFromFile",
        1.0,
        &json!({"operation": "text", "binaryPropertyName": "data", "destinationKey": "x"}),
    );
    let join = node(
        "Join",
        "merge",
        3.0,
        &json!({"mode": "combine", "combineBy": "combineByPosition", "options": {}}),
    );
    let before = node("Before", "noOp", 1.0, &json!({}));
    let drops = code("Before", "return [{json: {}}]");
    let size_of = code("Size", "return [{json: {size: $input.first().json.x.length}}]");
    for (before, made, read, is_file) in [
        (before.clone(), text, read_text, false),
        (before, file, read_file.clone(), true),
        (drops, file_of_other, read_file, true),
    ] {
        let listener = Listener::new().await;
        let mut asks = workflow(
            "asks",
            &[
                trigger(),
                before,
                made,
                listener.node("ask"),
                rests.clone(),
                join.clone(),
            ],
        );
        past(&mut asks, "Made", &["ask", "Rest"], "Join");
        let mut w = workflow(
            "w",
            &[
                hook.clone(),
                call("asks"),
                listener.node("held"),
                join.clone(),
                read,
                size_of.clone(),
            ],
        );
        past(&mut w, "Call", &["held"], "Join");
        let mut server = Server::new(&["--largest-run", "1"]);
        server.set("PATCHBAY_API_KEY", KEY);
        for workflow in [asks, w] {
            server.put(&workflow);
        }
        server.start();
        let request = server
            .request("POST", "/webhook/p")
            .header("content-type", "application/octet-stream");
        let answer = server.answer(request.body("a".repeat(size))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let asking = there_are(&server, "asks", 1, "waiting").await;
        there_are(&server, "w", 1, "waiting").await;
        server.kill();
        server.start();
        let url = format!("/webhook-waiting/{}", id(&asking[0]));
        assert_eq!(server.post(&url, &json!({})).await.status, 200);
        listener.until_asked("held", 1).await;
        // What was called is not needed any more.
        let called = there_are(&server, "asks", 1, "success").await;
        let path = format!("/executions/{}", id(&called[0]));
        assert_eq!(server.api("DELETE", &path, None).await.0, 200);
        server.kill();
        server.start();
        listener.release();
        let ended = there_are(&server, "w", 1, "success").await;
        assert_eq!(items(&ended[0], "Size"), json!([{"size": size}]), "{is_file}");
        assert_eq!((listener.count("ask"), listener.count("held")), (1, 2), "{is_file}");
        let cut = &ended[0]["data"]["resultData"]["runData"]["Call"][0]["cut"];
        assert_eq!(cut.as_u64().is_some_and(|cut| cut > size as u64), !is_file, "{cut}");
    }
}
