//! `patchbay test` from outside: workflow cases, formats, exit codes, and what writes files.

mod common;

use common::Patchbay;

const WORKFLOW: &str = r#"{
  "name": "Greet", "settings": { "executionOrder": "v1" },
  "nodes": [
    { "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {} },
    { "name": "Get", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2, "position": [200, 0],
      "parameters": { "url": "=https://api.example.com/persons/{{ $json.id }}", "options": {} } },
    { "name": "Known", "type": "n8n-nodes-base.if", "typeVersion": 2, "position": [400, 0],
      "parameters": { "conditions": { "options": { "caseSensitive": true, "typeValidation": "strict" }, "combinator": "and",
        "conditions": [ { "leftValue": "={{ $json.name }}", "rightValue": "", "operator": { "type": "string", "operation": "notEmpty", "singleValue": true } } ] } } },
    { "name": "Stamp", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [600, 0],
      "parameters": { "assignments": { "assignments": [ { "name": "at", "value": "={{ $now.toISO() }}", "type": "string" } ] }, "options": {} } }
  ],
  "connections": {
    "Start": { "main": [[{ "node": "Get", "type": "main", "index": 0 }]] },
    "Get": { "main": [[{ "node": "Known", "type": "main", "index": 0 }]] },
    "Known": { "main": [[{ "node": "Stamp", "type": "main", "index": 0 }], []] }
  }
}"#;

const CASES: &str = r#"
now = "2026-03-04T05:06:07Z"
timezone = "Europe/Berlin"

[[case]]
name = "two persons, one without a name"
input = [{ id = 1 }, { id = 2 }]
order = ["Start", "Get", "Known", "Stamp"]
output = [{ at = "2026-03-04T06:06:07.000+01:00" }]
requests = 2

[[case.mock]]
request = "GET https://api.example.com/persons/2"
answer = { json = { name = "" } }

[[case.mock]]
request = "GET https://api.example.com/persons/1"
node = "Get"
answer = { json = { name = "Anna" } }

[case.expect.Known]
calls = 1
outputs = [[{ name = "Anna" }], [{ name = "" }]]

[[case]]
name = "a mocked node"
no-output-from = ["Stamp"]

[case.node.Get]
output = [{ name = "" }]

[case.expect.Known]
no-output-from = [0]

[[case]]
name = "the service is down"
input = [{ id = 1 }]
error = { node = "Get", message = { "~any" = true } }

[[case.mock]]
request = "GET https://api.example.com/persons/1"
fault = "500"
"#;

fn world(cases: &str) -> Patchbay {
    let patchbay = Patchbay::new();
    patchbay.file("greet.json", WORKFLOW);
    patchbay.file("greet.test.toml", cases);
    patchbay
}

