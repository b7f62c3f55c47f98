//! Who is told to come later, who is let in by a signature, what can be tried, and what waits for a decision.

use serde_json::json;

use crate::api::served;
use crate::kept::all_are;
use crate::listener::Listener;
use crate::server::{Server, code, node, webhook, workflow};

#[tokio::test]
async fn who_comes_when_too_many_wait_is_told_to_come_later() {
    let slow = |id: &str| {
        workflow(
            id,
            &[
                webhook(&json!({"path": id})),
                node("Rest", "wait", 1.1, &json!({"amount": 3, "unit": "seconds"})),
            ],
        )
    };
    let mut own = slow("own");
    own["settings"]["patchbay"] = json!({"concurrency": 1, "queue": 1});
    let server = Server::with(&[own, slow("all")], &["--running", "3", "--queued", "1"]);
    for (path, statuses) in [("/webhook/own", [200, 200, 429]), ("/webhook/all", [200, 200, 503])] {
        for status in statuses {
            let answer = server.get(path).await;
            assert_eq!(answer.status, status, "{path} {}", answer.text);
            let later = if status == 200 { "" } else { "1" };
            assert_eq!(answer.header("retry-after"), later, "{path}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_end_says_so_and_who_waits_is_told_what_becomes_of_it() {
    let parameters = json!({"path": "p", "responseMode": "lastNode"});
    let rest = node("Rest", "wait", 1.1, &json!({"amount": 60, "unit": "seconds"}));
    let slow = workflow("slow", &[webhook(&parameters), rest]);
    let quick = workflow("quick", &[webhook(&json!({"path": "q"}))]);
    let arguments = ["--metrics", "--notice", "1s", "--grace", "1s"];
    let mut server = Server::with(&[slow, quick], &arguments);
    let ending = async {
        server
            .until("/metrics", |answer| {
                answer.text.contains("patchbay_executions_running 1")
            })
            .await;
        server.tell_to_end();
        let told = server.until("/readyz", |answer| answer.status == 503).await;
        assert!(told.text.contains("the server is ending"), "{}", told.text);
        assert_eq!(server.get("/webhook/q").await.status, 200);
        let later = server.until("/webhook/q", |answer| answer.status == 503).await;
        assert_eq!(later.header("retry-after"), "1");
        assert_eq!(server.get("/readyz").await.status, 503);
    };
    let (answer, ()) = tokio::join!(server.get("/webhook/p"), ending);
    assert_eq!(
        (answer.status, &answer.json()["executionId"]),
        (503, &json!("1")),
        "{}",
        answer.text
    );
    server.has_ended().await;
}

#[tokio::test]
async fn who_waits_for_a_turn_is_told_from_who_has_one() {
    let mut slow = workflow(
        "slow",
        &[
            webhook(&json!({"path": "p", "responseMode": "lastNode"})),
            node("Rest", "wait", 1.1, &json!({"amount": 1, "unit": "seconds"})),
        ],
    );
    slow["settings"]["patchbay"] = json!({"concurrency": 1});
    let mut server = Server::new(&["--metrics"]);
    server.set("PATCHBAY_API_KEY", "the key");
    server.put(&slow);
    server.start();
    let list = async |query: &str| {
        let request = server.request("GET", &format!("/api/v1/executions{query}"));
        let answer = server.answer(request.header("X-N8N-API-KEY", "the key")).await.json();
        answer["data"].as_array().expect("a list").clone()
    };
    let looking = async {
        server
            .until("/metrics", |answer| {
                answer.text.contains("patchbay_executions_queued 1")
            })
            .await;
        let (new, running) = (list("?status=new").await, list("?status=running").await);
        assert_eq!((new.len(), running.len()), (1, 1), "{new:?} {running:?}");
        assert!(new[0]["startedAt"].is_null() && running[0]["startedAt"].is_string());
    };
    tokio::join!(server.get("/webhook/p"), server.get("/webhook/p"), looking);
    let later = list("?status=success").await;
    let waited = later
        .iter()
        .filter(|execution| execution["createdAt"] != execution["startedAt"]);
    assert!(waited.count() >= 1, "{later:?}");
    let counted = server.get("/metrics").await.text;
    assert!(
        counted.contains("patchbay_execution_queue_seconds_count 2"),
        "{counted}"
    );
}

#[tokio::test]
async fn executions_with_the_same_key_run_one_after_the_other() {
    let parameters =
        json!({"path": "p", "responseMode": "lastNode", "patchbay": {"concurrencyKey": "={{ $json.query.key }}"}});
    let begin = code("Begin", "return [{json: {at: Date.now()}}]");
    let rest = node("Rest", "wait", 1.1, &json!({"amount": 0.3, "unit": "seconds"}));
    let end = "return [{json: {begin: $('Begin').first().json.at, end: Date.now()}}]";
    let server = Server::with(
        &[workflow("w", &[webhook(&parameters), begin, rest, code("End", end)])],
        &[],
    );
    let times = async |key: &str| {
        let answer = server.get(&format!("/webhook/p?key={key}")).await.json();
        let time = |name: &str| answer[name].as_u64().expect("a time");
        (time("begin"), time("end"))
    };
    let together = async |key: &str, other: &str| {
        let (one, other) = tokio::join!(times(key), times(other));
        one.0 < other.1 && other.0 < one.1
    };
    assert!(!together("a", "a").await);
    // Other keys need not wait: sooner or later two are seen at work together, however busy the machine is.
    for _ in 0..50 {
        if together("a", "b").await {
            return;
        }
    }
    panic!("executions with other keys never ran together");
}

#[tokio::test]
async fn a_body_is_taken_with_its_signature_and_in_its_time() {
    use hmac::Mac;
    let mut signed = webhook(&json!({"path": "p", "httpMethod": "POST"}));
    signed["credentials"] = json!({"webhookSignature": {"id": null, "name": "GitHub"}});
    let mut server = Server::new(&["--credentials", "credentials.toml"]);
    server.put(&workflow("w", &[signed]));
    let credential = "[\"GitHub\"]\ntype = \"webhookSignature\"\nsecret = \"s3cret-s3cret\"\nprefix = \"sha256=\"\ntimestampHeader = \"X-Timestamp\"\n";
    std::fs::write(server.folder.path().join("credentials.toml"), credential).expect("written");
    server.start();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a time")
        .as_secs();
    let send = async |at: u64, signed_body: &str, body: &str| {
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"s3cret-s3cret").expect("a key");
        mac.update(format!("{at}.{signed_body}").as_bytes());
        let digits: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let request = server
            .request("POST", "/webhook/p")
            .header("x-timestamp", at.to_string());
        let request = request.header("x-signature", format!("sha256={digits}"));
        server
            .answer(request.header("content-type", "text/plain").body(body.to_owned()))
            .await
            .status
    };
    assert_eq!(send(now, "body", "body").await, 200);
    assert_ne!(send(now, "body", "other").await, 200);
    assert_ne!(send(now - 3_600, "body", "body").await, 200);
    assert_ne!(
        server
            .answer(server.request("POST", "/webhook/p").body("body"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn test_urls_answer_where_that_is_allowed() {
    let mut inactive = workflow(
        "w",
        &[
            webhook(&json!({"path": "p", "responseMode": "lastNode"})),
            code("Code", "return [{json: {mode: $input.first().json.executionMode}}]"),
        ],
    );
    inactive["active"] = json!(false);
    for (arguments, status, text) in [
        (&["--test-webhooks"][..], 200, r#"{"mode":"test"}"#),
        (&[], 404, "not registered"),
    ] {
        let server = Server::with(std::slice::from_ref(&inactive), arguments);
        let answer = server.get("/webhook-test/p").await;
        assert_eq!(answer.status, status);
        assert!(answer.text.contains(text), "{}", answer.text);
        assert_eq!(server.get("/webhook/p").await.status, 404);
    }
}

#[tokio::test]
async fn test_urls_of_forms_answer_where_that_is_allowed() {
    let mut form = node(
        "Form",
        "formTrigger",
        2.2,
        &json!({"formTitle": "A title", "options": {"path": "f"}}),
    );
    form["webhookId"] = json!("form-id");
    let mut inactive = workflow("w", &[form]);
    inactive["active"] = json!(false);
    for (arguments, status, text) in [
        (&["--test-webhooks"][..], 200, "A title"),
        (&[], 404, "--test-webhooks"),
    ] {
        let server = Server::with(std::slice::from_ref(&inactive), arguments);
        let answer = server.get("/form-test/f").await;
        assert_eq!(answer.status, status);
        assert!(answer.text.contains(text), "{}", answer.text);
        assert_eq!(server.get("/form/f").await.status, 404);
    }
}

#[tokio::test]
async fn a_node_that_must_not_be_repeated_waits_for_a_decision() {
    for (repeat, status, asked) in [(true, "success", 2), (false, "error", 1)] {
        let listener = Listener::new().await;
        let mut once = listener.node("held");
        once["unsafeToRepeat"] = json!(true);
        let mut server = served(&[workflow("w", &[webhook(&json!({"path": "p"})), once])]);
        server.get("/webhook/p").await;
        listener.until_asked("held", 1).await;
        server.kill();
        server.start();
        let resting = all_are(&server, "w", "waiting").await;
        assert_eq!(resting[0]["waitsFor"], "decision");
        listener.release();
        let path = format!("/executions/{}/decide", resting[0]["id"].as_str().expect("an id"));
        let (_, decided) = server.api("POST", &path, Some(&json!({"repeat": repeat}))).await;
        assert_eq!(decided["status"], status, "{decided}");
        assert_eq!(listener.count("held"), asked);
    }
}
