//! What users get wrong with 3CX, and what they are told: each message with code, node, parameter, item and a hint, the
//! exit code of the contract, and nothing sent that should not be.

mod common;

use common::{Answer, Patchbay};
use patchbay_sandbox::{Fault, Options, Sandbox, Seed, Version};
use serde_json::{Value, json};

/// One 3CX node behind a manual trigger and a node that makes one item.
fn workflow(parameters: &Value) -> String {
    json!({
        "name": "Mistake",
        "nodes": [
            {"id": "1", "name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {}},
            {"id": "2", "name": "PBX", "type": "n8n-nodes-3cx.threecx", "typeVersion": 1, "position": [200, 0],
             "parameters": parameters, "credentials": {"threeCxOAuth2Api": {"id": "1", "name": "3CX"}}}
        ],
        "connections": {"Start": {"main": [[{"node": "PBX", "type": "main", "index": 0}]]}},
        "settings": {"executionOrder": "v1"}
    })
    .to_string()
}

struct Mistake {
    url: fn(&Sandbox) -> String,
    secret: Option<&'static str>,
    faults: &'static [&'static str],
    role: Option<&'static str>,
    parameters: Value,
}

impl Mistake {
    fn of(parameters: Value) -> Self {
        Self {
            url: Sandbox::url,
            secret: None,
            faults: &[],
            role: None,
            parameters,
        }
    }

    /// Runs it against a double of its own; gives the program's answer and what the double received, tokens left out.
    fn run(&self) -> (Answer, Vec<String>) {
        let runtime = tokio::runtime::Runtime::new().expect("runtime");
        let faults = self
            .faults
            .iter()
            .map(|fault| fault.parse::<Fault>().expect("fault"))
            .collect();
        let seed = self.role.map_or_else(Seed::default, seed_with);
        let options = Options {
            faults,
            seed,
            ..Options::default()
        };
        let sandbox = runtime.block_on(Sandbox::start(options)).expect("sandbox");
        let patchbay = Patchbay::new();
        patchbay.file("flow.json", &workflow(&self.parameters));
        patchbay.file(
            "pbx.toml",
            &format!(
                "[3CX]\ntype = \"threeCxOAuth2Api\"\nurl = \"{}\"\nclientId = \"{}\"\nclientSecret = \"{}\"\n",
                (self.url)(&sandbox),
                sandbox.client_id(),
                self.secret.unwrap_or(sandbox.client_secret()),
            )
            .replace("[3CX]", "[\"3CX\"]"),
        );
        let answer = patchbay.run(&["run", "flow.json", "--credentials", "pbx.toml"]);
        let received = sandbox.exchanges();
        let received = received.iter().filter(|exchange| exchange.path != "/connect/token");
        (
            answer,
            received
                .map(|exchange| format!("{} {}", exchange.method, exchange.path))
                .collect(),
        )
    }
}

/// The built-in data, with one client of this role.
fn seed_with(role: &str) -> Seed {
    let mut seed: Value =
        serde_json::from_str(include_str!("../../patchbay-sandbox/src/seed/seed.json")).expect("seed");
    seed["clients"] = json!([{"id": "900", "secret": "secret", "role": role}]);
    Seed::from_json(&seed.to_string(), Version::default()).expect("seed")
}

/// The message has all these parts, the exit code is 1, and the double received just these requests.
#[track_caller]
fn fails(mistake: &Mistake, parts: &[&str], requests: &[&str]) {
    let (answer, received) = mistake.run();
    assert_eq!(answer.code, 1, "{}", answer.snapshot());
    for part in parts.iter().chain(&["node `PBX`", "hint: "]) {
        assert!(answer.stderr.contains(part), "no {part:?} in\n{}", answer.stderr);
    }
    assert_eq!(received, requests, "{}", answer.stderr);
    assert!(!answer.stderr.contains("Bearer"), "{}", answer.stderr);
}

#[test]
fn a_missing_id_is_refused_before_anything_is_sent() {
    let mistake = Mistake::of(json!({"resource": "Users", "operation": "List Groups"}));
    fails(&mistake, &["[E04", "`Id`"], &[]);
}

#[test]
fn an_id_that_is_no_number_is_refused() {
    for id in ["abc", "={{ 'x1' }}", "1.5", "={{ $json.missing }}"] {
        let mistake = Mistake::of(json!({"resource": "Users", "operation": "List Groups", "Id": id}));
        fails(&mistake, &["[E04", "Id"], &[]);
    }
}

#[test]
fn malformed_json_text_is_shown_with_its_place() {
    for (resource, operation, name, more) in [
        ("Users", "Multi User Update", "ids", json!({"user": "{}"})),
        ("Users", "Multi User Update", "user", json!({"ids": "[1]"})),
        (
            "Service Principals",
            "Update Service Principal",
            "Groups",
            json!({"Id": 1}),
        ),
        (
            "Service Principals",
            "Update Service Principal",
            "Peers",
            json!({"Id": 1}),
        ),
    ] {
        let mut parameters = json!({"resource": resource, "operation": operation});
        for (key, value) in more.as_object().expect("object") {
            parameters[key] = value.clone();
        }
        parameters[name] = json!("[1,\n 2,,]");
        fails(
            &Mistake::of(parameters),
            &["[E04", &format!("`{name}`"), "line 2", "column 4"],
            &[],
        );
    }
}

