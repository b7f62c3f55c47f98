//! Workflows that call others: each is an execution of its own, and what was promised of nodes holds for those of the called
//! ones too.

mod rests;

use serde_json::{Value, json};

use crate::api::{KEY, served};
use crate::kept::{all_are, executions};
use crate::listener::Listener;
use crate::server::{Server, code, node, webhook, workflow};

/// Starts where another workflow calls it.
pub fn trigger() -> Value {
    node(
        "Called",
        "executeWorkflowTrigger",
        1.1,
        &json!({"inputSource": "passthrough"}),
    )
}

/// Calls the workflow with this id.
pub fn call(id: &str) -> Value {
    let parameters = json!({"workflowId": {"__rl": true, "mode": "id", "value": id}, "options": {}});
    node("Call", "executeWorkflow", 1.2, &parameters)
}

/// Calls the workflow with this id for each item by itself.
fn call_each(id: &str) -> Value {
    let mut call = call(id);
    call["parameters"]["mode"] = json!("each");
    call
}

/// Rests until its URL is called, and puts out the body.
fn rest() -> [Value; 2] {
    let rest = json!({"resume": "webhook", "httpMethod": "POST"});
    let body = code("Body", "return [{json: $input.first().json.body}]");
    [node("Rest", "wait", 1.1, &rest), body]
}

