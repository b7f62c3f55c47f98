//! `/webhook-waiting/ID`: a call for an execution that rests for it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::workflow::Node;
use patchbay_model::{Object, RunData, Wait};
use patchbay_store::{Execution, ExecutionId};

use super::item::{self, Told};
use super::request::{LIKE_WEBHOOK, Reading};
use super::settings::{Reader, Settings};
use super::{WAIT, access, answer, could_not_start, no_content, path, query};
use crate::Server;
use crate::execution::{Refusal, waits_for};

/// `/webhook-waiting/ID`, or `/webhook-waiting/ID/SUFFIX`
pub async fn waiting(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let mut response = match handle(&server, peer, request).await {
        Ok(response) | Err(response) => response,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST, GET, OPTIONS"),
        ("access-control-allow-headers", "Content-Type"),
    ] {
        // What the workflow says of it counts.
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

async fn handle(server: &Arc<Server>, peer: SocketAddr, request: Request) -> Result<Response, Response> {
    if request.method() == Method::OPTIONS {
        return Ok(no_content());
    }
    let path = path(&request, &server.configuration.webhook_waiting_path);
    let (id, suffix) = path.split_once('/').unwrap_or((&path, ""));
    let missing = || {
        answer::fault(
            StatusCode::NOT_FOUND,
            &format!("The execution \"{id}\" does not exist."),
            None,
        )
    };
    let number: ExecutionId = id.parse().map_err(|_| missing())?;
    let execution = server
        .executions
        .read(number)
        .await
        .map_err(|error| answer::not_stored(&error))?
        .ok_or_else(missing)?;
    if execution.status.is_final() {
        let message = format!("The execution \"{id}\" has finished already.");
        return Err(answer::fault(StatusCode::CONFLICT, &message, None));
    }
    let no_match = || {
        let message = format!(
            "The workflow for execution \"{id}\" does not contain a waiting webhook with a matching path/method."
        );
        answer::fault(StatusCode::NOT_FOUND, &message, None)
    };
    let Some(Wait::Webhook { .. }) = waits_for(&execution) else {
        let message = format!("The execution \"{id}\" is running already.");
        return Err(answer::fault(StatusCode::CONFLICT, &message, None));
    };
    let rest = Rest::find(server, &execution).await.ok_or_else(no_match)?;
    if rest.suffix != suffix || request.method().as_str() != rest.method {
        return Err(no_match());
    }
    rest.take_up(server, &execution, peer, request).await
}

/// A node that waits for a call.
struct Rest {
    workflow: Arc<crate::workflows::Loaded>,
    place: usize,
    settings: Settings,
    suffix: String,
    method: String,
}

impl Rest {
    async fn find(server: &Arc<Server>, execution: &Execution) -> Option<Self> {
        let workflow = server.executions.workflow_of(execution).await?;
        let node = execution.last_node.as_deref()?;
        let place = workflow.graph.workflow.node_place(node)?;
        let info = ExecutionInfo {
            id: execution.id.to_string().into(),
            timezone: server.configuration.timezone_of(&workflow.graph.workflow),
            ..ExecutionInfo::default()
        };
        let reader = Reader {
            graph: &workflow.graph,
            place,
            environment: &*server.world.capabilities.environment,
            info: &info,
            items: &[],
            run_data: &RunData::default(),
        };
        let rests_for_call = workflow.graph.workflow.nodes[place].kind.eq_ignore_ascii_case(WAIT)
            && reader.text("resume").ok()?.as_deref() != Some("form");
        if !rests_for_call {
            // Who waits for a form wants what is asked for in it.
            return None;
        }
        let settings = Settings::read(&reader, LIKE_WEBHOOK).ok()?;
        let suffix = reader.text("options.webhookSuffix").ok()?.unwrap_or_default();
        let method = reader.text("httpMethod").ok()?.unwrap_or_else(|| "GET".into());
        Some(Self {
            place,
            settings,
            suffix: suffix.trim_matches('/').to_owned(),
            method: method.to_uppercase(),
            workflow,
        })
    }

    fn node(&self) -> &Node {
        &self.workflow.graph.workflow.nodes[self.place]
    }

    async fn take_up(
        &self,
        server: &Arc<Server>,
        execution: &Execution,
        peer: SocketAddr,
        request: Request,
    ) -> Result<Response, Response> {
        let (parts, body) = request.into_parts();
        let headers: HeaderMap = parts.headers;
        let settings = &self.settings;
        let jwt = access::let_in(server, settings, self.node(), peer, &headers).await;
        let jwt = jwt.map_err(answer::not_let_in)?;
        let files = (server.world.files)(server.executions.folder(execution.id));
        let reading = Reading {
            settings,
            version: LIKE_WEBHOOK,
            files: &*files,
            server,
        };
        let content = reading.read(&headers, body).await;
        let content = content.map_err(|fault| answer::not_read(&fault))?;
        let url = self.node().webhook_id.clone().unwrap_or_default();
        let told = Told {
            headers: &headers,
            params: Object::new(),
            query: query::query(parts.uri.query().unwrap_or_default()),
            url: format!(
                "{}/{}/{url}",
                server.configuration.base_url, server.configuration.webhook_path
            ),
            mode: "production",
            jwt,
        };
        if server.executions.is_draining() {
            return Err(answer::not_accepted(&Refusal::Ending));
        }
        let items = vec![item::item(told, content)].into();
        match server.executions.resume(execution.id, Some(vec![items])).await {
            Ok(Some(running)) => Ok(answer::respond(server, settings, &running, &*files).await),
            Ok(None) => {
                let message = format!("The execution \"{}\" is running already.", execution.id);
                Err(answer::fault(StatusCode::CONFLICT, &message, None))
            }
            Err(error) => {
                tracing::error!(code = error.code(), hint = error.hint(), "{error}");
                Err(could_not_start())
            }
        }
    }
}
