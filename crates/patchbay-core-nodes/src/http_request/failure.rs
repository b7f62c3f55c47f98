//! Why a request failed, in n8n's words.

use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::NodeError;
use url::Url;

use super::response::Answer;

/// A failed item: the error that ends the node, and the value of `error` in the item where the node goes on.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: NodeError,
    pub(crate) shown: Value,
    /// The node fails even where failed items go on: it was cancelled, or n8n fails there too.
    pub(crate) fatal: bool,
    /// The items of the pages before, which are kept where failed items go on.
    pub(crate) before: Vec<Item>,
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        Self {
            shown: Value::Text(error.error.message.clone()),
            fatal: error.is_cancelled(),
            before: Vec::new(),
            error,
        }
    }
}

impl Failure {
    /// An error that JavaScript raised while the request was on its way: where the node goes on, n8n shows none of it.
    pub(super) fn thrown(error: NodeError) -> Self {
        Self {
            shown: Value::object(Object::new()),
            ..error.into()
        }
    }

    /// An error of axios, without an answer.
    pub(super) fn axios(error: NodeError) -> Self {
        let mut shown = Object::with_capacity(3);
        shown.insert("message", error.error.message.clone());
        shown.insert("name", "AxiosError");
        shown.insert("code", "ERR_BAD_REQUEST");
        Self {
            shown: Value::object(shown),
            ..error.into()
        }
    }

    /// An error that n8n raises itself while pages are asked for: where the node goes on, it is shown whole.
    pub(super) fn operation(error: NodeError, now: f64) -> Self {
        let mut place = Object::new();
        if let Some(item) = error.error.item {
            place.insert("itemIndex", item);
        }
        let mut shown = Object::with_capacity(5);
        shown.insert("message", error.error.message.clone());
        shown.insert("timestamp", Value::Number(now));
        shown.insert("name", "NodeOperationError");
        shown.insert("description", error.error.description.clone().unwrap_or_default());
        shown.insert("context", place);
        Self {
            shown: Value::object(shown),
            ..error.into()
        }
    }

    /// The node fails even where failed items go on, as n8n's does.
    pub(super) fn fatal(self) -> Self {
        Self { fatal: true, ..self }
    }
}

/// Fields in which services say what went wrong, the one that counts first.
const MESSAGES: [&str; 24] = [
    "cause",
    "error",
    "message",
    "Message",
    "msg",
    "messages",
    "description",
    "reason",
    "detail",
    "details",
    "errors",
    "errorMessage",
    "errorMessages",
    "ErrorMessage",
    "error_message",
    "_error_message",
    "errorDescription",
    "error_description",
    "error_summary",
    "error_info",
    "title",
    "text",
    "field",
    "err",
];

/// An answer that is no success. `text` is its body; `parsed`, whether n8n had read it as JSON when it failed.
pub(super) fn of_status(status: u16, text: &str, parsed: bool, legacy: bool) -> Failure {
    let json = Value::from_json(text).ok();
    let body = match &json {
        Some(json) if parsed => json.to_json(),
        _ => Value::text(text).to_json(),
    };
    let told = format!("{status} - {body}");
    let from_body = match &json {
        Some(json) => message_in(json),
        None if text.is_empty() => None,
        None => Some(text.into()),
    };
    let mut error = match message_of(status) {
        Some(message) => NodeError::new("E0920", message),
        None => NodeError::new("E0920", told.clone()),
    };
    if status == 429 {
        error = error.description(SPACING);
    } else if !legacy || error.error.message != told {
        match from_body {
            Some(description) => error = error.description(description),
            None if error.error.message != told => error = error.description(told.clone()),
            None => {}
        }
    }
    let mut details = Object::with_capacity(2);
    details.insert("httpCode", usize::from(status));
    details.insert("body", json.unwrap_or_else(|| Value::text(text)));
    let mut shown = Object::with_capacity(4);
    if status == 429 && !legacy {
        shown.insert("message", SPACING);
    } else {
        shown.insert("message", told);
    }
    shown.insert("name", "AxiosError");
    shown.insert(
        "code",
        if (400..500).contains(&status) {
            "ERR_BAD_REQUEST"
        } else {
            "ERR_BAD_RESPONSE"
        },
    );
    shown.insert("status", usize::from(status));
    Failure {
        error: error.details(Value::object(details)),
        shown: Value::object(shown),
        fatal: false,
        before: Vec::new(),
    }
}

