//! Forms: the page of a Form Trigger, further pages of Form and Wait, and their end.
//!
//! A browser is shown pages and led from one to the next; whoever does not ask for HTML is told in n8n's JSON what comes
//! next.

mod fields;
mod page;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{Items, Object, RunData, Status, Text, Wait};
use patchbay_node::NodeError;
use patchbay_store::{Execution, ExecutionId};
use serde_json::json;

use super::request::{self, LIKE_WEBHOOK, Reading};
use super::settings::{Hook, Mode, Reader, Settings};
use super::{access, answer, authentication, could_not_start, path, query, respond};
use crate::Server;
use crate::execution::{Launch, Running, waits_for};
use crate::workflows::{Loaded, Match};
use fields::{Field, Sent};
use page::Words;

/// Nodes, in lower case.
const TRIGGER: &str = "n8n-nodes-base.formtrigger";
const FORM: &str = "n8n-nodes-base.form";

/// Where forms are, and their further pages.
pub const PATH: &str = "form";
pub const TEST_PATH: &str = "form-test";
pub const WAITING_PATH: &str = "form-waiting";

/// What `formMode` and `$execution.mode` say of them.
const PRODUCTION: &str = "production";
const TEST: &str = "test";

/// How long a browser waits for the next page before it is shown that it waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where the form of a Form Trigger is.
pub(super) fn hook(reader: &Reader<'_>, node: &patchbay_model::workflow::Node, id: &Text) -> Hook {
    let given = |name: &str| reader.text(name).ok().flatten();
    let own = if node.version >= 2.2 {
        given("options.path")
    } else {
        given("path")
    };
    let own = own.or_else(|| node.webhook_id.clone());
    let own = own.unwrap_or_else(|| format!("{id}/{}", node.name.to_lowercase()).into());
    let own = own.trim_matches('/');
    Hook {
        node: reader.place,
        name: node.name.clone(),
        version: node.version,
        path: if node.version < 2.0 {
            format!("{own}/n8n-form").into()
        } else {
            own.into()
        },
        methods: vec!["GET".into(), "POST".into()],
        settings: Settings::read(reader, LIKE_WEBHOOK),
    }
}

pub(super) fn is_trigger(kind: &str) -> bool {
    kind.eq_ignore_ascii_case(TRIGGER)
}

/// `/form/…`
pub async fn form(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let table = server.workflows.table();
    let path = path(&request, PATH);
    let found = table.form_routes.find(request.method().as_str(), &path);
    let text = "There is no form here. Is its workflow active?";
    begin(&server, found, PRODUCTION, text, peer, request).await
}

/// `/form-test/…`
pub async fn test(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let table = server.workflows.table();
    let (found, text) = if server.configuration.test_webhooks {
        let path = path(&request, TEST_PATH);
        let found = table.test_form_routes.find(request.method().as_str(), &path);
        (found, "There is no form here.")
    } else {
        let text = "Test URLs are answered where the server is started with `--test-webhooks`.";
        (Match::Nothing, text)
    };
    begin(&server, found, TEST, text, peer, request).await
}

/// The first page of a form; `missing` says why there is none.
async fn begin(
    server: &Arc<Server>,
    found: Match,
    mode: &str,
    missing: &str,
    peer: SocketAddr,
    request: Request,
) -> Response {
    let Match::Found { workflow, hook, .. } = found else {
        return page::told(StatusCode::NOT_FOUND, "Problem loading form", missing);
    };
    let form = Form {
        server,
        workflow: &workflow,
        place: workflow.forms[hook].node,
        run_data: RunData::default(),
        info: info(server, &workflow, 0, mode),
    };
    let settings = match &workflow.forms[hook].settings {
        Ok(settings) => settings,
        Err(error) => return form.broken(error),
    };
    match form.first(settings, peer, request).await {
        Ok(response) | Err(response) => response,
    }
}

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

