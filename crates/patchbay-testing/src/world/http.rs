//! HTTP from a case: each request is held against the exchanges of the case and gets the answer of the one that it fits.
//!
//! Exchanges of a node's case come in their order; those of a workflow's case are mocks, and each request takes the first
//! that fits. What fits none is a failure of the case, and the node is told so.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Body, Piece, Request, Response};
use patchbay_node::capability::{BinaryStore, Http};
use patchbay_sandbox::Effect;

use super::binaries::InMemory;
use super::lock;
use crate::case::exchange::{Content, Exchange, Expected, Turn, decoded, gathered, split_origin};
use crate::case::key;
use crate::pattern::{self, Change, Difference, Step};

/// A request that went out.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub method: Text,
    /// Whole, percent-encoded.
    pub url: String,
    pub headers: Vec<(Text, Text)>,
    pub body: Bytes,
    pub node: Text,
    /// The exchange that answered it.
    pub exchange: Option<usize>,
}

/// What is wrong with the requests of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Complaint {
    /// A request was not as its exchange says.
    Differs {
        exchange: usize,
        sent: Sent,
        differences: Vec<Difference>,
    },
    /// Nothing was left, or nothing fits.
    Unmocked {
        sent: Sent,
        /// The mock that it differs least from.
        nearest: Option<(usize, Vec<Difference>)>,
    },
    /// An exchange did not take place as often as it should.
    Unused { exchange: usize, left: usize },
}

/// Answers from exchanges.
pub struct Canned {
    exchanges: Vec<Exchange>,
    /// Whether they come in their order.
    ordered: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How often each exchange took place.
    used: Vec<usize>,
    sent: Vec<Sent>,
    complaints: Vec<Complaint>,
}

/// How long a request without a time of its own is waited for.
pub(super) const PATIENCE: Duration = Duration::from_mins(5);

impl Canned {
    pub fn new(exchanges: Vec<Exchange>, ordered: bool) -> Arc<Self> {
        let state = State {
            used: vec![0; exchanges.len()],
            ..State::default()
        };
        Arc::new(Self {
            exchanges,
            ordered,
            state: Mutex::new(state),
        })
    }

    /// Everything that went out, in order.
    pub fn sent(&self) -> Vec<Sent> {
        lock(&self.state).sent.clone()
    }

    /// What is wrong, now that nothing more is sent.
    pub fn complaints(&self) -> Vec<Complaint> {
        let state = lock(&self.state);
        let mut complaints = state.complaints.clone();
        let exchanges = self.exchanges.iter().zip(&state.used).enumerate();
        complaints.extend(exchanges.filter_map(|(exchange, (expected, used))| {
            let left = expected.turns.len().saturating_sub(*used);
            (left > 0 && !expected.any_number).then_some(Complaint::Unused { exchange, left })
        }));
        complaints
    }

    /// The turn of the exchange that a request fits.
    fn take(&self, mut sent: Sent) -> Option<Turn> {
        let mut state = lock(&self.state);
        let left = |place: &usize| {
            let exchange = &self.exchanges[*place];
            exchange.any_number || state.used[*place] < exchange.turns.len()
        };
        let open: Vec<usize> = (0..self.exchanges.len()).filter(left).collect();
        let candidates = if self.ordered {
            &open[..open.len().min(1)]
        } else {
            &open[..]
        };
        let compared = candidates
            .iter()
            .map(|place| (*place, differences(&self.exchanges[*place].request, &sent)));
        let mut nearest: Option<(usize, Vec<Difference>)> = None;
        for (place, found) in compared {
            let nearer = nearest.as_ref().is_none_or(|(_, least)| found.len() < least.len());
            if nearer {
                nearest = Some((place, found));
            }
        }
        let taken = match nearest {
            Some((place, found)) if found.is_empty() => place,
            // Answered all the same, so that one difference does not hide what comes after it.
            Some((place, differences)) if self.ordered => {
                let sent = sent.clone();
                state.complaints.push(Complaint::Differs {
                    exchange: place,
                    sent,
                    differences,
                });
                place
            }
            nearest => {
                state.complaints.push(Complaint::Unmocked {
                    sent: sent.clone(),
                    nearest,
                });
                state.sent.push(sent);
                return None;
            }
        };
        sent.exchange = Some(taken);
        state.sent.push(sent);
        let turns = &self.exchanges[taken].turns;
        let turn = turns.get(state.used[taken]).or(turns.last()).cloned();
        state.used[taken] += 1;
        turn
    }
}

