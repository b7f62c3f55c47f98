//! What `patchbay nodes show` prints is true: its examples run as they are.

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
