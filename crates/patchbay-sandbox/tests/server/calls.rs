//! Calls over `/callcontrol`, and its events over a WebSocket.

use futures::StreamExt;
use patchbay_sandbox::{CallScript, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Client, TestClock};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn listen(client: &Client, token: &str) -> Result<Socket, u16> {
    let url = format!("ws://{}/callcontrol/ws", client.sandbox.address());
    let mut request = url.into_client_request().expect("a URL");
    let bearer = format!("Bearer {token}").parse().expect("a header");
    request.headers_mut().insert("authorization", bearer);
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("the double answers, but: {error}"),
    }
}

/// The next event as `TYPE ENTITY DATA`, with its number; none at the end of the connection.
async fn next(socket: &mut Socket) -> Option<(u64, String)> {
    let message = socket.next().await?.ok()?;
    let text = message.into_text().ok().filter(|text| !text.is_empty())?;
    let message: Value = serde_json::from_str(&text).expect("events are JSON");
    let event = &message["event"];
    let entity = event["entity"]
        .as_str()
        .unwrap_or_default()
        .trim_start_matches("/callcontrol/");
    let data = match &event["attached_data"] {
        Value::Null => String::new(),
        data => format!(" {data}"),
    };
    Some((
        message["sequence"].as_u64()?,
        format!("{} {entity}{data}", event["event_type"]),
    ))
}

async fn next_events(socket: &mut Socket, count: usize) -> Vec<String> {
    let mut events = Vec::new();
    for _ in 0..count {
        events.extend(next(socket).await.map(|(_, event)| event));
    }
    events
}

