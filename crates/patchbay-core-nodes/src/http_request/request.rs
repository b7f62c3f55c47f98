//! What the versions from 3 on send, and what they expect.

use patchbay_model::{Object, Text, Value};
use patchbay_node::{Context, NodeError};

use super::authentication::certificates;
use super::body::{self, Content};
use super::failure::Failure;
use super::parameters::{entries, fields_of, flag, json, object_of, optional_number, timeout, url};
use super::query::Arrays;
use super::{Draft, Expected, Format};
use crate::path::Path;

/// Milliseconds that a request may take where the workflow sets no time.
pub(crate) const TIMEOUT: f64 = 300_000.0;

const ACCEPT_ANY: &str =
    "application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, image/*;q=0.8, */*;q=0.7";
const ACCEPT_TEXT: &str = "application/json,text/html,application/xhtml+xml,application/xml,text/*;q=0.9, */*;q=0.1";
const ACCEPT_JSON: &str = "application/json,text/*;q=0.99";

/// What n8n accepts for a format.
pub(super) fn accept(format: Format) -> &'static str {
    match format {
        Format::Detect | Format::File => ACCEPT_ANY,
        Format::Text => ACCEPT_TEXT,
        Format::Json => ACCEPT_JSON,
    }
}

pub(super) async fn read(context: &Context<'_>, item: usize) -> Result<(Draft, Expected), Failure> {
    let method = context.text("method", item)?.to_uppercase();
    let mut draft = Draft::new(method, url(context, item)?);
    let expected = expected(context, item)?;
    read_options(context, item, &mut draft, expected.format)?;
    if context.boolean("provideSslCertificates", item)? {
        draft.options.certificates = Some(certificates(context).await.map_err(|error| error.item(item))?);
    }
    let scope = context.scope_for(item);
    if context.boolean("sendQuery", item)? {
        draft.query = if context.text("specifyQuery", item)? == "json" {
            // Unlike headers, a query of nothing is none of n8n's.
            fields_of(json(context, "jsonQuery", item)?).ok_or_else(|| Failure::thrown(no_object("jsonQuery")))?
        } else {
            let entries = entries(context, "queryParameters.parameters", &scope)?;
            object_of(entries, context.version())
        };
    }
    if context.boolean("sendHeaders", item)? {
        let headers: Object = if context.text("specifyHeaders", item)? == "json" {
            fields_of(json(context, "jsonHeaders", item)?).unwrap_or_default()
        } else {
            let entries = entries(context, "headerParameters.parameters", &scope)?;
            object_of(entries, context.version())
        };
        set_headers(&mut draft, &headers);
    }
    // Where names stay as they are written, n8n looks for one in small letters only, and its own counts beside another.
    let as_written = (context.optional("options.lowercaseHeaders", item)?).is_some_and(|lowercase| !lowercase.truthy());
    let is_given = if as_written {
        draft.headers.iter().any(|(name, _)| name == "accept")
    } else {
        draft.header("accept").is_some()
    };
    if !is_given {
        draft.set_header("accept", accept(expected.format));
    }
    if context.boolean("sendBody", item)? {
        draft.body = body(context, item, &mut draft).await?;
    }
    Ok((draft, expected))
}

/// Null stands where n8n wants an object of names and values.
pub(super) fn no_object(path: &str) -> NodeError {
    NodeError::new("E0922", "Cannot convert undefined or null to object")
        .parameter(path)
        .hint("give an object, `{}` for none")
}

/// Sets headers by an object; null sets none, an array one for each element.
pub(super) fn set_headers(draft: &mut Draft, headers: &Object) {
    for (name, value) in headers {
        match value {
            _ if name.is_empty() => {}
            Value::Null => {}
            Value::Array(values) => {
                for (place, value) in values.iter().enumerate() {
                    if place == 0 {
                        draft.set_header(name, value.to_text());
                    } else {
                        draft.add_header(name, value.to_text());
                    }
                }
            }
            value => draft.set_header(name, value.to_text()),
        }
    }
}

fn expected(context: &Context<'_>, item: usize) -> Result<Expected, NodeError> {
    let response = |name: &str| format!("options.response.response.{name}");
    let format = match context.text(&response("responseFormat"), item)?.as_str() {
        "json" => Format::Json,
        "text" => Format::Text,
        "file" => Format::File,
        _ => Format::Detect,
    };
    let property = response("outputPropertyName");
    Ok(Expected {
        format,
        property: match context.parameter(&property) {
            Some(name) if !name.literal().is_some_and(Value::is_null) => context.text(&property, item)?.to_string(),
            _ => "data".to_owned(),
        },
        full: context.boolean(&response("fullResponse"), item)?,
        never_error: context.boolean(&response("neverError"), item)?,
        split: true,
        legacy: false,
    })
}