#[test]
fn a_workflows_cases_pass() {
    let answer = world(CASES).run(&["test", ".", "--format", "tap"]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(answer.stdout.contains("1..3"), "{}", answer.snapshot());
}

#[test]
fn what_a_workflow_does_otherwise_is_told() {
    let rows = [
        ("persons/2\"", "persons/3\"", "E1011"),
        ("node = \"Get\"\n", "node = \"Gte\"\n", "did you mean `Get`?"),
        ("calls = 1", "calls = 2", "E1019"),
        ("\"Known\", \"Stamp\"]", "\"Stamp\", \"Known\"]", "E1018"),
        ("requests = 2", "requests = 3", "3"),
        ("no-output-from = [0]", "no-output-from = [1]", "E1020"),
        ("at = \"2026", "at = \"2027", "E1013"),
        ("node = \"Get\", message", "node = \"Known\", message", "E1014"),
        ("input = [{ id = 1 }, { id = 2 }]", "input = [{ id = 1 }]", "E1015"),
    ];
    for (before, after, wanted) in rows {
        assert!(CASES.contains(before), "{before}");
        let answer = world(&CASES.replacen(before, after, 1)).run(&["test", "greet.test.toml"]);
        assert_eq!(answer.code, 1, "{after}: {}", answer.snapshot());
        assert!(answer.stdout.contains(wanted), "{after}: {}", answer.snapshot());
    }
}

#[test]
fn updates_are_shown_and_not_written_on_ci() {
    let wrong = CASES.replace("at = \"2026", "at = \"2027");
    let patchbay = world(&wrong).with("CI", "true");
    let answer = patchbay.run(&["test", ".", "--update"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(
        answer.stderr.contains("+output = [{ at = \"2026") || answer.stderr.contains("+output"),
        "{}",
        answer.snapshot()
    );
    let kept = std::fs::read_to_string(patchbay.folder.path().join("greet.test.toml")).expect("the cases");
    assert_eq!(kept, wrong);
    let patchbay = world(&wrong);
    assert_eq!(patchbay.run(&["test", ".", "--update"]).code, 0);
    assert_eq!(patchbay.run(&["test", "."]).code, 0);
}

/// Copies files of 3CX's definitions into the folder of a test.
fn three_cx(names: &[&str]) -> Patchbay {
    let patchbay = Patchbay::new();
    for name in names.iter().chain(&["node.toml", "tests/defaults.toml"]) {
        let text = std::fs::read_to_string(common::root().join("nodes/3cx").join(name)).expect("a definition");
        patchbay.file(&format!("3cx/{name}"), &text);
    }
    patchbay
}

#[test]
fn the_double_is_recorded_without_secrets() {
    let patchbay = three_cx(&["users.toml"]);
    let case = "[[case]]\nname = \"x\"\nresource = \"Users\"\noperation = \"List User\"\nparameters = { \"$top\" = 1, \"$select\" = \"Id\" }\n";
    patchbay.file("3cx/tests/mine.toml", case);
    let answer = patchbay.run(&["test", "3cx", "--record", "--sandbox"]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    let recorded = std::fs::read_to_string(patchbay.folder.path().join("3cx/tests/mine.toml")).expect("the case");
    assert!(recorded.contains("request = \"GET /xapi/v1/Users\""), "{recorded}");
    assert!(!recorded.contains("127.0.0.1"), "{recorded}");
    let again = patchbay.run(&["test", "3cx"]);
    assert_eq!(again.code, 0, "{recorded}\n{}", again.snapshot());
}

#[test]
fn the_committed_workflows_cases_pass() {
    let folder = common::root().join("workflows").display().to_string();
    let answer = Patchbay::new().run(&["test", &folder]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(answer.stdout.contains("4 passed, 0 failed"), "{}", answer.snapshot());
}

#[test]
fn exit_codes_and_thresholds() {
    let nodes = common::root().join("nodes/pipedrive").display().to_string();
    let none = Patchbay::new();
    none.file("bad.test.toml", "cse = 1");
    let rows: [(&[&str], i32); 5] = [
        (&["test", &nodes, "--coverage", "--fail-under", "operations=100"], 0),
        (&["test", &nodes, "--coverage", "--fail-under", "values=100"], 1),
        (&["test", &nodes, "--filter", "no such case"], 2),
        (&["test", "bad.test.toml"], 3),
        (&["test", &nodes, "--coverage", "--fail-under", "101"], 2),
    ];
    for (arguments, code) in rows {
        let answer = none.run(arguments);
        assert_eq!(answer.code, code, "{arguments:?} {}", answer.snapshot());
    }
    let nowhere = none.run(&["test", "nowhere"]);
    assert!(
        nowhere.code == 3 && nowhere.stderr.contains("E0801") && nowhere.stderr.contains("`nowhere`"),
        "{}",
        nowhere.snapshot()
    );
}

#[test]
fn a_newer_api_is_compared() {
    let patchbay = Patchbay::new();
    let api = |path: &str| {
        format!(
            "openapi: 3.0.0\ninfo: {{title: Shop, version: '1'}}\nservers: [{{url: 'https://shop.example.com'}}]\npaths:\n  {path}:\n    get:\n      tags: [Things]\n      operationId: ListThings\n      responses: {{'200': {{description: ok}}}}\n"
        )
    };
    patchbay.file("old.yaml", &api("/things"));
    patchbay.file("new.yaml", &api("/items"));
    patchbay.file("other.yaml", &api("/things").replace("Things", "Others"));
    let made = patchbay.run(&["import", "openapi", "old.yaml", "--out", "shop"]);
    assert_eq!(made.code, 0, "{}", made.snapshot());
    let same = patchbay.run(&["test", "shop", "--drift", "old.yaml", "--nodes", "shop"]);
    assert_eq!(same.code, 0, "{}", same.snapshot());
    for format in ["junit", "tap"] {
        let refused = patchbay.run(&["test", "shop", "--drift", "old.yaml", "--format", format]);
        assert!(
            refused.code == 2 && refused.stdout.is_empty() && refused.stderr.contains("--format json"),
            "{}",
            refused.snapshot()
        );
    }
    let answer = patchbay.run(&["test", "shop", "--drift", "new.yaml", "--nodes", "shop"]);
    let other = patchbay.run(&["test", "shop", "--drift", "other.yaml", "--nodes", "shop"]);
    assert!(
        other.code == 3 && other.stderr.contains("E0819"),
        "{}",
        other.snapshot()
    );
    assert!(
        answer.stdout.contains("path is `/items`, was `/things`"),
        "{}",
        answer.snapshot()
    );
}

/// Copies Pipedrive's definitions, without its cases, into the folder of a test.
fn pipedrive() -> Patchbay {
    let patchbay = Patchbay::new();
    for name in ["node.toml", "persons.toml", "tests/defaults.toml"] {
        let text = std::fs::read_to_string(common::root().join("nodes/pipedrive").join(name)).expect("a definition");
        patchbay.file(&format!("pipedrive/{name}"), &text);
    }
    patchbay
}

#[test]
fn generated_cases_pass() {
    let patchbay = pipedrive();
    let answer = patchbay.run(&["test", "pipedrive", "--generate"]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(
        patchbay
            .folder
            .path()
            .join("pipedrive/tests/generated/persons.toml")
            .is_file()
    );
    let again = patchbay.run(&["test", "pipedrive"]);
    assert_eq!(again.code, 0, "{}", again.snapshot());
}

/// Cases of users, and one that fails: what it reads is not there.
const RECORDED: &str = r#"# A comment that stays.
[[case]]
name = "a user"
resource = "Users"
operation = "Get User"
parameters = { Id = 1 } # and this one

[[case]]
name = "nobody"
resource = "Users"
operation = "Get User"
parameters = { Id = 9999 }
output = []

[[case]]
name = "what is said in Recording 1"
resource = "Recordings"
operation = "Download Recording"
parameters = { recId = 1 }
"#;

#[test]
fn recordings_hold_no_secret_and_bytes_are_in_files() {
    let patchbay = three_cx(&["users.toml", "recordings.toml"]);
    let path = patchbay.file("3cx/tests/mine.toml", RECORDED);
    let on_ci = patchbay
        .command(&["test", "3cx", "--record", "--sandbox"])
        .env("CI", "1")
        .output();
    assert_eq!(on_ci.expect("an end").status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).expect("the cases"), RECORDED);
    let answer = patchbay.run(&["test", "3cx", "--record", "--sandbox"]);
    assert_eq!(answer.code, 1, "one can not be recorded: {}", answer.snapshot());
    assert!(answer.stderr.contains("E1034"), "{}", answer.snapshot());
    assert!(answer.stdout.contains("2 passed, 0 failed"), "{}", answer.snapshot());
    let recorded = std::fs::read_to_string(&path).expect("the cases");
    for wanted in [
        "# A comment that stays.",
        "parameters = { Id = 1 } # and this one",
        "\"VMPIN\": \"secret-2\"",
        "output = []\n",
        "file = \"mine-what-is-said-in-recording-1-1.wav\"",
    ] {
        assert!(recorded.contains(wanted), "{wanted}: {recorded}");
    }
    let longest = recorded.lines().map(str::len).max();
    assert!(longest <= Some(120), "{longest:?}: {recorded}");
    let sound = patchbay
        .folder
        .path()
        .join("3cx/tests/mine-what-is-said-in-recording-1-1.wav");
    assert!(std::fs::read(&sound).expect("the sound").starts_with(b"RIFF"));
    std::fs::write(&sound, "another").expect("a file");
    let other = patchbay.run(&["test", "3cx"]);
    assert!(
        other.code == 3 && other.stdout.contains("E1024"),
        "{}",
        other.snapshot()
    );
}

const OF_A_WORKFLOW: &str = r#"# A comment that stays.
[credential."3CX account"]
type = "threeCxOAuth2Api"
data = { url = "https://pbx.example.com", clientId = "777", clientSecret = "stub-secret" }

[[case]]
name = "what the double says"
output = [] # not yet

[case.expect."List users"]
calls = 1
output = []

[[case]]
name = "it should fail"
error = { code = "E0606" }
"#;

#[test]
fn a_workflows_recording_has_its_mocks_and_what_came_out() {
    let patchbay = Patchbay::new();
    let workflow = std::fs::read_to_string(common::root().join("workflows/user-groups.json")).expect("the workflow");
    patchbay.file("user-groups.json", &workflow);
    let path = patchbay.file("user-groups.test.toml", OF_A_WORKFLOW);
    let record = [
        "test",
        "user-groups.test.toml",
        "--record",
        "--sandbox",
        "--filter",
        "what the double says",
    ];
    let on_ci = patchbay.command(&record).env("CI", "1").output().expect("an end");
    assert_eq!(on_ci.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&path).expect("the cases"), OF_A_WORKFLOW);
    let answer = patchbay.run(&record);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(answer.stdout.contains("1 passed, 0 failed"), "{}", answer.snapshot());
    let recorded = std::fs::read_to_string(&path).expect("the cases");
    for wanted in [
        "# A comment that stays.",
        "request = \"POST https://pbx.example.com/connect/token\"",
        "client_id = \"777\"",
        "client_secret = \"stub-secret\"",
        "access_token = \"token-1\"",
        "request = \"GET https://pbx.example.com/xapi/v1/Users(1)/Groups\"",
        "number = \"100\"",
        "error = { code = \"E0606\" }",
    ] {
        assert!(recorded.contains(wanted), "{wanted}: {recorded}");
    }
    assert!(!recorded.contains("sandbox-secret"), "{recorded}");
    assert!(!recorded.contains("output = []"), "{recorded}");
    // A workflow that fails is not recorded, and its case stays as it is.
    let broken = workflow.replacen("List User", "Get User", 1);
    patchbay.file("user-groups.json", &broken);
    let answer = patchbay.run(&record);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stderr.contains("E1034"), "{}", answer.snapshot());
    assert_eq!(std::fs::read_to_string(&path).expect("the cases"), recorded);
}

/// What listens in the place of a service, which must not be asked.
fn pipedrive_at(listener: &std::net::TcpListener) -> Patchbay {
    let patchbay = pipedrive();
    let path = patchbay.folder.path().join("pipedrive/node.toml");
    let text = std::fs::read_to_string(&path).expect("the definition");
    let here = format!("http://{}", listener.local_addr().expect("an address"));
    std::fs::write(&path, text.replace("https://api.pipedrive.com", &here)).expect("the definition");
    patchbay
}

#[test]
fn a_recording_that_fails_leaves_its_case_as_it_is() {
    let case = "[[case]]\nname = \"x\"\nresource = \"Persons\"\noperation = \"Get Person\"\nparameters = { id = 1 }\noutput = [{ id = 1 }]\n\n[[case.exchange]]\nrequest = \"GET /v1/persons/1\"\nanswer = { json = { id = 1 } }\n";
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a setting");
    let rows: [(&[&str], i32, &str); 2] = [
        (&["test", "pipedrive", "--record"], 1, "E1034"),
        (&["test", "pipedrive", "--record", "--sandbox"], 2, "E1037"),
    ];
    for (arguments, code, wanted) in rows {
        let patchbay = pipedrive_at(&listener);
        let path = patchbay.file("pipedrive/tests/mine.toml", case);
        let answer = patchbay.run(arguments);
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        assert!(answer.stderr.contains(wanted), "{}", answer.snapshot());
        assert_eq!(std::fs::read_to_string(path).expect("the case"), case);
        let asked = listener.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock), "the service was asked");
    }
}

#[test]
fn what_a_workflow_sends_to_others_than_the_double_is_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a setting");
    let here = listener.local_addr().expect("an address");
    let case = "[[case]]\nname = \"x\"\noutput = []\n";
    for on_error in ["stopWorkflow", "continueRegularOutput"] {
        let patchbay = Patchbay::new();
        let node = serde_json::json!({"name": "Tell", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2,
            "position": [0, 0], "onError": on_error,
            "parameters": {"method": "POST", "url": format!("http://{here}/told?api_key=hidden-key")}});
        let start = serde_json::json!({"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1,
            "position": [0, 0], "parameters": {}});
        let connections = serde_json::json!({"Start": {"main": [[{"node": "Tell", "type": "main", "index": 0}]]}});
        let flow = serde_json::json!({"nodes": [start, node], "connections": connections});
        patchbay.file("flow.json", &flow.to_string());
        let path = patchbay.file("flow.test.toml", case);
        let answer = patchbay.run(&["test", "flow.test.toml", "--record", "--sandbox"]);
        assert_eq!(answer.code, 1, "{on_error}: {}", answer.snapshot());
        for wanted in [
            "error[E1034]: `flow.test.toml: x` can not be recorded",
            "was not sent",
            "hint: ",
            "[case.node.NAME]",
        ] {
            assert!(answer.stderr.contains(wanted), "{on_error}: {}", answer.snapshot());
        }
        assert!(!answer.stderr.contains("hidden-key"), "{}", answer.snapshot());
        assert_eq!(std::fs::read_to_string(path).expect("the case"), case);
        let asked = listener.accept().map(|_| ()).map_err(|error| error.kind());
        assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock), "the service was asked");
    }
}

