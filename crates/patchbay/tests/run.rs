//! `patchbay run`, `check`, `nodes` and `import`, as whole programs: what they print, and their exit codes.

mod common;

use common::{Patchbay, root};
use serde_json::{Value, json};

/// A workflow of a chain of nodes: `(name, type, version, parameters)`.
fn chain(nodes: &[(&str, &str, f64, Value)]) -> String {
    let list: Vec<Value> = nodes
        .iter()
        .enumerate()
        .map(|(place, (name, kind, version, parameters))| {
            json!({"id": name, "name": name, "type": format!("n8n-nodes-base.{kind}"), "typeVersion": version,
                   "position": [place * 200, 0], "parameters": parameters})
        })
        .collect();
    let mut connections = json!({});
    for pair in nodes.windows(2) {
        connections[pair[0].0] = json!({"main": [[{"node": pair[1].0, "type": "main", "index": 0}]]});
    }
    json!({"name": "Chain", "nodes": list, "connections": connections, "settings": {"executionOrder": "v1"}})
        .to_string()
}

fn trigger(name: &'static str) -> (&'static str, &'static str, f64, Value) {
    (name, "manualTrigger", 1.0, json!({}))
}

#[test]
fn every_example_runs_against_the_double() {
    let folder = root().join("workflows");
    let mut examples: Vec<_> = std::fs::read_dir(&folder)
        .expect("workflows")
        .map(|entry| entry.expect("entry").path())
        .collect();
    examples.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    examples.sort();
    assert_eq!(examples.len(), 5);
    for example in examples {
        let answer = Patchbay::new().run(&["run", example.to_str().expect("UTF-8"), "--sandbox"]);
        assert_eq!(answer.code, 0, "{}: {}", example.display(), answer.snapshot());
        assert!(
            !answer.json().as_array().expect("items").is_empty(),
            "{}",
            example.display()
        );
    }
}

#[test]
fn items_come_from_a_file_or_from_stdin() {
    let patchbay = Patchbay::new();
    patchbay.file(
        "flow.json",
        &chain(&[trigger("Start"), ("Keep", "noOp", 1.0, json!({}))]),
    );
    patchbay.file("items.json", r#"[{"a": 1}, {"json": {"b": 2}}]"#);
    let from_file = patchbay.run(&["run", "flow.json", "--input", "items.json"]);
    assert_eq!(from_file.json(), json!([{"a": 1}, {"b": 2}]));
    let from_stdin = patchbay.run_with_input(&["run", "flow.json", "--input", "-"], "{\"a\": 1}\n{\"b\": 2}\n");
    assert_eq!(from_stdin.json(), json!([{"a": 1}, {"b": 2}]));
    let workflow_from_stdin = patchbay.run_with_input(&["run", "-"], &chain(&[trigger("Start")]));
    assert_eq!(workflow_from_stdin.json(), json!([{}]));
}

#[test]
fn the_output_is_chosen() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &chain(&[trigger("Start")]));
    assert_eq!(patchbay.run(&["run", "flow.json", "--output", "none"]).stdout, "");
    let run_data = patchbay.run(&["run", "flow.json", "--output", "run-data"]).json();
    assert_eq!(run_data["status"], "success");
    assert_eq!(run_data["order"], json!(["Start"]));
    assert_eq!(run_data["lastNode"], "Start");
    assert_eq!(run_data["nodes"]["Start"][0]["outputs"][0][0]["json"], json!({}));
}

