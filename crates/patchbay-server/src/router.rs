//! Which path leads where.

use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get};

use crate::Server;
use crate::{api, health, webhook};

/// All paths of a server.
pub fn router(server: &Arc<Server>) -> Router {
    let configuration = &server.configuration;
    let below = |path: &str| format!("/{path}/{{*path}}");
    let mut router = Router::new();
    if configuration.metrics {
        router = router.route("/metrics", get(health::metrics));
    }
    router
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route(&below(&configuration.webhook_path), any(webhook::production))
        .route(&below(&configuration.webhook_test_path), any(webhook::test))
        .route(&below(&configuration.webhook_waiting_path), any(webhook::waiting))
        .route(&below(webhook::form::PATH), any(webhook::form::form))
        .route(&below(webhook::form::TEST_PATH), any(webhook::form::test))
        .route(&below(webhook::form::WAITING_PATH), any(webhook::form::waiting))
        .nest("/api/v1", api::router(server))
        .with_state(server.clone())
}
