//! `patchbay run` where a run is not to go on: what nests too deeply, takes too long, or is stopped in the middle of its
//! work; and what a terminal shows of a run meanwhile.

mod common;
#[path = "common/flow.rs"]
mod flow;
#[cfg(unix)]
#[path = "common/terminal.rs"]
mod terminal;

#[cfg(unix)]
use std::{fs::File, io::Read, net::TcpListener};

use common::Patchbay;
use serde_json::{Value, json};

/// A workflow of Manual Trigger and these nodes: `(name, type, version, parameters)`.
fn chain(nodes: &[(&str, &str, f64, Value)]) -> Value {
    let nodes = nodes
        .iter()
        .map(|(name, kind, version, parameters)| flow::node(name, kind, *version, parameters));
    let start = flow::node("Start", "manualTrigger", 1.0, &json!({}));
    flow::workflow("flow", &std::iter::once(start).chain(nodes).collect::<Vec<_>>())
}

fn code(name: &'static str, code: &str) -> (&'static str, &'static str, f64, Value) {
    (name, "code", 2.0, json!({"jsCode": code}))
}

fn busy() -> (&'static str, &'static str, f64, Value) {
    code("Busy", "while (true) {}")
}

fn set(expression: &str) -> (&'static str, &'static str, f64, Value) {
    let field = json!({"id": "a", "name": "x", "type": "string", "value": expression});
    (
        "Set",
        "set",
        3.4,
        json!({"assignments": {"assignments": [field]}, "options": {}}),
    )
}

/// Rows: the nodes, the exit code, and what the output holds.
#[test]
fn what_is_nested_deeply_ends_nothing_but_its_node() {
    let nested = |depth: usize| {
        let script = format!("let a = {{n: 1}}; for (let i = 0; i < {depth}; i++) a = {{a}}; return [{{json: a}}]");
        code("Nested", &script)
    };
    let calls = |depth: usize| {
        let script =
            format!("const deep = n => n ? deep(n - 1) : 'deep enough'; return [{{json: {{x: deep({depth})}}}}]");
        code("Calls", &script)
    };
    let brackets = code(
        "Text",
        "const text = '['.repeat(1500) + ']'.repeat(1500); return [{json: {text, read: JSON.parse(text)}}]",
    );
    let overflow = "Maximum call stack size exceeded";
    let circular = "Converting circular structure to JSON";
    let rows = [
        (
            vec![code("Circle", "const a = {}; a.a = a; return [{json: a}]")],
            1,
            circular,
        ),
        (
            vec![code("Circle", "const a = [{}]; a[0].list = a; return {a}")],
            1,
            circular,
        ),
        (
            vec![code("Circle", "const {json} = items[0]; json.a = {json}; return items")],
            1,
            circular,
        ),
        (
            vec![code("Twice", "const a = {}; return [{json: {a, b: [a, a]}}]")],
            0,
            "\"b\": [",
        ),
        (vec![nested(5000)], 1, overflow),
        (
            vec![nested(1500), set("={{ $json.a.a.a.a.n ?? 'deeper' }}")],
            0,
            "deeper",
        ),
        (
            vec![
                nested(1500),
                set("={{ JSON.parse(JSON.stringify($json)).toJsonString().length }}"),
            ],
            0,
            "\"9007\"",
        ),
        (vec![brackets, set("={{ $json.text.parseJson().length }}")], 0, "\"1\""),
        (vec![code("Text", "JSON.parse('['.repeat(1e6))")], 1, overflow),
        (vec![set("={{ JSON.parse('['.repeat(1e6)) ?? 'no JSON' }}")], 0, "\"x\""),
        (vec![calls(9000)], 0, "deep enough"),
        (vec![calls(1_000_000)], 1, overflow),
    ];
    for (nodes, exit, part) in rows {
        let patchbay = Patchbay::new();
        patchbay.file("flow.json", &chain(&nodes).to_string());
        let answer = patchbay.run(&["run", "flow.json"]);
        assert_eq!(answer.code, exit, "{nodes:?}: {}", answer.snapshot());
        assert!(answer.snapshot().contains(part), "{nodes:?}: {}", answer.snapshot());
    }
}

