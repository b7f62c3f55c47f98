//! Running a workflow, by its id or its name.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use patchbay_engine::start_of;
use patchbay_model::{Item, Items, Text, Value as ModelValue};
use patchbay_store::change::Once;
use patchbay_store::saved::Start;
use serde_json::Value;

use super::asked::{Asked, Fields};
use super::executions::{finished, wait};
use super::fault::Fault;
use crate::Server;
use crate::execution::Launch;

/// For how long the same `once` is refused, in milliseconds.
const DAY: i64 = 86_400_000;

/// `{"input"?, "trigger"?, "wait"?, "once"?, "concurrencyKey"?}`
pub async fn run(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let body = asked.object(true)?;
    let fields = Fields::new(&body, &["input", "trigger", "wait", "once", "concurrencyKey"], &[])?;
    let wait = wait(body.get("wait"))?;
    let table = server.workflows.table();
    let workflow = match table.all(asked.param("id")).as_slice() {
        [] => return Err(Fault::not_found()),
        [workflow] => Arc::clone(workflow),
        several => {
            let ids: Vec<&str> = several.iter().map(|workflow| workflow.id.as_str()).collect();
            let message = format!("Several workflows have that name: {}", ids.join(", "));
            return Err(Fault::new(StatusCode::CONFLICT, message).hint("say which by its id"));
        }
    };
    let trigger = match fields.optional_text("trigger")? {
        Some(name) => {
            let node = workflow.graph.workflow.node(name);
            let missing = || Fault::bad(format!("The workflow has no node `{name}` to start at"));
            node.ok_or_else(missing)?.name.clone()
        }
        None => start_of(&workflow.graph)
            .ok_or_else(|| Fault::bad("The workflow has no trigger to start at").hint("name a node: `\"trigger\"`"))?
            .clone(),
    };
    let outputs: Vec<Items> = body.get("input").map(items).transpose()?.into_iter().collect();
    let launch = Launch {
        once: fields.optional_text("once")?.map(|key| Once {
            scope: format!("once {} API", workflow.id),
            key: key.to_owned(),
            until: server.now() + DAY,
        }),
        key: fields.optional_text("concurrencyKey")?.map(Text::from),
        ..Launch::new(
            server.executions.next_id(),
            workflow,
            trigger,
            Start::Ran(outputs),
            "trigger",
        )
    };
    let running = server.executions.accept(launch).await?;
    finished(&server, &running, wait).await
}

/// One object, or a list of objects; those of a list may be n8n's items, with their JSON below `json`.
fn items(input: &Value) -> Result<Items, Fault> {
    let wrong = || Fault::bad("request/body/input must be an object, or an array of objects");
    let list = match input {
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(input),
        _ => return Err(wrong()),
    };
    let wrapped = |value: &Value| value.get("json").is_some_and(Value::is_object);
    let all_wrapped = list.iter().all(wrapped);
    let read = |value: &Value| {
        let value: ModelValue = serde_json::from_value(value.clone()).ok()?;
        if all_wrapped {
            return Item::from_n8n(&value);
        }
        value.as_object().map(|object| Item::new(object.clone()))
    };
    let items: Option<Vec<Item>> = list.iter().map(read).collect();
    items.map(Items::from).ok_or_else(wrong)
}
