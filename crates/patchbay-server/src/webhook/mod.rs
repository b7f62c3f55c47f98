//! One request to a webhook: found, let in, read, accepted, answered.

#![expect(
    clippy::result_large_err,
    reason = "an answer that comes early is an answer as well, made once a request"
)]

mod access;
mod answer;
mod authentication;
pub mod form;
mod item;
pub(crate) mod lacking;
mod packing;
mod query;
mod request;
mod settings;
mod waiting;
mod xml;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use patchbay_engine::Graph;
use patchbay_model::{Item, Items, Object, RunData, Text};
use patchbay_node::capability::BinaryStore;
use patchbay_store::ExecutionId;
use patchbay_store::change::Once;
use patchbay_store::saved::Start;
use percent_encoding::percent_decode_str;

use crate::Server;
use crate::execution::Launch;
use crate::trace;
use crate::workflows::{Loaded, Match, Routes};
use item::Told;
use request::{Content, Reading};
pub use settings::Hook;
pub(crate) use settings::Reader;
use settings::{Mode, Settings};
pub use waiting::waiting;

/// The type of the node, in lower case.
const WEBHOOK: &str = "n8n-nodes-base.webhook";

/// The node that rests for a call, in lower case.
const WAIT: &str = "n8n-nodes-base.wait";

/// The node that answers, in lower case.
const RESPOND: &str = "n8n-nodes-base.respondtowebhook";

const NO_RESPOND: &str = "No Respond to Webhook node found in the workflow";

const NOT_ACTIVE: &str = "The workflow must be active for a production URL to run successfully. Set `\"active\": true` in \
                          its file, and look whether the server's log tells a fault of it";

/// `/webhook/…`
pub async fn production(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let begun = Instant::now();
    let table = server.workflows.table();
    let response = handle(&server, &table.routes, false, peer, request).await;
    let metrics = &server.executions.metrics;
    metrics.webhook_answered(response.status().as_u16(), begun.elapsed());
    response
}

/// `/webhook-test/…`
pub async fn test(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if !server.configuration.test_webhooks {
        let path = path(&request, &server.configuration.webhook_test_path);
        let message = format!("The requested webhook \"{path}\" is not registered.");
        let hint = "Test URLs are answered where the server is started with `--test-webhooks`";
        return answer::fault(StatusCode::NOT_FOUND, &message, Some(hint));
    }
    let table = server.workflows.table();
    handle(&server, &table.test_routes, true, peer, request).await
}

/// What follows the endpoint's name, decoded, without slashes at its ends.
fn path(request: &Request, endpoint: &str) -> String {
    let path = request.uri().path().trim_start_matches('/');
    let path = path.strip_prefix(endpoint).unwrap_or(path);
    percent_decode_str(path.trim_matches('/'))
        .decode_utf8_lossy()
        .into_owned()
}

async fn handle(server: &Arc<Server>, routes: &Routes, test: bool, peer: SocketAddr, request: Request) -> Response {
    let configuration = &server.configuration;
    let endpoint = if test {
        &configuration.webhook_test_path
    } else {
        &configuration.webhook_path
    };
    let path = path(&request, endpoint);
    let asks_before = request.method() == Method::OPTIONS;
    let wanted = match request.headers().get("access-control-request-method") {
        Some(method) if asks_before => method.to_str().unwrap_or_default(),
        _ => request.method().as_str(),
    };
    match routes.find(wanted, &path) {
        Match::Found {
            workflow,
            hook,
            method,
            params,
        } => {
            let call = Call {
                server,
                hook: &workflow.hooks[hook],
                method,
                test,
                peer,
                params,
                url: format!("{}/{endpoint}/{}", configuration.base_url, workflow.hooks[hook].path),
                workflow: &workflow,
            };
            call.handle(request).await
        }
        Match::OtherMethods(_) if asks_before => no_content(),
        Match::OtherMethods(methods) => {
            let message = format!(
                "This webhook is not registered for {} requests. Did you mean to make a {} request?",
                request.method(),
                one_of(&methods)
            );
            answer::fault(StatusCode::NOT_FOUND, &message, None)
        }
        Match::Nothing => {
            let message = format!(
                "The requested webhook \"{} {path}\" is not registered.",
                request.method()
            );
            answer::fault(StatusCode::NOT_FOUND, &message, Some(NOT_ACTIVE))
        }
    }
}

fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// `GET, POST or PUT`.
fn one_of(methods: &[Text]) -> String {
    match methods {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        others => others.join(", "),
    }
}

/// A request for a webhook that is there.
struct Call<'a> {
    server: &'a Arc<Server>,
    workflow: &'a Arc<Loaded>,
    hook: &'a Hook,
    /// Which of the hook's methods it is.
    method: usize,
    test: bool,
    peer: SocketAddr,
    params: Object,
    url: String,
}

