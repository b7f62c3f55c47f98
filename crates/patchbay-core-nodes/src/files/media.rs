//! Media types of extensions and extensions of media types, as n8n knows them: where they differ from `mime_guess`'s.

/// Where n8n differs, extension by extension.
const DIFFERENT: &str = include_str!("media_types.txt");

/// Types whose usual extension is not the first that `mime_guess` knows.
const EXTENSIONS: [(&str, &str); 27] = [
    ("application/gzip", "gz"),
    ("application/javascript", "js"),
    ("application/json", "json"),
    ("application/msword", "doc"),
    ("application/octet-stream", "bin"),
    ("application/pdf", "pdf"),
    ("application/rtf", "rtf"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/xml", "xml"),
    ("application/zip", "zip"),
    ("audio/mpeg", "mpga"),
    ("audio/ogg", "oga"),
    ("image/jpeg", "jpg"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif"),
    ("text/calendar", "ics"),
    ("text/css", "css"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/javascript", "js"),
    ("text/markdown", "md"),
    ("text/plain", "txt"),
    ("text/xml", "xml"),
    ("text/yaml", "yaml"),
    ("video/mp4", "mp4"),
    ("video/mpeg", "mpeg"),
];

/// The media type that a path's extension stands for; a path without a dot is taken for an extension.
pub(crate) fn of_path(path: &str) -> Option<String> {
    let base = path.rsplit('/').next().unwrap_or(path);
    let extension = base.rsplit('.').next().unwrap_or(base).to_lowercase();
    for line in DIFFERENT.lines() {
        match line.split_once(' ') {
            Some(("-", unknown)) if unknown.split(' ').any(|unknown| unknown == extension) => return None,
            Some((known, media_type)) if known == extension => return Some(media_type.to_owned()),
            _ => {}
        }
    }
    mime_guess::from_ext(&extension).first_raw().map(str::to_owned)
}

/// The extension that files of a type usually have.
pub(crate) fn extension(media_type: &str) -> Option<&'static str> {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let known = EXTENSIONS.iter().find(|(known, _)| *known == essence);
    match known {
        Some((_, extension)) => Some(extension),
        None => mime_guess::get_mime_extensions_str(&essence)?.first().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_n8ns() {
        for (path, media_type) in [
            ("a.csv", Some("text/csv")),
            ("A.PDF", Some("application/pdf")),
            ("a.xml", Some("application/xml")),
            ("a.ts", Some("video/mp2t")),
            ("d.d/a", None),
            ("a.unknown", None),
            ("a.x", None),
            ("a.rar", Some("application/vnd.rar")),
        ] {
            assert_eq!(of_path(path).as_deref(), media_type, "{path}");
        }
        for (media_type, expected) in [
            ("text/plain; charset=utf-8", Some("txt")),
            ("image/gif", Some("gif")),
            ("foo/bar", None),
        ] {
            assert_eq!(extension(media_type), expected, "{media_type}");
        }
    }
}
