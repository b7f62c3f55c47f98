//! A request as the item that starts a workflow.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt};
use indexmap::IndexMap;
use patchbay_model::{Binary, BinaryData, Item, Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::BinaryStore;

use super::settings::Settings;
use super::{query, xml};

/// Why a body is not taken.
#[derive(Debug)]
pub enum Fault {
    TooLarge {
        limit: u64,
    },
    /// It is not what its type says, and why.
    Malformed(String),
    /// The caller went away, or the disk is full.
    Broken(String),
}

/// What the body of a request is.
#[derive(Default)]
pub struct Content {
    pub body: Option<Value>,
    pub files: IndexMap<Text, Binary>,
    /// As it came, where it was held.
    pub raw: Bytes,
}

/// How large bodies may be, in bytes.
#[derive(Clone, Copy)]
pub struct Largest {
    pub body: u64,
    pub form: u64,
}

/// Reads a body; files go to the store while they come in. `must_hold` wants the raw body in memory.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    settings: &Settings,
    version: f64,
    largest: Largest,
    must_hold: bool,
    files: &dyn BinaryStore,
) -> Result<Content, Fault> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let content_type = header(CONTENT_TYPE).unwrap_or_default();
    let media = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let whole_as_file = version < 1.1 && settings.binary_data;
    if media == "multipart/form-data" && !whole_as_file && !must_hold {
        let largest = settings.largest_body.unwrap_or(largest.form);
        check_length(headers, largest)?;
        return form(content_type, body, settings, largest, files).await;
    }
    let parsed = matches!(
        media.as_str(),
        "application/json" | "application/xml" | "text/xml" | "text/plain" | "application/x-www-form-urlencoded" | ""
    );
    let as_file = whole_as_file || (!parsed && (version >= 1.1 || settings.binary_data) && !settings.raw_body);
    if as_file && !must_hold {
        let largest = settings.largest_body.unwrap_or(largest.form);
        check_length(headers, largest)?;
        return file(headers, &media, body, settings, largest, files).await;
    }
    let largest = settings.largest_body.unwrap_or(largest.body);
    check_length(headers, largest)?;
    let raw = hold(body, largest).await?;
    let mut content = Content {
        body: parse(&media, content_type, &raw, version)?,
        raw: raw.clone(),
        ..Content::default()
    };
    if settings.raw_body {
        let name = settings.binary_name.clone().unwrap_or_else(|| "data".into());
        let size = raw.len() as u64;
        let mut binary = Binary::new(BinaryData::Memory(raw), size, or_octets(&media));
        binary.file_type = None;
        content.files.insert(name, binary);
    }
    Ok(content)
}

/// Refuses what says itself that it is too large, before any of it is read.
fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), Fault> {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match length.and_then(|text| text.parse::<u64>().ok()) {
        Some(length) if length > limit => Err(Fault::TooLarge { limit }),
        _ => Ok(()),
    }
}

async fn hold(body: Body, limit: u64) -> Result<Bytes, Fault> {
    let mut stream = body.into_data_stream();
    let Some(first) = stream.next().await else {
        return Ok(Bytes::new());
    };
    let first = first.map_err(|error| Fault::Broken(error.to_string()))?;
    let Some(second) = stream.next().await else {
        // Nearly all bodies come at once.
        return if first.len() as u64 > limit {
            Err(Fault::TooLarge { limit })
        } else {
            Ok(first)
        };
    };
    let mut whole = BytesMut::from(&first[..]);
    let mut next = Some(second);
    while let Some(chunk) = next {
        whole.extend_from_slice(&chunk.map_err(|error| Fault::Broken(error.to_string()))?);
        if whole.len() as u64 > limit {
            return Err(Fault::TooLarge { limit });
        }
        next = stream.next().await;
    }
    Ok(whole.freeze())
}

/// A body that is held, by its type. n8n's first version has none where the type is not one of these.
fn parse(media: &str, content_type: &str, raw: &Bytes, version: f64) -> Result<Option<Value>, Fault> {
    let empty = || (version >= 1.1).then(|| Value::object(Object::new()));
    if raw.is_empty() {
        return Ok(empty());
    }
    let text = || String::from_utf8_lossy(raw).into_owned();
    Ok(match media {
        "application/json" => Some(serde_json::from_slice(raw).map_err(|error| Fault::Malformed(error.to_string()))?),
        "application/xml" | "text/xml" => Some(xml::read(&text()).map_err(Fault::Malformed)?),
        "text/plain" => Some(text().into()),
        "application/x-www-form-urlencoded" => Some(query::form(&text()).into()),
        _ if content_type.is_empty() => empty(),
        _ => None,
    })
}

fn or_octets(media: &str) -> &str {
    if media.is_empty() {
        "application/octet-stream"
    } else {
        media
    }
}

