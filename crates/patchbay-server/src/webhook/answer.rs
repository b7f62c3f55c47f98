//! What a request is answered.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, PROXY_AUTHENTICATE, RETRY_AFTER, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
    WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use patchbay_engine::Finished;
use patchbay_model::{Binary, Item, Object, Status, Text, Value};
use patchbay_node::capability::BinaryStore;
use patchbay_node::capability::answer::{Answer, Body as Answered};
use patchbay_store::{Error, ExecutionId};

use super::NO_RESPOND;
use super::access::NotLetIn;
use super::authentication::Refused;
use super::request::Fault;
use super::settings::{Data, Mode, Settings};
use crate::Server;
use crate::execution::{Refusal, Running};
use crate::workflows::Loaded;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// n8n's: pages that workflows answer with must not act as the server's own.
const SANDBOX: HeaderValue = HeaderValue::from_static(
    "sandbox allow-downloads allow-forms allow-modals allow-orientation-lock allow-pointer-lock allow-popups \
     allow-presentation allow-scripts allow-top-navigation-by-user-activation allow-top-navigation-to-custom-protocols",
);

/// An answer of the server itself: `{"code", "message", "hint"?}`.
pub fn fault(status: StatusCode, message: &str, hint: Option<&str>) -> Response {
    let mut object = Object::new();
    object.insert("code", usize::from(status.as_u16()));
    object.insert("message", message);
    if let Some(hint) = hint {
        object.insert("hint", hint);
    }
    json(status, &object.into())
}

pub fn json(status: StatusCode, value: &Value) -> Response {
    with(status, JSON, value.to_json().into())
}

