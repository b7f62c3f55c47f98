//! From an answer that says no to an error: what the service says, what to do, and whether trying again can help.
//!
//! The message is n8n's, so that workflows which read it go on as they are; the service's own words are the description.

use std::sync::Arc;

use jsonpath_rust::JsonPath;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::Effect;

use crate::definition::{ErrorMapping, Kind, Life, Operation, Service};
use crate::mask;
use crate::redirect;
use crate::repeat::{self, Twice, done_by_status};

/// An answer that says no.
pub struct Failure<'a> {
    pub service: &'a Service,
    pub operation: &'a Operation,
    /// `GET /xapi/v1/Users(5)`: without anything secret.
    pub request: &'a str,
    pub status: u16,
    pub content_type: &'a str,
    pub retry_after: Option<&'a str>,
    /// Where a redirect leads.
    pub location: Option<&'a str>,
    pub body: &'a [u8],
    /// The credential's name.
    pub credential: &'a str,
}

/// What the service says about a fault.
#[derive(Debug, Default, PartialEq)]
pub struct Said {
    pub code: Option<Text>,
    pub message: Option<Text>,
    pub target: Option<Text>,
    pub details: Vec<Value>,
}

impl Said {
    /// Reads the service's answer; `None` if it does not speak of a fault.
    pub fn read(mapping: &ErrorMapping, body: &serde_json::Value) -> Option<Self> {
        let text = |path: &Option<Text>| {
            let found = body.query(path.as_ref()?).ok()?.into_iter().next()?;
            match found {
                serde_json::Value::String(text) if !text.is_empty() => Some(Text::from(text)),
                serde_json::Value::Number(number) => Some(number.to_string().into()),
                _ => None,
            }
        };
        let details = mapping
            .details
            .as_ref()
            .and_then(|path| body.query(path).ok())
            .unwrap_or_default();
        let said = Self {
            code: text(&mapping.code),
            message: text(&mapping.message),
            target: text(&mapping.target),
            details: details.into_iter().map(|detail| Value::from(detail.clone())).collect(),
        };
        (said.code.is_some() || said.message.is_some()).then_some(said)
    }

    /// `CODE: message (target)`, then a line for each further fault.
    pub fn to_text(&self) -> String {
        let mut lines = vec![line(
            self.code.as_deref(),
            self.message.as_deref(),
            self.target.as_deref(),
        )];
        for detail in &self.details {
            let text = |key| detail.get(key).and_then(Value::as_str);
            lines.push(match text("message") {
                Some(message) => line(text("code"), Some(message), text("target")),
                None => detail.to_json(),
            });
        }
        lines.dedup();
        lines.join("\n")
    }
}

fn line(code: Option<&str>, message: Option<&str>, target: Option<&str>) -> String {
    let text = match (code.filter(|code| !code.is_empty()), message) {
        (Some(code), Some(message)) if code != message => format!("{code}: {message}"),
        (_, Some(message)) => message.to_owned(),
        (code, None) => code.unwrap_or_default().to_owned(),
    };
    match target {
        Some(target) if !target.is_empty() => format!("{text} ({target})"),
        _ => text,
    }
}

/// The error of an answer whose status says no.
pub fn of_status(failure: &Failure) -> NodeError {
    let body: Option<serde_json::Value> = serde_json::from_slice(failure.body).ok();
    let said = body.as_ref().and_then(|body| Said::read(&failure.service.errors, body));
    let status = failure.status;
    let error = NodeError::new(code(status), format!("Request failed with status code {status}"));
    let error = match &said {
        Some(said) => error.description(said.to_text()),
        None if failure.body.is_empty() => error,
        None => error.description(format!("{}: {}", failure.content_type, beginning(failure.body))),
    };
    let message = said.as_ref().map(Said::to_text).unwrap_or_default();
    let own = failure.service.errors.hints.iter().filter(|hint| {
        hint.status.is_none_or(|wanted| wanted == status)
            && hint
                .contains
                .as_ref()
                .is_none_or(|part| message.to_lowercase().contains(&part.to_lowercase()))
            && hint.effect.is_none_or(|effect| effect == failure.operation.effect)
    });
    let own: Vec<&Text> = own.map(|hint| &hint.text).collect();
    let error = own.iter().fold(error, |error, hint| error.hint(Text::clone(hint)));
    let is_of_some_versions = failure.operation.life != Life::default();
    let error = match &failure.service.credential.version_field {
        Some(field) if status == 404 && is_of_some_versions => error.hint(format!(
            "`{}` is there {}: is the service of another version? With `{field}` in the credential that is told before",
            failure.operation.name, failure.operation.life
        )),
        _ => error,
    };
    let in_part = may_be_done_in_part(failure.operation) && said.as_ref().is_some_and(|said| !said.details.is_empty());
    // Of a write that may be done already, the sender says what is to be done: it must not be sent again blindly.
    let may_be_done_twice = failure.status >= 500
        && done_by_status(failure.status).is_some()
        && Twice::of(&failure.operation.method, failure.operation.effect) == Twice::Two;
    let error = match usual_hint(failure) {
        _ if in_part => {
            error.hint("each line names a part that failed; the others may be done: send only the failed ones again")
        }
        Some(hint) if own.is_empty() && !may_be_done_twice => error.hint(hint),
        _ => error,
    };
    let parameter = said
        .as_ref()
        .and_then(|said| failure.operation.parameter(said.target.as_ref()?));
    let error = error.details(details(failure, said, body));
    match parameter {
        Some(parameter) => error.parameter(parameter.name.clone()),
        None => error,
    }
}

