//! Cases of workflows: what passes, what is told, and nodes that are not run.

use crate::common::{self, Patchbay};
use crate::three_cx;

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

#[test]
fn the_committed_workflows_cases_pass() {
    let folder = common::root().join("workflows").display().to_string();
    let answer = Patchbay::new().run(&["test", &folder]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(answer.stdout.contains("4 passed, 0 failed"), "{}", answer.snapshot());
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

/// A node that branches where it fails, and nodes in its place that do.
const FAILURES: &str = r#"
[[case]]
name = "a mocked node fails"
no-output-from = ["Stamp", "Known"]

[case.node.Get]
error = "Rate limited"

[case.expect.Failed]
output = [{ why = "Rate limited" }]

[[case]]
name = "one item fails"

[case.node.Get]
output = [{ json = { name = "Anna" } }, { json = {}, error = "No such person" }]

[case.expect.Stamp]
output = [{ at = { "~any" = true } }]

[case.expect.Failed]
output = [{ why = "No such person" }]

[[case]]
name = "another node fails, and that ends it"
error = { code = "E0606", message = "The mocked node failed", node = "Known", hint = { "~contains" = "later" } }

[case.node.Get]
output = [{}]

[case.node.Known]
error = { code = "E0606", hint = "try later" }

[[case]]
name = "a code of its own"
error = { code = "E1027", node = "Known" }

[case.node.Get]
output = [{}]

[case.node.Known]
error = {}
"#;

#[test]
fn mocked_nodes_fail_as_their_case_says() {
    let failed = r#""name": "Failed", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [600, 0],
      "parameters": { "assignments": { "assignments": [ { "name": "why", "value": "={{ $json.error }}", "type": "string" } ] } }"#;
    let workflow = WORKFLOW
        .replace("\"name\": \"Get\",", "\"name\": \"Get\", \"onError\": \"continueErrorOutput\",")
        .replace("{ \"name\": \"Stamp\"", &format!("{{ {failed} }}, {{ \"name\": \"Stamp\""))
        .replace(
            "[[{ \"node\": \"Known\", \"type\": \"main\", \"index\": 0 }]]",
            "[[{ \"node\": \"Known\", \"type\": \"main\", \"index\": 0 }], [{ \"node\": \"Failed\", \"type\": \"main\", \"index\": 0 }]]",
        );
    let patchbay = world(FAILURES);
    patchbay.file("greet.json", &workflow);
    let answer = patchbay.run(&["test", "greet.test.toml"]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    for (error, wanted) in [
        ("{ cod = \"E0606\" }", "did you mean `code`?"),
        ("{ code = \"606\" }", "`606` is not a code such as `E0606`"),
        ("\"no\"\noutput = []", "one of `output`, `outputs` and `error`"),
    ] {
        patchbay.file(
            "greet.test.toml",
            &FAILURES.replace("\"Rate limited\"\n", &format!("{error}\n")),
        );
        let answer = patchbay.run(&["test", "greet.test.toml"]);
        assert_eq!(answer.code, 3, "{error}: {}", answer.snapshot());
        assert!(answer.stdout.contains(wanted), "{error}: {}", answer.snapshot());
        assert_eq!(answer.stdout.matches("error[").count(), 1, "{}", answer.snapshot());
    }
}