fn with(status: StatusCode, content_type: HeaderValue, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// As n8n, nothing is JSON, but where no body may follow.
fn empty(status: StatusCode) -> Response {
    let mut response = with(status, JSON, Body::empty());
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    response
}

/// Text is sent as it is, whatever else as JSON.
fn value(status: StatusCode, value: &Value) -> Response {
    match value {
        Value::Text(text) => with(status, HTML, text.to_string().into()),
        value => json(status, value),
    }
}

/// The caller is not let in.
pub fn not_let_in(reason: NotLetIn) -> Response {
    match reason {
        NotLetIn::Unwanted(message) => with(StatusCode::FORBIDDEN, HTML, message.into()),
        NotLetIn::Refused(reason) => refused(reason),
    }
}

/// The caller shows no credential that is right.
pub fn refused(refused: Refused) -> Response {
    let mut response = with(refused.status, HTML, refused.message.into());
    let scheme = HeaderValue::from_static("Basic realm=\"Webhook\"");
    response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    response
}

/// The body is not taken.
pub fn not_read(reason: &Fault) -> Response {
    match reason {
        Fault::TooLarge { limit } => {
            let message = format!("The body is larger than {limit} bytes");
            fault(StatusCode::PAYLOAD_TOO_LARGE, &message, None)
        }
        Fault::UnknownPacking(name) => {
            let message = format!("The content encoding `{name}` is not known");
            let hint = "send the body as it is, or with gzip or deflate";
            fault(StatusCode::UNSUPPORTED_MEDIA_TYPE, &message, Some(hint))
        }
        Fault::Malformed(reason) => fault(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Failed to parse request body",
            Some(reason),
        ),
        Fault::Broken(reason) => fault(StatusCode::BAD_REQUEST, "The request could not be read", Some(reason)),
    }
}

/// The store does not give or take what the request is about.
pub fn not_stored(error: &Error) -> Response {
    tracing::error!(code = error.code(), hint = error.hint(), "{error}");
    fault(StatusCode::SERVICE_UNAVAILABLE, &error.to_string(), None)
}

/// The execution is not accepted.
pub fn not_accepted(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Duplicate(id) => {
            let mut object = Object::new();
            object.insert("message", "The same request was accepted before");
            object.insert("executionId", id.to_string());
            return json(StatusCode::OK, &object.into());
        }
        Refusal::Store(error @ Error::TooDeep { .. }) => {
            return fault(refusal.status(), &refusal.to_string(), Some(error.hint()));
        }
        _ => {}
    }
    let mut response = fault(refusal.status(), &refusal.to_string(), None);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// The answer to a request whose execution was accepted.
pub async fn respond(server: &Server, settings: &Settings, running: &Running, files: &dyn BinaryStore) -> Response {
    let ended = async {
        let ended = tokio::select! {
            biased;
            ended = running.ended.wait() => Some(ended),
            // It goes on at the next start, when its caller has gone.
            () = server.executions.put_aside() => None,
        };
        ended.filter(|ended| ended.status != Status::Suspended)
    };
    let put_aside = || put_aside(running.id);
    match settings.mode {
        Mode::OnReceived => received(settings),
        Mode::LastNode => match ended.await {
            Some(ended) => last_node(settings, ended, files).await,
            None => put_aside(),
        },
        Mode::ResponseNode => {
            let ended = tokio::select! {
                biased;
                answer = running.answered.wait() => return answered(answer, files).await,
                ended = ended => ended,
            };
            match (running.answered.get(), ended) {
                (Some(answer), _) => answered(answer, files).await,
                (None, Some(ended)) => never_answered(&running.workflow, ended),
                (None, None) => put_aside(),
            }
        }
    }
}

/// At once.
pub fn received(settings: &Settings) -> Response {
    let status = status(settings);
    let mut response = if settings.no_body {
        empty(status)
    } else {
        let started = || Value::object([("message", "Workflow was started")].into_iter().collect());
        value(status, &settings.text.clone().unwrap_or_else(started))
    };
    set_headers(response.headers_mut(), &settings.headers);
    response.headers_mut().insert("content-security-policy", SANDBOX);
    response
}

fn status(settings: &Settings) -> StatusCode {
    final_status(settings.status)
}

/// A status that ends an answer, which none below 200 does.
fn final_status(status: u16) -> StatusCode {
    let status = StatusCode::from_u16(status).ok();
    status.filter(|status| !status.is_informational()).unwrap_or_default()
}

/// When the last node has run.
pub async fn last_node(settings: &Settings, finished: &Finished, files: &dyn BinaryStore) -> Response {
    if matches!(finished.status, Status::Error | Status::Canceled) {
        return failed(finished);
    }
    let last = finished
        .last_node()
        .and_then(|node| finished.run_data.runs(node).last());
    let items = last.map_or(&[][..], |run| run.output(0));
    let mut response = match settings.data {
        Data::Nothing => empty(status(settings)),
        Data::AllEntries => {
            let items = Value::array(items.iter().map(Item::json_value).collect());
            json(status(settings), &items)
        }
        Data::FirstEntryJson => match items.first() {
            Some(first) => first_entry(settings, first),
            None => return fault_of_run("No item to return was found"),
        },
        Data::FirstEntryBinary => match first_file(settings, items) {
            Ok(file) => send_file(status(settings), file, files).await,
            Err(message) => return fault_of_run(&message),
        },
    };
    set_headers(response.headers_mut(), &settings.headers);
    response.headers_mut().insert("content-security-policy", SANDBOX);
    response
}

/// The file that the settings name, or why there is none, in n8n's words.
fn first_file<'a>(settings: &Settings, items: &'a [Item]) -> Result<&'a Binary, Cow<'static, str>> {
    let first = items.first().ok_or("No item was found to return")?;
    let files = first.binary.as_ref().ok_or("No binary data was found to return")?;
    files.get(&settings.file).ok_or_else(|| {
        let name = &settings.file;
        format!("The binary property '{name}' which should be returned does not exist").into()
    })
}

fn first_entry(settings: &Settings, first: &Item) -> Response {
    let answered = match &settings.property {
        None => Some(first.json_value()),
        Some(path) => path
            .split(['.', '[', ']'])
            .filter(|key| !key.is_empty())
            .try_fold(first.json_value(), |value, key| child(&value, key)),
    };
    let content_type = settings
        .content_type
        .as_ref()
        .and_then(|kind| HeaderValue::from_str(&with_charset(kind)).ok());
    let mut response = match answered {
        Some(answered) => value(status(settings), &answered),
        None => empty(status(settings)),
    };
    if let Some(kind) = content_type {
        response.headers_mut().insert(CONTENT_TYPE, kind);
    }
    response
}

