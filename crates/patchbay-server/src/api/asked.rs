//! What a request to the API says: its path, its query, its body, with n8n's words about what is wrong with them.

use std::collections::HashMap;

use axum::extract::{RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::fault::Fault;

/// A request.
pub struct Asked {
    params: HashMap<String, String>,
    query: HashMap<String, String>,
    /// `None` where there is no body.
    body: Option<Value>,
}

impl Asked {
    /// Refuses a query of names that are not `known`, a body that is larger than so many bytes, and one that is not JSON.
    pub async fn read(
        params: &RawPathParams,
        known: &[&str],
        request: Request,
        largest_body: u64,
    ) -> Result<Self, Fault> {
        let query = query(request.uri().query().unwrap_or_default())?;
        if let Some(unknown) = query.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Fault::bad(format!("Unknown query parameter '{unknown}'")));
        }
        let media = request.headers().get(CONTENT_TYPE);
        let media = media.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim().to_lowercase();
        let limit = usize::try_from(largest_body).unwrap_or(usize::MAX);
        let body = axum::body::to_bytes(request.into_body(), limit).await.map_err(|_| {
            let message = format!("The body is larger than {largest_body} bytes, or broke off");
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, message)
        })?;
        let body = if body.is_empty() {
            None
        } else if media == "application/json" {
            let body = serde_json::from_slice(&body);
            Some(body.map_err(|error| Fault::bad(format!("Failed to parse request body: {error}")))?)
        } else {
            let message = format!("unsupported media type {media}");
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        };
        Ok(Self {
            params: params
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            query,
            body,
        })
    }

    /// A part of the path.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The number of an execution.
    pub fn number(&self, name: &str) -> Result<u64, Fault> {
        let number = self.param(name).parse::<u64>().ok();
        let number = number.filter(|number| i64::try_from(*number).is_ok());
        number.ok_or_else(|| Fault::bad(format!("request/params/{name} must be number")))
    }

    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.query(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Fault::bad(format!("request/query/{name} must be boolean"))),
        }
    }

    /// The body as an object; an empty one where there is none and `optional` says so.
    pub fn object(&self, optional: bool) -> Result<Map<String, Value>, Fault> {
        match &self.body {
            Some(Value::Object(object)) => Ok(object.clone()),
            None if optional => Ok(Map::new()),
            _ => Err(Fault::bad("request/body must be object")),
        }
    }

    pub fn array(&self) -> Result<&[Value], Fault> {
        match &self.body {
            Some(Value::Array(array)) => Ok(array),
            _ => Err(Fault::bad("request/body must be array")),
        }
    }
}

fn query(text: &str) -> Result<HashMap<String, String>, Fault> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8();
        decoded
            .map(std::borrow::Cow::into_owned)
            .map_err(|_| Fault::bad("request/query must be UTF-8"))
    };
    let mut query = HashMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        if query.insert(name.clone(), decode(value)?).is_some() {
            return Err(Fault::bad(format!("request/query/{name} must be given once")));
        }
    }
    Ok(query)
}

/// What an object of a body must and may have, with n8n's words.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// Only these fields may be there, and of these which are read only none.
    pub fn new(object: &'a Map<String, Value>, known: &[&str], read_only: &[&str]) -> Result<Self, Fault> {
        if let Some(name) = object.keys().find(|name| read_only.contains(&name.as_str())) {
            return Err(Fault::bad(format!("request/body/{name} is read-only")));
        }
        if object.keys().any(|name| !known.contains(&name.as_str())) {
            return Err(Fault::bad("request/body must NOT have additional properties"));
        }
        Ok(Self { object })
    }

    fn needed(&self, name: &str) -> Result<&'a Value, Fault> {
        let missing = || Fault::bad(format!("request/body must have required property '{name}'"));
        self.object.get(name).ok_or_else(missing)
    }

    pub fn text(&self, name: &str) -> Result<&'a str, Fault> {
        let wrong = || Fault::bad(format!("request/body/{name} must be string"));
        self.needed(name)?.as_str().ok_or_else(wrong)
    }

    pub fn array(&self, name: &str) -> Result<&'a [Value], Fault> {
        let wrong = || Fault::bad(format!("request/body/{name} must be array"));
        self.needed(name)?.as_array().map(Vec::as_slice).ok_or_else(wrong)
    }

    pub fn object(&self, name: &str) -> Result<&'a Map<String, Value>, Fault> {
        let wrong = || Fault::bad(format!("request/body/{name} must be object"));
        self.needed(name)?.as_object().ok_or_else(wrong)
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.object.get(name) {
            None => Ok(None),
            Some(_) => self.text(name).map(Some),
        }
    }

    pub fn optional_flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        let wrong = || Fault::bad(format!("request/body/{name} must be boolean"));
        self.object
            .get(name)
            .map(|value| value.as_bool().ok_or_else(wrong))
            .transpose()
    }
}
