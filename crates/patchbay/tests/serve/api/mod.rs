//! `/api/v1`: n8n's public API, and what it lacks.

mod executions;
mod records;

use serde_json::{Value, json};

use crate::server::{Answer, Server, code, node, webhook, workflow};

/// The key of the API.
pub const KEY: &str = "a-key";

impl Server {
    /// Asks the API; gives the status and the JSON, `null` where there is none.
    pub async fn api(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = self.api_answer(method, path, body, Some(KEY)).await;
        let json = if answer.text.is_empty() {
            Value::Null
        } else {
            answer.json()
        };
        (answer.status, json)
    }

    async fn api_answer(&self, method: &str, path: &str, body: Option<&Value>, key: Option<&str>) -> Answer {
        let mut request = self.request(method, &format!("/api/v1{path}"));
        if let Some(key) = key {
            request = request.header("x-n8n-api-key", key);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.answer(request).await
    }
}

/// A server whose API has a key.
pub fn served(workflows: &[Value]) -> Server {
    let mut server = Server::new(&[]);
    server.set("PATCHBAY_API_KEY", KEY);
    for workflow in workflows {
        server.put(workflow);
    }
    server.start();
    server
}

/// What a client says of a workflow that it makes.
fn new_workflow(name: &str, path: &str) -> Value {
    let mut made = workflow(
        "x",
        &[
            webhook(&json!({"path": path, "responseMode": "lastNode"})),
            code("Code", "return [{json: {says: 'one'}}]"),
        ],
    );
    let fields = made.as_object_mut().expect("an object");
    fields.remove("id");
    fields.remove("active");
    fields["name"] = json!(name);
    made
}

/// A workflow that is started by hand only.
fn by_hand(id: &str, script: &str) -> Value {
    let mut made = workflow(
        id,
        &[node("Start", "manualTrigger", 1.0, &json!({})), code("Code", script)],
    );
    made["active"] = json!(false);
    made
}

#[tokio::test]
async fn only_who_has_a_key_is_let_in() {
    let server = served(&[]);
    for (key, status, message) in [
        (None, 401, "'X-N8N-API-KEY' header required"),
        (Some("another"), 401, "unauthorized"),
    ] {
        let answer = server.api_answer("GET", "/workflows", None, key).await;
        assert_eq!((answer.status, answer.json()), (status, json!({"message": message})));
    }
    assert_eq!(server.api("GET", "/workflows", None).await.0, 200);
    assert_eq!(
        server.api("GET", "/nothing", None).await,
        (404, json!({"message": "not found"}))
    );
    // As in n8n, a slash at the end does not matter, and a project that is not there has nothing.
    assert_eq!(server.api("GET", "/workflows/", None).await.0, 200);
    for list in ["workflows", "executions", "variables"] {
        let (status, answer) = server.api("GET", &format!("/{list}?projectId=x"), None).await;
        assert_eq!(
            (status, answer),
            (200, json!({"data": [], "nextCursor": null})),
            "{list}"
        );
    }
    let wrong = json!({"message": "PATCH method not allowed"});
    assert_eq!(server.api("PATCH", "/workflows", None).await, (405, wrong));
    let description = server.get("/api/v1/openapi.yml").await;
    assert!(description.status == 200 && description.text.starts_with("openapi: 3.1.0"));
}

#[tokio::test]
async fn a_key_is_made_and_only_its_hash_is_kept() {
    let mut server = Server::with(&[], &[]);
    let key = server.told.split("told this once: ").nth(1).expect("a key");
    let key = key.split_whitespace().next().expect("a key").to_owned();
    let status = async |server: &Server| server.api_answer("GET", "/tags", None, Some(&key)).await.status;
    assert_eq!(status(&server).await, 200);
    server.kill();
    for file in ["patchbay.sqlite", "patchbay.sqlite-wal"] {
        let bytes = std::fs::read(server.folder.path().join("data").join(file)).unwrap_or_default();
        assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "{file}");
    }
    server.start();
    assert!(!server.told.contains("told this once"), "{}", server.told);
    assert_eq!(status(&server).await, 200);
}

