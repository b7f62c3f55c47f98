//! The body of a request: parsed, or kept as files.

use axum::BoxError;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt};
use indexmap::IndexMap;
use patchbay_model::{Binary, BinaryData, Object, Text, Value};
use patchbay_node::capability::{BinaryStore, Entropy};
use patchbay_node::{NodeError, media};

use super::packing::Packing;
use super::settings::Settings;
use super::{query, xml};
use crate::Server;

/// Why a body is not taken.
#[derive(Debug)]
pub enum Fault {
    TooLarge {
        limit: u64,
    },
    /// It is packed in a way that is not known.
    UnknownPacking(String),
    /// It is not what its type says, and why.
    Malformed(String),
    /// The caller went away, or the disk is full.
    Broken(String),
}

/// What the body of a request is.
pub struct Content {
    pub body: Option<Value>,
    pub files: IndexMap<Text, Binary>,
}

/// How bodies of a webhook are read.
pub struct Reading<'a> {
    pub settings: &'a Settings,
    /// Of the node.
    pub version: f64,
    pub files: &'a dyn BinaryStore,
    /// Says how large bodies, forms and files may be where the node does not.
    pub server: &'a Server,
}

/// The version of Webhook that takes requests as forms and Wait do.
pub const LIKE_WEBHOOK: f64 = 2.0;

impl Reading<'_> {
    /// Reads a body; files go to the store while they come in.
    pub async fn read(&self, headers: &HeaderMap, body: Body) -> Result<Content, Fault> {
        let settings = self.settings;
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let content_type = header(CONTENT_TYPE).unwrap_or_default();
        let media = media::essence(content_type).to_lowercase();
        let limit = |common: u64| settings.largest_body.unwrap_or(common);
        let whole_as_file = self.version < 1.1 && settings.binary_data;
        let body = match Packing::of(headers)? {
            None => body,
            Some(packing) => {
                let packed = self.hold(headers, body).await?;
                let limit = limit(self.server.configuration.largest_body);
                let unpacked = tokio::task::spawn_blocking(move || packing.unpack(&packed, limit)).await;
                unpacked.map_err(|error| Fault::Broken(error.to_string()))??.into()
            }
        };
        if media == "multipart/form-data" && !whole_as_file {
            check_length(headers, limit(self.server.configuration.largest_form))?;
            let (fields, files) = form(
                content_type,
                body,
                limit(self.server.configuration.largest_form),
                self.files,
            )
            .await?;
            return Ok(Content {
                body: Some(fields.into()),
                files: named(files, settings.binary_name.as_deref()),
            });
        }
        let parsed = is_xml(&media)
            || matches!(
                media.as_str(),
                "application/json" | "text/plain" | "application/x-www-form-urlencoded"
            );
        let takes_files = self.version >= 1.1 || settings.binary_data;
        if whole_as_file || (!parsed && takes_files && !settings.raw_body) {
            check_length(headers, limit(self.server.configuration.largest_form))?;
            return self
                .file(headers, &media, body, limit(self.server.configuration.largest_form))
                .await;
        }
        let raw = self.hold(headers, body).await?;
        let mut content = Content {
            body: parse(&media, content_type, &raw, self.version)?,
            files: IndexMap::new(),
        };
        if content.body == Some(Value::Null) && self.version >= 1.1 && !settings.raw_body {
            // n8n's rule, so that workflows can reach into it.
            content.body = Some(Value::object(Object::new()));
        }
        if settings.raw_body {
            let size = raw.len() as u64;
            let mut binary = Binary::new(BinaryData::Memory(raw), size, or_octets(&media));
            binary.file_type = None;
            // n8n's rule: the option that names the file names that of other bodies.
            content.files.insert(FILE.into(), binary);
        }
        Ok(content)
    }

    /// The fields and the files of a form.
    pub async fn parts(&self, headers: &HeaderMap, body: Body) -> Result<Parts, Fault> {
        let limit = self
            .settings
            .largest_body
            .unwrap_or(self.server.configuration.largest_form);
        check_length(headers, limit)?;
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        form(content_type.unwrap_or_default(), body, limit, self.files).await
    }

    /// The whole body in memory.
    pub async fn hold(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Fault> {
        let limit = self
            .settings
            .largest_body
            .unwrap_or(self.server.configuration.largest_body);
        check_length(headers, limit)?;
        hold(body, limit).await
    }

    /// The whole body as the item's file.
    async fn file(&self, headers: &HeaderMap, media: &str, body: Body, limit: u64) -> Result<Content, Fault> {
        let (data, size) = kept(limited(body, limit), limit, self.files).await?;
        let mut content = Content {
            body: Some(Value::object(Object::new())),
            files: IndexMap::new(),
        };
        if size > 0 {
            let mut binary = Binary::new(data, size, or_octets(media));
            let disposition = headers.get(CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
            let name = disposition.and_then(media::file_name);
            binary.file_name = name.and_then(|name| media::without_folders(&name));
            binary.file_extension = media::extension(&binary.mime_type).map(Text::from);
            binary
                .file_name
                .get_or_insert_with(|| some_name(&*self.server.world.capabilities.entropy));
            content.files.insert(self.file_key(), binary);
        }
        Ok(content)
    }

    /// The name of the item's file.
    fn file_key(&self) -> Text {
        self.settings.binary_name.clone().unwrap_or_else(|| FILE.into())
    }
}

/// A name for a file that has none: as in n8n a random UUID.
fn some_name(entropy: &dyn Entropy) -> Text {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let variant = ["8", "9", "a", "b"][usize::from(bytes[0] & 3)];
    let name = [
        &digits[..8],
        &digits[8..12],
        &format!("4{}", &digits[13..16]),
        &format!("{variant}{}", &digits[17..20]),
        &digits[20..],
    ];
    name.join("-").into()
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
    let text = || media::decode(raw, content_type);
    Ok(match media {
        "application/json" => {
            let read = if content_type.contains("charset") {
                Value::from_json(&text())
            } else {
                Value::from_json_bytes(raw)
            };
            Some(read.map_err(|error| Fault::Malformed(error.to_string()))?)
        }
        media if is_xml(media) => Some(xml::read(&text()).map_err(Fault::Malformed)?),
        "text/plain" => Some(text().into()),
        "application/x-www-form-urlencoded" => Some(query::form(&String::from_utf8_lossy(raw), content_type).into()),
        _ if content_type.is_empty() => empty(),
        _ => None,
    })
}

fn is_xml(media: &str) -> bool {
    media == "text/xml" || media == "application/xml" || media.ends_with("+xml")
}

/// The name of the item's file, if nothing else is said.
const FILE: &str = "data";

fn or_octets(media: &str) -> &str {
    if media.is_empty() {
        "application/octet-stream"
    } else {
        media
    }
}

/// Fields, and files by the names of theirs.
pub type Parts = (Object, IndexMap<String, Vec<Binary>>);

/// A form, part by part.
async fn form(content_type: &str, body: Body, limit: u64, files: &dyn BinaryStore) -> Result<Parts, Fault> {
    let malformed = |error: multer::Error| match error {
        multer::Error::StreamReadFailed(error) if error.is::<TooLarge>() => Fault::TooLarge { limit },
        error => Fault::Malformed(error.to_string()),
    };
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let mut form = multer::Multipart::new(limited(body, limit), boundary);
    let mut fields = Object::new();
    let mut kept_files: IndexMap<String, Vec<Binary>> = IndexMap::new();
    while let Some(field) = form.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        let disposition = field.headers().get(CONTENT_DISPOSITION);
        let disposition = disposition.and_then(|value| value.to_str().ok());
        // What holds the form together reads only the plain one.
        let name_of_file = field.file_name().map(str::to_owned);
        let Some(file_name) = name_of_file.or_else(|| disposition.and_then(media::file_name)) else {
            fields.append(name, field.text().await.map_err(malformed)?.into());
            continue;
        };
        let media = field.content_type().map(ToString::to_string).unwrap_or_default();
        let media = or_octets(&media);
        // The field borrows the form, and files want a stream of their own: the pieces are handed over one by one.
        let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, BoxError>>(4);
        let stream = futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|piece| (piece, receiver))
        });
        let (kept, handed) = tokio::join!(kept(stream, limit, files), hand_over(field, sender));
        handed.map_err(malformed)?;
        let (data, size) = kept?;
        if size == 0 && file_name.is_empty() {
            // A browser's field in which no file was chosen.
            continue;
        }
        let mut binary = Binary::new(data, size, media);
        binary.file_name = media::without_folders(&file_name);
        // As in n8n, whatever the name ends with.
        binary.file_extension = media::extension(media).map(Text::from);
        kept_files.entry(name).or_default().push(binary);
    }
    Ok((fields, kept_files))
}

