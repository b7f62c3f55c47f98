//! How a request differs from what an exchange expects.

use bytes::Bytes;
use patchbay_model::Value;

use super::{Sent, headers, readable, target};
use crate::case::exchange::{Content, Expected, decoded, gathered, split_origin};
use crate::case::key;
use crate::pattern::{self, Change, Difference, Step};

/// How a request differs from what is expected.
pub(super) fn differences(expected: &Expected, sent: &Sent) -> Vec<Difference> {
    let mut found = Vec::new();
    let (origin, _) = split_origin(&sent.url);
    let target = target(&sent.url);
    let (path, query) = target
        .split_once('?')
        .map_or((target, ""), |(path, query)| (path, query));
    let mut hold = |name: &str, expected: &Value, actual: Value| {
        found.extend(pattern::differences(expected, &actual).into_iter().map(|difference| {
            let mut path = vec![key(name)];
            path.extend(difference.path);
            Difference { path, ..difference }
        }));
    };
    hold(
        "method",
        &Value::text(expected.method.clone()),
        Value::text(sent.method.clone()),
    );
    if let Some(wanted) = &expected.origin {
        hold(
            "origin",
            &Value::from(wanted.as_str()),
            Value::from(origin.unwrap_or_default()),
        );
    }
    hold("path", &expected.path, Value::from(path));
    if let Some(wanted) = &expected.query {
        hold(
            "query",
            &Value::object(wanted.clone()),
            Value::object(gathered(decoded(query))),
        );
    }
    if let Some(node) = &expected.node {
        hold("node", &Value::text(node.clone()), Value::text(sent.node.clone()));
    }
    if let Some(wanted) = &expected.headers {
        hold("headers", &Value::object(wanted.clone()), Value::object(headers(sent)));
    }
    found.extend(body_differences(&expected.body, &sent.body));
    found
}

fn body_differences(expected: &Content, body: &Bytes) -> Vec<Difference> {
    let text = || Value::from(String::from_utf8_lossy(body).into_owned());
    let (name, expected, actual) = match expected {
        Content::Any => return Vec::new(),
        Content::Nothing if body.is_empty() => return Vec::new(),
        Content::Nothing => {
            return vec![Difference {
                path: vec![key("body")],
                kind: Change::Extra(readable(body)),
            }];
        }
        Content::Json(wanted) => ("json", wanted.clone(), readable(body)),
        Content::Form(wanted) => (
            "form",
            Value::object(wanted.clone()),
            Value::object(gathered(decoded(&String::from_utf8_lossy(body)))),
        ),
        Content::Text(wanted) => ("text", wanted.clone(), text()),
        Content::Bytes(wanted) if wanted == body => return Vec::new(),
        Content::Bytes(wanted) => (
            "file",
            Value::from(format!("{} bytes", wanted.len())),
            Value::from(format!("{} other bytes", body.len())),
        ),
    };
    let found = pattern::differences(&expected, &actual);
    let below = |difference: Difference| {
        let mut path = vec![key(name)];
        path.extend(difference.path);
        Difference { path, ..difference }
    };
    found.into_iter().map(below).collect()
}

/// The part of a case's file that a difference of a request is about.
pub fn step_in_file(difference: &Difference) -> Vec<Step> {
    match difference.path.first() {
        Some(Step::Key(name)) if matches!(name.as_str(), "method" | "origin" | "path" | "query" | "body") => {
            vec![key("request")]
        }
        _ => difference.path.clone(),
    }
}