/// A page that is neither a success nor the last; n8n words it by itself.
pub(super) fn of_page(answer: &Answer, body: &Value) -> Failure {
    let status = answer.status;
    let text = match body {
        Value::Text(text) => text.to_string(),
        body => body.to_json(),
    };
    let mut failure = of_status(status, &text, false, false);
    if message_of(status).is_none() {
        failure.error.error.message = format!("{status} - \"{text}\"").into();
    }
    let json = Value::from_json(&text).ok();
    failure.error.error.description = match &json {
        Some(json) => message_in(json),
        None => (!text.is_empty()).then(|| text.as_str().into()),
    };
    let mut response = Object::with_capacity(3);
    response.insert("headers", answer.headers.clone());
    response.insert("status", usize::from(status));
    response.insert("statusText", answer.status_text.clone());
    let mut shown = Object::with_capacity(4);
    shown.insert("statusCode", usize::from(status));
    shown.insert("error", text);
    shown.insert("isAxiosError", true);
    shown.insert("response", response);
    Failure {
        shown: Value::object(shown),
        ..failure
    }
}

/// What was asked and what came, without what may be secret: user, password, query.
pub(super) fn answered(method: &str, url: &str, status: u16) -> String {
    let shown = Url::parse(url).map_or_else(
        |_| url.split(['?', '#']).next().unwrap_or_default().to_owned(),
        |url| format!("{}{}", url.origin().ascii_serialization(), url.path()),
    );
    format!("{method} {shown} answered with status {status}")
}

/// What a service says in its answer; several messages with bars between them.
fn message_in(value: &Value) -> Option<Text> {
    match value {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(_) => Some(value.to_text()),
        Value::Array(values) => {
            let messages: Vec<Text> = values.iter().filter_map(message_in).collect();
            (!messages.is_empty()).then(|| messages.join(" | ").into())
        }
        Value::Object(object) => MESSAGES
            .iter()
            .chain(&["type"])
            .find_map(|name| object.get(name).and_then(message_in)),
        _ => None,
    }
}

fn message_of(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "Bad request - please check your parameters",
        401 => "Authorization failed - please check your credentials",
        402 => "Payment required - perhaps check your payment details?",
        403 => "Forbidden - perhaps check your credentials?",
        404 => "The resource you are requesting could not be found",
        405 => "Method not allowed - please check you are using the right HTTP method",
        429 => "The service is receiving too many requests from you",
        406..=428 | 430..500 => "Your request is invalid or could not be processed by the service",
        500 => "The service was not able to process your request",
        502 => "Bad gateway - the service failed to handle your request",
        503 => {
            "Service unavailable - try again later or consider setting this node to retry automatically (in the node \
             settings)"
        }
        504 => "Gateway timed out - perhaps try again later?",
        501 | 505..600 => "The service failed to process your request",
        _ => return None,
    })
}

const SPACING: &str = "Try spacing your requests out using the batching settings under 'Options'";

const SSL_ISSUE: &str = "SSL Issue: consider using the 'Ignore SSL issues' option";

