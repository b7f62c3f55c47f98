//! What was kept can be used again: after a crash, for another try, when the disk is full.

use std::path::Path;

use serde_json::{Value, json};

use crate::api::{KEY, served};
use crate::server::{Server, code, node, webhook, workflow};

/// All executions of a workflow with their data, the newest first.
pub async fn executions(server: &Server, workflow: &str) -> Vec<Value> {
    let path = format!("/executions?includeData=true&limit=250&workflowId={workflow}");
    let (status, page) = server.api("GET", &path, None).await;
    assert_eq!(status, 200, "{page}");
    page["data"].as_array().expect("a list").clone()
}

/// Waits until all executions of a workflow have this status; gives them.
pub async fn all_are(server: &Server, workflow: &str, status: &str) -> Vec<Value> {
    for _ in 0..1_500 {
        let all = executions(server, workflow).await;
        if all.iter().all(|execution| execution["status"] == status) {
            return all;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("not all are {status}: {:?}", executions(server, workflow).await);
}

#[tokio::test]
async fn what_nests_too_deep_is_refused_and_what_nodes_nest_goes_on() {
    let hook = |path: &str| webhook(&json!({"path": path, "httpMethod": "POST"}));
    let rest = node("Rest", "wait", 1.1, &json!({"resume": "webhook", "httpMethod": "POST"}));
    let deep = "let o = 1; for (let i = 0; i < 2_000; i++) o = {a: o}; return [{json: {o}}]";
    let depth = code(
        "Depth",
        "let d = 0; for (let o = $('Make').first().json.o; o.a; o = o.a) d++; return [{json: {d}}]",
    );
    let plain = "return [{json: {o: 1}}]";
    let flow = |id: &str, script: &str| workflow(id, &[hook(id), code("Make", script), rest.clone(), depth.clone()]);
    let mut server = served(&[flow("deep", deep), flow("plain", plain)]);
    let body = |depth: usize| {
        let text = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
        serde_json::value::RawValue::from_string(text)
            .expect("JSON")
            .to_string()
    };
    for (depth, status) in [(90, 200), (120, 422), (1_000, 422)] {
        let request = server.request("POST", "/webhook/plain");
        let request = request.header("content-type", "application/json").body(body(depth));
        let answer = server.answer(request).await;
        assert_eq!(answer.status, status, "{depth}: {}", answer.text);
    }
    assert_eq!(server.post("/webhook/deep", &json!({})).await.status, 200);
    for id in ["plain", "deep"] {
        all_are(&server, id, "waiting").await;
    }
    server.kill();
    server.start();
    for (id, depth) in [("plain", 0), ("deep", 2_000)] {
        for execution in executions(&server, id).await {
            let number = execution["id"].as_str().expect("an id");
            server.post(&format!("/webhook-waiting/{number}"), &json!({})).await;
        }
        let ended = all_are(&server, id, "success").await;
        let found = &ended[0]["data"]["resultData"]["runData"]["Depth"][0]["data"]["main"][0][0]["json"]["d"];
        assert_eq!(*found, depth, "{id}");
    }
}

#[tokio::test]
async fn another_try_has_the_files_of_the_one_before() {
    let hook = webhook(&json!({"path": "p", "httpMethod": "POST", "options": {"rawBody": true}}));
    let stops = node("Last", "stopAndError", 1.0, &json!({"errorMessage": "as it should"}));
    let reads = node(
        "Last",
        "extractFromFile",
        1.0,
        &json!({"operation": "text", "binaryPropertyName": "data", "destinationKey": "text"}),
    );
    let server = served(&[workflow("w", &[hook.clone(), stops])]);
    let size = 2 << 20;
    let request = server
        .request("POST", "/webhook/p")
        .header("content-type", "text/plain");
    assert_eq!(server.answer(request.body("x".repeat(size))).await.status, 200);
    let failed = all_are(&server, "w", "error").await;
    let id = failed[0]["id"].as_str().expect("an id").to_owned();
    let (status, again) = server
        .api("POST", &format!("/executions/{id}/retry"), Some(&json!({})))
        .await;
    assert_eq!((status, &again["status"]), (200, &json!("error")));
    assert_eq!(server.api("DELETE", &format!("/executions/{id}"), None).await.0, 200);
    assert!(!server.folder.path().join("data/files").join(&id).exists());
    server.put(&workflow("w", &[hook, reads]));
    let again = again["id"].as_str().expect("an id").to_owned();
    for _ in 0..100 {
        let (status, last) = server
            .api(
                "POST",
                &format!("/executions/{again}/retry"),
                Some(&json!({"loadWorkflow": true})),
            )
            .await;
        assert_eq!(status, 200, "{last}");
        if last["status"] == "success" {
            let item = &last["data"]["resultData"]["runData"]["Last"][0]["data"]["main"][0][0]["json"];
            assert_eq!(item["text"].as_str().map(str::len), Some(size));
            return;
        }
        // The changed file is not picked up yet.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never read its file");
}

#[tokio::test]
async fn a_key_holds_after_a_crash() {
    let parameters = json!({"path": "p", "patchbay": {"concurrencyKey": "one"}});
    let rest = node("Rest", "wait", 1.1, &json!({"amount": 0.4, "unit": "seconds"}));
    let mut server = served(&[workflow("w", &[webhook(&parameters), rest])]);
    for _ in 0..3 {
        assert_eq!(server.get("/webhook/p").await.status, 200);
    }
    server.kill();
    server.start();
    let ended = all_are(&server, "w", "success").await;
    let mut rests: Vec<(i64, i64)> = ended
        .iter()
        .map(|execution| {
            let run = &execution["data"]["resultData"]["runData"]["Rest"][0];
            let number = |name: &str| run[name].as_i64().expect("whole milliseconds");
            (number("startTime"), number("startTime") + number("executionTime"))
        })
        .collect();
    rests.sort_unstable();
    assert_eq!(rests.len(), 3);
    assert!(rests.is_sorted_by(|one, next| one.1 <= next.0 + 5), "{rests:?}");
}

/// A server whose disk is full, and how many requests it accepted before.
async fn on_a_full_disk() -> (Server, usize) {
    let hook = webhook(&json!({"path": "p", "httpMethod": "POST"}));
    let mut server = Server::new(&[]);
    server.set("PATCHBAY_API_KEY", KEY);
    server.put(&workflow("w", &[hook, code("Code", "return [{json: {}}]")]));
    server.limit_files(Some(2_000));
    server.start();
    let body = json!({"text": "x".repeat(50_000)});
    let mut accepted = 0;
    let refused = loop {
        let answer = server.post("/webhook/p", &body).await;
        if answer.status != 200 {
            break answer;
        }
        accepted += 1;
        assert!(accepted < 200, "the disk is never full");
    };
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, "1"),
        "{}",
        refused.text
    );
    server.until("/readyz", |answer| answer.status == 503).await;
    assert_eq!(server.get("/healthz").await.status, 200);
    assert!(accepted > 5, "only {accepted} were accepted");
    (server, accepted)
}

#[tokio::test]
async fn on_a_full_disk_what_was_accepted_is_kept_and_the_rest_refused() {
    let (mut server, accepted) = on_a_full_disk().await;
    server.kill();
    server.limit_files(None);
    server.start();
    assert_eq!(server.get("/readyz").await.status, 200);
    let ended = all_are(&server, "w", "success").await;
    assert_eq!(ended.len(), accepted);
    assert!(!server.heard().contains("panicked"), "{}", server.heard());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn how_executions_ended_on_a_full_disk_is_written_when_there_is_room_again() {
    let (server, accepted) = on_a_full_disk().await;
    server.lift_limit();
    let ended = all_are(&server, "w", "success").await;
    assert_eq!(ended.len(), accepted);
}

#[tokio::test]
async fn no_second_server_takes_up_what_the_first_has_at_work() {
    let mut server = Server::with(&[], &[]);
    let second = || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_patchbay"))
            .args(["serve", "--port", "0", "--workflows", "workflows", "--data", "data"])
            .env_clear()
            .current_dir(server.folder.path())
            .output()
            .expect("patchbay runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, told) = second();
    assert!(
        code == Some(1) && told.contains("E1108") && told.contains(", process "),
        "{code:?} {told}"
    );
    // A lock that a crash leaves behind is none.
    server.kill();
    server.start();
    assert_eq!(server.get("/readyz").await.status, 200);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_what_is_kept() {
    use std::os::unix::fs::PermissionsExt;

    let hook = webhook(&json!({"path": "p", "httpMethod": "POST", "options": {"rawBody": true}}));
    let server = Server::with(&[workflow("w", &[hook])], &[]);
    let request = server
        .request("POST", "/webhook/p")
        .header("content-type", "text/plain");
    assert_eq!(server.answer(request.body("x".repeat(2 << 20))).await.status, 200);
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    let data = server.folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for entry in std::fs::read_dir(&data).expect("a folder") {
        let path = entry.expect("an entry").path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
}

#[tokio::test]
async fn what_was_kept_begins_though_its_caller_has_gone() {
    let server = served(&[workflow(
        "w",
        &[webhook(&json!({"path": "p"})), code("Code", "return []")],
    )]);
    assert_eq!(server.get("/webhook/p").await.status, 200);
    let store = rusqlite::Connection::open(server.folder.path().join("data/patchbay.sqlite")).expect("opened");
    store.execute_batch("BEGIN IMMEDIATE").expect("held");
    let moment = std::time::Duration::from_millis(300);
    let gone = server.request("GET", "/webhook/p").timeout(moment).send().await;
    assert!(gone.is_err(), "it was answered although it can not be kept");
    store.execute_batch("COMMIT").expect("free again");
    let all = all_are(&server, "w", "success").await;
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn executions_at_once_keep_what_each_changed_of_the_static_data() {
    let answers = |path: &str| webhook(&json!({"path": path, "responseMode": "lastNode"}));
    let mut all = workflow(
        "w",
        &[
            answers("slow"),
            code(
                "Slow",
                "const s = $getWorkflowStaticData('global'); \
                 await this.helpers.httpRequest({url: $json.headers['x-other']}); \
                 s.slow = 1; delete s.old; return [{json: {}}]",
            ),
        ],
    );
    let mut connections = all["connections"].clone();
    let nodes = all["nodes"].as_array_mut().expect("nodes");
    let others = [
        (
            "fast",
            "Object.assign($getWorkflowStaticData('global'), {fast: 1, old: 1})",
        ),
        ("look", "let seen = $getWorkflowStaticData('global')"),
        ("give", "let given = {...$getWorkflowStaticData('global')}"),
    ];
    for (path, script) in others {
        let mut hook = answers(path);
        hook["name"] = json!(format!("On {path}"));
        connections[format!("On {path}")] = json!({"main": [[{"node": path, "type": "main", "index": 0}]]});
        let returned = if path == "give" { "given" } else { "{}" };
        nodes.extend([hook, code(path, &format!("{script}; return [{{json: {returned}}}]"))]);
    }
    all["connections"] = connections;
    let server = Server::with(&[all], &[]);
    // Each of `fast` and `look` begins and ends while `slow` is at work.
    for other in ["fast", "look", "fast"] {
        let url = format!("{}/webhook/{other}", server.url);
        let request = server.request("GET", "/webhook/slow").header("x-other", url);
        assert_eq!(server.answer(request).await.status, 200);
    }
    assert_eq!(
        server.get("/webhook/give").await.json(),
        json!({"fast": 1, "old": 1, "slow": 1})
    );
}

#[tokio::test]
async fn files_go_that_nothing_belongs_to() {
    let hook = webhook(&json!({"path": "p", "httpMethod": "POST"}));
    let mut forgotten = workflow("w", &[hook, node("End", "noOp", 1.0, &json!({}))]);
    forgotten["settings"]["saveDataSuccessExecution"] = json!("none");
    let mut kept = forgotten.clone();
    kept["id"] = json!("kept");
    kept["nodes"][0]["parameters"]["path"] = json!("kept");
    kept["settings"] = json!({});
    let mut server = served(&[forgotten, kept]);
    for path in ["p", "p", "kept"] {
        let request = server.request("POST", &format!("/webhook/{path}"));
        let request = request.header("content-type", "application/octet-stream");
        assert_eq!(server.answer(request.body("x".repeat(2 << 20))).await.status, 200);
    }
    all_are(&server, "kept", "success").await;
    while server.api("GET", "/executions", None).await.1["data"]
        .as_array()
        .map(Vec::len)
        != Some(1)
    {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    server.end().await;
    let folder = |id: usize| server.folder.path().join("data/files").join(id.to_string());
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    for id in [1, 3] {
        let folder = std::fs::File::open(folder(id)).expect("a folder");
        folder.set_modified(long_ago).expect("made older");
    }
    let [old, young, kept] = [1, 2, 3].map(folder);
    server.start();
    while old.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(young.exists() && kept.exists());
}
