//! Files that items carry, and n8n's shape of them.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::kept::base64_text;
use crate::value::{Object, Text, Value};

/// A file that an item carries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binary {
    pub data: BinaryData,
    pub mime_type: Text,
    /// n8n's word for the kind of file: `text`, `image`, … Nodes may give a file another media type and leave this.
    pub file_type: Option<Text>,
    pub file_name: Option<Text>,
    pub file_extension: Option<Text>,
    /// Where the file lay, as its path said it.
    pub directory: Option<Text>,
    /// In bytes.
    pub size: u64,
}

/// Where a file's bytes are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BinaryData {
    Memory(#[serde(with = "base64_text")] Bytes),
    /// A file that the binary store keeps.
    Stored {
        id: Text,
        path: Arc<PathBuf>,
    },
    /// Base64 text that has not been decoded: from a pinned or given item.
    Base64(Text),
}

impl Binary {
    /// A file without a name; `size` is in bytes.
    pub fn new(data: BinaryData, size: u64, mime_type: impl Into<Text>) -> Self {
        let mime_type = mime_type.into();
        Self {
            data,
            file_type: file_type(&mime_type).map(Text::new_static),
            mime_type,
            file_name: None,
            file_extension: None,
            directory: None,
            size,
        }
    }

    /// Reads n8n's `{data, mimeType, fileName?, fileExtension?, fileSize?}`, `data` being base64.
    pub fn from_n8n(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(Text::from);
        let data = text("data").unwrap_or_default();
        Some(Self {
            size: (data.len() / 4 * 3).saturating_sub(data.bytes().rev().take_while(|b| *b == b'=').count()) as u64,
            data: BinaryData::Base64(data),
            mime_type: text("mimeType").unwrap_or_else(|| "application/octet-stream".into()),
            file_type: text("fileType"),
            file_name: text("fileName"),
            file_extension: text("fileExtension"),
            directory: text("directory"),
        })
    }

    /// n8n's shape without the bytes: what expressions see in `$binary`.
    pub fn to_n8n(&self) -> Value {
        let mut object = Object::new();
        object.insert("mimeType", self.mime_type.clone());
        for (key, text) in [
            ("fileType", &self.file_type),
            ("fileName", &self.file_name),
            ("fileExtension", &self.file_extension),
            ("directory", &self.directory),
        ] {
            if let Some(text) = text {
                object.insert(key, text.clone());
            }
        }
        object.insert("fileSize", readable_size(self.size));
        match &self.data {
            BinaryData::Stored { id, .. } => drop(object.insert("id", id.clone())),
            BinaryData::Base64(text) => drop(object.insert("data", text.clone())),
            BinaryData::Memory(_) => {}
        }
        Value::object(object)
    }

    /// n8n's shape with the bytes as base64, where they are in memory: large files are known by their `id`.
    pub fn to_n8n_with_data(&self) -> Value {
        let mut shaped = self.to_n8n();
        if let (BinaryData::Memory(bytes), Some(object)) = (&self.data, shaped.as_object_mut()) {
            object.insert("data", STANDARD.encode(bytes));
        }
        shaped
    }
}

/// n8n's word for files of a media type, if it has one.
fn file_type(mime_type: &str) -> Option<&'static str> {
    match mime_type {
        "application/json" => Some("json"),
        "text/html" => Some("html"),
        "application/pdf" => Some("pdf"),
        "application/javascript" => Some("text"),
        _ => ["image", "audio", "video", "text"]
            .into_iter()
            .find(|kind| mime_type.starts_with(kind)),
    }
}

/// A size in bytes as n8n shows it: `1.23 kB`.
pub fn readable_size(bytes: u64) -> Text {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = 3_usize.saturating_sub(1 + size.max(1.0).log10() as usize);
    let rounded = format!("{size:.digits$}");
    let rounded = if rounded.contains('.') {
        rounded.trim_end_matches('0').trim_end_matches('.')
    } else {
        &rounded
    };
    format!("{rounded} {}", UNITS[unit]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1234, "1.23 kB"),
            (12_500, "12.5 kB"),
            (5_000_000, "5 MB"),
        ] {
            assert_eq!(readable_size(bytes), text);
        }
    }
}