/// A failure on the way there or back, in n8n's words where it has some. `timeout` is in milliseconds.
/// A refused connection is one to the proxy, where there is one.
pub(crate) fn of_network(
    mut error: NodeError,
    url: &str,
    proxy: Option<&str>,
    timeout: Option<f64>,
    legacy: bool,
) -> Failure {
    if error.error.code == "E0607" {
        // Node.js raised it, and of its errors n8n shows but this.
        let mut shown = Object::with_capacity(1);
        shown.insert("code", "ERR_INVALID_HTTP_TOKEN");
        return Failure {
            shown: Value::object(shown),
            fatal: false,
            before: Vec::new(),
            error,
        };
    }
    let parsed = Url::parse(proxy.unwrap_or(url)).ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    let port = parsed.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
    let timed_out = format!("timeout of {}ms exceeded", timeout.unwrap_or_default());
    let (message, raw, name, code) = match error.error.code.as_str() {
        "E0601" | "E0620" => (
            "The service refused the connection - perhaps it is offline".to_owned(),
            format!("connect ECONNREFUSED {host}:{port}"),
            "Error",
            "ECONNREFUSED",
        ),
        "E0602" => (
            "The connection cannot be established, this usually occurs due to an incorrect host (domain) value"
                .to_owned(),
            format!("getaddrinfo ENOTFOUND {host}"),
            "Error",
            "ENOTFOUND",
        ),
        "E0603" if legacy => (timed_out.clone(), timed_out, "AxiosError", "ECONNABORTED"),
        "E0603" => (
            "The connection was aborted, perhaps the server is offline".to_owned(),
            timed_out,
            "AxiosError",
            "ECONNABORTED",
        ),
        "E0606" => (
            "The connection to the server was closed unexpectedly, perhaps it is offline. You can retry the request \
             immediately or wait and retry later."
                .to_owned(),
            "socket hang up".to_owned(),
            "Error",
            "ECONNRESET",
        ),
        "E0604" if error.error.message.contains("UnknownIssuer") => (
            "unable to verify the first certificate".to_owned(),
            "unable to verify the first certificate".to_owned(),
            "Error",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ),
        "E0604" => (SSL_ISSUE.to_owned(), SSL_ISSUE.to_owned(), "NodeSslError", "E0604"),
        "E0609" => (
            "Maximum number of redirects exceeded".to_owned(),
            "Maximum number of redirects exceeded".to_owned(),
            "Error [ERR_FR_TOO_MANY_REDIRECTS]",
            "ERR_FR_TOO_MANY_REDIRECTS",
        ),
        _ => return error.into(),
    };
    let told = std::mem::replace(&mut error.error.message, message.into());
    error.error.description.get_or_insert(told);
    let mut shown = Object::with_capacity(3);
    shown.insert("message", raw);
    shown.insert("name", name);
    shown.insert("code", code);
    Failure {
        error,
        shown: Value::object(shown),
        fatal: false,
        before: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_told_without_secrets() {
        for (url, shown) in [
            (
                "https://user:word@a.example.com:8443/b?key=1#c",
                "https://a.example.com:8443/b",
            ),
            ("http://a.example.com", "http://a.example.com/"),
            ("nowhere?key=1", "nowhere"),
        ] {
            assert_eq!(
                answered("GET", url, 404),
                format!("GET {shown} answered with status 404")
            );
        }
    }

    #[test]
    fn a_status_is_told_as_in_n8n() {
        for (status, body, message, description) in [
            (
                404,
                r#"{"message": "gone"}"#,
                "The resource you are requesting could not be found",
                Some("gone"),
            ),
            (
                400,
                r#"{"x": 1}"#,
                "Bad request - please check your parameters",
                Some("400 - \"{\\\"x\\\": 1}\""),
            ),
            (
                418,
                "tea",
                "Your request is invalid or could not be processed by the service",
                Some("tea"),
            ),
            (302, "moved", "302 - \"moved\"", Some("moved")),
            (304, "", "304 - \"\"", None),
            (
                500,
                r#"{"errors": [{"message": "a"}, "b"]}"#,
                "The service was not able to process your request",
                Some("a | b"),
            ),
        ] {
            let failure = of_status(status, body, false, false);
            assert_eq!(failure.error.error.message, message, "{body}");
            assert_eq!(failure.error.error.description.as_deref(), description, "{body}");
        }
    }
}
