//! All the other entity sets, functions and actions of the API.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::Client;

#[tokio::test]
async fn a_set_without_code_of_its_own_can_be_read_and_changed() {
    let client = Client::start().await;
    let contact = json!({"FirstName": "Front", "LastName": "Office", "PhoneNumber": "+4930"});
    let (status, made) = client.send(Method::POST, "/Contacts", Some(contact)).await;
    assert_eq!((status, &made["Id"]), (StatusCode::CREATED, &json!(5)));
    assert_eq!(
        client
            .send(Method::PATCH, "/Contacts(5)", Some(json!({"Title": "Desk"})))
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        client.read("/Contacts?$filter=Title%20eq%20'Desk'&$count=true").await["@odata.count"],
        1
    );
    assert_eq!(
        client.send(Method::DELETE, "/Contacts(5)", None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.get("/Contacts(5)").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn settings_are_one_entity() {
    let client = Client::start().await;
    assert_eq!(
        client
            .send(Method::PATCH, "/VoicemailSettings", Some(json!({"MinDuration": 7})))
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.read("/VoicemailSettings").await["MinDuration"], 7);
    assert_eq!(
        client.read("/Defs/TimeZones?$filter=Id%20eq%20'27'").await["value"][0]["IanaName"],
        "Europe/Berlin"
    );
}

#[tokio::test]
async fn other_functions_answer_by_their_type() {
    let client = Client::start().await;
    let rows = [
        ("/Trunks/Pbx.GetFirstAvailableTrunkNumber()", StatusCode::OK),
        (
            "/ReportCallLogData/Pbx.GetOldCallLogData(periodFrom=2026-01-01T00:00:00Z,periodTo=2026-02-01T00:00:00Z,sourceType=0,sourceFilter='',destinationType=0,destinationFilter='',callsType=0,callTimeFilterType=0,callTimeFilterFrom='0:00:0',callTimeFilterTo='0:00:0',hidePcalls=true)",
            StatusCode::OK,
        ),
        (
            "/ReportAbandonedQueueCalls/Pbx.GetAbandonedQueueCallsData(periodFrom=2026-01-01T00:00:00%2B01:00,periodTo=2026-02-01T00:00:00Z,queueDns='',waitInterval='0:00:0')",
            StatusCode::BAD_REQUEST,
        ),
        ("/GetUpdates()", StatusCode::OK),
        ("/Fax/Pbx.InitFax()", StatusCode::OK),
    ];
    for (path, expected) in rows {
        let (status, body) = client.get(path).await;
        assert_eq!(status, expected, "{path}: {body}");
    }
    assert_eq!(client.read("/Fax/Pbx.InitFax()").await["Number"], json!(null));
}

#[tokio::test]
async fn everything_with_a_number_is_found_by_it() {
    let client = Client::start().await;
    let rows = [
        ("/Queues/Pbx.GetByNumber(number='800')", "Name", "Sales Queue"),
        ("/RingGroups/Pbx.GetByNumber(number='810')", "Name", "Warehouse"),
        (
            "/Receptionists/Pbx.GetByNumber(number='820')",
            "PromptFilename",
            "main-menu.wav",
        ),
        ("/Trunks/Pbx.GetTrunkByNumber(number='10000')", "Direction", "Both"),
        ("/Peers/Pbx.GetPeerByNumber(number='801')", "Type", "Queue"),
        ("/Queues/Pbx.GetFirstAvailableQueueNumber()", "Number", "802"),
        ("/Trunks/Pbx.GetFirstAvailableTrunkNumber()", "Number", "10001"),
    ];
    for (path, property, expected) in rows {
        assert_eq!(client.read(path).await[property], expected, "{path}");
    }
    assert_eq!(
        client.read("/Queues(70)/Agents?$select=Number&$top=1").await["value"],
        json!([{"Number": "101"}])
    );
    assert_eq!(
        client.read("/Peers/$count?$filter=Type%20eq%20'Extension'").await,
        json!(30)
    );
    assert_eq!(
        client.read("/Recordings?$filter=Id%20eq%202&$top=1").await["value"][0]["CallType"],
        "InboundExternal"
    );
}