#[test]
fn a_case_may_do_without_the_sandbox_of_its_file() {
    let user =
        "request = \"GET /xapi/v1/Users(1)?$select=Id\"\nanswer = { json = { \"@odata.context\" = \"x\", Id = 77 } }\n";
    let token = "[[case.mock]]\nrequest = \"POST /connect/token\"\nbody = \"any\"\nanswer = { json = { token_type = \"Bearer\", expires_in = 60, access_token = \"token-1\" } }\n\n";
    let flow = serde_json::json!({"nodes": [{"name": "Get", "type": "n8n-nodes-3cx.threeCx", "typeVersion": 1,
        "position": [0, 0], "parameters": {"resource": "Users", "operation": "Get User", "Id": 1, "$select": "Id"}}],
        "connections": {}});
    let patchbay = three_cx(&["users.toml"]);
    patchbay.file("flow.json", &flow.to_string());
    let credential = "[credential.pbx]\ntype = \"threeCxOAuth2Api\"\ndata = { url = \"https://pbx.example.com\", clientId = \"900\", clientSecret = \"stub\" }\n";
    let defaults = patchbay.folder.path().join("3cx/tests/defaults.toml");
    let defaults = std::fs::read_to_string(defaults).expect("the defaults");
    let node = "resource = \"Users\"\noperation = \"Get User\"\nparameters = { Id = 1, \"$select\" = \"Id\" }\n";
    let of_workflow = format!("{token}[[case.mock]]\n{user}");
    let of_node = format!("[[case.exchange]]\n{user}");
    for (file, shared, head, own) in [
        (
            "flow.test.toml",
            format!("sandbox = true\n{credential}"),
            "trigger = \"Get\"\n",
            of_workflow,
        ),
        ("3cx/tests/mine.toml", String::new(), node, of_node),
    ] {
        patchbay.file("3cx/tests/defaults.toml", &format!("sandbox = true\n{defaults}"));
        let case = |name: &str, id: u8| {
            format!("\n[[case]]\nname = \"{name}\"\n{head}output = [{{ \"~contains\" = {{ Id = {id} }} }}]\n")
        };
        let (doubled, mocked) = (case("doubled", 1), case("mocked", 77));
        patchbay.file(file, &format!("{shared}{doubled}{mocked}sandbox = false\n\n{own}"));
        let answer = patchbay.run(&["test", file]);
        assert_eq!(answer.code, 0, "{file}: {}", answer.snapshot());
        assert!(answer.stdout.contains("2 passed, 0 failed"), "{}", answer.snapshot());
    }
}

