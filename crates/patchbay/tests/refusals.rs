//! What keeps a run from starting, or does not: nodes that are not there, a zone that no clock knows, a time of nothing.
//! And where workflows that are called may come from.

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;

use common::Patchbay;
use serde_json::{Value, json};

/// A workflow: nodes of name, type and parameters, and connections from the first output.
fn workflow(nodes: &[(&str, &str, Value)], connections: &[(&str, &str)]) -> String {
    let version = |kind: &str| match kind {
        "n8n-nodes-base.set" => 9.0,
        "n8n-nodes-base.code" => 2.0,
        "n8n-nodes-base.executeWorkflow" => 1.3,
        _ => 1.0,
    };
    let nodes: Vec<Value> = (nodes.iter())
        .map(|(name, kind, parameters)| {
            json!({"id": name, "name": name, "type": kind, "typeVersion": version(kind), "position": [0, 0],
                   "parameters": parameters})
        })
        .collect();
    let connections: serde_json::Map<String, Value> = (connections.iter())
        .map(|(from, to)| {
            let to = json!({"main": [[{"node": to, "type": "main", "index": 0}]]});
            ((*from).to_owned(), to)
        })
        .collect();
    let settings = json!({"executionOrder": "v1"});
    json!({"name": "Flow", "nodes": nodes, "connections": connections, "settings": settings}).to_string()
}

const START: (&str, &str) = ("Start", "n8n-nodes-base.manualTrigger");
const STAYS: (&str, &str) = ("Stays", "n8n-nodes-base.noOp");

fn plain((name, kind): (&'static str, &'static str)) -> (&'static str, &'static str, Value) {
    (name, kind, json!({}))
}

fn missing() -> String {
    workflow(
        &[
            plain(START),
            plain(("Near", "n8n-nodes-base.sett")),
            plain(("Far", "n8n-nodes-else.where")),
            plain(("Farther", "n8n-nodes-else.where")),
            plain(("Old", "n8n-nodes-base.set")),
        ],
        &[
            ("Start", "Near"),
            ("Near", "Far"),
            ("Far", "Farther"),
            ("Farther", "Old"),
        ],
    )
}

#[test]
fn nodes_that_are_not_there_are_told_once_and_nothing_runs() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &missing());
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(
        (answer.code, answer.stdout.as_str()),
        (1, "[]\n"),
        "{}",
        answer.snapshot()
    );
    for (told, times) in [
        ("the node type `n8n-nodes-base.sett` is not known", 1),
        ("did you mean `n8n-nodes-base.set`?", 1),
        ("`n8n-nodes-else.where` is not known (2 nodes of this workflow)", 2),
        ("version 9 of `n8n-nodes-base.set` is not supported", 1),
        ("these versions run: 1, 2, 3,", 1),
        ("a definition in TOML can add it: `--nodes DIR`", 3),
        ("error: nothing was run", 1),
        ("hint: `--allow-missing` lets it run until it gets there", 1),
    ] {
        assert_eq!(answer.stderr.matches(told).count(), times, "{told}\n{}", answer.stderr);
    }
}

