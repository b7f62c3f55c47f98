//! The 3CX double beside a run: started on a free port, and every 3CX credential bound to it.

use std::sync::Arc;

use async_trait::async_trait;
use patchbay_model::{Object, Text};
use patchbay_node::NodeError;
use patchbay_node::capability::Http;
use patchbay_node::capability::http::{Request, Response};
pub use patchbay_sandbox::is_three_cx;
use patchbay_sandbox::{Exchange, Options, Sandbox, StartError, Version};
use url::Url;

use crate::capability::http::without_secrets;
use crate::exit::Exit;
use crate::render;
use crate::render::tell_line;

/// The secret of the client in the double's own data: everybody knows it.
pub const PUBLIC_SECRET: &str = "sandbox-secret";

/// So many requests are shown after a run; of the others only the number.
const SHOWN: usize = 20;

/// A double that lives as long as the run.
pub struct Running {
    sandbox: Sandbox,
    /// What the replaced credentials say of the version.
    named_version: Option<Text>,
}

/// Starts a double on a free port. It is of the version that the credentials name which it stands for; they may say `auto`.
pub async fn start(named_version: Option<Text>) -> Result<Running, Exit> {
    let version = named_version.as_deref().and_then(version_of).unwrap_or_default();
    let options = Options {
        version,
        ..Options::default()
    };
    match Sandbox::start(options).await {
        Ok(sandbox) => Ok(Running { sandbox, named_version }),
        Err(error) => {
            tell_start_error(&error);
            Err(Exit::Failed)
        }
    }
}

/// The version without its build: `20.0.9` of `20.0.9.1054`.
fn version_of(named: &str) -> Option<Version> {
    let numbers: Vec<&str> = named.split('.').take(3).collect();
    numbers.join(".").parse().ok()
}

/// Says why a double does not start.
pub fn tell_start_error(error: &StartError) {
    let reason = std::error::Error::source(error).map(|source| format!(": {source}"));
    tell_line!("error[E0806]: {error}{}", reason.unwrap_or_default());
    tell_line!(
        "hint: {}",
        match error {
            StartError::Listen { .. } => "give another `--port` or `--host`; without `--port` any free one is taken",
            StartError::NoClients => "give the seed a client: `\"clients\": [{\"id\", \"secret\"}]`",
        }
    );
}

impl Running {
    /// What a 3CX credential holds.
    pub fn credential(&self) -> Object {
        let fields = [
            ("url", self.sandbox.url()),
            ("clientId", self.sandbox.client_id().into()),
            ("clientSecret", self.sandbox.client_secret().into()),
        ];
        let mut credential: Object = fields.into_iter().collect();
        if let Some(version) = &self.named_version {
            credential.insert("version", version.clone());
        }
        credential
    }

    /// Sends what is for the double, and refuses all else before it is sent.
    pub fn alone(&self, inner: Arc<dyn Http>) -> Arc<dyn Http> {
        let double = Url::parse(&self.sandbox.url()).ok();
        Arc::new(OnlyDouble { inner, double })
    }

    /// Tells on stderr what the double was asked.
    pub fn show_requests(&self) {
        let exchanges = self.sandbox.exchanges();
        tell_line!("the sandbox received {} requests:", exchanges.len());
        for exchange in exchanges.iter().take(SHOWN) {
            render::tell(&format!("  {}\n", line(exchange)));
        }
        if exchanges.len() > SHOWN {
            tell_line!("  … and {} more", exchanges.len() - SHOWN);
        }
    }
}

/// Lets only what is for the double out.
struct OnlyDouble {
    inner: Arc<dyn Http>,
    double: Option<Url>,
}

#[async_trait]
impl Http for OnlyDouble {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let asked = Url::parse(&request.url).ok().map(|url| url.origin());
        // An origin without a host equals none.
        let is_double = asked.is_some() && asked == self.double.as_ref().map(Url::origin);
        if is_double && request.options.proxy.is_none() {
            return self.inner.send(request).await;
        }
        let (method, url) = (&request.method, without_secrets(&request.url));
        let message = format!("With `--sandbox` only the 3CX double is asked: {method} {url} was not sent");
        Err(NodeError::new("E1037", message)
            .hint("give the case what the node puts out, `[case.node.NAME]`, or record it with credentials"))
    }

    fn announce_writes(&self, count: usize) -> Result<(), NodeError> {
        self.inner.announce_writes(count)
    }
}

/// One exchange: `GET /xapi/v1/Users?$top=2 → 200`.
pub fn line(exchange: &Exchange) -> String {
    let query: Vec<String> = exchange
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{}", query.join("&"))
    };
    let status = exchange
        .status
        .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let body = if exchange.body.is_null() || exchange.path == "/connect/token" {
        String::new()
    } else {
        format!(" {}", exchange.body)
    };
    format!("{} {}{query}{body} → {status}", exchange.method, exchange.path)
}