#[test]
fn a_failed_workflow_says_where_and_prints_no_items() {
    let patchbay = Patchbay::new();
    let fails = chain(&[
        trigger("Start"),
        ("Stop", "stopAndError", 1.0, json!({"errorMessage": "nothing to do"})),
    ]);
    patchbay.file("flow.json", &fails);
    let answer = patchbay.run(&["run", "flow.json"]);
    insta::assert_snapshot!(answer.snapshot(), @r"
    exit code: 1
    --- stdout
    []
    --- stderr
    error[E0330]: nothing to do
      --> node `Stop`
    ");
}

#[cfg(unix)]
#[test]
fn no_temporary_file_stays_behind() {
    let patchbay = Patchbay::new();
    let large = patchbay.file("large.txt", &"x".repeat(2 << 20));
    let read = json!({"operation": "read", "fileSelector": large.to_str().expect("UTF-8")});
    let begin = [trigger("Start"), ("Read", "readWriteFile", 1.0, read)];
    let busy = ("Busy", "code", 2.0, json!({"jsCode": "while (true) {}"}));
    let stop = ("Stop", "stopAndError", 1.0, json!({"errorMessage": "no"}));
    for (last, code) in [(None, 0), (Some(stop), 1), (Some(busy), 4)] {
        let temporary = tempfile::tempdir().expect("a folder");
        patchbay.file(
            "flow.json",
            &chain(&begin.iter().cloned().chain(last).collect::<Vec<_>>()),
        );
        let mut command = patchbay.command(&["run", "flow.json", "--timeout", "2s", "--output", "run-data"]);
        let output = command.env("TMPDIR", temporary.path()).output().expect("patchbay ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("large.txt") || code != 0,
            "{told}"
        );
        let left = std::fs::read_dir(temporary.path()).expect("a folder").count();
        assert_eq!(left, 0, "{told}");
    }
}

#[test]
fn a_failed_expression_is_shown_with_a_caret() {
    let patchbay = Patchbay::new();
    let field = json!({"id": "a", "name": "x", "type": "string", "value": "={{ $json.missing.toDateTime() }}"});
    let edit = ("Edit", "set", 3.4, json!({"assignments": {"assignments": [field]}}));
    patchbay.file("flow.json", &chain(&[trigger("Start"), edit]));
    let answer = patchbay.run(&["run", "flow.json"]);
    insta::assert_snapshot!(answer.stderr, @r"
    error[E0201]: toDateTime can't be used on undefined value
      --> node `Edit`, parameter `assignments.assignments.0.value`, item 0
       | ={{ $json.missing.toDateTime() }}
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: check the path before it, or write `?.` to get undefined instead
    ");
}

/// A workflow whose one node calls another, by the stem of its file.
fn calling(child: &str, wait: bool) -> String {
    let workflow = json!({"__rl": true, "mode": "id", "value": child});
    let parameters = json!({"source": "database", "workflowId": workflow, "options": {"waitForSubWorkflow": wait}});
    chain(&[trigger("Start"), ("Call", "executeWorkflow", 1.2, parameters)])
}

#[test]
fn a_time_out_stops_a_called_workflow_too() {
    let patchbay = Patchbay::new();
    let busy = ("Busy", "code", 2.0, json!({"jsCode": "while (true) {}"}));
    patchbay.file(
        "child.json",
        &chain(&[("Called", "executeWorkflowTrigger", 1.0, json!({})), busy]),
    );
    patchbay.file("flow.json", &calling("child", true));
    let answer = patchbay.run(&["run", "flow.json", "--timeout", "200ms"]);
    assert_eq!(answer.code, 4, "{}", answer.snapshot());
}

/// Rows: what the called workflow waits for, and how that ends.
#[test]
fn who_calls_does_not_go_on_before_the_rest_of_what_it_called_is_over() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &calling("child", true));
    let limited = json!({"resume": "webhook", "limitWaitTime": true, "resumeAmount": 0.01, "resumeUnit": "seconds"});
    for (rest, code, told) in [
        (limited, 0, ""),
        (json!({"resume": "webhook"}), 1, "waits for a call\n  --> node `Call`"),
        (json!({"resume": "form"}), 1, "waits for a call\n  --> node `Call`"),
    ] {
        let called = ("Called", "executeWorkflowTrigger", 1.0, json!({}));
        patchbay.file("child.json", &chain(&[called, ("Rest", "wait", 1.1, rest)]));
        let answer = patchbay.run(&["run", "flow.json"]);
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        assert!(answer.stderr.contains(told), "{}", answer.stderr);
    }
}