fn info(server: &Server, workflow: &Loaded, id: ExecutionId, mode: &str) -> ExecutionInfo {
    let timezone = workflow.graph.workflow.settings.timezone.clone();
    ExecutionInfo {
        id: id.to_string().into(),
        mode: mode.into(),
        timezone: timezone.unwrap_or_else(|| server.configuration.timezone.clone()),
        ..ExecutionInfo::default()
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
            let _ = server.executions.resume(execution.id, None).await;
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
    let fields = form.fields()?;
    if request.method() != Method::POST {
        return Ok(page::form(&form.words()?, &fields, None));
    }
    let wants_page = wants_page(request.headers());
    let sent = form.sent(&settings, execution.id, request).await?;
    if fields
        .iter()
        .enumerate()
        .any(|(place, field)| field.fault(place, &sent).is_some())
    {
        return Err(page::form(&form.words()?, &fields, Some(&sent)));
    }
    let items = vec![fields::item(&fields, sent, form.now(), &form.info.mode)].into();
    match server.executions.resume(execution.id, Some(vec![items])).await {
        Ok(Some(running)) => form.after(&running, wants_page).await,
        Ok(None) => Err(problem(StatusCode::CONFLICT, "The form was sent already.")),
        Err(error) => {
            tracing::error!(code = error.code(), hint = error.hint(), "{error}");
            Err(could_not_start())
        }
    }
}

/// Whether a person looks at the answer.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

/// One page of a form.
struct Form<'a> {
    server: &'a Arc<Server>,
    workflow: &'a Arc<Loaded>,
    /// The node that shows it.
    place: usize,
    run_data: RunData,
    info: ExecutionInfo,
}

