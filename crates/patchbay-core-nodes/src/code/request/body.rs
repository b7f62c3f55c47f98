//! The body of a script's request. What is sent depends on what the body is, on the `Content-Type` that the script
//! declares, and on which of n8n's functions it calls.

use patchbay_model::{Object, Text, Value};
use patchbay_node::capability::http::{Body, Request};
use patchbay_node::{Context, media};

use super::failure::Failure;
use super::options::{header, set_header};
use super::{Style, bytes_of};
use crate::http_request::query::{self, Arrays};
use crate::http_request::{FORM, boundary, quoted};

const CONTENT_TYPE: &str = "Content-Type";
const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";
const UNKNOWN: &str = "application/octet-stream";

/// Adds the body to the request.
pub fn add(context: &Context<'_>, request: &mut Request, options: &Value, style: Style) -> Result<(), Failure> {
    let body = options.get("body");
    let declared = header(request, CONTENT_TYPE).unwrap_or_default().to_lowercase();
    if style == Style::Legacy {
        let fields = options.get("formData").and_then(Value::as_object);
        let fields = fields.or_else(|| body.and_then(fields_of).filter(|_| declared.contains(MULTIPART)));
        if let Some(fields) = fields {
            let mut parts = Vec::new();
            for (name, value) in fields {
                legacy_parts(name, value, &mut parts)?;
            }
            set_multipart(context, request, &parts);
            return Ok(());
        }
        let form = options.get("form").filter(|form| !form.is_null());
        if let Some(form) = form.or_else(|| body.filter(|body| declared == FORM && fields_of(body).is_some())) {
            let text = fields_of(form).map(|fields| query::encode(fields, Arrays::Indices));
            set_header(request, CONTENT_TYPE, FORM);
            request.body = Body::Bytes(text.unwrap_or_default().into());
            return Ok(());
        }
    }
    match body {
        Some(body) if style == Style::Legacy || is_sent(body, &request.method) => {
            set(context, request, body, &declared, style)
        }
        _ => Ok(()),
    }
}

/// Whether the newer function sends this body at all.
fn is_sent(body: &Value, method: &str) -> bool {
    let empty = match body {
        Value::Text(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(object) => object.is_empty() || bytes_of(body).is_some_and(|bytes| bytes.is_empty()),
        _ => true,
    };
    method != "GET" && !empty
}

/// The fields of an object that does not stand for bytes.
fn fields_of(value: &Value) -> Option<&Object> {
    value.as_object().filter(|_| bytes_of(value).is_none())
}

/// `declared` is the `Content-Type` in lower case, empty where there is none.
fn set(
    context: &Context<'_>,
    request: &mut Request,
    body: &Value,
    declared: &str,
    style: Style,
) -> Result<(), Failure> {
    let undeclared = declared.is_empty();
    if let Some(fields) = fields_of(body) {
        if declared.contains(FORM) {
            let mut pairs = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in flat(fields) {
                pairs.append_pair(&name, &base64_of(value).unwrap_or_else(|| value.to_text()));
            }
            request.body = Body::Bytes(pairs.finish().into());
            return Ok(());
        }
        if declared.contains(MULTIPART) {
            let parts: Vec<Part> = flat(fields).into_iter().map(Part::plain).collect();
            set_multipart(context, request, &parts);
            return Ok(());
        }
    }
    // What changes something is a form, if nobody says otherwise.
    let default = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH").then_some(FORM);
    let as_json = declared.contains(JSON) || (undeclared && style == Style::Legacy);
    let (content_type, sent) = match body {
        body if let Some(bytes) = bytes_of(body) => (default, bytes),
        Value::Text(text) if undeclared && text.is_empty() => (default, Vec::new()),
        Value::Text(text) if as_json => (Some(JSON), json_text(text).into_bytes()),
        Value::Text(text) => (default, text.as_bytes().to_vec()),
        Value::Array(_) | Value::Object(_) => (Some(JSON), body.to_json().into_bytes()),
        body if as_json => (Some(JSON), body.to_json().into_bytes()),
        body if body.truthy() => {
            let message = "Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream";
            return Err(Failure::axios(message, "ERR_BAD_REQUEST"));
        }
        _ => (None, Vec::new()),
    };
    if let Some(content_type) = content_type.filter(|_| undeclared) {
        set_header(request, CONTENT_TYPE, content_type);
    }
    request.body = Body::Bytes(sent.into());
    Ok(())
}

/// Text that is JSON as it is, other text as a text of JSON.
fn json_text(text: &str) -> String {
    match Value::from_json(text) {
        Ok(_) => text.trim().to_owned(),
        Err(_) => Value::text(text).to_json(),
    }
}

fn base64_of(value: &Value) -> Option<Text> {
    bytes_of(value)?;
    value.get(super::BYTES).map(Value::to_text)
}

/// The fields of a form with those of the objects and arrays within: `a[]` for an array of plain values, else `a[b]` and
/// `a[0]`. Null is left out.
fn flat(fields: &Object) -> Vec<(String, &Value)> {
    fn collect<'v>(name: String, value: &'v Value, pairs: &mut Vec<(String, &'v Value)>) {
        match value {
            Value::Null => {}
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    collect(format!("{name}[{index}]"), value, pairs);
                }
            }
            Value::Object(object) if bytes_of(value).is_none() => {
                for (key, value) in object.iter() {
                    collect(format!("{name}[{key}]"), value, pairs);
                }
            }
            value => pairs.push((name, value)),
        }
    }
    let plain = |value: &Value| !matches!(value, Value::Array(_)) && fields_of(value).is_none();
    let mut pairs = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Array(values) if values.iter().all(plain) => {
                for value in values.iter() {
                    collect(format!("{name}[]"), value, &mut pairs);
                }
            }
            value => collect(name.to_string(), value, &mut pairs),
        }
    }
    pairs
}

