//! HTTP from a case: each request is held against the exchanges of the case and gets the answer of the one that it fits.
//!
//! Exchanges of a node's case come in their order; those of a workflow's case are mocks, and each request takes the first
//! that fits. What fits none is a failure of the case, and the node is told so.

mod compare;
mod turn;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Body, Piece, Request, Response};
use patchbay_node::capability::{BinaryStore, Http};

use super::binaries::InMemory;
use super::lock;
use crate::case::exchange::{Exchange, Turn, split_origin};
use crate::pattern::Difference;
use compare::differences;
use turn::respond;

pub use compare::step_in_file;
pub use turn::response;
pub(super) use turn::{PATIENCE, refused, too_late};

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

/// Names in lower case.
pub fn headers(sent: &Sent) -> Object {
    sent.headers
        .iter()
        .map(|(name, value)| (name.to_lowercase(), value.clone()))
        .collect()
}

/// JSON where it is some, else text.
pub fn readable(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| Value::from(String::from_utf8_lossy(body).into_owned()))
}
