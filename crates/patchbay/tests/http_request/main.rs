//! HTTP Request against a real server, by the whole program: what arrives there, and what becomes of the answers.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/served.rs"]
mod served;

mod authentication;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Redirect;
use axum::routing::{any, get};
use axum::{Json, Router};
use common::Patchbay;
use serde_json::{Value, json};
use served::Served;

/// The service that the workflows ask.
struct Server(Served);

impl Server {
    fn start() -> Self {
        Self(Served::start(routes()))
    }

    /// Runs a workflow of a start and this node; `{HOST}` in the parameters is the server.
    fn run(&self, node: &Value, input: &Value) -> (i32, Value, String) {
        let mut http =
            json!({"name": "H", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2, "position": [200, 0]});
        for (key, value) in node.as_object().expect("an object") {
            http[key] = value.clone();
        }
        let workflow = json!({
            "name": "test",
            "nodes": [
                {"name": "S", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {}},
                http,
            ],
            "connections": {"S": {"main": [[{"node": "H", "type": "main", "index": 0}]]}},
            "settings": {"executionOrder": "v1"},
        });
        let patchbay = Patchbay::new();
        let text = workflow
            .to_string()
            .replace("{HOST}", &format!("http://{}", self.0.address));
        patchbay.file("workflow.json", &text);
        patchbay.file("input.json", &input.to_string());
        let credentials = authentication::CREDENTIALS.replace("{HOST}", &format!("http://{}", self.0.address));
        patchbay.file("credentials.toml", &credentials);
        let mut arguments = vec!["run", "workflow.json", "--input", "input.json", "--output", "run-data"];
        arguments.extend(["--credentials", "credentials.toml"]);
        let answer = patchbay.run(&arguments);
        let found = serde_json::from_str(&answer.stdout).unwrap_or_default();
        (answer.code, found, answer.stderr)
    }

    /// The items of the node's first output.
    fn items(&self, parameters: &Value, input: &Value) -> Vec<Value> {
        let (code, found, stderr) = self.run(&json!({"parameters": parameters}), input);
        assert_eq!(code, 0, "{stderr}");
        let items = found["nodes"]["H"][0]["outputs"][0].as_array();
        items.unwrap_or_else(|| panic!("no items: {found}")).clone()
    }
}

fn routes() -> Router {
    Router::new()
        .merge(authentication::routes())
        .route("/echo", any(echo))
        .route(
            "/missing",
            any(|| async { (StatusCode::NOT_FOUND, Json(json!({"message": "gone"}))) }),
        )
        .route("/circle", get(|| async { Redirect::to("/circle") }))
        .route(
            "/feed",
            get(|| async { ([("content-type", "application/rss+xml")], FEED) }),
        )
        .route("/graphql", any(graphql))
        .route("/moved", get(|| async { Redirect::to("/echo") }))
        .route("/page", get(page))
        .route(
            "/large",
            get(|| async { ([("content-type", "application/zip")], vec![7; 3 << 20]) }),
        )
}

async fn echo(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    Json(json!({
        "line": format!("{method} {uri}"),
        "type": header("content-type"),
        "length": header("content-length"),
        "key": header("x-key"),
        "body": String::from_utf8_lossy(&body),
    }))
}

async fn page(Query(query): Query<std::collections::HashMap<String, usize>>) -> Json<Value> {
    let number = query.get("n").copied().unwrap_or_default();
    Json(json!({"n": number, "next": (number < 2).then(|| format!("/page?n={}", number + 1))}))
}

