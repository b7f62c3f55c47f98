//! Exit codes, formats, thresholds and mistakes in files of cases.

use crate::common::{self, Patchbay};
use crate::pipedrive;

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

#[test]
fn a_version_that_nobody_knows_is_told() {
    let patchbay = Patchbay::new();
    patchbay.file("flow.json", "{\"nodes\": [], \"connections\": {}}");
    let case = "[[case]]\nname = \"x\"\noutput = []\nsandbox = { version = \"21.0.0\" }\n";
    patchbay.file("flow.test.toml", case);
    let answer = patchbay.run(&["test", "flow.test.toml"]);
    assert_eq!(answer.code, 3, "{}", answer.snapshot());
    for wanted in ["error[E1003]", "flow.test.toml:4:", "20.0.4, 20.0.5"] {
        assert!(answer.stdout.contains(wanted), "{}", answer.snapshot());
    }
}
