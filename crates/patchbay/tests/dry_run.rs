//! Dry runs, by the whole program: what is shown and not sent, and how far the run goes.

mod common;

use common::{Patchbay, requests};
use serde_json::{Value, json};

/// A workflow of a start and a 3CX node.
fn workflow(parameters: &Value, more: &Value) -> String {
    common::workflow("n8n-nodes-3cx.threecx", parameters, more)
}

#[test]
fn a_dry_run_shows_what_an_update_would_change() {
    let parameters = json!({"resource": "Users", "operation": "Update User", "Id": 2, "Enabled": true,
        "DisplayName": "Night Desk", "Groups": "[{\"GroupId\": 3}]"});
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", &workflow(&parameters, &json!({})));
    let answer = patchbay.run(&["run", "flow.json", "--sandbox", "--dry-run"]);
    let port = port_in(&answer.stderr);
    insta::assert_snapshot!(answer.snapshot().replace(&port, "PORT"), @r#"
    exit code: 0
    --- stdout
    [
      {
        "success": true,
        "statusCode": 204
      }
    ]
    --- stderr
    dry run: PATCH http://127.0.0.1:PORT/xapi/v1/Users(2) (node `PBX`, item 0)
      {"Groups":[{"GroupId":3}],"DisplayName":"Night Desk","Enabled":true}
      - Groups: [{"CanDelete":true,"GroupId":2,"Id":2,"MemberName":"Night Desk","Name":"Reception","Number":"109","Tags":[],"TranscriptionMode":null,"Type":"Extension"}] → [{"GroupId":3}]
      - DisplayName: stays "Night Desk"
      - Enabled: false → true
    the sandbox received 3 requests:
      POST /connect/token → 200
      GET /xapi/v1/Users(2) → 200
      GET /xapi/v1/Users(2)?$expand=Groups → 200
    "#);
    let unread = patchbay.run(&["run", "flow.json", "--sandbox", "--dry-run=all", "--output", "none"]);
    assert!(!unread.stderr.contains("  - "), "{}", unread.stderr);
    assert!(requests(&unread).is_empty(), "{}", unread.stderr);
}

#[test]
fn a_dry_run_of_an_update_fails_where_there_is_nothing_to_update() {
    let patchbay = Patchbay::new();
    let parameters = json!({"resource": "Users", "operation": "Update User", "Id": 999, "Enabled": true});
    patchbay.file("flow.json", &workflow(&parameters, &json!({})));
    let answer = patchbay.run(&["run", "flow.json", "--sandbox", "--dry-run"]);
    let port = port_in(&answer.stderr);
    insta::assert_snapshot!(answer.snapshot().replace(&port, "PORT"), @r#"
    exit code: 1
    --- stdout
    []
    --- stderr
    dry run: PATCH http://127.0.0.1:PORT/xapi/v1/Users(999) (node `PBX`, item 0)
      {"Enabled":true}
      there is nothing to update: the service answers 404
    the sandbox received 2 requests:
      POST /connect/token → 200
      GET /xapi/v1/Users(999) → 404
    error[E0433]: Request failed with status code 404
      --> node `PBX`, item 0
       | NotFound: There is no entity with the key 999 in Users (Users)
    hint: no such entity: does the id exist? The list operation of the resource tells
    "#);
}

#[test]
fn what_reads_ends_a_dry_run_of_everything() {
    let patchbay = Patchbay::new();
    let list = json!({"resource": "Users", "operation": "List User"});
    let goes_on = json!({"onError": "continueRegularOutput", "retryOnFail": true});
    let mut flow: Value = serde_json::from_str(&workflow(&list, &goes_on)).expect("JSON");
    let mut next = flow["nodes"][1].clone();
    next["name"] = "Next".into();
    next["parameters"] = json!({"resource": "Users", "operation": "Get User", "Id": "={{ $json.value[0].Id }}"});
    flow["nodes"].as_array_mut().expect("nodes").push(next);
    flow["connections"]["PBX"] = json!({"main": [[{"node": "Next", "type": "main", "index": 0}]]});
    patchbay.file("flow.json", &flow.to_string());
    let answer = patchbay.run(&["run", "flow.json", "--sandbox", "--dry-run=all"]);
    let port = port_in(&answer.stderr);
    insta::assert_snapshot!(answer.snapshot().replace(&port, "PORT"), @r#"
    exit code: 0
    --- stdout
    [
      {
        "sent": false,
        "message": "The dry run sent nothing, so there is no answer to `GET http://127.0.0.1:PORT/xapi/v1/Users`"
      }
    ]
    --- stderr
    dry run: POST http://127.0.0.1:PORT/connect/token
    dry run: GET http://127.0.0.1:PORT/xapi/v1/Users (node `PBX`, item 0)
      nobody knows its answer: the nodes after it do not run (`--dry-run` alone sends what only reads)
    the sandbox received 0 requests:
    "#);
}

#[test]
fn writes_are_shown_in_the_items_order_also_where_the_run_only_reads() {
    let patchbay = Patchbay::new();
    let parameters = json!({"resource": "Users", "operation": "Update User", "Id": "={{ $json.id }}", "Enabled": true});
    patchbay.file("flow.json", &workflow(&parameters, &json!({})));
    patchbay.file(
        "items.json",
        r#"[{"id": 5}, {"id": 2}, {"id": 4}, {"id": 3}, {"id": 1}]"#,
    );
    let usual = [
        "run",
        "flow.json",
        "--sandbox",
        "--input",
        "items.json",
        "--output",
        "none",
    ];
    let answer = patchbay.run(&[&usual[..], &["--dry-run", "--read-only"]].concat());
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    let shown = answer.stderr.lines().filter(|line| line.starts_with("dry run: PATCH"));
    let ids: Vec<Option<&str>> = shown.map(|line| line.split(['(', ')']).nth(1)).collect();
    assert_eq!(ids, ["5", "2", "4", "3", "1"].map(Some));
}

/// The double's port, as the dry run shows it.
fn port_in(text: &str) -> String {
    let after = text
        .split_once("http://127.0.0.1:")
        .map(|(_, after)| after)
        .unwrap_or_default();
    after.chars().take_while(char::is_ascii_digit).collect()
}
