//! What headers say of a body: its media type, the charset of its text, the name of its file.

mod types;

use encoding_rs::{Encoding, UTF_8};
use patchbay_model::Text;
use percent_encoding::percent_decode_str;

pub use types::{extension, of_path};

/// `text/html` of `text/html; charset=utf-8`.
pub fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// Bytes as text, by the `charset` of their `Content-Type`; UTF-8 where there is none. What is no such text is replaced.
pub fn decode(bytes: &[u8], content_type: &str) -> String {
    let charset = parameter(content_type, "charset").unwrap_or_default();
    encoding(&charset).decode(bytes).0.into_owned()
}

fn encoding(charset: &str) -> &'static Encoding {
    Encoding::for_label(charset.as_bytes()).unwrap_or(UTF_8)
}

/// The name that a `Content-Disposition` gives a file: `filename*=UTF-8''a%20b.txt` goes before `filename="a b.txt"`. Nothing
/// keeps it from leading out of a folder: see [`without_folders`].
pub fn file_name(disposition: &str) -> Option<String> {
    let extended = parameter(disposition, "filename*").and_then(|value| {
        let (charset, value) = value.split_once('\'')?;
        let (_language, encoded) = value.split_once('\'')?;
        let bytes: Vec<u8> = percent_decode_str(encoded).collect();
        Some(encoding(charset).decode(&bytes).0.into_owned())
    });
    extended.or_else(|| parameter(disposition, "filename"))
}

/// The last part of a path, as a name that a file may be written with; `None` where nothing is left of it.
pub fn without_folders(name: &str) -> Option<Text> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    let name = name.trim();
    (!matches!(name, "" | "." | "..")).then(|| name.into())
}

/// A parameter of a header: of `text/plain; charset="utf-8"` its `charset`.
fn parameter(header: &str, wanted: &str) -> Option<String> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = header.split(|character| {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            ';' => return !quoted,
            _ => {}
        }
        false
    });
    let mut pairs = parts.filter_map(|part| part.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))?;
    let value = value.trim();
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Some(inner.map_or_else(|| value.to_owned(), |inner| inner.replace("\\\"", "\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_by_their_charset() {
        for (content_type, bytes, expected) in [
            ("text/plain", &b"caf\xc3\xa9"[..], "café"),
            ("text/plain; charset=iso-8859-1", b"caf\xe9", "café"),
            ("text/plain; a=b; Charset=\"latin1\"", b"caf\xe9", "café"),
            ("application/json;charset=utf-16le", b"1\0", "1"),
            ("text/plain; charset=unknown", b"a", "a"),
            ("text/plain", b"caf\xe9", "caf\u{fffd}"),
        ] {
            assert_eq!(decode(bytes, content_type), expected, "{content_type}");
        }
    }

    #[test]
    fn dispositions_name_files() {
        for (disposition, name, alone) in [
            (r#"attachment; filename="a.txt""#, Some("a.txt"), Some("a.txt")),
            ("inline; FileName = b.txt", Some("b.txt"), Some("b.txt")),
            (
                r#"form-data; filename="a;b.txt"; size=3"#,
                Some("a;b.txt"),
                Some("a;b.txt"),
            ),
            (
                r#"form-data; filename="q\"uo.txt""#,
                Some("q\"uo.txt"),
                Some("q\"uo.txt"),
            ),
            (
                r#"form-data; name="f"; filename="../../etc/x""#,
                Some("../../etc/x"),
                Some("x"),
            ),
            (
                r#"form-data; filename="C:\docs\a b.txt""#,
                Some(r"C:\docs\a b.txt"),
                Some("a b.txt"),
            ),
            (r#"form-data; filename="..""#, Some(".."), None),
            (
                "form-data; filename*=UTF-8''%C3%A4%2Fb%20c.txt",
                Some("ä/b c.txt"),
                Some("b c.txt"),
            ),
            (
                r#"attachment; filename="x"; filename*=utf-8'en'y"#,
                Some("y"),
                Some("y"),
            ),
            (
                "attachment; filename*=iso-8859-1''%E4.txt",
                Some("ä.txt"),
                Some("ä.txt"),
            ),
            (r#"attachment; filename*="UTF-8''q.txt""#, Some("q.txt"), Some("q.txt")),
            (r#"form-data; filename="""#, Some(""), None),
            (r#"form-data; name="f""#, None, None),
        ] {
            let found = file_name(disposition);
            assert_eq!(found.as_deref(), name, "{disposition}");
            let found = found.and_then(|name| without_folders(&name));
            assert_eq!(found.as_deref(), alone, "{disposition}");
        }
    }
}
