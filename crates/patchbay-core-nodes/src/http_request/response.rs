//! Sending, and what becomes of an answer: JSON, text or a file, split into items as n8n does.

use std::sync::Arc;

use bytes::Bytes;
use patchbay_model::{Binary, Item, Object, Text, Value};
use patchbay_node::{Context, NodeError, media};

use super::failure::{Failure, answered, of_network, of_status};
use super::{Draft, Expected, Format, authorized, naming};

/// Bytes of an answer that is kept in memory: JSON and text.
const MOST: usize = 256 << 20;

/// One answer, read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(super) status_text: Text,
    pub(crate) headers: Object,
    content_type: String,
    pub(super) body: AnswerBody,
}

pub(super) enum AnswerBody {
    /// To be read in this format.
    Bytes(Bytes, Format),
    File(Binary),
}

/// Sends a request and reads the answer. A status that is no success fails, unless none is to.
pub(crate) async fn exchange(
    context: &Context<'_>,
    item: usize,
    draft: &Draft,
    expected: &Expected,
) -> Result<Answer, Failure> {
    context.checkpoint()?;
    let url = draft.whole_url();
    let network = |error: NodeError| {
        of_network(
            error,
            &url,
            draft.options.proxy.as_deref(),
            draft.timeout,
            expected.legacy,
        )
    };
    let answer = authorized::send(context, item, draft).await.map_err(network)?;
    let content_type = answer.header("content-type").unwrap_or_default().to_owned();
    let status = answer.status;
    if !succeeds(status) && !expected.never_error {
        let bytes = answer.bytes(MOST).await.map_err(network)?;
        let parsed = matches!(expected.format, Format::Json | Format::Text);
        let text = media::decode(&bytes, &content_type);
        let mut failure = of_status(status, &text, parsed, expected.legacy);
        failure.error = failure.error.hint(answered(&draft.method, &url, status));
        return Err(failure);
    }
    let format = match expected.format {
        Format::Detect if content_type.contains("application/json") => Format::Detect,
        Format::Detect if naming::is_file(&content_type) => Format::File,
        Format::Detect => Format::Text,
        format => format,
    };
    let headers = headers_of(&answer.headers);
    let status_text = answer.status_text.clone();
    let body = if format == Format::File {
        let follows = draft.options.redirects > 0;
        let (directory, name) = naming::place(answer.header("content-disposition"), &answer.url, follows);
        let media_type = media::essence(&content_type).to_owned();
        let (data, size) = context.capabilities.binaries.keep(answer.body).await.map_err(network)?;
        let mime_type = if media_type.is_empty() {
            "text/plain"
        } else {
            &media_type
        };
        let mut file = Binary::new(data, size, mime_type);
        file.file_extension = naming::extension(name.as_deref(), &media_type);
        file.file_name = name;
        file.directory = directory;
        AnswerBody::File(file)
    } else {
        AnswerBody::Bytes(answer.bytes(MOST).await.map_err(network)?, format)
    };
    Ok(Answer {
        status,
        status_text,
        headers,
        // n8n looks at a text's charset only where it finds out for itself what the answer is.
        content_type: if expected.format == Format::Detect {
            content_type
        } else {
            String::new()
        },
        body,
    })
}