#[test]
fn a_transcription_mode_that_is_none_is_refused() {
    let parameters = json!({"resource": "Service Principals", "operation": "Update Service Principal", "Id": 1, "TranscriptionMode": "Voicemial"});
    fails(
        &Mistake::of(parameters),
        &["[E04", "`TranscriptionMode`", "Voicemail", "Recordings", "Inherit"],
        &[],
    );
}

fn list_users() -> Value {
    json!({"resource": "Users", "operation": "List User"})
}

#[test]
fn a_wrong_secret_is_named_and_not_shown() {
    let mistake = Mistake {
        secret: Some("hunter2-wrong"),
        ..Mistake::of(list_users())
    };
    fails(&mistake, &["[E0", "client"], &[]);
    assert!(!mistake.run().0.stderr.contains("hunter2-wrong"));
}

#[test]
fn a_slash_at_the_end_of_the_url_does_no_harm() {
    let mistake = Mistake {
        url: |sandbox| sandbox.url() + "/",
        ..Mistake::of(list_users())
    };
    let (answer, received) = mistake.run();
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert_eq!(received, ["GET /xapi/v1/Users"]);
}

#[test]
fn a_url_without_a_scheme_is_refused() {
    let mistake = Mistake {
        url: |_| "pbx.example.com".to_owned(),
        ..Mistake::of(list_users())
    };
    fails(&mistake, &["[E05", "pbx.example.com", "https://"], &[]);
}

#[test]
fn a_host_that_does_not_answer_is_named() {
    let refused = Mistake {
        faults: &["refuse"],
        ..Mistake::of(list_users())
    };
    fails(&refused, &["[E0601]", "127.0.0.1"], &[]);
    let unknown = Mistake {
        url: |_| "http://pbx.invalid".to_owned(),
        ..Mistake::of(list_users())
    };
    fails(&unknown, &["[E060", "pbx.invalid"], &[]);
}

#[test]
fn a_bad_filter_shows_what_the_server_says() {
    let parameters = json!({"resource": "Users", "operation": "List User", "options": {"$filter": "Number eqq '100'"}});
    fails(&Mistake::of(parameters), &["[E04", "eqq"], &["GET /xapi/v1/Users"]);
}

#[test]
fn a_user_that_does_not_exist_is_said_so() {
    let parameters = json!({"resource": "Users", "operation": "Get User", "Id": 99_999});
    fails(
        &Mistake::of(parameters),
        &["[E04", "404"],
        &["GET /xapi/v1/Users(99999)"],
    );
}

#[test]
fn a_stale_etag_is_explained() {
    let parameters = json!({"resource": "Users", "operation": "Delete User", "Id": 5, "If-Match": "W/\"stale\""});
    fails(
        &Mistake::of(parameters),
        &["[E04", "412"],
        &["DELETE /xapi/v1/Users(5)"],
    );
}

#[test]
fn a_role_that_is_too_low_says_which_is_needed() {
    let parameters = json!({"resource": "Users", "operation": "Delete User", "Id": 5});
    let mistake = Mistake {
        role: Some("users"),
        ..Mistake::of(parameters)
    };
    fails(&mistake, &["[E04", "403", "role"], &["DELETE /xapi/v1/Users(5)"]);
}

#[test]
fn an_answer_that_is_not_json_is_shown_from_its_start() {
    let mistake = Mistake {
        faults: &["bad-json"],
        ..Mistake::of(list_users())
    };
    fails(&mistake, &["[E04", "JSON"], &["GET /xapi/v1/Users"]);
}

#[test]
fn an_empty_list_is_no_mistake() {
    let parameters = json!({"resource": "Users", "operation": "List User", "options": {"$filter": "Number eq 'none'"}});
    let (answer, _) = Mistake::of(parameters).run();
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    assert_eq!(answer.json()[0]["value"], json!([]));
}

#[test]
fn mistakes_in_what_the_double_is_given_are_told_with_their_lines() {
    let patchbay = Patchbay::new();
    patchbay.file(
        "seed.json",
        "{\n  \"Users\": [\n    {\"Number\": \"100\", \"Nmber\": 1},\n    {\"Number\": \"100\", \"AuthPassword\": \"hidden\"}\n  ]\n}",
    );
    patchbay.file("calls.toml", "[[step]]\nanswer = 'a'\n\n[[step]]\nafter = 1\n");
    let rows: [(&[&str], i32, &[&str]); 3] = [
        (
            &["sandbox", "--seed", "seed.json"],
            3,
            &[
                "error[E0807]: there is no property `Nmber` of `User`; the nearest is `Number`\n  --> seed.json:3:",
                "error[E0807]: Number \"100\" is already in use\n  --> seed.json:4:",
            ],
        ),
        (
            &["sandbox", "--call-script", "calls.toml"],
            3,
            &["calls.toml:1:", "no step before it makes the call `a`", "calls.toml:4:"],
        ),
        (
            &["sandbox", "--pbx-version", "20.1.7"],
            2,
            &["`20.1.7` is not a version of 3CX", "20.0.4, 20.0.5", "20.0.10"],
        ),
    ];
    for (arguments, code, wanted) in rows {
        let answer = patchbay.run(arguments);
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        for wanted in wanted {
            assert!(answer.stderr.contains(wanted), "{wanted}: {}", answer.snapshot());
        }
        assert!(!answer.stderr.contains("hidden"), "{}", answer.snapshot());
    }
}

