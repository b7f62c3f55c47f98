//! `/form-waiting/ID`: the page that an execution rests at, or its end.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use patchbay_model::Wait;
use patchbay_store::{Execution, ExecutionId};

use super::super::answer;
use super::super::{could_not_start, path};
use super::step::{Form, query_of, wants_page};
use super::{FORM, PRODUCTION, TEST, WAITING_PATH, fields, info, page};
use crate::Server;
use crate::execution::waits_for;

/// `/form-waiting/ID`, `/form-waiting/ID/n8n-execution-status`
pub async fn waiting(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let path = path(&request, WAITING_PATH);
    let (id, rest) = path.split_once('/').unwrap_or((&path, ""));
    let missing = || {
        let text = format!("The execution \"{id}\" does not exist.");
        page::told(StatusCode::NOT_FOUND, "Problem loading form", &text)
    };
    let Ok(number) = id.parse::<ExecutionId>() else {
        return missing();
    };
    let execution = match server.executions.read(number).await {
        Ok(Some(execution)) => execution,
        Ok(None) => return missing(),
        Err(error) => {
            tracing::error!(code = error.code(), hint = error.hint(), "{error}");
            return page::told(
                StatusCode::SERVICE_UNAVAILABLE,
                "Problem loading form",
                &error.to_string(),
            );
        }
    };
    if rest == "n8n-execution-status" {
        let waits = matches!(waits_for(&execution), Some(Wait::Webhook { .. }));
        return Response::new(Body::from(if waits {
            "form-waiting"
        } else {
            execution.status.as_str()
        }));
    }
    match next(&server, &execution, peer, request).await {
        Ok(response) | Err(response) => response,
    }
}

/// The page that an execution rests at.
async fn next(
    server: &Arc<Server>,
    execution: &Execution,
    peer: SocketAddr,
    request: Request,
) -> Result<Response, Response> {
    let problem = |status, text: &str| page::told(status, "Problem loading form", text);
    let workflow = server.executions.workflow_of(execution).await;
    let node = execution.last_node.as_deref().unwrap_or_default();
    let place = workflow
        .as_ref()
        .and_then(|workflow| workflow.graph.workflow.node_place(node));
    let (Some(workflow), Some(place)) = (workflow, place) else {
        return if execution.status.is_final() {
            Err(problem(StatusCode::CONFLICT, "The execution has ended."))
        } else {
            Ok(page::wait())
        };
    };
    let snapshot = server.executions.snapshot(execution).await;
    let snapshot = snapshot.map_err(|error| problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()))?;
    let form = Form {
        server,
        info: info(
            server,
            &workflow,
            execution.id,
            if execution.mode == "manual" { TEST } else { PRODUCTION },
        ),
        workflow: &workflow,
        place,
        run_data: snapshot.run_data,
    };
    let settings = form.settings()?;
    form.let_in(&settings, peer, request.headers()).await?;
    let rests = matches!(waits_for(execution), Some(Wait::Webhook { .. }));
    let is_form = form.kind() == FORM;
    let is_end = is_form && form.text("operation")? == "completion";
    if is_end && (rests || execution.status == patchbay_store::Status::Success) {
        let page = form.end(execution.id).await?;
        if rests {
            // Who comes second is shown the same page.
            let resumed = server.executions.resume(execution.id, None).await;
            resumed.map_err(|error| answer::not_stored(&error))?;
        }
        return Ok(page);
    }
    if !rests {
        return match execution.status {
            patchbay_store::Status::Success => Ok(form.submitted()?),
            status if status.is_final() => {
                let text = format!(
                    "The execution \"{}\" has finished with {}.",
                    execution.id,
                    status.as_str()
                );
                Err(problem(StatusCode::OK, &text))
            }
            _ => Ok(page::wait()),
        };
    }
    if !is_form && form.text("resume")? != "form" {
        return Err(problem(StatusCode::CONFLICT, "The execution does not wait for a form."));
    }
    let fields = form.fields(&query_of(&request))?;
    if request.method() != Method::POST {
        return Ok(page::form(&form.words()?, &fields, None));
    }
    let wants_page = wants_page(request.headers());
    let address = request.uri().clone();
    let sent = form.sent(&settings, execution.id, request).await?;
    if fields
        .iter()
        .enumerate()
        .any(|(place, field)| field.fault(place, &sent).is_some())
    {
        return Err(page::form(&form.words()?, &fields, Some(&sent)));
    }
    if server.executions.is_draining() {
        let text = "The server is ending: send the form again in a moment.";
        return Err(problem(StatusCode::SERVICE_UNAVAILABLE, text));
    }
    let items = vec![fields::item(&fields, sent, form.now(), &form.info.mode)].into();
    match server.executions.resume(execution.id, Some(vec![items])).await {
        Ok(Some(running)) => form.after(&running, wants_page, address.query()).await,
        Ok(None) => Err(problem(StatusCode::CONFLICT, "The form was sent already.")),
        Err(error) => {
            tracing::error!(code = error.code(), hint = error.hint(), "{error}");
            Err(could_not_start())
        }
    }
}
