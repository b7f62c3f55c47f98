//! Whatever comes from outside is answered, and breaks nothing.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::api::{KEY, served};
use crate::server::{code, node, webhook, workflow};

/// One request, as it goes over the wire.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sent {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n",
            self.method, self.target
        );
        for (name, value) in &self.headers {
            let _ = write!(bytes, "{name}: {value}\r\n");
        }
        let _ = write!(bytes, "Content-Length: {}\r\n\r\n", self.body.len());
        [bytes.into_bytes(), self.body.clone()].concat()
    }
}

/// JSON of any shape.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        ".{0,12}".prop_map(|value| json!(value)),
    ];
    leaf.prop_recursive(5, 32, 5, |inner| {
        // Names that mean something are met more often than others.
        let name = prop_oneof![
            "[a-z]{0,4}",
            prop::sample::select(vec![
                "name",
                "nodes",
                "connections",
                "settings",
                "data",
                "type",
                "key",
                "value",
                "input",
                "trigger",
                "wait",
                "once",
                "from",
                "repeat",
                "loadWorkflow",
                "active",
                "id",
                "tags",
                "parameters",
                "typeVersion",
                "__proto__",
            ])
            .prop_map(str::to_owned),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|values| json!(values)),
            prop::collection::hash_map(name, inner, 0..5).prop_map(|values| json!(values)),
        ]
    })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => any_json().prop_map(|value| value.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => "(--x(--)?(\r\n)?|Content-Disposition: form-data; (file)?name=\"?.{0,3}\"?|\r\n|[a-z]{0,5}){0,12}"
            .prop_map(String::into_bytes),
        1 => "(<[a-z]{0,3}/?>|&[a-z]{0,3};|[a-z]|[\\[\\]=&%+0-9]){0,30}".prop_map(String::into_bytes),
    ]
}

fn any_sent() -> impl Strategy<Value = Sent> {
    let method = prop_oneof![
        8 => prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]).prop_map(str::to_owned),
        1 => "[A-Z]{1,8}",
    ];
    let place = prop::sample::select(vec![
        "/webhook/p",
        "/webhook/hook-id/user/",
        "/webhook/raw",
        "/webhook/",
        "/webhook-test/",
        "/webhook-waiting/",
        "/form/f",
        "/form/",
        "/form-waiting/",
        "/form-test/",
        "/readyz",
        "/metrics",
        "/api/v1/workflows",
        "/api/v1/workflows/w/",
        "/api/v1/workflows/w/run",
        "/api/v1/executions",
        "/api/v1/executions/1/retry",
        "/api/v1/executions/",
        "/api/v1/tags",
        "/api/v1/variables",
        "/api/v1/credentials",
        "/api/v1/credentials/schema/",
        "/api/v1/",
        "/",
    ]);
    let target =
        (place, "[!-~]{0,12}", "(\\?[!-~]{0,40})?").prop_map(|(place, rest, query)| format!("{place}{rest}{query}"));
    let header = prop_oneof![
        prop::sample::select(vec![
            ("Content-Type", "application/json"),
            ("Content-Type", "application/json; charset=utf-16le"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Type", "application/xml"),
            ("Content-Type", "text/plain; charset=x"),
            ("Content-Type", "multipart/form-data; boundary=x"),
            ("Content-Type", "multipart/form-data"),
            ("Content-Encoding", "gzip"),
            ("Content-Encoding", "deflate"),
            ("Content-Encoding", "br"),
            ("X-N8N-API-KEY", KEY),
            ("Accept", "text/html"),
            ("Origin", "null"),
            ("Authorization", "Basic !"),
            ("traceparent", "00-0-0-0"),
            ("Access-Control-Request-Method", "POST"),
            ("X-Forwarded-For", ",,,"),
        ])
        .prop_map(|(name, value)| (name.to_owned(), value.to_owned())),
        ("[A-Za-z-]{1,10}", "[ -~]{0,30}"),
    ];
    // The API is behind its key: most requests have it.
    let headers =
        (prop::collection::vec(header, 0..5), prop::bool::weighted(0.7)).prop_map(|(mut headers, has_key)| {
            headers.retain(|(name, _)| {
                !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("expect")
            });
            if has_key {
                headers.push(("X-N8N-API-KEY".to_owned(), KEY.to_owned()));
            }
            headers
        });
    (method, target, headers, any_body()).prop_map(|(method, target, headers, body)| Sent {
        method,
        target,
        headers,
        body,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_any_shape_are_answered() {
    let hook = |path: &str, parameters: serde_json::Value| {
        let mut all = json!({"path": path, "multipleMethods": true, "httpMethod": ["GET", "POST", "PUT"]});
        all.as_object_mut()
            .expect("an object")
            .extend(parameters.as_object().expect("an object").clone());
        webhook(&all)
    };
    let mut form = node(
        "Form",
        "formTrigger",
        2.2,
        &json!({"options": {"path": "f"}, "formFields": {"values": [{"fieldLabel": "a"}]}}),
    );
    form["webhookId"] = json!("form-id");
    let pass = code(
        "Pass",
        "return $input.all().map((item) => ({json: {body: item.json.body ?? null}}))",
    );
    let server = served(&[
        workflow("w", &[hook("p", json!({})), pass.clone()]),
        workflow("u", &[hook("user/:id", json!({})), pass.clone()]),
        workflow("r", &[hook("raw", json!({"options": {"rawBody": true}})), pass]),
        workflow("f", &[form]),
    ]);
    let address = server.url.trim_start_matches("http://").to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        let mut runner = TestRunner::new(Config {
            cases: 1_000,
            failure_persistence: None,
            ..Config::default()
        });
        runner.run(&any_sent(), |sent| {
            let mut stream = TcpStream::connect(&address).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let timeout = Some(Duration::from_secs(30));
            stream.set_read_timeout(timeout).expect("a limit");
            // It may be refused before all of it is read.
            let _ = stream.write_all(&sent.bytes());
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            let status = String::from_utf8_lossy(&answer[..answer.len().min(12)]).into_owned();
            let status: u16 = status
                .rsplit(' ')
                .next()
                .and_then(|status| status.parse().ok())
                .unwrap_or(0);
            prop_assert!(
                (200..500).contains(&status),
                "it was answered {status}: {}",
                String::from_utf8_lossy(&answer)
            );
            Ok(())
        })
    });
    asked
        .await
        .expect("asked")
        .expect("each request is answered, and by no fault of the server's");
    assert_eq!(server.get("/readyz").await.status, 200);
    let heard = server.heard();
    assert!(!heard.contains("panicked") && !heard.contains("E1204"), "{heard}");
}
