//! What a script catches where its request fails: names, codes and texts are those of n8n's client for HTTP, which
//! scripts look at.

use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::Request;
use url::Url;

use super::{Fault, Style, own};
use crate::http_request;

/// An error of JavaScript's to be.
pub struct Failure {
    pub message: Text,
    /// `Error` or `TypeError`.
    class: &'static str,
    /// What the error has beside its message.
    fields: Object,
    pub hints: Vec<Text>,
}

impl Failure {
    /// `{message, class, fields}`, for `script_prelude.js`.
    pub fn to_value(&self) -> Value {
        let mut object = Object::new();
        object.insert("message", self.message.clone());
        object.insert("class", self.class);
        object.insert("fields", self.fields.clone());
        Value::object(object)
    }

    /// What axios, the client, calls an error of its own.
    pub fn axios(message: impl Into<Text>, code: &str) -> Self {
        Self::client(message, "AxiosError", code)
    }

    /// What the client passes on.
    fn client(message: impl Into<Text>, name: &str, code: &str) -> Self {
        let mut fields = Object::new();
        fields.insert("name", name);
        fields.insert("isAxiosError", true);
        fields.insert("code", code);
        Self {
            message: message.into(),
            class: "Error",
            fields,
            hints: Vec::new(),
        }
    }

    /// An error of Node.js; `code` may be empty.
    pub fn thrown(class: &'static str, message: impl Into<Text>, code: &str) -> Self {
        let fields = [("code", code)].into_iter().filter(|(_, code)| !code.is_empty());
        Self {
            message: message.into(),
            class,
            fields: fields.collect(),
            hints: Vec::new(),
        }
    }

    /// There is no such address.
    pub fn invalid_url(address: &str) -> Self {
        let mut failure = Self::thrown("TypeError", "Invalid URL", "ERR_INVALID_URL");
        failure.fields.insert("input", address);
        failure
    }
}

/// Where a request went, for the words of what became of it.
pub struct Way {
    url: String,
    proxy: Option<Text>,
    /// In milliseconds.
    timeout: Option<f64>,
}

impl Way {
    pub fn of(request: &Request) -> Self {
        Self {
            url: request.url.clone(),
            proxy: request.options.proxy.clone(),
            timeout: request.timeout.map(|timeout| timeout.as_millis() as f64),
        }
    }
}

/// The answer's status is no success.
pub fn of_status(status: u16, body: Value, style: Style) -> Failure {
    let code = if (400..500).contains(&status) {
        "ERR_BAD_REQUEST"
    } else {
        "ERR_BAD_RESPONSE"
    };
    let message = match style {
        Style::Modern => format!("Request failed with status code {status}"),
        Style::Legacy => format!("{status} - {}", body.to_json()),
    };
    let mut failure = Failure::axios(message, code);
    failure.fields.insert("status", usize::from(status));
    if style == Style::Legacy {
        failure.fields.insert("statusCode", usize::from(status));
        if matches!(body, Value::Text(_)) {
            failure.fields.insert("error", body);
        }
    }
    failure
}

/// What went wrong on the way there or back.
pub fn of_network(error: NodeError, way: &Way) -> Fault {
    let hints = error.error.hints.clone();
    let mut failure = match error.error.code.as_str() {
        "E0601" | "E0602" | "E0603" | "E0606" | "E0609" | "E0620" => {
            let shown = http_request::of_network(error, &way.url, way.proxy.as_deref(), way.timeout, true).shown;
            let text = |name: &str| shown.get(name).map(Value::to_text).unwrap_or_default();
            Failure::client(text("message"), &text("name"), &text("code"))
        }
        "E0604" => Failure::client(error.error.message.clone(), "Error", "EPROTO"),
        "E0607" if error.error.message.starts_with("Header name") => {
            Failure::thrown("TypeError", error.error.message.clone(), "ERR_INVALID_HTTP_TOKEN")
        }
        "E0607" if error.error.message.starts_with("Invalid character") => {
            Failure::thrown("TypeError", error.error.message.clone(), "ERR_INVALID_CHAR")
        }
        _ => return own(error),
    };
    failure.hints = hints;
    failure.into()
}

/// Whether the client speaks the protocol of an address.
pub fn check_protocol(url: &Url) -> Result<(), Failure> {
    match url.scheme() {
        "http" | "https" => Ok(()),
        other => {
            let message = format!("Unsupported protocol {other}:");
            Err(Failure::axios(message, "ERR_BAD_REQUEST"))
        }
    }
}
