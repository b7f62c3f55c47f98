//! HTTP Request: sends a request for each item and makes items of the answers.
//!
//! What is sent is put together in [`request`] (versions from 3 on) and [`legacy`] (1 and 2), answers become items in
//! [`response`], and [`pagination`] asks for further pages. Connections, TLS, redirects and proxies are the HTTP
//! capability's.

mod authentication;
mod authorized;
mod aws;
mod body;
mod draft;
mod failure;
mod legacy;
mod naming;
mod pagination;
mod parameters;
pub(crate) mod query;
mod request;
mod response;
mod service_account;
mod shapes;
#[cfg(test)]
mod tests;
mod tokens;

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use patchbay_model::item::PairedItem;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Item, Object, Value};
use patchbay_node::capability::Timer;
use patchbay_node::capability::http::Effect;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

pub(crate) use authentication::authenticate;
pub(crate) use body::{Content, FORM, boundary, quoted};
pub(crate) use draft::Draft;
pub(crate) use failure::{Failure, of_network};
pub(crate) use parameters::entries;
pub(crate) use request::TIMEOUT;
pub(crate) use response::exchange;
pub(crate) use shapes::fields as fields_of_service;

/// How many requests are under way at a time. n8n knows no bound; a hundred thousand sockets help no one.
const MOST_AT_ONCE: usize = 64;

/// The parameters of versions from 3 on, and of 1 and 2.
const NEW: f64 = 3.0;
const OLD: f64 = 2.0;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.httpRequest",
    title: "HTTP Request",
    about: "Sends HTTP requests and makes items of the answers",
    versions: &[1.0, 2.0, 3.0, 4.0, 4.1, 4.2, 4.3, 4.4],
    trigger: false,
    parameters: &[
        ParameterDescription::new("method", Kind::Text, "\"GET\"", "The method").versions(NEW, f64::INFINITY),
        ParameterDescription::new("requestMethod", Kind::Text, "\"GET\"", "The method").versions(0.0, OLD),
        ParameterDescription::new("url", Kind::Text, "\"\"", "Where to, with `http://` or `https://`").required(),
        ParameterDescription::new(
            "authentication",
            Kind::Text,
            "\"none\"",
            "`none`, `genericCredentialType` or `predefinedCredentialType`; the type itself in version 1",
        ),
        ParameterDescription::new(
            "genericAuthType",
            Kind::Text,
            "\"\"",
            "The type of a generic credential",
        ),
        ParameterDescription::new(
            "nodeCredentialType",
            Kind::Text,
            "\"\"",
            "The type of a service's credential",
        ),
        ParameterDescription::new(
            "provideSslCertificates",
            Kind::Boolean,
            "false",
            "Connects with the certificates of a credential of type `httpSslAuth`",
        )
        .versions(NEW, f64::INFINITY),
        ParameterDescription::new("sendQuery", Kind::Boolean, "false", "Adds query parameters")
            .versions(NEW, f64::INFINITY),
        ParameterDescription::new(
            "specifyQuery",
            Kind::Options(&["keypair", "json"]),
            "\"keypair\"",
            "How",
        ),
        ParameterDescription::new(
            "queryParameters.parameters",
            Kind::Collection,
            r#"[{"name": "", "value": ""}]"#,
            "Names and values",
        ),
        ParameterDescription::new("jsonQuery", Kind::Json, "\"\"", "An object of query parameters"),
        ParameterDescription::new("sendHeaders", Kind::Boolean, "false", "Adds headers").versions(NEW, f64::INFINITY),
        ParameterDescription::new(
            "specifyHeaders",
            Kind::Options(&["keypair", "json"]),
            "\"keypair\"",
            "How",
        ),
        ParameterDescription::new(
            "headerParameters.parameters",
            Kind::Collection,
            r#"[{"name": "", "value": ""}]"#,
            "Names and values",
        ),
        ParameterDescription::new("jsonHeaders", Kind::Json, "\"\"", "An object of headers"),
        ParameterDescription::new("sendBody", Kind::Boolean, "false", "Sends a body").versions(NEW, f64::INFINITY),
        ParameterDescription::new(
            "contentType",
            Kind::Options(&["json", "form-urlencoded", "multipart-form-data", "binaryData", "raw"]),
            "\"json\"",
            "What the body is",
        ),
        ParameterDescription::new(
            "specifyBody",
            Kind::Options(&["keypair", "json", "string"]),
            "\"keypair\"",
            "How",
        ),
        ParameterDescription::new(
            "bodyParameters.parameters",
            Kind::Collection,
            r#"[{"name": "", "value": ""}]"#,
            "Names and values",
        ),
        ParameterDescription::new("jsonBody", Kind::Json, "\"\"", "The body as JSON"),
        ParameterDescription::new("body", Kind::Text, "\"\"", "The body as text"),
        ParameterDescription::new("rawContentType", Kind::Text, "\"\"", "The `Content-Type` of a raw body"),
        ParameterDescription::new(
            "inputDataFieldName",
            Kind::Text,
            "\"\"",
            "The item's file that is the body",
        ),
        ParameterDescription::new(
            "responseFormat",
            Kind::Options(&["json", "string", "file"]),
            "\"json\"",
            "What the answer is",
        )
        .versions(0.0, OLD),
        ParameterDescription::new(
            "dataPropertyName",
            Kind::Text,
            "\"data\"",
            "Where the answer's text or file goes",
        )
        .required_where("responseFormat", &["string", "file"])
        .versions(0.0, OLD),
        ParameterDescription::new("jsonParameters", Kind::Boolean, "false", "Parameters are given as JSON")
            .versions(0.0, OLD),
        ParameterDescription::new("sendBinaryData", Kind::Boolean, "false", "The body is the item's file")
            .versions(0.0, OLD),
        ParameterDescription::new(
            "binaryPropertyName",
            Kind::Text,
            "\"data\"",
            "Which file, or `name:file, …`",
        )
        .versions(0.0, OLD),
        ParameterDescription::new(
            "allowUnauthorizedCerts",
            Kind::Boolean,
            "false",
            "Takes any certificate",
        )
        .versions(0.0, OLD),
        ParameterDescription::new(
            "options",
            Kind::Collection,
            "{}",
            "Answers, batches, pages, redirects, proxy, time",
        ),
        ParameterDescription::new(
            "options.batching.batch.batchSize",
            Kind::Number,
            "50",
            "Items of a batch",
        ),
        ParameterDescription::new(
            "options.batching.batch.batchInterval",
            Kind::Number,
            "1000",
            "Milliseconds between batches",
        ),
        ParameterDescription::new(
            "options.pagination.pagination.maxRequests",
            Kind::Number,
            "100",
            "Pages at most",
        ),
        ParameterDescription::new(
            "options.pagination.pagination.paginationMode",
            Kind::Options(&["off", "updateAParameterInEachRequest", "responseContainsNextURL"]),
            "\"updateAParameterInEachRequest\"",
            "How the next page is asked for",
        ),
        ParameterDescription::new(
            "options.pagination.pagination.paginationCompleteWhen",
            Kind::Options(&["responseIsEmpty", "receiveSpecificStatusCodes", "other"]),
            "\"responseIsEmpty\"",
            "When the last page was there",
        ),
    ],
};

