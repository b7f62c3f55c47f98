//! Requests that are to go out, and the answers that come back.

mod turn;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use patchbay_actions::definition::fault::Faults;
use patchbay_actions::definition::fields::{Fields, Node};
use patchbay_model::{Object, Text, Value};
use patchbay_sandbox::Effect;

use super::expect::digest;
use super::{laid_over, read_object};
use crate::document::{self, CODES};
use crate::pattern::Step;
pub use turn::read_fault;

/// One request that is to go out, and what it gets.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub request: Expected,
    /// What each such request gets, the first first.
    pub turns: Vec<Turn>,
    /// Whether there may be any number of them, even none, each answered as the last turn says.
    pub any_number: bool,
    /// Where in the file it is.
    pub place: Vec<Step>,
}

/// What a request is to be.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Upper case.
    pub method: Text,
    /// Scheme, host and port; none: whichever.
    pub origin: Option<String>,
    /// As it is sent, percent-encoded.
    pub path: Value,
    /// Decoded: for each name its text, or the list of its texts. None: whatever it has.
    pub query: Option<Object>,
    /// Names in lower case. None: whatever it has.
    pub headers: Option<Object>,
    pub body: Content,
    /// The node that sends it, if it matters.
    pub node: Option<Text>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Content {
    /// Whatever.
    Any,
    Nothing,
    Json(Value),
    /// The fields of an urlencoded form.
    Form(Object),
    Text(Value),
    Bytes(Bytes),
}

/// What one request gets.
#[derive(Clone, Debug)]
pub struct Turn {
    pub answer: Answer,
    pub fault: Option<Effect>,
}

/// A canned answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(Text, Text)>,
    pub body: Bytes,
}

/// What the exchanges of a file share.
#[derive(Clone, Debug, Default)]
pub struct Usual {
    /// Scheme, host and port of requests that do not say.
    pub origin: Option<String>,
    /// Headers that each request is to have; none: headers are not looked at unless an exchange names some.
    pub headers: Option<Object>,
    /// Headers of each answer with a body.
    pub answer_headers: Object,
    /// Where files are.
    pub folder: PathBuf,
}

/// Reads one entry of `exchange`, `first` or `mock`; `strict` compares headers and query exactly.
pub fn read(
    faults: &mut Faults,
    mut fields: Fields,
    usual: &Usual,
    place: Vec<Step>,
    finish: impl FnOnce(&mut Faults, &mut Fields),
) -> Exchange {
    let (line, span) = read_line(faults, &mut fields);
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line.as_str()));
    if !line.is_empty() && (!line.contains(' ') || !method.chars().all(|letter| letter.is_ascii_uppercase())) {
        let message = format!("`request` wants a method and a path, not `{line}`");
        let fault = faults.add(CODES.wrong_value, span, message);
        let is_method = !line.contains(['/', ' ']);
        fault.hints.push(if is_method {
            format!("write `request = \"{} /path\"`", line.to_ascii_uppercase())
        } else {
            let (method, target) = line.split_once(' ').unwrap_or(("get", line.as_str()));
            format!(
                "write `request = \"{} {}\"`",
                method.to_ascii_uppercase(),
                target.trim()
            )
        });
    }
    let (origin, target) = split_origin(target.trim());
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(path, query)| (path, Some(query)));
    let mut query: Option<Object> = Some(query.map_or_else(Object::new, |query| gathered(decoded(query))));
    let node = fields.text(faults, "node").map(|(node, _)| node);
    if let Some(more) = fields.any("query") {
        let is_any = more.get_ref().as_str() == Some("any");
        query = match (is_any, query) {
            (false, Some(query)) => Some(laid_over(&query, &read_more(faults, more))),
            _ => None,
        };
    }
    let path = match fields.any("path") {
        Some(node) => document::json(faults, node),
        None => Value::text(path),
    };
    let body = read_body(faults, &mut fields, usual);
    let own_headers = read_object(faults, &mut fields, "headers");
    let headers = match (&usual.headers, own_headers) {
        (None, None) => None,
        (shared, own) => {
            let mut headers = lower_case(&shared.clone().unwrap_or_default());
            let content_type = match &body {
                Content::Json(_) => Some("application/json"),
                Content::Form(_) => Some("application/x-www-form-urlencoded"),
                _ => None,
            };
            if let Some(content_type) = content_type {
                headers.insert("content-type", content_type);
            }
            Some(laid_over(&headers, &lower_case(&own.unwrap_or_default())))
        }
    };
    let (turns, any_number) = turn::read_turns(faults, &mut fields, usual);
    finish(faults, &mut fields);
    fields.finish(faults);
    Exchange {
        request: Expected {
            method: method.into(),
            origin: origin.map(str::to_owned).or_else(|| usual.origin.clone()),
            path,
            query,
            headers,
            body,
            node,
        },
        turns,
        any_number,
        place,
    }
}

