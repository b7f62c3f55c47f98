//! What versions 1 and 2 send, and what they expect.

use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::body::{self, Content};
use super::parameters::{Entry, entries, flag, optional_number, url};
use super::request::{TIMEOUT, accept, set_headers};
use super::{Draft, Expected, Format};

pub(super) async fn read(context: &Context<'_>, item: usize) -> Result<(Draft, Expected), NodeError> {
    let method = context.text("requestMethod", item)?.to_uppercase();
    let mut draft = Draft::new(method, url(context, item)?);
    let expected = expected(context, item)?;
    draft.timeout = Some(optional_number(context, "options.timeout", item)?.unwrap_or(TIMEOUT));
    draft.options.verify_tls = !context.boolean("allowUnauthorizedCerts", item)?;
    let proxy = context.text("options.proxy", item)?;
    draft.options.proxy = (!proxy.is_empty()).then_some(proxy);
    if !flag(context, "options.followRedirect", item, true)? {
        draft.options.redirects = 0;
    }
    let as_json = context.boolean("jsonParameters", item)?;
    draft.query = if as_json {
        json_object(context, "queryParametersJson", "Query Parameters", item)?
    } else {
        let list = entries(context, "queryParametersUi.parameter", &context.scope_for(item))?;
        gathered(list)
    };
    let headers = if as_json {
        json_object(context, "headerParametersJson", "Headers", item)?
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
    if matches!(draft.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE") {
        draft.body = body(context, item, as_json).await?;
    }
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

async fn body(context: &Context<'_>, item: usize, as_json: bool) -> Result<Content, NodeError> {
    let content_type = context.text("options.bodyContentType", item)?;
    if as_json && context.boolean("sendBinaryData", item)? {
        let names = context.text("binaryPropertyName", item)?;
        return match content_type.as_str() {
            "raw" => body::file(context, item, &names).await,
            "multipart-form-data" => body::multipart(context, item, files(&names)).await,
            _ => Err(NodeError::new(
                "E0927",
                "Sending binary data is only supported when option \"Body Content Type\" is set to \"RAW/CUSTOM\" or \
                 \"FORM-DATA/MULTIPART\"!",
            )
            .parameter("options.bodyContentType")),
        };
    }
    if as_json && content_type == "raw" {
        return Ok(Content::Text {
            content_type: context.text("options.bodyContentCustomMimeType", item)?.to_string(),
            text: context.text("bodyParametersJson", item)?.to_string(),
        });
    }
    let list = || entries(context, "bodyParametersUi.parameter", &context.scope_for(item));
    if content_type == "multipart-form-data" && !as_json {
        return body::multipart(context, item, list()?).await;
    }
    let value = if as_json {
        parsed(context, "bodyParametersJson", "Body Parameters", item)?
    } else {
        let list = list()?;
        (!list.is_empty()).then(|| Value::object(object_of(list)))
    };
    match (value, content_type.as_str()) {
        (None, _) => Ok(Content::Empty),
        (Some(Value::Object(object)), "form-urlencoded") => Ok(Content::Form((*object).clone())),
        (Some(Value::Object(object)), "multipart-form-data") => {
            let fields = object.iter().map(|(name, value)| field(name.clone(), value.clone()));
            body::multipart(context, item, fields.collect()).await
        }
        (Some(value), _) => body::json(value),
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
    match context.optional(path, item)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Text(text)) if text.is_empty() => Ok(None),
        Some(Value::Text(text)) => Value::from_json(&text).map(Some).map_err(|_| {
            let message = format!(
                "The data in \"{title}\" is no valid JSON. Set Body Content Type to \"RAW/Custom\" for XML or other \
                 types of payloads"
            );
            NodeError::new("E0922", message).parameter(path)
        }),
        Some(value) => Ok(Some(value)),
    }
}

fn json_object(context: &Context<'_>, path: &str, title: &str, item: usize) -> Result<Object, NodeError> {
    let value = parsed(context, path, title, item)?;
    Ok(value.as_ref().and_then(Value::as_object).cloned().unwrap_or_default())
}
