//! A request that went out and what it got, as a case has them: only what is not usual is written.

use patchbay_model::{Object, Value};

use super::attachment::{Attachments, extension};
use super::text;
use crate::case::exchange::{Answer, decoded, gathered};
use crate::case::node::Defaults;
use crate::world::http::{Sent, readable, target};

/// A request as a case has it, with the answer that it got.
pub fn shown_exchange(sent: &Sent, answer: &Answer, defaults: &Defaults, attachments: &mut Attachments) -> Object {
    let mut exchange = shown_request(sent, defaults, attachments);
    exchange.insert("answer", shown_answer(answer, defaults, attachments));
    exchange
}

/// `request`, and where there is something to say `query`, `headers`, `json`, `form`, `text` or `file`.
pub fn shown_request(sent: &Sent, defaults: &Defaults, attachments: &mut Attachments) -> Object {
    let target = target(&sent.url);
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    let mut exchange = Object::new();
    exchange.insert("request", format!("{} {path}", sent.method));
    if let Some(query) = query {
        exchange.insert("query", gathered(decoded(query)));
    }
    let mut usual = defaults.headers();
    let is_text = std::str::from_utf8(&sent.body).is_ok();
    if !is_text {
        attachments.keep(&sent.body, "bin", &mut exchange);
    }
    let body = (is_text && !sent.body.is_empty()).then(|| readable(&sent.body));
    let content_type = crate::world::http::headers(sent)
        .get("content-type")
        .map(Value::to_text)
        .unwrap_or_default();
    if let Some(body) = body {
        let (key, value) = match &body {
            _ if content_type.starts_with("application/x-www-form-urlencoded") => {
                let form = gathered(decoded(&String::from_utf8_lossy(&sent.body)));
                usual.insert("content-type", "application/x-www-form-urlencoded");
                ("form", Value::object(form))
            }
            Value::Text(_) => ("text", body.clone()),
            _ => {
                usual.insert("content-type", "application/json");
                ("json", body.clone())
            }
        };
        exchange.insert(key, value);
    }
    let mut headers = Object::new();
    let actual = crate::world::http::headers(sent);
    for (name, value) in &actual {
        if usual.get(name) != Some(value) {
            headers.insert(name.clone(), value.clone());
        }
    }
    for name in usual.keys().filter(|name| !actual.contains_key(name)) {
        headers.insert(name.clone(), false);
    }
    if !headers.is_empty() {
        exchange.insert("headers", headers);
    }
    exchange
}

/// `status`, `headers` and the body, but for what is usual.
pub fn shown_answer(answer: &Answer, defaults: &Defaults, attachments: &mut Attachments) -> Object {
    let mut shown = Object::new();
    let is_text = std::str::from_utf8(&answer.body).is_ok();
    let body = (is_text && !answer.body.is_empty()).then(|| readable(&answer.body));
    let usual_status = if answer.body.is_empty() { 204 } else { 200 };
    if answer.status != usual_status {
        shown.insert("status", f64::from(answer.status));
    }
    let is_json = body.as_ref().is_some_and(|body| body.as_str().is_none());
    let usual = if is_json {
        defaults.answer_headers()
    } else {
        Object::new()
    };
    let mut headers = Object::new();
    for (name, value) in &answer.headers {
        if usual.get(name).map(Value::to_text).as_ref() != Some(value) {
            headers.insert(name.clone(), value.clone());
        }
    }
    if !headers.is_empty() {
        shown.insert("headers", headers);
    }
    match body {
        Some(Value::Text(body)) => drop(shown.insert("text", body)),
        // TOML has no null, and an answer is a table: its JSON alone is given as text.
        Some(body) if text::holds_null(&body) => drop(shown.insert("json", text::json_lines(&body))),
        Some(body) => drop(shown.insert("json", body)),
        None if !is_text => attachments.keep(&answer.body, &extension(answer), &mut shown),
        None => {}
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_null_is_a_table_with_json_text() {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: r#"{"a":null}"#.into(),
        };
        let shown = shown_answer(&answer, &Defaults::default(), &mut Attachments::default());
        assert_eq!(text::value(&Value::object(shown), 0, 0), r#"{ json = '{"a":null}' }"#);
    }
}
