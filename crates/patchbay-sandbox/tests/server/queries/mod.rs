//! OData query options over the built-in seed.

mod cases;
mod table;

use patchbay_sandbox::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, TestClock};
use table::{GROUPS, OPTIONS, SERVICE_PRINCIPALS, USERS};

async fn check(client: &Client, path: &str, query: &[(&str, &str)], expected: &[i64]) {
    let (status, body) = client.query(path, query).await;
    assert_eq!(status, StatusCode::OK, "{path} {query:?}: {body}");
    let found: Vec<i64> = body["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entity| entity["Id"].as_i64())
        .collect();
    assert_eq!(found, expected, "{path} {query:?}");
}

#[tokio::test]
async fn filters_find_what_is_true_of_an_entity() {
    // `now()` is a moment that the test sets.
    let client = Client::with(Options {
        clock: TestClock::new(),
        ..Options::default()
    })
    .await;
    for (path, rows) in [
        ("/Users", USERS),
        ("/ServicePrincipals", SERVICE_PRINCIPALS),
        ("/Groups", GROUPS),
    ] {
        for (filter, expected) in rows {
            check(&client, path, &[("$filter", filter), ("$select", "Id")], expected).await;
        }
    }
}

#[tokio::test]
async fn lists_are_sorted_paged_and_searched() {
    let client = Client::start().await;
    for (options, expected) in OPTIONS {
        let options: Vec<(&str, &str)> = options.split('&').filter_map(|option| option.split_once('=')).collect();
        check(&client, "/Users", &options, expected).await;
    }
}

#[tokio::test]
async fn mistakes_in_options_are_told_with_their_place() {
    let client = Client::start().await;
    let rows = [
        (
            "$filter",
            "Nmber eq '1'",
            "Could not find a property named 'Nmber' on type 'Pbx.User' at position 0",
        ),
        (
            "$filter",
            "Number eq 101",
            "incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Int64' for operator kind 'Equal' at position 7",
        ),
        ("$filter", "Number eqq '1'", "not `eqq` at position 7"),
        ("$filter", "Number eq", "not the end at position 9"),
        ("$filter", "Number eq '1", "no closing quote at position 10"),
        ("$filter", "(Id eq 1", "`)` is expected here, not the end at position 8"),
        (
            "$filter",
            "Number",
            "must evaluate to a single boolean value, and this one is 'Edm.String' at position 0",
        ),
        ("$filter", "", "not the end at position 0"),
        ("$filter", "Id eq 1 and", "not the end at position 11"),
        (
            "$filter",
            "Number & 1",
            "the character `&` has no meaning here at position 7",
        ),
        (
            "$filter",
            "contain(Number,'1')",
            "An unknown function with name 'contain' was found at position 0",
        ),
        (
            "$filter",
            "contains(Number)",
            "takes 2 arguments, and here are 1 at position 0",
        ),
        (
            "$filter",
            "contains(Id,'1')",
            "takes Edm.String here, not 'Edm.Int32' at position 9",
        ),
        (
            "$filter",
            "QueueStatus eq 'Sleeping'",
            "'Sleeping' is not a valid enumeration type constant of 'Pbx.QueueStatusType' at position 15",
        ),
        (
            "$filter",
            "QueueStatus eq Pbx.Nothing'x'",
            "there is no enum type named 'Pbx.Nothing' at position 15",
        ),
        (
            "$filter",
            "QueueStatus has 'LoggedIn'",
            "for operator kind 'Has' at position 12",
        ),
        (
            "$filter",
            "Groups/Name eq 'Sales'",
            "cannot follow a collection: use `any` or `all`",
        ),
        (
            "$filter",
            "Groups/any(Name eq 'Sales')",
            "`:` is expected here, not `eq` at position 16",
        ),
        (
            "$filter",
            "Groups/any(g: g/Nmae eq 'Sales')",
            "'Nmae' on type 'Pbx.UserGroup' at position 16",
        ),
        ("$filter", "Groups eq 'Sales'", "incompatible types"),
        (
            "$filter",
            "Number/Length eq 3",
            "'Edm.String' has no properties at position 7",
        ),
        (
            "$filter",
            "not Number",
            "`not` needs a boolean, and this is 'Edm.String' at position 4",
        ),
        ("$filter", "Id eq 2026-13-01", "`2026-13-01` is not a date"),
        ("$filter", "Id eq 12abc", "`12abc` is not a number"),
        ("$filter", "Id in (1 2)", "`,` is expected here, not `2` at position 9"),
        ("$filter", "Enabled add 1 eq 2", "incompatible types"),
        (
            "$orderby",
            "Groups",
            "must evaluate to a single value of primitive type, and this one is 'Collection(Pbx.UserGroup)' at position 0",
        ),
        (
            "$filter",
            "Groups/$count(Id eq 1) eq 1",
            "`$filter=` is expected in `$count(…)`, not `Id` at position 14",
        ),
        (
            "$filter",
            "matchesPattern(Id,'1')",
            "takes Edm.String here, not 'Edm.Int32' at position 15",
        ),
        (
            "$expand",
            "Groups/$ref",
            "Could not find a property named 'Groups/$ref'",
        ),
        ("$expand", "Nothing/$count", "Could not find a property named 'Nothing'"),
        ("$orderby", "Number up", "not `up` at position 7"),
        (
            "$orderby",
            "Number,Nmae desc",
            "'Nmae' on type 'Pbx.User' at position 7",
        ),
        (
            "$select",
            "Number,Nmae",
            "Could not find a property named 'Nmae' on type 'Pbx.User'",
        ),
        ("$expand", "Number", "is not a navigation property"),
        ("$expand", "Grups", "Could not find a property named 'Grups'"),
        (
            "$expand",
            "Groups($filter=Nmae eq 'x')",
            "'Nmae' on type 'Pbx.UserGroup' at position 0",
        ),
        ("$expand", "Groups($select=Name", "has no closing parenthesis"),
        (
            "$top",
            "101",
            "The limit of '100' for Top query has been exceeded. The value from the incoming request is '101'.",
        ),
        ("$top", "-1", "requires a non-negative integer value"),
        ("$top", "ten", "requires a non-negative integer value"),
        ("$skip", "1.5", "requires a non-negative integer value"),
        ("$count", "yes", "Valid values are 'true' and 'false'"),
        ("$search", "\"sales", "no closing quote"),
        ("$apply", "x", "'$apply' is not supported"),
        ("$fliter", "Id eq 1", "'$fliter' is not supported"),
    ];
    for (option, value, expected) in rows {
        let (status, body) = client.query("/Users", &[(option, value)]).await;
        let message = body["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (StatusCode::BAD_REQUEST, Some("InvalidQueryOption")),
            "{option}={value}"
        );
        assert!(message.contains(expected), "{option}={value}: {message}");
        assert!(
            body["error"]["target"]
                .as_str()
                .is_some_and(|target| target.starts_with('$')),
            "{body}"
        );
    }
    let (status, _) = client.query("/Users", &[("$top", "1"), ("$top", "2")]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, body) = client.query("/Users(1)", &[("$filter", "Id eq 1")]).await;
    assert_eq!(
        (status, &body["error"]["target"]),
        (StatusCode::BAD_REQUEST, &json!("$filter"))
    );
    // Elsewhere a page may be larger.
    assert_eq!(client.query("/Groups", &[("$top", "500")]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_list_is_counted() {
    let client = Client::start().await;
    let body = client
        .read("/Users?$count=true&$top=2&$select=Id&$filter=Enabled%20eq%20false")
        .await;
    assert_eq!(
        (&body["@odata.count"], body["value"].as_array().map(Vec::len)),
        (&json!(3), Some(2))
    );
    let context = body["@odata.context"].as_str().unwrap_or_default();
    assert_eq!(context, format!("{}/xapi/v1/$metadata#Users(Id)", client.sandbox.url()));
    assert!(
        client
            .read("/Users?$count=false&$top=1")
            .await
            .get("@odata.count")
            .is_none()
    );
    for (path, expected) in [
        ("/Users/$count", 30),
        ("/Users/$count?$filter=Id%20le%204", 4),
        ("/Users(1)/Groups/$count", 2),
        ("/Groups(3)/Members/$count", 9),
    ] {
        assert_eq!(client.read(path).await, json!(expected), "{path}");
    }
}

#[tokio::test]
async fn what_is_selected_and_expanded_is_answered() {
    let client = Client::start().await;
    let tag = |body: &Value| body["@odata.etag"].clone();
    let rows = [
        ("/Users(3)?$select=Number", json!({"Number": "101"})),
        (
            "/Users(3)?$select=Number,Hours/Type",
            json!({"Number": "101", "Hours": {"Type": "OfficeHours"}}),
        ),
        (
            "/Users(3)?$select=Id&$expand=Groups($select=Name)",
            json!({"Id": 3, "Groups": [{"Name": "Sales"}, {"Name": "__DEFAULT__"}]}),
        ),
        (
            "/Users(3)?$select=Id&$expand=Groups($select=GroupId;$expand=Rights($select=RoleName);$filter=GroupId%20eq%203)",
            json!({"Id": 3, "Groups": [{"GroupId": 3, "Rights": {"RoleName": "managers"}}]}),
        ),
        (
            "/Users(3)?$select=Id&$expand=Groups($select=Name;$orderby=GroupId;$top=1;$count=true),Phones",
            json!({"Id": 3, "Groups@odata.count": 2, "Groups": [{"Name": "__DEFAULT__"}], "Phones": []}),
        ),
        (
            "/Users(3)?$select=Id&$expand=ForwardingProfiles($filter=contains(Name,'of;fice')%20or%20Id%20eq%202;$select=Name)",
            json!({"Id": 3, "ForwardingProfiles": [{"Name": "Away"}]}),
        ),
    ];
    for (path, mut expected) in rows {
        let mut body = client.read(path).await;
        expected["@odata.etag"] = tag(&body);
        body.as_object_mut().map(|body| body.remove("@odata.context"));
        assert_eq!(body, expected, "{path}");
    }
    let whole = client.read("/Users(3)").await;
    assert!(whole.get("Groups").is_none() && whole.get("Hours").is_some());
    let everything = client.read("/Users(3)?$expand=*").await;
    assert!(
        [
            "Groups",
            "ForwardingProfiles",
            "Greetings",
            "Phones",
            "ForwardingExceptions"
        ]
        .iter()
        .all(|name| everything[name].is_array())
    );
}
