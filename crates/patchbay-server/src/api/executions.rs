//! Executions: looked at, removed, tried again, stopped, decided about.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use patchbay_store::saved::Start;
use patchbay_store::{Change, Execution, ExecutionId, Filter, Status};
use serde_json::{Value, json};

use super::asked::{Asked, Fields};
use super::fault::Fault;
use super::page::{Page, cursor};
use super::{identifier, run_data, workflows};
use crate::Server;
use crate::execution::{NotRetried, Retry, Running, waits_for};

/// What a list may be filtered by.
const STATUSES: [&str; 7] = ["canceled", "crashed", "error", "new", "running", "success", "waiting"];

/// n8n's object for an execution.
fn to_json(execution: &Execution) -> Value {
    let time = |time: Option<i64>| time.map(identifier::time);
    let waits_for_turn = execution.status == Status::New;
    let begun = execution.began.or((!waits_for_turn).then_some(execution.started));
    json!({
        "id": execution.id.to_string(), "finished": execution.status == Status::Success, "mode": execution.mode,
        "retryOf": execution.retry_of.map(|id| id.to_string()), "retrySuccessId": execution.retry_success.map(|id| id.to_string()),
        "status": execution.status.as_str(), "createdAt": identifier::time(execution.started),
        "startedAt": time(begun), "stoppedAt": time(execution.finished), "deletedAt": null,
        "workflowId": execution.workflow, "workflowName": execution.workflow_name,
        "waitTill": time(execution.rests_until),
        "waitsFor": waits_for(execution).map(|wait| match wait {
            patchbay_model::Wait::Until(_) => "time",
            patchbay_model::Wait::Webhook { .. } => "call",
            patchbay_model::Wait::Decision(_) => "decision",
            patchbay_model::Wait::Execution(_) => "execution",
        }),
        "parentExecutionId": execution.parent.map(|id| id.to_string())
    })
}

/// With what it has left behind.
pub async fn with_data(server: &Server, execution: &Execution) -> Result<Value, Fault> {
    let outputs = match server.executions.start_of(execution).await? {
        Start::Ran(outputs) => outputs,
        // The start is one of the runs.
        Start::Given(_) => Vec::new(),
    };
    let runs = server.executions.runs(execution).await?;
    let workflow = server.executions.workflow_of(execution).await;
    let mut object = to_json(execution);
    object["data"] = run_data::data(execution, &outputs, &runs, workflow.as_deref());
    if let Some(workflow) = &workflow {
        object["workflowData"] = workflows::of_execution(workflow, &execution.workflow.as_str().into());
    }
    object["customData"] = json!({});
    Ok(object)
}

/// An execution as it is now.
pub async fn read(server: &Server, id: ExecutionId) -> Result<Option<Execution>, Fault> {
    let execution = server.executions.read(id).await?;
    Ok(execution.map(|execution| as_it_is(server, execution)))
}

/// The store does not know whether an execution has had its turn.
fn as_it_is(server: &Server, mut execution: Execution) -> Execution {
    if execution.status == Status::Running
        && execution.began.is_none()
        && let Some(running) = server.executions.find(execution.id)
    {
        execution.began = running.began.get().copied();
        if execution.began.is_none() {
            execution.status = Status::New;
        }
    }
    execution
}

async fn find(server: &Server, asked: &Asked) -> Result<Execution, Fault> {
    read(server, asked.number("id")?).await?.ok_or_else(Fault::not_found)
}

pub async fn list(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let page = Page::of(&asked, "lastId")?;
    let with = asked.flag("includeData")? == Some(true);
    let status = match asked.query("status") {
        None => None,
        Some(name) if STATUSES.contains(&name) => Status::from_name(name),
        Some(_) => {
            let message = format!(
                "request/query/status must be equal to one of the allowed values: {}",
                STATUSES.join(", ")
            );
            return Err(Fault::bad(message));
        }
    };
    let filter = Filter {
        status: status.map(|status| if status == Status::New { Status::Running } else { status }),
        workflow: asked.query("workflowId").map(str::to_owned),
        before: page.after,
        limit: page.limit,
    };
    server.store.write(Change::Flush).await?;
    let found = server.store.executions(&filter).await?;
    let executions = found.executions.into_iter();
    let executions = executions.map(|execution| as_it_is(&server, execution));
    let wanted = executions.filter(|execution| status.is_none_or(|status| execution.status == status));
    let mut data = Vec::new();
    for execution in &wanted.collect::<Vec<_>>() {
        data.push(if with {
            match with_data(&server, execution).await {
                Ok(object) => object,
                // One that cannot be read must not hide the others.
                Err(fault) => {
                    let mut object = to_json(execution);
                    object["unreadable"] = fault.message().into();
                    object
                }
            }
        } else {
            to_json(execution)
        });
    }
    let next = found
        .next
        .map(|last| cursor(&json!({"lastId": last.to_string(), "limit": page.limit})));
    Ok(Json(json!({"data": data, "nextCursor": next})).into_response())
}

pub async fn get(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let with = asked.flag("includeData")? == Some(true);
    let execution = find(&server, &asked).await?;
    let object = if with {
        with_data(&server, &execution).await?
    } else {
        to_json(&execution)
    };
    Ok(Json(object).into_response())
}

