//! One request, from the parameters to what is sent.

use std::sync::Arc;
use std::time::Duration;

use patchbay_model::{Object, Value};
use patchbay_node::Context;
use patchbay_node::capability::http::{Body, Effect, Options, Request};

use super::authorized::Authorization;
use super::body::Content;
use super::query::{self, Arrays};

/// One request to come, as far as it is known before its page is.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) query: Object,
    pub(super) arrays: Arrays,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Content,
    /// Milliseconds, where the workflow sets it.
    pub(crate) timeout: Option<f64>,
    pub(crate) options: Options,
    pub(super) authorization: Authorization,
}

impl Draft {
    pub(crate) fn new(method: String, url: String) -> Self {
        Self {
            method,
            url,
            query: Object::new(),
            arrays: Arrays::Indices,
            headers: Vec::new(),
            body: Content::Empty,
            timeout: None,
            options: Options::default(),
            authorization: Authorization::default(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a header in place of one of the same name, without what may not stand in a value: a line break would begin
    /// another header.
    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        let name = name.trim();
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.add_header(name, value);
    }

    /// As [`Draft::set_header`], but beside those of the same name.
    pub(super) fn add_header(&mut self, name: &str, value: impl Into<String>) {
        let mut value: String = value.into();
        value.retain(|letter| letter == '\t' || !letter.is_ascii_control());
        let value = value.trim_matches(['\t', ' ']).to_owned();
        self.headers.push((name.trim().to_owned(), value));
    }

    /// Adds to a body of JSON or of form fields.
    pub(crate) fn set_body_field(&mut self, name: &str, value: Value) {
        match &mut self.body {
            Content::Json(Value::Object(object)) => {
                drop(Arc::make_mut(object).insert(name, value));
            }
            Content::Form(object) => drop(object.insert(name, value)),
            body => {
                let mut object = Object::new();
                object.insert(name, value);
                *body = Content::Json(Value::object(object));
            }
        }
    }

    /// The URL with the query parameters after its own.
    pub(super) fn whole_url(&self) -> String {
        query::add(&self.url, &query::encode(&self.query, self.arrays))
    }

    /// The request with a body that can be sent.
    pub(super) fn to_request(&self, context: &Context<'_>, item: usize) -> Request {
        let mut request = Request::new(self.method.clone(), self.whole_url());
        request.effect = Effect::of_method(&self.method);
        request.node = context.node.name.clone();
        request.item = Some(item);
        request.options = self.options.clone();
        // What no duration can hold is no limit.
        let timeout = self
            .timeout
            .map(|wait| Duration::try_from_secs_f64(wait.max(0.0) / 1000.0));
        request.timeout = timeout.and_then(Result::ok);
        let headers = self.headers.iter();
        request.headers = headers.map(|(name, value)| (name.into(), value.into())).collect();
        let (content_type, body) = self.body.encode();
        if let Some(content_type) = content_type
            && self.header("content-type").is_none()
        {
            request.headers.push(("content-type".into(), content_type.into()));
        }
        let is_empty = match &body {
            Body::Empty => true,
            Body::Bytes(bytes) => bytes.is_empty(),
            Body::Pieces(_) => false,
        };
        if is_empty && matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            request.headers.push(("content-length".into(), "0".into()));
        }
        request.body = body;
        request
    }
}
