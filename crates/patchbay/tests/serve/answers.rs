//! What requests become, and what they are answered: n8n's answers to the same requests.

use serde_json::{Value, json};

use crate::server::{Server, code, respond, webhook, workflow};

const TWO: &str = "return [{json: {a: 1, t: 'txt'}, binary: {data: {data: 'aGVsbG8=', mimeType: 'text/plain', \
                   fileName: 'h.txt'}}}, {json: {b: 2}}]";

/// Status, content type and body of the answer to a GET of a workflow's webhook.
async fn asked(nodes: &[Value]) -> (u16, String, String) {
    let server = Server::with(&[workflow("w", nodes)], &[]);
    let answer = server.get("/webhook/p").await;
    (answer.status, answer.header("content-type").to_owned(), answer.text)
}

#[tokio::test]
async fn the_last_node_is_answered() {
    for (options, code_of_node, expected) in [
        (
            json!({"responseData": "allEntries"}),
            TWO,
            (200, "json", r#"[{"a":1,"t":"txt"},{"b":2}]"#),
        ),
        (json!({}), TWO, (200, "json", r#"{"a":1,"t":"txt"}"#)),
        (json!({"responseData": "noData"}), TWO, (200, "", "")),
        (
            json!({"responseData": "firstEntryBinary"}),
            TWO,
            (200, "text/plain", "hello"),
        ),
        (
            json!({"options": {"responsePropertyName": "t", "responseContentType": "text/x-mine"}}),
            TWO,
            (200, "text/x-mine; charset=utf-8", "txt"),
        ),
        (
            json!({"options": {"responseCode": {"values": {"responseCode": 203}}}}),
            TWO,
            (203, "json", r#"{"a":1,"t":"txt"}"#),
        ),
        (
            json!({"options": {"responsePropertyName": "none"}}),
            TWO,
            (200, "json", ""),
        ),
        (
            json!({"options": {"responsePropertyName": "list[1].x"}}),
            "return [{json: {list: [1, {x: [2]}]}}]",
            (200, "json", "[2]"),
        ),
        (
            json!({"responseData": "firstEntryBinary", "responseBinaryPropertyName": "zip"}),
            TWO,
            (
                500,
                "json",
                r#"{"code":0,"message":"The binary property 'zip' which should be returned does not exist"}"#,
            ),
        ),
        // No answer ends with such a status.
        (
            json!({"options": {"responseCode": {"values": {"responseCode": 101}}}}),
            TWO,
            (200, "json", r#"{"a":1,"t":"txt"}"#),
        ),
        (
            json!({}),
            "return []",
            (500, "json", r#"{"code":0,"message":"No item to return was found"}"#),
        ),
        (
            json!({}),
            "throw new Error('bad')",
            (500, "json", r#"{"message":"Error in workflow"}"#),
        ),
    ] {
        let mut parameters = json!({"path": "p", "responseMode": "lastNode"});
        parameters
            .as_object_mut()
            .expect("an object")
            .extend(options.as_object().expect("an object").clone());
        let (status, kind, text) = asked(&[webhook(&parameters), code("Code", code_of_node)]).await;
        assert_eq!((status, text.as_str()), (expected.0, expected.2), "{parameters}");
        assert!(kind.contains(expected.1), "{kind} {parameters}");
    }
}

#[tokio::test]
async fn respond_to_webhook_is_answered() {
    let hook = webhook(&json!({"path": "p", "responseMode": "responseNode"}));
    for (parameters, expected) in [
        (json!({}), (200, "application/json", r#"{"a":1,"t":"txt"}"#)),
        (
            json!({"respondWith": "allIncomingItems", "options": {"responseKey": "data.items"}}),
            (
                200,
                "application/json",
                r#"{"data":{"items":[{"a":1,"t":"txt"},{"b":2}]}}"#,
            ),
        ),
        (
            json!({"respondWith": "json", "responseBody": "={{ {x: $json.a} }}"}),
            (200, "application/json", r#"{"x":1}"#),
        ),
        (
            json!({"respondWith": "text", "responseBody": "=<b>{{ $json.t }}</b>"}),
            (200, "text/html; charset=utf-8", "<b>txt</b>"),
        ),
        // Text is sent as it is, whatever else as JSON, and nothing as nothing.
        (
            json!({"respondWith": "json", "responseBody": "\"just text\""}),
            (200, "text/html; charset=utf-8", "just text"),
        ),
        (
            json!({"respondWith": "text", "responseBody": "={{ 5 }}"}),
            (200, "application/json", "5"),
        ),
        (
            json!({"respondWith": "text", "responseBody": "={{ $json.none }}"}),
            (200, "application/json", ""),
        ),
        (
            json!({"respondWith": "json", "responseBody": "={{ $json.none }}"}),
            (200, "application/json", ""),
        ),
        (
            json!({"respondWith": "redirect", "redirectURL": "https://example.com/"}),
            (307, "", ""),
        ),
        (
            json!({"respondWith": "noData", "options": {"responseCode": 204}}),
            (204, "", ""),
        ),
        (json!({"respondWith": "binary"}), (200, "text/plain", "hello")),
        (
            json!({"respondWith": "json", "responseBody": "{\"y\": 1}", "options": {"responseCode": 418, "responseHeaders":
                {"entries": [{"name": "Content-Type", "value": "application/vnd.x+json"}]}}}),
            (418, "application/vnd.x+json; charset=utf-8", r#"{"y":1}"#),
        ),
        (
            json!({"respondWith": "json", "responseBody": "{"}),
            (500, "application/json", r#"{"message":"Error in workflow"}"#),
        ),
    ] {
        let (status, kind, text) = asked(&[hook.clone(), code("Code", TWO), respond(&parameters)]).await;
        assert_eq!((status, text.as_str()), (expected.0, expected.2), "{parameters}");
        assert!(kind.contains(expected.1), "{kind} {parameters}");
    }
}

#[tokio::test]
async fn a_request_is_n8ns_item() {
    // A file that came without a name gets a made-up one.
    let nodes = [
        webhook(&json!({"path": "p", "httpMethod": "POST", "responseMode": "lastNode"})),
        code(
            "Code",
            "const i = $input.first(); return [{json: {...i.json, headers: undefined, \
             files: Object.entries(i.binary ?? {}).map(([k, f]) => [k, (f.fileName ?? '').replace(/^[-0-9a-f]{36}$/, 'UUID'), f.mimeType, f.fileExtension].join())}}]",
        ),
    ];
    let server = Server::with(&[workflow("w", &nodes)], &["--base-url", "https://example.com"]);
    let rest = |body: Value, query: Value, files: Value| {
        json!({
            "params": {}, "query": query, "body": body, "files": files,
            "webhookUrl": "https://example.com/webhook/p", "executionMode": "production"
        })
    };
    let post = |query: &str, kind: &str, body: &str| {
        let request = server.request("POST", &format!("/webhook/p{query}"));
        server.answer(request.header("content-type", kind).body(body.to_owned()))
    };
    for (query, kind, body, expected) in [
        (
            "?a[b]=1&c[]=2",
            "application/json",
            r#"{"x":[1]}"#,
            rest(json!({"x": [1]}), json!({"a": {"b": "1"}, "c": ["2"]}), json!([])),
        ),
        (
            "",
            "application/x-www-form-urlencoded",
            "x=1&y=2&y=3",
            rest(json!({"x": "1", "y": ["2", "3"]}), json!({}), json!([])),
        ),
        ("", "text/plain", "hello", rest(json!("hello"), json!({}), json!([]))),
        (
            "",
            "application/xml",
            "<a><b>1</b><b>2</b></a>",
            rest(json!({"a": {"b": ["1", "2"]}}), json!({}), json!([])),
        ),
        (
            "",
            "image/png",
            "bytes",
            rest(json!({}), json!({}), json!(["data,UUID,image/png,png"])),
        ),
        (
            "",
            "audio/x-wav",
            "RIFF",
            rest(json!({}), json!({}), json!(["data,UUID,audio/x-wav,wav"])),
        ),
        (
            "",
            "application/json",
            r#"{"half":"\ud83d"}"#,
            rest(json!({"half": "\u{fffd}"}), json!({}), json!([])),
        ),
        ("", "application/json", " null ", rest(json!({}), json!({}), json!([]))),
    ] {
        let told = post(query, kind, body).await.json();
        assert_eq!(told, expected, "{kind}");
    }
    let broken = post("", "application/json", "{\"a\":").await;
    assert_eq!(
        (broken.status, &broken.json()["message"]),
        (422, &json!("Failed to parse request body"))
    );
    let form = "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.json\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n\
                --b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n\
                --b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n2\r\n--b--\r\n";
    let answer = post("", "multipart/form-data; boundary=b", form).await;
    let expected = rest(json!({"x": ["1", "2"]}), json!({}), json!(["f,a.json,text/plain,txt"]));
    assert_eq!(answer.json(), expected);
}

#[tokio::test]
async fn paths_have_parameters_and_methods() {
    let hook = |parameters: Value| {
        [
            webhook(&parameters),
            code("Code", "return [{json: $input.first().json.params}]"),
        ]
    };
    let workflows = [
        workflow(
            "open",
            &hook(json!({"path": "user/:id/doc/:doc", "responseMode": "lastNode"})),
        ),
        workflow("fixed", &hook(json!({"path": "fixed", "responseMode": "lastNode"}))),
    ];
    let server = Server::with(&workflows, &[]);
    let found = server.get("/webhook/hook-id/user/5/doc/6").await;
    assert_eq!(found.text, r#"{"id":"5","doc":"6"}"#);
    assert_eq!(server.get("/webhook/fixed/").await.status, 200);
    for (method, path, message) in [
        (
            "GET",
            "/webhook/user/5/doc/6",
            r#"The requested webhook "GET user/5/doc/6" is not registered."#,
        ),
        (
            "POST",
            "/webhook/fixed",
            "This webhook is not registered for POST requests. Did you mean to make a GET request?",
        ),
    ] {
        let answer = server.answer(server.request(method, path)).await;
        assert_eq!((answer.status, answer.json()["message"].as_str()), (404, Some(message)));
    }
}

#[tokio::test]
async fn callers_are_let_in_or_not() {
    let with = |id: &str, parameters: Value, credential: &str| {
        let mut hook = webhook(&parameters);
        hook["credentials"] = json!({credential: {"name": credential}});
        workflow(id, &[hook])
    };
    let hook = |path: &str, authentication: &str| json!({"path": path, "authentication": authentication, "responseMode": "lastNode"});
    let mut server = Server::new(&["--credentials", "credentials.toml"]);
    let credentials = "[httpBasicAuth]\ntype = \"httpBasicAuth\"\nuser = \"u\"\npassword = \"p\"\n\
                       [httpHeaderAuth]\ntype = \"httpHeaderAuth\"\nname = \"X-Key\"\nvalue = \"k\"\n\
                       [jwtAuth]\ntype = \"jwtAuth\"\nkeyType = \"passphrase\"\nsecret = \"s3cret\"\nalgorithm = \"HS256\"\n";
    std::fs::write(server.folder.path().join("credentials.toml"), credentials).expect("written");
    server.put(&with("basic", hook("basic", "basicAuth"), "httpBasicAuth"));
    server.put(&with("header", hook("header", "headerAuth"), "httpHeaderAuth"));
    server.put(&with("jwt", hook("jwt", "jwtAuth"), "jwtAuth"));
    let addresses = json!({"path": "address", "options": {"ipWhitelist": "10.0.0.1, 192.168.0.0/16"}});
    server.put(&workflow("address", &[webhook(&addresses)]));
    server.put(&workflow(
        "bots",
        &[webhook(&json!({"path": "bots", "options": {"ignoreBots": true}}))],
    ));
    server.start();
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJtZSJ9.p_29dfAd3JmReImVaJRNB7Pluhvu21T3kxI1siUWzK8";
    let bearer = format!("Bearer {token}");
    let forged = format!("Bearer {}x", &token[..token.len() - 1]);
    for (path, header, status) in [
        ("basic", None, 401),
        ("basic", Some(("authorization", "Basic dTp3cm9uZw==")), 403),
        ("basic", Some(("authorization", "Basic dTpw")), 200),
        ("header", None, 403),
        ("header", Some(("x-key", "k")), 200),
        ("jwt", None, 401),
        ("jwt", Some(("authorization", bearer.as_str())), 200),
        ("jwt", Some(("authorization", forged.as_str())), 403),
        ("address", None, 403),
        ("bots", Some(("user-agent", "Googlebot/2.1")), 403),
        ("bots", Some(("user-agent", "Mozilla/5.0")), 200),
    ] {
        let mut request = server.request("GET", &format!("/webhook/{path}"));
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        assert_eq!(server.answer(request).await.status, status, "{path} {header:?}");
    }
}

#[tokio::test]
async fn the_same_is_run_once_and_what_is_too_large_is_refused() {
    let parameters = json!({
        "path": "p", "httpMethod": "POST", "responseMode": "lastNode",
        "patchbay": {"once": "={{ $json.headers['x-event'] }}", "largestBody": 100}
    });
    let count = "const s = $getWorkflowStaticData('global'); s.n = (s.n ?? 0) + 1; return [{json: {n: s.n}}]";
    let server = Server::with(&[workflow("w", &[webhook(&parameters), code("Code", count)])], &[]);
    let post = |event: &str, body: String| {
        let request = server.request("POST", "/webhook/p").header("x-event", event);
        server.answer(request.header("content-type", "text/plain").body(body))
    };
    assert_eq!(post("1", "a".to_owned()).await.text, r#"{"n":1}"#);
    assert_eq!(
        post("1", "a".to_owned()).await.json()["message"],
        "The same request was accepted before"
    );
    assert_eq!(post("2", "a".to_owned()).await.text, r#"{"n":2}"#);
    assert_eq!(post("3", "a".repeat(101)).await.status, 413);
}

#[tokio::test]
async fn other_pages_are_answered_as_the_webhook_allows() {
    let parameters = json!({"path": "p", "httpMethod": "POST", "options": {"allowedOrigins": "https://a.example, https://b.example"}});
    let server = Server::with(&[workflow("w", &[webhook(&parameters)])], &[]);
    for (origin, allowed) in [
        ("https://b.example", "https://b.example"),
        ("https://evil.example", "https://a.example"),
    ] {
        let request = server.request("OPTIONS", "/webhook/p").header("origin", origin);
        let answer = server
            .answer(request.header("access-control-request-method", "POST"))
            .await;
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (204, allowed)
        );
        assert_eq!(answer.header("access-control-allow-methods"), "OPTIONS, POST");
    }
}

#[tokio::test]
async fn packed_bodies_and_other_charsets_are_read() {
    use std::io::Write;

    let hook = webhook(&json!({"path": "p", "httpMethod": "POST", "responseMode": "lastNode"}));
    let server = Server::with(
        &[workflow(
            "w",
            &[hook, code("Code", "return [{json: {body: $input.first().json.body}}]")],
        )],
        &[],
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(br#"{"a":1}"#).expect("packed");
    let packed = packed.finish().expect("packed");
    for (media, encoding, body, expected) in [
        ("application/json", "gzip", packed.clone(), (200, r#"{"body":{"a":1}}"#)),
        ("application/json", "br", packed.clone(), (415, "`br` is not known")),
        ("application/json", "deflate", packed, (422, "Failed to parse")),
        (
            "text/plain; charset=iso-8859-1",
            "identity",
            b"caf\xe9".to_vec(),
            (200, "café"),
        ),
    ] {
        let request = server.request("POST", "/webhook/p").header("content-type", media);
        let answer = server
            .answer(request.header("content-encoding", encoding).body(body))
            .await;
        assert_eq!(answer.status, expected.0, "{media} {encoding}");
        assert!(answer.text.contains(expected.1), "{media} {encoding}: {}", answer.text);
    }
}

#[tokio::test]
async fn how_an_answer_goes_over_the_connection_is_not_the_workflows_to_say() {
    let entries = json!([
        {"name": "content-length", "value": "99"}, {"name": "Transfer-Encoding", "value": "chunked"},
        {"name": "connection", "value": "close"}, {"name": "x-mine", "value": "1"},
    ]);
    let answer = respond(&json!({
        "respondWith": "text", "responseBody": "xyz", "options": {"responseHeaders": {"entries": entries}}
    }));
    let hook = webhook(&json!({"path": "p", "responseMode": "responseNode"}));
    let server = Server::with(&[workflow("w", &[hook, answer])], &[]);
    let answer = server.get("/webhook/p").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "xyz"));
    assert_eq!((answer.header("content-length"), answer.header("x-mine")), ("3", "1"));
}

/// Rows: the type of the body, the body, what the item holds of it. n8n's server was asked.
#[tokio::test]
async fn bodies_are_read_by_their_types() {
    let script = "const { json, binary } = $input.first(); const file = binary?.data; \
                  return [{json: {body: json.body, file: file && [file.mimeType, file.fileExtension, file.fileSize]}}]";
    let hook = |path: &str, version: f64, options: Value| {
        let mut hook =
            webhook(&json!({"path": path, "httpMethod": "POST", "responseMode": "lastNode", "options": options}));
        hook["typeVersion"] = json!(version);
        workflow(path, &[hook, code("Code", script)])
    };
    let raw = json!({"rawBody": true, "binaryPropertyName": "zz"});
    let server = Server::with(
        &[
            hook("b", 2.0, json!({})),
            hook("b1", 1.0, json!({})),
            hook("raw", 2.0, raw),
        ],
        &[],
    );
    let soap = r#"<s:E xmlns:s="u"><s:B>2</s:B></s:E>"#;
    for (path, media, body, expected) in [
        (
            "b",
            "",
            "abc",
            json!({"body": {}, "file": ["application/octet-stream", "bin", "3 B"]}),
        ),
        (
            "b",
            "application/soap+xml",
            soap,
            json!({"body": {"s:e": {"$": {"xmlns:s": "u"}, "s:b": "2"}}}),
        ),
        (
            "b1",
            "application/pidf+xml",
            "<b><a>1</a></b>",
            json!({"body": {"b": {"a": "1"}}}),
        ),
        ("b", "application/json", " null ", json!({"body": {}})),
        (
            "b",
            "application/x-www-form-urlencoded; charset=iso-8859-1",
            "b=%E4",
            json!({"body": {"b": "ä"}}),
        ),
        (
            "raw",
            "application/json",
            "{}",
            json!({"body": {}, "file": ["application/json", null, "2 B"]}),
        ),
    ] {
        let mut request = server.request("POST", &format!("/webhook/{path}")).body(body);
        if !media.is_empty() {
            request = request.header("content-type", media);
        }
        let answer = server.answer(request).await;
        assert_eq!(answer.json(), expected, "{path} {media}");
    }
}
