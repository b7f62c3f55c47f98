//! Text in the encodings that n8n's nodes name: `utf8`, `latin1`, `utf16le`, `cp1252`, …

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use patchbay_node::NodeError;

/// How text becomes bytes and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Charset {
    /// Each character below 256 is a byte.
    Latin1,
    Ascii,
    /// Little-endian with a mark at the start.
    Utf16,
    Web(&'static Encoding),
}

impl Charset {
    /// The encoding of a name, in whatever case and with whatever dashes.
    pub(crate) fn named(name: &str) -> Result<Self, NodeError> {
        let plain: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        Ok(match plain.as_str() {
            "" | "utf8" | "cesu8" | "unicode11utf8" => Self::Web(UTF_8),
            "latin1" | "iso88591" | "binary" => Self::Latin1,
            "ascii" | "usascii" => Self::Ascii,
            "utf16" => Self::Utf16,
            "utf16le" | "ucs2" => Self::Web(UTF_16LE),
            "utf16be" => Self::Web(UTF_16BE),
            "win1252" => Self::Web(WINDOWS_1252),
            _ => {
                let windows = plain.strip_prefix("cp").or_else(|| plain.strip_prefix("win"));
                let found = Encoding::for_label(name.trim().as_bytes())
                    .or_else(|| Encoding::for_label(format!("windows-{}", windows?).as_bytes()))
                    .or_else(|| Encoding::for_label(format!("iso-8859-{}", plain.strip_prefix("iso8859")?).as_bytes()));
                let unknown = || {
                    let message = format!("Encoding not recognized: '{name}' (searched as: '{plain}')");
                    NodeError::new("E0983", message)
                };
                Self::Web(found.ok_or_else(unknown)?)
            }
        })
    }

    /// The encoding that bytes seem to be in: by the mark at their start, as UTF-8 if they can be, else by what is usual in
    /// each encoding.
    pub(crate) fn detect(bytes: &[u8]) -> Self {
        if let Some((marked, _)) = Encoding::for_bom(bytes) {
            return Self::Web(marked);
        }
        if std::str::from_utf8(bytes).is_ok() {
            return Self::Web(UTF_8);
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
        detector.feed(bytes, true);
        Self::Web(detector.guess(None, Utf8Detection::Deny))
    }

    /// Bytes as text, without a mark at the start.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
            Self::Ascii => {
                let characters = bytes
                    .iter()
                    .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' });
                characters.collect()
            }
            Self::Utf16 if bytes.starts_with(&[0xFE, 0xFF]) => UTF_16BE.decode_with_bom_removal(bytes).0.into_owned(),
            Self::Utf16 => UTF_16LE.decode_with_bom_removal(bytes).0.into_owned(),
            Self::Web(encoding) => {
                // Half of a UTF-16 unit at the end is nothing.
                let wide = encoding == UTF_16LE || encoding == UTF_16BE;
                let whole = if wide { &bytes[..bytes.len() / 2 * 2] } else { bytes };
                encoding.decode_with_bom_removal(whole).0.into_owned()
            }
        }
    }

    /// Text as bytes; `mark`: with one at the start, where the encoding has one. What it can not say becomes `?`.
    pub(crate) fn encode(self, text: &str, mark: bool) -> Vec<u8> {
        let units =
            |text: &str, bytes_of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes_of).collect::<Vec<u8>>();
        let marked = if mark {
            format!("\u{feff}{text}")
        } else {
            text.to_owned()
        };
        match self {
            Self::Latin1 => text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect(),
            Self::Ascii => text
                .chars()
                .map(|c| if c.is_ascii() { c as u8 } else { b'?' })
                .collect(),
            Self::Utf16 => units(&format!("\u{feff}{text}"), u16::to_le_bytes),
            Self::Web(encoding) if encoding == UTF_8 => marked.into_bytes(),
            Self::Web(encoding) if encoding == UTF_16LE => units(&marked, u16::to_le_bytes),
            Self::Web(encoding) if encoding == UTF_16BE => units(&marked, u16::to_be_bytes),
            Self::Web(encoding) => {
                let mut bytes = Vec::with_capacity(text.len());
                for c in text.chars() {
                    let mut buffer = [0; 4];
                    match encoding.encode(c.encode_utf8(&mut buffer)) {
                        (encoded, _, false) => bytes.extend_from_slice(&encoded),
                        (_, _, true) => bytes.push(b'?'),
                    }
                }
                bytes
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_bytes_and_back() {
        for (name, mark, bytes) in [
            ("utf8", false, &b"h\xc3\xa9\xe2\x82\xac"[..]),
            ("UTF-8", true, b"\xef\xbb\xbfh\xc3\xa9\xe2\x82\xac"),
            ("latin1", true, b"h\xe9?"),
            ("ascii", false, b"h??"),
            ("cp1252", false, b"h\xe9\x80"),
            ("utf16le", false, b"h\0\xe9\0\xac\x20"),
            ("utf-16be", false, b"\0h\0\xe9\x20\xac"),
            ("utf16", false, b"\xff\xfeh\0\xe9\0\xac\x20"),
            ("shift_jis", false, b"h??"),
        ] {
            let charset = Charset::named(name).expect("known");
            let encoded = charset.encode("hé€", mark);
            assert_eq!(encoded, bytes, "{name}");
            let said: String = "hé€"
                .chars()
                .filter(|c| !charset.encode(&c.to_string(), false).ends_with(b"?"))
                .collect();
            assert_eq!(charset.decode(&encoded).replace('?', ""), said, "{name}");
        }
        let unknown = Charset::named("no-pe").expect_err("unknown");
        assert_eq!(
            unknown.error.message,
            "Encoding not recognized: 'no-pe' (searched as: 'nope')"
        );
    }

    #[test]
    fn encodings_are_detected() {
        let russian = "Привет мир, это обычный русский текст для проверки кодировки файла";
        let japanese = "これは文字コードの自動判定をテストするための日本語の文章です。";
        for (name, text) in [
            ("utf8", russian),
            ("utf16", "Müller"),
            ("cp1252", "Müller;Hauptstraße 5;Köln\nJäger;Große Gasse 7;Düsseldorf\n"),
            ("windows-1251", russian),
            ("shift_jis", japanese),
            ("euc-jp", japanese),
            ("gb18030", "这是一个用于测试编码检测的中文文本，内容比较长一些"),
        ] {
            let bytes = Charset::named(name).expect("known").encode(text, false);
            assert_eq!(Charset::detect(&bytes).decode(&bytes), text, "{name}");
        }
    }
}
