//! One owner for each client's token.

use std::sync::atomic::Ordering;

use super::world::{Reply, World, told};

const LIST: &str = r#"{"resource": "Users", "operation": "List Groups", "Id": "={{ $json.id }}"}"#;

fn is_allowed(request: &patchbay_node::capability::http::Request, token: &str) -> bool {
    request
        .headers
        .iter()
        .any(|(name, value)| name == "Authorization" && value == token)
}

#[tokio::test]
async fn many_refused_requests_renew_the_token_once() {
    let world = World::new(|request| {
        let status = if is_allowed(request, "Bearer token-2") {
            200
        } else {
            401
        };
        Reply::json(status, "{}")
    });
    let items: Vec<String> = (0..30).map(|id| format!("{{\"id\": {id}}}")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    assert_eq!(world.run(LIST, &items).await.expect("items").len(), 30);
    assert_eq!(world.http.tokens.load(Ordering::SeqCst), 2);
    assert_eq!(world.by_token().get("Bearer token-2"), Some(&30));
}

#[tokio::test]
async fn a_request_is_repeated_once() {
    let world = World::new(|_| Reply::json(401, ""));
    let error = world.run(LIST, &[r#"{"id": 5}"#]).await.expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0431 Request failed with status code 401
      item: 0
      hint: check client id and client secret, and that the console's list of allowed IP addresses has this machine's
    ");
    assert_eq!(world.http.requests.lock().expect("lock").len(), 2);
}

#[tokio::test]
async fn a_token_lives_as_long_as_it_says() {
    let world = World::calm();
    for (minutes, tokens) in [(0.0, 1), (50.0, 1), (10.0, 2)] {
        world.pass_time(minutes * 60_000.0);
        world.run(LIST, &[r#"{"id": 5}"#]).await.expect("items");
        assert_eq!(
            world.http.tokens.load(Ordering::SeqCst),
            tokens,
            "after {minutes} minutes"
        );
    }
}

#[tokio::test]
async fn a_refused_client_is_told_without_its_secret() {
    let world = World::calm();
    let refusal = r#"{"error": "invalid_client", "error_description": "Client authentication failed"}"#;
    *world.http.token_reply.lock().expect("lock") = Some(Reply::json(400, refusal));
    let error = world.run(LIST, &[r#"{"id": 5}"#]).await.expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0512 The credential `PBX` was refused: client id or secret is wrong
      invalid_client: Client authentication failed
      hint: check client id and client secret of the credential, and that the client is allowed to use the API
    ");
    assert!(!format!("{error:?}").contains("hunter2"));
    assert_eq!(world.sent(), "");
}

#[tokio::test]
async fn a_token_is_asked_for_again_where_that_may_help() {
    for (status, wanted) in [(503, 3), (429, 3), (401, 1), (400, 1)] {
        let world = World::calm();
        *world.http.token_reply.lock().expect("lock") = Some(Reply::json(status, ""));
        world.run(LIST, &[r#"{"id": 5}"#]).await.expect_err("an error");
        assert_eq!(world.http.tokens.load(Ordering::SeqCst), wanted, "{status}");
    }
}
