//! What versions 1 and 2 send, and what they expect.

use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::body::{self, Content};
use super::failure::Failure;
use super::parameters::{Entry, entries, fields_of, flag, timeout, url};
use super::request::{TIMEOUT, accept, no_object, set_headers};
use super::{Draft, Expected, Format};

pub(super) async fn read(context: &Context<'_>, item: usize) -> Result<(Draft, Expected), Failure> {
    let method = context.text("requestMethod", item)?.to_uppercase();
    let mut draft = Draft::new(method, url(context, item)?);
    let expected = expected(context, item)?;
    draft.timeout = timeout(context, item, Some(TIMEOUT))?;
    draft.options.verify_tls = !context.boolean("allowUnauthorizedCerts", item)?;
    let proxy = context.text("options.proxy", item)?;
    draft.options.proxy = (!proxy.is_empty()).then_some(proxy);
    // What may change something is sent to another place only where the workflow says so.
    let reads = matches!(draft.method.as_str(), "GET" | "HEAD");
    let follows = flag(context, "options.followRedirect", item, true)? && reads;
    if !follows && !flag(context, "options.followAllRedirects", item, false)? {
        draft.options.redirects = 0;
    }
    let as_json = context.boolean("jsonParameters", item)?;
    let declared = matches!(draft.method.as_str(), "POST" | "PUT" | "PATCH");
    if declared && as_json && context.boolean("sendBinaryData", item)? {
        check_binary(&context.text("options.bodyContentType", item)?)?;
    }
    // n8n reads the body's JSON first, and so tells its faults first.
    let body = if matches!(draft.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") {
        body(context, item, as_json, &draft.method).await?
    } else {
        Content::Empty
    };
    draft.query = if as_json {
        json_fields(context, "queryParametersJson", "Query Parameters", item)?
    } else {
        let list = entries(context, "queryParametersUi.parameter", &context.scope_for(item))?;
        gathered(list)
    };
    let headers = if as_json {
        json_headers(context, item)?
    } else {
        object_of(entries(
            context,
            "headerParametersUi.parameter",
            &context.scope_for(item),
        )?)
    };
    set_headers(&mut draft, &headers);
    if draft.header("accept").is_none() {
        draft.set_header("accept", accept(expected.format));
    }
    let custom = context.text("options.bodyContentCustomMimeType", item)?;
    if declared && !custom.is_empty() && !matches!(body, Content::Form(_) | Content::Pieces { .. }) {
        draft.set_header("content-type", custom.as_str());
    }
    // Where a file is wanted, a request that could have a body and has none is said to have one of JSON.
    let lacks_body = matches!(body, Content::Empty) && matches!(draft.method.as_str(), "POST" | "PUT" | "PATCH");
    if expected.format == Format::File && lacks_body && draft.header("content-type").is_none() {
        draft.set_header("content-type", "application/json");
    }
    draft.body = body;
    Ok((draft, expected))
}

fn expected(context: &Context<'_>, item: usize) -> Result<Expected, NodeError> {
    let format = match context.text("responseFormat", item)?.as_str() {
        "string" => Format::Text,
        "file" => Format::File,
        _ => Format::Json,
    };
    Ok(Expected {
        format,
        property: context.text("dataPropertyName", item)?.to_string(),
        full: context.boolean("options.fullResponse", item)?,
        never_error: context.boolean("options.ignoreResponseCode", item)?,
        split: context.boolean("options.splitIntoItems", item)?,
        legacy: true,
    })
}

/// Files are only sent as the whole body or in a form.
fn check_binary(content_type: &str) -> Result<(), NodeError> {
    if matches!(content_type, "raw" | "multipart-form-data") {
        return Ok(());
    }
    let message = "Sending binary data is only supported when option \"Body Content Type\" is set to \"RAW/CUSTOM\" or \
                   \"FORM-DATA/MULTIPART\"!";
    Err(NodeError::new("E0927", message).parameter("options.bodyContentType"))
}