/// What an object or a list holds there.
fn child(value: &Value, key: &str) -> Option<Value> {
    match value {
        Value::Array(values) => values.get(key.parse::<usize>().ok()?).cloned(),
        value => value.get(key).cloned(),
    }
}

/// The workflow could not be run, or there is nothing of it that could be answered.
pub fn fault_of_run(message: &str) -> Response {
    let mut object = Object::new();
    object.insert("code", 0);
    object.insert("message", message);
    json(StatusCode::INTERNAL_SERVER_ERROR, &object.into())
}

/// n8n tells callers no more than that.
fn failed(finished: &Finished) -> Response {
    let (status, message) = if finished.timed_out() {
        (StatusCode::GATEWAY_TIMEOUT, "The workflow was out of time")
    } else {
        (StatusCode::INTERNAL_SERVER_ERROR, "Error in workflow")
    };
    let object: Object = [("message", message)].into_iter().collect();
    json(status, &object.into())
}

/// The execution ended, and Respond to Webhook had not run.
pub fn never_answered(workflow: &Loaded, finished: &Finished) -> Response {
    match finished.status {
        Status::Error | Status::Canceled => failed(finished),
        Status::Success | Status::Waiting | Status::Suspended if workflow.responds => {
            fault_of_run("The workflow did not come to its Respond to Webhook node")
        }
        Status::Success | Status::Waiting | Status::Suspended => fault_of_run(NO_RESPOND),
    }
}

/// The execution goes on when the server runs again.
pub fn put_aside(id: ExecutionId) -> Response {
    let mut object = Object::new();
    object.insert("code", 503);
    object.insert(
        "message",
        "The server is ending: the execution goes on when it runs again",
    );
    object.insert("executionId", id.to_string());
    json(StatusCode::SERVICE_UNAVAILABLE, &object.into())
}

/// What Respond to Webhook said.
pub async fn answered(answer: &Answer, files: &dyn BinaryStore) -> Response {
    let status = final_status(answer.status);
    let mut response = match &answer.body {
        Answered::Empty => empty(status),
        Answered::Value(answered) => value(status, answered),
        Answered::File(file) => send_file(status, file, files).await,
    };
    set_headers(response.headers_mut(), &answer.headers);
    response.headers_mut().insert("content-security-policy", SANDBOX);
    response
}

pub async fn send_file(status: StatusCode, file: &Binary, files: &dyn BinaryStore) -> Response {
    match files.stream(file).await {
        Ok(stream) => {
            let mut response = Response::new(Body::from_stream(stream));
            *response.status_mut() = status;
            let headers = response.headers_mut();
            if let Ok(kind) = HeaderValue::from_str(&file.mime_type) {
                headers.insert(CONTENT_TYPE, kind);
            }
            headers.insert(CONTENT_LENGTH, HeaderValue::from(file.size));
            response
        }
        Err(error) => fault_of_run(&error.error.message),
    }
}

/// They say how an answer goes over this one connection: that is the server's to say, also where a workflow passes on the
/// headers of a service's answer.
const FRAMING: [HeaderName; 9] = [
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    TE,
    TRAILER,
    UPGRADE,
    PROXY_AUTHENTICATE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Headers as the workflow gives them; what is none is left out.
fn set_headers(headers: &mut HeaderMap, given: &[(Text, Text)]) {
    for (name, value) in given {
        let value = if name == "content-type" {
            with_charset(value)
        } else {
            value.to_string()
        };
        match (HeaderName::try_from(name.as_str()), HeaderValue::from_str(&value)) {
            (Ok(name), Ok(value)) if !FRAMING.contains(&name) => drop(headers.insert(name, value)),
            _ => tracing::warn!(header = %name, "it can not be sent and is left out"),
        }
    }
}

/// As n8n, text says its encoding.
fn with_charset(kind: &str) -> String {
    let textual = kind.starts_with("text/") || kind.contains("json") || kind.contains("xml");
    if textual && !kind.contains("charset") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}
