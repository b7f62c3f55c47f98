//! What an execution has left behind, in n8n's shape.

use patchbay_model::{Item, Items, Source};
use patchbay_store::Execution;
use patchbay_store::saved::Kept;
use serde_json::{Map, Value, json};

use crate::workflows::Loaded;

/// `{"version", "startData", "resultData": {"error"?, "runData", "lastNodeExecuted"}}`. A run whose items were too large to
/// be kept has `"cut"`: how many bytes they would have taken.
pub fn data(execution: &Execution, outputs: &[Items], runs: &[Kept], workflow: Option<&Loaded>) -> Value {
    let mut nodes: Map<String, Value> = Map::new();
    let mut add = |node: &str, run: Value| {
        let runs = nodes.entry(node).or_insert_with(|| json!([]));
        if let Some(runs) = runs.as_array_mut() {
            runs.push(run);
        }
    };
    let started_by_itself = outputs.is_empty();
    if !started_by_itself {
        add(
            &execution.trigger,
            json!({
                "startTime": execution.started, "executionIndex": 0, "source": [], "hints": [], "executionTime": 0,
                "executionStatus": "success", "data": {"main": all_items(outputs)}
            }),
        );
    }
    for (place, kept) in runs.iter().enumerate() {
        let run = &kept.run;
        let mut object = json!({
            "startTime": run.started as i64, "executionIndex": place + usize::from(!started_by_itself),
            "source": run.source.iter().map(Option::as_ref).map(source).collect::<Vec<_>>(), "hints": [],
            "executionTime": run.elapsed.round() as i64, "executionStatus": if run.error.is_some() { "error" } else { "success" }
        });
        if let Some(outputs) = &run.outputs {
            object["data"] = json!({"main": all_items(outputs)});
        }
        if let Some(failure) = &run.error {
            let failure = serde_json::to_value(failure.to_value()).unwrap_or_default();
            object["error"] = error(failure, workflow);
        }
        if let Some(bytes) = kept.cut {
            object["cut"] = bytes.into();
        }
        add(&kept.node, object);
    }
    let mut result = json!({"runData": nodes});
    if let Some(last) = &execution.last_node {
        result["lastNodeExecuted"] = last.as_str().into();
    }
    if let Some(failure) = execution
        .error
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
    {
        result["error"] = error(failure, workflow);
    }
    json!({"version": 1, "startData": {}, "resultData": result})
}

fn all_items(outputs: &[Items]) -> Vec<Value> {
    let outputs = outputs.iter();
    outputs
        .map(|items| {
            let items = items.iter().map(Item::to_n8n);
            items.filter_map(|item| serde_json::to_value(item).ok()).collect()
        })
        .collect()
}

fn source(source: Option<&Source>) -> Value {
    let Some(source) = source else {
        return Value::Null;
    };
    let mut object = json!({"previousNode": source.node.as_str()});
    if source.output > 0 {
        object["previousNodeOutput"] = source.output.into();
    }
    if source.run > 0 {
        object["previousNodeRun"] = source.run.into();
    }
    object
}

/// An error with its whole node, as n8n has it.
fn error(mut error: Value, workflow: Option<&Loaded>) -> Value {
    let text = |error: &Value, key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, code, message) = (text(&error, "node"), text(&error, "code"), text(&error, "message"));
    let node = workflow.and_then(|workflow| workflow.graph.workflow.node(&name));
    if let (Some(object), Some(node)) = (error.as_object_mut(), node) {
        object.insert("node".into(), serde_json::to_value(node.to_value()).unwrap_or_default());
    }
    if let Some(object) = error.as_object_mut() {
        object.insert("level".into(), "error".into());
        object.insert("tags".into(), json!({}));
        object.entry("description").or_insert(Value::Null);
        object.insert("stack".into(), format!("{code}: {message}").into());
    }
    error
}
