//! What workflows and callers must not do, and what must never show.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::api::KEY;
use crate::server::{Server, code, node, webhook, workflow};

const SECRET: &str = "hunter2-is-a-secret";

/// A service that repeats the header `x-key` in an error, and sends others on to where `to` says.
async fn service(host: &str) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind((host, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let repeat = |headers: HeaderMap| async move {
        let key = headers
            .get("x-key")
            .and_then(|key| key.to_str().ok())
            .unwrap_or_default();
        (
            axum::http::StatusCode::BAD_REQUEST,
            format!("{{\"message\": \"bad key {key}\"}}"),
        )
    };
    let onward = |axum::extract::Query(query): axum::extract::Query<std::collections::HashMap<String, String>>| async move {
        Redirect::temporary(&query["to"])
    };
    let router = Router::new()
        .route("/repeat", any(repeat))
        .route("/onward", get(onward))
        .route("/", any(|| async { "{}" }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn last_node(path: &str) -> Value {
    webhook(&json!({"path": path, "httpMethod": "POST", "responseMode": "lastNode"}))
}

/// Asks for the URL that its caller names.
fn asks() -> Value {
    let request = json!({"url": "={{ $json.body.url }}", "options": {}});
    workflow("w", &[last_node("p"), node("Ask", "httpRequest", 4.2, &request)])
}

/// All that a folder holds.
fn contents(folder: &Path) -> Vec<u8> {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file());
    files
        .flat_map(|file| std::fs::read(file.path()).unwrap_or_default())
        .collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn private_addresses_are_asked_only_where_that_is_allowed() {
    let (barred, allowed) = (service("127.0.0.1").await, service("127.0.0.2").await);
    let port = barred.port();
    let server = Server::with(&[asks()], &["--bar-private-addresses", "--allow-address", "127.0.0.2"]);
    for (url, is_asked) in [
        (format!("http://{allowed}/"), true),
        (format!("http://{barred}/"), false),
        (format!("http://localhost:{port}/"), false),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), false),
        (format!("http://2130706433:{port}/"), false),
        (format!("http://{allowed}/onward?to=http://{barred}/"), false),
        (format!("http://{allowed}/onward?to=http://localhost:{port}/"), false),
        (format!("http://{allowed}/onward?to=http://{allowed}/"), true),
    ] {
        let answer = server.post("/webhook/p", &json!({"url": url})).await;
        assert_eq!(answer.status == 200, is_asked, "{url}: {}", answer.text);
    }
    server
        .until("/healthz", |_| server.heard().matches("E1253").count() == 6)
        .await;
    let open = Server::with(&[asks()], &[]);
    let answer = open
        .post("/webhook/p", &json!({"url": format!("http://{barred}/")}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn no_secret_is_in_the_log_the_data_or_an_error() {
    let address = service("127.0.0.1").await;
    let parameters = json!({
        "url": format!("http://{address}/repeat"), "authentication": "genericCredentialType",
        "genericAuthType": "httpHeaderAuth", "options": {"response": {"response": {"neverError": true}}},
    });
    let mut request = node("Ask", "httpRequest", 4.2, &parameters);
    request["credentials"] = json!({"httpHeaderAuth": {"id": "1", "name": "Key"}});
    let mut server = Server::new(&["--credentials", "keys.toml", "--log", "trace"]);
    let credential =
        format!("[\"Key\"]\ntype = \"httpHeaderAuth\"\nid = \"1\"\nname = \"x-key\"\nvalue = \"{SECRET}\"\n");
    std::fs::write(server.folder.path().join("keys.toml"), credential).expect("written");
    let repeats = code("Ask again", "throw new Error(JSON.stringify($input.first().json))");
    server.put(&workflow("w", &[last_node("p"), request, repeats]));
    server.set("PATCHBAY_API_KEY", KEY);
    server.start();
    let follow = server.request("GET", "/api/v1/events").header("x-n8n-api-key", KEY);
    let mut events = follow.send().await.expect("an answer");
    let answer = server.post("/webhook/p", &json!({})).await;
    let mut streamed = String::new();
    while !streamed.contains("execution.finished") || !streamed.ends_with("\n\n") {
        let chunk = events.chunk().await.expect("a chunk").expect("more");
        streamed.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(
        streamed.contains("bad key [secret]") && !streamed.contains(SECRET),
        "{streamed}"
    );
    assert_eq!(answer.status, 500, "{}", answer.text);
    assert!(!answer.text.contains(SECRET), "{}", answer.text);
    server.end().await;
    let told = server.heard();
    assert!(told.contains("Ask") && !told.contains(SECRET), "{told}");
    let data = contents(&server.folder.path().join("data"));
    assert!(holds(&data, "bad key"), "the error was kept");
    assert!(!holds(&data, SECRET));
}

#[tokio::test]
async fn files_are_read_below_allowed_folders_only_and_no_command_runs() {
    let read = json!({"operation": "read", "fileSelector": "={{ $json.body.path }}", "options": {}});
    let reads = workflow("r", &[last_node("r"), node("Read", "readWriteFile", 1.0, &read)]);
    let runs = workflow(
        "c",
        &[
            last_node("c"),
            node("Run", "executeCommand", 1.0, &json!({"command": "echo ran"})),
        ],
    );
    let server = Server::with(&[reads, runs], &["--files", "open"]);
    let folder = server.folder.path();
    std::fs::create_dir(folder.join("open")).expect("a folder");
    std::fs::write(folder.join("open/a.txt"), "a").expect("written");
    std::fs::write(folder.join("b.txt"), "b").expect("written");
    std::os::unix::fs::symlink(folder.join("b.txt"), folder.join("open/link.txt")).expect("linked");
    for (path, status) in [
        ("open/a.txt", 200),
        ("b.txt", 500),
        ("open/../b.txt", 500),
        ("open/link.txt", 500),
        ("data/patchbay.sqlite", 500),
    ] {
        let answer = server.post("/webhook/r", &json!({"path": path})).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
    assert_eq!(server.post("/webhook/c", &json!({})).await.status, 500);
}

/// The status that a request gets, as it is: clients refuse to send some of these.
async fn status(server: &Server, head: &str, body: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(server.url.trim_start_matches("http://"))
        .await
        .expect("a connection");
    let request = format!(
        "POST {head}\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    // Who answers before it has read everything may close.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    String::from_utf8_lossy(&answer[9..]).into_owned()
}

#[tokio::test]
async fn what_comes_from_outside_is_limited() {
    let nodes = [last_node("p"), node("End", "noOp", 1.0, &json!({}))];
    let server = Server::with(&[workflow("w", &nodes)], &["--largest-body", "1"]);
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = "/webhook/p HTTP/1.1\r\nContent-Type: application/json";
    let many = "\r\nx-more: a".repeat(200);
    let long = "a".repeat(300_000);
    for (what, head, body, expected) in [
        ("a plain one", json.to_owned(), "{}", "200"),
        ("a large body", json.to_owned(), " ".repeat(2 << 20).as_str(), "413"),
        ("a deep body", json.to_owned(), deep.as_str(), "422"),
        (
            "a long URL",
            format!("/webhook/p?{} HTTP/1.1", &long[..70_000]),
            "",
            "414",
        ),
        ("a large header", format!("{json}\r\nx-large: {long}"), "", "431"),
        ("many headers", format!("{json}{many}"), "", "431"),
    ] {
        assert_eq!(status(&server, &head, body).await, expected, "{what}");
    }
    assert_eq!(server.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_rest_is_ended_only_by_who_may() {
    let rests = |id: &str, parameters: Value| {
        let mut wait = node("Wait", "wait", 1.1, &parameters);
        wait["credentials"] = json!({"httpHeaderAuth": {"id": null, "name": "Mine"}});
        workflow(id, &[webhook(&json!({"path": id})), wait])
    };
    let mut server = Server::new(&["--credentials", "credentials.toml"]);
    let credential = format!("[\"Mine\"]\ntype = \"httpHeaderAuth\"\nname = \"x-key\"\nvalue = \"{SECRET}\"\n");
    std::fs::write(server.folder.path().join("credentials.toml"), credential).expect("written");
    let fields = json!({"values": [{"fieldLabel": "Name", "requiredField": true}]});
    server.put(&rests(
        "guarded",
        json!({"resume": "webhook", "incomingAuthentication": "headerAuth"}),
    ));
    server.put(&rests(
        "bots",
        json!({"resume": "webhook", "responseCode": 201, "options": {"ignoreBots": true}}),
    ));
    server.put(&rests(
        "form",
        json!({"resume": "form", "formTitle": "A title", "formFields": fields}),
    ));
    server.put(&rests(
        "closed",
        json!({"resume": "form", "formFields": fields, "incomingAuthentication": "headerAuth"}),
    ));
    server.start();
    for (number, path) in (1..).zip(["guarded", "bots", "form", "closed"]) {
        assert_eq!(server.get(&format!("/webhook/{path}")).await.status, 200);
        let rests = format!("/webhook-waiting/{number}/x");
        server
            .until(&rests, |answer| answer.text.contains("matching path/method"))
            .await;
    }
    for (path, header, status) in [
        ("/webhook-waiting/1", ("x-key", "wrong-wrong"), 403),
        ("/webhook-waiting/1", ("x-other", ""), 403),
        ("/webhook-waiting/1", ("x-key", SECRET), 200),
        ("/webhook-waiting/2", ("user-agent", "Googlebot"), 403),
        ("/webhook-waiting/2", ("user-agent", "curl"), 201),
        // What is asked for in a form is not to be gone round.
        ("/webhook-waiting/3", ("x-other", ""), 404),
        ("/form-waiting/3", ("x-other", ""), 200),
        ("/form-waiting/4", ("x-other", ""), 403),
        ("/form-waiting/4", ("x-key", SECRET), 200),
    ] {
        let answer = server
            .answer(server.request("GET", path).header(header.0, header.1))
            .await;
        assert_eq!(answer.status, status, "{path} {header:?}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_the_server_keeps_is_closed_to_workflows() {
    let read = json!({"operation": "read", "fileSelector": "={{ $json.body.file }}", "options": {}});
    let server = Server::with(
        &[workflow(
            "r",
            &[last_node("r"), node("Read", "readWriteFile", 1.0, &read)],
        )],
        &[],
    );
    let data = server.folder.path().join("data");
    std::fs::write(data.join("other.txt"), "open").expect("written");
    for (name, status) in [
        ("encryption.key", 500),
        ("patchbay.sqlite", 500),
        ("/proc/self/environ", 500),
        ("other.txt", 200),
    ] {
        let answer = server.post("/webhook/r", &json!({"file": data.join(name)})).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_caller_s_password_is_not_kept() {
    use base64::Engine;

    let mut hook = webhook(&json!({"path": "p", "authentication": "basicAuth"}));
    hook["credentials"] = json!({"httpBasicAuth": {"id": null, "name": "Mine"}});
    let mut server = Server::new(&["--credentials", "credentials.toml"]);
    let credential = format!("[\"Mine\"]\ntype = \"httpBasicAuth\"\nuser = \"me\"\npassword = \"{SECRET}\"\n");
    std::fs::write(server.folder.path().join("credentials.toml"), credential).expect("written");
    server.put(&workflow("w", &[hook]));
    server.start();
    let sent = base64::engine::general_purpose::STANDARD.encode(format!("me:{SECRET}"));
    let request = server
        .request("GET", "/webhook/p")
        .header("authorization", format!("Basic {sent}"));
    assert_eq!(server.answer(request).await.status, 200);
    server.end().await;
    assert!(!holds(&contents(&server.folder.path().join("data")), &sent));
}

#[tokio::test]
async fn files_of_settings_are_closed_to_workflows() {
    let read = json!({"operation": "read", "fileSelector": "={{ $json.body.file }}", "options": {}});
    let mut server = Server::new(&[]);
    let folder = server.folder.path().to_owned();
    for (name, text) in [
        ("mine.toml", "queued = 5\n"),
        ("key.txt", "a-key"),
        ("other.txt", "open"),
    ] {
        std::fs::write(folder.join(name), text).expect("written");
    }
    server.set("PATCHBAY_CONFIG", "mine.toml");
    server.set("N8N_ENCRYPTION_KEY_FILE", "key.txt");
    server.put(&workflow(
        "r",
        &[last_node("r"), node("Read", "readWriteFile", 1.0, &read)],
    ));
    server.start();
    for (name, status) in [("mine.toml", 500), ("key.txt", 500), ("other.txt", 200)] {
        let answer = server.post("/webhook/r", &json!({"file": folder.join(name)})).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_new_key_takes_the_place_of_the_first() {
    let mut server = Server::with(&[], &[]);
    let made = |text: &str| {
        let line = text.lines().find_map(|line| line.rsplit_once("patchbay_"));
        format!("patchbay_{}", line.expect("a key").1.trim())
    };
    let first = made(&server.told);
    let new_key = |server: &Server| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_patchbay"))
            .args(["serve", "--data", "data", "--new-api-key"])
            .env_clear()
            .current_dir(server.folder.path())
            .output()
            .expect("patchbay runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    // A server would not hear of it.
    assert_eq!(new_key(&server), (Some(1), String::new()));
    server.end().await;
    let (code, shown) = new_key(&server);
    assert_eq!(code, Some(0));
    server.start();
    for (key, status) in [(first, 401), (made(&shown), 200)] {
        let request = server.request("GET", "/api/v1/workflows").header("x-n8n-api-key", &key);
        assert_eq!(server.answer(request).await.status, status);
    }
}
