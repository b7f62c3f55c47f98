//! `/callcontrol` over HTTP, and its WebSocket: each event goes to the clients that may see its number, and the first client that
//! listens sets the script going.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::response::IntoResponse;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::reply::{Wishes, respond};
use super::{Shared, holder, lock, unauthorized};
use crate::calls::Event;
use crate::service::call_control::Scope;

/// A read or a command.
pub(super) async fn answer(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let now = shared.clock.now();
    let mut service = lock(&shared.service);
    let Some((client, role)) = holder(&service, &headers, now) else {
        return unauthorized();
    };
    let path = uri.path().trim_start_matches("/callcontrol").split('/');
    let path: Vec<String> = path
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let scope = service.scope(&client, role);
    let answer = scope.and_then(|scope| service.call_control(&scope, method.as_str(), &path, &body, now));
    respond(answer, &Wishes::default())
}

/// The WebSocket of events. The token is looked at once, when the connection is made.
pub(super) async fn listen(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response<Body> {
    let (scope, events) = {
        let mut service = lock(&shared.service);
        let Some((client, role)) = holder(&service, &headers, shared.clock.now()) else {
            return unauthorized();
        };
        match service.scope(&client, role) {
            Ok(scope) => (scope, service.calls.listen()),
            Err(error) => return respond(Err(error), &Wishes::default()),
        }
    };
    match (upgrade, events) {
        (Ok(upgrade), Some(events)) => upgrade.on_upgrade(move |socket| async move {
            play(&shared);
            tell(socket, events, scope).await;
        }),
        (Ok(_), None) => axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response(),
        (Err(rejection), _) => rejection.into_response(),
    }
}

/// Sends events until the client or the double ends.
async fn tell(mut socket: WebSocket, mut events: Receiver<Event>, scope: Scope) {
    let mut sequence = 0_u64;
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            message = socket.recv() => match message {
                // What a client sends is not needed; pings are answered below here.
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => return,
            },
        };
        let event = match event {
            Ok(event) => event,
            // A client that is slower than the calls misses some, and sees it from the sequence.
            Err(RecvError::Lagged(missed)) => {
                sequence += missed;
                continue;
            }
            Err(RecvError::Closed) => return,
        };
        let Some((dn, event)) = message(&event) else { return };
        if !scope.sees(&dn) {
            continue;
        }
        sequence += 1;
        let text = json!({"sequence": sequence, "event": event}).to_string();
        if socket.send(Message::Text(text.into())).await.is_err() {
            return;
        }
    }
}

/// An event as it is sent, with the number that it is about; none for the end of the connection.
fn message(event: &Event) -> Option<(String, Value)> {
    let (kind, dn, participant, data) = match event {
        Event::Upsert { dn, participant } => (0, dn, participant, Value::Null),
        Event::Remove { dn, participant } => (1, dn, participant, Value::Null),
        Event::Digits {
            dn,
            participant,
            digits,
        } => (2, dn, participant, json!({"dtmf_input": digits})),
        Event::Disconnect => return None,
    };
    let entity = format!("/callcontrol/{dn}/participants/{participant}");
    Some((
        dn.clone(),
        json!({"event_type": kind, "entity": entity, "attached_data": data}),
    ))
}

/// Sets the script going, once.
fn play(shared: &Arc<Shared>) {
    let Some(script) = lock(&shared.script).take() else {
        return;
    };
    // The task must not keep the double's data beyond the double's life: it is aborted with it.
    let state = Arc::clone(shared);
    let task = tokio::spawn(async move {
        let mut names = Map::new();
        for step in script.steps {
            if !step.after.is_zero() {
                state.clock.sleep(step.after).await;
            }
            let now = state.clock.now();
            lock(&state.service).play(&step.action, &mut names, now);
        }
    });
    *lock(&shared.playing) = Some(task.abort_handle());
}
