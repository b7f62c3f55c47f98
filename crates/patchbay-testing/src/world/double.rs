//! HTTP from the stateful 3CX double, inside this process and in the case's own time.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use patchbay_model::{Environment, Object};
use patchbay_node::NodeError;
use patchbay_node::capability::Http;
use patchbay_node::capability::http::{Request, Response};
use patchbay_sandbox::{Effect, Fault, InProcess, Options, Seed, Version};

use super::clock::Clock;
use super::http::{PATIENCE, Sent, note, refused, response, target, too_late};
use super::lock;
use crate::case::Double;

/// A double that a case runs against.
pub struct DoubleHttp {
    double: InProcess,
    /// Whether it is as if nobody listened.
    refuses: bool,
    sent: Mutex<Vec<Sent>>,
}

/// The double's clock is the case's.
struct SameClock(Arc<Clock>);

impl patchbay_sandbox::Clock for SameClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0.now() as i64).unwrap_or_default()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

impl DoubleHttp {
    /// Starts a double; what is wrong with its seed, if anything.
    pub fn new(wanted: &Double, clock: &Arc<Clock>) -> Result<Self, String> {
        let version = wanted.version.unwrap_or_default();
        let seed = match &wanted.seed {
            Some(path) => read_seed(path, version)?,
            None => Seed::default(),
        };
        let options = Options {
            seed,
            version,
            faults: wanted.faults.clone(),
            clock: Arc::new(SameClock(clock.clone())),
            ..Options::default()
        };
        let double = InProcess::new(options).map_err(|error| error.to_string())?;
        let all_refused = |fault: &Fault| fault.effect == Effect::Refuse && fault.path.is_none();
        Ok(Self {
            double,
            refuses: wanted.faults.iter().any(all_refused),
            sent: Mutex::default(),
        })
    }

    /// The fields of a credential for it, laid over those of the case.
    pub fn credential(&self, over: &Object) -> Object {
        let mut credential = over.clone();
        if !credential.contains_key("url") {
            credential.insert("url", "https://pbx.example.com");
        }
        credential.insert("clientId", self.double.client_id());
        credential.insert("clientSecret", self.double.client_secret());
        credential
    }

    /// Everything that went out, in order.
    pub fn sent(&self) -> Vec<Sent> {
        lock(&self.sent).clone()
    }
}

fn read_seed(path: &Path, version: Version) -> Result<Seed, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the seed `{}` can not be read: {error}", path.display()))?;
    Seed::from_json(&text, version).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        format!("the seed `{}` is not right: {}", path.display(), faults.join("; "))
    })
}

#[async_trait]
impl Http for DoubleHttp {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let patience = request.timeout.unwrap_or(PATIENCE);
        let sent = note(&request).await?;
        if self.refuses {
            let error = refused(&sent.url);
            lock(&self.sent).push(sent);
            return Err(error);
        }
        let host = url::Url::parse(&sent.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let headers = sent
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()));
        let host = host.map(|host| ("host".to_owned(), host));
        let path = target(&sent.url).to_owned();
        let reply = self
            .double
            .answer(&sent.method, &path, host.into_iter().chain(headers), sent.body.clone());
        let reply = tokio::time::timeout(patience, reply).await;
        let url = sent.url.clone();
        lock(&self.sent).push(sent);
        let Ok(reply) = reply else {
            return Err(too_late(&url));
        };
        let Some(reply) = reply else {
            let message = format!("The request to {url} broke off: connection closed before message completed");
            return Err(NodeError::new("E0606", message));
        };
        let end = reply.broken.then(|| {
            NodeError::new(
                "E0606",
                format!("The answer of {url} broke off: the connection was closed"),
            )
        });
        let headers = reply
            .headers
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Ok(response(reply.status, headers, reply.body, end, url))
    }
}
