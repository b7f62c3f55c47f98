//! Functions and actions of users, groups and service principals.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Client;

async fn post(client: &Client, path: &str, body: Value) -> (StatusCode, Value) {
    client.send(Method::POST, path, Some(body)).await
}

#[tokio::test]
async fn functions_of_users_answer_from_the_data() {
    let client = Client::start().await;
    let rows = [
        (
            "/Users/Pbx.GetByNumber(number='405')",
            "DisplayName",
            json!("Lab's Phone"),
        ),
        ("/Users/Pbx.GetFirstAvailableExtensionNumber()", "Number", json!("110")),
        ("/Users/Pbx.GetFirstAvailableHotdeskingNumber()", "Number", json!("903")),
        ("/Users(17)/Pbx.HasDuplicatedEmail()", "value", json!(true)),
        ("/Users(1)/Pbx.HasDuplicatedEmail()", "value", json!(false)),
        ("/Users(1)/Pbx.GetPhoneSecret()", "value", json!("phone-100")),
        (
            "/Users/Pbx.GetPhoneRegistrar(mac='0015655a0201')",
            "Vendor",
            json!("Yealink"),
        ),
        ("/Groups(2)/Pbx.GetRestrictions()", "MaxPrompts", Value::Null),
        ("/Defs?$select=Id", "Id", json!(1)),
    ];
    for (path, property, expected) in rows {
        assert_eq!(client.read(path).await[property], expected, "{path}");
    }
}

