//! HTTP around the service: connections, the token's form, Bearer checks, faults, and the log of requests.

mod call_control;
mod faults;
mod reply;

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};
use tower::ServiceExt;

use crate::calls::script::CallScript;
use crate::clock::Clock;
use crate::fault::{Effect, Fault};
use crate::log::{self, Exchange};
use crate::service::role::Role;
use crate::service::{self, Service};
use crate::{Observer, Options, Version};
use reply::Wishes;

/// A body above this is refused.
const GREATEST_BODY: usize = 16 * 1024 * 1024;

/// So many exchanges are kept; the oldest go first. A double that runs for weeks must not grow for weeks.
const GREATEST_LOG: usize = 20_000;

/// What all connections share.
pub(crate) struct Shared {
    pub service: Mutex<Service>,
    pub log: Mutex<Vec<Exchange>>,
    pub faults: Mutex<Vec<Fault>>,
    pub clock: Arc<dyn Clock>,
    pub version: Version,
    pub observer: Option<Observer>,
    pub received: AtomicUsize,
    /// What happens when the first client listens to events; taken by then.
    pub script: Mutex<Option<CallScript>>,
    /// The script while it runs.
    pub playing: Mutex<Option<AbortHandle>>,
}

impl Shared {
    /// The state at the beginning.
    pub fn new(options: Options) -> Self {
        Self {
            service: Mutex::new(Service::new(&options.seed, options.version)),
            log: Mutex::new(Vec::new()),
            faults: Mutex::new(options.faults),
            clock: options.clock,
            version: options.version,
            observer: options.observer,
            received: AtomicUsize::new(0),
            script: Mutex::new(options.call_script),
            playing: Mutex::new(None),
        }
    }

    /// Ends what goes on beside requests: the script, and the streams of events.
    pub fn close(&self) {
        if let Some(playing) = lock(&self.playing).take() {
            playing.abort();
        }
        lock(&self.service).calls.close();
    }
}

/// Marks an answer that must not be sent: the connection is closed in its place.
#[derive(Clone)]
pub(crate) struct Severed;

/// A lock whose data stays usable: no code of ours leaves it half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers requests, wherever they come from.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/connect/token", post(token))
        .route("/xapi/v1", axum::routing::any(api))
        .route("/xapi/v1/", axum::routing::any(api))
        .route("/xapi/v1/{*path}", axum::routing::any(api))
        .route("/callcontrol/ws", get(call_control::listen))
        .route("/callcontrol", axum::routing::any(call_control::answer))
        .route("/callcontrol/{*path}", axum::routing::any(call_control::answer))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), exchange))
        .route("/sandbox/log", get(read_log).delete(clear_log))
        .with_state(shared)
}

/// Serves connections until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let router = router(shared);
    let mut connections = JoinSet::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                // Most likely there are too many open files: some will be closed.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Small answers are not held back to be sent together; where that cannot be set, they are only slower.
        stream.set_nodelay(true).ok();
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let router = router.clone();
            async move {
                let response = router
                    .oneshot(request.map(Body::new))
                    .await
                    .unwrap_or_else(|never: Infallible| match never {});
                if response.extensions().get::<Severed>().is_some() {
                    return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
                }
                Ok(response)
            }
        });
        connections.spawn(async move {
            let connection = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Makes the faults and writes the log around every request.
async fn exchange(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, GREATEST_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    let mut exchange = Exchange {
        number: shared.received.fetch_add(1, Ordering::Relaxed) + 1,
        at: shared.clock.now(),
        method: parts.method.to_string(),
        query: log::query(query(&parts.uri)),
        headers: log::headers(&parts.headers),
        body: log::body(&path, &bytes),
        path,
        status: None,
        fault: None,
    };
    let made = faults::take(&shared, &exchange.method, &exchange.path);
    if !made.is_empty() {
        let names: Vec<String> = made.iter().map(ToString::to_string).collect();
        exchange.fault = Some(names.join(", "));
    }
    // A fault that never answers is in the log before it is waited for.
    if made.contains(&Effect::Hang) {
        record(&shared, exchange);
        return std::future::pending().await;
    }
    for fault in &made {
        if let Effect::Slow(duration) = fault {
            shared.clock.sleep(*duration).await;
        }
    }
    let response = match made.iter().find_map(faults::instead) {
        Some(response) => response,
        None => next.run(Request::from_parts(parts, Body::from(bytes))).await,
    };
    let response = faults::spoil(response, &made).await;
    if response.extensions().get::<Severed>().is_none() {
        exchange.status = Some(response.status().as_u16());
    }
    record(&shared, exchange);
    response
}

fn record(shared: &Shared, exchange: Exchange) {
    if let Some(observer) = &shared.observer {
        observer(&exchange);
    }
    let mut log = lock(&shared.log);
    if log.len() >= GREATEST_LOG {
        log.drain(..GREATEST_LOG / 10);
    }
    log.push(exchange);
}

fn query(uri: &Uri) -> Vec<(String, String)> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// `POST /connect/token`: the fields come urlencoded or as multipart.
async fn token(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let content_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let fields = if content_type.starts_with("multipart/form-data") {
        multipart(request).await
    } else {
        urlencoded(request).await
    };
    let issued = lock(&shared.service).tokens.issue(&fields, shared.clock.now());
    match issued {
        Ok(token) => {
            Json(json!({"token_type": "Bearer", "expires_in": shared.version.expires_in(), "access_token": token}))
                .into_response()
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST);
            (
                status,
                Json(json!({"error": refusal.error, "error_description": refusal.description})),
            )
                .into_response()
        }
    }
}

async fn urlencoded(request: Request) -> Vec<(String, String)> {
    let bytes = to_bytes(request.into_body(), GREATEST_BODY).await.unwrap_or_default();
    url::form_urlencoded::parse(&bytes).into_owned().collect()
}

async fn multipart(request: Request) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let Ok(mut multipart) = Multipart::from_request(request, &()).await else {
        return fields;
    };
    while let Ok(Some(field)) = multipart.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        fields.push((name, field.text().await.unwrap_or_default()));
    }
    fields
}

fn unauthorized() -> Response<Body> {
    (
        StatusCode::UNAUTHORIZED,
        [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")],
    )
        .into_response()
}

/// Everything below `/xapi/v1`.
async fn api(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let now = shared.clock.now();
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mut service = lock(&shared.service);
    let Some((_, role)) = holder(&service, &headers, now) else {
        return unauthorized();
    };
    let base = format!("http://{}", text(header::HOST).unwrap_or("localhost"));
    let query = query(&uri);
    let request = service::Request {
        method: method.as_str(),
        path: uri.path().strip_prefix("/xapi/v1").unwrap_or_default(),
        query: &query,
        if_match: text(header::IF_MATCH),
        content_type: text(header::CONTENT_TYPE),
        body: &body,
        base: &base,
        now,
    };
    reply::respond(service.answer(&request, role), &Wishes::of(&headers, &query))
}

/// The client that a request is from, by its token, and its role.
fn holder(service: &Service, headers: &HeaderMap, now: Timestamp) -> Option<(String, Role)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, token) = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))?;
    let (client, role) = service.tokens.holder(token.trim(), now)?;
    Some((client.to_owned(), role))
}

async fn read_log(State(shared): State<Arc<Shared>>) -> Json<Vec<Exchange>> {
    Json(lock(&shared.log).clone())
}

async fn clear_log(State(shared): State<Arc<Shared>>) -> StatusCode {
    lock(&shared.log).clear();
    StatusCode::NO_CONTENT
}
