//! Files that items carry, and n8n's shape of them.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::value::{Object, Text, Value};

/// A file that an item carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    pub data: BinaryData,
    pub mime_type: Text,
    pub file_name: Option<Text>,
    pub file_extension: Option<Text>,
    /// In bytes.
    pub size: u64,
}

/// Where a file's bytes are.
#[derive(Clone, Debug, PartialEq)]
pub enum BinaryData {
    Memory(Bytes),
    /// A file that the binary store keeps.
    Stored {
        id: Text,
        path: Arc<PathBuf>,
    },
    /// Base64 text that has not been decoded: from a pinned or given item.
    Base64(Text),
}

impl Binary {
    /// Reads n8n's `{data, mimeType, fileName?, fileExtension?, fileSize?}`, `data` being base64.
    pub fn from_n8n(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(Text::from);
        let data = text("data").unwrap_or_default();
        Some(Self {
            size: (data.len() / 4 * 3).saturating_sub(data.bytes().rev().take_while(|b| *b == b'=').count()) as u64,
            data: BinaryData::Base64(data),
            mime_type: text("mimeType").unwrap_or_else(|| "application/octet-stream".into()),
            file_name: text("fileName"),
            file_extension: text("fileExtension"),
        })
    }

    /// n8n's shape without the bytes: what expressions see in `$binary`.
    pub fn to_n8n(&self) -> Value {
        let mut object = Object::new();
        object.insert("mimeType", self.mime_type.clone());
        if let Some(name) = &self.file_name {
            object.insert("fileName", name.clone());
        }
        if let Some(extension) = &self.file_extension {
            object.insert("fileExtension", extension.clone());
        }
        object.insert("fileSize", readable_size(self.size));
        match &self.data {
            BinaryData::Stored { id, .. } => drop(object.insert("id", id.clone())),
            BinaryData::Base64(text) => drop(object.insert("data", text.clone())),
            BinaryData::Memory(_) => {}
        }
        Value::object(object)
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
