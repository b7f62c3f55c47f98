//! What the first bytes of a file tell of its type, as n8n tells it. `infer` knows most of them; here is what n8n calls
//! otherwise, what it alone knows, and what it does not know: text of most kinds is plain text.

/// Beginnings that `infer` does not know, or takes for something else: the bytes, where they are, media type and extension.
const SIGNATURES: [(&[u8], usize, &str, &str); 23] = [
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-cfb", "cfb"),
    (b"BEGIN:VCALENDAR", 0, "text/calendar", "ics"),
    (b"BEGIN:VCARD", 0, "text/vcard", "vcf"),
    (b"<?xml ", 0, "application/xml", "xml"),
    (b"#!AMR", 0, "audio/amr", "amr"),
    (b"-----BEGIN PGP MESSAGE-----", 0, "application/pgp-encrypted", "pgp"),
    (b"\x0bw", 0, "audio/vnd.dolby.dd-raw", "ac3"),
    (b"\xff\x0a", 0, "image/jxl", "jxl"),
    (b"L\0\0\0\x01\x14\x02\0", 0, "application/x.ms.shortcut", "lnk"),
    (b"ARROW1", 0, "application/x-apache-arrow", "arrow"),
    (b"\xd4\xc3\xb2\xa1", 0, "application/vnd.tcpdump.pcap", "pcap"),
    (b"MAC ", 0, "audio/ape", "ape"),
    (b"Extended Module:", 0, "audio/x-xm", "xm"),
    (b"\xed\xab\xee\xdb", 0, "application/x-rpm", "rpm"),
    (b"solid ", 0, "model/stl", "stl"),
    (b"BLENDER", 0, "application/x-blender", "blend"),
    (b"icns", 0, "image/icns", "icns"),
    (b"-lh", 2, "application/x-lzh-compressed", "lzh"),
    (b"ftyp3g", 4, "video/3gpp", "3gp"),
    (b"ftypavif", 4, "image/avif", "avif"),
    (b"ftypheic", 4, "image/heic", "heic"),
    (b"ftypheix", 4, "image/heic", "heic"),
    (b"QLCM", 8, "audio/qcelp", "qcp"),
];

/// What n8n calls otherwise than `infer`: the extension that that gives, n8n's media type and extension.
const RENAMED: [(&str, &str, &str); 15] = [
    ("aiff", "audio/aiff", "aif"),
    ("avi", "video/vnd.avi", "avi"),
    ("deb", "application/x-deb", "deb"),
    ("exe", "application/x-msdownload", "exe"),
    ("ico", "image/x-icon", "ico"),
    ("m4a", "audio/x-m4a", "m4a"),
    ("midi", "audio/midi", "mid"),
    ("mpg", "video/MP2P", "mpg"),
    ("otf", "font/otf", "otf"),
    ("rar", "application/x-rar-compressed", "rar"),
    ("sqlite", "application/x-sqlite3", "sqlite"),
    ("ttf", "font/ttf", "ttf"),
    ("wav", "audio/vnd.wave", "wav"),
    ("woff", "font/woff", "woff"),
    ("woff2", "font/woff2", "woff2"),
];

/// Extensions of what only `infer` tells from plain text.
const PLAIN: [&str; 5] = ["der", "html", "pem", "sh", "xml"];

/// Media type and extension of a file that begins so; `None` where that does not tell.
pub(super) fn recognized(first: &[u8]) -> Option<(&'static str, &'static str)> {
    let has = |bytes: &[u8], place: usize| first.get(place..).is_some_and(|rest| rest.starts_with(bytes));
    let known = SIGNATURES.iter().find(|(bytes, place, ..)| has(bytes, *place));
    if let Some((_, _, media_type, extension)) = known {
        return Some((media_type, extension));
    }
    let found = infer::get(first).filter(|found| !PLAIN.contains(&found.extension()))?;
    let renamed = RENAMED.iter().find(|(extension, ..)| *extension == found.extension());
    Some(match renamed {
        Some((_, media_type, extension)) => (media_type, extension),
        None => (found.mime_type(), found.extension()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_tell_what_they_tell_n8n() {
        for (first, expected) in [
            (&b"RIFF\x24\0\0\0WAVEfmt "[..], Some(("audio/vnd.wave", "wav"))),
            (b"#!AMR\n", Some(("audio/amr", "amr"))),
            (b"\0\0\0\x14ftyp3gp4\0\0\0\0", Some(("video/3gpp", "3gp"))),
            (
                b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0",
                Some(("application/x-cfb", "cfb")),
            ),
            (b"%PDF-1.4\n", Some(("application/pdf", "pdf"))),
            (b"<?xml version=\"1.0\"?><a/>", Some(("application/xml", "xml"))),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", None),
            (b"<!DOCTYPE html><html></html>", None),
            (b"#!/bin/sh\nls", None),
            (b"-----BEGIN CERTIFICATE-----\n", None),
            (b"", None),
        ] {
            assert_eq!(recognized(first), expected, "{}", String::from_utf8_lossy(first));
        }
    }
}
