//! HTTP that takes note of requests and answers as a test wants.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::StreamExt;
use patchbay_model::Text;
use patchbay_node::NodeError;
use patchbay_node::capability::Http;
use patchbay_node::capability::http::{Body, Piece, Request, Response};

/// One request, as text to compare: `GET /xapi/v1/Users(5)`, headers but the usual ones, the body.
pub fn shown(request: &Request) -> String {
    let path = request.url.trim_start_matches("https://pbx.example.com");
    let mut lines = vec![format!("{} {path}", request.method)];
    let usual = ["accept", "authorization", "content-type"];
    let headers = request
        .headers
        .iter()
        .filter(|(name, _)| !usual.contains(&name.to_lowercase().as_str()));
    lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    match &request.body {
        Body::Empty => {}
        Body::Bytes(bytes) => lines.push(String::from_utf8_lossy(bytes).into_owned()),
        Body::Pieces(pieces) => lines.push(pieces.iter().map(piece).collect()),
    }
    lines.join("\n")
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Piece::File(_) => "(a file)".to_owned(),
    }
}

/// An answer of the made-up service.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: String,
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json")],
            body: body.to_owned(),
        }
    }
}

pub type Answering = dyn Fn(&Request) -> Reply + Send + Sync;

/// Takes note of requests, and answers them.
pub struct FakeHttp {
    pub answer: Box<Answering>,
    pub requests: Mutex<Vec<Request>>,
    pub under_way: AtomicUsize,
    pub most_at_once: AtomicUsize,
    pub tokens: AtomicUsize,
    pub token_reply: Mutex<Option<Reply>>,
}

#[async_trait]
impl Http for FakeHttp {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let now = 1 + self.under_way.fetch_add(1, Ordering::SeqCst);
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let reply = if request.url.ends_with("/connect/token") {
            let number = 1 + self.tokens.fetch_add(1, Ordering::SeqCst);
            let reply = self.token_reply.lock().expect("lock").clone();
            let usual = format!(r#"{{"token_type": "Bearer", "expires_in": 60, "access_token": "token-{number}"}}"#);
            reply.unwrap_or_else(|| Reply::json(200, &usual))
        } else {
            self.requests.lock().expect("lock").push(request.clone());
            (self.answer)(&request)
        };
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        match reply.status {
            0 => {
                return Err(NodeError::new(
                    "E0606",
                    "The request to https://pbx.example.com broke off",
                ));
            }
            1 => return Err(NodeError::new("E0601", "No connection to https://pbx.example.com")),
            _ => {}
        }
        Ok(Response {
            status: reply.status,
            status_text: Text::default(),
            headers: reply
                .headers
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            body: futures::stream::iter([Ok(Bytes::from(reply.body))]).boxed(),
            url: request.url.into(),
        })
    }
}

impl FakeHttp {
    /// The requests since the last time, but those for tokens.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().expect("lock"))
    }
}
