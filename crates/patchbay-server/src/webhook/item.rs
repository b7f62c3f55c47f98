//! The item that a request becomes.

use std::sync::Arc;

use axum::http::HeaderMap;
use patchbay_model::{Item, Object, Value};

use super::request::Content;

/// What else the item says of a request.
pub struct Told<'a> {
    pub headers: &'a HeaderMap,
    pub params: Object,
    pub query: Object,
    pub url: String,
    /// `production` or `test`.
    pub mode: &'static str,
    pub jwt: Option<Value>,
}

/// n8n's item for a request.
pub fn item(told: Told<'_>, content: Content) -> Item {
    let mut json = Object::with_capacity(7);
    let mut headers = Object::with_capacity(told.headers.len());
    for (name, value) in told.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match headers.get(name.as_str()).and_then(Value::as_str) {
            Some(first) => format!("{first}, {value}"),
            None => value.into_owned(),
        };
        headers.insert(name.as_str(), value);
    }
    json.insert("headers", headers);
    json.insert("params", told.params);
    json.insert("query", told.query);
    if let Some(body) = content.body {
        json.insert("body", body);
    }
    json.insert("webhookUrl", told.url);
    json.insert("executionMode", told.mode);
    if let Some(jwt) = told.jwt {
        json.insert("jwtPayload", jwt);
    }
    Item {
        binary: (!content.files.is_empty()).then(|| Arc::new(content.files)),
        ..Item::new(json)
    }
}
