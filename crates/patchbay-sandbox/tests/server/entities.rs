//! Create, read, update, delete, ETags and errors.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Client;

#[tokio::test]
async fn an_entity_is_made_changed_and_deleted() {
    let client = Client::start().await;
    let body = json!({"Number": "500", "FirstName": "Spare", "LastName": "500", "Groups": [{"GroupId": 3}]});
    let response = client
        .request(Method::POST, "/Users")
        .json(&body)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::CREATED);
    let location = response.headers()["location"].to_str().expect("ASCII").to_owned();
    let made: Value = response.json().await.expect("JSON");
    let id = made["Id"].as_i64().expect("a number");
    assert!(location.ends_with(&format!("/xapi/v1/Users({id})")), "{location}");
    assert_eq!(
        (made["DisplayName"].as_str(), made["VMEnabled"].as_bool()),
        (Some("Spare 500"), Some(true))
    );

    let change = json!({"Mobile": "+491700000500", "Hours": {"IgnoreHolidays": true}});
    let (status, body) = client.send(Method::PATCH, &format!("/Users({id})"), Some(change)).await;
    assert_eq!((status, body), (StatusCode::NO_CONTENT, Value::Null));
    let read = client.read(&format!("/Users({id})?$expand=Groups")).await;
    assert_eq!(read["Mobile"], "+491700000500");
    assert_eq!(
        (&read["Hours"]["IgnoreHolidays"], &read["Hours"]["Type"]),
        (&json!(true), &json!("OfficeHours"))
    );
    assert_eq!(read["Groups"][0]["Name"], "Sales");
    assert_eq!(read["Number"], "500");

    assert_eq!(
        client.send(Method::DELETE, &format!("/Users({id})"), None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.get(&format!("/Users({id})")).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stale_etag_is_refused() {
    let client = Client::start().await;
    let response = client
        .request(Method::GET, "/Users(3)")
        .send()
        .await
        .expect("an answer");
    let stale = response.headers()["etag"].to_str().expect("ASCII").to_owned();
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["@odata.etag"], stale.as_str());
    let patched = client
        .request(Method::PATCH, "/Users(3)")
        .header("If-Match", &stale)
        .json(&json!({"Mobile": "1"}))
        .send()
        .await;
    let current = patched.expect("an answer").headers()["etag"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    assert_ne!(stale, current);
    for (tag, expected) in [(stale.as_str(), 412), ("W/\"ffffffff\"", 412), (current.as_str(), 204)] {
        let response = client
            .request(Method::DELETE, "/Users(3)")
            .header("If-Match", tag)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status().as_u16(), expected, "{tag}");
    }
    let response = client
        .request(Method::DELETE, "/Users(4)")
        .header("If-Match", "*")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn mistakes_are_refused_with_code_and_target() {
    let client = Client::start().await;
    let rows = [
        (Method::GET, "/Userz", None, (404, "NotFound", "Userz")),
        (Method::GET, "/Users(1)/Grups", None, (404, "NotFound", "Grups")),
        (Method::GET, "/Users(999)", None, (404, "NotFound", "Users")),
        (Method::GET, "/Users(999)/Groups", None, (404, "NotFound", "Users")),
        (Method::GET, "/Users('1')", None, (400, "InvalidArgument", "Id")),
        (Method::GET, "/Users(99999999999)", None, (400, "InvalidArgument", "Id")),
        (Method::GET, "/Users(1", None, (400, "BadRequest", "")),
        (Method::PUT, "/Users(1)", Some(json!({})), (405, "MethodNotAllowed", "")),
        (Method::DELETE, "/Users", None, (405, "MethodNotAllowed", "")),
        (
            Method::GET,
            "/Users/Pbx.GetByNumber(number=101)",
            None,
            (400, "InvalidArgument", "number"),
        ),
        (
            Method::GET,
            "/Users/Pbx.GetByNumber(number='777')",
            None,
            (404, "NotFound", "number"),
        ),
        (Method::POST, "/Users", Some(json!({})), (400, "Required", "Number")),
        (
            Method::POST,
            "/Users",
            Some(json!({"Number": "101"})),
            (400, "AlreadyInUse", "Number"),
        ),
        (
            Method::POST,
            "/Users",
            Some(json!({"Number": "GRP0001"})),
            (400, "InvalidNumber", "Number"),
        ),
        (
            Method::POST,
            "/Users",
            Some(json!({"Number": "900"})),
            (400, "AlreadyInUse", "Number"),
        ),
        (
            Method::POST,
            "/Users",
            Some(json!({"Number": "500", "Id": 1})),
            (400, "AlreadyInUse", "Id"),
        ),
        (
            Method::POST,
            "/Users",
            Some(json!({"Number": "500", "Nmae": "x"})),
            (400, "UnknownProperty", "Nmae"),
        ),
        (Method::POST, "/Users", Some(json!([])), (400, "BadRequest", "")),
        (
            Method::PATCH,
            "/Users(1)",
            Some(json!({"Enabled": "yes"})),
            (400, "WrongType", "Enabled"),
        ),
        (
            Method::PATCH,
            "/Users(1)",
            Some(json!({"Id": 2})),
            (400, "KeyIsFixed", "Id"),
        ),
        (
            Method::PATCH,
            "/Users(1)",
            Some(json!({"Groups": [{"GroupId": 99}]})),
            (400, "UnknownGroup", "Groups/0"),
        ),
        (
            Method::PATCH,
            "/Users(1)",
            Some(json!({"Number": "109"})),
            (400, "AlreadyInUse", "Number"),
        ),
        (
            Method::PATCH,
            "/ServicePrincipals(60)",
            Some(json!({"TranscriptionMode": "All"})),
            (400, "InvalidMember", "TranscriptionMode"),
        ),
        (Method::POST, "/Groups", Some(json!({})), (400, "Required", "Name")),
        (
            Method::POST,
            "/Groups",
            Some(json!({"Name": "Doors", "Members": [{"Number": "777"}]})),
            (400, "UnknownMember", "Members/0"),
        ),
        (Method::DELETE, "/Groups(1)", None, (400, "DefaultGroup", "Id")),
        (
            Method::PATCH,
            "/Groups(2)",
            Some(json!({"Members": [{"Number": "777"}]})),
            (400, "UnknownMember", "Members/0"),
        ),
    ];
    for (method, path, body, (status, code, target)) in rows {
        let found = client.refusal(method.clone(), path, body).await;
        assert_eq!(found, (status, code.to_owned(), target.to_owned()), "{method} {path}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let client = Client::start().await;
    let response = client
        .request(Method::PATCH, "/Users(1)")
        .body("{\"Mobile\": ")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body: Value = response.json().await.expect("JSON");
    assert!(
        body["error"]["message"]
            .as_str()
            .is_some_and(|message| message.contains("not JSON")),
        "{body}"
    );
}

#[tokio::test]
async fn membership_is_seen_from_both_sides() {
    let client = Client::start().await;
    let sales = client.read("/Groups(3)/Members?$select=Number&$orderby=Number").await;
    assert_eq!(sales["value"].as_array().map(Vec::len), Some(9));
    let members = json!({"Members": [{"Number": "100"}, {"Id": 3, "Rights": {"RoleName": "group_owners"}}]});
    assert_eq!(
        client.send(Method::PATCH, "/Groups(3)", Some(members)).await.0,
        StatusCode::NO_CONTENT
    );
    let sales = client
        .read("/Groups(3)/Members?$expand=Rights($select=RoleName)&$select=Number")
        .await;
    let expected = json!([
        {"Number": "100", "Rights": {"RoleName": "users"}},
        {"Number": "101", "Rights": {"RoleName": "group_owners"}},
    ]);
    assert_eq!(sales["value"], expected);
    let groups = client.read("/Users(1)/Groups?$select=Name").await;
    assert_eq!(
        groups["value"],
        json!([{"Name": "Reception"}, {"Name": "__DEFAULT__"}, {"Name": "Sales"}])
    );
    assert_eq!(
        client.send(Method::DELETE, "/Groups(3)", None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        client.read("/Users(3)/Groups").await["value"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn keys_that_are_text_are_quoted() {
    let client = Client::start().await;
    let body = json!({"Name": "Branch's SBC"});
    assert_eq!(
        client.send(Method::POST, "/Sbcs", Some(body)).await.0,
        StatusCode::CREATED
    );
    assert_eq!(client.read("/Sbcs('Branch''s%20SBC')").await["Name"], "Branch's SBC");
    assert_eq!(
        client
            .send(Method::DELETE, "/Sbcs('Branch%27%27s%20SBC')", None)
            .await
            .0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.read("/Sbcs").await["value"], json!([]));
}

#[tokio::test]
async fn a_group_is_made_with_its_members_and_a_user_is_shown_by_its_names() {
    let client = Client::start().await;
    let body = json!({"Name": "Doors", "Members": [{"Number": "101"}, {"Id": 1}]});
    let (status, made) = client.send(Method::POST, "/Groups", Some(body)).await;
    assert_eq!((status, &made["HasMembers"]), (StatusCode::CREATED, &json!(true)));
    let members = client
        .read(&format!("/Groups({})/Members?$select=Number", made["Id"]))
        .await;
    assert_eq!(members["value"], json!([{"Number": "100"}, {"Number": "101"}]));
    for (change, name) in [
        (json!({"LastName": "Door"}), "Reception Door"),
        (json!({"DisplayName": "Gate", "FirstName": "Back"}), "Gate"),
        (json!({"Mobile": "+49"}), "Gate"),
    ] {
        client.send(Method::PATCH, "/Users(1)", Some(change)).await;
        assert_eq!(client.read("/Users(1)?$select=DisplayName").await["DisplayName"], name);
    }
}
