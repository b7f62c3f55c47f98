//! `patchbay credentials`, by the whole program: what is listed, what a service says, and what becomes of n8n's exports.

mod common;

use std::io::{BufRead, BufReader};

use common::Patchbay;
use serde_json::json;

/// Encrypted as n8n does with the key `test-key`: `{"clientId":"900"}`.
const SEALED: &str = "U2FsdGVkX18BAgMEBQYHCO5R78QVd/DZbzGkM/0edyoGAZxOuBe9qpyRo2BZGLha";

#[cfg(unix)]
#[test]
fn files_are_listed_without_their_secrets() {
    let patchbay = Patchbay::new();
    let file = patchbay.file(
        "pbx.toml",
        "[A]\ntype = \"threeCxOAuth2Api\"\nurl = \"https://a.example\"\nclientId = \"900\"\nclientSecret = \"${NOT_SET}\"\n\
         [B]\ntype = \"httpHeaderAuth\"\nname = \"X\"\nvalue = \"hunter2-hunter2\"\n",
    );
    std::fs::set_permissions(file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("permissions");
    let export = json!([{"id": "7", "name": "C", "type": "threeCxOAuth2Api", "data": SEALED}]);
    patchbay.file("export.json", &export.to_string());
    let answer = patchbay.run(&[
        "credentials",
        "list",
        "--credentials",
        "pbx.toml",
        "--credentials",
        "export.json",
    ]);
    insta::assert_snapshot!(answer.snapshot(), @r"
    exit code: 0
    --- stdout
    C  threeCxOAuth2Api  7
    A  threeCxOAuth2Api  -  url, clientId, clientSecret (from the environment)
    B  httpHeaderAuth  -  name, value (secret in the file)
    --- stderr
    warning[E0516]: `pbx.toml` holds secrets, and others on this machine may read it
    hint: chmod 600 pbx.toml, or write `${NAME}` for the secrets
    ");
}

#[test]
fn a_credential_is_checked_in_words() {
    let patchbay = Patchbay::new();
    let mut double = patchbay.command(&["sandbox"]).spawn().expect("the double starts");
    let stdout = BufReader::new(double.stdout.take().expect("stdout"));
    let lines: Vec<String> = stdout.lines().take(5).map(|line| line.expect("a line")).collect();
    let credential = lines.join("\n");
    patchbay.file("pbx.toml", &credential);
    let listed = patchbay.run(&["credentials", "list", "--credentials", "pbx.toml"]);
    assert_eq!(listed.stderr, "", "everybody knows the double's secret");
    patchbay.file(
        "wrong.toml",
        &credential.replace("clientSecret = \"", "clientSecret = \"not-"),
    );
    let works = patchbay.run(&["credentials", "check", "--credentials", "pbx.toml"]);
    let wrong = patchbay.run(&["credentials", "check", "--credentials", "wrong.toml"]);
    let nothing = patchbay.run(&["credentials", "check", "another", "--credentials", "pbx.toml"]);
    double.kill().expect("the double ends");
    double.wait().expect("the double ends");
    let gone = patchbay.run(&["credentials", "check", "--credentials", "pbx.toml"]);
    assert_eq!(works.code, 0, "{}", works.snapshot());
    assert!(
        works.stdout.starts_with("sandbox: works at http://127.0.0.1:"),
        "{}",
        works.stdout
    );
    assert!(
        works.stdout.contains("role System Owner (system_owners)"),
        "{}",
        works.stdout
    );
    assert!(works.stdout.contains("version "), "{}", works.stdout);
    for (answer, code, expected) in [
        (wrong, 1, "client id or secret is wrong"),
        (nothing, 2, "there is no credential `another`"),
        (gone, 1, "error[E0601]: No connection to http://127.0.0.1:"),
    ] {
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    }
}

#[test]
fn an_export_becomes_toml_that_works() {
    let patchbay = Patchbay::new();
    let data = json!({"clientId": "900", "clientSecret": "it's hunter2"});
    let export = json!([{"id": "7", "name": "PBX", "type": "threeCxOAuth2Api", "data": data}]);
    patchbay.file("export.json", &export.to_string());
    let answer = patchbay.run(&[
        "credentials",
        "import",
        "export.json",
        "--out",
        "pbx.toml",
        "--env",
        "pbx.env",
    ]);
    assert_eq!(answer.code, 0, "{}", answer.snapshot());
    let read = |name: &str| std::fs::read_to_string(patchbay.folder.path().join(name)).expect("a file");
    assert!(
        read("pbx.toml").contains("clientSecret = \"${PBX_CLIENT_SECRET}\""),
        "{}",
        read("pbx.toml")
    );
    assert_eq!(read("pbx.env"), "PBX_CLIENT_SECRET='it'\\''s hunter2'\n");
    let again = patchbay.run(&["credentials", "import", "export.json", "--out", "pbx.toml"]);
    assert_eq!(again.code, 2, "{}", again.snapshot());
    assert!(again.stderr.contains("E0530"), "{}", again.stderr);
    let forced = patchbay.run(&["credentials", "import", "export.json", "--out", "pbx.toml", "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.snapshot());
    patchbay.file(
        "sealed.json",
        &json!([{"name": "C", "type": "t", "data": SEALED}]).to_string(),
    );
    let closed = patchbay.run(&["credentials", "import", "sealed.json"]);
    assert_eq!(closed.code, 3, "{}", closed.snapshot());
    let opened = patchbay
        .with("N8N_ENCRYPTION_KEY", "test-key")
        .run(&["credentials", "import", "sealed.json"]);
    assert_eq!(opened.stdout, "[C]\ntype = \"t\"\nclientId = \"900\"\n");
}

#[test]
fn what_was_not_asked_is_not_said_to_work() {
    let patchbay = Patchbay::new();
    let rows = [
        (
            "httpHeaderAuth",
            0,
            "A: not checked: it is for whichever service a node calls",
        ),
        (
            "webhookSignature",
            0,
            "A: not checked: it is for whichever service a node calls",
        ),
        (
            "microsoftTeamsOAuth2Api",
            0,
            "A: not checked: it is for whichever service a node calls",
        ),
        ("threeCxOAuthApi", 1, "did you mean `threeCxOAuth2Api`?"),
        ("httpHeadrAuth", 1, "did you mean `httpHeaderAuth`?"),
    ];
    for (kind, code, told) in rows {
        patchbay.file("a.toml", &format!("[A]\ntype = \"{kind}\"\nvalue = \"v\"\n"));
        let answer = patchbay.run(&["credentials", "check", "--credentials", "a.toml"]);
        assert_eq!(answer.code, code, "{}", answer.snapshot());
        assert!((answer.stdout + &answer.stderr).contains(told), "{kind}");
    }
}

#[test]
fn a_double_is_of_the_version_that_the_credential_names() {
    let status = json!({"resource": "System Status", "operation": "Get System Status"});
    let exchange = json!({"resource": "Mcp Servers", "operation": "Exchange"});
    for (version, told, lacks) in [
        ("", "20.0.7", None),
        ("version = \"auto\"", "20.0.7", Some("is not in version 20.0.7")),
        (
            "version = \"20.0.9\"",
            "20.0.9",
            Some("is not in version 20.0.9 of 3CX"),
        ),
        (
            "version = \"20.0.9.1054\"",
            "20.0.9",
            Some("is not in version 20.0.9.1054"),
        ),
        (
            "version = \"${PBX_VERSION}\"",
            "20.0.8",
            Some("is not in version 20.0.8 of 3CX"),
        ),
    ] {
        let patchbay = Patchbay::new().with("PBX_VERSION", "20.0.8");
        // Its secret is not there, and not needed.
        let fields =
            format!("url = \"https://pbx.example.com\"\nclientId = \"9\"\nclientSecret = \"${{NONE}}\"\n{version}\n");
        patchbay.file("pbx.toml", &format!("[PBX]\ntype = \"threeCxOAuth2Api\"\n{fields}"));
        let run = |parameters: &serde_json::Value| {
            let start = json!({"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1, "position": [0, 0], "parameters": {}});
            let node = json!({"name": "PBX", "type": "n8n-nodes-3cx.threecx", "typeVersion": 1, "position": [200, 0], "parameters": parameters});
            let connections = json!({"Start": {"main": [[{"node": "PBX", "type": "main", "index": 0}]]}});
            let flow = json!({"name": "Flow", "nodes": [start, node], "connections": connections});
            patchbay.file("flow.json", &flow.to_string());
            patchbay.run(&["run", "flow.json", "--sandbox", "--credentials", "pbx.toml"])
        };
        let answer = run(&status);
        let version_told = answer.json()[0]["Version"].as_str().unwrap_or_default().to_owned();
        assert!(version_told.starts_with(told), "{version}: {}", answer.snapshot());
        if let Some(lacks) = lacks {
            let refused = run(&exchange);
            assert!(refused.stderr.contains(lacks), "{version}: {}", refused.snapshot());
        }
    }
}

#[test]
fn a_field_that_is_no_value_is_told() {
    let credential = |secret: &str| {
        format!(
            "[A]\ntype = \"threeCxOAuth2Api\"\nurl = \"http://127.0.0.1:9\"\nclientId = \"900\"\nclientSecret = \"{secret}\"\n"
        )
    };
    let patchbay = Patchbay::new().with("EMPTY", "");
    for (secret, wanted) in [
        (
            "={{ $secrets.vault.x }}",
            "`clientSecret` of the credential `A` is an expression",
        ),
        (
            "${EMPTY}",
            "hint: it is empty: has the environment variable that it comes from a value?",
        ),
    ] {
        patchbay.file("a.toml", &credential(secret));
        let answer = patchbay.run(&["credentials", "check", "--credentials", "a.toml"]);
        assert_eq!(answer.code, 1, "{}", answer.snapshot());
        assert!(
            answer.stderr.contains("E0510") && answer.stderr.contains(wanted),
            "{}",
            answer.stderr
        );
    }
}