impl Form<'_> {
    fn reader<'a>(&'a self, place: usize, items: &'a Items) -> Reader<'a> {
        Reader {
            graph: &self.workflow.graph,
            place,
            environment: &*self.server.world.capabilities.environment,
            info: &self.info,
            items,
            run_data: &self.run_data,
        }
    }

    /// What the node that rests was given.
    fn items(&self) -> Items {
        let node = &self.workflow.graph.workflow.nodes[self.place].name;
        let outputs = self.run_data.runs(node).last().and_then(|run| run.outputs.as_ref());
        outputs.and_then(|outputs| outputs.first()).cloned().unwrap_or_default()
    }

    fn kind(&self) -> String {
        self.workflow.graph.workflow.nodes[self.place].kind.to_lowercase()
    }

    fn broken(&self, error: &NodeError) -> Response {
        tracing::error!(workflow = %self.workflow.name, "{}", error.error.message);
        could_not_start()
    }

    fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> Result<T, NodeError>) -> Result<T, Response> {
        let items = self.items();
        read(&self.reader(self.place, &items)).map_err(|error| self.broken(&error))
    }

    fn text(&self, name: &str) -> Result<Text, Response> {
        self.read(|reader| reader.text(name)).map(Option::unwrap_or_default)
    }

    fn fields(&self) -> Result<Vec<Field>, Response> {
        self.read(Field::all)
    }

    fn settings(&self) -> Result<Settings, Response> {
        self.read(|reader| Settings::read(reader, LIKE_WEBHOOK))
    }

    /// The page's own words, else those of the form's first page.
    fn words(&self) -> Result<Words, Response> {
        let nodes = &self.workflow.graph.workflow.nodes;
        let first = nodes.iter().position(|node| is_trigger(&node.kind));
        let items = self.items();
        let words = |place: usize, name: &str| {
            let reader = self.reader(place, &items);
            let own = reader.text(&format!("options.{name}"))?;
            Ok::<_, NodeError>(if own.is_some() { own } else { reader.text(name)? })
        };
        let read = |name: &str, shared: bool| {
            let own = words(self.place, name)?;
            match first.filter(|_| shared) {
                Some(first) if own.is_none() => words(first, name),
                _ => Ok(own),
            }
        };
        let text = |name: &str, shared: bool, otherwise: &str| {
            let read = read(name, shared).map_err(|error| self.broken(&error))?;
            Ok::<_, Response>(read.unwrap_or_else(|| otherwise.into()))
        };
        Ok(Words {
            title: text("formTitle", true, "Form")?,
            description: text("formDescription", self.kind() == TRIGGER, "")?,
            button: text("buttonLabel", true, "Submit")?,
        })
    }

    async fn let_in(&self, settings: &Settings, peer: SocketAddr, headers: &HeaderMap) -> Result<(), Response> {
        let caller = access::caller(peer, headers, self.server.configuration.proxies);
        let bot = settings.ignore_bots && access::is_bot(headers);
        if bot || !access::is_allowed(settings, caller) {
            return Err(page::told(
                StatusCode::FORBIDDEN,
                "Problem loading form",
                "This form is not for you.",
            ));
        }
        let capabilities = &self.server.world.capabilities;
        let node = &self.workflow.graph.workflow.nodes[self.place];
        let now = capabilities.environment.now();
        let checked = authentication::check(settings.authentication, headers, node, &*capabilities.credentials, now);
        checked.await.map(drop).map_err(answer::refused)
    }

    /// The form of a Form Trigger is shown, or was sent.
    async fn first(&self, settings: &Settings, peer: SocketAddr, request: Request) -> Result<Response, Response> {
        self.let_in(settings, peer, request.headers()).await?;
        let fields = self.fields()?;
        if request.method() != Method::POST {
            return Ok(page::form(&self.words()?, &fields, None));
        }
        let wants_page = wants_page(request.headers());
        let id = self.server.executions.next_id();
        let sent = self.sent(settings, id, request).await?;
        if fields
            .iter()
            .enumerate()
            .any(|(place, field)| field.fault(place, &sent).is_some())
        {
            return Err(page::form(&self.words()?, &fields, Some(&sent)));
        }
        let launch = Launch {
            id,
            workflow: self.workflow.clone(),
            trigger: self.workflow.graph.workflow.nodes[self.place].name.clone(),
            outputs: vec![vec![fields::item(&fields, sent, self.now(), &self.info.mode)].into()],
            mode: if self.info.mode == TEST { "manual" } else { "webhook" },
            once: None,
            key: None,
            retry_of: None,
            done: Vec::new(),
            always: false,
        };
        let running = self.server.executions.accept(launch).await;
        let running = running.map_err(|refusal| answer::not_accepted(&refusal))?;
        if settings.mode == Mode::ResponseNode {
            let files = (self.server.world.files)(self.server.executions.folder(id));
            return Ok(respond(settings, &running, &*files).await);
        }
        if settings.mode == Mode::OnReceived && !self.has_pages() {
            return self.done(wants_page);
        }
        self.after(&running, wants_page).await
    }

    /// Whether other nodes show pages.
    fn has_pages(&self) -> bool {
        let mut nodes = self.workflow.graph.workflow.nodes.iter().filter(|node| !node.disabled);
        nodes.any(|node| {
            node.kind.eq_ignore_ascii_case(FORM)
                || node.parameters.get("resume").and_then(|resume| resume.as_str()) == Some("form")
        })
    }

    /// What was sent; files go to the store while they come in.
    async fn sent(&self, settings: &Settings, id: ExecutionId, request: Request) -> Result<Sent, Response> {
        let (parts, body) = request.into_parts();
        let server = self.server;
        let files = (server.world.files)(server.executions.folder(id));
        let reading = Reading {
            settings,
            version: LIKE_WEBHOOK,
            files: &*files,
            server,
        };
        let not_read = |fault: request::Fault| answer::not_read(&fault);
        let media = parts
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if media.starts_with("multipart/form-data") {
            let (values, files) = reading.parts(&parts.headers, body).await.map_err(not_read)?;
            return Ok(Sent { values, files });
        }
        let raw = reading.hold(&parts.headers, body).await.map_err(not_read)?;
        Ok(Sent {
            values: query::form(&String::from_utf8_lossy(&raw)),
            files: indexmap::IndexMap::new(),
        })
    }

    /// What follows a page that was sent: the next one, or the end.
    async fn after(&self, running: &Running, wants_page: bool) -> Result<Response, Response> {
        let ended = tokio::time::timeout(PATIENCE, running.ended.wait()).await.ok();
        let status = ended.map(|finished| finished.status);
        let url = format!("{}/{WAITING_PATH}/{}", self.server.configuration.base_url, running.id);
        match status {
            None | Some(Status::Waiting | Status::Suspended) if wants_page => {
                // Below the path that callers reach the server by, whichever host they call it.
                let (_, host_and_path) = url.split_once("://").unwrap_or(("", &url));
                let path = host_and_path.find('/').map_or("/", |place| &host_and_path[place..]);
                Ok(page::onward(path))
            }
            None | Some(Status::Waiting | Status::Suspended) => Ok(json_answer(&json!({"formWaitingUrl": url}))),
            Some(Status::Success) => self.done(wants_page),
            Some(Status::Error | Status::Canceled) if wants_page => Err(page::told(
                StatusCode::INTERNAL_SERVER_ERROR,
                "Problem",
                "Something went wrong, and the form could not be worked on.",
            )),
            Some(Status::Error | Status::Canceled) => {
                let mut object = Object::new();
                object.insert("message", "Error in workflow");
                Err(answer::json(StatusCode::INTERNAL_SERVER_ERROR, &object.into()))
            }
        }
    }

    fn done(&self, wants_page: bool) -> Result<Response, Response> {
        if wants_page {
            self.submitted()
        } else {
            Ok(json_answer(&json!({"status": 200})))
        }
    }

    /// What the trigger says when all is done.
    fn submitted(&self) -> Result<Response, Response> {
        let nodes = &self.workflow.graph.workflow.nodes;
        let trigger = nodes
            .iter()
            .position(|node| is_trigger(&node.kind))
            .unwrap_or(self.place);
        let items = self.items();
        let text = |name: &str| {
            let read = self
                .reader(trigger, &items)
                .text(&format!("options.respondWithOptions.values.{name}"));
            read.map(Option::unwrap_or_default).map_err(|error| self.broken(&error))
        };
        if text("respondWith")? == "redirect" {
            return Ok(page::redirect(&text("redirectUrl")?));
        }
        let own = text("formSubmittedText")?;
        let own = if own.is_empty() {
            "Your response has been recorded"
        } else {
            own.as_str()
        };
        Ok(page::told(StatusCode::OK, "Form Submitted", own))
    }

    /// The page of a Form node that ends the form.
    async fn end(&self, id: ExecutionId) -> Result<Response, Response> {
        Ok(match self.text("respondWith")?.as_str() {
            "redirect" => page::redirect(&self.text("redirectUrl")?),
            "showText" => page::own(&self.text("responseText")?),
            "returnBinary" => {
                let name = self.text("inputDataFieldName")?;
                let name = if name.is_empty() { "data" } else { name.as_str() };
                let items = self.items();
                let files = items.first().and_then(|item| item.binary.clone());
                let Some(file) = files.as_ref().and_then(|files| files.get(name)) else {
                    let text = format!("There is no file `{name}`.");
                    return Err(page::told(StatusCode::INTERNAL_SERVER_ERROR, "Problem", &text));
                };
                let kept = (self.server.world.files)(self.server.executions.folder(id));
                answer::send_file(StatusCode::OK, file, &*kept).await
            }
            _ => page::told(
                StatusCode::OK,
                &self.text("completionTitle")?,
                &self.text("completionMessage")?,
            ),
        })
    }

    /// Now, in the workflow's zone.
    fn now(&self) -> String {
        let now = jiff::Timestamp::from_millisecond(self.server.now()).unwrap_or_default();
        let zone = jiff::tz::TimeZone::get(&self.info.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        if zone == jiff::tz::TimeZone::UTC || self.info.timezone == "UTC" {
            return format!("{now:.3}");
        }
        now.to_zoned(zone).strftime("%FT%T%.3f%:z").to_string()
    }
}

fn json_answer(value: &serde_json::Value) -> Response {
    axum::response::IntoResponse::into_response(axum::Json(value))
}
