//! Workflows for the server: what its tests and its benchmarks let it run.

use serde_json::{Value, json};

/// An active workflow: a chain of nodes.
pub fn workflow(id: &str, nodes: &[Value]) -> Value {
    let names: Vec<&str> = nodes
        .iter()
        .map(|node| node["name"].as_str().expect("a name"))
        .collect();
    let mut connections = serde_json::Map::new();
    for pair in names.windows(2) {
        let target = json!({"main": [[{"node": pair[1], "type": "main", "index": 0}]]});
        connections.insert(pair[0].to_owned(), target);
    }
    json!({
        "id": id, "name": id, "active": true, "nodes": nodes, "connections": connections,
        "settings": {"executionOrder": "v1"}
    })
}

pub fn node(name: &str, kind: &str, version: f64, parameters: &Value) -> Value {
    json!({
        "id": name, "name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version,
        "position": [0, 0], "parameters": parameters
    })
}