/// The whole body as the item's file.
async fn file(
    headers: &HeaderMap,
    media: &str,
    body: Body,
    settings: &Settings,
    limit: u64,
    files: &dyn BinaryStore,
) -> Result<Content, Fault> {
    let stream = limited(body.into_data_stream().map_err(|error| error.to_string()), limit);
    let (data, size) = kept(stream, limit, files).await?;
    let mut content = Content {
        body: Some(Value::object(Object::new())),
        ..Content::default()
    };
    if size > 0 {
        let mut binary = Binary::new(data, size, or_octets(media));
        let disposition = headers.get(CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
        binary.file_name = disposition.and_then(file_name);
        binary.file_extension = extension(&binary);
        let name = settings.binary_name.clone().unwrap_or_else(|| "data".into());
        content.files.insert(name, binary);
    }
    Ok(content)
}

/// `attachment; filename="a.txt"`.
fn file_name(disposition: &str) -> Option<Text> {
    let mut parts = disposition.split(';').map(str::trim);
    let name = parts.find_map(|part| part.strip_prefix("filename="))?;
    Some(name.trim_matches('"').into())
}

/// What the name ends with, else what the type is known by.
fn extension(binary: &Binary) -> Option<Text> {
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

/// A form: fields make the body, files are the item's.
async fn form(
    content_type: &str,
    body: Body,
    settings: &Settings,
    limit: u64,
    files: &dyn BinaryStore,
) -> Result<Content, Fault> {
    let malformed = |error: multer::Error| match error {
        multer::Error::StreamReadFailed(error) if error.to_string() == TOO_LARGE => Fault::TooLarge { limit },
        error => Fault::Malformed(error.to_string()),
    };
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let stream = limited(body.into_data_stream().map_err(|error| error.to_string()), limit);
    let stream = stream.map_err(std::io::Error::other);
    let mut form = multer::Multipart::new(stream, boundary);
    let mut fields = Object::new();
    let mut kept_files: IndexMap<String, Vec<Binary>> = IndexMap::new();
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file_name) = field.file_name().map(str::to_owned) else {
            query::append(&mut fields, &name, field.text().await.map_err(malformed)?.into());
            continue;
        };
        let media = field.content_type().map(ToString::to_string).unwrap_or_default();
        // The field borrows the form, and files want a stream of their own: the pieces are handed over one by one.
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, String>>(4);
        let stream = futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|piece| (piece, receiver))
        });
        let (kept, handed) = tokio::join!(kept(stream, limit, files), hand_over(field, sender));
        handed.map_err(malformed)?;
        let (data, size) = kept?;
        let mut binary = Binary::new(data, size, or_octets(&media));
        binary.file_name = Some(file_name.into());
        binary.file_extension = extension(&binary);
        kept_files.entry(name).or_default().push(binary);
    }
    Ok(Content {
        body: Some(fields.into()),
        files: named(kept_files, settings.binary_name.as_deref()),
        raw: Bytes::new(),
    })
}

async fn hand_over(
    mut field: multer::Field<'_>,
    sender: tokio::sync::mpsc::Sender<Result<Bytes, String>>,
) -> Result<(), multer::Error> {
    while let Some(piece) = field.chunk().await? {
        if sender.send(Ok(piece)).await.is_err() {
            // Whoever kept it gave up, and says why.
            return Ok(());
        }
    }
    Ok(())
}

/// n8n's names: the field's, with a number where it has several files; or one name for all, numbered through.
fn named(files: IndexMap<String, Vec<Binary>>, one_name: Option<&str>) -> IndexMap<Text, Binary> {
    let mut all = IndexMap::new();
    for (field, files) in files {
        let several = files.len() > 1;
        let field = field.strip_suffix("[]").unwrap_or(&field);
        for (place, file) in files.into_iter().enumerate() {
            let name = match one_name {
                Some(name) => format!("{name}{}", all.len()),
                None if several => format!("{field}{place}"),
                None => field.to_owned(),
            };
            all.insert(name.into(), file);
        }
    }
    all
}

const TOO_LARGE: &str = "it is too large";

/// Ends with an error where more comes than may.
fn limited(
    stream: impl futures::Stream<Item = Result<Bytes, String>> + Send + 'static,
    limit: u64,
) -> impl futures::Stream<Item = Result<Bytes, String>> + Send + 'static {
    let mut seen = 0;
    stream.map(move |piece| {
        let piece = piece?;
        seen += piece.len() as u64;
        if seen > limit {
            Err(TOO_LARGE.to_owned())
        } else {
            Ok(piece)
        }
    })
}

async fn kept(
    stream: impl futures::Stream<Item = Result<Bytes, String>> + Send + 'static,
    limit: u64,
    files: &dyn BinaryStore,
) -> Result<(BinaryData, u64), Fault> {
    let stream = stream.map_err(|error| NodeError::new("E1208", error)).boxed();
    files.keep(stream).await.map_err(|error| {
        if error.error.message == TOO_LARGE {
            Fault::TooLarge { limit }
        } else {
            Fault::Broken(error.error.message.to_string())
        }
    })
}

/// What else the item says of a request.
pub struct Told<'a> {
    pub headers: &'a HeaderMap,
    pub params: Object,
    pub query: Object,
    pub url: String,
    /// `production` or `test`.
    pub mode: &'static str,
    pub jwt: Option<Value>,
}

/// n8n's item for a request.
pub fn item(told: Told<'_>, content: Content) -> Item {
    let mut json = Object::with_capacity(7);
    let mut headers = Object::with_capacity(told.headers.len());
    for (name, value) in told.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        let value = match headers.get(name.as_str()).and_then(Value::as_str) {
            Some(first) => format!("{first}, {value}"),
            None => value.into_owned(),
        };
        headers.insert(name.as_str(), value);
    }
    json.insert("headers", headers);
    json.insert("params", told.params);
    json.insert("query", told.query);
    if let Some(body) = content.body {
        json.insert("body", body);
    }
    json.insert("webhookUrl", told.url);
    json.insert("executionMode", told.mode);
    if let Some(jwt) = told.jwt {
        json.insert("jwtPayload", jwt);
    }
    Item {
        binary: (!content.files.is_empty()).then(|| Arc::new(content.files)),
        ..Item::new(json)
    }
}
