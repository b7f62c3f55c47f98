//! HTTP over reqwest. A client for each way of sending is made when it is first needed, and kept: a workflow that
//! sends nothing pays nothing.

mod certificates;

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use patchbay_node::NodeError;
use patchbay_node::capability::http::{Body, Effect, Options, Piece, Request, Response};
use patchbay_node::capability::{BinaryStore, Http};
use reqwest::header::{HeaderName, HeaderValue};

use crate::capability::reach::{self, Barred, Reach, Resolver};
use crate::secrets;

/// Sends for real.
pub struct RealHttp {
    clients: Mutex<HashMap<Options, reqwest::Client>>,
    /// Where the files of bodies are.
    binaries: Arc<dyn BinaryStore>,
    reach: Arc<Reach>,
}

impl RealHttp {
    pub fn new(binaries: Arc<dyn BinaryStore>, reach: Arc<Reach>) -> Self {
        Self {
            clients: Mutex::default(),
            binaries,
            reach,
        }
    }

    /// A body that is read, piece by piece, while it is sent.
    fn body_of(&self, pieces: Vec<Piece>) -> reqwest::Body {
        let binaries = self.binaries.clone();
        let pieces = stream::iter(pieces).then(move |piece| {
            let binaries = binaries.clone();
            async move {
                match piece {
                    Piece::Bytes(bytes) => Ok(stream::once(async { Ok(bytes) }).boxed()),
                    Piece::File(file) => binaries.stream(&file).await,
                }
            }
        });
        reqwest::Body::wrap_stream(pieces.try_flatten())
    }

    fn client(&self, options: &Options) -> Result<reqwest::Client, NodeError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(options) {
            return Ok(client.clone());
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("patchbay/", env!("CARGO_PKG_VERSION")))
            .referer(false)
            .redirect(reqwest::redirect::Policy::limited(options.redirects))
            .danger_accept_invalid_certs(!options.verify_tls);
        if options.redirects == 0 {
            builder = builder.redirect(reqwest::redirect::Policy::none());
        } else if self.reach.bars_private {
            builder = builder.redirect(within(self.reach.clone(), options.redirects));
        }
        if self.reach.bars_private {
            builder = builder.dns_resolver(Arc::new(Resolver(self.reach.clone())));
        }
        if let Some(proxy) = &options.proxy {
            if let Ok(url) = reqwest::Url::parse(proxy) {
                self.reach.check(&url).map_err(|_| barred(&shown_url(&url)))?;
            }
            let proxy = reqwest::Proxy::all(proxy.as_str()).map_err(|error| {
                NodeError::new("E0607", format!("The proxy `{proxy}` is not a URL: {error}"))
                    .hint("write it with its scheme: `http://proxy.example.com:8080`")
            })?;
            builder = builder.proxy(proxy);
        }
        if let Some(certificates) = &options.certificates {
            builder = certificates::apply(builder, certificates)?;
        }
        let client = builder.build().map_err(|error| {
            NodeError::new("E0608", format!("HTTP can not start: {error}"))
                .hint("are the system's certificates there and readable? On Linux the package is `ca-certificates`")
        })?;
        clients.insert(options.clone(), client.clone());
        Ok(client)
    }
}

#[async_trait]
impl Http for RealHttp {
    async fn send(&self, request: Request) -> Result<Response, NodeError> {
        let client = self.client(&request.options)?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|_| {
            NodeError::new("E0607", format!("`{}` is not an HTTP method", request.method))
                .hint("use one such as `GET` or `POST`; if it is an expression, what does it give?")
        })?;
        let url = reqwest::Url::parse(&request.url).map_err(|error| {
            NodeError::new("E0607", format!("`{}` is not a URL: {error}", request.url))
                .hint("write it with its scheme: `https://…`; if it is an expression, what does it give?")
        })?;
        self.reach.check(&url).map_err(|_| barred(&shown_url(&url)))?;
        let mut builder = client.request(method, url);
        for (name, value) in &request.headers {
            let (name, mut value) = header(name, value)?;
            if secrets::is_secret_header(name.as_str()) {
                // Neither the libraries' logs nor ours show it.
                if let Ok(text) = value.to_str() {
                    secrets::remember_header(text);
                }
                value.set_sensitive(true);
            }
            builder = builder.header(name, value);
        }
        let way = Way {
            url: request.url,
            proxy: request.options.proxy.as_deref().map(without_secrets),
            timeout: request.timeout,
            effect: request.effect,
        };
        if let Some(timeout) = request.timeout {
            builder = builder.timeout(timeout);
        }
        builder = match request.body {
            Body::Empty => builder,
            Body::Bytes(bytes) => builder.body(bytes),
            Body::Pieces(pieces) => {
                let size: u64 = pieces.iter().map(Piece::size).sum();
                builder
                    .header(reqwest::header::CONTENT_LENGTH, size)
                    .body(self.body_of(pieces))
            }
        };
        tracing::debug!(method = %request.method, url = %way.shown(), node = %request.node, "request");
        let answer = builder.send().await.map_err(|error| failure(&error, &way))?;
        tracing::debug!(status = answer.status().as_u16(), url = %way.shown(), node = %request.node, "answer");
        let headers = answer.headers().iter();
        let headers = headers
            // A byte a letter, as Node.js reads them.
            .map(|(name, value)| {
                let value: String = value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
                (name.as_str().into(), value.into())
            })
            .collect();
        Ok(Response {
            status: answer.status().as_u16(),
            status_text: answer.status().canonical_reason().unwrap_or_default().into(),
            headers,
            url: answer.url().as_str().into(),
            body: answer
                .bytes_stream()
                .map_err(move |error| failure(&error, &way))
                .boxed(),
        })
    }
}

