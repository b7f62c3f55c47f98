//! What `patchbay nodes show` prints is true: its examples run as they are, and what was imported is shown too.

mod common;

use common::Patchbay;
use serde_json::{Value, json};

/// The node that the reference prints for an operation of 3CX.
fn printed_node(patchbay: &Patchbay, resource: &str, operation: &str) -> Value {
    let shown = patchbay.run(&["nodes", "show", "3cx", resource, operation]);
    let (_, pasted) = shown
        .stdout
        .split_once("a node to paste into n8n\n")
        .unwrap_or_else(|| panic!("{}", shown.snapshot()));
    let pasted: Value = serde_json::from_str(pasted).expect("JSON alone");
    assert_eq!(pasted["connections"], json!({}));
    pasted["nodes"][0].clone()
}

#[test]
fn a_printed_node_runs_as_it_is_in_a_workflow() {
    let rows = [
        ("users", "List Groups", "GET /xapi/v1/Users(1)/Groups?$top=10 → 200"),
        ("users", "Get User", "GET /xapi/v1/Users(1) → 200"),
        ("system status", "Get System Status", "GET /xapi/v1/SystemStatus → 200"),
        (
            "groups",
            "Create Group",
            r#"POST /xapi/v1/Groups {"Number":"1234","Name":"text"} → 201"#,
        ),
    ];
    for (resource, operation, request) in rows {
        let patchbay = Patchbay::new();
        let node = printed_node(&patchbay, resource, operation);
        let start = json!({"parameters": {}, "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1,
            "position": [-200, 0], "name": "Start"});
        let connections = json!({"Start": {"main": [[{"node": node["name"], "type": "main", "index": 0}]]}});
        let flow = json!({"name": "Pasted", "nodes": [start, node], "connections": connections, "settings": {}});
        patchbay.file("flow.json", &flow.to_string());
        let checked = patchbay.run(&["check", "flow.json"]);
        assert_eq!(checked.code, 0, "{operation}: {}", checked.snapshot());
        let answer = patchbay.run(&["run", "flow.json", "--sandbox"]);
        assert_eq!(answer.code, 0, "{operation}: {}", answer.snapshot());
        let asked: Vec<&str> = answer.stderr.lines().filter(|line| line.contains("/xapi/")).collect();
        assert_eq!(asked, [format!("  {request}")], "{operation}");
    }
}

#[test]
fn an_operation_is_shown_with_a_node_to_paste() {
    let answer = Patchbay::new().run(&["nodes", "show", "3cx", "users", "List Groups"]);
    assert_eq!(answer.code, 0);
    for part in [
        "GET /xapi/v1/Users({Id})/Groups",
        "$filter",
        "\"type\": \"n8n-nodes-3cx.threecx\"",
    ] {
        assert!(answer.stdout.contains(part), "{}", answer.stdout);
    }
    let list = Patchbay::new().run(&["nodes", "list"]);
    assert!(list.stdout.contains("n8n-nodes-base.set"), "{}", list.stdout);
    let oldest = Patchbay::new().run(&["nodes", "show", "3cx", "users", "--version", "20.0.4"]);
    assert!(oldest.stdout.contains("Get Monitor Status"), "{}", oldest.stdout);
}

#[test]
fn an_openapi_file_becomes_a_node_that_runs() {
    let patchbay = Patchbay::new();
    patchbay.file(
        "api.yaml",
        "openapi: 3.0.0\ninfo: {title: Doors, version: '1'}\nservers: [{url: 'https://doors.example.com'}]\npaths:\n  /doors/{id}:\n    get:\n      tags: [Doors]\n      operationId: getDoor\n      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n      responses: {'200': {description: ok}}\n",
    );
    let made = patchbay.run(&["import", "openapi", "api.yaml", "--out", "made/doors"]);
    assert_eq!(made.code, 0, "{}", made.snapshot());
    let shown = patchbay.run(&["nodes", "show", "doors", "Doors", "Get Door", "--nodes", "made"]);
    assert_eq!(shown.code, 0, "{}", shown.snapshot());
    assert!(shown.stdout.contains("/doors/{id}"), "{}", shown.stdout);
}
