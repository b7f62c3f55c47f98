//! What the bytes of a font mean: `lopdf` knows its encoding, but not the ligatures that it names.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Encoding};

use super::dictionary;

/// The bytes of a font that show several letters as one sign, where it says so itself.
pub(super) fn ligatures(document: &Document, font: &Dictionary) -> BTreeMap<u8, &'static str> {
    let differences = font
        .get(b"Encoding")
        .ok()
        .filter(|_| !font.has(b"ToUnicode"))
        .and_then(|encoding| dictionary(document, encoding)?.get(b"Differences").ok())
        .and_then(|differences| document.dereference(differences).ok()?.1.as_array().ok());
    let (mut found, mut code) = (BTreeMap::new(), 0);
    for entry in differences.into_iter().flatten() {
        if let Ok(start) = entry.as_i64() {
            code = start;
            continue;
        }
        let letters = match entry.as_name().unwrap_or_default() {
            b"ff" => Some("ff"),
            b"fi" => Some("fi"),
            b"fl" => Some("fl"),
            b"ffi" => Some("ffi"),
            b"ffl" => Some("ffl"),
            _ => None,
        };
        if let (Some(letters), Ok(code)) = (letters, u8::try_from(code)) {
            found.insert(code, letters);
        }
        code += 1;
    }
    found
}

/// What the bytes of a font mean.
#[derive(Clone, Copy, Default)]
pub(super) struct Letters<'f> {
    pub(super) encoding: Option<&'f Encoding<'f>>,
    pub(super) ligatures: Option<&'f BTreeMap<u8, &'static str>>,
}

impl Letters<'_> {
    pub(super) fn decoded(&self, bytes: &[u8]) -> String {
        let Some(ligatures) = self.ligatures else {
            return self.without_ligatures(bytes);
        };
        let mut text = String::with_capacity(bytes.len());
        let mut start = 0;
        for (place, byte) in bytes.iter().enumerate() {
            if let Some(letters) = ligatures.get(byte) {
                text.push_str(&self.without_ligatures(&bytes[start..place]));
                text.push_str(letters);
                start = place + 1;
            }
        }
        text.push_str(&self.without_ligatures(&bytes[start..]));
        text
    }

    fn without_ligatures(&self, bytes: &[u8]) -> String {
        let decoded = self.encoding.and_then(|encoding| encoding.bytes_to_string(bytes).ok());
        decoded.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
    }
}
