//! Spans for OpenTelemetry: OTLP over HTTP in its JSON form, sent in batches beside the work.
//!
//! The form is small and stable; the libraries for it bring a second description of every message. What a span is comes
//! from `patchbay_server::trace`.

use std::sync::Arc;
use std::time::Duration;

use patchbay_server::trace::{Span, Spans};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::secrets;

/// So many spans wait at most; further ones are dropped rather than held.
const MOST: usize = 10_000;
/// So many go in one request.
const BATCH: usize = 512;
/// How long spans wait for others to go with them.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where spans go, and as whose.
pub struct Receiving {
    /// Of the collector: `http://localhost:4318`.
    pub endpoint: String,
    /// `name=value,…`, of each request.
    pub headers: Option<String>,
    pub service: String,
}

/// Takes spans and sends them.
pub struct Otlp {
    spans: Sender<Span>,
}

impl Spans for Otlp {
    fn ended(&self, span: Span) {
        if self.spans.try_send(span).is_err() {
            tracing::debug!("a span is dropped: the collector does not keep up");
        }
    }
}

/// What sends.
pub struct Sending {
    end: CancellationToken,
    task: JoinHandle<()>,
}

impl Sending {
    /// Sends what is left, if that does not take too long.
    pub async fn end(self) {
        self.end.cancel();
        // Who does not take the last spans must not keep the program from ending.
        let _ = tokio::time::timeout(PATIENCE, self.task).await;
    }
}

/// Starts sending.
pub fn start(receiving: &Receiving) -> Result<(Arc<Otlp>, Sending), String> {
    let url = format!("{}/v1/traces", receiving.endpoint.trim_end_matches('/'));
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .default_headers(headers(receiving)?);
    let client = client.build().map_err(|error| error.to_string())?;
    let url = reqwest::Url::parse(&url).map_err(|error| format!("`{url}` is not a URL: {error}"))?;
    let (spans, taken) = channel(MOST);
    let end = CancellationToken::new();
    let collector = Collector {
        client,
        url,
        service: receiving.service.clone(),
    };
    let task = tokio::spawn(collector.send_all(taken, end.clone()));
    Ok((Arc::new(Otlp { spans }), Sending { end, task }))
}

fn headers(receiving: &Receiving) -> Result<reqwest::header::HeaderMap, String> {
    let mut headers = reqwest::header::HeaderMap::new();
    let given = receiving.headers.as_deref().unwrap_or_default().split(',');
    for header in given.filter(|header| !header.trim().is_empty()) {
        let (name, value) = header
            .split_once('=')
            .ok_or("headers are written `name=value,name=value`")?;
        let value = percent_encoding::percent_decode_str(value.trim()).decode_utf8_lossy();
        secrets::remember_header(&value);
        let name: reqwest::header::HeaderName = name.trim().parse().map_err(|_| "the name of a header is none")?;
        let mut value: reqwest::header::HeaderValue = value.parse().map_err(|_| "the value of a header is none")?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Where spans go.
struct Collector {
    client: reqwest::Client,
    url: reqwest::Url,
    service: String,
}

impl Collector {
    async fn send_all(self, mut spans: Receiver<Span>, end: CancellationToken) {
        let mut batch = Vec::new();
        while !end.is_cancelled() {
            tokio::select! {
                taken = spans.recv_many(&mut batch, BATCH) => if taken == 0 { return },
                () = end.cancelled() => break,
            }
            let patience = tokio::time::sleep(PATIENCE);
            tokio::pin!(patience);
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                tokio::select! {
                    taken = spans.recv_many(&mut batch, room) => if taken == 0 { break },
                    () = &mut patience => break,
                    () = end.cancelled() => break,
                }
            }
            self.send(&mut batch).await;
        }
        while let Ok(span) = spans.try_recv() {
            batch.push(span);
        }
        if !batch.is_empty() {
            self.send(&mut batch).await;
        }
    }

    async fn send(&self, batch: &mut Vec<Span>) {
        let body = message(&self.service, batch).to_string();
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json");
        let sent = request
            .body(body)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status);
        if let Err(error) = sent {
            tracing::warn!(spans = batch.len(), "spans are lost: {}", error.without_url());
        }
        batch.clear();
    }
}

/// An `ExportTraceServiceRequest`.
fn message(service: &str, spans: &[Span]) -> Value {
    let resource = json!([
        text("service.name", service),
        text("service.version", env!("CARGO_PKG_VERSION"))
    ]);
    json!({"resourceSpans": [{
        "resource": {"attributes": resource},
        "scopeSpans": [{
            "scope": {"name": "patchbay", "version": env!("CARGO_PKG_VERSION")},
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }]})
}

fn span(span: &Span) -> Value {
    const INTERNAL: u8 = 1;
    const SERVER: u8 = 2;
    const FAILED: u8 = 2;
    let nanoseconds = |milliseconds: f64| ((milliseconds * 1e6) as u64).to_string();
    let attributes: Vec<Value> = span.attributes.iter().map(|(name, value)| text(name, value)).collect();
    let mut made = json!({
        "traceId": format!("{:032x}", span.context.trace),
        "spanId": format!("{:016x}", span.context.span),
        "name": secrets::redact(&span.name),
        "kind": if span.is_asked_for { SERVER } else { INTERNAL },
        "startTimeUnixNano": nanoseconds(span.begun),
        "endTimeUnixNano": nanoseconds(span.ended),
        "attributes": attributes,
    });
    if let Some(parent) = span.parent {
        made["parentSpanId"] = format!("{parent:016x}").into();
    }
    if let Some(error) = &span.error {
        made["status"] = json!({"code": FAILED, "message": secrets::redact(error)});
    }
    made
}

fn text(name: &str, value: &str) -> Value {
    json!({"key": name, "value": {"stringValue": secrets::redact(value)}})
}
