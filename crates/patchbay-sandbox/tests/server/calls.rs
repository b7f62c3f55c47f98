//! Calls over `/callcontrol`, its events over a WebSocket, and what ended calls leave behind.

use futures::StreamExt;
use patchbay_sandbox::{CallScript, Options, Seed, Version};
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

const PERIOD: &str = "periodFrom=2026-02-27T00:00:00Z,periodTo=2026-03-02T23:59:59Z";

fn call_log(filters: &str) -> String {
    format!(
        "/ReportCallLogData/Pbx.GetCallLogData({PERIOD},sourceType=0,{filters},destinationType=0,callsType=0,callTimeFilterType=0,\
         callTimeFilterFrom=null,callTimeFilterTo=null,hidePcalls=false)"
    )
}

fn ids(body: &Value, name: &str) -> Vec<i64> {
    let lines = body["value"].as_array().into_iter().flatten();
    lines.filter_map(|line| line[name].as_i64()).collect()
}

#[tokio::test]
async fn the_call_log_is_made_from_the_calls() {
    let client = Client::start().await;
    let all = "sourceFilter=null,destinationFilter=null";
    let rows = [
        (call_log(all), (1..=11).collect::<Vec<i64>>()),
        (call_log("sourceFilter='101,102',destinationFilter=null"), vec![1, 4]),
        (call_log("sourceFilter=null,destinationFilter='100'"), vec![2, 3]),
        (call_log(all) + "?$filter=Answered%20eq%20false", vec![3, 5, 8]),
        (
            call_log(all) + "?$filter=TalkingDuration%20gt%20duration'PT4M'",
            vec![7, 9, 11],
        ),
        (
            call_log(all) + "?$orderby=RingingDuration%20desc&$filter=Direction%20eq%20'Inbound'",
            vec![8, 3, 9, 7, 10, 2],
        ),
        // The page is taken before the filter.
        (
            call_log(all) + "?$top=4&$skip=1&$filter=Answered%20eq%20false",
            vec![3, 5],
        ),
    ];
    for (path, expected) in rows {
        assert_eq!(ids(&client.read(&path).await, "CallId"), expected, "{path}");
    }
    let counted = client.read(&(call_log(all) + "?$top=4&$count=true")).await;
    assert_eq!(counted["@odata.count"], 4);
    let wrong = call_log(all).replace("27T00:00:00Z", "27T00:00:00%2B01:00");
    assert_eq!(client.refusal(Method::GET, &wrong, None).await.0, 400);
    let first = &client.read(&call_log(all)).await["value"][0];
    assert_eq!(
        (
            &first["SourceDisplayName"],
            &first["DestinationDisplayName"],
            &first["TalkingDuration"],
            &first["SrcRecId"]
        ),
        (&json!("Sales 101"), &json!("Harbour Hotel"), &json!("PT2M"), &json!(1))
    );
}

#[tokio::test]
async fn reports_count_what_extensions_queues_and_ring_groups_did() {
    let client = Client::start().await;
    let rows = [
        (
            format!(
                "/ReportExtensionStatistics/Pbx.GetExtensionStatisticsData({PERIOD},extensionFilter='101',callArea=0)"
            ),
            json!([{"Dn": "101", "InboundAnsweredCount": 2, "InboundUnansweredCount": 0, "OutboundAnsweredCount": 1, "InboundAnsweredTalkingDur": "PT9M"}]),
        ),
        (
            format!(
                "/ReportExtensionStatisticsByGroup/Pbx.GetExtensionStatisticsByGroupData(groupNumber='GRP0001',{PERIOD},callArea=0)"
            ),
            json!([{"Dn": "100", "InboundUnansweredCount": 1}, {"Dn": "109", "InboundUnansweredCount": 0}]),
        ),
        (
            format!(
                "/ReportAbandonedQueueCalls/Pbx.GetAbandonedQueueCallsData({PERIOD},queueDns='800,801',waitInterval='0')"
            ),
            json!([{"QueueDn": "800", "CallerId": "+4989555700", "WaitTime": "PT45S", "ExtensionDn": "102"}]),
        ),
        (
            format!(
                "/ReportQueuePerformanceOverview/Pbx.GetQueuePerformanceOverviewData({PERIOD},queueDns='801',waitInterval='0')"
            ),
            json!([{"QueueDn": "801", "ExtensionDn": "201", "QueueReceivedCount": 2, "ExtensionAnsweredCount": 2, "TalkTime": "PT8M41S"}]),
        ),
        (
            format!(
                "/ReportQueuePerformanceTotals/Pbx.GetQueuePerformanceTotalsData({PERIOD},queueDns='800',waitInterval='0')"
            ),
            json!([{"QueueDn": "800", "QueueReceivedCount": 2, "ExtensionAnsweredCount": 1, "ExtensionDroppedCount": 1}]),
        ),
        (
            format!("/ReportRingGroupStatistics/Pbx.GetRingGroupStatisticsData({PERIOD},ringGroupDns=null)"),
            json!([{"RingGroupDn": "810", "RingGroupReceivedCount": 1, "RingGroupAnsweredCount": 1}]),
        ),
        (
            format!("/ReportOutboundCalls/Pbx.GetOutboundCalls({PERIOD},trunkDns='10000',callsType=0)"),
            json!([{"SourceDn": "101", "Answered": true, "CallDuration": "PT2M5S"}, {"SourceDn": "103", "Answered": false}]),
        ),
    ];
    for (path, expected) in rows {
        let answer = client.read(&path).await;
        let lines = answer["value"].as_array().map_or(&[][..], Vec::as_slice);
        let expected = expected.as_array().map_or(&[][..], Vec::as_slice);
        assert_eq!(lines.len(), expected.len(), "{path}: {answer}");
        for (line, expected) in lines.iter().zip(expected) {
            for (name, value) in expected.as_object().into_iter().flatten() {
                assert_eq!(&line[name], value, "{path} {name}");
            }
        }
    }
    let path = format!(
        "/ReportInboundCalls/Pbx.DownloadGetInboundCalls({PERIOD},trunkDns=null,callsType=0,clientTimeZone=null)"
    );
    let response = client.request(Method::GET, &path).send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/csv");
    assert_eq!(response.text().await.expect("text").lines().count(), 1 + 6);
}