impl<'a> Call<'a> {
    async fn handle(mut self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let headers = parts.headers;
        let mut across = HeaderMap::new();
        access::cross_origin(
            self.hook.settings.as_ref().ok(),
            &self.hook.methods,
            &headers,
            &mut across,
        );
        let mut response =
            if parts.method == Method::OPTIONS && !self.hook.methods.iter().any(|method| method == "OPTIONS") {
                access::before_request(&headers, &mut across);
                no_content()
            } else {
                let query = query::query(parts.uri.query().unwrap_or_default());
                match self.start(&headers, query, body).await {
                    Ok(response) | Err(response) => response,
                }
            };
        for (name, value) in &across {
            // What the workflow says of it counts.
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
        response
    }

    async fn start(&mut self, headers: &HeaderMap, query: Object, body: Body) -> Result<Response, Response> {
        let server = self.server;
        let settings = self.settings()?;
        self.check_answer(settings)?;
        let node = &self.workflow.graph.workflow.nodes[self.hook.node];
        let jwt = access::let_in(self.server, settings, node, self.peer, headers).await;
        let jwt = jwt.map_err(answer::not_let_in)?;
        let id = server.executions.next_id();
        let files = (server.world.files)(server.executions.folder(id));
        let content = self.read(settings, headers, body, &*files).await?;
        let told = Told {
            headers,
            params: std::mem::take(&mut self.params),
            query,
            url: std::mem::take(&mut self.url),
            mode: if self.test { "test" } else { "production" },
            jwt,
        };
        let launch = self.launch(id, settings, item::item(told, content)).map_err(|error| {
            tracing::error!(workflow = %self.workflow.name, node = %self.hook.name, "{}", error.error.message);
            could_not_start()
        })?;
        if server.world.spans.is_some()
            && let Some(parent) = headers.get(trace::HEADER).and_then(|parent| parent.to_str().ok())
            && let Some(parent) = trace::Context::parse(parent)
        {
            server.executions.parents.note(id, parent);
        }
        let running = server.executions.accept(launch).await;
        let running = running.map_err(|refusal| {
            server.executions.parents.take(id);
            answer::not_accepted(&refusal)
        })?;
        Ok(answer::respond(server, settings, &running, &*files).await)
    }

    fn settings(&self) -> Result<&'a Settings, Response> {
        self.hook.settings.as_ref().map_err(|error| {
            tracing::error!(workflow = %self.workflow.name, node = %self.hook.name, "{}", error.error.message);
            could_not_start()
        })
    }

    /// n8n's rules about Respond to Webhook.
    fn check_answer(&self, settings: &Settings) -> Result<(), Response> {
        if let Some((code, message)) = &self.hook.fault {
            tracing::error!(code, workflow = %self.workflow.name, "{message}");
            return Err(could_not_start());
        }
        let message = match (settings.mode, self.workflow.responds) {
            (Mode::ResponseNode, false) => NO_RESPOND,
            (Mode::OnReceived | Mode::LastNode, true) if self.hook.version < 2.1 => {
                "Unused Respond to Webhook node found in the workflow"
            }
            _ => return Ok(()),
        };
        Err(answer::fault_of_run(message))
    }

    async fn read(
        &self,
        settings: &Settings,
        headers: &HeaderMap,
        body: Body,
        files: &dyn BinaryStore,
    ) -> Result<Content, Response> {
        let server = self.server;
        let capabilities = &server.world.capabilities;
        let reading = Reading {
            settings,
            version: self.hook.version,
            files,
            server,
        };
        let not_read = |fault: request::Fault| answer::not_read(&fault);
        let node = &self.workflow.graph.workflow.nodes[self.hook.node];
        if !node.credentials.contains_key(authentication::SIGNATURE) {
            return reading.read(headers, body).await.map_err(not_read);
        }
        // What is signed is the whole body, so it is held before any of it is believed.
        let raw = reading.hold(headers, body).await.map_err(not_read)?;
        let now = capabilities.environment.now();
        let checked = authentication::check_signature(headers, &raw, node, &*capabilities.credentials, now).await;
        checked.map_err(answer::refused)?;
        reading.read(headers, raw.into()).await.map_err(not_read)
    }

    fn launch(&self, id: ExecutionId, settings: &Settings, item: Item) -> Result<Launch, patchbay_node::NodeError> {
        let items = [item];
        let info = patchbay_model::scope::ExecutionInfo {
            timezone: self.server.configuration.timezone_of(&self.workflow.graph.workflow),
            ..Default::default()
        };
        let environment = &self.server.world.capabilities.environment;
        let reader = Reader {
            graph: &self.workflow.graph,
            place: self.hook.node,
            environment: &**environment,
            info: &info,
            items: &items,
            run_data: &RunData::default(),
        };
        let once = reader.text("patchbay.once")?.map(|key| Once {
            scope: format!("once {} {}", self.workflow.id, self.hook.name),
            key: key.to_string(),
            until: (environment.now() + settings.once_for) as i64,
        });
        let key = reader.text("patchbay.concurrencyKey")?;
        let mut outputs = vec![Items::default(); self.workflow.graph.outputs(self.hook.node).max(1)];
        if let Some(output) = outputs.get_mut(self.method) {
            *output = items.into_iter().collect();
        }
        let mode = if self.test { "manual" } else { "webhook" };
        let (trigger, start) = (self.hook.name.clone(), Start::Ran(outputs));
        let launch = Launch::new(id, self.workflow.clone(), trigger, start, mode);
        Ok(Launch { once, key, ..launch })
    }
}

/// Whether a node of the workflow answers.
pub(crate) fn responds(graph: &Graph) -> bool {
    let mut nodes = graph.workflow.nodes.iter();
    nodes.any(|node| !node.disabled && node.kind.eq_ignore_ascii_case(RESPOND))
}

/// An answer of the server itself, to a request that no workflow gets.
pub fn fault(status: StatusCode, message: &str) -> Response {
    answer::fault(status, message, None)
}

fn could_not_start() -> Response {
    answer::fault_of_run("Workflow Webhook Error: Workflow could not be started!")
}
