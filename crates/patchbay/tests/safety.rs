//! What keeps a live telephone system safe, by the whole program: limits on writes, and secrets that no output shows. Dry
//! runs are tested in `dry_run`.

mod common;
#[path = "common/served.rs"]
mod served;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use common::{Answer, Patchbay, requests, workflow};
use serde_json::{Value, json};
use served::Served;

/// Runs a 3CX node for items with the ids 1, 2 and 3 against the double.
fn run(parameters: &Value, options: &[&str]) -> Answer {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &workflow("n8n-nodes-3cx.threecx", parameters, &json!({})));
    patchbay.file("items.json", r#"[{"id": 1}, {"id": 2}, {"id": 3}]"#);
    let arguments = [
        "run",
        "flow.json",
        "--sandbox",
        "--input",
        "items.json",
        "--output",
        "none",
    ];
    patchbay.run(&[&arguments, options].concat())
}

fn update() -> Value {
    json!({"resource": "Users", "operation": "Update User", "Id": "={{ $json.id }}", "Enabled": false, "DisplayName": "Night Desk"})
}

#[test]
fn only_fields_that_are_set_are_sent() {
    let answer = run(&update(), &[]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    let mut sent = requests(&answer);
    sent.sort_unstable();
    assert_eq!(
        sent,
        [1, 2, 3]
            .map(|id| format!("PATCH /xapi/v1/Users({id}) {{\"DisplayName\":\"Night Desk\",\"Enabled\":false}} → 204"))
    );
}

#[test]
fn who_closes_stderr_gets_the_result_all_the_same() {
    let patchbay = Patchbay::new();
    let list = json!({"resource": "Users", "operation": "List User", "options": {"$top": 1}});
    patchbay.file("flow.json", &workflow("n8n-nodes-3cx.threecx", &list, &json!({})));
    for (flow, code) in [("flow.json", 0), ("missing.json", 3)] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = patchbay.command(&["run", flow, "--sandbox", "--log", "trace"]);
        let ended = command.stderr(writer).output().expect("patchbay ends");
        assert_eq!(ended.status.code(), Some(code), "{flow}");
        assert_eq!(ended.stdout.is_empty(), code != 0, "{flow}");
    }
}

