//! A dry run: what would change something is shown and not sent. Of an update the difference to what the service has
//! now is shown as well: it is read for that.

mod difference;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use patchbay_model::Value;
use patchbay_node::NodeError;
use patchbay_node::capability::commands::Finished;
use patchbay_node::capability::http::{Body, Effect, Piece, Request, Response};
use patchbay_node::capability::mail::{Message, Sent, Server};
use patchbay_node::capability::{Commands, Http, Mail};

use crate::render;

/// How much a dry run sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum DryRun {
    /// Reads are sent, writes are shown.
    Writes,
    /// Nothing is sent, everything is shown.
    All,
}

/// Shows requests in place of sending them.
pub struct DryRunHttp {
    inner: Arc<dyn Http>,
    mode: DryRun,
    /// Whether it was told what becomes of the nodes after one that reads.
    told: AtomicBool,
}

const UNANSWERED: &str =
    "  nobody knows its answer: the nodes after it do not run (`--dry-run` alone sends what only reads)\n";

#[async_trait]
impl Http for DryRunHttp {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        if self.mode == DryRun::Writes && request.effect == Effect::Read {
            return self.inner.send(request).await;
        }
        if request.effect == Effect::Read {
            render::tell(&shown(&request));
            // What a node needs before its own request, a token, belongs to none.
            if !request.node.is_empty() && !self.told.swap(true, Ordering::Relaxed) {
                render::tell(UNANSWERED);
            }
            return Err(NodeError::unanswered(&format!("`{} {}`", request.method, request.url)));
        }
        let compared = if self.mode == DryRun::Writes {
            self.compare(&request).await
        } else {
            Compared::default()
        };
        render::tell(&(shown(&request) + &compared.told));
        if let Some(missing) = compared.missing {
            return Ok(missing);
        }
        // As 3CX answers a write: no content. What follows sees an item, and nothing was changed.
        Ok(Response {
            status: 204,
            status_text: "No Content".into(),
            headers: Vec::new(),
            body: futures::stream::iter(Vec::<Result<Bytes, NodeError>>::new()).boxed(),
            url: request.url.into(),
        })
    }

    fn announce_writes(&self, count: usize) -> Result<(), NodeError> {
        self.inner.announce_writes(count)
    }

    fn pretends_writes(&self) -> bool {
        true
    }
}

/// What is there now is small; a page of anything else need not be compared.
const LARGEST_ENTITY: usize = 16 << 20;

/// What is known of an update's entity.
#[derive(Default)]
struct Compared {
    /// Indented lines.
    told: String,
    /// There is none: what the service says to that.
    missing: Option<Response>,
}

/// Why it is not known what there is now.
enum Unread {
    Missing(Response),
    /// In words.
    Other(String),
}

impl DryRunHttp {
    pub fn new(inner: Arc<dyn Http>, mode: DryRun) -> Self {
        Self {
            inner,
            mode,
            told: AtomicBool::new(false),
        }
    }

    /// What an update would change; nothing for other requests.
    async fn compare(&self, request: &Request) -> Compared {
        let (true, Body::Bytes(body)) = (matches!(request.method.as_str(), "PATCH" | "PUT"), &request.body) else {
            return Compared::default();
        };
        let Some(body) = std::str::from_utf8(body)
            .ok()
            .and_then(|body| Value::from_json(body).ok())
        else {
            return Compared::default();
        };
        let mut now = match self.read(request, "").await {
            Ok(now) => now,
            // A PUT makes what is not there.
            Err(Unread::Missing(answer)) if request.method == "PATCH" => {
                return Compared {
                    told: "  there is nothing to update: the service answers 404\n".to_owned(),
                    missing: Some(answer),
                };
            }
            Err(Unread::Missing(_)) => return Compared::of("  there is nothing yet: it would be made\n".to_owned()),
            Err(Unread::Other(reason)) => {
                return Compared::of(format!("  what is there now can not be read: {reason}\n"));
            }
        };
        // OData tells of related entities only when it is asked to.
        let unknown = difference::unknown(&now, &body).join(",");
        if !unknown.is_empty()
            && now.get("@odata.context").is_some()
            && let Ok(with_related) = self.read(request, &format!("$expand={unknown}")).await
        {
            now = with_related;
        }
        let lines = difference::lines(&now, &body);
        Compared::of(lines.iter().flat_map(|line| ["  - ", line, "\n"]).collect())
    }

    /// What is at the address of a write now.
    async fn read(&self, write: &Request, query: &str) -> Result<Value, Unread> {
        let mut url = write.url.clone();
        if !query.is_empty() {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(query);
        }
        let kept =
            |name: &str| !["content-type", "content-length", "if-match"].contains(&name.to_ascii_lowercase().as_str());
        let read = Request {
            headers: write.headers.iter().filter(|(name, _)| kept(name)).cloned().collect(),
            timeout: write.timeout,
            options: write.options.clone(),
            node: write.node.clone(),
            item: write.item,
            ..Request::new("GET", url)
        };
        let in_words = |error: NodeError| Unread::Other(error.to_string());
        let response = self.inner.send(read).await.map_err(in_words)?;
        match response.status {
            404 => return Err(Unread::Missing(response)),
            200..300 => {}
            status => return Err(Unread::Other(format!("status {status}"))),
        }
        let body = response.bytes(LARGEST_ENTITY).await.map_err(in_words)?;
        let value = std::str::from_utf8(&body)
            .ok()
            .and_then(|text| Value::from_json(text).ok());
        value
            .filter(|value| value.as_object().is_some())
            .ok_or_else(|| Unread::Other("it is no JSON object".to_owned()))
    }
}