/// One part of a form.
struct Part {
    name: String,
    file_name: Option<Text>,
    content_type: Option<Text>,
    bytes: Vec<u8>,
}

impl Part {
    fn plain((name, value): (String, &Value)) -> Self {
        let bytes = bytes_of(value);
        Self {
            name,
            file_name: None,
            content_type: bytes.is_some().then_some(Text::new_static(UNKNOWN)),
            bytes: bytes.unwrap_or_else(|| value.to_text().as_bytes().to_vec()),
        }
    }
}

/// The parts of one field of `formData`: a value, some values, or `{value, options}` with the name and type of a file.
fn legacy_parts(name: &str, value: &Value, parts: &mut Vec<Part>) -> Result<(), Failure> {
    if let Value::Array(values) = value {
        return values.iter().try_for_each(|value| {
            parts.push(legacy_part(name, value, None)?);
            Ok(())
        });
    }
    let described = value.get("value").zip(value.get("options"));
    parts.push(match described {
        Some((value, options)) => legacy_part(name, value, Some(options))?,
        None => legacy_part(name, value, None)?,
    });
    Ok(())
}

fn legacy_part(name: &str, value: &Value, options: Option<&Value>) -> Result<Part, Failure> {
    let refused = |message: &str, code: &str| Err(Failure::thrown("TypeError", message, code));
    match value {
        Value::Null => return refused("Cannot read properties of null (reading 'name')", ""),
        Value::Bool(flag) => {
            let message = format!(
                "The \"chunk\" argument must be of type string or an instance of Buffer or Uint8Array. Received type \
                 boolean ({flag})"
            );
            return refused(&message, "ERR_INVALID_ARG_TYPE");
        }
        Value::Array(_) => return Err(Failure::thrown("Error", "Arrays are not supported.", "")),
        value if fields_of(value).is_some() => return refused("source.on is not a function", ""),
        _ => {}
    }
    let mut part = Part::plain((name.to_owned(), value));
    let option = |key: &str| options.and_then(|options| options.get(key)).map(Value::to_text);
    part.file_name = option("filename").or_else(|| options.and_then(Value::as_str).map(Text::from));
    let of_name = |name: &Text| media::of_path(name).map(Text::from);
    part.content_type = option("contentType")
        .or_else(|| part.file_name.as_ref().and_then(of_name))
        .or(part.content_type);
    Ok(part)
}

fn set_multipart(context: &Context<'_>, request: &mut Request, parts: &[Part]) {
    let boundary = boundary(context);
    let mut body = Vec::new();
    for part in parts {
        let mut head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
            quoted(&part.name)
        );
        if let Some(file_name) = &part.file_name {
            head.extend(["; filename=\"", &quoted(file_name), "\""]);
        }
        if let Some(content_type) = &part.content_type {
            head.extend(["\r\nContent-Type: ", &content_type.replace(['\r', '\n'], "")]);
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&part.bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    set_header(request, CONTENT_TYPE, format!("{MULTIPART}; boundary={boundary}"));
    request.body = Body::Bytes(body.into());
}