#[test]
fn a_read_only_run_refuses_writes_before_anything_is_sent() {
    let answer = run(&update(), &["--read-only"]);
    assert_eq!(answer.code, 1);
    insta::assert_snapshot!(answer.stderr, @r#"
    error[E0811]: the node would change something, and the run is read-only
     --> flow.json:1:129
      |
    1 | ...igger","typeVersion":1,"position":[0,0],"parameters":{}},{"name":"PBX","type":"n8n-nodes-3cx.threecx","typeVersion":1,"position":[...
      |                                                             ^ in node `PBX`
      |
      = hint: leave out --read-only, disable the node, or see what it would send with --dry-run
    "#);
    let read = run(
        &json!({"resource": "Users", "operation": "Get User", "Id": 1}),
        &["--read-only"],
    );
    assert_eq!(read.code, 0, "{}", read.snapshot());
}

#[test]
fn what_an_expression_decides_is_refused_at_the_node() {
    let mut parameters = update();
    parameters["operation"] = "={{ 'Update ' + 'User' }}".into();
    let answer = run(&parameters, &["--read-only"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stderr.contains("error[E0610]"), "{}", answer.stderr);
    assert!(answer.stderr.contains("received 0 requests"), "{}", answer.stderr);
}

#[test]
fn a_node_with_more_writes_than_are_left_sends_none() {
    let answer = run(&update(), &["--max-writes", "2"]);
    assert_eq!(answer.code, 1);
    insta::assert_snapshot!(answer.stderr, @r"
    the sandbox received 0 requests:
    error[E0611]: The node wants to send 3 writes, and 2 of 2 are left: it sends none
      --> node `PBX`
    hint: see what it would send with --dry-run; raise --max-writes if that is what you want
    ");
    assert_eq!(requests(&run(&update(), &["--max-writes", "3"])).len(), 3);
}

#[test]
fn writes_can_be_slowed_down() {
    let begun = std::time::Instant::now();
    assert_eq!(run(&update(), &["--writes-per-second", "20"]).code, 0);
    assert!(begun.elapsed().as_millis() >= 100, "{:?}", begun.elapsed());
    assert_eq!(run(&update(), &["--writes-per-second", "0"]).code, 2);
}

/// A server that gives tokens, and repeats in its errors whatever it was sent.
struct Echo(Served);

const TOKEN: &str = "token-of-the-echo-4711";
const SECRET: &str = "hunter2-is/long enough";
const PASSWORD: &str = "correct-horse-41";
const KEY: &str = "key-of-the-workflow-42";

impl Echo {
    fn start() -> Self {
        let token = || async { json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60}).to_string() };
        let echo = |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            let said = format!("{uri} {headers:?} {} {SECRET}", String::from_utf8_lossy(&body));
            let error =
                json!({"error": {"code": "Echo", "message": said, "details": [{"code": TOKEN, "message": said}]}});
            (StatusCode::BAD_REQUEST, [("x-echo", TOKEN)], error.to_string())
        };
        let routes = Router::new().route("/connect/token", post(token)).fallback(echo);
        Self(Served::start(routes))
    }

    /// A folder with credentials for this server.
    fn folder(&self) -> Patchbay {
        let patchbay = Patchbay::new().with("PBX_SECRET", SECRET).with("RUST_LOG", "trace");
        let address = self.0.address;
        patchbay.file(
            "pbx.toml",
            &format!(
                "[PBX]\ntype = \"threeCxOAuth2Api\"\nurl = \"http://{address}\"\nclientId = \"900\"\n\
                 clientSecret = \"${{PBX_SECRET}}\"\n\
                 [Key]\ntype = \"httpHeaderAuth\"\nname = \"X-Key\"\nvalue = \"${{PBX_SECRET}}\"\n\
                 [Basic]\ntype = \"httpBasicAuth\"\nuser = \"me\"\npassword = \"${{PBX_SECRET}}\"\n\
                 [Digest]\ntype = \"httpDigestAuth\"\nuser = \"me\"\npassword = \"${{PBX_SECRET}}\"\n\
                 [Query]\ntype = \"httpQueryAuth\"\nname = \"api_key\"\nvalue = \"${{PBX_SECRET}}\"\n\
                 [Bearer]\ntype = \"httpBearerAuth\"\ntoken = \"${{PBX_SECRET}}\"\n\
                 [Custom]\ntype = \"httpCustomAuth\"\njson = '{{\"headers\": {{\"X-Api-Key\": \"${{PBX_SECRET}}\", \"Authorization\": \"Own {KEY}\"}}}}'\n\
                 [OAuth]\ntype = \"oAuth2Api\"\ngrantType = \"clientCredentials\"\nclientId = \"900\"\n\
                 clientSecret = \"${{PBX_SECRET}}\"\naccessTokenUrl = \"http://{address}/connect/token\"\n"
            ),
        );
        patchbay
    }
}

