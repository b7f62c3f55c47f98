//! Send Email: one message for each item, over SMTP. The attribution that n8n appends to messages is never appended: it
//! would not be true.

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::capability::Credential;
use patchbay_node::capability::mail::{Attachment, Message, Sent, Server};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::http_request::of_network;
use crate::key::uuid;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.emailSend",
    title: "Send Email",
    about: "Sends e-mail over SMTP",
    versions: &[1.0, 2.0, 2.1],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["send", "sendAndWait"]),
            "\"send\"",
            "What is done",
        ),
        ParameterDescription::new("fromEmail", Kind::Text, "\"\"", "The sender").required(),
        ParameterDescription::new("toEmail", Kind::Text, "\"\"", "The recipients").required(),
        ParameterDescription::new("ccEmail", Kind::Text, "\"\"", "Who gets a copy").versions(0.0, 1.0),
        ParameterDescription::new("bccEmail", Kind::Text, "\"\"", "Who gets a hidden copy").versions(0.0, 1.0),
        ParameterDescription::new("subject", Kind::Text, "\"\"", "The subject"),
        ParameterDescription::new(
            "emailFormat",
            Kind::Options(&["text", "html", "both"]),
            "\"text\"",
            "What the message is",
        )
        .versions(2.0, f64::INFINITY)
        .later(&[(2.1, "\"html\"")]),
        ParameterDescription::new("text", Kind::Text, "\"\"", "The message as text"),
        ParameterDescription::new("html", Kind::Text, "\"\"", "The message as HTML"),
        ParameterDescription::new("attachments", Kind::Text, "\"\"", "Names of the item's files").versions(0.0, 1.0),
        ParameterDescription::new("options", Kind::Collection, "{}", "Copies, attachments, certificates"),
    ],
};

const CREDENTIAL: &str = "smtp";

pub struct EmailSend;

#[async_trait]
impl Node for EmailSend {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.text("operation", 0)? == "sendAndWait" {
            return Err(
                NodeError::new("E0359", "Sending a message and waiting for its answer needs a server")
                    .parameter("operation")
                    .hint("its links lead to a server that waits: send a plain message (`send`) from the command line"),
            );
        }
        let credential = context.capabilities.credentials.find(CREDENTIAL, context.node).await?;
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            context.checkpoint()?;
            let json = match send(context, &credential, item, index).await {
                Ok(sent) => sent,
                Err((shown, error)) if context.continues_on_fail() && !error.is_cancelled() => {
                    [("error", shown)].into_iter().collect::<Object>()
                }
                Err((_, error)) => return Err(error.item(index)),
            };
            made.push(Item::new(json).paired_with(index));
        }
        Ok(Outcome::items(made))
    }
}

/// What a message gives; an error comes with what an item shows of it where the node goes on.
async fn send(
    context: &Context<'_>,
    credential: &Credential,
    item: &Item,
    index: usize,
) -> Result<Object, (Value, NodeError)> {
    let plain = |error: NodeError| (Value::from(error.error.message.clone()), error);
    let server = server_of(context, credential, index).map_err(plain)?;
    let message = message_of(context, item, index).map_err(plain)?;
    let message_id = message.message_id.clone();
    let sent = context
        .capabilities
        .mail
        .send(&server, message)
        .await
        .map_err(|error| {
            let url = format!("smtp://{}:{}", server.host, server.port);
            let failure = of_network(error, &url, None, None, false);
            let shown = failure.shown.get("message").unwrap_or(&failure.shown).clone();
            (shown, failure.error)
        })?;
    Ok(shown(&sent, message_id))
}

fn server_of(context: &Context<'_>, credential: &Credential, index: usize) -> Result<Server, NodeError> {
    let field = |name: &str| credential.field(name);
    let flag = |name: &str| field(name).is_some_and(|value| value.reveal() == "true");
    let text = |name: &str| field(name).map(|value| Text::from(value.reveal()));
    let lacks = |name: &str| {
        NodeError::new("E0510", format!("The credential `{}` has no `{name}`", credential.name))
            .hint("a credential of type `smtp` has host, port, secure, user and password")
    };
    let secure = flag("secure");
    let port = match field("port") {
        Some(port) => port.reveal().parse().map_err(|_| lacks("port"))?,
        None if secure => 465,
        None => 587,
    };
    Ok(Server {
        host: text("host").ok_or_else(|| lacks("host"))?,
        port,
        secure,
        plain: flag("disableStartTls"),
        verify_tls: !context.boolean("options.allowUnauthorizedCerts", index)?,
        login: text("user").map(|user| (user, field("password").unwrap_or_default())),
        client_name: text("hostName"),
    })
}

