//! E-mail over SMTP, by `lettre`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use lettre::message::header::{ContentDisposition, ContentId, ContentType};
use lettre::message::{Attachment as Part, Mailbox, Mailboxes, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use patchbay_model::Text;
use patchbay_node::NodeError;
use patchbay_node::capability::mail::{Attachment, Message, REFUSED, Sent, Server, UNWRITABLE};
use patchbay_node::capability::{BinaryStore, Mail};

use super::reach::{self, Barred, Reach};

/// What a server may take to answer one command.
const PATIENCE: Duration = Duration::from_mins(1);

/// Adds an address to one of a message's fields.
type Add = fn(lettre::message::MessageBuilder, Mailbox) -> lettre::message::MessageBuilder;

/// Hands messages to servers.
pub struct RealMail {
    /// Where the attachments are.
    binaries: Arc<dyn BinaryStore>,
    reach: Arc<Reach>,
}

impl RealMail {
    pub fn new(binaries: Arc<dyn BinaryStore>, reach: Arc<Reach>) -> Self {
        Self { binaries, reach }
    }

    async fn body_of(&self, message: &Message) -> Result<Body, NodeError> {
        let mut files = Vec::with_capacity(message.attachments.len());
        for attachment in &message.attachments {
            let bytes = self.binaries.read(&attachment.file).await?;
            files.push(part_of(attachment, bytes.to_vec()));
        }
        let html = message.html.as_deref().filter(|html| !html.is_empty());
        let text = message
            .text
            .as_deref()
            .filter(|text| !text.is_empty() || html.is_none());
        // Files that HTML can show by their `cid:` belong to it, others to the whole.
        let related = html.is_some() && message.attachments.iter().all(|file| file.content_id.is_some());
        let whole = match (text, html) {
            (text, Some(html)) => {
                let mut html = Body::Single(SinglePart::html(html.to_owned()));
                if related && !files.is_empty() {
                    html = Body::Multi(html.with_files(MultiPart::related(), std::mem::take(&mut files)));
                }
                match text {
                    Some(text) => {
                        Body::Multi(html.after(MultiPart::alternative().singlepart(SinglePart::plain(text.to_owned()))))
                    }
                    None => html,
                }
            }
            (text, None) => Body::Single(SinglePart::plain(text.unwrap_or_default().to_owned())),
        };
        Ok(if files.is_empty() {
            whole
        } else {
            Body::Multi(whole.with_files(MultiPart::mixed(), files))
        })
    }
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

impl Body {
    /// The body as the last part of another.
    fn after(self, outer: MultiPart) -> MultiPart {
        match self {
            Self::Single(part) => outer.singlepart(part),
            Self::Multi(parts) => outer.multipart(parts),
        }
    }

    fn with_files(self, outer: lettre::message::MultiPartBuilder, files: Vec<SinglePart>) -> MultiPart {
        let outer = self.after(outer.build());
        files.into_iter().fold(outer, MultiPart::singlepart)
    }
}

/// A file as a part. Images that have a `cid` are shown in place, all else is to be saved.
fn part_of(attachment: &Attachment, bytes: Vec<u8>) -> SinglePart {
    let file = &attachment.file;
    let name = file.file_name.as_deref().unwrap_or("attachment");
    let octets = || ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN);
    let kind = ContentType::parse(&file.mime_type).unwrap_or_else(|_| octets());
    let Some(content_id) = &attachment.content_id else {
        return Part::new(name.to_owned()).body(bytes, kind);
    };
    let disposition = if file.mime_type.starts_with("image/") {
        ContentDisposition::inline_with_name(name)
    } else {
        ContentDisposition::attachment(name)
    };
    SinglePart::builder()
        .header(disposition)
        .header(ContentId::from(format!("<{content_id}>")))
        .content_type(kind)
        .body(bytes)
}

fn unwritable(what: &str, error: &dyn std::fmt::Display) -> NodeError {
    NodeError::new(UNWRITABLE, format!("The message can not be written: {what}: {error}"))
}

fn mailboxes(field: &str, text: &str) -> Result<Mailboxes, NodeError> {
    let parsed = text.parse::<Mailboxes>();
    parsed.map_err(|error| {
        unwritable(&format!("`{text}` ({field})"), &error)
            .hint("addresses are like `Name <name@example.com>`, several with commas between them")
    })
}

/// The message with its headers.
fn written(message: &Message, body: Body) -> Result<lettre::Message, NodeError> {
    let date = SystemTime::UNIX_EPOCH + Duration::from_secs_f64((message.date / 1000.0).max(0.0));
    let mut builder = lettre::Message::builder()
        .date(date)
        .subject(message.subject.as_str())
        .message_id(Some(message.message_id.to_string()));
    for mailbox in mailboxes("from", &message.from)? {
        builder = builder.from(mailbox);
    }
    let fields: [(&str, &Text, Add); 4] = [
        ("to", &message.to, |builder, mailbox| builder.to(mailbox)),
        ("cc", &message.cc, |builder, mailbox| builder.cc(mailbox)),
        ("bcc", &message.bcc, |builder, mailbox| builder.bcc(mailbox)),
        ("reply-to", &message.reply_to, |builder, mailbox| {
            builder.reply_to(mailbox)
        }),
    ];
    for (name, text, add) in fields {
        for mailbox in mailboxes(name, text)? {
            builder = add(builder, mailbox);
        }
    }
    match body {
        Body::Single(part) => builder.singlepart(part),
        Body::Multi(parts) => builder.multipart(parts),
    }
    .map_err(|error| unwritable("its head", &error))
}

/// What went wrong on the way to a server or with it.
fn failure(server: &Server, error: &lettre::transport::smtp::Error) -> NodeError {
    let place = format!("{}:{}", server.host, server.port);
    let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    if error.is_timeout() {
        return NodeError::new("E0603", format!("{place} did not answer in time"))
            .hint("is the host reachable from here, and is the port open? Many networks bar port 25");
    }
    if error.is_tls() {
        return NodeError::new("E0604", format!("No secure connection to {place}: {reason}"))
            .hint("check whether the port speaks TLS at once (`secure`), and the certificate");
    }
    if let Some(code) = error.status() {
        return NodeError::new(REFUSED, format!("{code} {reason}"))
            .hint("that is what the server says: check the credential and the addresses");
    }
    let lower = reason.to_lowercase();
    let code = if lower.contains("lookup") || lower.contains("name or service") {
        "E0602"
    } else if lower.contains("refused") || lower.contains("connect") {
        "E0601"
    } else {
        "E0606"
    };
    NodeError::new(code, format!("No conversation with {place}: {reason}"))
        .hint("check the host and the port of the credential")
}

#[async_trait]
impl Mail for RealMail {
    async fn send(&self, server: &Server, message: Message) -> Result<Sent, NodeError> {
        let body = self.body_of(&message).await?;
        let message = written(&message, body)?;
        let failed = |error: lettre::transport::smtp::Error| failure(server, &error);
        let tls = || {
            TlsParameters::builder(server.host.to_string())
                .dangerous_accept_invalid_certs(!server.verify_tls)
                .dangerous_accept_invalid_hostnames(!server.verify_tls)
                .build()
                .map_err(failed)
        };
        let name = server
            .client_name
            .as_ref()
            .map_or_else(ClientId::default, |name| ClientId::Domain(name.to_string()));
        let wrapper = if server.secure { Some(tls()?) } else { None };
        let unreached = |error: std::io::Error| {
            let message = format!("No connection to {}: {error}", server.host);
            if Barred::is(&error) {
                NodeError::new(reach::BARRED, message)
            } else {
                NodeError::new("E0602", message).hint("check the host's name in the credential")
            }
        };
        let addresses = self.reach.resolve(&server.host, server.port).await.map_err(unreached)?;
        let mut connection = AsyncSmtpConnection::connect_tokio1(&addresses[..], Some(PATIENCE), &name, wrapper, None)
            .await
            .map_err(failed)?;
        if !server.secure && !server.plain && connection.can_starttls() {
            connection.starttls(tls()?, &name).await.map_err(failed)?;
        }
        if let Some((user, password)) = &server.login {
            let login = Credentials::new(user.to_string(), password.reveal().to_owned());
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, &login).await.map_err(failed)?;
        }
        // Asked again for its own words: they are part of what n8n puts out.
        let greeting = connection.command(Ehlo::new(name)).await.map_err(failed)?;
        let sent = converse(&mut connection, &message).await.map_err(failed)?;
        // The message is the server's now, whatever becomes of the farewell.
        drop(connection.quit().await);
        Ok(Sent {
            extensions: greeting.message().skip(1).map(Text::from).collect(),
            ..sent
        })
    }
}

