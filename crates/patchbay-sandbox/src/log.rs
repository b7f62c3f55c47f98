//! The log of requests: what was received and what was answered, without secrets.

use std::fmt;

use axum::http::HeaderMap;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One request and its answer's status.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    /// Counted from 1.
    pub number: usize,
    pub at: Timestamp,
    pub method: String,
    /// As it was sent, percent-encoded.
    pub path: String,
    /// Decoded, in the order in which they were sent; a secret's value is replaced.
    pub query: Vec<(String, String)>,
    /// Names in lower case; a secret's value is replaced.
    pub headers: IndexMap<String, String>,
    /// JSON, or text for what is not JSON; null for none. A secret's value is replaced.
    pub body: Value,
    /// None when the connection was closed without an answer.
    pub status: Option<u16>,
    /// The fault that was made on purpose.
    pub fault: Option<String>,
}

const REDACTED: &str = "(redacted)";

/// Header names whose values are secrets.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];

/// How names of members end whose values are secrets: in lower case, without `_` and `-`.
const SECRET_ENDINGS: [&str; 7] = [
    "password",
    "passphrase",
    "secret",
    "pin",
    "token",
    "apikey",
    "privatekey",
];

/// The headers as they may be shown.
pub(crate) fn headers(headers: &HeaderMap) -> IndexMap<String, String> {
    let shown = headers.iter().map(|(name, value)| {
        let value = if SECRET_HEADERS.contains(&name.as_str()) {
            REDACTED.to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        (name.as_str().to_owned(), value)
    });
    shown.collect()
}

/// The body as it may be shown. A request for a token is shown without its body, which is little more than a secret.
pub(crate) fn body(path: &str, bytes: &[u8]) -> Value {
    if path == "/connect/token" {
        return Value::from(REDACTED);
    }
    if bytes.is_empty() {
        return Value::Null;
    }
    let mut body =
        serde_json::from_slice(bytes).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(bytes).into_owned()));
    redact(&mut body);
    body
}

/// The query as it may be shown.
pub(crate) fn query(query: Vec<(String, String)>) -> Vec<(String, String)> {
    let shown = query.into_iter().map(|(name, value)| {
        let value = if is_secret(&name) { REDACTED.to_owned() } else { value };
        (name, value)
    });
    shown.collect()
}

/// Replaces the text and numbers of members with secret names, however deep they are.
fn redact(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(redact),
        Value::Object(members) => {
            for (name, value) in members {
                // A switch such as `{"VoicemailPIN": true}` is none.
                if is_secret(name) && (value.is_string() || value.is_number()) {
                    *value = Value::from(REDACTED);
                } else {
                    redact(value);
                }
            }
        }
        _ => {}
    }
}

/// Whether a member, or a parameter of a query, holds a secret by its name: `AuthPassword`, `VMPIN`, `access_token`.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)?;
        for (index, (name, value)) in self.query.iter().enumerate() {
            write!(formatter, "{}{name}={value}", if index == 0 { '?' } else { '&' })?;
        }
        match self.status {
            Some(status) => write!(formatter, " {status}")?,
            None => formatter.write_str(" (no answer)")?,
        }
        match &self.fault {
            Some(fault) => write!(formatter, " [fault: {fault}]"),
            None => Ok(()),
        }
    }
}