#[tokio::test]
async fn provisioning_links_are_new_each_time() {
    let client = Client::start().await;
    let first = client.read("/Users(3)/Pbx.GenerateProvLink()").await;
    let second = client.read("/Users(3)/Pbx.GenerateProvLink()").await;
    let link = first["value"].as_str().unwrap_or_default();
    assert!(
        link.starts_with(&format!("{}/provisioning/101/", client.sandbox.url())),
        "{link}"
    );
    assert_ne!(first["value"], second["value"]);
    assert_eq!(
        client.get("/Users(999)/Pbx.GenerateProvLink()").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn several_users_are_changed_at_once_and_failures_are_told() {
    let client = Client::start().await;
    let body = json!({"ids": [3, 4], "user": {"TranscriptionMode": "Both", "Mobile": "+49"}});
    assert_eq!(
        post(&client, "/Users/Pbx.MultiUserUpdate", body).await,
        (StatusCode::NO_CONTENT, Value::Null)
    );
    assert_eq!(client.read("/Users(4)").await["TranscriptionMode"], "Both");

    let body = json!({"ids": [5, 999, 6], "user": {"Mobile": "+50"}});
    let (status, answer) = post(&client, "/Users/Pbx.MultiUserUpdate", body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(answer["error"]["code"], "PartialFailure");
    assert_eq!(answer["error"]["message"], "2 of 3 users were updated");
    assert_eq!(answer["error"]["details"][0]["target"], "999");
    assert_eq!(
        (
            &client.read("/Users(5)").await["Mobile"],
            &client.read("/Users(6)").await["Mobile"]
        ),
        (&json!("+50"), &json!("+50"))
    );

    let body = json!({"ids": [7, 999], "user": {"Mobile": "+51"}});
    assert_eq!(
        post(&client, "/Users/Pbx.BulkUpdate", body).await.0,
        StatusCode::NOT_FOUND
    );
    assert_ne!(client.read("/Users(7)").await["Mobile"], "+51");
    assert_eq!(
        post(
            &client,
            "/Users/Pbx.BulkUpdate",
            json!({"ids": [7, 8], "user": {"Mobile": "+51"}})
        )
        .await
        .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.read("/Users(8)").await["Mobile"], "+51");
}

#[tokio::test]
async fn actions_refuse_wrong_bodies() {
    let client = Client::start().await;
    let rows = [
        (
            "/Users/Pbx.MultiUserUpdate",
            json!({"ids": "3", "user": {}}),
            (400, "WrongType", "ids"),
        ),
        (
            "/Users/Pbx.MultiUserUpdate",
            json!({"ids": [], "user": {}}),
            (400, "Required", "ids"),
        ),
        (
            "/Users/Pbx.MultiUserUpdate",
            json!({"ids": [3], "user": {"Number": "1"}}),
            (400, "NotShared", "user/Number"),
        ),
        (
            "/Users/Pbx.BulkUpdate",
            json!({"ids": [3], "user": {"Number": "1"}}),
            (400, "NotShared", "user/Number"),
        ),
        (
            "/Users/Pbx.BatchDelete",
            json!({"Ids": [3]}),
            (400, "UnknownParameter", "Ids"),
        ),
        ("/Users/Pbx.MakeCall", json!({}), (400, "Required", "destination")),
        (
            "/Users/Pbx.MakeCall",
            json!({"destination": "101", "dn": "777"}),
            (404, "NotFound", "dn"),
        ),
        ("/Users/Pbx.RebootPhone", json!({"mac": "00"}), (404, "NotFound", "mac")),
        ("/Users(34)/Pbx.SendWelcomeEmail", json!({}), (404, "NotFound", "Users")),
        (
            "/Users(30)/Pbx.SendWelcomeEmail",
            json!({}),
            (400, "NoEmailAddress", "EmailAddress"),
        ),
        (
            "/Groups/Pbx.DeleteCompanyById",
            json!({"id": 77}),
            (404, "NotFound", "Groups"),
        ),
        (
            "/ServicePrincipals(1)/Pbx.GenerateAppToken",
            json!({}),
            (404, "NotFound", "ServicePrincipals"),
        ),
    ];
    for (path, body, (status, code, target)) in rows {
        let found = client.refusal(Method::POST, path, Some(body.clone())).await;
        assert_eq!(found, (status, code.to_owned(), target.to_owned()), "{path} {body}");
    }
}

#[tokio::test]
async fn a_batch_of_users_is_deleted_and_the_unknown_are_told() {
    let client = Client::start().await;
    let (status, answer) = post(&client, "/Users/Pbx.BatchDelete", json!({"ids": [3, 999]})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        answer["value"],
        json!([{"ExtensionNumber": null, "Error": "There is no user with the Id 999"}])
    );
    assert_eq!(client.get("/Users(3)").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn addresses_that_several_have_are_found() {
    let client = Client::start().await;
    let body = json!({"emails": ["support@example.com", "sales.101@example.com", "nobody@example.com"]});
    let (_, answer) = post(&client, "/Users/Pbx.GetDuplicatedEmails", body).await;
    assert_eq!(answer["value"], json!(["support@example.com"]));
}

#[tokio::test]
async fn a_call_is_made_and_active() {
    let client = Client::start().await;
    let (status, answer) = post(
        &client,
        "/Users/Pbx.MakeCall",
        json!({"dn": "101", "destination": "201"}),
    )
    .await;
    assert_eq!(
        (status, &answer["FinalStatus"], &answer["Result"]["PartyDn"]),
        (StatusCode::OK, &json!("Success"), &json!("201"))
    );
    let active = client.read("/ActiveCalls").await;
    assert_eq!(
        (&active["value"][0]["Caller"], &active["value"][0]["Status"]),
        (&json!("101 Sales 101"), &json!("Talking"))
    );
    let (_, answer) = post(
        &client,
        "/Users/Pbx.MakeCall",
        json!({"dn": "102", "destination": "201"}),
    )
    .await;
    assert_eq!(answer["FinalStatus"], "Failed");
}

#[tokio::test]
async fn monitoring_is_set_and_ended() {
    let client = Client::start().await;
    for (days, expected) in [(2, 1), (0, 0)] {
        assert_eq!(
            post(&client, "/Users(3)/Pbx.SetMonitorStatus", json!({"days": days}))
                .await
                .0,
            StatusCode::NO_CONTENT
        );
        let states = client.read("/Users/Pbx.GetMonitorStatus()").await;
        assert_eq!(states["value"].as_array().map(Vec::len), Some(expected), "{states}");
    }
}

#[tokio::test]
async fn secrets_are_renewed_as_asked() {
    let client = Client::start().await;
    let before = client.read("/Users(3)").await;
    let opts = json!({"opts": {"SipAuth": true, "DeskphonePassword": true}});
    assert_eq!(
        post(&client, "/Users(3)/Pbx.Regenerate", opts).await.0,
        StatusCode::NO_CONTENT
    );
    let after = client.read("/Users(3)").await;
    assert_ne!(before["AuthPassword"], after["AuthPassword"]);
    assert_eq!(before["VMPIN"], after["VMPIN"]);
    assert_eq!(
        client.read("/Users(3)/Pbx.GetPhoneSecret()").await["value"],
        after["DeskphonePassword"]
    );
    let opts = json!({"Ids": [3, 4], "opts": {"VoicemailPIN": true}});
    assert_eq!(
        post(&client, "/Users/Pbx.RegeneratePasswords", opts).await.0,
        StatusCode::NO_CONTENT
    );
    assert_ne!(client.read("/Users(3)").await["VMPIN"], after["VMPIN"]);
}

#[tokio::test]
async fn a_new_key_replaces_the_old_secret() {
    let client = Client::start().await;
    let (_, answer) = client
        .send(Method::POST, "/ServicePrincipals(61)/Pbx.GenerateAppToken", None)
        .await;
    let key = answer["value"].as_str().unwrap_or_default().to_owned();
    assert!(client.token_of("901", "sandbox-secret").await.is_empty());
    assert!(!client.token_of("901", &key).await.is_empty());
}

#[tokio::test]
async fn bytes_come_with_their_type_and_name() {
    let client = Client::start().await;
    let rows = [
        (
            "/Users/Pbx.ExportExtensions()?$filter=Number%20eq%20'101'",
            "text/csv",
            "extensions.csv",
        ),
        (
            "/Users/Pbx.DownloadGreeting(userId=3,fileName='default.wav')",
            "audio/wav",
            "default.wav",
        ),
        (
            "/Recordings/Pbx.DownloadRecording(recId=1)",
            "audio/wav",
            "recording-1.wav",
        ),
    ];
    for (path, content_type, name) in rows {
        let response = client.request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], content_type, "{path}");
        let disposition = response.headers()["content-disposition"].to_str().expect("ASCII");
        assert_eq!(disposition, format!("attachment; filename=\"{name}\""));
        let bytes = response.bytes().await.expect("a body");
        assert!(
            if content_type == "audio/wav" {
                bytes.starts_with(b"RIFF")
            } else {
                bytes.split(|byte| *byte == b'\n').count() == 3
            },
            "{path}"
        );
    }
}

#[tokio::test]
async fn greetings_are_recorded_shared_and_deleted() {
    let client = Client::start().await;
    let record = json!({"dn": "100", "filename": "holiday.wav"});
    assert_eq!(
        post(&client, "/Users(3)/Pbx.MakeCallUserRecordGreeting", record)
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        client.read("/Users(3)/Greetings").await["value"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    let (_, shared) = post(&client, "/Users/Pbx.GetMultiEditGreetings", json!({"ids": [3, 4]})).await;
    assert_eq!(shared["value"].as_array().map(Vec::len), Some(1));
    let delete = json!({"ids": [3, 4], "filename": "default.wav"});
    assert_eq!(
        post(&client, "/Users/Pbx.MultiDeleteGreeting", delete).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        client.read("/Users(3)/Greetings").await["value"][0]["Filename"],
        "holiday.wav"
    );
}

#[tokio::test]
async fn a_company_goes_with_the_extensions_that_are_in_no_other() {
    let client = Client::start().await;
    assert_eq!(
        post(
            &client,
            "/Groups/Pbx.DeleteCompanyByNumber",
            json!({"number": "GRP0002"})
        )
        .await
        .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.get("/Groups(3)").await.0, StatusCode::NOT_FOUND);
    let left = client
        .read("/Users?$filter=startswith(DisplayName,'Sales')&$select=Number")
        .await;
    assert_eq!(left["value"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn my_user_and_my_group_are_the_first_ones() {
    let client = Client::start().await;
    assert_eq!(client.read("/MyUser?$select=Number").await["Number"], "100");
    assert_eq!(
        client.read("/MyUser/Groups").await["value"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(
        client
            .send(Method::PATCH, "/MyUser", Some(json!({"Mobile": "+54"})))
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.read("/Users(1)").await["Mobile"], "+54");
    assert_eq!(client.read("/MyGroup").await["Name"], "__DEFAULT__");
    assert_eq!(
        client.read("/MyGroup/Rights").await["value"].as_array().map(Vec::len),
        Some(7)
    );
}