/// The method and the URL of a request, in one text.
fn read_line(faults: &mut Faults, fields: &mut Fields) -> (Text, Range<usize>) {
    let Some(node) = fields.any("request").filter(|node| node.get_ref().is_table()) else {
        return fields.required(faults, "request");
    };
    let given = document::value(node.get_ref());
    let part = |name: &str, usual: &str| given.get(name).map_or_else(|| usual.into(), Value::to_text);
    let (method, path) = (part("method", "GET"), part("path", "/path"));
    let fault = faults.add(
        CODES.wrong_value,
        node.span(),
        "`request` wants text: the method and the path, not a table",
    );
    fault.hints.push(format!(
        "write `request = \"{method} {path}\"`; `query`, `headers` and `json` are keys of their own"
    ));
    (Text::default(), node.span())
}

/// More of the query than `request` says.
fn read_more(faults: &mut Faults, node: &Node) -> Object {
    if let Value::Object(more) = document::json(faults, node) {
        return Arc::unwrap_or_clone(more);
    }
    faults.add(CODES.wrong_value, node.span(), "`query` wants a table, or \"any\"");
    Object::new()
}

/// Scheme, host and port of a URL, and the rest of it.
pub fn split_origin(url: &str) -> (Option<&str>, &str) {
    let Some(start) = url.find("://").map(|place| place + 3) else {
        return (None, url);
    };
    let end = url[start..].find(['/', '?']).map_or(url.len(), |place| start + place);
    (Some(&url[..end]), &url[end..])
}

/// The names and values of a query or a form.
pub fn decoded(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Each name with its text, or with the list of its texts.
pub fn gathered(pairs: Vec<(String, String)>) -> Object {
    let mut object = Object::new();
    for (name, value) in pairs {
        let together = match object.get(&name) {
            None => Value::from(value),
            Some(Value::Array(values)) => {
                let mut values = values.to_vec();
                values.push(value.into());
                Value::array(values)
            }
            Some(first) => Value::array(vec![first.clone(), value.into()]),
        };
        object.insert(name.as_str(), together);
    }
    object
}

/// Headers with their names in lower case.
pub fn lower_case(headers: &Object) -> Object {
    headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect()
}

fn read_body(faults: &mut Faults, fields: &mut Fields, usual: &Usual) -> Content {
    let json = fields
        .any("json")
        .map(|node| Content::Json(document::json(faults, node)));
    let form = read_object(faults, fields, "form").map(Content::Form);
    let text = fields.any("text").map(|node| {
        let text = document::value(node.get_ref());
        document::pattern(faults, node.span(), &text);
        Content::Text(text)
    });
    let file = read_file(faults, fields, &usual.folder).map(Content::Bytes);
    let any = fields.any("body").map(|node| {
        if node.get_ref().as_str() != Some("any") {
            let message = "`body` can only be \"any\"; a body is given as `json`, `form`, `text` or `file`";
            faults.add(CODES.wrong_value, node.span(), message);
        }
        Content::Any
    });
    let mut given: Vec<Content> = [json, form, text, file, any].into_iter().flatten().collect();
    if given.len() > 1 {
        faults.add(
            "E1005",
            fields.span(),
            "a body is one of `json`, `form`, `text`, `file` and `body`",
        );
    }
    given.pop().unwrap_or(Content::Nothing)
}

/// The bytes of the file that a table names.
fn read_file(faults: &mut Faults, fields: &mut Fields, folder: &Path) -> Option<Bytes> {
    let (name, span) = fields.text(faults, "file")?;
    let wanted = fields.text(faults, "sha256");
    match std::fs::read(folder.join(name.as_str())) {
        Ok(bytes) => {
            let actual = digest(&bytes);
            if let Some((wanted, span)) = wanted.filter(|(wanted, _)| *wanted != actual) {
                let message = format!(
                    "the file `{name}` is another than the case says: its SHA-256 begins with {}, not {}",
                    head(&actual),
                    head(&wanted)
                );
                let fault = faults.add("E1024", span, message);
                fault
                    .hints
                    .push("record the case anew, or bring the file back".to_owned());
            }
            Some(bytes.into())
        }
        Err(error) => {
            let fault = faults.add("E1006", span, format!("the file `{name}` can not be read: {error}"));
            fault
                .hints
                .push("its name is relative to the file of the case".to_owned());
            None
        }
    }
}

/// As much of a digest as people compare.
fn head(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}
