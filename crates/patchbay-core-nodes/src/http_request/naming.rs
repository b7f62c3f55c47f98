//! Which answers are files, and how these are named.

use patchbay_model::Text;
use patchbay_node::media;
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

/// The directory and the name of an answer's file: the name that the answer gives it, else the last part of the URL's
/// path. Where redirects are followed, n8n takes the whole URL for the directory, else the path's parts before the last,
/// with the query at the name.
pub(super) fn place(disposition: Option<&str>, url: &str, follows: bool) -> (Option<Text>, Option<Text>) {
    let disposed = disposition.and_then(media::file_name).filter(|name| !name.is_empty());
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

/// A file's extension: its name's, else its media type's.
pub(super) fn extension(name: Option<&str>, media_type: &str) -> Option<Text> {
    let of_name = name
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, extension)| extension);
    of_name
        .filter(|extension| !extension.is_empty())
        .or_else(|| media::extension(media_type))
        .map(Text::from)
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
}