fn message_of(context: &Context<'_>, item: &Item, index: usize) -> Result<Message, NodeError> {
    let first = context.version() < 2.0;
    let option = |name: &str| {
        let path = if first && name != "replyTo" {
            name.to_owned()
        } else {
            format!("options.{name}")
        };
        context.text(&path, index)
    };
    let format = context.text("emailFormat", index)?;
    let body = |name: &str| {
        let text = context.text(name, index)?;
        let wanted = first || format == name || format == "both";
        Ok::<_, NodeError>(Some(text).filter(|text| wanted && !text.is_empty()))
    };
    let to = context.text("toEmail", index)?;
    let (cc, bcc) = (option("ccEmail")?, option("bccEmail")?);
    if ![&to, &cc, &bcc].into_iter().any(|list| list.contains('@')) {
        return Err(NodeError::new("E0993", "No recipients defined")
            .parameter("toEmail")
            .hint("an address is like `name@example.com`, or `Name <name@example.com>`; several with commas"));
    }
    let from = context.text("fromEmail", index)?;
    let domain = from
        .rsplit('@')
        .next()
        .map_or("localhost", |domain| domain.trim_end_matches('>').trim());
    Ok(Message {
        message_id: format!("<{}@{domain}>", uuid(context.capabilities.entropy.as_ref())).into(),
        to,
        cc,
        bcc,
        reply_to: option("replyTo")?,
        subject: context.text("subject", index)?,
        text: body("text")?,
        html: body("html")?,
        attachments: attachments(item, &option("attachments")?, first, index)?,
        date: context.capabilities.environment.now(),
        from,
    })
}

/// The item's files of these names, with commas between them. From version 2 on HTML can show them by name.
fn attachments(item: &Item, names: &str, first: bool, index: usize) -> Result<Vec<Attachment>, NodeError> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let file = item.binary.as_ref().and_then(|files| files.get(name));
            let file = file.ok_or_else(|| {
                NodeError::new("E0994", format!("The item has no binary field '{name}' [item {index}]"))
                    .description(
                        "Check that the parameter where you specified the input binary field name is correct, and that \
                         it matches a field in the binary input",
                    )
                    .parameter("options.attachments")
            })?;
            Ok(Attachment {
                content_id: (!first).then(|| name.into()),
                file: file.clone(),
            })
        })
        .collect()
}

fn shown(sent: &Sent, message_id: Text) -> Object {
    let list = |texts: &mut dyn Iterator<Item = &Text>| Value::array(texts.cloned().map(Value::Text).collect());
    let refused = |recipient: &Text| sent.rejected.iter().any(|(known, _)| known == recipient);
    let mut json = Object::with_capacity(10);
    json.insert(
        "accepted",
        list(&mut sent.recipients.iter().filter(|recipient| !refused(recipient))),
    );
    json.insert(
        "rejected",
        list(&mut sent.rejected.iter().map(|(recipient, _)| recipient)),
    );
    json.insert("ehlo", list(&mut sent.extensions.iter()));
    if !sent.rejected.is_empty() {
        let errors = sent.rejected.iter().map(|(recipient, response)| {
            let code = response
                .split(' ')
                .next()
                .and_then(|code| code.parse::<f64>().ok())
                .unwrap_or_default();
            let parts: [(&str, Value); 5] = [
                ("code", "EENVELOPE".into()),
                ("response", response.clone().into()),
                ("responseCode", code.into()),
                ("command", "RCPT TO".into()),
                ("recipient", recipient.clone().into()),
            ];
            Value::object(parts.into_iter().collect::<Object>())
        });
        json.insert("rejectedErrors", Value::array(errors.collect()));
    }
    json.insert("messageSize", sent.size);
    json.insert("response", sent.response.clone());
    let mut envelope = Object::with_capacity(2);
    envelope.insert("from", sent.from.clone());
    envelope.insert("to", list(&mut sent.recipients.iter()));
    json.insert("envelope", Value::object(envelope));
    json.insert("messageId", message_id);
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn what_can_not_be_sent_is_refused_before() {
        let credential = r#"{"host": "127.0.0.1", "port": 25}"#;
        for (parameters, expected) in [
            (
                r#"{"operation": "sendAndWait"}"#,
                "Sending a message and waiting for its answer needs a server",
            ),
            (
                r#"{"fromEmail": "a@example.com", "toEmail": "nobody"}"#,
                "No recipients defined",
            ),
            (
                r#"{"fromEmail": "a@example.com", "toEmail": "b@example.com", "options": {"attachments": "x"}}"#,
                "The item has no binary field 'x' [item 0]",
            ),
        ] {
            let result = run(2.1, parameters, "[{}]")
                .credential(CREDENTIAL, credential)
                .of(&EmailSend);
            assert_eq!(result, Err(expected.to_owned()), "{parameters}");
        }
    }
}
