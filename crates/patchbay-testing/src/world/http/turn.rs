//! The answer of an exchange, or its fault: what the node then sees, and how long that takes.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use patchbay_model::Text;
use patchbay_node::NodeError;
use patchbay_node::capability::http::Response;
use patchbay_sandbox::Effect;

use crate::case::exchange::Turn;

/// How long a request without a time of its own is waited for.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Gives the answer of a turn, or makes its fault; time passes as it would.
pub(super) async fn respond(turn: Turn, url: String, timeout: Option<Duration>) -> Result<Response, NodeError> {
    let shown = url.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut answer = turn.answer;
    let mut broken = false;
    match turn.fault {
        None => {}
        Some(Effect::Refuse) => {
            return Err(refused(&shown));
        }
        Some(Effect::Drop) => {
            let message = format!("The request to {shown} broke off: connection closed before message completed");
            return Err(NodeError::new("E0606", message));
        }
        Some(Effect::Hang) => {
            tokio::time::sleep(timeout.unwrap_or(PATIENCE)).await;
            return Err(too_late(&shown));
        }
        Some(Effect::Slow(length)) => {
            let patience = timeout.unwrap_or(PATIENCE);
            tokio::time::sleep(length.min(patience)).await;
            if length > patience {
                return Err(too_late(&shown));
            }
        }
        Some(Effect::Truncate) => broken = true,
        Some(Effect::BadJson) => answer.body = answer.body.slice(..answer.body.len() / 2),
        Some(Effect::WrongContentType) => {
            answer.headers.retain(|(name, _)| name != "content-type");
            answer.headers.push(("content-type".into(), "text/html".into()));
        }
        Some(Effect::Unauthorized) => answer.status = 401,
        Some(Effect::TooManyRequests(seconds)) => {
            answer.status = 429;
            answer.headers.push(("retry-after".into(), seconds.to_string().into()));
        }
        Some(Effect::ServerError) => answer.status = 500,
    }
    let end = broken.then(|| {
        NodeError::new(
            "E0606",
            format!("The answer of {shown} broke off: end of file before message length reached"),
        )
    });
    let body = if broken {
        answer.body.slice(..answer.body.len() / 2)
    } else {
        answer.body
    };
    Ok(response(answer.status, answer.headers, body, end, url))
}

/// An answer, whose body ends with an error if there is one.
pub fn response(status: u16, headers: Vec<(Text, Text)>, body: Bytes, end: Option<NodeError>, url: String) -> Response {
    let pieces = [Ok(body)].into_iter().chain(end.map(Err));
    let pieces = pieces.filter(|piece| !piece.as_ref().is_ok_and(Bytes::is_empty));
    Response {
        status,
        status_text: reason(status).into(),
        headers,
        body: futures::stream::iter(pieces.collect::<Vec<_>>()).boxed(),
        url: url.into(),
    }
}

pub fn refused(url: &str) -> NodeError {
    NodeError::new("E0601", format!("No connection to {url}: Connection refused"))
        .hint("check the host and the port in the URL, and that the service runs")
}

pub fn too_late(url: &str) -> NodeError {
    NodeError::new("E0603", format!("{url} did not answer in time"))
        .hint("is the host reachable from here, and is the port open?")
}

/// The usual phrase of a status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        412 => "Precondition Failed",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
