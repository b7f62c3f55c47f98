//! What is written: recordings without secrets, generated cases, and nothing where something is wrong.

use crate::common::{self, Patchbay};
use crate::{pipedrive, three_cx};

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
fn generated_cases_pass() {
    let patchbay = pipedrive();
    let answer = patchbay.run(&["test", "pipedrive", "--generate"]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    let made = patchbay.folder.path().join("pipedrive/tests/generated/persons.toml");
    let made = std::fs::read_to_string(made).expect("the cases");
    // As this service says no, and not as another one does.
    assert!(
        made.contains("answer = { status = 403, json = { error = \"Access denied\" } }"),
        "{made}"
    );
    let again = patchbay.run(&["test", "pipedrive"]);
    assert_eq!(again.code, 0, "{}", again.snapshot());
}

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
