//! An answer as HTTP has it: OData's headers, a part of a file for who asks for one, and nothing for who has it already.

use std::ops::Range;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Map, Value};

use crate::odata::Error;
use crate::service::{Content, Reply};

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// What a client asks of the answer beside what is in it.
#[derive(Default)]
pub(super) struct Wishes<'a> {
    /// `Range`.
    range: Option<&'a str>,
    /// `If-None-Match`.
    known: Option<&'a str>,
    /// `odata.metadata=none`, of `$format` or `Accept`: without contexts and ETags.
    without_metadata: bool,
}

impl<'a> Wishes<'a> {
    pub(super) fn of(headers: &'a HeaderMap, query: &[(String, String)]) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let format = query.iter().find(|(name, _)| name == "$format");
        let format = format.map(|(_, value)| value.as_str()).or(text(header::ACCEPT));
        Self {
            range: text(header::RANGE),
            known: text(header::IF_NONE_MATCH),
            without_metadata: format.is_some_and(|format| format.contains("odata.metadata=none")),
        }
    }

    /// Whether the client has the state of an entity already.
    fn has(&self, etag: &str) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        self.known
            .is_some_and(|known| known.trim() == "*" || known.split(',').any(|tag| opaque(tag) == opaque(etag)))
    }
}

/// The answer to a request to the API.
pub(super) fn respond(answer: Result<Reply, Error>, wishes: &Wishes) -> Response<Body> {
    let reply = match answer {
        Ok(reply) => reply,
        Err(error) => {
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
            return (status, [(ODATA_VERSION, "4.0")], Json(error.body())).into_response();
        }
    };
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let is_known = status == StatusCode::OK && reply.etag.as_deref().is_some_and(|etag| wishes.has(etag));
    let mut response = match reply.content {
        _ if is_known => StatusCode::NOT_MODIFIED.into_response(),
        Content::Nothing => status.into_response(),
        Content::Json(value) => json(status, value, wishes),
        Content::Text(text) => (status, [(header::CONTENT_TYPE, "text/plain")], text).into_response(),
        Content::Xml(text) => (status, [(header::CONTENT_TYPE, "application/xml")], text).into_response(),
        Content::File {
            bytes,
            content_type,
            name,
        } => file(bytes, content_type, &name, wishes),
    };
    let headers = response.headers_mut();
    headers.insert(ODATA_VERSION, HeaderValue::from_static("4.0"));
    for (name, value) in [(header::ETAG, reply.etag), (header::LOCATION, reply.location)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(name, value);
        }
    }
    response
}

fn json(status: StatusCode, mut value: Value, wishes: &Wishes) -> Response<Body> {
    let level = if wishes.without_metadata { "none" } else { "minimal" };
    if wishes.without_metadata {
        strip_metadata(&mut value);
    }
    let content_type = format!("application/json; odata.metadata={level}; odata.streaming=true; charset=utf-8");
    (status, [(header::CONTENT_TYPE, content_type)], value.to_string()).into_response()
}

/// Takes all annotations away but those that a client can not do without.
fn strip_metadata(value: &mut Value) {
    let strip = |properties: &mut Map<String, Value>| {
        properties.retain(|name, _| {
            !name.contains("@odata.") || name.ends_with("@odata.count") || name.ends_with("@odata.nextLink")
        });
        properties.values_mut().for_each(strip_metadata);
    };
    match value {
        Value::Object(properties) => strip(properties),
        Value::Array(items) => items.iter_mut().for_each(strip_metadata),
        _ => {}
    }
}

/// A file, or the part of it that is asked for.
fn file(bytes: Vec<u8>, content_type: &'static str, name: &str, wishes: &Wishes) -> Response<Body> {
    let length = bytes.len();
    let asked = wishes.range.map_or(Asked::All, |range| asked(range, length));
    let (status, body, range) = match asked {
        Asked::All => (StatusCode::OK, bytes, None),
        Asked::Part(part) => {
            let told = format!("bytes {}-{}/{length}", part.start, part.end - 1);
            (StatusCode::PARTIAL_CONTENT, bytes[part].to_vec(), Some(told))
        }
        Asked::Outside => {
            let told = format!("bytes */{length}");
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, told)]).into_response();
        }
    };
    let disposition = format!(
        "attachment; filename=\"{}\"",
        name.replace(['"', '\\', '\r', '\n'], "_")
    );
    let mut response = (
        status,
        [(header::CONTENT_TYPE, content_type), (header::ACCEPT_RANGES, "bytes")],
        body,
    )
        .into_response();
    for (name, value) in [
        (header::CONTENT_DISPOSITION, Some(disposition)),
        (header::CONTENT_RANGE, range),
    ] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// What `Range` asks of so many bytes.
#[derive(Debug, PartialEq)]
enum Asked {
    /// Also where it can not be understood, or asks for several parts: then the whole is a right answer.
    All,
    Part(Range<usize>),
    Outside,
}

fn asked(range: &str, length: usize) -> Asked {
    let Some((first, last)) = range
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::All;
    };
    let part = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(length),
        (Ok(first), Err(_)) if last.is_empty() => first..length,
        (Err(_), Ok(last)) if first.is_empty() => length.saturating_sub(last)..length,
        _ => return Asked::All,
    };
    if part.is_empty() {
        Asked::Outside
    } else {
        Asked::Part(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parts_of_what_is_there() {
        let rows = [
            ("bytes=0-3", Asked::Part(0..4)),
            ("bytes=4-", Asked::Part(4..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-30", Asked::Part(0..10)),
            ("bytes=8-30", Asked::Part(8..10)),
            ("bytes=10-", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=3-2", Asked::All),
            ("bytes=0-1,4-5", Asked::All),
            ("items=0-1", Asked::All),
        ];
        for (range, expected) in rows {
            assert_eq!(asked(range, 10), expected, "{range}");
        }
    }
}
