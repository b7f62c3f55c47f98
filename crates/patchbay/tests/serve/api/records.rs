//! Tags, variables and credentials.

use serde_json::{Value, json};

use super::{KEY, by_hand, served};
use crate::server::{Server, node, webhook, workflow};

#[tokio::test]
async fn tags_are_in_the_workflows_files() {
    let server = served(&[by_hand("w", "return []")]);
    let (status, tag) = server.api("POST", "/tags", Some(&json!({"name": "one"}))).await;
    assert_eq!(status, 201);
    let id = tag["id"].as_str().expect("an id");
    let exists = (409, json!({"message": "Tag already exists"}));
    assert_eq!(server.api("POST", "/tags", Some(&json!({"name": "one"}))).await, exists);
    let (status, own) = server.api("PUT", "/workflows/w/tags", Some(&json!([{"id": id}]))).await;
    assert_eq!((status, &own[0]["name"]), (200, &json!("one")));
    let missing = server
        .api("PUT", "/workflows/w/tags", Some(&json!([{"id": "nope"}])))
        .await;
    assert_eq!(missing, (404, json!({"message": "Some tags not found"})));
    let in_file = || {
        let text = std::fs::read_to_string(server.file("w.json")).expect("the file");
        serde_json::from_str::<Value>(&text).expect("JSON")["tags"].clone()
    };
    assert_eq!(in_file()[0]["id"], id);
    let path = format!("/tags/{id}");
    assert_eq!(
        server.api("PUT", &path, Some(&json!({"name": "two"}))).await.1["name"],
        "two"
    );
    let (_, page) = server.api("GET", "/workflows?tags=two", None).await;
    assert_eq!(page["data"][0]["tags"][0]["name"], "two");
    assert_eq!(server.api("DELETE", &path, None).await.0, 200);
    assert_eq!(in_file(), json!([]));
    assert_eq!(server.api("GET", &path, None).await.0, 404);
    assert_eq!(server.api("GET", "/tags", None).await.1["data"], json!([]));
}

#[tokio::test]
async fn variables_are_seen_by_expressions() {
    let mut shows = by_hand("w", "return []");
    let assignment = json!({"id": "1", "name": "says", "value": "={{ $vars.greeting }}", "type": "string"});
    let parameters = json!({"assignments": {"assignments": [assignment]}, "options": {}});
    shows["nodes"][1] = node("Code", "set", 3.4, &parameters);
    let server = served(&[shows]);
    let says = async || {
        let ended = server.api("POST", "/workflows/w/run", None).await.1;
        ended["data"]["resultData"]["runData"]["Code"][0]["data"]["main"][0][0]["json"]["says"].clone()
    };
    let variable = json!({"key": "greeting", "value": "hello"});
    let (status, made) = server.api("POST", "/variables", Some(&variable)).await;
    assert_eq!(status, 201);
    assert_eq!(says().await, "hello");
    assert_eq!(server.api("POST", "/variables", Some(&variable)).await.0, 400);
    let path = format!("/variables/{}", made["id"].as_str().expect("an id"));
    let changed = json!({"key": "greeting", "value": "bye"});
    assert_eq!(server.api("PUT", &path, Some(&changed)).await.0, 204);
    assert_eq!(says().await, "bye");
    assert_eq!(server.api("GET", "/variables", None).await.1["data"][0]["value"], "bye");
    assert_eq!(server.api("DELETE", &path, None).await.0, 204);
    assert_eq!(server.api("DELETE", &path, None).await.0, 404);
}

#[tokio::test]
async fn credentials_are_kept_sealed_and_never_given() {
    let mut guarded = webhook(&json!({"path": "p", "authentication": "basicAuth"}));
    guarded["credentials"] = json!({"httpBasicAuth": {"id": null, "name": "mine"}});
    let mut server = served(&[workflow("w", &[guarded])]);
    let data = json!({"user": "ada", "password": "hunter2-hunter2"});
    let credential = json!({"name": "mine", "type": "httpBasicAuth", "data": data});
    let (status, made) = server.api("POST", "/credentials", Some(&credential)).await;
    assert_eq!((status, &made["name"]), (200, &json!("mine")));
    let asks = async |server: &Server, password: &str| {
        let request = server.request("GET", "/webhook/p").basic_auth("ada", Some(password));
        server.answer(request).await.status
    };
    assert_eq!(asks(&server, "wrong").await, 403);
    assert_eq!(asks(&server, "hunter2-hunter2").await, 200);
    server.kill();
    for file in ["patchbay.sqlite", "patchbay.sqlite-wal"] {
        let bytes = std::fs::read(server.folder.path().join("data").join(file)).unwrap_or_default();
        assert!(!bytes.windows(7).any(|part| part == b"hunter2"), "{file}");
    }
    server.start();
    assert_eq!(asks(&server, "hunter2-hunter2").await, 200);
    let answer = server.api_answer("GET", "/credentials", None, Some(KEY)).await;
    assert!(answer.text.contains("mine") && !answer.text.contains("hunter2"));
    let path = format!("/credentials/{}", made["id"].as_str().expect("an id"));
    let change = json!({"data": {"password": "another-one"}, "isPartialData": true});
    assert_eq!(server.api("PATCH", &path, Some(&change)).await.0, 200);
    assert_eq!(asks(&server, "another-one").await, 200);
    for (kind, data, status, told) in [
        ("httpBasicAuth", json!({"x": 1}), 400, "additional property \"x\""),
        (
            "httpBasicAuth",
            json!({"user": 1}),
            400,
            "data.user is not of a type(s) string",
        ),
        (
            "smtp",
            json!({"port": "25"}),
            400,
            "data.port is not of a type(s) number",
        ),
        ("threeCxOAuth2Api", json!({}), 400, "requires property"),
        ("nopeApi", json!({}), 400, "req.body.type is not a known type"),
        ("githubApi", json!({"server": "s", "accessToken": "t-t-t-t"}), 200, ""),
    ] {
        let credential = json!({"name": "x", "type": kind, "data": data});
        let answer = server.api("POST", "/credentials", Some(&credential)).await;
        let message = answer.1["message"].as_str().unwrap_or_default();
        assert!(
            answer.0 == status && message.contains(told),
            "{kind} {} {message}",
            answer.0
        );
    }
    assert_eq!(server.api("DELETE", &path, None).await.0, 200);
    assert_eq!(server.api("DELETE", &path, None).await.0, 404);
    let schema = server.api("GET", "/credentials/schema/threeCxOAuth2Api", None).await.1;
    assert_eq!(schema["properties"]["clientSecret"]["type"], "string");
    assert_eq!(server.api("GET", "/credentials/schema/nope", None).await.0, 404);
}
