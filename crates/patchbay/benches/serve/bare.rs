//! The floor: axum alone, with the answer that the workflow gives.

use std::io::Write as _;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// Prints its address, then answers until it is killed.
pub async fn serve() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    std::io::stdout().flush().expect("told");
    let router = Router::new().route("/webhook/p", post(answer));
    // With the threads that a server of its own would have: the load's runtime has one.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("threads");
    let listener = listener.into_std().expect("a listener");
    let served = runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        axum::serve(listener, router).await
    });
    served.await.expect("served").expect("served");
}

async fn answer(Json(body): Json<Value>) -> Json<Value> {
    let name = body["name"].as_str().unwrap_or_default();
    let total = body["price"].as_f64().unwrap_or_default() * body["count"].as_f64().unwrap_or_default();
    Json(json!({"greeting": format!("Hello {name}"), "total": total}))
}