#[tokio::test]
async fn a_call_that_ended_is_in_the_log_and_not_in_the_frozen_history() {
    for (version, expected) in [("20.0.6", 13), ("20.0.7", 12)] {
        let client = Client::with(Options {
            version: version.parse().expect("a version"),
            clock: TestClock::new(),
            ..Options::default()
        })
        .await;
        let body = json!({"dn": "101", "destination": "+4930555900"});
        let (_, made) = client.send(Method::POST, "/Users/Pbx.MakeCall", Some(body)).await;
        assert_eq!(made["Result"]["PartyDnType"], "Wexternalline");
        let drop = client.send(Method::POST, "/ActiveCalls(1)/Pbx.DropCall", None).await;
        assert_eq!(drop.0, StatusCode::NO_CONTENT);
        assert_eq!(client.get("/ActiveCalls").await.1["value"], json!([]));
        let path = call_log("sourceFilter='101',destinationFilter=null").replace("2026-03-02T23", "2026-03-04T23");
        assert_eq!(ids(&client.read(&path).await, "CallId"), [1, 13]);
        assert_eq!(
            client.read("/CallHistoryView/$count").await,
            json!(expected),
            "{version}"
        );
    }
}

#[tokio::test]
async fn recordings_are_bytes_and_go_in_batches() {
    let client = Client::start().await;
    let download = |id: i64| format!("/Recordings/Pbx.DownloadRecording(recId={id})");
    assert_eq!(client.get(&download(99)).await.0, StatusCode::NOT_FOUND);
    let post = |action: &str, ids: Value| {
        let path = format!("/Recordings/Pbx.{action}");
        let client = &client;
        async move {
            client
                .send(Method::POST, &path, Some(json!({"ids": ids})))
                .await
                .0
                .as_u16()
        }
    };
    assert_eq!(post("BulkRecordingsArchive", json!([2])).await, 204);
    let archived = client.read("/Recordings?$filter=IsArchived%20eq%20true").await;
    assert_eq!(ids(&archived, "Id"), [2]);
    assert_eq!(post("BulkRecordingsDelete", json!([1, 99])).await, 404);
    assert_eq!(post("BulkRecordingsDelete", json!([1, 2])).await, 204);
    assert_eq!(ids(&client.read("/Recordings").await, "Id"), [3, 4]);
}

#[tokio::test]
async fn a_seed_file_tells_the_data_and_the_calls() {
    let seed = r#"{
        "Users": [{"Number": "700", "FirstName": "Front", "LastName": "Door"}],
        "calls": [{"start": "2026-02-27T09:00:00Z", "from": "+49301", "to": "700", "ringing": 4, "talking": 60}]
    }"#;
    let client = Client::with(Options {
        seed: Seed::from_json(seed, Version::default()).expect("a seed"),
        ..Options::default()
    })
    .await;
    assert_eq!(client.read("/Users").await["value"][0]["Number"], "700");
    let log = client
        .read(&call_log("sourceFilter=null,destinationFilter='700'"))
        .await;
    assert_eq!(ids(&log, "CallId"), [1]);
}

#[test]
fn the_readme_s_examples_are_read() {
    let readme = include_str!("../../../../README.md");
    let block = |fence: &str, with: &str| {
        let blocks = readme.split(fence).skip(1).filter_map(|rest| rest.split("```").next());
        blocks.filter(|block| block.contains(with)).collect::<Vec<_>>().concat()
    };
    let seed = block("```json\n", "\"clients\"");
    assert_eq!(Seed::from_json(&seed, Version::default()).err(), None);
    let script = block("```toml\n", "[[step]]");
    assert!(script.contains("answer"));
    assert_eq!(CallScript::from_toml(&script).err(), None);
}

#[tokio::test]
async fn the_api_is_described_as_csdl() {
    let client = Client::start().await;
    let response = client
        .request(Method::GET, "/$metadata")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/xml");
    let text = response.text().await.expect("text");
    for part in [
        r#"<EntitySet Name="Users" EntityType="Pbx.User"/>"#,
        r#"<EntityType Name="User">"#,
        r#"<Key><PropertyRef Name="Id"/></Key>"#,
        r#"<NavigationProperty Name="Groups" Type="Collection(Pbx.UserGroup)"/>"#,
        r#"<Member Name="LoggedIn""#,
    ] {
        assert!(text.contains(part), "{part}");
    }
}
