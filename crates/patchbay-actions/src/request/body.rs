//! Writes a request's body: JSON, a form, a form of parts with files, or a file or text as it is. Files are not read here:
//! they are sent from where they lie.

use patchbay_model::{Binary, BinaryData, Item, Text, Value};
use patchbay_node::capability::http::{Body, Piece};
use patchbay_node::{Capabilities, NodeError};

use super::Draft;
use super::styles::plain_or_json;

pub const MULTIPART: &str = "multipart/form-data";
pub const FORM: &str = "application/x-www-form-urlencoded";

impl Draft {
    /// Finds the files that are to be sent among the item's.
    pub fn find_files(&mut self, item: &Item) -> Result<(), NodeError> {
        for attachment in &mut self.files {
            let files = item.binary.as_ref();
            let found = files.and_then(|files| files.get(&attachment.name));
            attachment.file = Some(found.cloned().ok_or_else(|| {
                let message = format!("the item has no file `{}`", attachment.name);
                let error = NodeError::new("E0439", message).parameter(attachment.parameter.clone());
                let names: Vec<&str> = files
                    .into_iter()
                    .flat_map(|files| files.keys())
                    .map(Text::as_str)
                    .collect();
                match names.as_slice() {
                    [] => error.hint("it has none at all: does the node before give any?"),
                    names => error.hint(format!("it has `{}`", names.join("`, `"))),
                }
            })?);
        }
        Ok(())
    }
}

/// The `Content-Type` that goes with the body, and the body.
pub async fn write(draft: &Draft, capabilities: &Capabilities) -> Result<(Option<Text>, Body), NodeError> {
    let whole = draft.files.iter().find(|attachment| attachment.field.is_none());
    if let Some(file) = whole.and_then(|attachment| attachment.file.as_ref()) {
        let content_type = match draft.content_type.as_str() {
            // It takes anything: say what it is.
            "application/octet-stream" | "*/*" if !file.mime_type.is_empty() => file.mime_type.clone(),
            _ => draft.content_type.clone(),
        };
        return Ok((Some(content_type), Body::Pieces(vec![piece(file, capabilities).await?])));
    }
    if draft.content_type == MULTIPART {
        return multipart(draft, capabilities).await;
    }
    let Some(value) = &draft.body else {
        return Ok((None, Body::Empty));
    };
    let bytes = match value {
        _ if draft.content_type.contains("json") => serde_json::to_vec(value).unwrap_or_default(),
        Value::Object(_) if draft.content_type == FORM => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in draft.form.iter().filter(|(_, value)| !value.is_null()) {
                form.append_pair(name, &plain_or_json(value));
            }
            form.finish().into_bytes()
        }
        value => plain_or_json(value).as_str().into(),
    };
    Ok((Some(draft.content_type.clone()), Body::Bytes(bytes.into())))
}

/// The fields and files of a form, each with a boundary before it.
async fn multipart(draft: &Draft, capabilities: &Capabilities) -> Result<(Option<Text>, Body), NodeError> {
    let random = || (capabilities.environment.random() * 1e12) as u64;
    let boundary = format!("--------------------------{:012}{:012}", random(), random());
    let mut pieces = Vec::new();
    for (name, value) in draft.form.iter().filter(|(_, value)| !value.is_null()) {
        let content_type = match value {
            Value::Array(_) | Value::Object(_) => "\r\nContent-Type: application/json",
            _ => "",
        };
        pieces.push(text(format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"{content_type}\r\n\r\n{}\r\n",
            quoted(name),
            plain_or_json(value)
        )));
    }
    for attachment in &draft.files {
        let (Some(field), Some(file)) = (&attachment.field, &attachment.file) else {
            continue;
        };
        pieces.push(text(format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
            quoted(field),
            quoted(file.file_name.as_deref().unwrap_or(&attachment.name)),
            file.mime_type
        )));
        pieces.push(piece(file, capabilities).await?);
        pieces.push(text("\r\n".to_owned()));
    }
    pieces.push(text(format!("--{boundary}--\r\n")));
    let content_type = format!("{MULTIPART}; boundary={boundary}").into();
    Ok((Some(content_type), Body::Pieces(pieces)))
}

fn text(text: String) -> Piece {
    Piece::Bytes(text.into())
}

/// A name between quotes in a header of a part.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

/// Files on disk stay there, what is in memory is sent from there.
async fn piece(file: &Binary, capabilities: &Capabilities) -> Result<Piece, NodeError> {
    Ok(match &file.data {
        BinaryData::Stored { .. } => Piece::File(file.clone()),
        BinaryData::Memory(bytes) => Piece::Bytes(bytes.clone()),
        BinaryData::Base64(_) => Piece::Bytes(capabilities.binaries.read(file).await?),
    })
}
