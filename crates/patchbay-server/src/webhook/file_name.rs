//! Names of files that come with a request: what the caller says, without what could do harm.

use patchbay_model::{Binary, Text};
use percent_encoding::percent_decode_str;

/// The name that `attachment; filename="a.txt"` gives, or `…; filename*=UTF-8''a%20b.txt`.
pub fn file_name(disposition: &str) -> Option<String> {
    let parts = || disposition.split(';').map(str::trim);
    let extended = parts().find_map(|part| {
        let (_, name) = part.strip_prefix("filename*=")?.rsplit_once('\'')?;
        Some(percent_decode_str(name).decode_utf8_lossy().into_owned())
    });
    extended.or_else(|| {
        let name = parts().find_map(|part| part.strip_prefix("filename="))?;
        Some(name.trim_matches('"').to_owned())
    })
}

/// A workflow may write a file of that name: it must not lead out of its folder. `None` where nothing is left of it.
pub fn without_folders(name: &str) -> Option<Text> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    (!matches!(name.trim(), "" | "." | "..")).then(|| name.into())
}

/// What the name ends with, else what the type is known by.
pub fn extension(binary: &Binary) -> Option<Text> {
    let named = binary.file_name.as_ref().and_then(|name| name.rsplit_once('.'));
    if let Some((_, extension)) = named {
        return Some(extension.into());
    }
    let known = match binary.mime_type.as_str() {
        "application/octet-stream" => "bin",
        "text/plain" => "txt",
        "image/jpeg" => "jpg",
        "audio/mpeg" => "mp3",
        "application/json" => "json",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/gzip" => "gz",
        mime => match mime.split_once('/') {
            Some(("text" | "image" | "audio" | "video", kind)) if !kind.contains(['.', '+', '-']) => kind,
            _ => return None,
        },
    };
    Some(known.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_names_without_folders() {
        for (disposition, expected) in [
            (r#"attachment; filename="a.txt""#, Some("a.txt")),
            (r#"form-data; name="f"; filename="../../etc/x""#, Some("x")),
            (r#"form-data; filename="C:\docs\a b.txt""#, Some("a b.txt")),
            (r#"form-data; filename="..""#, None),
            ("form-data; filename*=UTF-8''%C3%A4%2Fb%20c.txt", Some("b c.txt")),
            (r#"form-data; filename="x"; filename*=utf-8'en'y"#, Some("y")),
            (r#"form-data; name="f""#, None),
        ] {
            let name = file_name(disposition).and_then(|name| without_folders(&name));
            assert_eq!(name.as_deref(), expected, "{disposition}");
        }
    }
}