async fn body(context: &Context<'_>, item: usize, as_json: bool, method: &str) -> Result<Content, Failure> {
    let content_type = context.text("options.bodyContentType", item)?;
    if as_json && context.boolean("sendBinaryData", item)? {
        let names = context.text("binaryPropertyName", item)?;
        match content_type.as_str() {
            "raw" => return Ok(body::file(context, item, &names).await?),
            "multipart-form-data" => return body::multipart(context, item, files(&names)).await,
            _ => {}
        }
    }
    if as_json && content_type == "raw" {
        return Ok(Content::Text {
            content_type: context.text("options.bodyContentCustomMimeType", item)?.to_string(),
            text: context.text("bodyParametersJson", item)?.to_string(),
        });
    }
    if as_json {
        return match parsed(context, "bodyParametersJson", "Body Parameters", item)? {
            None => Ok(Content::Empty),
            Some(value) if content_type == "form-urlencoded" => Ok(Content::Form(fields_of(value).unwrap_or_default())),
            Some(value) if content_type == "multipart-form-data" => {
                let fields = fields_of(value).ok_or_else(|| no_object("bodyParametersJson"))?;
                let fields = fields.into_iter().map(|(name, value)| field(name, value));
                body::multipart(context, item, fields.collect()).await
            }
            Some(value) => Ok(Content::Json(value)),
        };
    }
    if context.parameter("bodyParametersUi.parameter").is_none() {
        return Ok(Content::Empty);
    }
    let list = entries(context, "bodyParametersUi.parameter", &context.scope_for(item))?;
    // n8n sends forms as JSON where it deletes.
    match content_type.as_str() {
        "multipart-form-data" if method != "DELETE" => body::multipart(context, item, list).await,
        "form-urlencoded" if method != "DELETE" => Ok(Content::Form(object_of(list))),
        _ => Ok(Content::Json(Value::object(object_of(list)))),
    }
}

fn field(name: Text, value: Value) -> Entry {
    Entry {
        name,
        value: Some(value),
        file: None,
        part: None,
    }
}

/// `field:file, file`: which files go into which fields of a form; `file` where no field is named.
fn files(names: &str) -> Vec<Entry> {
    let names = names.split(',').map(str::trim);
    names
        .map(|name| {
            let (field, file) = name.split_once(':').unwrap_or(("file", name));
            Entry {
                name: field.into(),
                value: None,
                file: Some(file.into()),
                part: None,
            }
        })
        .collect()
}

fn object_of(entries: Vec<Entry>) -> Object {
    let entries = entries.into_iter().filter_map(|entry| Some((entry.name, entry.value?)));
    entries.collect()
}

/// As [`object_of`], but what has the same name becomes an array.
fn gathered(entries: Vec<Entry>) -> Object {
    let mut object = Object::new();
    for entry in entries {
        let Some(value) = entry.value else { continue };
        let value = match object.get(&entry.name) {
            None => value,
            Some(Value::Array(earlier)) => Value::array(earlier.iter().cloned().chain([value]).collect()),
            Some(earlier) => Value::array(vec![earlier.clone(), value]),
        };
        object.insert(entry.name, value);
    }
    object
}

/// The JSON of a parameter, given as text or as a value; `None` where it is empty.
fn parsed(context: &Context<'_>, path: &str, title: &str, item: usize) -> Result<Option<Value>, NodeError> {
    let fault = || {
        let message = format!(
            "The data in \"{title}\" is no valid JSON. Set Body Content Type to \"RAW/Custom\" for XML or other \
             types of payloads"
        );
        NodeError::new("E0922", message).parameter(path)
    };
    match context.optional(path, item)? {
        None if context.parameter(path).is_some() => Err(fault()),
        None => Ok(None),
        Some(Value::Text(text)) if text.is_empty() => Ok(None),
        Some(Value::Text(text)) => Value::from_json(&text).map(Some).map_err(|_| fault()),
        Some(value) => Ok(Some(value)),
    }
}

fn json_fields(context: &Context<'_>, path: &str, title: &str, item: usize) -> Result<Object, NodeError> {
    match parsed(context, path, title, item)? {
        None => Ok(Object::new()),
        Some(value) => fields_of(value).ok_or_else(|| no_object(path)),
    }
}

/// n8n writes into the headers that it is given, and fails as JavaScript does where they are none.
fn json_headers(context: &Context<'_>, item: usize) -> Result<Object, NodeError> {
    let path = "headerParametersJson";
    let fault = |message: String| {
        NodeError::new("E0922", message)
            .parameter(path)
            .hint("give an object of names and values")
    };
    match parsed(context, path, "Headers", item)? {
        None => Ok(Object::new()),
        Some(Value::Null) => Err(fault("Cannot read properties of null (reading 'accept')".to_owned())),
        Some(value @ (Value::Object(_) | Value::Array(_))) => Ok(fields_of(value).unwrap_or_default()),
        Some(value) => Err(fault(format!(
            "Cannot create property 'accept' on {} '{}'",
            value.type_of(),
            value.to_text()
        ))),
    }
}
