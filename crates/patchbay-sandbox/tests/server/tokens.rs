//! Tokens, Bearer checks and roles.

use jiff::SignedDuration;
use patchbay_sandbox::Options;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{Client, TestClock};

#[tokio::test]
async fn a_token_is_asked_for_with_a_form_or_with_multipart() {
    let client = Client::start().await;
    let form = reqwest::multipart::Form::new()
        .text("client_id", client.sandbox.client_id().to_owned())
        .text("client_secret", client.sandbox.client_secret().to_owned())
        .text("grant_type", "client_credentials");
    let request = client
        .http
        .post(format!("{}/connect/token", client.sandbox.url()))
        .multipart(form);
    let body: Value = request.send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(
        (body["token_type"].as_str(), body["expires_in"].as_i64()),
        (Some("Bearer"), Some(60))
    );
    assert!(!client.token.is_empty());
}

#[tokio::test]
async fn the_hour_is_told_in_seconds_by_newer_versions() {
    let client = Client::with(Options {
        version: "20.0.9".parse().expect("a version of 3CX"),
        ..Options::default()
    })
    .await;
    let fields = [
        ("client_id", "900"),
        ("client_secret", client.sandbox.client_secret()),
        ("grant_type", "client_credentials"),
    ];
    let body: Value = client.ask_token(&fields).await.json().await.expect("JSON");
    assert_eq!(body["expires_in"], 3600);
}

#[tokio::test]
async fn a_wrong_secret_is_refused_as_oauth_says() {
    let client = Client::start().await;
    let response = client
        .ask_token(&[
            ("client_id", "900"),
            ("client_secret", "wrong"),
            ("grant_type", "client_credentials"),
        ])
        .await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(body["error"], "invalid_client");
    assert!(body["error_description"].is_string());
}

#[tokio::test]
async fn one_token_is_active_at_a_time_and_lives_an_hour() {
    let clock = TestClock::new();
    let mut client = Client::with(Options {
        clock: clock.clone(),
        ..Options::default()
    })
    .await;
    assert_eq!(client.get("/Defs?$select=Id").await.0, StatusCode::OK);
    let newer = client.token_of("900", client.sandbox.client_secret()).await;
    assert_eq!(client.get("/Defs?$select=Id").await.0, StatusCode::UNAUTHORIZED);
    client.token = newer;
    assert_eq!(client.get("/Defs?$select=Id").await.0, StatusCode::OK);
    clock.advance(SignedDuration::from_mins(60));
    assert_eq!(client.get("/Defs?$select=Id").await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_a_token_nothing_is_answered() {
    let client = Client::start().await;
    let response = client
        .http
        .get(format!("{}/xapi/v1/Users", client.sandbox.url()))
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().contains_key("www-authenticate"));
}

#[tokio::test]
async fn a_low_role_may_not_write_and_sees_nothing() {
    let mut client = Client::start().await;
    client.token = client.token_of("902", "sandbox-secret").await;
    assert_eq!(
        client.refusal(Method::DELETE, "/Users(1)", None).await,
        (403, "Forbidden".to_owned(), String::new())
    );
    assert_eq!(
        client.get("/ReportAuditLog/Pbx.GetAuditLogData()").await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(client.read("/Users").await["value"], serde_json::json!([]));
    assert_eq!(client.get("/Defs?$select=Id").await.0, StatusCode::OK);
    client.token = client.token_of("901", "sandbox-secret").await;
    assert_eq!(
        client.get("/ReportAuditLog/Pbx.GetAuditLogData()").await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        client.send(Method::DELETE, "/Users(1)", None).await.0,
        StatusCode::NO_CONTENT
    );
}
