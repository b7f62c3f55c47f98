//! Request bodies, and how they are written. Files are not read here: they are sent from where they lie.

use bytes::Bytes;
use indexmap::IndexMap;
use patchbay_model::{Binary, BinaryData, Object, Text, Value};
use patchbay_node::capability::http::{Body, Piece};
use patchbay_node::{Context, NodeError};

use super::failure::Failure;
use super::parameters::Entry;
use super::query::{self, Arrays};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

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
/// As what n8n declares such a text depends on the method.
pub(super) fn json(value: Value, method: &str) -> Result<Content, Failure> {
    let text = match &value {
        Value::Object(_) | Value::Array(_) => return Ok(Content::Json(value)),
        Value::Text(text) => text.to_string(),
        Value::Null => String::new(),
        _ => return Err(no_body("jsonBody")),
    };
    let declared = matches!(method, "POST" | "PUT" | "PATCH");
    Ok(Content::Text {
        content_type: if declared { FORM.to_owned() } else { String::new() },
        text,
    })
}

/// A number or a flag stands where the body should.
pub(super) fn no_body(path: &str) -> Failure {
    let message = "Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream";
    Failure::axios(
        NodeError::new("E0927", message)
            .parameter(path)
            .hint("a body is an object, an array or text; `String(…)` makes text of anything"),
    )
}

/// Something else stands where one of the item's files should be named.
pub(super) fn no_file_name(path: &str) -> NodeError {
    NodeError::new("E0924", "Provided parameter is not a string or binary data object.")
        .parameter(path)
        .hint("name the file by its key in the item's `binary`, for instance `data`")
}

/// One of the item's files as the whole body.
pub(super) async fn file(context: &Context<'_>, item: usize, name: &str) -> Result<Content, NodeError> {
    let file = binary(context, item, name)?;
    Ok(Content::Pieces {
        content_type: file.mime_type.to_string(),
        pieces: vec![piece(context, file).await?],
    })
}

/// The fields and files of a form, each with a boundary before it. Of those with the same name the last one counts, up to
/// version 4.1.
pub(super) async fn multipart(context: &Context<'_>, item: usize, mut entries: Vec<Entry>) -> Result<Content, Failure> {
    if context.version() < 4.2 {
        let mut fields: IndexMap<Text, Entry> = IndexMap::with_capacity(entries.len());
        for entry in entries {
            fields.insert(entry.name.clone(), entry);
        }
        entries = fields.into_values().collect();
    }
    let boundary = boundary(context);
    let mut pieces = Vec::new();
    for entry in entries {
        let name = entry.name;
        let shown = quoted(&name);
        if let Some(file) = entry.file {
            let file = binary(context, item, &file)?;
            let file_name = quoted(file.file_name.as_deref().unwrap_or_default());
            pieces.push(text(format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{shown}\"; filename=\"{file_name}\"\r\n\
                 Content-Type: {}\r\n\r\n",
                file.mime_type
            )));
            pieces.push(piece(context, file).await?);
            pieces.push(text("\r\n".to_owned()));
            continue;
        }
        for value in parts_of(context, &name, entry.value)? {
            pieces.push(text(format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{shown}\"\r\n\r\n{}\r\n",
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

/// The parts of a form that a field's value makes: an array, up to version 4.1, one for each element.
fn parts_of(context: &Context<'_>, name: &str, value: Option<Value>) -> Result<Vec<Value>, Failure> {
    let fault = |message: &str| {
        NodeError::new("E0927", message)
            .parameter("bodyParameters.parameters")
            .hint(format!(
                "the field `{name}` of the form must be text or a number: JSON.stringify(…) makes text of anything"
            ))
    };
    match value {
        None => Err(fault("Cannot read properties of undefined (reading 'name')").into()),
        Some(Value::Array(_)) if context.version() >= 4.2 => Err(fault("Arrays are not supported.").into()),
        Some(Value::Array(values)) => {
            let values = values.iter().map(|value| parts_of(context, name, Some(value.clone())));
            Ok(values.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Some(Value::Object(_)) => Err(Failure::thrown(fault("source.on is not a function"))),
        Some(Value::Null) => Err(Failure::thrown(fault(
            "Cannot read properties of null (reading 'name')",
        ))),
        Some(Value::Bool(_)) => Err(Failure::thrown(fault("data should be a string, Buffer or Uint8Array"))),
        Some(value) => Ok(vec![value]),
    }
}

fn text(text: String) -> Piece {
    Piece::Bytes(text.into())
}

/// What stands between the parts of a form.
pub(crate) fn boundary(context: &Context<'_>) -> String {
    let random = || (context.capabilities.environment.random() * 1e12) as u64;
    format!("--------------------------{:012}{:012}", random(), random())
}

/// A name between quotes in a header of a part.
pub(crate) fn quoted(name: &str) -> String {
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

pub(super) fn binary<'run>(context: &Context<'run>, item: usize, name: &str) -> Result<&'run Binary, NodeError> {
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