#[async_trait]
impl Http for Canned {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let timeout = request.timeout;
        let sent = note(&request).await?;
        let url = sent.url.clone();
        let shown = format!("{} {}", sent.method, target(&url));
        match self.take(sent) {
            Some(turn) => respond(turn, url, timeout).await,
            None => Err(NodeError::new("E1011", format!("The case has no answer for `{shown}`"))
                .hint("add an exchange for it to the case, or mend the request")),
        }
    }
}

/// The request as it is compared, its files read.
pub async fn note(request: &Request) -> Result<Sent, NodeError> {
    let body = match &request.body {
        Body::Empty => Bytes::new(),
        Body::Bytes(bytes) => bytes.clone(),
        Body::Pieces(pieces) => {
            let mut whole = bytes::BytesMut::new();
            for piece in pieces {
                match piece {
                    Piece::Bytes(bytes) => whole.extend_from_slice(bytes),
                    Piece::File(file) => whole.extend_from_slice(&InMemory.read(file).await?),
                }
            }
            whole.freeze()
        }
    };
    Ok(Sent {
        method: request.method.clone(),
        url: request.url.clone(),
        headers: request.headers.clone(),
        body,
        node: request.node.clone(),
        exchange: None,
    })
}

/// Path and query of a URL.
pub fn target(url: &str) -> &str {
    let (_, target) = split_origin(url);
    target.split('#').next().unwrap_or_default()
}

/// How a request differs from what is expected.
fn differences(expected: &Expected, sent: &Sent) -> Vec<Difference> {
    let mut found = Vec::new();
    let (origin, _) = split_origin(&sent.url);
    let target = target(&sent.url);
    let (path, query) = target
        .split_once('?')
        .map_or((target, ""), |(path, query)| (path, query));
    let mut hold = |name: &str, expected: &Value, actual: Value| {
        found.extend(pattern::differences(expected, &actual).into_iter().map(|difference| {
            let mut path = vec![key(name)];
            path.extend(difference.path);
            Difference { path, ..difference }
        }));
    };
    hold(
        "method",
        &Value::text(expected.method.clone()),
        Value::text(sent.method.clone()),
    );
    if let Some(wanted) = &expected.origin {
        hold(
            "origin",
            &Value::from(wanted.as_str()),
            Value::from(origin.unwrap_or_default()),
        );
    }
    hold("path", &expected.path, Value::from(path));
    if let Some(wanted) = &expected.query {
        hold(
            "query",
            &Value::object(wanted.clone()),
            Value::object(gathered(decoded(query))),
        );
    }
    if let Some(node) = &expected.node {
        hold("node", &Value::text(node.clone()), Value::text(sent.node.clone()));
    }
    if let Some(wanted) = &expected.headers {
        hold("headers", &Value::object(wanted.clone()), Value::object(headers(sent)));
    }
    found.extend(body_differences(&expected.body, &sent.body));
    found
}

/// Names in lower case.
pub fn headers(sent: &Sent) -> Object {
    sent.headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect()
}