#[test]
fn a_workflow_that_calls_itself_is_stopped() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &calling("flow", true));
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stderr.contains("[E0707]"), "{}", answer.stderr);
}

#[test]
fn a_called_workflow_that_nobody_waits_for_is_finished() {
    let patchbay = Patchbay::new();
    let child = chain(&[
        ("Called", "executeWorkflowTrigger", 1.0, json!({})),
        (
            "Users",
            "threecx",
            1.0,
            json!({"resource": "Users", "operation": "List User"}),
        ),
    ]);
    patchbay.file(
        "child.json",
        &child.replace("n8n-nodes-base.threecx", "n8n-nodes-3cx.threecx"),
    );
    patchbay.file("flow.json", &calling("child", false));
    patchbay.file("items.json", "{\"a\": 1}");
    let answer = patchbay.run(&["run", "flow.json", "--input", "items.json", "--sandbox"]);
    assert_eq!(answer.json(), json!([{"a": 1}]), "{}", answer.snapshot());
    assert!(answer.stderr.contains("GET /xapi/v1/Users → 200"), "{}", answer.stderr);
}

#[test]
fn secrets_are_not_shown() {
    let patchbay = Patchbay::new();
    patchbay.file("pbx.toml", "[A]\ntype = \"t\"\nclientSecret = \"hunter2");
    patchbay.file(
        "pbx.json",
        "[{\"name\": \"A\", \"data\": {\"clientSecret\": \"hunter2\",,}}]",
    );
    patchbay.file("flow.json", &chain(&[trigger("Start")]));
    for file in ["pbx.toml", "pbx.json"] {
        let answer = patchbay.run(&["run", "flow.json", "--credentials", file]);
        assert_eq!(answer.code, 3, "{}", answer.snapshot());
        assert!(answer.stderr.contains(&format!("{file}:")), "{}", answer.stderr);
        assert!(!answer.stderr.contains("hunter2"), "{}", answer.stderr);
    }
    let example = root().join("workflows/user-groups.json");
    let example = example.to_str().expect("UTF-8");
    for more in ["--dry-run=all", "--log=trace"] {
        let answer = patchbay.run(&["run", example, "--sandbox", more]);
        assert!(!answer.stderr.contains("sandbox-secret"), "{}", answer.stderr);
        assert!(!answer.stderr.contains("Bearer"), "{}", answer.stderr);
        assert!(!answer.stderr.contains('\u{1b}'), "{}", answer.stderr);
    }
}

