//! Makes recordings: a case is run against a real service or the double, and what goes out and comes back becomes its
//! exchanges, without a secret in them.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use patchbay_model::workflow::Node;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::capability::{Credential, Credentials, Http};

use crate::Host;
use crate::case::exchange::{Answer, Content, Exchange, Expected, Turn};
use crate::case::node::NodeCase;
use crate::run::Ran;
use crate::world::clock::Clock;
use crate::world::http::{Sent, note, response};
use crate::world::lock;

/// What a case becomes.
#[derive(Clone, Debug)]
pub struct Recording {
    pub exchanges: Vec<(Sent, Answer)>,
    /// What comes out when they are replayed.
    pub ran: Ran,
}

/// Takes note of what goes through it.
struct Recorder {
    inner: Arc<dyn Http>,
    exchanges: Mutex<Vec<(Sent, Answer)>>,
    /// Why a request got no answer.
    unanswered: Mutex<Option<String>>,
}

/// Takes note of the credential that the node finds.
struct Noting {
    inner: Arc<dyn Credentials>,
    found: Mutex<Option<Credential>>,
    /// Why there is none.
    missing: Mutex<Option<String>>,
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
        let answer = self.inner.send(request).await.inspect_err(|error| {
            *lock(&self.unanswered) = Some(error.to_string());
        })?;
        let (status, headers, url) = (answer.status, answer.headers.clone(), answer.url.to_string());
        let body = answer.bytes(LARGEST).await.inspect_err(|error| {
            *lock(&self.unanswered) = Some(error.to_string());
        })?;
        let kept = headers.iter().filter(|(name, _)| !FLEETING.contains(&name.as_str()));
        let recorded = Answer {
            status,
            headers: kept.cloned().collect(),
            body: body.clone(),
        };
        lock(&self.exchanges).push((sent, recorded));
        Ok(response(status, headers, body, None, url))
    }
}

#[async_trait]
impl Credentials for Noting {
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError> {
        let credential = self.inner.find(kind, node).await.inspect_err(|error| {
            *lock(&self.missing) = Some(error.to_string());
        })?;
        *lock(&self.found) = Some(credential.clone());
        Ok(credential)
    }
}

/// Runs a case against a service, and again against what was recorded. Must be called in a runtime whose time passes.
pub async fn record(
    host: &Host,
    case: &NodeCase,
    service: &str,
    http: Arc<dyn Http>,
    credentials: Arc<dyn Credentials>,
) -> Result<Recording, String> {
    let recorder = Arc::new(Recorder {
        inner: http,
        exchanges: Mutex::default(),
        unanswered: Mutex::default(),
    });
    let noting = Arc::new(Noting {
        inner: credentials,
        found: Mutex::default(),
        missing: Mutex::default(),
    });
    let clock = Arc::new(Clock::new(&case.conditions));
    let executed = crate::run::node::execute(host, case, service, clock, recorder.clone(), noting.clone()).await?;
    let unanswered = lock(&recorder.unanswered).take();
    if let Some(reason) = lock(&noting.missing).take().or(unanswered) {
        return Err(reason);
    }
    let exchanges = std::mem::take(&mut *lock(&recorder.exchanges));
    // A good case is not lost to a service that says no, or to a node that never asked it.
    let nothing_answered = exchanges.len() <= case.defaults.first().len();
    if let Some(error) = &executed.finished.error
        && (case.expect.outputs.is_some() || (nothing_answered && case.expect.error.is_none()))
    {
        return Err(format!("it fails: {}", crate::run::check::error_value(error).to_json()));
    }
    let credential = lock(&noting.found).take();
    let exchanges = redacted(exchanges, credential.as_ref(), &case.credential);
    let mut replayed = case.clone();
    replayed.double = None;
    replayed.exchanges = exchanges.iter().map(|(sent, answer)| replay(sent, answer)).collect();
    let ran = crate::run::alone(host, &replayed, service)?;
    let shared = case.defaults.first().len().min(exchanges.len());
    Ok(Recording {
        exchanges: exchanges.into_iter().skip(shared).collect(),
        ran,
    })
}

/// An exchange that takes whatever comes next, and answers as the service did.
fn replay(_sent: &Sent, answer: &Answer) -> Exchange {
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

/// Puts the case's stub in the place of each field of the real credential, and `token-N` in that of each token.
fn redacted(exchanges: Vec<(Sent, Answer)>, credential: Option<&Credential>, stub: &Object) -> Vec<(Sent, Answer)> {
    let mut secrets: Vec<(String, String)> = Vec::new();
    if let Some(credential) = credential {
        for name in credential.fields() {
            let Some(real) = credential.field(name) else { continue };
            let real = real.reveal().trim_end_matches('/').to_owned();
            let stand_in = stub
                .get(name)
                .map_or_else(|| format!("stub-{name}").into(), Value::to_text);
            // A number or a word is no secret, and would be found everywhere.
            if real.len() >= 3 {
                secrets.push((real, stand_in.trim_end_matches('/').to_owned()));
            }
        }
    }
    let mut tokens = 0;
    for (_, answer) in &exchanges {
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            continue;
        };
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = body.get(name).and_then(Value::as_str) {
                tokens += usize::from(name == "access_token");
                secrets.push((token.to_owned(), format!("token-{}", tokens.max(1))));
            }
        }
    }
    // The longest first: one secret may begin with another.
    secrets.sort_by_key(|(real, _)| std::cmp::Reverse(real.len()));
    let clean = |text: &str| {
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        secrets.iter().fold(text.to_owned(), |text, (real, stub)| {
            text.replace(real, stub).replace(&encoded(real), &encoded(stub))
        })
    };
    let clean_body = |body: &Bytes| match std::str::from_utf8(body) {
        Ok(text) => clean(text).into(),
        Err(_) => body.clone(),
    };
    let clean_headers = |headers: &[(Text, Text)]| {
        let headers = headers.iter().map(|(name, value)| (name.clone(), clean(value).into()));
        headers.collect()
    };
    exchanges
        .into_iter()
        .map(|(sent, answer)| {
            let sent = Sent {
                url: clean(&sent.url),
                headers: clean_headers(&sent.headers),
                body: clean_body(&sent.body),
                ..sent
            };
            let answer = Answer {
                status: answer.status,
                headers: clean_headers(&answer.headers),
                body: clean_body(&answer.body),
            };
            (sent, answer)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left() {
        let credential: Object = [("url", "https://real.example/"), ("key", "hunter2&x")]
            .into_iter()
            .collect();
        let stub: Object = [("url", "https://stub.example"), ("key", "stub")].into_iter().collect();
        let credential = Credential::new(None, "c", "t", credential);
        let sent = Sent {
            method: "GET".into(),
            url: "https://real.example/a?key=hunter2%26x".into(),
            headers: vec![("Authorization".into(), "Bearer secret-token".into())],
            body: Bytes::from_static(b"key=hunter2%26x&plain=hunter2&x"),
            node: Text::default(),
            exchange: None,
        };
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
            body: Bytes::from_static(br#"{"access_token":"secret-token"}"#),
        };
        let shown = format!("{:?}", redacted(vec![(sent, answer)], Some(&credential), &stub));
        for secret in ["real.example", "hunter2", "secret-token"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("https://stub.example/a?key=stub"), "{shown}");
        assert!(shown.contains("Bearer token-1"), "{shown}");
    }
}