async fn ask(client: &Client, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let url = format!("{}/callcontrol{path}", client.sandbox.url());
    let mut request = client.http.request(method, url).bearer_auth(&client.token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.expect("the double answers");
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

#[tokio::test]
async fn the_snapshot_has_every_number_that_the_client_may_see() {
    let mut client = Client::start().await;
    let (status, snapshot) = ask(&client, Method::GET, "", None).await;
    assert_eq!(status, StatusCode::OK);
    let numbers = snapshot.as_array().map(Vec::len);
    // Users, queues, ring groups, receptionists, service principals and trunks of the seed.
    assert_eq!(numbers, Some(30 + 2 + 1 + 1 + 3 + 1));
    assert_eq!(
        snapshot[0],
        json!({
            "dn": "100", "type": "Wextension", "participants": [],
            "devices": [{"dn": "100", "device_id": "sip:100@127.0.0.1", "user_agent": "patchbay sandbox"}],
        })
    );
    let off = Some(json!({"CallControlEnabled": false}));
    let (status, _) = client.send(Method::PATCH, "/ServicePrincipals(62)", off).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    // One who owns nothing sees its own number and its peers, and one without call control nothing.
    for (id, expected) in [("901", 200), ("902", 403)] {
        client.token = client.token_of(id, "sandbox-secret").await;
        let (status, snapshot) = ask(&client, Method::GET, "", None).await;
        assert_eq!(status.as_u16(), expected, "{id}");
        if expected == 200 {
            let seen: Vec<&str> = snapshot
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|each| each["dn"].as_str())
                .collect();
            assert!(
                seen.contains(&"901") && seen.contains(&"100") && !seen.contains(&"101"),
                "{seen:?}"
            );
            assert_eq!(ask(&client, Method::GET, "/101", None).await.0, StatusCode::NOT_FOUND);
        }
    }
    client.token = "unknown".to_owned();
    assert_eq!(ask(&client, Method::GET, "", None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_call_is_made_answered_transferred_and_dropped() {
    let client = Client::start().await;
    let mut socket = listen(&client, &client.token).await.expect("a connection");
    let (status, made) = ask(
        &client,
        Method::POST,
        "/101/makecall",
        Some(json!({"destination": "100"})),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    let result = &made["result"];
    assert_eq!(
        (
            &made["finalstatus"],
            &result["status"],
            &result["party_caller_name"],
            &result["party_dn_type"]
        ),
        (
            &json!("Success"),
            &json!("Dialing"),
            &json!("Reception Desk"),
            &json!("Wextension")
        )
    );
    assert_eq!(
        next_events(&mut socket, 2).await,
        ["0 101/participants/1", "0 100/participants/2"]
    );
    assert_eq!(
        ask(&client, Method::GET, "/100/participants/2", None).await.1["status"],
        "Ringing"
    );
    assert_eq!(client.read("/ActiveCalls").await["value"][0]["Status"], "Routing");

    let answered = ask(&client, Method::POST, "/100/participants/2/answer", Some(json!({})))
        .await
        .1;
    assert_eq!(answered["result"]["status"], "Connected");
    assert_eq!(next_events(&mut socket, 2).await.len(), 2);
    assert_eq!(client.read("/ActiveCalls").await["value"][0]["Status"], "Talking");
    // Who talks does not ring.
    let again = ask(&client, Method::POST, "/100/participants/2/answer", None).await.1;
    assert_eq!(
        (&again["finalstatus"], &again["reason"]),
        (&json!("Failed"), &json!("NotRinging"))
    );

    let to = Some(json!({"destination": "+4930555900"}));
    let moved = ask(&client, Method::POST, "/100/participants/2/transferto", to).await;
    assert_eq!(moved.0, StatusCode::OK);
    assert_eq!(
        next_events(&mut socket, 3).await,
        ["1 100/participants/2", "0 101/participants/1", "0 10000/participants/3"]
    );
    let (_, trunk) = ask(&client, Method::GET, "/10000/participants", None).await;
    assert_eq!(
        (&trunk[0]["party_caller_id"], &trunk[0]["status"]),
        (&json!("101"), &json!("Connected"))
    );

    assert_eq!(
        ask(&client, Method::POST, "/101/participants/1/drop", None).await.0,
        StatusCode::OK
    );
    assert_eq!(
        next_events(&mut socket, 2).await,
        ["1 101/participants/1", "1 10000/participants/3"]
    );
    assert_eq!(client.read("/ActiveCalls").await["value"], json!([]));
    let rows = [
        (Method::GET, "/101/participants/1", None, 404, "participant"),
        (Method::GET, "/777", None, 404, "dn"),
        (Method::GET, "/101/devices/none", None, 404, "device"),
        (Method::POST, "/101/makecall", Some(json!({})), 400, "destination"),
    ];
    for (method, path, body, expected, target) in rows {
        let (status, answer) = ask(&client, method, path, body).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["target"]),
            (expected, &json!(target)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_script_makes_calls_when_someone_listens() {
    let script = r#"
        [[step]]
        call = "first"
        from = "+4930555900"
        to = "101"
        [[step]]
        after = 2.5
        answer = "first"
        [[step]]
        press = "first"
        digits = "12"
        [[step]]
        transfer = "first"
        to = "102"
        [[step]]
        after = 3600
        drop = "first"
        [[step]]
        disconnect = true
    "#;
    let clock = TestClock::new();
    let client = Client::with(Options {
        call_script: Some(CallScript::from_toml(script).expect("a script")),
        clock: clock.clone(),
        ..Options::default()
    })
    .await;
    assert_eq!(listen(&client, "unknown").await.err(), Some(401));
    let mut socket = listen(&client, &client.token).await.expect("a connection");
    let mut events = Vec::new();
    while let Some((sequence, event)) = next(&mut socket).await {
        events.push(event);
        assert_eq!(sequence, events.len() as u64);
    }
    assert_eq!(
        events,
        [
            "0 10000/participants/1",
            "0 101/participants/2",
            "0 10000/participants/1",
            "0 101/participants/2",
            r#"2 101/participants/2 {"dtmf_input":"12"}"#,
            "1 101/participants/2",
            "0 10000/participants/1",
            "0 102/participants/3",
            "1 10000/participants/1",
            "1 102/participants/3",
        ]
    );
    let waited = clock.waited.lock().expect("no test panics with the lock").clone();
    assert_eq!(
        waited.iter().map(std::time::Duration::as_millis).collect::<Vec<_>>(),
        [2500, 3_600_000]
    );
}

#[tokio::test]
async fn listeners_hear_of_their_numbers_alone() {
    let client = Client::start().await;
    let token = client.token_of("901", "sandbox-secret").await;
    let mut socket = listen(&client, &token).await.expect("a connection");
    for (from, to) in [("103", "101"), ("101", "100")] {
        let path = format!("/{from}/makecall");
        ask(&client, Method::POST, &path, Some(json!({"destination": to}))).await;
    }
    assert_eq!(next(&mut socket).await, Some((1, "0 100/participants/4".to_owned())));
    client.sandbox.shutdown().await;
    assert_eq!(next(&mut socket).await, None);
}