impl Compared {
    fn of(told: String) -> Self {
        Self { told, missing: None }
    }
}

/// Shows messages in place of sending them.
pub struct DryRunMail;

#[async_trait]
impl Mail for DryRunMail {
    async fn send(&self, server: &Server, message: Message) -> Result<Sent, NodeError> {
        let Message { from, to, subject, .. } = &message;
        render::tell(&format!(
            "dry run: e-mail by {}:{} from {from} to {to}: {subject}\n",
            server.host, server.port
        ));
        Ok(Sent {
            from: message.from,
            recipients: vec![message.to],
            ..Sent::default()
        })
    }
}

/// Shows commands in place of running them.
pub struct DryRunCommands;

#[async_trait]
impl Commands for DryRunCommands {
    async fn run(&self, line: &str) -> Result<Finished, NodeError> {
        render::tell(&format!("dry run: command: {line}\n"));
        Ok(Finished {
            exit_code: Some(0),
            ..Finished::default()
        })
    }
}

/// Method, URL and, of a write, the body of a request, with the node and the item that send it; headers may hold secrets
/// and stay out, but for `If-Match`.
fn shown(request: &Request) -> String {
    let item = request.item.map(|item| format!(", item {item}")).unwrap_or_default();
    let sender = match request.node.as_str() {
        "" => String::new(),
        node => format!(" (node `{node}`{item})"),
    };
    let mut text = format!("dry run: {} {}{sender}\n", request.method, request.url);
    for (name, value) in request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("if-match"))
    {
        text.push_str(&format!("  {name}: {value}\n"));
    }
    let pieces = match &request.body {
        // What only reads has no body but that of a request for a token, and that is a secret.
        _ if request.effect == Effect::Read => Vec::new(),
        Body::Empty => Vec::new(),
        Body::Bytes(bytes) => vec![Piece::Bytes(bytes.clone())],
        Body::Pieces(pieces) => pieces.clone(),
    };
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => {
                let body = String::from_utf8_lossy(&bytes);
                // A body without a secret stays as it is written.
                let masked = Value::from_json(&body).ok().and_then(|value| {
                    let masked = difference::masked("", &value);
                    (masked != value).then(|| masked.to_json())
                });
                for line in masked.as_deref().unwrap_or(&body).lines() {
                    text.push_str(&format!("  {line}\n"));
                }
            }
            Piece::File(file) => text.push_str(&format!("  ({} bytes of {})\n", file.size, file.mime_type)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Unreachable;

    #[async_trait]
    impl Http for Unreachable {
        async fn send(&self, request: Request) -> Result<Response, NodeError> {
            Err(NodeError::new("E0601", format!("sent {}", request.url)))
        }
    }

    async fn send(mode: DryRun, effect: Effect) -> Result<u16, String> {
        let http = DryRunHttp::new(Arc::new(Unreachable), mode);
        let request = Request {
            effect,
            ..Request::new("PATCH", "https://pbx.example.com/x")
        };
        http.send(request)
            .await
            .map(|answer| answer.status)
            .map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn only_reads_are_sent() {
        assert_eq!(send(DryRun::Writes, Effect::Write).await, Ok(204));
        assert_eq!(
            send(DryRun::Writes, Effect::Read).await,
            Err("sent https://pbx.example.com/x".to_owned())
        );
        assert_eq!(send(DryRun::All, Effect::Write).await, Ok(204));
        assert_eq!(
            send(DryRun::All, Effect::Read).await,
            Err("The dry run sent nothing, so there is no answer to `PATCH https://pbx.example.com/x`".to_owned())
        );
    }

    #[test]
    fn secrets_of_a_body_are_not_shown() {
        for (body, wanted) in [
            (
                r#"{"AuthPassword": "NewPw-2", "Number": 1}"#,
                r#"{"AuthPassword":"[secret]","Number":1}"#,
            ),
            (r#"{"Number":   1}"#, r#"{"Number":   1}"#),
        ] {
            let mut request = Request::new("POST", "https://pbx.example.com/x");
            request.effect = Effect::Write;
            request.body = Body::Bytes(Bytes::from(body));
            assert_eq!(
                shown(&request),
                format!("dry run: POST https://pbx.example.com/x\n  {wanted}\n")
            );
        }
    }

    #[test]
    fn secrets_of_a_request_are_not_shown() {
        let mut request = Request::new("DELETE", "https://pbx.example.com/x");
        request.headers = vec![
            ("Authorization".into(), "Bearer abc".into()),
            ("If-Match".into(), "W/\"1\"".into()),
        ];
        request.node = "Offboard".into();
        request.item = Some(2);
        request.body = Body::Bytes(Bytes::from_static(b"client_secret=hunter2"));
        assert_eq!(
            shown(&request),
            "dry run: DELETE https://pbx.example.com/x (node `Offboard`, item 2)\n  If-Match: W/\"1\"\n"
        );
    }
}
