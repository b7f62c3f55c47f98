//! Media types: which answers are files, how files are named, how text is decoded.

use encoding_rs::{Encoding, UTF_8};
use patchbay_model::Text;
use percent_encoding::percent_decode_str;
use url::Url;

/// Beginnings of the media types that n8n takes for files.
const FILES: [&str; 20] = [
    "image/",
    "audio/",
    "video/",
    "application/octet-stream",
    "application/gzip",
    "application/zip",
    "application/vnd.rar",
    "application/epub+zip",
    "application/x-bzip",
    "application/x-bzip2",
    "application/x-cdf",
    "application/vnd.amazon.ebook",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.visio",
    "application/vnd.openxmlformats-officedocument",
    "application/x-tar",
    "application/x-7z-compressed",
    "application/pdf",
    "application/vnd.ms-fontobject",
];

/// Whether an answer of that `Content-Type` is a file where nobody says what it is.
pub(super) fn is_file(content_type: &str) -> bool {
    FILES.iter().any(|beginning| content_type.contains(beginning))
}

/// `text/html` of `text/html; charset=utf-8`.
pub(super) fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

/// The directory and the name of an answer's file: the name that the answer gives it, else the last part of the URL's
/// path. Where redirects are followed, n8n takes the whole URL for the directory, else the path's parts before the last,
/// with the query at the name.
pub(super) fn place(disposition: Option<&str>, url: &str, follows: bool) -> (Option<Text>, Option<Text>) {
    let disposed = disposition.and_then(disposed_name).filter(|name| !name.is_empty());
    let Ok(mut url) = Url::parse(url) else {
        return (None, disposed.map(Text::from));
    };
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
    if follows {
        let last = || percent_decode_str(last).decode_utf8_lossy().into_owned();
        let name = disposed.unwrap_or_else(last);
        return (Some(Text::from(url.as_str())), (!name.is_empty()).then(|| name.into()));
    }
    if let Some(name) = disposed {
        return (None, Some(name.into()));
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let (name, directory) = (format!("{last}{query}"), before.trim_start_matches('/'));
    (
        (!directory.is_empty()).then(|| directory.into()),
        (!name.is_empty()).then(|| name.into()),
    )
}

/// `filename*=UTF-8''a%20b` before `filename="a b"`.
fn disposed_name(disposition: &str) -> Option<String> {
    let parts: Vec<(String, &str)> = disposition
        .split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim()))
        .collect();
    let part = |wanted: &str| parts.iter().find(|(name, _)| name == wanted).map(|(_, value)| *value);
    if let Some((_, encoded)) = part("filename*").and_then(|value| value.split_once("''")) {
        return Some(percent_decode_str(encoded).decode_utf8_lossy().into_owned());
    }
    Some(part("filename")?.trim_matches('"').replace("\\\"", "\""))
}

/// A file's extension: its name's, else its media type's.
pub(super) fn extension(name: Option<&str>, media_type: &str) -> Option<Text> {
    let of_name = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, extension)| extension);
    of_name
        .filter(|extension| !extension.is_empty())
        .or_else(|| of_type(media_type))
        .map(Text::from)
}

/// The extension that n8n gives to files of a type.
fn of_type(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "application/json" => "json",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/gzip" => "gz",
        "application/x-tar" => "tar",
        "application/x-7z-compressed" => "7z",
        "application/vnd.rar" => "rar",
        "application/x-bzip" => "bz",
        "application/x-bzip2" => "bz2",
        "application/epub+zip" => "epub",
        "application/vnd.amazon.ebook" => "azw",
        "application/vnd.visio" => "vsd",
        "application/octet-stream" => "bin",
        "application/xml" | "text/xml" => "xml",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/csv" => "csv",
        "text/css" => "css",
        "text/calendar" => "ics",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "image/bmp" => "bmp",
        "image/tiff" => "tif",
        "audio/mpeg" => "mpga",
        "audio/wav" => "wav",
        "audio/ogg" => "oga",
        "video/mp4" => "mp4",
        "video/webm" => "webm",
        "video/mpeg" => "mpeg",
        _ => return None,
    })
}

/// Bytes as text, by the `charset` of their `Content-Type`; UTF-8 where there is none.
pub(super) fn decode(bytes: &[u8], content_type: &str) -> String {
    let charset = content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches('"'))
    });
    let encoding = charset
        .and_then(|name| Encoding::for_label(name.as_bytes()))
        .unwrap_or(UTF_8);
    encoding.decode(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_the_answer_or_the_url() {
        for (disposition, url, follows, directory, name) in [
            (
                Some(r#"attachment; filename="re port.csv""#),
                "http://h/x",
                true,
                Some("http://h/x"),
                Some("re port.csv"),
            ),
            (
                Some("attachment; filename*=UTF-8''na%20me.txt"),
                "http://h/x",
                false,
                None,
                Some("na me.txt"),
            ),
            (
                None,
                "http://h/dir/pic.png?x=1#f",
                true,
                Some("http://h/dir/pic.png?x=1"),
                Some("pic.png"),
            ),
            (
                None,
                "http://h/dir/pic.png?x=1#f",
                false,
                Some("dir"),
                Some("pic.png?x=1"),
            ),
            (None, "http://h/a/deep/obj/", false, Some("a/deep"), Some("obj")),
            (None, "http://h/", true, Some("http://h/"), None),
            (None, "http://h/", false, None, None),
        ] {
            let (found_directory, found_name) = place(disposition, url, follows);
            assert_eq!(found_directory.as_deref(), directory, "{url}");
            assert_eq!(found_name.as_deref(), name, "{url}");
        }
    }

    #[test]
    fn extensions_are_the_names_or_the_types() {
        for (name, media_type, extension_) in [
            (Some("re port.csv"), "application/octet-stream", Some("csv")),
            (Some("png"), "image/png", Some("png")),
            (None, "application/unknown", None),
        ] {
            assert_eq!(extension(name, media_type).as_deref(), extension_);
        }
    }

    #[test]
    fn text_is_decoded_by_its_charset() {
        assert_eq!(decode(b"hello \xe9", "text/plain; charset=iso-8859-1"), "hello é");
        assert_eq!(decode("é".as_bytes(), "text/plain"), "é");
    }
}