/// Follows so many redirects, and none to where nothing may be sent.
fn within(reach: Arc<Reach>, most: usize) -> reqwest::redirect::Policy {
    let limited = reqwest::redirect::Policy::limited(most);
    reqwest::redirect::Policy::custom(move |attempt| match reach.check(attempt.url()) {
        Ok(()) => limited.redirect(attempt),
        Err(barred) => attempt.error(barred),
    })
}

fn barred(url: &str) -> NodeError {
    NodeError::new(reach::BARRED, format!("{url} is not asked: {Barred}"))
        .hint("whoever runs the server can allow an address: `--allow-address`")
}

/// A header as it is sent: Latin-1 without what is not in it, as n8n does. The messages are Node.js' too.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), NodeError> {
    let fault = |message: String| {
        NodeError::new("E0607", message)
            .hint("a header's name is letters, digits and hyphens, its value Latin-1 without line breaks")
    };
    let sent_name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| fault(format!("Header name must be a valid HTTP token [\"{name}\"]")))?;
    let in_latin = || value.chars().filter_map(|character| u8::try_from(character).ok());
    let sent_value = if value.is_ascii() {
        HeaderValue::from_str(value)
    } else {
        HeaderValue::from_bytes(&in_latin().collect::<Vec<u8>>())
    };
    let sent_value = sent_value.map_err(|_| fault(format!("Invalid character in header content [\"{name}\"]")))?;
    Ok((sent_name, sent_value))
}

/// The URL without what may be secret: user, password, query.
fn shown_url(url: &reqwest::Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!(
        "{}://{}{port}{}",
        url.scheme(),
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

/// A URL of a user's without what may be secret; what is none as it is.
pub fn without_secrets(url: &str) -> String {
    reqwest::Url::parse(url).map_or_else(|_| "the one that is set".to_owned(), |url| shown_url(&url))
}

/// How a request goes, as its errors tell it.
struct Way {
    /// Whole.
    url: String,
    proxy: Option<String>,
    timeout: Option<Duration>,
    effect: Effect,
}

impl Way {
    fn shown(&self) -> String {
        without_secrets(&self.url)
    }
}

/// What to do where a connection ended before its time.
fn when_broken_off(effect: Effect) -> &'static str {
    match effect {
        Effect::Read => "try again (the node's `Retry On Fail` does)",
        Effect::Write => "it may have been done: look before you send it again",
    }
}

/// Words in what rustls says of a server that does not speak TLS, or none that fits.
const NO_TLS: [&str; 5] = ["certificate", "tls", "handshake", "corrupt message", "fatal alert"];

/// What went wrong on the way, in words.
fn failure(error: &reqwest::Error, way: &Way) -> NodeError {
    let url = &way.shown();
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        if Barred::is(deeper) {
            return barred(url);
        }
        causes.push(deeper.to_string());
        cause = deeper.source();
    }
    let reason = causes.last().cloned().unwrap_or_else(|| error.to_string());
    let all = causes.join(": ").to_lowercase();
    if error.is_timeout() {
        let within = way.timeout.map_or_else(
            || "in time".to_owned(),
            |timeout| format!("within {} ms (the option `timeout`)", timeout.as_millis()),
        );
        let made = NodeError::new("E0603", format!("{url} did not answer {within}"))
            .hint("is the host reachable from here, and is the port open?");
        return match way.timeout {
            Some(_) => made.hint("a slow service needs more: raise the node's option `timeout` (milliseconds)"),
            None => made,
        };
    }
    if error.is_connect() {
        if let Some(proxy) = &way.proxy
            && !NO_TLS.iter().any(|word| all.contains(word))
        {
            return NodeError::new(
                "E0620",
                format!("No connection to {url} through the proxy {proxy}: {reason}"),
            )
            .hint(format!(
                "check the node's option `proxy`, and that the proxy {proxy} runs"
            ));
        }
        // A certificate is made for DNS names, and its faults speak of them.
        if NO_TLS.iter().any(|word| all.contains(word)) {
            return NodeError::new("E0604", format!("No secure connection to {url}: {reason}")).hint(
                "check the certificate of the host, that it is for this name, and that the port speaks HTTPS; one of your own \
                 authority is trusted with SSL_CERT_FILE=ca.pem in the environment",
            );
        }
        if all.contains("dns") || all.contains("lookup") {
            return NodeError::new("E0602", format!("The host of {url} is not known"))
                .description(reason)
                .hint("check the host's name in the URL");
        }
        return NodeError::new("E0601", format!("No connection to {url}: {reason}"))
            .hint("check the host and the port in the URL, and that the service runs");
    }
    if error.is_redirect() {
        return NodeError::new("E0609", format!("{url} redirects too often"))
            .hint("does it lead back to itself? Else raise the node's option for redirects");
    }
    if error.is_body() || error.is_decode() {
        return NodeError::new("E0606", format!("The answer of {url} broke off: {reason}"))
            .hint(when_broken_off(way.effect));
    }
    NodeError::new("E0606", format!("The request to {url} broke off: {reason}")).hint(when_broken_off(way.effect))
}