#[tokio::test]
async fn workflows_are_made_changed_and_removed_as_files() {
    let server = served(&[]);
    let (status, made) = server
        .api("POST", "/workflows", Some(&new_workflow("../My Flow", "p")))
        .await;
    assert_eq!(
        (status, &made["active"], &made["tags"]),
        (200, &json!(false), &json!([])),
        "{made}"
    );
    let id = made["id"].as_str().expect("an id");
    assert_eq!(id.len(), 16);
    let file = server.file("my-flow.json");
    let kept: Value = serde_json::from_slice(&std::fs::read(&file).expect("the file")).expect("JSON");
    assert_eq!((&kept["id"], &kept["name"]), (&json!(id), &json!("../My Flow")));

    let path = format!("/workflows/{id}");
    assert_eq!(server.get("/webhook/p").await.status, 404);
    let (status, active) = server.api("POST", &format!("{path}/activate"), None).await;
    assert_eq!((status, &active["active"]), (200, &json!(true)));
    assert_eq!(server.get("/webhook/p").await.text, r#"{"says":"one"}"#);
    let mut changed = new_workflow("Renamed", "q");
    changed["nodes"][1]["parameters"]["jsCode"] = json!("return [{json: {says: 'two'}}]");
    let (status, renamed) = server.api("PUT", &path, Some(&changed)).await;
    assert_eq!(
        (status, &renamed["name"], &renamed["active"]),
        (200, &json!("Renamed"), &json!(true))
    );
    assert_eq!(server.get("/webhook/p").await.status, 404);
    assert_eq!(server.get("/webhook/q").await.text, r#"{"says":"two"}"#);
    assert_eq!(server.api("POST", &format!("{path}/deactivate"), None).await.0, 200);
    assert_eq!(server.get("/webhook/q").await.status, 404);
    let (status, gone) = server.api("DELETE", &path, None).await;
    assert_eq!((status, &gone["id"]), (200, &json!(id)));
    assert!(!file.exists());
    for (method, path) in [("GET", &path), ("DELETE", &path), ("POST", &format!("{path}/activate"))] {
        assert_eq!(
            server.api(method, path, None).await,
            (404, json!({"message": "Not Found"})),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_workflow_is_said_as_n8n_says_it() {
    let server = served(&[workflow("holder", &[webhook(&json!({"path": "taken"}))])]);
    let with = |field: &str, value: Value| {
        let mut made = new_workflow("n", "p");
        made[field] = value;
        made
    };
    for (body, message) in [
        (json!({"name": "x"}), "request/body must have required property 'nodes'"),
        (json!([]), "request/body must be object"),
        (with("active", json!(true)), "request/body/active is read-only"),
        (
            with("foo", json!(1)),
            "request/body must NOT have additional properties",
        ),
        (with("nodes", json!("a")), "request/body/nodes must be array"),
    ] {
        let answer = server.api("POST", "/workflows", Some(&body)).await;
        assert_eq!(answer, (400, json!({"message": message})), "{body}");
    }
    let id = |made: (u16, Value)| made.1["id"].as_str().expect("an id").to_owned();
    let taken = id(server
        .api("POST", "/workflows", Some(&new_workflow("taken", "taken")))
        .await);
    let (status, answer) = server.api("POST", &format!("/workflows/{taken}/activate"), None).await;
    let message = answer["message"].as_str().unwrap_or_default();
    assert!(
        status == 409 && message.contains("`taken`") && message.contains("`holder`"),
        "{message}"
    );
    let empty = json!({"name": "empty", "nodes": [], "connections": {}, "settings": {}});
    let empty = id(server.api("POST", "/workflows", Some(&empty)).await);
    let (status, answer) = server.api("POST", &format!("/workflows/{empty}/activate"), None).await;
    assert_eq!(status, 400);
    assert!(
        answer["message"]
            .as_str()
            .is_some_and(|text| text.contains("has no node to start the workflow"))
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let all: Vec<Value> = (0..5)
        .map(|number| by_hand(&format!("w{number}"), "return []"))
        .collect();
    let server = served(&all);
    let mut found = Vec::new();
    let mut path = "/workflows?limit=2".to_owned();
    loop {
        let (status, page) = server.api("GET", &path, None).await;
        assert_eq!(status, 200);
        let data = page["data"].as_array().expect("data");
        assert!(data.len() <= 2);
        found.extend(data.iter().map(|workflow| workflow["id"].clone()));
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/workflows?cursor={}", cursor.replace('=', "%3D").replace('+', "%2B")),
            None => break,
        }
    }
    assert_eq!(found, ["w0", "w1", "w2", "w3", "w4"]);
    for (query, message) in [
        ("limit=300", "request/query/limit must be <= 250"),
        ("limit=a", "request/query/limit must be number"),
        ("cursor=abc", "An invalid cursor was provided"),
        ("foo=1", "Unknown query parameter 'foo'"),
        ("active=1", "request/query/active must be boolean"),
    ] {
        let answer = server.api("GET", &format!("/workflows?{query}"), None).await;
        assert_eq!(answer, (400, json!({"message": message})), "{query}");
    }
    for (query, ids) in [
        ("active=true", json!([])),
        ("name=w3", json!(["w3"])),
        ("tags=none", json!([])),
    ] {
        let (_, page) = server.api("GET", &format!("/workflows?{query}"), None).await;
        let found: Vec<_> = page["data"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["id"].clone())
            .collect();
        assert_eq!(Value::from(found), ids, "{query}");
    }
}

#[tokio::test]
async fn workflows_are_run_by_id_and_by_name() {
    let mut named = by_hand("w", "return $input.all().map(item => ({json: {got: item.json}}))");
    named["name"] = json!("A name");
    let server = served(&[named]);
    for (path, body, got) in [
        ("/workflows/w/run", json!({"input": {"a": 1}}), json!([{"a": 1}])),
        (
            "/workflows/A%20name/run",
            json!({"input": [{"a": 1}, {"a": 2}]}),
            json!([{"a": 1}, {"a": 2}]),
        ),
        (
            "/workflows/w/run",
            json!({"input": [{"json": {"a": 3}}]}),
            json!([{"a": 3}]),
        ),
        ("/workflows/w/run", json!({}), json!([{}])),
    ] {
        let (status, ended) = server.api("POST", path, Some(&body)).await;
        assert_eq!((status, &ended["status"]), (200, &json!("success")), "{ended}");
        let items = ended["data"]["resultData"]["runData"]["Code"][0]["data"]["main"][0].as_array();
        let items: Vec<_> = items
            .expect("items")
            .iter()
            .map(|item| item["json"]["got"].clone())
            .collect();
        assert_eq!(Value::from(items), got, "{path} {body}");
    }
    let (status, begun) = server
        .api("POST", "/workflows/w/run", Some(&json!({"wait": false})))
        .await;
    assert_eq!(status, 202);
    let path = format!("/executions/{}", begun["id"].as_str().expect("an id"));
    let mut ended = server.api("GET", &path, None).await.1;
    while ended["status"] == "running" {
        ended = server.api("GET", &path, None).await.1;
    }
    assert_eq!(
        (&ended["status"], &ended["finished"]),
        (&json!("success"), &json!(true))
    );
    let once = json!({"once": "key"});
    assert_eq!(server.api("POST", "/workflows/w/run", Some(&once)).await.0, 200);
    assert_eq!(server.api("POST", "/workflows/w/run", Some(&once)).await.0, 409);
    for (path, body, status) in [
        ("/workflows/nope/run", json!({}), 404),
        ("/workflows/w/run", json!({"input": 1}), 400),
        ("/workflows/w/run", json!({"trigger": "nope"}), 400),
        ("/workflows/w/run", json!({"wait": "x"}), 400),
    ] {
        assert_eq!(server.api("POST", path, Some(&body)).await.0, status, "{path} {body}");
    }
}

#[tokio::test]
async fn where_webhooks_are_is_listed() {
    let first = workflow("first", &[webhook(&json!({"path": "p", "httpMethod": "POST"}))]);
    let open = workflow("open", &[webhook(&json!({"path": "/user/:name"}))]);
    let second = workflow("second", &[webhook(&json!({"path": "p", "httpMethod": "POST"}))]);
    let server = served(&[first, second, open]);
    let (status, listed) = server.api("GET", "/webhooks", None).await;
    assert_eq!(status, 200);
    let told = listed["data"].as_array().expect("a list").iter();
    let told: Vec<Value> = told
        .map(|hook| json!([hook["workflowId"], hook["methods"], hook["path"], hook["active"]]))
        .collect();
    let expected = [
        json!(["first", ["POST"], "p", true]),
        json!(["open", ["GET"], "hook-id/user/:name", true]),
        json!(["second", ["POST"], "p", false]),
    ];
    assert_eq!(told, expected);
    let url = listed["data"][0]["url"].as_str().expect("a URL");
    assert!(url.ends_with("/webhook/p"), "{url}");
}

#[tokio::test]
async fn a_name_that_two_workflows_have_runs_none() {
    let named = |id: &str| {
        let mut made = by_hand(id, "return []");
        made["name"] = json!("same");
        made
    };
    let server = served(&[named("a"), named("b")]);
    let (status, fault) = server.api("POST", "/workflows/same/run", Some(&json!({}))).await;
    assert_eq!(
        (status, &fault["message"]),
        (409, &json!("Several workflows have that name: a, b"))
    );
    for one in ["a", "b.json"] {
        let path = format!("/workflows/{one}/run");
        assert_eq!(server.api("POST", &path, Some(&json!({}))).await.0, 200);
    }
    let (_, before) = server.api("GET", "/workflows/a", None).await;
    server.api("POST", "/workflows/a/activate", None).await;
    let (_, after) = server.api("GET", "/workflows/a", None).await;
    assert_eq!(before["createdAt"], after["createdAt"]);
}

#[tokio::test]
async fn what_happens_is_streamed() {
    let server = served(&[by_hand("w", "return [{json: {}}]"), by_hand("other", "return []")]);
    let request = server
        .request("GET", "/api/v1/events?workflowId=w")
        .header("x-n8n-api-key", KEY);
    let mut stream = request.send().await.expect("an answer");
    server.api("POST", "/workflows/other/run", None).await;
    let (_, ended) = server.api("POST", "/workflows/w/run", None).await;
    let mut text = String::new();
    while !text.contains("execution.finished") || !text.ends_with("\n\n") {
        let chunk = stream.chunk().await.expect("a chunk").expect("more");
        text.push_str(&String::from_utf8_lossy(&chunk));
    }
    let kinds: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    let of_node = ["node.started", "node.finished"];
    assert_eq!(
        kinds,
        [&["execution.started"][..], &of_node, &of_node, &["execution.finished"]].concat()
    );
    let last = text
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("data: "))
        .expect("data");
    let last: Value = serde_json::from_str(last).expect("JSON");
    assert_eq!(
        (&last["executionId"], &last["status"]),
        (&ended["id"], &json!("success"))
    );
}
