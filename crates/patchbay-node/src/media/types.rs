//! Media types of extensions and extensions of media types, as n8n knows them: where they differ from `mime_guess`'s.

/// Where n8n differs, extension by extension.
const DIFFERENT: &str = include_str!("types.txt");

/// Types whose usual extension is not the first that `mime_guess` knows; empty where n8n knows none.
const EXTENSIONS: [(&str, &str); 56] = [
    ("application/gzip", "gz"),
    ("application/java-archive", "jar"),
    ("application/javascript", "js"),
    ("application/json", "json"),
    ("application/mp4", "mp4"),
    ("application/msword", "doc"),
    ("application/octet-stream", "bin"),
    ("application/pdf", "pdf"),
    ("application/pkcs7-mime", "p7m"),
    ("application/rtf", "rtf"),
    ("application/sql", "sql"),
    ("application/toml", "toml"),
    ("application/vnd.apple.mpegurl", "m3u8"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.ms-powerpoint", "ppt"),
    ("application/vnd.rar", "rar"),
    ("application/x-bzip2", "bz2"),
    ("application/x-gzip", ""),
    ("application/x-msdownload", "exe"),
    ("application/x-shockwave-flash", "swf"),
    ("application/x-x509-ca-cert", "der"),
    ("application/x-zip-compressed", "zip"),
    ("application/xml", "xml"),
    ("application/zip", "zip"),
    ("audio/aac", "adts"),
    ("audio/amr", "amr"),
    ("audio/flac", ""),
    ("audio/midi", "mid"),
    ("audio/mp3", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mpga"),
    ("audio/ogg", "oga"),
    ("audio/wave", "wav"),
    ("audio/x-flac", "flac"),
    ("audio/x-m4a", "m4a"),
    ("audio/x-wav", "wav"),
    ("image/jpeg", "jpg"),
    ("image/pjpeg", "jfif"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif"),
    ("image/vnd.microsoft.icon", "ico"),
    ("text/calendar", "ics"),
    ("text/css", "css"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/javascript", "js"),
    ("text/markdown", "md"),
    ("text/plain", "txt"),
    ("text/rtf", "rtf"),
    ("text/x-markdown", "mkd"),
    ("text/xml", "xml"),
    ("text/yaml", "yaml"),
    ("video/mp4", "mp4"),
    ("video/mpeg", "mpeg"),
    ("video/quicktime", "qt"),
    ("video/x-matroska", "mkv"),
];

/// The media type that a path's extension stands for; a path without a dot is taken for an extension.
pub fn of_path(path: &str) -> Option<String> {
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
pub fn extension(media_type: &str) -> Option<&'static str> {
    let essence = super::essence(media_type).to_lowercase();
    let known = EXTENSIONS.iter().find(|(known, _)| *known == essence);
    match known {
        Some((_, extension)) => Some(*extension).filter(|extension| !extension.is_empty()),
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
            ("Audio/X-WAV", Some("wav")),
            ("text/json", None),
            ("audio/flac", None),
            ("application/ld+json", Some("jsonld")),
            ("foo/bar", None),
        ] {
            assert_eq!(extension(media_type), expected, "{media_type}");
        }
    }
}