#[test]
fn a_reader_that_has_gone_does_no_harm() {
    let patchbay = Patchbay::new();
    let mut child = patchbay.command(&["nodes", "list"]).spawn().expect("patchbay starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("patchbay ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_dry_run_shows_writes_and_sends_reads() {
    let example = root().join("workflows/bulk-update-users.json");
    let answer = Patchbay::new().run(&[
        "run",
        example.to_str().expect("UTF-8"),
        "--sandbox",
        "--dry-run",
        "--output",
        "none",
    ]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(
        answer.stderr.contains("dry run: POST http://127.0.0.1:"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("\"TranscriptionMode\":\"Recordings\""),
        "{}",
        answer.stderr
    );
    assert!(answer.stderr.contains("GET /xapi/v1/Users?"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("  POST /xapi"), "{}", answer.stderr);
}

#[test]
fn files_that_are_none_are_refused() {
    let patchbay = Patchbay::new();
    patchbay.file("broken.json", "{\"nodes\": [\n{\"name\": }\n]}");
    patchbay.file("other.json", "{\"a\": 1}");
    let far =
        chain(&[trigger("Start"), ("Merge", "merge", 3.0, json!({}))]).replace("\"index\":0", "\"index\":999999999");
    patchbay.file("far.json", &far);
    patchbay.file("flow.json", &chain(&[trigger("Start")]));
    patchbay.file("pbx.toml", "[A]\nurl = \"https://pbx.example.com\"");
    patchbay.file("items.json", "[1]");
    for (arguments, code, expected) in [
        (vec!["run", "missing.json"], 3, "`missing.json` can not be read"),
        (vec!["run", "broken.json"], 3, "broken.json:2:10"),
        (vec!["run", "other.json"], 3, "it has no `nodes`"),
        (vec!["run", "far.json"], 3, "error[E0005]"),
        (
            vec!["run", "flow.json", "--credentials", "pbx.toml"],
            3,
            "the credential `A` has no `type`",
        ),
        (
            vec!["run", "flow.json", "--input", "items.json"],
            3,
            "item 0 is not an object",
        ),
        (
            vec!["run", "flow.json", "--trigger", "Strat"],
            2,
            "did you mean `Start`?",
        ),
        (
            vec!["run", "flow.json", "--trigger", "Elsewhere"],
            2,
            "its triggers are `Start`",
        ),
        (vec!["run", "flow.json", "--nodes", "."], 3, "node.toml"),
        (vec!["run"], 2, "Usage"),
        (vec!["run", "-", "--input", "-"], 2, "stdin"),
        (vec!["nodes", "show", "sett"], 2, "did you mean `set`?"),
        (
            vec!["nodes", "show", "3cx", "users", "--version", "20.0.99"],
            2,
            "there is no version 20.0.99",
        ),
        (
            vec!["nodes", "show", "3cx", "users", "list grups"],
            2,
            "did you mean `List Groups`?",
        ),
        (
            vec!["import", "openapi", "other.json", "--out", "made"],
            3,
            "not an OpenAPI 3 file",
        ),
        (
            vec![
                "import",
                "openapi",
                "20.0.10=other.json",
                "20.0.9=other.json",
                "--out",
                "made",
            ],
            2,
            "error[E0820]: 20.0.9 is named after 20.0.10\nhint: name each version once, oldest first",
        ),
    ] {
        let answer = patchbay.run(&arguments);
        assert_eq!(answer.code, code, "{arguments:?}\n{}", answer.snapshot());
        assert!(answer.stderr.contains(expected), "{arguments:?}\n{}", answer.stderr);
        assert_eq!(answer.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_node_of_too_many_outputs_does_not_run() {
    let patchbay = Patchbay::new();
    let switch = json!({"mode": "expression", "numberOutputs": 1e9, "output": 0});
    patchbay.file(
        "flow.json",
        &chain(&[trigger("Start"), ("Switch", "switch", 3.2, switch)]),
    );
    for arguments in [
        &["run", "flow.json"][..],
        &["run", "flow.json", "--allow-missing"],
        &["check", "flow.json"],
    ] {
        let answer = patchbay.run(arguments);
        assert_eq!(answer.code, 1, "{}", answer.snapshot());
        let told = answer.stderr.clone() + &answer.stdout;
        assert!(told.contains("[E0119]"), "{told}");
    }
}

#[test]
fn check_tells_every_fault_at_once() {
    let patchbay = Patchbay::new();
    let flow = chain(&[
        trigger("Start"),
        ("Edit", "sett", 3.4, json!({})),
        (
            "Text",
            "set",
            3.4,
            json!({"assignments": {"assignments": [{"id": "a", "name": "x", "type": "string", "value": "={{ 1 +* 2 }}"}]}}),
        ),
    ]);
    patchbay.file("flow.json", &flow);
    let answer = patchbay.run(&["check", "--format", "json", "flow.json"]);
    assert_eq!(answer.code, 1);
    let report = answer.json();
    let faults = report[0]["diagnostics"].as_array().expect("faults").clone();
    let codes: Vec<&str> = faults.iter().filter_map(|fault| fault["code"].as_str()).collect();
    assert_eq!(codes, ["E0101", "E0108"], "{report:#}");
    assert!(
        faults
            .iter()
            .all(|fault| fault["line"] == 1 && fault["column"].as_u64() > Some(1)),
        "{report:#}"
    );
    assert_eq!(patchbay.run(&["check", "missing.json"]).code, 3);
    patchbay.file("empty.json", r#"{"nodes": [], "connections": {}}"#);
    assert_eq!(patchbay.run(&["check", "empty.json"]).code, 1);
}