#[test]
fn an_import_writes_only_what_can_be_used_and_removes_what_is_no_more() {
    let patchbay = Patchbay::new();
    let api = |paths: &str| format!(r#"{{"openapi": "3.0.0", "info": {{"title": "x"}}, "paths": {{{paths}}}}}"#);
    let path = |path: &str, tag: &str| format!(r#""{path}": {{"get": {{"tags": ["{tag}"], "responses": {{}}}}}}"#);
    patchbay.file("api.json", &api(&path("/a", "One")));
    patchbay.file("newer.json", &api(&path("/a", "Two")));
    patchbay.file("wrong.json", &api(&path("b", "One")));
    patchbay.file("out/mine.toml", "# By hand.\n");
    let import = |files: &[&str]| patchbay.run(&[&["import", "openapi", "--out", "out"], files].concat());
    for (files, code, wanted) in [
        (&["abc=api.json"][..], 2, "error[E0808]: `abc` is no version"),
        (&["wrong.json"], 3, "a path begins with `/`"),
    ] {
        let answer = import(files);
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        assert!(answer.stderr.contains(wanted), "{}", answer.stderr);
    }
    let files = || {
        let entries = std::fs::read_dir(patchbay.folder.path().join("out")).expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(files(), ["mine.toml"], "nothing was written");
    assert_eq!(import(&["api.json"]).code, 0);
    assert_eq!(files(), ["api.facts", "mine.toml", "node.toml", "one.toml"]);
    let again = import(&["newer.json"]);
    assert!(again.stderr.contains("one.toml is removed"), "{}", again.stderr);
    assert_eq!(files(), ["api.facts", "mine.toml", "node.toml", "two.toml"]);
}

#[test]
fn a_run_that_a_later_node_would_end_writes_nothing() {
    const NOTHING: &str = "error: nothing was run: the workflow changes something";
    let patchbay = Patchbay::new();
    // Nobody answers there: a write that was tried would be told.
    let credential = |secret: &str| {
        format!(
            "type = \"threeCxOAuth2Api\"\nurl = \"http://127.0.0.1:9\"\nclientId = \"9\"\nclientSecret = \"{secret}\"\n"
        )
    };
    let credentials = format!("[PBX]\n{}[Unset]\n{}", credential("s3cret-1"), credential("${NOT_SET}"));
    patchbay.file("pbx.toml", &credentials);
    let updated_by = |operation: &str, name: &str, credential: &str, first_name: &str| {
        json!({"name": name, "type": "n8n-nodes-3cx.threecx", "typeVersion": 1, "position": [0, 0],
            "credentials": {"threeCxOAuth2Api": {"name": credential}},
            "parameters": {"resource": "Users", "operation": operation, "Id": 5, "FirstName": first_name}})
    };
    let update =
        |name: &str, credential: &str, first_name: &str| updated_by("Update User", name, credential, first_name);
    let run_after = |first: Value, later: &Value, options: &[&str]| {
        let start = json!({"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {}});
        let to = |node: &str| json!({"main": [[{"node": node, "type": "main", "index": 0}]]});
        let flow = json!({"name": "Flow", "nodes": [start, first, later],
            "connections": {"Start": to("First"), "First": to("Later")}});
        patchbay.file("flow.json", &flow.to_string());
        patchbay.run(&[&["run", "flow.json", "--credentials", "pbx.toml"], options].concat())
    };
    let run = |later: &Value, options: &[&str]| run_after(update("First", "PBX", "a"), later, options);
    let by_expression = updated_by("={{ 'Update User' }}", "First", "PBX", "a");
    let answer = run_after(by_expression, &updated_by("Get User", "Later", "Unset", "b"), &[]);
    assert!(
        answer.stderr.contains(NOTHING),
        "what an expression decides may be a write: {}",
        answer.snapshot()
    );
    for (credential, first_name, wanted) in [
        ("Nope", "b", "E0501"),
        ("Unset", "b", "E0504"),
        ("PBX", "={{ $('Nobody').item.json.x }}", "error[E0109]"),
    ] {
        let mut later = update("Later", credential, first_name);
        let answer = run(&later, &[]);
        assert_eq!(answer.code, 1, "{}", answer.snapshot());
        for wanted in [wanted, NOTHING] {
            assert!(answer.stderr.contains(wanted), "{wanted}: {}", answer.snapshot());
        }
        // What may fail does not keep the others from running, nor does what the user lets pass.
        assert!(!run(&later, &["--allow-missing"]).stderr.contains(NOTHING));
        later["onError"] = "continueRegularOutput".into();
        assert!(!run(&later, &[]).stderr.contains(NOTHING));
    }
}
