//! Records cases of workflows. Requests go out side by side, so each answer is kept with its request, and the second run, with
//! the case's own credentials, is answered by what it asks.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use patchbay_engine::Finished;
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::{Credentials, Http};

use super::redact::Redaction;
use super::{Noting, Recorder, Recording, Unrecorded, broken};
use crate::Host;
use crate::case::exchange::Answer;
use crate::case::workflow::WorkflowCase;
use crate::run::workflow::{Prepared, execute, prepare, ran};
use crate::run::{apart, check};
use crate::world::clock::Clock;
use crate::world::credentials::Given;
use crate::world::http::{Sent, note, response, target};
use crate::world::lock;

/// Answers each request as it was answered before.
struct Replay {
    /// What was not asked yet, without a secret.
    left: Mutex<Vec<(Sent, Answer)>>,
    /// What was, with the requests of this run.
    asked: Mutex<Vec<(Sent, Answer)>>,
    /// A request that was not recorded.
    unknown: Mutex<Option<String>>,
}

#[async_trait]
impl Http for Replay {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let sent = note(&request).await?;
        let Some(answer) = self.take(&sent) else {
            let line = format!("{} {}", sent.method, sent.url);
            lock(&self.unknown).get_or_insert_with(|| line.clone());
            return Err(NodeError::new("E1011", format!("nothing answers the request: {line}")));
        };
        let (status, headers, body) = (answer.status, answer.headers.clone(), answer.body.clone());
        let url = sent.url.clone();
        lock(&self.asked).push((sent, answer));
        Ok(response(status, headers, body, None, url))
    }
}

impl Replay {
    /// The answer of a request that is the same, or at least goes to the same place: a body may hold what a credential says.
    fn take(&self, sent: &Sent) -> Option<Answer> {
        let mut left = lock(&self.left);
        let goes_there = |other: &Sent| other.method == sent.method && target(&other.url) == target(&sent.url);
        let same = left
            .iter()
            .position(|(other, _)| goes_there(other) && other.body == sent.body);
        let place = same.or_else(|| left.iter().position(|(other, _)| goes_there(other)))?;
        Some(left.remove(place).1)
    }
}

/// Runs a case of a workflow against services, and again against what was recorded. Must be called in a runtime whose time
/// passes.
pub async fn record(
    host: &Host,
    case: &WorkflowCase,
    http: Arc<dyn Http>,
    credentials: Arc<dyn Credentials>,
) -> Result<Recording, Unrecorded> {
    if case.mocks.iter().any(|mock| !mock.any_number && is_of_file(mock)) {
        return Err(
            "its file has mocks that every case must use: give them `times = \"any\"`"
                .to_owned()
                .into(),
        );
    }
    let recorder = Recorder::new(http);
    let noting = Noting::new(credentials);
    let clock = Arc::new(Clock::new(&case.conditions));
    let prepared = ready(host, case)?;
    let workflow = prepared.graph.workflow.clone();
    let finished = execute(host, case, prepared, clock, recorder.clone(), noting.clone()).await;
    if let Some(reason) = broken(&recorder, &noting) {
        return Err(reason);
    }
    worth_keeping(case, &finished)?;
    let exchanges = recorder.exchanges();
    let mut redaction = Redaction::of_workflow(&lock(&noting.found), case, &workflow);
    for (_, answer) in &exchanges {
        redaction.learn(answer);
    }
    let count = exchanges.len();
    let exchanges = exchanges.into_iter().map(|(sent, answer)| {
        let url = redaction.clean_text(&sent.url);
        let body = match std::str::from_utf8(&sent.body) {
            Ok(text) => redaction.clean_text(text).into(),
            Err(_) => sent.body.clone(),
        };
        (Sent { url, body, ..sent }, redaction.clean(&answer))
    });
    let replay = Arc::new(Replay {
        left: Mutex::new(exchanges.collect()),
        asked: Mutex::default(),
        unknown: Mutex::default(),
    });
    let prepared = ready(host, case)?;
    let finished = apart(|| {
        let clock = Arc::new(Clock::new(&case.conditions));
        let given = Arc::new(Given::Several(case.credentials.clone()));
        execute(host, case, prepared, clock, replay.clone(), given)
    })?;
    if let Some(line) = lock(&replay.unknown).take() {
        return Err(format!("with the credentials of the case it sends what was not recorded: {line}").into());
    }
    worth_keeping(case, &finished).map_err(|message| format!("with the credentials of the case {message}"))?;
    let exchanges = std::mem::take(&mut *lock(&replay.asked));
    if exchanges.len() != count {
        return Err(format!(
            "it got {}, and sends {} with the credentials of the case",
            check::counted(count, "answer"),
            check::counted(exchanges.len(), "request")
        )
        .into());
    }
    let sent = exchanges.iter().map(|(sent, _)| sent.clone()).collect();
    let ran = ran(case, &finished, sent);
    Ok(Recording { exchanges, ran })
}

fn ready(host: &Host, case: &WorkflowCase) -> Result<Prepared, String> {
    prepare(host, case).map_err(|failures| {
        let messages = failures.into_iter().map(|failure| failure.message);
        messages.collect::<Vec<_>>().join("; ")
    })
}

/// A good case is not lost to a service that says no.
fn worth_keeping(case: &WorkflowCase, finished: &Finished) -> Result<(), String> {
    match &finished.error {
        Some(error) if case.error.is_none() => Err(format!("it fails: {}", check::error_value(error).to_json())),
        _ => Ok(()),
    }
}

/// Whether a mock is for all cases of its file.
fn is_of_file(mock: &crate::case::exchange::Exchange) -> bool {
    mock.place.first() == Some(&crate::case::key("mock"))
}
