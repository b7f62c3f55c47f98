//! What answers become: items, files, errors.

use patchbay_model::Value;

use super::world::{Reply, World, told};

const LIST: &str = r#"{"resource": "Users", "operation": "List Groups", "Id": 5}"#;

async fn answered(reply: Reply) -> String {
    let world = World::new(move |_| reply.clone());
    match world.run(LIST, &["{}"]).await {
        Ok(items) => items
            .iter()
            .map(|item| item.to_n8n().to_json())
            .collect::<Vec<_>>()
            .join("\n"),
        Err(error) => told(&error),
    }
}

#[tokio::test]
async fn answers_become_items() {
    let empty = Reply {
        status: 204,
        ..Reply::default()
    };
    let file = Reply {
        status: 200,
        headers: vec![
            ("content-type", "audio/wav"),
            ("content-disposition", "attachment; filename=\"call 1.wav\""),
        ],
        body: "RIFF".to_owned(),
    };
    let rows = [
        (
            Reply::json(200, r#"{"value": []}"#),
            r#"{"json":{"value":[]},"pairedItem":{"item":0}}"#,
        ),
        (
            Reply::json(200, "[{\"a\": 1}, 2]"),
            "{\"json\":{\"a\":1},\"pairedItem\":{\"item\":0}}\n{\"json\":{\"value\":2},\"pairedItem\":{\"item\":0}}",
        ),
        (
            Reply::json(200, ""),
            r#"{"json":{"success":true,"statusCode":200},"pairedItem":{"item":0}}"#,
        ),
        (
            empty,
            r#"{"json":{"success":true,"statusCode":204},"pairedItem":{"item":0}}"#,
        ),
        (
            file,
            r#"{"json":{},"binary":{"data":{"mimeType":"audio/wav","fileType":"audio","fileName":"call 1.wav","fileExtension":"wav","fileSize":"4 B"}},"pairedItem":{"item":0}}"#,
        ),
    ];
    for (reply, items) in rows {
        assert_eq!(answered(reply).await, items);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_an_error() {
    let page = Reply {
        status: 200,
        headers: vec![("content-type", "text/html")],
        body: "<html>\n  <title>Sign in</title>".to_owned(),
    };
    insta::assert_snapshot!(answered(page).await, @r"
    E0420 The answer of `List Groups` is not JSON: status 200, text/html
      It begins with: <html> <title>Sign in</title>
      item: 0
      hint: does the credential's URL lead to the service itself, and not to a login page or a proxy?
    ");
}

#[tokio::test]
async fn errors_say_what_the_service_says_and_what_to_do() {
    let bodies = [
        (
            400,
            r#"{"error": {"code": "", "message": "Syntax error at position 5 in 'Name e'.", "target": "$filter"}}"#,
        ),
        (403, ""),
        (
            404,
            r#"{"error": {"code": "NotFound", "message": "No user", "details": [{"code": "X", "message": "Id 5", "target": "Id"}]}}"#,
        ),
        (412, r#"{"error": {"code": "PreconditionFailed", "message": "ETag"}}"#),
        (429, ""),
        (503, "<html>Unavailable"),
    ];
    let mut told = Vec::new();
    for (status, body) in bodies {
        told.push(answered(Reply::json(status, body)).await);
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn details_are_there_for_workflows() {
    let world = World::new(|_| Reply::json(404, r#"{"error": {"code": "NotFound", "message": "No user"}}"#));
    let error = world.run(LIST, &["{}"]).await.expect_err("an error");
    let details = error.error.details.map(|details| details.to_json());
    let wanted = r#"{"statusCode":404,"request":"GET /xapi/v1/Users(5)/Groups","retriable":false,"code":"NotFound","message":"No user"}"#;
    assert_eq!(details.as_deref(), Some(wanted));
    let beside = error
        .error
        .beside
        .and_then(|beside| beside.get("errorDetails").cloned());
    insta::assert_snapshot!(beside.unwrap_or_default().to_json(), @r#"{"errorCode":"E0433","retriable":false,"statusCode":404,"request":"GET /xapi/v1/Users(5)/Groups","code":"NotFound","message":"No user","description":"NotFound: No user","hints":["no such entity: does the id exist? The list operation of the resource tells"]}"#);
}

/// A service with 250 groups.
fn groups(request: &patchbay_node::capability::http::Request) -> Reply {
    let option = |name: &str| {
        let (_, rest) = request.url.split_once(&format!("{name}="))?;
        rest.split('&').next()?.parse::<usize>().ok()
    };
    let (top, skip) = (option("$top").unwrap_or(50), option("$skip").unwrap_or(0));
    let ids: Vec<String> = (skip..250.min(skip + top))
        .map(|id| format!("{{\"Id\": {id}}}"))
        .collect();
    Reply::json(
        200,
        &format!("{{\"@odata.count\": 250, \"value\": [{}]}}", ids.join(", ")),
    )
}

#[tokio::test]
async fn pages_are_fetched_when_asked_for() {
    let rows = [
        (r#""options": {}"#, 1, 50, 1),
        (r#""options": {"fetchAll": true}"#, 1, 250, 3),
        (r#""fetchAll": true, "splitItems": true"#, 250, 0, 3),
        (
            r#""options": {"fetchAll": true, "limit": 120, "splitItems": "true"}"#,
            120,
            0,
            2,
        ),
        (r#""options": {"splitItems": true, "limit": 3}"#, 3, 0, 1),
        (r#""options": {"fetchAll": true, "$top": 30, "$skip": 200}"#, 1, 50, 2),
    ];
    for (options, items, elements, requests) in rows {
        let world = World::new(groups);
        let parameters = format!(r#"{{"resource": "Users", "operation": "List Groups", "Id": 5, {options}}}"#);
        let found = world.run(&parameters, &["{}"]).await.expect("items");
        assert_eq!(found.len(), items, "{options}");
        let list = found[0]
            .json
            .get("value")
            .and_then(Value::as_array)
            .map_or(0, <[Value]>::len);
        assert_eq!(list, elements, "{options}");
        assert_eq!(world.http.requests.lock().expect("lock").len(), requests, "{options}");
    }
}

const CREATE: &str = r#"{"resource": "Groups", "operation": "Create Group", "Name": "x"}"#;
const UPDATE: &str = r#"{"resource": "Users", "operation": "Update User", "Id": 5, "Enabled": true}"#;
const DELETE: &str = r#"{"resource": "Users", "operation": "Delete User", "Id": 5}"#;

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    // Status (0: the connection breaks off, 1: there is none), Retry-After, how often a read, a creation, an update and a
    // deletion are sent, and how many milliseconds the read waits.
    let rows = [
        (429, None, [3, 3, 3, 3], 1500.0),
        (429, Some("2"), [3, 3, 3, 3], 4000.0),
        (429, Some("Thu, 01 Jan 1970 00:00:03 GMT"), [3, 3, 3, 3], 3000.0),
        (429, Some("3600"), [1, 1, 1, 1], 0.0),
        (500, None, [3, 1, 3, 3], 1500.0),
        (503, None, [3, 1, 3, 3], 1500.0),
        (504, None, [3, 1, 3, 3], 1500.0),
        (404, None, [1, 1, 1, 1], 0.0),
        (400, None, [1, 1, 1, 1], 0.0),
        (0, None, [3, 1, 3, 3], 1500.0),
        (1, None, [3, 3, 3, 3], 1500.0),
    ];
    for (status, after, wanted, waited) in rows {
        for (parameters, wanted) in [LIST, CREATE, UPDATE, DELETE].into_iter().zip(wanted) {
            let world = World::new(move |_| Reply {
                status,
                headers: after.map(|after| ("retry-after", after)).into_iter().collect(),
                body: String::new(),
            });
            world.run(parameters, &["{}"]).await.expect_err("an error");
            let sent = world.http.requests.lock().expect("lock").len();
            assert_eq!(sent, wanted, "{status} {after:?} {parameters}");
            if parameters == LIST {
                assert_eq!(world.now(), waited, "{status} {after:?}");
            }
        }
    }
}

/// A service that answers so first, and then otherwise.
fn first_then(first: Reply, then: Reply) -> World {
    let calls = std::sync::atomic::AtomicUsize::new(0);
    World::new(move |_| match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
        0 => first.clone(),
        _ => then.clone(),
    })
}

#[tokio::test]
async fn a_deletion_that_was_carried_out_unseen_is_a_success() {
    let gone = Reply::json(404, r#"{"error": {"code": "NotFound", "message": "No user"}}"#);
    for unclear in [Reply::default(), Reply::json(504, "")] {
        let world = first_then(unclear, gone.clone());
        let items = world.run(DELETE, &["{}"]).await.expect("done");
        assert_eq!(items[0].json_value().to_json(), r#"{"success":true,"statusCode":204}"#);
    }
    // Without a doubt before it, there was never such a user.
    let error = first_then(Reply::json(429, ""), gone).run(DELETE, &["{}"]).await;
    assert_eq!(error.expect_err("an error").error.code, "E0433");
}

#[tokio::test]
async fn of_an_unclear_write_the_error_says_so() {
    let error = |parameters: &'static str| async move {
        let world = World::new(|_| Reply::default());
        let error = world.run(parameters, &["{}"]).await.expect_err("an error");
        let details = error.error.details.as_ref().map(Value::to_json);
        format!("{}\n  {}", told(&error), details.unwrap_or_default())
    };
    insta::assert_snapshot!(error(CREATE).await, @r#"
    E0606 The request to https://pbx.example.com broke off
      item: 0
      hint: the URL is that of the credential `PBX`
      hint: nobody knows whether it was done, so it was not sent again: look before you do
      {"perhapsDone":true,"retriable":false}
    "#);
    insta::assert_snapshot!(error(UPDATE).await, @r#"
    E0606 The request to https://pbx.example.com broke off
      item: 0
      hint: the URL is that of the credential `PBX`
      hint: nobody knows whether it was done; sending it again does no harm
      {"perhapsDone":true,"retriable":true}
    "#);
    insta::assert_snapshot!(error(LIST).await, @r"
    E0606 The request to https://pbx.example.com broke off
      item: 0
      hint: the URL is that of the credential `PBX`
    ");
}

#[tokio::test]
async fn a_write_that_a_fault_of_the_service_leaves_unclear_is_not_to_be_tried_again() {
    let hints = |parameters: &'static str| async move {
        let world = World::new(|_| Reply::json(500, ""));
        let error = world.run(parameters, &["{}"]).await.expect_err("an error");
        error.error.hints.join("; ")
    };
    assert_eq!(
        hints(CREATE).await,
        "nobody knows whether it was done, so it was not sent again: look before you do"
    );
    assert_eq!(
        hints(LIST).await,
        "the fault is on the side of the service: try again later (`retryOnFail` does)"
    );
}

#[tokio::test]
async fn a_node_that_stops_tells_how_many_items_it_has_written() {
    for (written, wanted) in [
        (0, None),
        (
            1,
            Some("1 of 3 items was written before it stopped, and stays so: item 0"),
        ),
        (
            2,
            Some("2 of 3 items were written before it stopped, and stay so: items 0–1"),
        ),
    ] {
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let world = World::new(move |_| match calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            call if call < written => Reply::json(201, "{}"),
            _ => Reply::json(400, ""),
        });
        let error = world.run(CREATE, &["{}", "{}", "{}"]).await.expect_err("an error");
        let told = error.error.hints.iter().find(|hint| hint.contains("items"));
        assert_eq!(told.map(patchbay_model::Text::as_str), wanted);
    }
}

#[tokio::test]
async fn a_filter_after_the_page_ends_no_list() {
    // 250 calls, of which the filter lets every 60th through; the page is cut out before.
    let world = World::new(|request| {
        let option = |name: &str| {
            let (_, rest) = request.url.split_once(&format!("{name}="))?;
            rest.split('&').next()?.parse::<usize>().ok()
        };
        let (top, skip) = (option("$top").unwrap_or(50), option("$skip").unwrap_or(0));
        let filtered = request.url.contains("$filter=");
        let calls = (skip..250.min(skip + top)).filter(|id| !filtered || id % 60 == 0);
        let calls: Vec<String> = calls.map(|id| format!("{{\"Id\": {id}}}")).collect();
        Reply::json(200, &format!("{{\"value\": [{}]}}", calls.join(", ")))
    });
    let parameters = r#"{"resource": "Call History View", "operation": "List Call History View",
        "options": {"$filter": "x", "fetchAll": true, "splitItems": true}}"#;
    let items = world.run(parameters, &["{}"]).await.expect("items");
    let ids: Vec<String> = items.iter().map(|item| item.json_value().to_json()).collect();
    assert_eq!(ids, [0, 60, 120, 180, 240].map(|id| format!("{{\"Id\":{id}}}")));
}

#[tokio::test]
async fn an_answer_is_simplified_when_asked_for() {
    let body = r#"{"@odata.context": "x", "value": [{"Id": 1, "Rights@odata.type": "y", "Rights": {"@odata.etag": "z", "a": null}}]}"#;
    let world = World::new(move |_| Reply::json(200, body));
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": 5, "options": {"simplify": true}}"#;
    let items = world.run(parameters, &["{}"]).await.expect("items");
    assert_eq!(
        items[0].json_value().to_json(),
        r#"{"value":[{"Id":1,"Rights":{"a":null}}]}"#
    );
}

#[tokio::test]
async fn a_service_that_does_not_page_is_found_out() {
    let elements = vec!["{\"Id\": 1}"; 100].join(", ");
    let world = World::new(move |_| Reply::json(200, &format!("{{\"value\": [{elements}]}}")));
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": 5, "fetchAll": true}"#;
    let error = world.run(parameters, &["{}"]).await.expect_err("an error");
    assert_eq!(error.error.message, "`List Groups` gives the same page again and again");
}

#[tokio::test]
async fn a_partial_success_names_what_failed() {
    let answer = r#"{"error": {"code": "PartialFailure", "message": "1 of 2 users were updated", "target": "ids",
        "details": [{"code": "NotFound", "message": "There is no user", "target": "7"}]}}"#;
    let world = World::new(move |_| Reply::json(400, answer));
    let parameters =
        r#"{"resource": "Users", "operation": "Multi User Update", "ids": "[5, 7]", "user": "{\"Enabled\": false}"}"#;
    let error = world.run(parameters, &["{}"]).await.expect_err("an error");
    assert_eq!(
        world.sent(),
        "POST /xapi/v1/Users/Pbx.MultiUserUpdate\n{\"ids\":[5,7],\"user\":{\"Enabled\":false}}"
    );
    insta::assert_snapshot!(told(&error), @r"
    E0430 Request failed with status code 400
      PartialFailure: 1 of 2 users were updated (ids)
    NotFound: There is no user (7)
      parameter: ids
      item: 0
      hint: each line names a part that failed; the others may be done: send only the failed ones again
    ");
}

#[tokio::test]
async fn the_faults_of_one_thing_are_no_partial_success() {
    let answer =
        r#"{"error": {"code": "", "message": "Invalid", "details": [{"message": "taken", "target": "Number"}]}}"#;
    for parameters in [CREATE, UPDATE] {
        let world = World::new(move |_| Reply::json(400, answer));
        let error = world.run(parameters, &["{}"]).await.expect_err("an error");
        assert!(!told(&error).contains("may be done"), "{}", told(&error));
    }
}
