//! Whether the process answers, whether the server takes work, and the numbers of both.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use patchbay_store::{Change, Kind, Store};
use serde_json::json;
use tokio::sync::Mutex;

use crate::{Server, metrics};

/// How long the store may take to write before it counts as stuck.
const STUCK: Duration = Duration::from_secs(2);

/// For so long, in milliseconds, a write that succeeded tells that the store works: who asks often costs nothing.
const FRESH: i64 = 1_000;

/// For so long, in milliseconds, a request that could not be kept counts.
const REMEMBERED: i64 = 10_000;

/// The key under which a server writes that it asked.
const ASKED: &str = "ready";

/// When the store wrote last because somebody asked whether it does, in milliseconds since 1970.
#[derive(Default)]
pub struct Readiness(Mutex<i64>);

impl Readiness {
    /// Why the store does not take what is to be kept, if it does not.
    async fn fault_of(&self, store: &dyn Store, now: i64) -> Option<String> {
        let mut written = self.0.lock().await;
        if store.health().fault.is_none() && (now - *written).abs() < FRESH {
            return None;
        }
        let change = Change::Put {
            kind: Kind::Server,
            key: ASKED.to_owned(),
            value: Vec::new(),
            now,
        };
        match tokio::time::timeout(STUCK, store.write(change)).await {
            Ok(Ok(_)) => {
                *written = now;
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("the store has not written within {} s", STUCK.as_secs())),
        }
    }
}

/// The process answers.
pub async fn healthz() -> Response {
    axum::Json(json!({"status": "ok"})).into_response()
}

/// The server takes work: its store writes, and it is not about to end.
pub async fn readyz(State(server): State<Arc<Server>>) -> Response {
    let now = server.world.capabilities.environment.now() as i64;
    let reason = if server.leaving.is_cancelled() {
        Some("the server is ending".to_owned())
    } else {
        let fault = server.readiness.fault_of(&*server.store, now).await;
        // Where the disk is nearly full that write may have found room, and the next request finds none.
        let lacked_room = || server.executions.could_not_keep_since(now - REMEMBERED);
        fault.or_else(|| lacked_room().then(|| "a request could not be kept a moment ago".to_owned()))
    };
    match reason {
        None => axum::Json(json!({"status": "ok"})).into_response(),
        Some(reason) => {
            let body = axum::Json(json!({"status": "error", "reason": reason}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

/// `/metrics`
pub async fn metrics(State(server): State<Arc<Server>>) -> Response {
    let executions = &server.executions;
    let (running, queued) = executions.turns();
    let now = metrics::Now {
        running,
        queued,
        resting: executions.resting(),
        store: server.store.health(),
        memory: (server.world.memory)(),
    };
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], executions.metrics.text(&now)).into_response()
}