/// Whether the operation does many things at once: it takes a list, and no fields of one thing beside it. Of all others a
/// service's details are the several faults of the one thing, of which nothing is done.
fn may_be_done_in_part(operation: &Operation) -> bool {
    let kinds = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place.is_body())
        .map(|parameter| parameter.kind);
    let kinds: Vec<Kind> = kinds.collect();
    let has_list = kinds.contains(&Kind::Array);
    let has_fields = kinds.iter().any(|kind| !matches!(kind, Kind::Array | Kind::Object));
    operation.effect == Effect::Write && has_list && !has_fields
}

fn code(status: u16) -> &'static str {
    match status {
        400 | 422 => "E0430",
        401 => "E0431",
        403 => "E0432",
        404 => "E0433",
        409 => "E0434",
        412 => "E0435",
        429 => "E0436",
        500.. => "E0438",
        _ => "E0437",
    }
}

fn usual_hint(failure: &Failure) -> Option<String> {
    let credential = failure.credential;
    Some(match failure.status {
        400 | 422 => {
            "the service did not understand the request: compare the values of the parameters with what it says"
                .to_owned()
        }
        300..=399 => redirected(failure),
        401 => format!("check the credential `{credential}`"),
        403 => format!("the credential `{credential}` has no right to this"),
        404 => "what the request names does not exist".to_owned(),
        409 => "what the request names is in a state that does not allow it".to_owned(),
        412 => {
            "it was changed since the ETag in `If-Match` was read: read it again, or leave `If-Match` out".to_owned()
        }
        429 => match failure.retry_after {
            Some(after) => format!("too many requests: the service wants to be left alone for {after} s"),
            None => "too many requests: let fewer items go through at once, or try again later".to_owned(),
        },
        500.. => "the fault is on the side of the service: try again later (`retryOnFail` does)".to_owned(),
        _ => return None,
    })
}

/// What to do where the service sends a request elsewhere that is not followed: it is a write, leads to HTTP, or nowhere.
fn redirected(failure: &Failure) -> String {
    let place = failure.location.map_or_else(|| "nowhere".to_owned(), redirect::shown);
    let done = match failure.operation.effect {
        Effect::Read => "",
        Effect::Write => "nothing was done: a write is sent to no other place; ",
    };
    format!(
        "{done}the service redirects to {place}: give the credential `{}` the URL of the service itself",
        failure.credential
    )
}

fn details(failure: &Failure, said: Option<Said>, body: Option<serde_json::Value>) -> Value {
    let mut object = Object::new();
    object.insert("statusCode", f64::from(failure.status));
    object.insert("request", failure.request);
    object.insert("retriable", done_by_status(failure.status).is_some());
    if let Some(after) = failure.retry_after {
        object.insert("retryAfter", after);
    }
    match (said, body) {
        (Some(said), _) => {
            for (key, text) in [("code", said.code), ("message", said.message), ("target", said.target)] {
                if let Some(text) = text {
                    object.insert(key, text);
                }
            }
            if !said.details.is_empty() {
                object.insert("details", said.details);
            }
        }
        (None, Some(body)) => drop(object.insert("body", Value::from(body))),
        (None, None) => {}
    }
    Value::object(object)
}

/// The error with what is known of it as `errorDetails` beside n8n's `error`, where a workflow can decide by it:
/// `{"errorCode", "parameter"?, "retriable", "statusCode"?, "request"?, "code"?, "message"?, "target"?, "details"?,
/// "description"?, "hints"?}`. `code`, `message`, `target` and `details` are the service's own.
pub fn with_details_beside(mut error: NodeError) -> NodeError {
    let retriable = repeat::done_by_error(&error).is_some();
    let known = &error.error;
    let mut object = Object::new();
    object.insert("errorCode", known.code.clone());
    if let Some(parameter) = &known.parameter {
        object.insert("parameter", parameter.clone());
    }
    object.insert("retriable", retriable);
    let details = known.details.as_ref().and_then(Value::as_object);
    let details = details.into_iter().flat_map(|details| details.iter());
    object.extend(details.map(|(key, value)| (key.clone(), value.clone())));
    if let Some(description) = &known.description {
        object.insert("description", description.clone());
    }
    if !known.hints.is_empty() {
        let hints = known.hints.iter().cloned().map(Value::Text);
        object.insert("hints", hints.collect::<Vec<_>>());
    }
    let beside = [("errorDetails", object)].into_iter().collect::<Object>();
    error.error.beside = Some(Arc::new(beside));
    error
}

/// The first few characters of a body, on one line.
pub fn beginning(body: &[u8]) -> String {
    const SHOWN: usize = 200;
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * SHOWN)]);
    let text = mask::json_text(&text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// An error of the network, with the credential to look at.
pub fn network_hint(error: NodeError, credential: &str) -> NodeError {
    if error.error.code.starts_with("E06") {
        error.hint(format!("the URL is that of the credential `{credential}`"))
    } else {
        error
    }
}
