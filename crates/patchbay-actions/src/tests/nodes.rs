//! What is sent, and in what order the outputs come.

use std::sync::atomic::Ordering;

use patchbay_model::workflow::OnError;
use tokio_util::sync::CancellationToken;

use super::world::{Reply, World, told};

#[tokio::test]
async fn list_groups_sends_what_is_set() {
    let world = World::calm();
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}",
        "options": {"$top": 10, "$filter": "Name eq 'A&B'", "$select": "Id, Name", "search": "two words", "$expand": ""}}"#;
    let items = world
        .run(parameters, &[r#"{"id": 5}"#, r#"{"id": "7"}"#])
        .await
        .expect("items");
    assert_eq!(items.len(), 2);
    insta::assert_snapshot!(world.sent(), @r"
    GET /xapi/v1/Users(5)/Groups?$top=10&$search=%22two%20words%22&$filter=Name%20eq%20'A%26B'&$select=Id,Name
    ---
    GET /xapi/v1/Users(7)/Groups?$top=10&$search=%22two%20words%22&$filter=Name%20eq%20'A%26B'&$select=Id,Name
    ");
}

#[tokio::test]
async fn requests_run_at_once_and_outputs_keep_their_order() {
    let world = World::new(|request| Reply::json(200, &format!("{{\"url\": \"{}\"}}", request.url)));
    let items: Vec<String> = (0..40).map(|id| format!("{{\"id\": {id}}}")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}"}"#;
    let outputs = world.run(parameters, &items).await.expect("items");
    for (place, output) in outputs.iter().enumerate() {
        assert_eq!(
            output
                .json
                .get("url")
                .map(|url| url.to_text().contains(&format!("({place})"))),
            Some(true)
        );
        assert_eq!(output.paired.pairs().first().map(|pair| pair.item), Some(place as u32));
    }
    assert_eq!(world.http.most_at_once.load(Ordering::SeqCst), 8);
    assert_eq!(world.http.tokens.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_wrong_value_anywhere_sends_nothing() {
    let world = World::calm();
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}"}"#;
    let error = world
        .run(parameters, &[r#"{"id": 5}"#, r#"{"id": "x"}"#])
        .await
        .expect_err("an error");
    insta::assert_snapshot!(told(&error), @r#"
    E0413 `Id` wants an integer, not "x"
      parameter: Id
      item: 1
      hint: set it to an integer, as it is or by an expression that gives one
    "#);
    let error = world.run(parameters, &["{}"]).await.expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0412 `Id` of `List Groups` has no value
      parameter: Id
      item: 0
      hint: set `Id` to an integer
      hint: if it is an expression: does the field that it reads exist in the item?
    ");
    assert_eq!(world.sent(), "");
}

#[tokio::test]
async fn a_node_that_goes_on_gives_failed_items() {
    let mut world = World::new(|request| {
        if request.url.contains("(404)") {
            Reply::json(404, r#"{"error": {"code": "", "message": "Resource not found"}}"#)
        } else {
            Reply::json(200, "{}")
        }
    });
    world.on_error = OnError::ContinueRegularOutput;
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}"}"#;
    let items = world
        .run(
            parameters,
            &[r#"{"id": 1}"#, r#"{"id": 404}"#, r#"{"id": "x"}"#, r#"{"id": 2}"#],
        )
        .await;
    let items = items.expect("items");
    let shown: Vec<String> = items.iter().map(|item| item.to_n8n().to_json()).collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    {"json":{},"pairedItem":{"item":0}}
    {"json":{"error":"Request failed with status code 404","errorDetails":{"errorCode":"E0433","retriable":false,"statusCode":404,"request":"GET /xapi/v1/Users(404)/Groups","message":"Resource not found","description":"Resource not found","hints":["no such entity: does the id exist? The list operation of the resource tells"]}},"pairedItem":{"item":1},"error":{"message":"Request failed with status code 404","description":"Resource not found"}}
    {"json":{"error":"`Id` wants an integer, not \"x\"","errorDetails":{"errorCode":"E0413","parameter":"Id","retriable":false,"hints":["set it to an integer, as it is or by an expression that gives one"]}},"pairedItem":{"item":2},"error":{"message":"`Id` wants an integer, not \"x\""}}
    {"json":{},"pairedItem":{"item":3}}
    "#);
}

#[tokio::test]
async fn an_operation_that_changed_is_chosen_by_version_or_parameters() {
    let rows = [
        ("number", None, "GET /xapi/v1/Users/Pbx.GetByNumber(number='100')"),
        ("Number", None, "GET /xapi/v1/Users(Number='100')"),
        ("number", Some("20.0.10"), "GET /xapi/v1/Users(Number='100')"),
        (
            "Number",
            Some("20.0.7"),
            "GET /xapi/v1/Users/Pbx.GetByNumber(number='100')",
        ),
    ];
    for (name, version, sent) in rows {
        let mut world = World::calm();
        if let Some(version) = version {
            world.credential.insert("version", version);
        }
        let parameters = format!(r#"{{"resource": "Users", "operation": "Get User By Number", "{name}": "100"}}"#);
        world.run(&parameters, &["{}"]).await.expect("items");
        assert_eq!(world.sent(), sent, "{name} {version:?}");
    }
}

#[tokio::test]
async fn what_the_version_lacks_is_refused() {
    let mut told_errors = Vec::new();
    let install = r#"{"resource": "Users", "operation": "Install Firmware", "phone": {}}"#;
    let mail = r#"{"resource": "Users", "operation": "Update User", "Id": 5, "VMEmailOptions": "EmailToExtrasOnly"}"#;
    for parameters in [install, mail] {
        let mut world = World::calm();
        world.credential.insert("version", "20.0.7");
        told_errors.push(told(&world.run(parameters, &["{}"]).await.expect_err("an error")));
        assert_eq!(world.sent(), "");
    }
    insta::assert_snapshot!(told_errors.join("\n"), @r"
    E0416 `Install Firmware` is not in version 20.0.7 of 3CX
      parameter: operation
      hint: it is there since 20.0.9
    E0416 version 20.0.7 of the service has no `EmailToExtrasOnly` for `VMEmailOptions`
      parameter: VMEmailOptions
      item: 0
      hint: it is there since 20.0.9
    ");
}

#[tokio::test]
async fn what_a_later_node_lacks_is_refused_before_the_first_write() {
    let delete = r#"{"resource": "Users", "operation": "Delete User", "Id": 5}"#;
    let node = |name: &str, more: &str, parameters: &str| {
        format!(
            r#"{{"name": "{name}", "type": "n8n-nodes-3cx.threecx", "typeVersion": 1, "position": [0, 0]{more}, "parameters": {parameters}}}"#
        )
    };
    let install = r#"{"resource": "Users", "operation": "Install Firmware", "phone": {}}"#;
    let mail = r#"{"resource": "Users", "operation": "Update User", "Id": 5, "VMEmailOptions": "EmailToExtrasOnly"}"#;
    let decided = r#"{"resource": "Users", "operation": "={{ 'Install Firmware' }}"}"#;
    let mut told_errors = Vec::new();
    for (version, others, first, sent) in [
        (
            Some("20.0.7"),
            vec![node("Install", "", install), node("Mail", "", mail)],
            delete,
            "",
        ),
        (
            Some("20.0.7"),
            vec![node("Install", r#", "disabled": true"#, install)],
            delete,
            "DELETE /xapi/v1/Users(5)",
        ),
        (
            Some("20.0.7"),
            vec![node("Decided", "", decided)],
            delete,
            "DELETE /xapi/v1/Users(5)",
        ),
        (
            Some("20.0.10"),
            vec![node("Install", "", install)],
            delete,
            "DELETE /xapi/v1/Users(5)",
        ),
        (
            None,
            vec![node("Install", "", install)],
            delete,
            "DELETE /xapi/v1/Users(5)",
        ),
        (
            Some("20.0.7"),
            vec![node("Install", "", install)],
            r#"{"resource": "Users", "operation": "Get User", "Id": 5}"#,
            "GET /xapi/v1/Users(5)",
        ),
    ] {
        let mut world = World::calm();
        if let Some(version) = version {
            world.credential.insert("version", version);
        }
        world.other_nodes = others;
        told_errors.extend(world.run(first, &["{}"]).await.err().map(|error| told(&error)));
        assert_eq!(world.sent(), sent);
    }
    insta::assert_snapshot!(told_errors.join("\n"));
}

#[tokio::test]
async fn n8ns_request_options_are_heeded() {
    let world = World::calm();
    let parameters = r#"{"resource": "Groups", "operation": "List Group",
        "requestOptions": {"timeout": 1500, "allowUnauthorizedCerts": true, "proxy": "http://proxy.example:3128"}}"#;
    world.run(parameters, &["{}"]).await.expect("items");
    let requests = world.http.requests.lock().expect("lock");
    assert_eq!(requests[0].timeout, Some(std::time::Duration::from_millis(1500)));
    assert!(!requests[0].options.verify_tls);
    assert_eq!(requests[0].options.proxy.as_deref(), Some("http://proxy.example:3128"));
}

#[tokio::test]
async fn an_update_that_sets_nothing_is_refused_before_anything_is_sent() {
    let world = World::calm();
    let named = r#"{"resource": "Users", "operation": "Update User", "Id": 5, "FirstName": "={{ $json.name }}"}"#;
    let error = world
        .run(named, &[r#"{"name": "A"}"#, "{}"])
        .await
        .expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0481 `Update User` sets no field: it would change nothing
      item: 1
      hint: set a field, or remove the node
      hint: if expressions set them: do the fields that they read exist in the item?
    ");
    assert_eq!(world.sent(), "");
    let rows = [
        (r#"{"name": "A"}"#, "PATCH /xapi/v1/Users(5)\n{\"FirstName\":\"A\"}"),
        // Nothing is a value as well: the field is emptied.
        (r#"{"name": null}"#, "PATCH /xapi/v1/Users(5)\n{\"FirstName\":null}"),
    ];
    for (item, sent) in rows {
        let world = World::calm();
        world.run(named, &[item]).await.expect("items");
        assert_eq!(world.sent(), sent);
    }
}

#[test]
fn a_workflow_is_checked_before_it_runs() {
    let rows = [
        r#"{"resource": "Uzers", "operation": "List Groups"}"#,
        r#"{"resource": "Users", "operation": "List Gruops", "Id": 5}"#,
        r#"{"resource": "Groups", "operation": "Update User", "Id": 5}"#,
        r#"{"resource": "Users", "operation": "Delete User"}"#,
        r#"{"resource": "Users", "operation": "Delete User", "Id": "five", "IfMatch": "x"}"#,
        r#"{"resource": "Users", "operation": "Delete User", "Id": "={{ $json.id }}"}"#,
        r#"{"resource": "Users", "operation": "List User", "options": {"$top": "ten"}}"#,
        r#"{"resource": "Users", "operation": "Update User", "Id": 5, "Fistname": "x"}"#,
        r#"{"resource": "Users", "operation": "Update User", "Id": 5}"#,
        r#"{"resource": "Users", "operation": "Update User", "Id": 5, "FirstName": "={{ $json.name }}"}"#,
        r#"{"resource": "Service Principals", "operation": "Update Service Principal", "Id": 1,
            "TranscriptionMode": "Recording", "Groups": "[{\"Id\": 1"}"#,
        r#"{"resource": "={{ $json.resource }}", "operation": "List Groups"}"#,
    ];
    let checked: Vec<String> = rows.iter().map(|row| super::world::checked(row)).collect();
    insta::assert_snapshot!(checked.join("\n"));
}

/// A world in which the run is cancelled while the user with id 5 is asked for.
fn cancelled_at_the_fifth(reply: impl Fn() -> Reply + Send + Sync + 'static) -> World {
    let cancellation = CancellationToken::new();
    let mut world = World::new({
        let cancellation = cancellation.clone();
        move |request| {
            if request.url.contains("(5)") {
                cancellation.cancel();
            }
            reply()
        }
    });
    world.cancellation = cancellation;
    world
}

#[tokio::test]
async fn a_cancelled_node_stops_in_the_middle() {
    let world = cancelled_at_the_fifth(|| Reply::json(200, "{}"));
    let items: Vec<String> = (0..1000).map(|id| format!("{{\"id\": {id}}}")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}"}"#;
    let error = world.run(parameters, &items).await.expect_err("an error");
    assert!(error.is_cancelled());
    assert!(world.http.requests.lock().expect("lock").len() < 30);
}

#[tokio::test]
async fn a_run_that_ends_amid_writes_tells_which_were_sent() {
    let world = cancelled_at_the_fifth(|| Reply::json(204, ""));
    let items: Vec<String> = (0..100).map(|id| format!("{{\"id\": {id}}}")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let parameters = r#"{"resource": "Users", "operation": "Update User", "Id": "={{ $json.id }}", "Enabled": true}"#;
    let error = world.run(parameters, &items).await.expect_err("an error");
    assert!(error.is_cancelled());
    let hints: Vec<&str> = error.error.hints.iter().map(patchbay_model::Text::as_str).collect();
    let [written, unknown] = hints.as_slice() else {
        panic!("{hints:?}")
    };
    let sent = world.http.take_requests().len();
    let told = written.split(' ').next().and_then(|count| count.parse::<usize>().ok());
    assert!(
        told.is_some_and(|told| told > 0 && told <= sent && sent < 30),
        "{written}"
    );
    assert!(
        written.contains("of 100 items were written before it stopped, and stay so: items 0"),
        "{written}"
    );
    assert_eq!(
        *unknown,
        "a write was under way, and nobody knows whether it was done: look before you run it again"
    );
}

#[tokio::test]
async fn n8ns_batches_leave_the_service_alone_between_them() {
    let world = World::calm();
    let parameters = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}",
        "requestOptions": {"batching": {"batch": {"batchSize": 2, "batchInterval": 300}}}}"#;
    let items: Vec<String> = (0..5).map(|id| format!("{{\"id\": {id}}}")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let outputs = world.run(parameters, &items).await.expect("items");
    let paired = outputs
        .iter()
        .filter_map(|output| output.paired.pairs().first().map(|pair| pair.item));
    assert_eq!(paired.collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(world.http.most_at_once.load(Ordering::SeqCst), 2);
    assert_eq!(world.now(), 600.0);
}
