//! Request bodies, and how they are written. Files are not read here: they are sent from where they lie.

use bytes::Bytes;
use patchbay_model::{Binary, BinaryData, Object, Text, Value};
use patchbay_node::capability::http::{Body, Piece};
use patchbay_node::{Context, NodeError};

use super::parameters::Entry;
use super::query::{self, Arrays};

const FORM: &str = "application/x-www-form-urlencoded";

/// A body, not yet written: pages and credentials may add to it.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    Form(Object),
    Text { content_type: String, text: String },
    Pieces { content_type: String, pieces: Vec<Piece> },
}

impl Content {
    /// The `Content-Type` that goes with it, and the body.
    pub(super) fn encode(&self) -> (Option<String>, Body) {
        match self {
            Self::Empty => (None, Body::Empty),
            Self::Json(value) => (Some("application/json".to_owned()), Body::Bytes(value.to_json().into())),
            Self::Form(fields) => {
                let text = query::encode(fields, Arrays::Indices);
                (Some(FORM.to_owned()), Body::Bytes(text.into()))
            }
            Self::Text { content_type, text } => {
                let content_type = (!content_type.is_empty()).then(|| content_type.clone());
                (content_type, Body::Bytes(text.clone().into()))
            }
            Self::Pieces { content_type, pieces } => (Some(content_type.clone()), Body::Pieces(pieces.clone())),
        }
    }

    /// As expressions see it in `$request.body`.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Empty | Self::Pieces { .. } => Value::object(Object::new()),
            Self::Json(value) => value.clone(),
            Self::Form(fields) => Value::object(fields.clone()),
            Self::Text { text, .. } => Value::text(text.as_str()),
        }
    }
}

/// A body of JSON text as n8n sends it: objects and arrays as JSON, a text as it is, nothing for null.
pub(super) fn json(value: Value) -> Result<Content, NodeError> {
    let text = match &value {
        Value::Object(_) | Value::Array(_) => return Ok(Content::Json(value)),
        Value::Text(text) => text.to_string(),
        Value::Null => String::new(),
        _ => {
            let message = "Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream";
            return Err(NodeError::new("E0927", message)
                .parameter("jsonBody")
                .hint("a JSON body is an object or an array; send anything else as a raw body"));
        }
    };
    Ok(Content::Text {
        content_type: FORM.to_owned(),
        text,
    })
}

/// One of the item's files as the whole body.
pub(super) async fn file(context: &Context<'_>, item: usize, name: &str) -> Result<Content, NodeError> {
    let file = binary(context, item, name)?;
    Ok(Content::Pieces {
        content_type: file.mime_type.to_string(),
        pieces: vec![piece(context, file).await?],
    })
}

/// The fields and files of a form, each with a boundary before it.
pub(super) async fn multipart(context: &Context<'_>, item: usize, entries: Vec<Entry>) -> Result<Content, NodeError> {
    let boundary = boundary(context);
    let mut pieces = Vec::new();
    for entry in entries {
        let name = quoted(&entry.name);
        if let Some(file) = entry.file {
            let file = binary(context, item, &file)?;
            let file_name = quoted(file.file_name.as_deref().unwrap_or_default());
            pieces.push(text(format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
                 Content-Type: {}\r\n\r\n",
                file.mime_type
            )));
            pieces.push(piece(context, file).await?);
            pieces.push(text("\r\n".to_owned()));
        } else if let Some(value) = entry.value {
            if matches!(value, Value::Object(_) | Value::Array(_)) {
                return Err(NodeError::new("E0927", "source.on is not a function")
                    .parameter("bodyParameters.parameters")
                    .item(item)
                    .hint(format!(
                        "the field `{}` of the form is an object or an array: give it as text, with JSON.stringify(…)",
                        entry.name
                    )));
            }
            pieces.push(text(format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{}\r\n",
                value.to_text()
            )));
        }
    }
    pieces.push(text(format!("--{boundary}--\r\n")));
    Ok(Content::Pieces {
        content_type: format!("multipart/form-data; boundary={boundary}"),
        pieces,
    })
}

fn text(text: String) -> Piece {
    Piece::Bytes(text.into())
}

fn boundary(context: &Context<'_>) -> String {
    let random = || (context.capabilities.environment.random() * 1e12) as u64;
    format!("--------------------------{:012}{:012}", random(), random())
}

/// A name between quotes in a header of a part.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

/// Files on disk stay there, what is in memory is sent from there.
async fn piece(context: &Context<'_>, file: &Binary) -> Result<Piece, NodeError> {
    Ok(match &file.data {
        BinaryData::Stored { .. } => Piece::File(file.clone()),
        BinaryData::Memory(bytes) => Piece::Bytes(bytes.clone()),
        BinaryData::Base64(_) => {
            let bytes: Bytes = context.capabilities.binaries.read(file).await?;
            Piece::Bytes(bytes)
        }
    })
}

fn binary<'run>(context: &Context<'run>, item: usize, name: &str) -> Result<&'run Binary, NodeError> {
    let files = context.items().get(item).and_then(|item| item.binary.as_ref());
    let Some(files) = files.filter(|files| !files.is_empty()) else {
        let message = format!(
            "This operation expects the node's input data to contain a binary file '{name}', but none was found"
        );
        return Err(NodeError::new("E0924", format!("{message} [item {item}]"))
            .item(item)
            .description("Make sure that the previous node outputs a binary file"));
    };
    files.get(&Text::from(name)).ok_or_else(|| {
        let known: Vec<&str> = files.keys().map(Text::as_str).collect();
        NodeError::new("E0924", format!("The item has no binary field '{name}' [item {item}]"))
            .item(item)
            .description(
                "Check that the parameter where you specified the input binary field name is correct, and that it \
                 matches a field in the binary input",
            )
            .hint(format!("the item has: {}", known.join(", ")))
    })
}