async fn hand_over(
    mut field: multer::Field<'_>,
    sender: tokio::sync::mpsc::Sender<Result<Bytes, BoxError>>,
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

/// More comes than may.
#[derive(Debug, thiserror::Error)]
#[error("it is too large")]
struct TooLarge;

/// A body, which ends with [`TooLarge`] where more comes than may.
fn limited(body: Body, limit: u64) -> impl futures::Stream<Item = Result<Bytes, BoxError>> + Send + 'static {
    let mut seen = 0;
    body.into_data_stream().map(move |piece| {
        let piece = piece?;
        seen += piece.len() as u64;
        if seen > limit { Err(TooLarge.into()) } else { Ok(piece) }
    })
}

/// The code of [`TooLarge`] on its way through the store of files.
const TOO_LARGE: &str = "E1229";

async fn kept(
    stream: impl futures::Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
    limit: u64,
    files: &dyn BinaryStore,
) -> Result<(BinaryData, u64), Fault> {
    let broken = |error: BoxError| {
        let code = if error.is::<TooLarge>() { TOO_LARGE } else { "E1208" };
        NodeError::new(code, error.to_string())
    };
    files.keep(stream.map_err(broken).boxed()).await.map_err(|error| {
        if error.error.code == TOO_LARGE {
            Fault::TooLarge { limit }
        } else {
            Fault::Broken(error.error.message.to_string())
        }
    })
}
