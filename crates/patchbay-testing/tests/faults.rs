//! Every fault does the same to a node wherever it is made: in an exchange of a node's case, in a mock of a workflow's, and in
//! the double.

mod common;

use std::path::Path;

use patchbay_actions::Library;
use patchbay_testing::{CaseResult, collect, report, run};

/// A workflow of one node, so that no core node is needed.
const WORKFLOW: &str = r#"{ "nodes": [{ "name": "Get", "type": "n8n-nodes-3cx.threeCx", "typeVersion": 1, "position": [0, 0],
  "parameters": { "resource": "Users", "operation": "Get User", "Id": 1, "$select": "Id" } }], "connections": {} }"#;

const ANSWER: &str = r#"answer = { json = { "@odata.context" = "x", Id = 1 } }"#;

const TOKEN: &str = r#"request = "POST /connect/token"
body = "any"
answer = { json = { token_type = "Bearer", expires_in = 60, access_token = "token-1" } }
"#;

/// What the node does then: an error's code, or nothing.
const ROWS: [(&str, &str); 11] = [
    ("refuse", "E0601"),
    ("hang", "E0603"),
    ("drop", "E0606"),
    ("truncate", "E0606"),
    ("slow=500", ""),
    ("wrong-content-type", ""),
    ("bad-json", "E0420"),
    ("401-once", ""),
    ("429=3", ""),
    ("500=2", ""),
    ("500", "E0438"),
];

fn expected(code: &str) -> String {
    if code.is_empty() {
        "output = [{ \"~contains\" = { Id = 1 } }]".to_owned()
    } else {
        format!("error = \"{code}\"")
    }
}

/// A case of the node, its fault in an exchange.
fn of_node(fault: &str, code: &str) -> String {
    let expected = expected(code);
    let request = "request = \"GET /xapi/v1/Users(1)?$select=Id\"";
    let head = format!(
        "[[case]]\nname = \"{fault}\"\nresource = \"Users\"\noperation = \"Get User\"\nparameters = {{ Id = 1, \"$select\" = \"Id\" }}\n{expected}\n"
    );
    if fault == "401-once" {
        return format!(
            "{head}[[case.exchange]]\n{request}\nfault = \"{fault}\"\n[[case.exchange]]\nheaders = {{ Authorization = false, Content-Type = {{ \"~any\" = true }} }}\n{TOKEN}[[case.exchange]]\n{request}\n{ANSWER}\n"
        );
    }
    let answered = answered(fault, code);
    format!("{head}[[case.exchange]]\n{request}\nfault = \"{fault}\"\n{answered}\n")
}

/// The answer that comes after a fault, or is spoiled by it; where the fault stays, none comes.
fn answered(fault: &str, code: &str) -> String {
    match fault {
        "truncate" | "bad-json" => format!("{ANSWER}\ntimes = \"any\""),
        _ if code.is_empty() => ANSWER.to_owned(),
        _ => "times = \"any\"".to_owned(),
    }
}

fn of_workflow(fault: &str, code: &str) -> String {
    let expected = expected(code);
    format!(
        "[[case]]\nname = \"{fault}\"\ntrigger = \"Get\"\n{expected}\n[[case.mock]]\n{TOKEN}times = \"any\"\n[[case.mock]]\nrequest = \"GET /xapi/v1/Users(1)?$select=Id\"\nfault = \"{fault}\"\n{}\n",
        answered(fault, code)
    )
}

fn of_double(fault: &str, code: &str) -> String {
    let expected = expected(code);
    // Who refuses connections, refuses them all.
    let place = if fault == "refuse" { "" } else { "@/Users*" };
    format!(
        "[[case]]\nname = \"{fault}\"\ntrigger = \"Get\"\n{expected}\nsandbox = {{ faults = [\"{fault}{place}\"] }}\n"
    )
}

fn results(folder: &Path) -> Vec<CaseResult> {
    let collected = collect(&[folder.to_path_buf()]).expect("cases");
    assert!(collected.faults.is_empty(), "{:?}", collected.faults);
    run(&common::host(Library::built_in()), &collected.jobs, 2)
}

#[test]
fn faults_do_the_same_wherever_they_are_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    let all = |case: fn(&str, &str) -> String| ROWS.map(|(fault, code)| case(fault, code)).join("\n");
    let credential = "[credential.pbx]\ntype = \"threeCxOAuth2Api\"\ndata = { url = \"https://pbx.example.com\", clientId = \"900\", clientSecret = \"stub\" }\n\n";
    let defaults = std::fs::read_to_string(common::root().join("nodes/3cx/tests/defaults.toml")).expect("defaults");
    write("3cx/node.toml", "");
    write("3cx/tests/defaults.toml", &defaults);
    write("3cx/tests/faults.toml", &all(of_node));
    write("mocked.json", WORKFLOW);
    write("mocked.test.toml", &format!("{credential}{}", all(of_workflow)));
    write("doubled.json", WORKFLOW);
    write("doubled.test.toml", &format!("{credential}{}", all(of_double)));
    let results = results(folder.path());
    assert_eq!(results.len(), 3 * ROWS.len());
    assert!(
        results.iter().all(CaseResult::passed),
        "{}",
        report::human::report(&results, false, None)
    );
}
