//! What HTTP adds to an answer: a part of a file, nothing for who has it already, and the form that is asked for.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Client;

async fn with_header(client: &Client, path: &str, name: &str, value: &str) -> reqwest::Response {
    let request = client.request(Method::GET, path).header(name, value);
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_part_of_a_recording_is_given() {
    let client = Client::start().await;
    let path = "/Recordings/Pbx.DownloadRecording(recId=1)";
    let rows = [
        ("bytes=0-3", 206, Some("bytes 0-3/844"), "RIFF"),
        ("bytes=8-11", 206, Some("bytes 8-11/844"), "WAVE"),
        ("bytes=900-", 416, Some("bytes */844"), ""),
    ];
    for (range, status, told, body) in rows {
        let response = with_header(&client, path, "range", range).await;
        let header = response
            .headers()
            .get("content-range")
            .and_then(|value| value.to_str().ok());
        assert_eq!((response.status().as_u16(), header), (status, told), "{range}");
        assert_eq!(response.bytes().await.expect("bytes"), body.as_bytes(), "{range}");
    }
    let whole = client.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    assert_eq!(whole.bytes().await.expect("bytes").len(), 844);
}

#[tokio::test]
async fn an_entity_that_did_not_change_is_not_sent_again() {
    let client = Client::start().await;
    let response = client
        .request(Method::GET, "/Users(1)")
        .send()
        .await
        .expect("an answer");
    let etag = response.headers()["etag"].to_str().expect("ASCII").to_owned();
    let again = with_header(&client, "/Users(1)", "if-none-match", &format!("\"other\", {etag}")).await;
    assert_eq!(
        (again.status(), again.headers()["etag"].to_str().ok()),
        (StatusCode::NOT_MODIFIED, Some(etag.as_str()))
    );
    assert!(again.bytes().await.expect("bytes").is_empty());
    client
        .send(Method::PATCH, "/Users(1)", Some(json!({"Mobile": "+49"})))
        .await;
    let changed = with_header(&client, "/Users(1)", "if-none-match", &etag).await;
    assert_eq!(changed.status(), StatusCode::OK);
}

#[tokio::test]
async fn metadata_are_left_out_for_who_wants_none() {
    let client = Client::start().await;
    let path = "/Users?$top=1&$select=Id&$count=true&$expand=Groups/$count";
    let bare = json!({"@odata.count": 30, "value": [{"Id": 1, "Groups@odata.count": 2}]});
    let response = with_header(&client, path, "accept", "application/json;odata.metadata=none").await;
    assert_eq!(response.json::<Value>().await.expect("JSON"), bare);
    let format = format!("{path}&$format=application/json;odata.metadata=none");
    assert_eq!(client.read(&format).await, bare);
    let usual = client.read(&format!("{path}&$format=json")).await;
    assert!(usual["value"][0]["@odata.etag"].is_string(), "{usual}");
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let client = Client::start().await;
    let send = |content_type: &'static str| {
        let request = client
            .request(Method::POST, "/Users")
            .header("content-type", content_type);
        request.body(r#"{"Number": "500"}"#).send()
    };
    let refused = send("application/x-www-form-urlencoded").await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let body: Value = refused.json().await.expect("JSON");
    assert_eq!(body["error"]["target"], "Content-Type");
    let taken = send("application/json;odata.metadata=minimal")
        .await
        .expect("an answer");
    assert_eq!(taken.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn aliases_stand_for_keys_and_arguments() {
    let client = Client::start().await;
    for path in [
        "/Users(@id)?@id=3&$select=Id",
        "/Users/Pbx.GetByNumber(number=@n)?@n='101'&$select=Id",
    ] {
        assert_eq!(client.read(path).await["Id"], 3, "{path}");
    }
}

#[tokio::test]
async fn functions_that_list_entities_of_their_set_list_them() {
    let client = Client::with(patchbay_sandbox::Options {
        seed: patchbay_sandbox::Seed::from_json(
            r#"{
                "Users": [{"Number": "100"}, {"Number": "101"}],
                "CrmTemplates": [{"Name": "Crm"}],
                "OutboundRules": [{"Name": "a", "EmergencyRule": true}, {"Name": "b", "EmergencyRule": false}]
            }"#,
            patchbay_sandbox::Version::default(),
        )
        .expect("a valid seed"),
        ..patchbay_sandbox::Options::default()
    })
    .await;
    let rows = [
        (
            "/CrmTemplates/Pbx.GeCrmtTemplates()?$select=Name",
            json!([{"Name": "Crm"}]),
        ),
        (
            "/OutboundRules/Pbx.GetEmergencyOutboundRules()?$select=Name",
            json!([{"Name": "a"}]),
        ),
        (
            "/Peers/Pbx.GetReportPeers()?$select=Number",
            json!([{"Number": "100"}, {"Number": "101"}]),
        ),
    ];
    for (path, expected) in rows {
        let mut found = client.read(path).await["value"].take();
        for entity in found
            .as_array_mut()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            entity.retain(|name, _| !name.contains('@'));
        }
        assert_eq!(found, expected, "{path}");
    }
    let asked = json!({"peersRequest": {"DnNumbers": ["101"], "IsReportPeers": false}});
    let (_, peers) = client
        .send(Method::POST, "/Peers/Pbx.RetreivePeersByNumbers", Some(asked))
        .await;
    assert_eq!(peers["value"][0]["Number"], "101");
    assert_eq!(peers["value"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_answered_call_has_a_report_on_its_quality() {
    let client = Client::start().await;
    let log = "/ReportCallLogData/Pbx.GetCallLogData(periodFrom=2026-01-01T00:00:00Z,periodTo=2027-01-01T00:00:00Z,sourceType=0,\
        sourceFilter='',destinationType=0,destinationFilter='',callsType=0,callTimeFilterType=0,callTimeFilterFrom='',\
        callTimeFilterTo='',hidePcalls=true)";
    let lines = client.read(log).await;
    let line = &lines["value"][0];
    assert_eq!(line["QualityReport"], true);
    let report = |id: &str| {
        format!(
            "/ReportCallLogData/Pbx.GetCallQualityReport(cdrId='{id}',srcNumber='101',dstNumber='',srcCallerId=null,dstCallerId=null)"
        )
    };
    let found = client.read(&report(line["CdrId"].as_str().unwrap_or_default())).await;
    assert_eq!(
        (&found["Party1"]["Number"], &found["Party1"]["Duration"]),
        (&json!("101"), &json!(120))
    );
    assert_eq!(client.get(&report("none")).await.0, StatusCode::NO_CONTENT);
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
