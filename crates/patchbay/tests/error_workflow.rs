//! Error workflows on the command line: found beside the workflow that failed, told what happened, run once.

mod common;

use common::Patchbay;
use serde_json::{Value, json};

/// A workflow of two nodes.
#[expect(clippy::needless_pass_by_value, reason = "values are made where they are given")]
fn workflow(id: &str, trigger: &str, second: (&str, f64, Value), settings: Value) -> Value {
    json!({
        "id": id, "name": format!("Workflow {id}"),
        "nodes": [
            {"id": "1", "name": "Start", "type": format!("n8n-nodes-base.{trigger}"), "typeVersion": 1, "position": [0, 0], "parameters": {}},
            {"id": "2", "name": "Second", "type": format!("n8n-nodes-base.{}", second.0), "typeVersion": second.1, "position": [200, 0], "parameters": second.2},
        ],
        "connections": {"Start": {"main": [[{"node": "Second", "type": "main", "index": 0}]]}},
        "settings": settings,
    })
}

fn fails() -> (&'static str, f64, Value) {
    ("stopAndError", 1.0, json!({"errorMessage": "out of paper"}))
}

fn logs() -> (&'static str, f64, Value) {
    let code = "const e = $json.execution; console.log(`${$json.workflow.name}: ${e.error.message} at ${e.lastNodeExecuted}`); return []";
    ("code", 2.0, json!({"jsCode": code}))
}

/// Rows: the failing workflow, the error workflow, the exit code, and what stderr holds.
#[test]
fn the_error_workflow_is_told_once() {
    let endless = ("code", 2.0, json!({"jsCode": "while (true) {}"}));
    let told = "Workflow main: out of paper at Second";
    let named = json!({"errorWorkflow": "alarm"});
    let timed = json!({"errorWorkflow": "alarm", "executionTimeout": 0.2});
    let rows = [
        (
            workflow("main", "manualTrigger", fails(), named.clone()),
            workflow("alarm", "errorTrigger", logs(), json!({})),
            1,
            told,
        ),
        (
            workflow("main", "manualTrigger", endless, timed),
            workflow("alarm", "errorTrigger", logs(), json!({})),
            4,
            "because it timed out at Second",
        ),
        // One that fails itself is not told of its own failure.
        (
            workflow("main", "manualTrigger", fails(), named.clone()),
            workflow("alarm", "errorTrigger", fails(), json!({"errorWorkflow": "alarm"})),
            1,
            "the error workflow failed as well",
        ),
        (
            workflow("main", "manualTrigger", fails(), named),
            workflow("other", "errorTrigger", logs(), json!({})),
            1,
            "E0705",
        ),
    ];
    for (main, alarm, code, expected) in rows {
        let patchbay = Patchbay::new();
        patchbay.file("main.json", &main.to_string());
        patchbay.file("alarm-file.json", &alarm.to_string());
        let answer = patchbay.run(&["run", "main.json"]);
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        assert_eq!(
            answer.stderr.matches(expected).count(),
            1,
            "{expected}\n{}",
            answer.snapshot()
        );
    }
}

#[test]
fn a_workflow_with_an_error_trigger_is_told_of_its_own_failures() {
    let mut both = workflow("main", "manualTrigger", fails(), json!({}));
    let alarm = workflow("main", "errorTrigger", logs(), json!({}));
    let nodes = both["nodes"].as_array_mut().expect("nodes");
    for (node, name) in alarm["nodes"].as_array().expect("nodes").iter().zip(["Alarm", "Log"]) {
        let mut node = node.clone();
        node["name"] = json!(name);
        nodes.push(node);
    }
    both["connections"]["Alarm"] = json!({"main": [[{"node": "Log", "type": "main", "index": 0}]]});
    let patchbay = Patchbay::new();
    patchbay.file("main.json", &both.to_string());
    let answer = patchbay.run(&["run", "main.json"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(
        answer.stderr.contains("[Log] Workflow main: out of paper at Second"),
        "{}",
        answer.snapshot()
    );
}

#[test]
fn what_a_called_workflow_logs_is_shown() {
    let call = ("executeWorkflow", 1.1, json!({"workflowId": "child"}));
    let log = (
        "code",
        2.0,
        json!({"jsCode": "console.log('from the child'); return []"}),
    );
    let patchbay = Patchbay::new();
    patchbay.file(
        "main.json",
        &workflow("main", "manualTrigger", call, json!({})).to_string(),
    );
    patchbay.file(
        "child.json",
        &workflow("child", "executeWorkflowTrigger", log, json!({})).to_string(),
    );
    let answer = patchbay.run(&["run", "main.json"]);
    assert_eq!(
        (answer.code, answer.stderr.as_str()),
        (0, "[Second] from the child\n"),
        "{}",
        answer.snapshot()
    );
}
