//! One page of a form: what its node says, what was sent, what follows.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{Items, Object, RunData, Status, Text};
use patchbay_node::NodeError;
use patchbay_store::ExecutionId;
use patchbay_store::saved::Start;
use serde_json::json;

use super::super::access::{self, NotLetIn};
use super::super::request::{self, LIKE_WEBHOOK, Reading};
use super::super::settings::{Mode, Reader, Settings};
use super::super::{answer, could_not_start, query};
use super::fields::{self, Field, Sent};
use super::page::{self, Words};
use super::{FORM, TEST, TRIGGER, WAITING_PATH, is_trigger};
use crate::Server;
use crate::execution::{Launch, Running};
use crate::workflows::Loaded;

/// How long a browser waits for the next page before it is shown that it waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the address gives for the fields.
pub(super) fn query_of(request: &Request) -> Object {
    query::query(request.uri().query().unwrap_or_default())
}

/// Whether a person looks at the answer.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains("text/html"))
}

/// One page of a form.
pub(super) struct Form<'a> {
    pub server: &'a Arc<Server>,
    pub workflow: &'a Arc<Loaded>,
    /// The node that shows it.
    pub place: usize,
    pub run_data: RunData,
    pub info: ExecutionInfo,
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

    pub fn kind(&self) -> String {
        self.workflow.graph.workflow.nodes[self.place].kind.to_lowercase()
    }

    pub fn broken(&self, error: &NodeError) -> Response {
        tracing::error!(workflow = %self.workflow.name, "{}", error.error.message);
        could_not_start()
    }

    fn read<T>(&self, read: impl FnOnce(&Reader<'_>) -> Result<T, NodeError>) -> Result<T, Response> {
        let items = self.items();
        read(&self.reader(self.place, &items)).map_err(|error| self.broken(&error))
    }

    pub fn text(&self, name: &str) -> Result<Text, Response> {
        self.read(|reader| reader.text(name)).map(Option::unwrap_or_default)
    }

    /// Its fields; what the address gives stands in them from the start.
    pub fn fields(&self, given: &Object) -> Result<Vec<Field>, Response> {
        let mut fields = self.read(Field::all)?;
        for field in &mut fields {
            field.preset(given);
        }
        Ok(fields)
    }

    pub fn settings(&self) -> Result<Settings, Response> {
        self.read(|reader| Settings::read(reader, LIKE_WEBHOOK))
    }

    /// The page's own words, else those of the form's first page.
    pub fn words(&self) -> Result<Words, Response> {
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
            style: text("customCss", true, "")?,
        })
    }

    pub async fn let_in(&self, settings: &Settings, peer: SocketAddr, headers: &HeaderMap) -> Result<(), Response> {
        let node = &self.workflow.graph.workflow.nodes[self.place];
        match access::let_in(self.server, settings, node, peer, headers).await {
            Ok(_) => Ok(()),
            Err(NotLetIn::Unwanted(_)) => Err(page::told(
                StatusCode::FORBIDDEN,
                "Problem loading form",
                "This form is not for you.",
            )),
            Err(refused) => Err(answer::not_let_in(refused)),
        }
    }

    /// The form of a Form Trigger is shown, or was sent.
    pub async fn first(&self, settings: &Settings, peer: SocketAddr, request: Request) -> Result<Response, Response> {
        self.let_in(settings, peer, request.headers()).await?;
        let given = query_of(&request);
        let fields = self.fields(&given)?;
        if request.method() != Method::POST {
            return Ok(page::form(&self.words()?, &fields, None));
        }
        let wants_page = wants_page(request.headers());
        let address = request.uri().clone();
        let id = self.server.executions.next_id();
        let sent = self.sent(settings, id, request).await?;
        if fields
            .iter()
            .enumerate()
            .any(|(place, field)| field.fault(place, &sent).is_some())
        {
            return Err(page::form(&self.words()?, &fields, Some(&sent)));
        }
        let mut item = fields::item(&fields, sent, self.now(), &self.info.mode);
        if !given.is_empty() {
            Arc::make_mut(&mut item.json).insert("formQueryParameters", given);
        }
        let trigger = self.workflow.graph.workflow.nodes[self.place].name.clone();
        let start = Start::Ran(vec![vec![item].into()]);
        let mode = if self.info.mode == TEST { "manual" } else { "webhook" };
        let launch = Launch::new(id, self.workflow.clone(), trigger, start, mode);
        let running = self.server.executions.accept(launch).await;
        let running = running.map_err(|refusal| answer::not_accepted(&refusal))?;
        if settings.mode == Mode::ResponseNode {
            let files = (self.server.world.files)(self.server.executions.folder(id));
            let mut response = answer::respond(self.server, settings, &running, &*files).await;
            if response.status().is_redirection() {
                // With another status a browser would send the form there as well.
                *response.status_mut() = StatusCode::SEE_OTHER;
            }
            return Ok(response);
        }
        if settings.mode == Mode::OnReceived && !self.has_pages() {
            return self.done(wants_page);
        }
        self.after(&running, wants_page, address.query()).await
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
    pub async fn sent(&self, settings: &Settings, id: ExecutionId, request: Request) -> Result<Sent, Response> {
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
            values: query::form(&String::from_utf8_lossy(&raw), media),
            files: indexmap::IndexMap::new(),
        })
    }

    /// What follows a page that was sent: the next one, to which the query goes along, or the end.
    pub async fn after(&self, running: &Running, wants_page: bool, query: Option<&str>) -> Result<Response, Response> {
        let ended = tokio::time::timeout(PATIENCE, running.ended.wait()).await.ok();
        let status = ended.map(|finished| finished.status);
        let mut url = format!("{}/{WAITING_PATH}/{}", self.server.configuration.base_url, running.id);
        if let Some(query) = query {
            url.push('?');
            url.push_str(query);
        }
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
    pub fn submitted(&self) -> Result<Response, Response> {
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
        Ok(page::said("Form Submitted", own, &self.words()?.style))
    }

    /// The page of a Form node that ends the form.
    pub async fn end(&self, id: ExecutionId) -> Result<Response, Response> {
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
            _ => page::said(
                &self.text("completionTitle")?,
                &self.text("completionMessage")?,
                &self.words()?.style,
            ),
        })
    }

    /// Now, in the workflow's zone.
    pub fn now(&self) -> String {
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
