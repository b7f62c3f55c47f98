//! E-mail as nodes see it.

use async_trait::async_trait;
use patchbay_model::{Binary, Text};

use crate::{NodeError, Secret};

/// A message can not be written.
pub const UNWRITABLE: &str = "E0317";
/// The server refuses the login, the sender, all recipients or the message.
pub const REFUSED: &str = "E0318";

/// Sends e-mail.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands one message to a server. Errors are [`UNWRITABLE`], [`REFUSED`] and
    /// E0601 to E0606 (the way there).
    async fn send(&self, server: &Server, message: Message) -> Result<Sent, NodeError>;
}

/// An SMTP server, and how to speak with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    pub host: Text,
    pub port: u16,
    /// TLS from the first byte on; otherwise the connection turns to TLS where the server offers it.
    pub secure: bool,
    /// Never turns to TLS.
    pub plain: bool,
    pub verify_tls: bool,
    pub login: Option<(Text, Secret)>,
    /// What the client calls itself.
    pub client_name: Option<Text>,
}

/// A message. Addresses are as people write them: `Name <a@example.com>`, several with commas.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub from: Text,
    pub to: Text,
    pub cc: Text,
    pub bcc: Text,
    pub reply_to: Text,
    pub subject: Text,
    pub text: Option<Text>,
    pub html: Option<Text>,
    pub attachments: Vec<Attachment>,
    /// Milliseconds since 1970.
    pub date: f64,
    /// `<…@example.com>`.
    pub message_id: Text,
}

/// A file of a message.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The name that `cid:` URLs of the HTML know it by.
    pub content_id: Option<Text>,
    pub file: Binary,
}

/// What the server said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub from: Text,
    /// Bare addresses of all whom it is for.
    pub recipients: Vec<Text>,
    /// Those of them whom the server refused, each with what it said.
    pub rejected: Vec<(Text, Text)>,
    /// `250 2.0.0 Ok: queued`.
    pub response: Text,
    /// What the server can do, a line each.
    pub extensions: Vec<Text>,
    /// In bytes.
    pub size: usize,
}
