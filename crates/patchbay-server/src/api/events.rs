//! What happens, as it happens: a stream of server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use patchbay_model::{Object, Value};
use tokio::sync::broadcast::error::RecvError;

use super::asked::Asked;
use super::fault::Fault;
use crate::Server;
use crate::execution::Event;

/// How many may follow at once.
const MOST: usize = 200;

/// All events, or those of a workflow or an execution. It never ends, but with the server.
pub async fn follow(server: Arc<Server>, asked: Asked) -> Result<Response, Fault> {
    if server.executions.events.followers() >= MOST {
        return Err(Fault::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many follow the events already",
        ));
    }
    let workflow = asked.query("workflowId").map(str::to_owned);
    let execution = asked.query("executionId").map(str::to_owned);
    let wanted = move |event: &Event| {
        workflow.as_ref().is_none_or(|wanted| event.workflow == wanted.as_str())
            && execution
                .as_ref()
                .is_none_or(|wanted| event.execution.to_string() == *wanted)
    };
    let receiver = server.executions.events.follow();
    let ending = server.ending.clone();
    let clean = server.world.clean.clone();
    let stream = unfold(
        (receiver, ending, wanted, clean),
        |(mut receiver, ending, wanted, clean)| async move {
            loop {
                let received = tokio::select! {
                    received = receiver.recv() => received,
                    () = ending.cancelled() => return None,
                };
                let sent = match received {
                    Ok(event) if wanted(&event) => {
                        let json = clean(Value::object(event.data).to_json());
                        told(event.kind, json).id(event.number.to_string())
                    }
                    Ok(_) => continue,
                    Err(RecvError::Lagged(lost)) => {
                        let lost: Object = [("events", lost as f64)].into_iter().collect();
                        told("lost", Value::object(lost).to_json())
                    }
                    Err(RecvError::Closed) => return None,
                };
                return Some((Ok::<_, Infallible>(sent), (receiver, ending, wanted, clean)));
            }
        },
    );
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()).into_response())
}

fn told(kind: &str, json: String) -> Sent {
    Sent::default().event(kind).data(json)
}