#[test]
fn each_item_sends_its_own_request() {
    let server = Server::start();
    let parameters = json!({
        "method": "POST",
        "url": "={HOST}/echo?i={{ $itemIndex }}",
        "sendHeaders": true,
        "headerParameters": {"parameters": [{"name": "X-Key", "value": "={{ $json.key }}"}]},
        "sendBody": true,
        "specifyBody": "json",
        "jsonBody": "={{ $json }}",
    });
    let items = server.items(&parameters, &json!([{"key": "a"}, {"key": "b"}]));
    let expected = |index: usize, key: &str| {
        let body = format!(r#"{{"key":"{key}"}}"#);
        json!({
            "line": format!("POST /echo?i={index}"),
            "type": "application/json",
            "length": body.len().to_string(),
            "key": key,
            "body": body,
        })
    };
    for (index, key) in [(0, "a"), (1, "b")] {
        assert_eq!(items[index]["json"], expected(index, key));
        assert_eq!(items[index]["pairedItem"], json!({"item": index}));
    }
}

#[test]
fn redirects_are_followed_unless_they_are_not_to_be() {
    let server = Server::start();
    let items = server.items(&json!({"url": "{HOST}/moved"}), &json!([{}]));
    assert_eq!(items[0]["json"]["line"], "GET /echo");
    let options = json!({"redirect": {"redirect": {"followRedirects": false}}});
    let (code, _, stderr) = server.run(
        &json!({"parameters": {"url": "{HOST}/moved", "options": options}}),
        &json!([{}]),
    );
    assert_ne!(code, 0);
    assert!(stderr.contains("303 - "), "{stderr}");
    let options = json!({"redirect": {"redirect": {"maxRedirects": 3}}});
    let (code, _, stderr) = server.run(
        &json!({"parameters": {"url": "{HOST}/circle", "options": options}}),
        &json!([{}]),
    );
    assert_ne!(code, 0);
    assert!(stderr.contains("Maximum number of redirects exceeded"), "{stderr}");
}

const FEED: &str = r#"<?xml version="1.0"?>
<rss version="2.0"><channel><title>News</title><link>http://news.example</link><description>All</description>
<item><title>One</title><link>http://news.example/1</link><pubDate>Wed, 04 Mar 2026 05:06:07 GMT</pubDate>
<description>The &lt;b&gt;first&lt;/b&gt;</description><guid>1</guid></item>
<item><title>Two</title><link>http://news.example/2</link></item></channel></rss>"#;

/// As n8n reads the same feed.
#[test]
fn a_feed_becomes_items() {
    let server = Server::start();
    for version in [1.0, 1.1, 1.2] {
        let node = json!({"type": "n8n-nodes-base.rssFeedRead", "typeVersion": version,
                          "parameters": {"url": "{HOST}/feed"}});
        let (code, found, stderr) = server.run(&node, &json!([{}]));
        assert_eq!(code, 0, "{stderr}");
        let items = found["nodes"]["H"][0]["outputs"][0].as_array().cloned();
        let items: Vec<_> = items
            .unwrap_or_default()
            .into_iter()
            .map(|item| item["json"].clone())
            .collect();
        let first = json!({
            "title": "One", "link": "http://news.example/1", "pubDate": "Wed, 04 Mar 2026 05:06:07 GMT",
            "content": "The <b>first</b>", "contentSnippet": "The first", "guid": "1",
            "isoDate": "2026-03-04T05:06:07.000Z",
        });
        assert_eq!(
            items,
            [first, json!({"title": "Two", "link": "http://news.example/2"})],
            "{version}"
        );
    }
}

/// Answers with what it was sent.
async fn graphql(method: Method, uri: Uri, headers: HeaderMap, body: String) -> Json<Value> {
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
    Json(json!({"data": {"line": format!("{method} {uri}"), "type": content_type, "body": body}}))
}

/// As n8n sends the same.
#[test]
fn a_query_is_sent_as_it_is_or_in_json() {
    let server = Server::start();
    let in_json = r#"{"query":"{ a }","variables":{"x":1},"operationName":"Q"}"#;
    for (version, format, line, content_type, body) in [
        (1.0, None, "POST /graphql", "application/graphql", "{ a }"),
        (1.1, None, "POST /graphql", "application/json", in_json),
        (1.1, Some("graphql"), "POST /graphql", "application/graphql", "{ a }"),
        (1.0, Some("json"), "POST /graphql", "application/json", in_json),
    ] {
        let mut parameters = json!({"endpoint": "{HOST}/graphql", "query": "{ a }", "variables": "{\"x\": 1}",
                                    "operationName": "Q"});
        if let Some(format) = format {
            parameters["requestFormat"] = format.into();
        }
        let node = json!({"type": "n8n-nodes-base.graphql", "typeVersion": version, "parameters": parameters});
        let (code, found, stderr) = server.run(&node, &json!([{}]));
        assert_eq!(code, 0, "{stderr}");
        let sent = &found["nodes"]["H"][0]["outputs"][0][0]["json"]["data"];
        assert_eq!(
            *sent,
            json!({"line": line, "type": content_type, "body": body}),
            "{version} {format:?}"
        );
    }
}

#[test]
fn pages_follow_the_answers() {
    let server = Server::start();
    let pagination = json!({
        "paginationMode": "responseContainsNextURL",
        "nextURL": "={{ $response.body?.next ? '{HOST}' + $response.body.next : undefined }}",
        "paginationCompleteWhen": "other",
        "completeExpression": "={{ !$response.body.next }}",
    });
    let options = json!({"pagination": {"pagination": pagination}});
    let items = server.items(&json!({"url": "{HOST}/page", "options": options}), &json!([{}]));
    let numbers: Vec<_> = items.iter().map(|item| item["json"]["n"].as_u64()).collect();
    assert_eq!(numbers, [Some(0), Some(1), Some(2)]);
}

#[test]
fn failures_are_told_in_n8ns_words() {
    let server = Server::start();
    let (code, _, stderr) = server.run(&json!({"parameters": {"url": "{HOST}/missing"}}), &json!([{}]));
    assert_ne!(code, 0);
    assert!(
        stderr.contains("E0920") && stderr.contains("The resource you are requesting could not be found"),
        "{stderr}"
    );
    let node = json!({"parameters": {"url": "{HOST}/missing"}, "onError": "continueRegularOutput"});
    let (code, found, stderr) = server.run(&node, &json!([{}]));
    assert_eq!(code, 0, "{stderr}");
    let error = &found["nodes"]["H"][0]["outputs"][0][0]["json"]["error"];
    let expected = json!({
        "message": r#"404 - "{\"message\":\"gone\"}""#,
        "name": "AxiosError",
        "code": "ERR_BAD_REQUEST",
        "status": 404,
    });
    assert_eq!(*error, expected);
}

#[test]
fn files_come_and_go_as_files() {
    let server = Server::start();
    let items = server.items(&json!({"url": "{HOST}/large"}), &json!([{}]));
    let file = &items[0]["binary"]["data"];
    assert_eq!(
        (&file["mimeType"], &file["fileName"]),
        (&json!("application/zip"), &json!("large"))
    );
    assert_eq!(file["fileSize"], "3.15 MB");
}