/// Envelope and message. Some recipients may be refused, but not all.
async fn converse(
    connection: &mut AsyncSmtpConnection,
    message: &lettre::Message,
) -> Result<Sent, lettre::transport::smtp::Error> {
    let bytes = message.formatted();
    let envelope = message.envelope();
    let mut parameters = Vec::new();
    if connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection
        .command(MailFrom::new(envelope.from().cloned(), parameters))
        .await?;
    let mut rejected = Vec::new();
    let mut last = None;
    for recipient in envelope.to() {
        match connection.command(Rcpt::new(recipient.clone(), Vec::new())).await {
            Ok(_) => {}
            Err(error) if error.is_permanent() || error.is_transient() => {
                let code = error.status().map(|code| code.to_string()).unwrap_or_default();
                let said = std::error::Error::source(&error)
                    .map(ToString::to_string)
                    .unwrap_or_default();
                rejected.push((Text::from(recipient.to_string()), Text::from(format!("{code} {said}"))));
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    if let Some(error) = last.filter(|_| rejected.len() == envelope.to().len()) {
        return Err(error);
    }
    connection.command(Data).await?;
    let response = connection.message(&bytes).await?;
    let lines: Vec<&str> = response.message().collect();
    Ok(Sent {
        from: envelope.from().map(|from| from.to_string().into()).unwrap_or_default(),
        recipients: envelope
            .to()
            .iter()
            .map(|recipient| recipient.to_string().into())
            .collect(),
        rejected,
        response: format!("{} {}", response.code(), lines.join(" ")).into(),
        extensions: Vec::new(),
        size: bytes.len(),
    })
}
