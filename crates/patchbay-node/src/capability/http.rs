//! HTTP as nodes see it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use patchbay_model::{Binary, Text};

use crate::{NodeError, Secret};

/// The code of a service that can not be reached: nothing was sent.
pub const NO_CONNECTION: &str = "E0601";
/// The code of an answer that does not come in time.
pub const NO_ANSWER: &str = "E0603";
/// The code of a connection that breaks.
pub const BROKEN_OFF: &str = "E0606";
/// The code of a write that the run may not send any more.
pub const NO_MORE_WRITES: &str = "E0611";

/// Sends requests.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request and gives the answer, whatever its status, as soon as its head is there. Errors are those of the
    /// way there and back (E06xx), never of a status. Dropping the future stops the request.
    async fn send(&self, request: Request) -> Result<Response, NodeError>;

    /// Told by a node that knows it, before it sends anything: so many of its requests will change something. An error
    /// (E0610, E0611) where they may not all be sent: then none should be.
    fn announce_writes(&self, _count: usize) -> Result<(), NodeError> {
        Ok(())
    }

    /// Whether what would change something is not sent, and an empty answer of status 204 is made up in its place.
    fn pretends_writes(&self) -> bool {
        false
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Upper case.
    pub method: Text,
    /// Whole, percent-encoded.
    pub url: String,
    pub headers: Vec<(Text, Text)>,
    pub body: Body,
    /// Until the end of the body.
    pub timeout: Option<Duration>,
    pub options: Options,
    /// What it does to the service: a dry run sends only what reads.
    pub effect: Effect,
    /// Which node sends it, for dry runs, logs and mocks.
    pub node: Text,
    pub item: Option<usize>,
}

/// Whether a request changes anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    #[default]
    Read,
    Write,
}

impl Effect {
    /// What a method of HTTP says of itself.
    pub fn of_method(method: &str) -> Self {
        match method {
            "GET" | "HEAD" | "OPTIONS" => Self::Read,
            _ => Self::Write,
        }
    }
}

/// How a request is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// How many redirects are followed.
    pub redirects: usize,
    pub verify_tls: bool,
    /// `None`: as the environment says.
    pub proxy: Option<Text>,
    pub certificates: Option<Arc<Certificates>>,
}

/// Certificates of a connection, each a text in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Certificates {
    /// The authorities that are trusted, in place of the system's.
    pub authorities: Option<Secret>,
    /// The client's own, with those between it and its authority.
    pub client: Option<Secret>,
    /// The private key of the client's certificate.
    pub key: Option<Secret>,
    /// Opens an encrypted key.
    pub passphrase: Option<Secret>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            redirects: 21,
            verify_tls: true,
            proxy: None,
            certificates: None,
        }
    }
}

/// A request's body.
#[derive(Clone, Debug, Default)]
pub enum Body {
    #[default]
    Empty,
    Bytes(Bytes),
    /// One after the other: the parts of a form, or a file that is read while it is sent.
    Pieces(Vec<Piece>),
}

/// A part of a body.
#[derive(Clone, Debug)]
pub enum Piece {
    Bytes(Bytes),
    /// A file of an item, of the size that it says.
    File(Binary),
}

impl Piece {
    /// In bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.size,
        }
    }
}

/// One answer.
pub struct Response {
    pub status: u16,
    pub status_text: Text,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(Text, Text)>,
    pub body: BoxStream<'static, Result<Bytes, NodeError>>,
    /// After redirects.
    pub url: Text,
}

impl Request {
    pub fn new(method: impl Into<Text>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Body::Empty,
            timeout: None,
            options: Options::default(),
            effect: Effect::Read,
            node: Text::default(),
            item: None,
        }
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The whole body, up to a number of bytes.
    pub async fn bytes(self, limit: usize) -> Result<Bytes, NodeError> {
        use futures::StreamExt;
        let mut body = self.body;
        // Most answers come in one piece, which need not be copied.
        let mut whole = Bytes::new();
        let mut pieces = bytes::BytesMut::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            if whole.len() + pieces.len() + chunk.len() > limit {
                return Err(
                    NodeError::new("E0605", format!("The answer is larger than {limit} bytes"))
                        .hint("ask for less at once: a page, a filter, fewer fields"),
                );
            }
            if whole.is_empty() && pieces.is_empty() {
                whole = chunk;
                continue;
            }
            pieces.extend_from_slice(&std::mem::take(&mut whole));
            pieces.extend_from_slice(&chunk);
        }
        Ok(if pieces.is_empty() { whole } else { pieces.freeze() })
    }
}
