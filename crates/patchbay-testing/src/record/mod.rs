//! Makes recordings: a case is run against a real service or the double, and what comes back becomes the answers of its
//! exchanges, without a secret in them ([`redact`]). The requests are those of a second run, which gets these answers and the
//! case's own credential: so they hold no secret either, and the case passes as it is written. Cases of workflows are in
//! [`workflow`].

mod encoded;
mod redact;
pub mod workflow;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use patchbay_model::workflow::Node;
use patchbay_model::{Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::{Credential, Credentials, Http};

use crate::Host;
use crate::case::exchange::{Answer, Content, Exchange, Expected, Turn};
use crate::case::node::NodeCase;
use crate::run::Ran;
use crate::run::check::counted;
use crate::world::clock::Clock;
use crate::world::http::{Sent, note, response};
use crate::world::lock;
use redact::Redaction;

/// What a case becomes.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Without those that all cases of the folder begin with.
    pub exchanges: Vec<(Sent, Answer)>,
    /// What comes out when they are replayed.
    pub ran: Ran,
}

/// Why a case can not be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    pub message: Text,
    /// What the user can do.
    pub hints: Vec<Text>,
}

/// Takes note of what goes through it.
struct Recorder {
    inner: Arc<dyn Http>,
    /// In the order in which the requests went out; an answer that is not there yet is none.
    exchanges: Mutex<Vec<(Sent, Option<Answer>)>>,
    /// Why a request got no answer.
    unanswered: Mutex<Option<NodeError>>,
}

/// Takes note of the credentials that nodes find.
struct Noting {
    inner: Arc<dyn Credentials>,
    found: Mutex<Vec<Credential>>,
    /// Why there is none.
    missing: Mutex<Option<NodeError>>,
}

/// An answer above this is not recorded.
const LARGEST: usize = 16 << 20;
/// Headers that differ each time and that no node reads.
const FLEETING: [&str; 12] = [
    "date",
    "server",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "set-cookie",
    "vary",
    "strict-transport-security",
    "x-request-id",
    "cf-ray",
    "etag",
];

#[async_trait]
impl Http for Recorder {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let sent = note(&request).await?;
        let place = {
            let mut exchanges = lock(&self.exchanges);
            exchanges.push((sent, None));
            exchanges.len() - 1
        };
        let answer = self.inner.send(request).await.inspect_err(|error| {
            *lock(&self.unanswered) = Some(error.clone());
        })?;
        let (status, headers, url) = (answer.status, answer.headers.clone(), answer.url.to_string());
        let body = answer.bytes(LARGEST).await.inspect_err(|error| {
            *lock(&self.unanswered) = Some(error.clone());
        })?;
        let kept = headers.iter().filter(|(name, _)| !FLEETING.contains(&name.as_str()));
        let recorded = Answer {
            status,
            headers: kept.cloned().collect(),
            body: body.clone(),
        };
        lock(&self.exchanges)[place].1 = Some(recorded);
        Ok(response(status, headers, body, None, url))
    }
}

#[async_trait]
impl Credentials for Noting {
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError> {
        let credential = self.inner.find(kind, node).await.inspect_err(|error| {
            *lock(&self.missing) = Some(error.clone());
        })?;
        lock(&self.found).push(credential.clone());
        Ok(credential)
    }
}

impl From<String> for Unrecorded {
    fn from(message: String) -> Self {
        Self {
            message: message.into(),
            hints: Vec::new(),
        }
    }
}

impl Recorder {
    fn new(inner: Arc<dyn Http>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            exchanges: Mutex::default(),
            unanswered: Mutex::default(),
        })
    }

    /// Everything that was answered.
    fn exchanges(&self) -> Vec<(Sent, Answer)> {
        let exchanges = std::mem::take(&mut *lock(&self.exchanges));
        exchanges
            .into_iter()
            .filter_map(|(sent, answer)| Some((sent, answer?)))
            .collect()
    }
}

impl Noting {
    fn new(inner: Arc<dyn Credentials>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            found: Mutex::default(),
            missing: Mutex::default(),
        })
    }
}

/// Why the recorded run is not worth keeping, if it is not: a credential was missing, or a request got no answer.
fn broken(recorder: &Recorder, noting: &Noting) -> Option<Unrecorded> {
    let missing = lock(&noting.missing).take();
    let error = missing.or_else(|| lock(&recorder.unanswered).take())?;
    Some(Unrecorded {
        message: error.error.message,
        hints: error.error.hints,
    })
}

/// Runs a case of a node against a service, and again against what was recorded. Must be called in a runtime whose time passes.
pub async fn record(
    host: &Host,
    case: &NodeCase,
    service: &str,
    http: Arc<dyn Http>,
    credentials: Arc<dyn Credentials>,
) -> Result<Recording, Unrecorded> {
    let recorder = Recorder::new(http);
    let noting = Noting::new(credentials);
    let clock = Arc::new(Clock::new(&case.conditions));
    let executed = crate::run::node::execute(host, case, service, clock, recorder.clone(), noting.clone()).await?;
    if let Some(reason) = broken(&recorder, &noting) {
        return Err(reason);
    }
    let answers: Vec<Answer> = recorder.exchanges().into_iter().map(|(_, answer)| answer).collect();
    let first = case.defaults.first();
    // A good case is not lost to a service that says no, or to a node that never asked it.
    let nothing_answered = answers.len() <= first.len();
    if let Some(error) = &executed.finished.error
        && (case.expect.outputs.is_some() || (nothing_answered && case.expect.error.is_none()))
    {
        return Err(format!("it fails: {}", crate::run::check::error_value(error).to_json()).into());
    }
    let shared = first.len().min(answers.len());
    let mut redaction = Redaction::of_node(lock(&noting.found).last(), case);
    for answer in &answers {
        redaction.learn(answer);
    }
    let answers: Vec<Answer> = answers[shared..].iter().map(|answer| redaction.clean(answer)).collect();
    let mut replayed = case.clone();
    replayed.double = None;
    replayed.exchanges = first[..shared].to_vec();
    replayed.exchanges.extend(answers.iter().map(whatever_comes));
    let mut ran = crate::run::alone(host, &replayed, service)?;
    let sent: Vec<Sent> = ran.sent.drain(shared.min(ran.sent.len())..).collect();
    if sent.len() != answers.len() {
        return Err(format!(
            "it got {}, and sends {} with the credential of the case: is a field of it missing?",
            counted(answers.len(), "answer"),
            counted(sent.len(), "request")
        )
        .into());
    }
    Ok(Recording {
        exchanges: sent.into_iter().zip(answers).collect(),
        ran,
    })
}

/// An exchange that takes whatever comes next, and answers as the service did.
fn whatever_comes(answer: &Answer) -> Exchange {
    Exchange {
        request: Expected {
            method: Text::default(),
            origin: None,
            path: Value::Null,
            query: None,
            headers: None,
            body: Content::Any,
            node: None,
        },
        turns: vec![Turn {
            answer: answer.clone(),
            fault: None,
        }],
        any_number: false,
        place: Vec::new(),
    }
}
