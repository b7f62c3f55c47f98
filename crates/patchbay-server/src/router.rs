//! Which path leads where.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::json;

use crate::Server;
use crate::{api, webhook};

/// How long the writing of one group of changes may take before the store counts as stuck, in milliseconds.
const STUCK: u64 = 5_000;

/// All paths of a server.
pub fn router(server: &Arc<Server>) -> Router {
    let configuration = &server.configuration;
    let below = |path: &str| format!("/{path}/{{*path}}");
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route(&below(&configuration.webhook_path), any(webhook::production))
        .route(&below(&configuration.webhook_test_path), any(webhook::test))
        .route(&below(&configuration.webhook_waiting_path), any(webhook::waiting))
        .nest("/api/v1", api::router(server))
        .with_state(server.clone())
}

/// The process answers.
async fn healthz() -> Response {
    axum::Json(json!({"status": "ok"})).into_response()
}

/// The server takes work: its store writes, and it is not about to end.
async fn readyz(State(server): State<Arc<Server>>) -> Response {
    let health = server.store.health();
    let reason = if server.executions.is_draining() {
        Some("the server is ending".to_owned())
    } else if let Some(fault) = health.fault {
        Some(fault)
    } else if health.waiting > STUCK {
        Some(format!("the store has been writing for {} ms", health.waiting))
    } else {
        None
    };
    match reason {
        None => axum::Json(json!({"status": "ok"})).into_response(),
        Some(reason) => {
            let body = axum::Json(json!({"status": "error", "reason": reason}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}