fn read_options(context: &Context<'_>, item: usize, draft: &mut Draft, format: Format) -> Result<(), NodeError> {
    draft.arrays = Arrays::named(&context.text("options.queryParameterArrays", item)?);
    // A download takes as long as it takes.
    let otherwise = (format != Format::File).then_some(TIMEOUT);
    draft.timeout = timeout(context, item, otherwise)?;
    draft.options.verify_tls = !context.boolean("options.allowUnauthorizedCerts", item)?;
    let proxy = context.text("options.proxy", item)?;
    draft.options.proxy = (!proxy.is_empty()).then_some(proxy);
    let follows = flag(
        context,
        "options.redirect.redirect.followRedirects",
        item,
        context.version() >= 4.0,
    )?;
    if !follows {
        draft.options.redirects = 0;
    } else if let Some(most) = optional_number(context, "options.redirect.redirect.maxRedirects", item)? {
        // n8n takes none for what it does without the option.
        if most >= 1.0 {
            draft.options.redirects = most as usize;
        }
    }
    Ok(())
}

async fn body(context: &Context<'_>, item: usize, draft: &mut Draft) -> Result<Content, Failure> {
    let specified = context.text("specifyBody", item)?;
    let scope = context.scope_for(item);
    let list = || entries(context, "bodyParameters.parameters", &scope);
    // n8n sends forms as JSON where it deletes, and did so with files up to 4.1.
    let deletes = draft.method == "DELETE";
    match context.text("contentType", item)?.as_str() {
        "multipart-form-data" if deletes && context.version() < 4.2 => {
            let list = list()?;
            for file in list.iter().filter_map(|entry| entry.file.as_ref()) {
                body::binary(context, item, file)?;
            }
            Ok(Content::Json(Value::object(object_of(list, context.version()))))
        }
        "form-urlencoded" if specified == "string" => {
            let value = context.value("body", item)?;
            if matches!(value, Value::Object(_) | Value::Array(_)) {
                return Ok(Content::Form(fields_of(value).unwrap_or_default()));
            }
            // n8n takes the text apart and writes it anew.
            let text = context.text("body", item)?;
            let pairs = url::form_urlencoded::parse(text.as_bytes());
            Ok(Content::Form(
                pairs
                    .map(|(name, value)| (Text::from(name.as_ref()), Value::text(value.as_ref())))
                    .collect(),
            ))
        }
        "form-urlencoded" => {
            let object = object_of(list()?, context.version());
            Ok(if deletes {
                Content::Json(Value::object(object))
            } else {
                Content::Form(object)
            })
        }
        "multipart-form-data" => body::multipart(context, item, list()?).await,
        "binaryData" => {
            let Value::Text(name) = context.value("inputDataFieldName", item)? else {
                return Err(body::no_file_name("inputDataFieldName").into());
            };
            Ok(body::file(context, item, &name).await?)
        }
        "raw" => {
            let content_type = context.text("rawContentType", item)?;
            let content = match context.value("body", item)? {
                value @ (Value::Object(_) | Value::Array(_)) => Content::Json(value),
                Value::Text(text) => Content::Text {
                    content_type: content_type.to_string(),
                    text: text.to_string(),
                },
                Value::Null => Content::Text {
                    content_type: content_type.to_string(),
                    text: String::new(),
                },
                _ => return Err(body::no_body("body")),
            };
            if !content_type.is_empty() || draft.header("content-type").is_none() {
                draft.set_header("content-type", content_type.as_str());
            }
            Ok(content)
        }
        _ if specified == "json" => body::json(
            match context.optional("jsonBody", item)? {
                Some(value) if !matches!(value, Value::Text(_)) => value,
                _ => json(context, "jsonBody", item)?,
            },
            &draft.method,
        ),
        _ => {
            let mut object = Object::new();
            for entry in list()? {
                if let Some(value) = entry.value {
                    Path::new(&entry.name, context.version() >= 4.0).set(&mut object, Some(value));
                }
            }
            Ok(Content::Json(Value::object(object)))
        }
    }
}