/// A workflow's executions, the first first, when there are so many and all of them have this status.
async fn there_are(server: &Server, workflow: &str, count: usize, status: &str) -> Vec<Value> {
    loop {
        let mut all = all_are(server, workflow, status).await;
        if all.len() == count {
            all.reverse();
            return all;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

fn id(execution: &Value) -> &str {
    execution["id"].as_str().expect("an id")
}

/// The items that a node put out in its only run.
fn items(execution: &Value, node: &str) -> Value {
    let runs = &execution["data"]["resultData"]["runData"][node];
    assert_eq!(runs.as_array().map(Vec::len), Some(1), "{execution}");
    let items = runs[0]["data"]["main"][0].as_array().expect("items");
    items.iter().map(|item| item["json"].clone()).collect()
}

/// Rows: whether executions of the called workflows are kept after their end.
#[tokio::test]
async fn what_has_ended_in_a_called_workflow_is_not_run_again() {
    for kept in ["all", "none"] {
        let listener = Listener::new().await;
        let mut called = workflow(
            "called",
            &[
                trigger(),
                listener.node("first"),
                listener.node("held"),
                code("Out", "return [{json: {out: 1}}]"),
            ],
        );
        called["settings"]["saveDataSuccessExecution"] = json!(kept);
        let mut server = served(&[
            called,
            workflow("between", &[trigger(), call("called")]),
            workflow(
                "w",
                &[webhook(&json!({"path": "p"})), call("between"), listener.node("last")],
            ),
        ]);
        assert_eq!(server.get("/webhook/p").await.status, 200);
        for round in 1..=3 {
            listener.until_asked("held", round).await;
            // What has ended is on disk.
            executions(&server, "called").await;
            server.kill();
            server.start();
        }
        listener.release();
        let ended = there_are(&server, "w", 1, "success").await;
        assert_eq!((listener.count("first"), listener.count("last")), (1, 1));
        assert_eq!(items(&ended[0], "Call"), json!([{"out": 1}]));
        let between = there_are(&server, "between", 1, "success").await;
        assert_eq!(between[0]["parentExecutionId"], ended[0]["id"]);
        assert_eq!(between[0]["mode"], "integrated");
        let called = there_are(&server, "called", usize::from(kept == "all"), "success").await;
        for called in &called {
            assert_eq!(called["parentExecutionId"], between[0]["id"]);
        }
    }
}

#[tokio::test]
async fn what_must_not_be_repeated_is_not_though_another_workflow_calls_it() {
    let listener = Listener::new().await;
    let mut pay = listener.node("held");
    pay["unsafeToRepeat"] = json!(true);
    let mut server = served(&[
        workflow("pays", &[trigger(), pay]),
        workflow("between", &[trigger(), call("pays")]),
        workflow("w", &[webhook(&json!({"path": "p"})), call("between")]),
    ]);
    assert_eq!(server.get("/webhook/p").await.status, 200);
    listener.until_asked("held", 1).await;
    server.kill();
    server.start();
    let mut resting = Vec::new();
    for (workflow, waits_for) in [("w", "execution"), ("between", "execution"), ("pays", "decision")] {
        resting = there_are(&server, workflow, 1, "waiting").await;
        assert_eq!(resting[0]["waitsFor"], waits_for, "{resting:?}");
    }
    assert_eq!(listener.count("held"), 1);
    listener.release();
    let decide = format!("/executions/{}/decide", id(&resting[0]));
    let (status, answer) = server.api("POST", &decide, Some(&json!({"repeat": true}))).await;
    assert!(status < 300, "{answer}");
    there_are(&server, "w", 1, "success").await;
    assert_eq!(listener.count("held"), 2);
}

/// Rows: which of the three is stopped, while all rest and while they run.
#[tokio::test]
async fn who_is_stopped_stops_what_it_called() {
    let listener = Listener::new().await;
    let [rests, _] = rest();
    for (stopped, last) in [
        ("w", &rests),
        ("between", &rests),
        ("called", &rests),
        ("w", &listener.node("held")),
    ] {
        let mut server = served(&[
            workflow("called", &[trigger(), last.clone()]),
            workflow("between", &[trigger(), call("called")]),
            workflow(
                "w",
                &[webhook(&json!({"path": "p"})), call("between"), listener.node("last")],
            ),
        ]);
        assert_eq!(server.get("/webhook/p").await.status, 200);
        if last["name"] == "Rest" {
            for workflow in ["called", "between", "w"] {
                there_are(&server, workflow, 1, "waiting").await;
            }
            server.kill();
            server.start();
        } else {
            listener.until_asked("held", 1).await;
        }
        let to_stop = executions(&server, stopped).await;
        let path = format!("/executions/{}/stop", id(&to_stop[0]));
        let (status, answer) = server.api("POST", &path, None).await;
        assert_eq!(status, 200, "{answer}");
        for workflow in ["called", "between", "w"] {
            there_are(&server, workflow, 1, "canceled").await;
        }
    }
    assert_eq!(listener.count("last"), 0);
}

#[tokio::test]
async fn what_is_called_takes_its_turn_with_its_caller() {
    let listener = Listener::new().await;
    let mut server = Server::new(&["--running", "1"]);
    server.set("PATCHBAY_API_KEY", KEY);
    for workflow in [
        workflow("called", &[trigger(), listener.node("held")]),
        workflow("between", &[trigger(), call("called")]),
        workflow("w", &[webhook(&json!({"path": "p"})), call("between")]),
    ] {
        server.put(&workflow);
    }
    server.start();
    for _ in 0..3 {
        assert_eq!(server.get("/webhook/p").await.status, 200);
    }
    listener.until_asked("held", 1).await;
    server.kill();
    server.start();
    listener.until_asked("held", 2).await;
    // Whichever of the three had the turn, the others have called nothing.
    let called = executions(&server, "called").await;
    assert!(called.len() < 3, "there is one turn: {called:?}");
    listener.release();
    there_are(&server, "w", 3, "success").await;
}

/// Rows: whose time is limited.
#[tokio::test]
async fn who_is_out_of_time_stops_what_it_called() {
    let listener = Listener::new().await;
    for limited in ["w", "called"] {
        let mut flows = [
            workflow("called", &[trigger(), listener.node("held")]),
            workflow("w", &[webhook(&json!({"path": "p"})), call("called")]),
        ];
        let flow = flows.iter_mut().find(|flow| flow["id"] == limited).expect("a workflow");
        flow["settings"]["executionTimeout"] = json!(0.3);
        let server = served(&flows);
        assert_eq!(server.get("/webhook/p").await.status, 200);
        for workflow in ["called", "w"] {
            let ended = there_are(&server, workflow, 1, "canceled").await;
            let code = if workflow == "called" && limited == "w" {
                "E0701"
            } else {
                "E0702"
            };
            assert_eq!(ended[0]["data"]["resultData"]["error"]["code"], code, "{ended:?}");
        }
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_made_once() {
    let listener = Listener::new().await;
    let mut starts = call_each("called");
    starts["parameters"]["options"] = json!({"waitForSubWorkflow": false});
    let make = "return [{json: {n: 1}}, {json: {n: 2}}]";
    let mut held = starts.clone();
    held["name"] = json!("Held");
    held["parameters"]["workflowId"]["value"] = json!("holds");
    held["parameters"]["options"] = json!({});
    held["parameters"]["mode"] = json!("once");
    let mut server = served(&[
        workflow("called", &[trigger(), listener.node("called")]),
        workflow("holds", &[trigger(), listener.node("held")]),
        workflow("w", &[webhook(&json!({"path": "p"})), code("Make", make), starts, held]),
    ]);
    assert_eq!(server.get("/webhook/p").await.status, 200);
    listener.until_asked("held", 1).await;
    there_are(&server, "called", 2, "success").await;
    server.kill();
    server.start();
    listener.release();
    let ended = there_are(&server, "w", 1, "success").await;
    for called in there_are(&server, "called", 2, "success").await {
        assert_eq!(called["parentExecutionId"], ended[0]["id"]);
    }
    assert_eq!(listener.count("called"), 2);
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
