//! What is sent, and in what order the outputs come.

use std::sync::atomic::Ordering;

use patchbay_model::workflow::OnError;

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
    "#);
    let error = world.run(parameters, &["{}"]).await.expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0412 `List Groups` wants `Id`, which is not set
      parameter: Id
      item: 0
      hint: set `Id` to an integer
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
    {"json":{"error":"Request failed with status code 404"},"pairedItem":{"item":1},"error":"Request failed with status code 404"}
    {"json":{"error":"`Id` wants an integer, not \"x\""},"pairedItem":{"item":2},"error":"`Id` wants an integer, not \"x\""}
    {"json":{},"pairedItem":{"item":3}}
    "#);
}