/// Where an answer's bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// By the answer's `Content-Type`.
    Detect,
    Json,
    Text,
    File,
}

/// What becomes of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) format: Format,
    /// The key of text and files.
    pub(crate) property: String,
    /// Status and headers too.
    pub(crate) full: bool,
    pub(crate) never_error: bool,
    /// Versions 1 and 2: an array makes an item for each element only if asked to.
    pub(crate) split: bool,
    pub(crate) legacy: bool,
}

pub struct HttpRequest;

#[async_trait]
impl Node for HttpRequest {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    fn effect(&self, node: &WorkflowNode) -> Option<Effect> {
        let parameter = if node.version < NEW { "requestMethod" } else { "method" };
        match node.parameters.get(parameter) {
            None => Some(Effect::Read),
            Some(Value::Text(method)) if !method.starts_with('=') => Some(Effect::of_method(method)),
            Some(_) => None,
        }
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let batch = Batch::read(context)?;
        let timer = &context.capabilities.timer;
        // All are sent, also after one has failed, as n8n does; a pause is between the starts of two batches.
        let answers: Vec<_> = futures::stream::iter(0..context.items().len())
            .then(|item| batch.turn_of(item, timer.clone()))
            .map(|item| items_of(context, item))
            .buffered(MOST_AT_ONCE)
            .collect()
            .await;
        let mut items = Vec::with_capacity(answers.len());
        for (index, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(made) => items.extend(made.into_iter().map(|item| item.paired_with(PairedItem::from(index)))),
                Err(failure) if failure.fatal || !context.continues_on_fail() => {
                    return Err(failure.error.item(index));
                }
                Err(failure) => {
                    let before = failure.before.into_iter();
                    items.extend(before.map(|item| item.paired_with(PairedItem::from(index))));
                    let mut json = Object::with_capacity(1);
                    json.insert("error", failure.shown);
                    items.push(Item::new(json).paired_with(PairedItem::from(index)));
                }
            }
        }
        Ok(Outcome::items(items))
    }
}

/// The items that one item's requests give.
async fn items_of(context: &Context<'_>, item: usize) -> Result<Vec<Item>, Failure> {
    let legacy = context.version() < NEW;
    let (mut draft, expected) = if legacy {
        // n8n reads them before it looks whether failed items go on.
        legacy::read(context, item).await.map_err(Failure::fatal)?
    } else {
        request::read(context, item).await?
    };
    authenticate(context, &mut draft, item).await?;
    if !legacy && pagination::is_on(context, item)? {
        return pagination::items_of(context, item, draft, &expected).await;
    }
    let answer = response::exchange(context, item, &draft, &expected).await?;
    response::items(context, item, &answer, &expected)
}

/// Batches: a pause before each but the first.
#[derive(Clone, Copy)]
struct Batch {
    size: usize,
    /// Milliseconds.
    interval: f64,
}

impl Batch {
    fn read(context: &Context<'_>) -> Result<Self, NodeError> {
        let (size, interval) = if context.version() < NEW {
            ("options.batchSize", "options.batchInterval")
        } else {
            (
                "options.batching.batch.batchSize",
                "options.batching.batch.batchInterval",
            )
        };
        let off = Self { size: 0, interval: 0.0 };
        let given = if context.version() < NEW {
            interval
        } else {
            "options.batching.batch"
        };
        if context.items().is_empty() || context.parameter(given).is_none() {
            return Ok(off);
        }
        let size = context.optional(size, 0)?.map_or(1.0, |size| size.to_number());
        let interval = context.number(interval, 0)?;
        Ok(if size < 0.0 || interval <= 0.0 {
            off
        } else {
            Self {
                size: size.max(1.0) as usize,
                interval,
            }
        })
    }

    /// Waits until it is an item's turn.
    async fn turn_of(self, item: usize, timer: Arc<dyn Timer>) -> usize {
        if self.size > 0 && item > 0 && item.is_multiple_of(self.size) {
            timer.sleep(self.interval).await;
        }
        item
    }
}
