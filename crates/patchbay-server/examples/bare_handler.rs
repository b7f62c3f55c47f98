//! The handler that `tests/webhook-rate.sh` measures the server against: axum alone, with the same answer.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

async fn answer(Json(body): Json<Value>) -> Json<Value> {
    let name = body["name"].as_str().unwrap_or_default();
    let total = body["price"].as_f64().unwrap_or_default() * body["count"].as_f64().unwrap_or_default();
    Json(json!({"greeting": format!("Hello {name}"), "total": total}))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or_else(|| "0".to_owned());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    axum::serve(listener, Router::new().route("/webhook/p", post(answer))).await
}