#[test]
fn a_missing_node_that_is_allowed_fails_when_it_is_reached() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &missing());
    let answer = patchbay.run(&["run", "flow.json", "--allow-missing", "--output", "run-data"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert_eq!(answer.json()["order"], json!(["Start", "Near"]));
    assert_eq!(answer.stderr.matches("warning[E0101]").count(), 3, "{}", answer.stderr);
    assert_eq!(answer.stderr.matches("error[E0101]").count(), 1, "{}", answer.stderr);
}

#[test]
fn a_missing_node_that_is_never_reached_is_a_warning() {
    let patchbay = Patchbay::new();
    let other = ("Other", "n8n-nodes-base.webhook");
    let flow = workflow(
        &[
            plain(START),
            plain(STAYS),
            plain(other),
            plain(("Gone", "n8n-nodes-else.where")),
        ],
        &[("Start", "Stays"), ("Other", "Gone")],
    );
    patchbay.file("flow.json", &flow);
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert!(answer.stderr.contains("warning[E0101]"), "{}", answer.stderr);
    assert!(
        answer.stderr.contains("this run never comes to the node"),
        "{}",
        answer.stderr
    );
    assert!(!answer.stderr.contains("error"), "{}", answer.stderr);
    // Started elsewhere the run would come to it.
    let answer = patchbay.run(&["run", "flow.json", "--trigger", "Other"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stderr.contains("error[E0101]"), "{}", answer.stderr);
    let answer = patchbay.run(&["run", "flow.json", "--trigger", "Othr"]);
    assert_eq!(answer.code, 2, "{}", answer.snapshot());
    assert!(answer.stderr.contains("did you mean `Other`?"), "{}", answer.stderr);
}

#[test]
fn a_trigger_of_an_unknown_type_starts_with_the_items_that_it_would_have_given() {
    let patchbay = Patchbay::new();
    let mails = ("Mails", "n8n-nodes-else.mailTrigger");
    let split = (
        "Split",
        "n8n-nodes-base.splitOut",
        json!({"fieldToSplitOut": "to", "options": {}}),
    );
    let flow = workflow(&[plain(mails), split], &[("Mails", "Split")]);
    patchbay.file("flow.json", &flow);
    patchbay.file("items.json", r#"{"subject": "a", "to": [1, 2]}"#);
    let answer = patchbay.run(&["run", "flow.json", "--trigger", "Mails", "--input", "items.json"]);
    assert_eq!(
        (answer.code, answer.json()),
        (0, json!([{"to": 1}, {"to": 2}])),
        "{}",
        answer.snapshot()
    );
    assert!(
        answer
            .stderr
            .contains("the run begins with the items of `--input` in its place")
    );
    // Without them there is nothing to begin with.
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(
        answer.stderr.contains("`--trigger 'Mails' --input ITEMS.json`"),
        "{}",
        answer.stderr
    );
}

#[test]
fn python_is_refused_before_anything_runs() {
    let patchbay = Patchbay::new();
    let python = json!({"language": "python", "pythonCode": "return []"});
    let flow = workflow(
        &[plain(START), plain(STAYS), ("Python", "n8n-nodes-base.code", python)],
        &[("Start", "Stays"), ("Stays", "Python")],
    );
    patchbay.file("flow.json", &flow);
    for command in ["check", "run"] {
        let answer = patchbay.run(&[command, "flow.json"]);
        assert_eq!(answer.code, 1, "{}", answer.snapshot());
        let told = [answer.stdout.as_str(), answer.stderr.as_str()].concat();
        assert!(
            told.contains("E0392") && told.contains("rewrite the code in JavaScript"),
            "{told}"
        );
    }
    let answer = patchbay.run(&["run", "flow.json", "--allow-missing", "--output", "run-data"]);
    assert_eq!(
        answer.json()["order"],
        json!(["Start", "Stays", "Python"]),
        "{}",
        answer.snapshot()
    );
}

#[test]
fn a_time_zone_that_is_not_known_is_told_with_the_nearest() {
    let patchbay = Patchbay::new();
    for (zone, told) in [
        ("Europe/Berln", Some("did you mean `Europe/Berlin`?")),
        ("Mars/X", Some("use a name such as")),
        ("Europe/Berlin", None),
    ] {
        let flow = workflow(&[plain(START)], &[]);
        patchbay.file(
            "flow.json",
            &flow.replace("\"v1\"", &format!("\"v1\",\"timezone\":\"{zone}\"")),
        );
        let answer = patchbay.run(&["run", "flow.json"]);
        assert_eq!(answer.code, 0, "{zone}: {}", answer.snapshot());
        match told {
            Some(told) => assert!(
                answer.stderr.contains("warning[E0118]") && answer.stderr.contains(told),
                "{zone}: {}",
                answer.stderr
            ),
            None => assert_eq!(answer.stderr, "", "{zone}"),
        }
    }
}

#[test]
fn a_run_needs_some_time() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &workflow(&[plain(START)], &[]));
    for (time, code) in [("0s", 2), ("soon", 2), ("5", 0), ("2m", 0)] {
        let answer = patchbay.run(&["run", "flow.json", "--timeout", time]);
        assert_eq!(answer.code, code, "{time}: {}", answer.snapshot());
    }
}

#[test]
fn a_script_is_told_the_limit_that_is_set() {
    let patchbay = Patchbay::new().with("PATCHBAY_CODE_MEMORY", "16");
    let code = json!({"jsCode": "const all = []; while (true) all.push('x'.repeat(1000) + all.length)"});
    patchbay.file(
        "flow.json",
        &workflow(
            &[plain(START), ("Code", "n8n-nodes-base.code", code)],
            &[("Start", "Code")],
        ),
    );
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(
        answer.stderr.contains("E0230") && answer.stderr.contains("may use 16 MiB"),
        "{}",
        answer.stderr
    );
}

/// A workflow that calls another: `source` and what goes with it.
fn calling(parameters: Value) -> String {
    let call = ("Call", "n8n-nodes-base.executeWorkflow", parameters);
    workflow(&[plain(START), call], &[("Start", "Call")])
}

fn called() -> String {
    let code = json!({"jsCode": "return [{json: {called: true}}]"});
    let trigger = ("In", "n8n-nodes-base.executeWorkflowTrigger");
    workflow(
        &[plain(trigger), ("Code", "n8n-nodes-base.code", code)],
        &[("In", "Code")],
    )
}

#[test]
fn a_called_workflow_is_looked_for_beside_its_caller_and_only_where_files_are_open() {
    let patchbay = Patchbay::new();
    patchbay.file("flows/parts/called.json", &called());
    let flow = calling(json!({"source": "localFile", "workflowPath": "parts/called.json"}));
    patchbay.file("flows/flow.json", &flow);
    let answer = patchbay.run(&["run", "flows/flow.json"]);
    assert_eq!(answer.json(), json!([{"called": true}]), "{}", answer.snapshot());

    let folder = patchbay.folder.path().join("flows/other");
    std::fs::create_dir(&folder).expect("a folder");
    let patchbay = patchbay.with("N8N_RESTRICT_FILE_ACCESS_TO", folder.to_str().expect("UTF-8"));
    let answer = patchbay.run(&["run", "flows/flow.json"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stderr.contains("E0970"), "{}", answer.stderr);
}

#[test]
fn a_called_workflow_may_be_at_an_address() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let mut asked = [0; 4096];
        let _ = connection.read(&mut asked).expect("a request");
        let body = called();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        connection
            .write_all((head + &body).as_bytes())
            .expect("the answer is sent");
    });
    let patchbay = Patchbay::new();
    let flow = calling(json!({"source": "url", "workflowUrl": format!("http://{address}/called.json")}));
    patchbay.file("flow.json", &flow);
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(answer.json(), json!([{"called": true}]), "{}", answer.snapshot());
    server.join().expect("the server ends");
}
