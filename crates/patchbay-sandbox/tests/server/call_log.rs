//! What ended calls leave behind: the call log, the reports, recordings.

use patchbay_sandbox::{CallScript, Options, Seed, Version};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, TestClock};

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