fn body_differences(expected: &Content, body: &Bytes) -> Vec<Difference> {
    let text = || Value::from(String::from_utf8_lossy(body).into_owned());
    let (name, expected, actual) = match expected {
        Content::Any => return Vec::new(),
        Content::Nothing if body.is_empty() => return Vec::new(),
        Content::Nothing => {
            return vec![Difference {
                path: vec![key("body")],
                kind: Change::Extra(readable(body)),
            }];
        }
        Content::Json(wanted) => ("json", wanted.clone(), readable(body)),
        Content::Form(wanted) => (
            "form",
            Value::object(wanted.clone()),
            Value::object(gathered(decoded(&String::from_utf8_lossy(body)))),
        ),
        Content::Text(wanted) => ("text", wanted.clone(), text()),
        Content::Bytes(wanted) if wanted == body => return Vec::new(),
        Content::Bytes(wanted) => (
            "file",
            Value::from(format!("{} bytes", wanted.len())),
            Value::from(format!("{} other bytes", body.len())),
        ),
    };
    let found = pattern::differences(&expected, &actual);
    let below = |difference: Difference| {
        let mut path = vec![key(name)];
        path.extend(difference.path);
        Difference { path, ..difference }
    };
    found.into_iter().map(below).collect()
}

/// JSON where it is some, else text.
pub fn readable(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()))
}

/// The part of a case's file that a difference of a request is about.
pub fn step_in_file(difference: &Difference) -> Vec<Step> {
    match difference.path.first() {
        Some(Step::Key(name)) if matches!(name.as_str(), "method" | "origin" | "path" | "query" | "body") => {
            vec![key("request")]
        }
        _ => difference.path.clone(),
    }
}

/// Gives the answer of a turn, or makes its fault; time passes as it would.
async fn respond(turn: Turn, url: String, timeout: Option<Duration>) -> Result<Response, NodeError> {
    let shown = url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut answer = turn.answer;
    let mut broken = false;
    match turn.fault {
        None => {}
        Some(Effect::Refuse) => {
            return Err(refused(&shown));
        }
        Some(Effect::Drop) => {
            let message = format!("The request to {shown} broke off: connection closed before message completed");
            return Err(NodeError::new("E0606", message));
        }
        Some(Effect::Hang) => {
            tokio::time::sleep(timeout.unwrap_or(PATIENCE)).await;
            return Err(too_late(&shown));
        }
        Some(Effect::Slow(length)) => {
            let patience = timeout.unwrap_or(PATIENCE);
            tokio::time::sleep(length.min(patience)).await;
            if length > patience {
                return Err(too_late(&shown));
            }
        }
        Some(Effect::Truncate) => broken = true,
        Some(Effect::BadJson) => answer.body = answer.body.slice(..answer.body.len() / 2),
        Some(Effect::WrongContentType) => {
            answer.headers.retain(|(name, _)| name != "content-type");
            answer.headers.push(("content-type".into(), "text/html".into()));
        }
        Some(Effect::Unauthorized) => answer.status = 401,
        Some(Effect::TooManyRequests(seconds)) => {
            answer.status = 429;
            answer.headers.push(("retry-after".into(), seconds.to_string().into()));
        }
        Some(Effect::ServerError) => answer.status = 500,
    }
    let end = broken.then(|| {
        NodeError::new(
            "E0606",
            format!("The answer of {shown} broke off: end of file before message length reached"),
        )
    });
    let body = if broken {
        answer.body.slice(..answer.body.len() / 2)
    } else {
        answer.body
    };
    Ok(response(answer.status, answer.headers, body, end, url))
}

/// An answer, whose body ends with an error if there is one.
pub fn response(status: u16, headers: Vec<(Text, Text)>, body: Bytes, end: Option<NodeError>, url: String) -> Response {
    let pieces = [Ok(body)].into_iter().chain(end.map(Err));
    let pieces = pieces.filter(|piece| !piece.as_ref().is_ok_and(Bytes::is_empty));
    Response {
        status,
        status_text: reason(status).into(),
        headers,
        body: futures::stream::iter(pieces.collect::<Vec<_>>()).boxed(),
        url: url.into(),
    }
}

pub(super) fn refused(url: &str) -> NodeError {
    NodeError::new("E0601", format!("No connection to {url}: Connection refused"))
        .hint("check the host and the port in the URL, and that the service runs")
}

pub(super) fn too_late(url: &str) -> NodeError {
    NodeError::new("E0603", format!("{url} did not answer in time"))
        .hint("is the host reachable from here, and is the port open?")
}

/// The usual phrase of a status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        412 => "Precondition Failed",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