#[test]
fn a_file_that_is_not_valid_is_told_and_the_others_run() {
    let patchbay = pipedrive();
    let good = std::fs::read_to_string(common::root().join("nodes/pipedrive/tests/persons.toml")).expect("the cases");
    patchbay.file("pipedrive/tests/persons.toml", &good);
    patchbay.file(
        "pipedrive/tests/wrong.toml",
        "[[case]]\nname = \"x\"\noperatoin = \"Get Person\"\n",
    );
    for (format, wanted) in [
        ("human", "error[E1002]: a case has no key `operatoin`"),
        ("human", "4 passed, 0 failed, 1 file not valid"),
        ("json", "\"invalid\": true"),
        ("junit", "<error type=\"E1002\""),
        ("junit", "failures=\"0\" errors=\"1\""),
        ("tap", "not ok 5 - pipedrive/tests/wrong.toml is not valid"),
    ] {
        let answer = patchbay.run(&["test", "pipedrive", "--format", format]);
        assert_eq!(answer.code, 3, "{}", answer.snapshot());
        assert!(answer.stdout.contains(wanted), "{wanted}: {}", answer.snapshot());
        assert!(
            answer.stdout.contains("did you mean `operation`?"),
            "{}",
            answer.snapshot()
        );
    }
    patchbay.file("pipedrive/tests/wrong.toml", "");
    patchbay.file("pipedrive/tests/defaults.toml", "origin = 1\n");
    let answer = patchbay.run(&["test", "pipedrive"]);
    assert!(
        answer.code == 3 && answer.stdout.contains("0 passed, 0 failed, 1 file not valid"),
        "{}",
        answer.snapshot()
    );
}

#[test]
fn a_parameter_that_is_not_there_is_told() {
    let patchbay = pipedrive();
    let case = "[[case]]\nname = \"x\"\nresource = \"Persons\"\noperation = \"Get Person\"\nparameters = { id = 1, idd = 2 }\noutput = [{ id = 1 }]\n\n[[case.exchange]]\nrequest = \"GET /v1/persons/1\"\nanswer = { json = { id = 1 } }\n";
    patchbay.file("pipedrive/tests/mine.toml", case);
    let answer = patchbay.run(&["test", "pipedrive"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    for wanted in ["error[E1025]", "mine.toml:5:", "did you mean `id`?"] {
        assert!(answer.stdout.contains(wanted), "{}", answer.snapshot());
    }
}
