//! Requests that are let in: tokens, digests and signatures.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::Server;

pub fn routes() -> Router {
    Router::new()
        .route("/token", post(token))
        .route("/refresh", post(refresh))
        .route("/renewed", get(renewed))
        .route("/guarded", get(guarded))
        .route("/signed", post(signed))
        .route("/challenged", get(challenged))
}

pub const CREDENTIALS: &str = r#"
[client]
type = "oAuth2Api"
grantType = "clientCredentials"
accessTokenUrl = "{HOST}/token"
clientId = "me"
clientSecret = "secret"
authentication = "body"

[zoom]
type = "zoomOAuth2Api"
accessTokenUrl = "{HOST}/refresh"
clientId = "me"
clientSecret = "secret"
oauthTokenData = { access_token = "expired", refresh_token = "R" }

[aws]
type = "aws"
region = "eu-west-1"
accessKeyId = "AKIDEXAMPLE"
secretAccessKey = "secret"
sessionToken = "session"

[digest]
type = "httpDigestAuth"
user = "Mufasa"
password = "Circle of Life"
"#;

/// Gives a token that differs from call to call; only the second is good, so that the first one must be renewed.
async fn token(body: String) -> Json<Value> {
    assert_eq!(body, "grant_type=client_credentials&client_id=me&client_secret=secret");
    let number = 1 + TOKENS.fetch_add(1, Ordering::Relaxed);
    Json(json!({"access_token": format!("T{number}")}))
}

static TOKENS: AtomicUsize = AtomicUsize::new(0);

async fn guarded(headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let token = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if token == "Bearer T2" {
        (StatusCode::OK, Json(json!({"token": token})))
    } else {
        (StatusCode::UNAUTHORIZED, Json(json!({"message": "expired"})))
    }
}

/// Gives a token for the token that renews it, to a client that tells itself in a header.
async fn refresh(headers: HeaderMap, body: String) -> Json<Value> {
    assert_eq!(headers["authorization"], "Basic bWU6c2VjcmV0");
    assert_eq!(body, "grant_type=refresh_token&refresh_token=R");
    Json(json!({"access_token": "renewed"}))
}

async fn renewed(headers: HeaderMap) -> (StatusCode, Json<Value>) {
    match headers["authorization"].as_bytes() {
        b"Bearer renewed" => (StatusCode::OK, Json(json!({"in": true}))),
        b"Bearer expired" => (StatusCode::UNAUTHORIZED, Json(json!({}))),
        _ => (StatusCode::FORBIDDEN, Json(json!({}))),
    }
}

#[test]
fn a_token_that_was_connected_in_n8n_is_renewed() {
    let server = Server::start();
    let parameters = json!({
        "url": "{HOST}/renewed",
        "authentication": "predefinedCredentialType",
        "nodeCredentialType": "zoomOAuth2Api",
    });
    assert_eq!(server.items(&parameters, &json!([{}]))[0]["json"], json!({"in": true}));
}

async fn challenged(headers: HeaderMap) -> (StatusCode, [(&'static str, &'static str); 1], Json<Value>) {
    let challenge = [("www-authenticate", "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"")];
    match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        Some(answer)
            if answer.starts_with("Digest username=\"Mufasa\", realm=\"r\", nonce=\"n\", uri=\"/challenged?x=1\"") =>
        {
            (StatusCode::OK, challenge, Json(json!({"in": true})))
        }
        _ => (StatusCode::UNAUTHORIZED, challenge, Json(json!({}))),
    }
}

#[test]
fn tokens_are_fetched_once_and_renewed_when_refused() {
    let server = Server::start();
    let parameters = json!({
        "url": "{HOST}/guarded",
        "authentication": "genericCredentialType",
        "genericAuthType": "oAuth2Api",
    });
    let items = server.items(&parameters, &json!([{}]));
    assert_eq!(items[0]["json"]["token"], "Bearer T2");
    assert_eq!(TOKENS.load(Ordering::Relaxed), 2);
}

#[test]
fn a_digest_answers_the_challenge() {
    let server = Server::start();
    let parameters = json!({
        "url": "{HOST}/challenged",
        "sendQuery": true,
        "queryParameters": {"parameters": [{"name": "x", "value": "1"}]},
        "authentication": "genericCredentialType",
        "genericAuthType": "httpDigestAuth",
    });
    assert_eq!(server.items(&parameters, &json!([{}]))[0]["json"], json!({"in": true}));
}

/// Lets in only what is signed, the session's token among the headers.
async fn signed(headers: HeaderMap, body: Bytes) -> (StatusCode, Json<Value>) {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let authorization = header("authorization");
    let good = &body[..] == b"{\"a\":1}"
        && header("x-amz-security-token") == "session"
        && header("x-amz-date").ends_with('Z')
        && authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        && authorization.contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=");
    let status = if good { StatusCode::OK } else { StatusCode::FORBIDDEN };
    (status, Json(json!({"in": good})))
}

#[test]
fn requests_are_signed_for_aws() {
    let server = Server::start();
    let parameters = json!({
        "method": "POST",
        "url": "{HOST}/signed",
        "sendBody": true,
        "specifyBody": "json",
        "jsonBody": "{\"a\": 1}",
        "authentication": "predefinedCredentialType",
        "nodeCredentialType": "aws",
    });
    assert_eq!(server.items(&parameters, &json!([{}]))[0]["json"], json!({"in": true}));
}
