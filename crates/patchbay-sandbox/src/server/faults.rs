//! Faults as HTTP has them: in place of an answer, or of the answer itself.

use std::io;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

use super::{Severed, Shared, lock, unauthorized};
use crate::fault::Effect;

/// So often the runtime goes on with all else before an answer breaks off: long bodies go out in several steps.
const TURNS_TO_SEND: usize = 64;

fn severed() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Severed);
    response
}

/// The faults that concern a request; each counts it.
pub(super) fn take(shared: &Shared, method: &str, path: &str) -> Vec<Effect> {
    let mut faults = lock(&shared.faults);
    let concerned = faults.iter_mut().filter(|fault| fault.concerns(method, path));
    concerned
        .map(|fault| {
            fault.times = fault.times.map(|times| times.saturating_sub(1));
            fault.effect.clone()
        })
        .collect()
}

/// What is answered in place of carrying the request out.
pub(super) fn instead(effect: &Effect) -> Option<Response<Body>> {
    let error = |status, code, message: &str| (status, Json(service_error(code, message))).into_response();
    match effect {
        Effect::Refuse | Effect::Drop => Some(severed()),
        Effect::Unauthorized => Some(unauthorized()),
        Effect::TooManyRequests(seconds) => {
            let mut response = error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Too many requests");
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            Some(response)
        }
        Effect::ServerError => Some(error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "An error has occurred",
        )),
        Effect::Slow(_) | Effect::Hang | Effect::Truncate | Effect::WrongContentType | Effect::BadJson => None,
    }
}

fn service_error(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}

/// Faults of the answer itself.
pub(super) async fn spoil(response: Response<Body>, faults: &[Effect]) -> Response<Body> {
    let mut response = response;
    if faults.contains(&Effect::WrongContentType) {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    }
    let truncate = faults.contains(&Effect::Truncate);
    if !truncate && !faults.contains(&Effect::BadJson) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    parts.headers.remove(header::CONTENT_LENGTH);
    if !truncate || bytes.is_empty() {
        return Response::from_parts(parts, Body::from(half));
    }
    // The whole length is promised, and the connection closed after half of it.
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let break_off = async {
        // What hyper holds goes out when the body has nothing more for the moment: an error at once would take all with it.
        for _ in 0..TURNS_TO_SEND {
            tokio::task::yield_now().await;
        }
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    };
    let pieces = stream::once(async { Ok(half) }).chain(stream::once(break_off));
    Response::from_parts(parts, Body::from_stream(pieces))
}