pub(super) fn succeeds(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Headers as an object: cookies as an array, else what has the same name joined.
fn headers_of(headers: &[(Text, Text)]) -> Object {
    let mut object = Object::with_capacity(headers.len());
    for (name, value) in headers {
        let joined = match object.get(name) {
            Some(Value::Array(cookies)) => {
                Value::array(cookies.iter().cloned().chain([Value::Text(value.clone())]).collect())
            }
            Some(earlier) => Value::text(format!("{}, {value}", earlier.to_text())),
            None if name == "set-cookie" => Value::array(vec![Value::Text(value.clone())]),
            None => Value::Text(value.clone()),
        };
        object.insert(name.clone(), joined);
    }
    object
}

impl Answer {
    /// The body's text; empty for a file.
    pub(crate) fn text(&self) -> String {
        match &self.body {
            AnswerBody::Bytes(bytes, _) => media::decode(bytes, &self.content_type),
            AnswerBody::File(_) => String::new(),
        }
    }

    /// What expressions see in `$response.body`: JSON where it is JSON; text that was found to be text stays text.
    pub(super) fn body_value(&self, expected: &Expected) -> Value {
        let AnswerBody::Bytes(_, format) = &self.body else {
            return Value::object(Object::new());
        };
        let text = self.text();
        match (expected.format, format) {
            (Format::Detect, Format::Text) => Value::text(text),
            (Format::Detect, _) => Value::from_json(&text).unwrap_or_else(|_| Value::object(Object::new())),
            _ => Value::from_json(&text).unwrap_or_else(|_| Value::text(text)),
        }
    }

    /// `statusCode`, `headers`, `statusMessage` beside what is there already.
    fn add_head(&self, object: &mut Object) {
        object.insert("headers", self.headers.clone());
        object.insert("statusCode", usize::from(self.status));
        object.insert("statusMessage", self.status_text.clone());
    }
}

/// The items of an answer. A file is put beside what the item has already, and only then: so does n8n.
pub(super) fn items(
    context: &Context<'_>,
    index: usize,
    answer: &Answer,
    expected: &Expected,
) -> Result<Vec<Item>, Failure> {
    match &answer.body {
        AnswerBody::File(file) => {
            let given = context.items().get(index);
            let mut item = Item::default();
            if expected.full {
                answer.add_head(Arc::make_mut(&mut item.json));
            } else if let Some(given) = given {
                item.json = given.json.clone();
            }
            let mut files = given.and_then(|given| given.binary.clone()).unwrap_or_default();
            Arc::make_mut(&mut files).insert(Text::from(expected.property.as_str()), file.clone());
            item.binary = Some(files);
            Ok(vec![item])
        }
        AnswerBody::Bytes(_, Format::Text) => Ok(vec![text_item(answer, expected)]),
        AnswerBody::Bytes(_, format) => json_items(answer, *format, expected),
    }
}

fn text_item(answer: &Answer, expected: &Expected) -> Item {
    let text = answer.text();
    let mut json = Object::new();
    if !text.is_empty() {
        // n8n reads JSON first where it was told that the answer is text, and writes it again.
        let value = match (expected.format, Value::from_json(&text)) {
            (Format::Text, Ok(value @ (Value::Object(_) | Value::Array(_)))) if !expected.legacy => {
                Value::text(value.to_json())
            }
            (Format::Text, Ok(value)) => value,
            _ => Value::text(text),
        };
        json.insert(expected.property.as_str(), value);
    }
    if expected.full {
        answer.add_head(&mut json);
    }
    Item::new(json)
}

fn json_items(answer: &Answer, format: Format, expected: &Expected) -> Result<Vec<Item>, Failure> {
    let text = answer.text();
    let value = match Value::from_json(&text) {
        Ok(Value::Text(_)) => return Err(not_json(expected)),
        Ok(value) => Some(value),
        Err(_) if format == Format::Json && text.is_empty() => None,
        Err(_) if format == Format::Json => return Err(not_json(expected)),
        // What calls itself JSON and is none counts as an empty object where nothing is an error.
        Err(_) if expected.never_error => Some(Value::object(Object::new())),
        Err(_) => {
            return Err(NodeError::new("E0923", "Invalid JSON in response body")
                .hint("the answer calls itself JSON; to take it as it is, set the response format to text")
                .into());
        }
    };
    if expected.full {
        let mut json = Object::with_capacity(4);
        if let Some(value) = value {
            json.insert("body", value);
        }
        answer.add_head(&mut json);
        return Ok(vec![Item::new(json)]);
    }
    match value {
        None if expected.legacy => Ok(vec![Item::default()]),
        None => Err(Failure {
            fatal: true,
            ..NodeError::new("E0923", "Cannot read properties of undefined (reading 'data')")
                .hint("the answer is empty, and so no JSON: let the response format be detected, or set it to text")
                .into()
        }),
        Some(Value::Array(values)) if expected.split => Ok(values.iter().map(item_of).collect()),
        Some(value) => Ok(vec![item_of(&value)]),
    }
}

fn not_json(expected: &Expected) -> Failure {
    let format = if expected.legacy { "String" } else { "Text" };
    let message = format!("Response body is not valid JSON. Change \"Response Format\" to \"{format}\"");
    Failure {
        fatal: expected.legacy,
        ..NodeError::new("E0923", message).into()
    }
}

/// An item of a JSON value. Items are objects here: an array is kept by its indices, anything else as `data`, where
/// n8n has an item whose `json` is no object.
fn item_of(value: &Value) -> Item {
    match value {
        Value::Object(object) => Item::new(object.clone()),
        Value::Null => Item::default(),
        Value::Array(values) => {
            let values = values.iter().enumerate();
            Item::new(
                values
                    .map(|(index, value)| (Text::from(index.to_string()), value.clone()))
                    .collect::<Object>(),
            )
        }
        value => {
            let mut json = Object::with_capacity(1);
            json.insert("data", value.clone());
            Item::new(json)
        }
    }
}