pub async fn delete(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let execution = find(&server, &asked).await?;
    if !execution.status.is_final() {
        return Err(Fault::bad("The execution has not ended, so it cannot be deleted.").hint("stop it first"));
    }
    let delete = Change::Delete {
        execution: execution.id,
    };
    server.store.write(delete).await?;
    // Most executions have no files.
    let _ = tokio::fs::remove_dir_all(server.executions.folder(execution.id)).await;
    Ok(Json(to_json(&execution)).into_response())
}

/// n8n's `loadWorkflow`; on top `from`: `failed` or `start`, and `wait`.
pub async fn retry(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let body = asked.object(true)?;
    let fields = Fields::new(&body, &["loadWorkflow", "from", "wait"], &[])?;
    let retry = Retry {
        with_current: fields.optional_flag("loadWorkflow")? == Some(true),
        from_start: match fields.optional_text("from")? {
            None | Some("failed") => false,
            Some("start") => true,
            Some(_) => {
                return Err(Fault::bad(
                    "request/body/from must be equal to one of the allowed values: failed, start",
                ));
            }
        },
    };
    let wait = wait(body.get("wait"))?;
    let id = asked.number("id")?;
    let missing = || {
        let message = format!("The execution with the ID \"{id}\" does not exist.");
        Fault::new(StatusCode::NOT_FOUND, message)
    };
    let execution = read(&server, id).await?.ok_or_else(missing)?;
    let running = server.executions.retry(&execution, retry).await.map_err(not_retried)?;
    finished(&server, &running, wait).await
}

fn not_retried(reason: NotRetried) -> Fault {
    match reason {
        NotRetried::Open => Fault::bad("The execution has not ended, so it cannot be retried."),
        NotRetried::Succeeded => Fault::bad("The execution succeeded, so it cannot be retried.")
            .hint("`\"from\": \"start\"` runs it again all the same"),
        NotRetried::WorkflowGone => Fault::new(
            StatusCode::CONFLICT,
            "The workflow is gone, so the execution cannot be retried.",
        ),
        NotRetried::Cut => Fault::new(
            StatusCode::CONFLICT,
            "What the nodes put out was too large to be kept, so the execution can only be retried from its start.",
        )
        .hint("`\"from\": \"start\"`"),
        NotRetried::Refused(refusal) => refusal.into(),
        NotRetried::Store(error) => error.into(),
    }
}

/// How long somebody waits for an execution's end: `true`, `false`, or so many seconds.
pub fn wait(value: Option<&Value>) -> Result<Duration, Fault> {
    let wrong = || Fault::bad("request/body/wait must be boolean or a number of seconds");
    match value {
        None | Some(Value::Bool(true)) => Ok(Duration::MAX),
        Some(Value::Bool(false)) => Ok(Duration::ZERO),
        Some(Value::Number(seconds)) => {
            let seconds = seconds.as_f64().filter(|seconds| *seconds >= 0.0).ok_or_else(wrong)?;
            Ok(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
        }
        Some(_) => Err(wrong()),
    }
}

/// The execution with its data when it has ended or rests, at the latest after so long: then 202.
pub async fn finished(server: &Server, running: &Running, wait: Duration) -> Result<Response, Fault> {
    let ended = async {
        if wait == Duration::MAX {
            running.ended.wait().await;
            true
        } else if wait.is_zero() {
            // Who does not wait gets the same answer however quick the execution is.
            false
        } else {
            tokio::time::timeout(wait, running.ended.wait()).await.is_ok()
        }
    };
    let ended = tokio::select! {
        ended = ended => ended,
        () = server.ending.cancelled() => false,
    };
    let status = if ended { StatusCode::OK } else { StatusCode::ACCEPTED };
    let object = match read(server, running.id).await? {
        Some(execution) => with_data(server, &execution).await?,
        // Its workflow says that it is not to be kept.
        None => json!({
            "id": running.id.to_string(), "mode": running.mode.as_str(), "workflowId": running.workflow.id.as_str(),
            "status": running.ended.get().map_or("running", |finished| finished.status.as_str())
        }),
    };
    Ok((status, Json(object)).into_response())
}

pub async fn stop(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    asked.object(true)?;
    let execution = find(&server, &asked).await?;
    if !server.executions.cancel(execution.id).await? {
        return Err(Fault::bad("The execution has ended, so it cannot be stopped."));
    }
    // One that is not to be kept is gone now.
    let stopped = read(&server, execution.id).await?.unwrap_or(execution);
    Ok(Json(to_json(&stopped)).into_response())
}

/// Of an execution that was broken off in a node which must not be repeated unasked: `{"repeat": true}` runs that node
/// again, `false` lets it count as failed.
pub async fn decide(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    let body = asked.object(false)?;
    let fields = Fields::new(&body, &["repeat", "wait"], &[])?;
    let wait = wait(body.get("wait"))?;
    let missing = || Fault::bad("request/body must have required property 'repeat'");
    let repeat = fields.optional_flag("repeat")?.ok_or_else(missing)?;
    let execution = find(&server, &asked).await?;
    let decided = server.executions.decide(execution.id, repeat).await?;
    let running = decided.ok_or_else(|| Fault::bad("The execution does not wait for a decision."))?;
    finished(&server, &running, wait).await
}