/// Rows: the node that reads it, how deep a document nests, the exit code, and what the output holds.
#[test]
fn documents_that_nest_deeply_fail_their_node_alone() {
    let extract = |value: &str| {
        let value = json!({"key": "x", "cssSelector": "body", "returnValue": value});
        json!({"operation": "extractHtmlContent", "extractionValues": {"values": [value]}, "options": {"cleanUpText": false}})
    };
    let markdown = json!({"mode": "htmlToMarkdown", "html": "={{ $json.data }}", "options": {}});
    let rows = [
        ("xml", 1.0, json!({"options": {}}), 1400, 0, "deep"),
        ("xml", 1.0, json!({"options": {"explicitArray": true}}), 1400, 0, "deep"),
        (
            "xml",
            1.0,
            json!({"options": {}}),
            200_000,
            1,
            "elements within each other",
        ),
        ("html", 1.2, extract("text"), 1400, 0, "deep"),
        ("html", 1.2, extract("html"), 1400, 0, "deep"),
        ("html", 1.1, extract("text"), 1400, 0, "deep"),
        ("html", 1.2, extract("text"), 200_000, 1, "levels of elements"),
        ("markdown", 1.0, markdown.clone(), 1400, 0, "deep"),
        ("markdown", 1.0, markdown, 200_000, 1, "levels of elements"),
    ];
    for (kind, version, parameters, depth, exit, part) in rows {
        for tag in if kind == "xml" {
            &["a"][..]
        } else {
            &["div", "blockquote", "span"]
        } {
            let script =
                format!("return [{{json: {{data: '<{tag}>'.repeat({depth}) + 'deep' + '</{tag}>'.repeat({depth})}}}}]");
            let source = ("Document", "code", 2.0, json!({"jsCode": script}));
            let patchbay = Patchbay::new();
            patchbay.file(
                "flow.json",
                &chain(&[source, ("Read", kind, version, parameters.clone())]).to_string(),
            );
            let answer = patchbay.run(&["run", "flow.json"]);
            let told = answer.snapshot();
            assert_eq!(answer.code, exit, "{kind} {tag} {depth}: {told:.300}");
            assert!(told.contains(part), "{kind} {tag} {depth}: {told:.300}");
        }
    }
}

/// A loop that puts its item into new ones in each round, more than would fit on any stack in the end.
#[test]
fn a_loop_does_not_nest_without_end() {
    let mut flow = chain(&[
        code(
            "Round",
            "let {json} = items[0]; for (let i = 0; i < 60; i++) json = {json}; return [{json}]",
        ),
        ("Again", "noOp", 1.0, json!({})),
    ]);
    flow["connections"]["Again"] = json!({"main": [[{"node": "Round", "type": "main", "index": 0}]]});
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &flow.to_string());
    let answer = patchbay.run(&["run", "flow.json"]);
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    assert!(answer.stderr.contains("error[E0120]"), "{}", answer.snapshot());
}

#[test]
fn a_time_out_stops_a_node_in_the_middle_of_its_work() {
    let patchbay = Patchbay::new();
    let mut own_limit = chain(&[busy()]);
    own_limit["settings"]["executionTimeout"] = json!(0.1);
    for (flow, cause) in [
        (chain(&[busy()]), "`--timeout`"),
        (chain(&[set("={{ (() => { while (true) {} })() }}")]), "`--timeout`"),
        (own_limit, "`executionTimeout`"),
    ] {
        patchbay.file("flow.json", &flow.to_string());
        let answer = patchbay.run(&["run", "flow.json", "--timeout", "200ms", "--output", "run-data"]);
        assert_eq!(answer.code, 4, "{}", answer.snapshot());
        assert!(answer.stderr.contains("error[E0702]"), "{}", answer.stderr);
        assert!(answer.stderr.contains(cause), "{}", answer.stderr);
        assert_eq!(answer.json()["status"], "canceled");
    }
}

/// What a node does that is stopped: it would be at it for an hour.
#[cfg(unix)]
#[test]
fn ctrl_c_stops_a_node_in_the_middle_of_its_work() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", silent.local_addr().expect("an address"));
    let request = json!({"url": url, "options": {"timeout": 3_600_000}});
    let wait = json!({"resume": "timeInterval", "amount": 1, "unit": "hours"});
    let command = json!({"command": "exec > pipe; sleep 3600"});
    for node in [
        code("Busy", "console.log('at it'); while (true) {}"),
        code("Sleeps", "await new Promise(done => setTimeout(done, 3600000))"),
        ("Request", "httpRequest", 4.2, request.clone()),
        ("Request", "httpRequest", 1.0, request),
        ("Wait", "wait", 1.1, wait),
        ("Command", "executeCommand", 1.0, command),
    ] {
        let patchbay = Patchbay::new();
        patchbay.file("flow.json", &chain(std::slice::from_ref(&node)).to_string());
        let pipe = patchbay.folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().is_ok());
        let mut run = terminal::Run::start(patchbay.command(&["run", "flow.json", "--allow-commands"]));
        let mut connection: Option<Box<dyn Read>> = None;
        match node.1 {
            "httpRequest" => connection = Some(Box::new(silent.accept().expect("a request").0)),
            // Opens as soon as the command has opened it.
            "executeCommand" => connection = Some(Box::new(File::open(&pipe).expect("a pipe"))),
            // The line of the node that works.
            _ => run.read_until(node.0),
        }
        run.interrupt();
        assert_eq!(run.end(), 4, "{node:?}: {}", run.shown());
        assert!(run.shown().contains("error[E0701]"), "{node:?}: {}", run.shown());
        // To its end, which comes when nobody writes any more.
        let read = connection.map(|mut connection| connection.read_to_end(&mut Vec::new()).expect("an end"));
        assert!(read.is_none_or(|bytes| bytes < 1000), "{node:?}");
    }
}