#[test]
fn secrets_are_in_no_output_of_a_failing_run() {
    let echo = Echo::start();
    let url = format!("http://{}/x", echo.0.address);
    let request = |parameters: &Value| workflow("n8n-nodes-base.httpRequest", parameters, &json!({"typeVersion": 4.2}));
    let pbx = workflow("n8n-nodes-3cx.threecx", &update(), &json!({}));
    let http = request(&json!({"method": "POST", "url": url, "sendBody": true,
        "authentication": "genericCredentialType", "genericAuthType": "httpHeaderAuth", "specifyBody": "json",
        "jsonBody": format!("{{\"key\": \"{SECRET}\"}}")}));
    // The URL itself has them: before its host, and among its options.
    let in_url = format!(
        "http://me:{PASSWORD}@{}/x?api_key={KEY}&access_token={KEY}",
        echo.0.address
    );
    let with_key = |mut parameters: Value| {
        parameters["authentication"] = "genericCredentialType".into();
        parameters["genericAuthType"] = "httpHeaderAuth".into();
        request(&parameters)
    };
    let in_url = with_key(json!({"method": "POST", "url": in_url}));
    // The workflow sets the header itself.
    let headers = json!({"parameters": [{"name": "Authorization", "value": format!("Bearer {KEY}")}]});
    let in_header = with_key(json!({"method": "POST", "url": url, "sendHeaders": true, "headerParameters": headers}));
    let mut flows = vec![(in_url, 1), (in_header, 1)];
    for kind in [
        "httpBasicAuth",
        "httpQueryAuth",
        "httpBearerAuth",
        "httpDigestAuth",
        "oAuth2Api",
        "httpCustomAuth",
    ] {
        let parameters =
            json!({"method": "POST", "url": url, "authentication": "genericCredentialType", "genericAuthType": kind});
        flows.push((request(&parameters), 1));
    }
    let goes_on = workflow(
        "n8n-nodes-3cx.threecx",
        &update(),
        &json!({"onError": "continueRegularOutput"}),
    );
    let patchbay = echo.folder();
    patchbay.file("items.json", r#"[{"id": 1}]"#);
    flows.extend([(pbx, 1), (http, 1), (goes_on, 0)]);
    for (flow, code) in flows {
        patchbay.file("flow.json", &flow);
        let usual = [
            "run",
            "flow.json",
            "--credentials",
            "pbx.toml",
            "--input",
            "items.json",
            "--log",
            "trace",
        ];
        for (more, code) in [
            (&["--output", "run-data"][..], code),
            (&["--output", "last"], code),
            (&["--output", "run-data", "--dry-run"], 0),
            (&["--output", "run-data", "--dry-run=all"], 0),
        ] {
            let answer = patchbay.run(&[&usual, more].concat());
            assert_eq!(answer.code, code, "{more:?} {}", answer.snapshot());
            shows_no_secret(&answer);
        }
    }
    shows_no_secret(&patchbay.run(&["credentials", "check", "--credentials", "pbx.toml", "--log", "trace"]));
    shows_no_secret(&patchbay.run(&["credentials", "list", "--credentials", "pbx.toml", "--format", "json"]));
}

fn shows_no_secret(answer: &Answer) {
    let encoded = [
        SECRET,
        TOKEN,
        "hunter2",
        "hunter2-is%2Flong",
        "echo-4711",
        PASSWORD,
        KEY,
    ];
    for secret in encoded {
        for (name, output) in [("stdout", &answer.stdout), ("stderr", &answer.stderr)] {
            let line = output.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "`{secret}` is in {name}");
        }
    }
}

#[test]
fn an_unclear_write_is_not_sent_again_whatever_the_node_says() {
    // Nobody gives an answer to a creation: whether it was done is not known.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    let received = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = received.clone();
    let token = || async { json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 60}).to_string() };
    let routes = Router::new().route("/connect/token", post(token)).fallback(move || {
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async { StatusCode::BAD_GATEWAY }
    });
    runtime.spawn(async move { axum::serve(listener, routes).await });
    let patchbay = Patchbay::new();
    let fields = format!("url = \"http://{address}\"\nclientId = \"900\"\nclientSecret = \"x\"\n");
    patchbay.file("pbx.toml", &format!("[PBX]\ntype = \"threeCxOAuth2Api\"\n{fields}"));
    let create = json!({"resource": "Groups", "operation": "Create Group", "Name": "x"});
    for on_error in ["stopWorkflow", "continueRegularOutput"] {
        let retries = json!({"retryOnFail": true, "waitBetweenTries": 1, "onError": on_error});
        patchbay.file("flow.json", &workflow("n8n-nodes-3cx.threecx", &create, &retries));
        received.store(0, std::sync::atomic::Ordering::SeqCst);
        patchbay.run(&["run", "flow.json", "--credentials", "pbx.toml"]);
        assert_eq!(received.load(std::sync::atomic::Ordering::SeqCst), 1, "{on_error}");
    }
}

#[test]
fn http_requests_are_counted_and_shown_too() {
    let echo = Echo::start();
    let patchbay = echo.folder();
    let parameters = json!({"method": "POST", "url": format!("http://{}/x", echo.0.address)});
    let more = json!({"typeVersion": 4.2, "onError": "continueRegularOutput"});
    patchbay.file("flow.json", &workflow("n8n-nodes-base.httpRequest", &parameters, &more));
    patchbay.file("items.json", "[{}, {}, {}]");
    let usual = ["run", "flow.json", "--input", "items.json"];
    let limited = patchbay.run(&[&usual[..], &["--max-writes", "2"]].concat());
    assert_eq!(
        limited.stdout.matches("may send no more").count(),
        1,
        "{}",
        limited.snapshot()
    );
    let read_only = patchbay.run(&[&usual[..], &["--read-only"]].concat());
    assert!(read_only.stderr.contains("error[E0811]"), "{}", read_only.stderr);
}