/// Rows: the node, its input, what the line says while it works, the arguments, and the summary's last lines.
#[cfg(unix)]
#[test]
fn a_terminal_shows_the_node_that_works_and_a_summary() {
    let each = |script: &str| {
        let parameters = json!({"mode": "runOnceForEachItem", "jsCode": script});
        ("Works", "code", 2.0, parameters)
    };
    let pause = "const until = Date.now() + 20; while (Date.now() < until) {} return $input.item";
    let items = "{\"n\": 1}\n".repeat(50);
    let rows = [
        (each(pause), items.as_str(), "/50 items", None, "success"),
        (busy(), "{}", "Busy  0s", Some("1s"), "timed out"),
        (code("Throws", "throw new Error('no')"), "{}", "Throws", None, "error"),
    ];
    for (node, input, line, timeout, last) in rows {
        let patchbay = Patchbay::new();
        patchbay.file("flow.json", &chain(std::slice::from_ref(&node)).to_string());
        patchbay.file("items.ndjson", input);
        let mut arguments = vec!["run", "flow.json", "--input", "items.ndjson", "--output", "none"];
        arguments.extend(timeout.into_iter().flat_map(|limit| ["--timeout", limit]));
        let mut run = terminal::Run::start(patchbay.command(&arguments));
        run.end();
        let shown = run.shown();
        assert!(shown.contains(line), "{line}: {shown}");
        let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
        let table = lines
            .iter()
            .position(|line| line.ends_with("errors"))
            .expect("a summary");
        assert!(lines[table + 1].starts_with("Start "), "{shown}");
        assert!(lines[table + 2].starts_with(node.0), "{shown}");
        assert_eq!(lines[table + 3], last, "{shown}");
        // In a pipe nothing of it is written.
        let answer = patchbay.run(&arguments);
        assert!(!answer.stderr.lines().any(|line| line == last), "{}", answer.snapshot());
        assert!(!answer.stderr.contains("items"), "{}", answer.snapshot());
    }
}

/// What only a call can end is not waited for, nor what only time can end where the clock stands still.
#[test]
fn a_run_waits_for_a_time_and_for_nothing_else() {
    let until = |resume: &str| {
        let parameters = json!({"resume": resume, "amount": 2, "unit": "minutes"});
        [("Wait", "wait", 1.1, parameters), set("={{ 'after' }}")]
    };
    let fixed = &["--now", "2026-03-04T05:06:07Z"];
    for (resume, options, code, told) in [
        ("timeInterval", &fixed[..], 1, "the clock stands still"),
        ("webhook", &[], 1, "`patchbay serve` takes calls"),
        // It goes on waiting until it is stopped.
        ("timeInterval", &["--timeout", "300ms"], 4, "error[E0702]"),
    ] {
        let patchbay = Patchbay::new();
        patchbay.file("flow.json", &chain(&until(resume)).to_string());
        let answer = patchbay.run(&[&["run", "flow.json"], options].concat());
        assert_eq!(
            (answer.code, answer.stdout.as_str()),
            (code, "[]\n"),
            "{}",
            answer.snapshot()
        );
        assert!(answer.stderr.contains(told), "{}", answer.snapshot());
    }
}

/// The error workflow gets n8n's item, also where the time was up.
#[test]
fn the_error_workflow_learns_what_timed_out() {
    let patchbay = Patchbay::new();
    let mut main = chain(&[busy()]);
    main["name"] = json!("Nightly");
    main["settings"] = json!({"errorWorkflow": "alarm", "executionTimeout": 0.2});
    let mut alarm = chain(&[code("Log", "console.log(JSON.stringify($json)); return []")]);
    alarm["id"] = json!("alarm");
    alarm["nodes"][0]["type"] = json!("n8n-nodes-base.errorTrigger");
    patchbay.file("main.json", &main.to_string());
    patchbay.file("alarm.json", &alarm.to_string());
    let answer = patchbay.run(&["run", "main.json"]);
    assert_eq!(answer.code, 4, "{}", answer.snapshot());
    let logged = answer.stderr.lines().find_map(|line| line.strip_prefix("[Log] "));
    let told: Value = serde_json::from_str(logged.expect("a log")).expect("JSON");
    for (place, expected) in [
        ("/workflow", json!({"id": "flow", "name": "Nightly"})),
        ("/execution/lastNodeExecuted", json!("Busy")),
        ("/execution/mode", json!("manual")),
        (
            "/execution/error/message",
            json!("The execution was cancelled because it timed out"),
        ),
        ("/execution/error/node/name", json!("Busy")),
    ] {
        assert_eq!(told.pointer(place), Some(&expected), "{place}: {told}");
    }
}
