//! Services of other kinds than 3CX.

use super::world::{Reply, World, told};
use crate::Library;
use crate::library::Found;

const RESOURCE: &str = r#"
resource = "Things"

[[operation]]
name = "Show"
method = "GET"
path = "/things/{{encode id}}"
[operation.parameter]
id = { in = "path", required = true }

[[operation]]
name = "Find"
method = "GET"
path = "/things?fixed=1"
[operation.parameter]
"big.id" = { in = "query", type = "integer" }

[[operation]]
name = "Look"
method = "GET"
path = "/things({{odata id}})"
[operation.parameter]
id = { in = "path", type = "integer", required = true }

[[operation]]
name = "Replace All"
method = "PUT"
path = "/things"
[operation.parameter]
body = { in = "content", type = "array", required = true }

[[operation]]
name = "Touch"
method = "PATCH"
path = "/touch"

[[operation]]
name = "Move"
method = "PATCH"
path = "/move"
[operation.parameter]
folder = { in = "query" }
name = {}

[[operation]]
name = "Reset"
method = "PUT"
path = "/reset"
[operation.parameter]
name = {}
"#;

fn world(auth: &str) -> World {
    let service = format!(
        r#"
        types = ["example.things"]
        title = "Things"
        [credential.field]
        url = {{}}
        clientId = {{}}
        clientSecret = {{}}
        [connection]
        base = "{{{{url}}}}"
        [auth]
        {auth}
        "#
    );
    let mut library = Library::built_in();
    let files = [("node.toml", service), ("things.toml", RESOURCE.to_owned())];
    let files = files.map(|(file, text)| (file.to_owned(), text)).into();
    library.add("things", files).expect("a service");
    World::of(library, "example.things", |_| Reply::json(200, "{}"))
}

#[tokio::test]
async fn requests_are_authorized_in_the_service_s_way() {
    let rows = [
        ("type = \"none\"", "", "/things/a%2Fb"),
        (
            "type = \"header\"\nname = \"Authorization\"\nvalue = \"Key {{clientSecret}}\"",
            "Key hunter2",
            "/things/a%2Fb",
        ),
        (
            "type = \"query\"\nname = \"key\"\nvalue = \"{{clientSecret}}\"",
            "",
            "/things/a%2Fb?key=hunter2",
        ),
        (
            "type = \"basic\"\nuser = \"{{clientId}}\"\npassword = \"{{clientSecret}}\"",
            "Basic OTAwOmh1bnRlcjI=",
            "/things/a%2Fb",
        ),
    ];
    for (auth, header, path) in rows {
        let world = world(auth);
        let show = r#"{"resource": "Things", "operation": "Show", "id": "a/b"}"#;
        world.run(show, &["{}"]).await.expect("items");
        assert_eq!(world.sent(), format!("GET {path}"));
        assert_eq!(world.by_token().keys().collect::<Vec<_>>(), [header]);
    }
}

#[tokio::test]
async fn ids_of_64_bits_are_sent_as_they_are_and_options_follow_those_of_the_path() {
    let rows = [
        (
            r#""Find", "big.id": "9007199254740993""#,
            "GET /things?fixed=1&big.id=9007199254740993",
        ),
        (r#""Look", "id": "9007199254740993""#, "GET /things(9007199254740993)"),
        (
            r#""Look", "id": "-9223372036854775808""#,
            "GET /things(-9223372036854775808)",
        ),
    ];
    for (operation, wanted) in rows {
        let world = world("type = \"none\"");
        let parameters = format!(r#"{{"resource": "Things", "operation": {operation}}}"#);
        world.run(&parameters, &["{}"]).await.expect("items");
        assert_eq!(world.sent(), wanted);
    }
}

#[tokio::test]
async fn a_body_may_be_one_value() {
    let world = world("type = \"none\"");
    let replace = r#"{"resource": "Things", "operation": "Replace All", "body": "[1, {\"a\": 2}]"}"#;
    world.run(replace, &["{}"]).await.expect("items");
    assert_eq!(world.sent(), "PUT /things\n[1,{\"a\":2}]");
}

#[tokio::test]
async fn only_an_update_of_fields_wants_one() {
    let rows = [
        (r#""operation": "Touch""#, Ok("PATCH /touch")),
        (r#""operation": "Reset""#, Ok("PUT /reset\n{}")),
        (r#""operation": "Move", "folder": "a""#, Ok("PATCH /move?folder=a\n{}")),
        (
            r#""operation": "Move", "options": "={{ $json.options }}""#,
            Ok("PATCH /move?folder=a\n{}"),
        ),
        (r#""operation": "Move""#, Err("E0481")),
        (r#""operation": "Move", "options": "={{ $json.none }}""#, Err("E0481")),
    ];
    for (parameters, wanted) in rows {
        let world = world("type = \"none\"");
        let ran = world
            .run(
                &format!(r#"{{"resource": "Things", {parameters}}}"#),
                &[r#"{"options": {"folder": "a"}, "none": {}}"#],
            )
            .await;
        let sent = world.sent();
        let code = ran.map(|_| sent.as_str()).map_err(|error| error.error.code.to_string());
        assert_eq!(code, wanted.map_err(str::to_owned), "{parameters}");
        assert!(wanted.is_ok() || sent.is_empty(), "{sent}");
    }
}

#[tokio::test]
async fn a_credential_is_checked_by_a_cheap_request() {
    let world = World::new(|request| {
        if request.url.ends_with("/SystemStatus") {
            Reply::json(200, r#"{"Version": "20.0.7"}"#)
        } else if request.url.contains("/ServicePrincipals") {
            Reply::json(403, "")
        } else {
            Reply::json(200, "{}")
        }
    });
    let checked = world.check_credential("3cx").await.expect("it works");
    assert_eq!(
        checked.facts,
        [
            ("version".into(), Ok("20.0.7".to_owned())),
            (
                "role".into(),
                Err("the role is too low to see it (status 403)".to_owned())
            )
        ]
    );
    assert_eq!(checked.versions_differ, None);
    assert!(
        world.sent().starts_with("GET /xapi/v1/Defs?$select=Id"),
        "{}",
        world.sent()
    );
    let role = r#"{"value": [{"Groups": [{"Rights": {"RoleName": "system_owners"}}]}]}"#;
    for (answers, named, wanted) in [
        (
            ["20.0.9.32 (Debian)", role],
            "20.0.9",
            "Ok(\"System Owner (system_owners)\") None",
        ),
        (
            ["20.0.9", r#"{"value": []}"#],
            "20.0.7",
            "Err(\"the answer is empty: the role may be too low to see it\") Some(\"20.0.7 20.0.9\")",
        ),
    ] {
        let mut world = World::new(move |request| match request.url.as_str() {
            url if url.ends_with("/SystemStatus") => Reply::json(200, &format!("{{\"Version\": \"{}\"}}", answers[0])),
            url if url.contains("/ServicePrincipals") => Reply::json(200, answers[1]),
            _ => Reply::json(200, "{}"),
        });
        world.credential.insert("version", named);
        let checked = world.check_credential("3cx").await.expect("it works");
        let differ = checked.versions_differ.map(|(named, told)| format!("{named} {told}"));
        assert_eq!(format!("{:?} {differ:?}", checked.facts[1].1), wanted);
    }
    let world = World::new(|_| Reply::json(403, ""));
    let error = world.check_credential("3cx").await.expect_err("an error");
    insta::assert_snapshot!(told(&error), @r"
    E0432 Request failed with status code 403
      hint: the client's role is too low: give its service principal a higher one (reports, recordings and the call history want System Owner)
    ");
}

#[test]
fn only_resources_that_are_asked_for_are_read() {
    let library = Library::built_in();
    let service = library.service("3cx").expect("3CX");
    assert_eq!(service.read_count(), 0);
    assert!(matches!(service.resource("service principals"), Found::Yes(_)));
    assert!(matches!(service.resource("Service Principals"), Found::Yes(_)));
    assert_eq!(service.read_count(), 1);
}

#[tokio::test]
async fn a_version_that_is_auto_is_asked_for_once() {
    let mut world = World::new(|request| {
        let is_question = request.url.ends_with("/SystemStatus");
        Reply::json(
            200,
            if is_question {
                r#"{"Version": "20.0.7.1054"}"#
            } else {
                "{}"
            },
        )
    });
    world.credential.insert("version", "auto");
    let exchange = r#"{"resource": "Mcp Servers", "operation": "Exchange"}"#;
    let refused = world.run(exchange, &["{}"]).await.map_err(|error| told(&error));
    assert_eq!(
        refused.err().as_deref(),
        Some(
            "E0416 `Exchange` is not in version 20.0.7.1054 of 3CX\n  parameter: operation\n  hint: it is there since 20.0.10"
        )
    );
    let list = r#"{"resource": "Users", "operation": "List User"}"#;
    world.run(list, &["{}"]).await.expect("users");
    assert_eq!(world.sent(), "GET /xapi/v1/SystemStatus\n---\nGET /xapi/v1/Users");
}

#[tokio::test]
async fn a_version_that_nobody_tells_is_to_be_named() {
    let mut world = World::calm();
    world.credential.insert("version", "auto");
    let list = r#"{"resource": "Users", "operation": "List User"}"#;
    let refused = world.run(list, &["{}"]).await.map_err(|error| told(&error));
    assert_eq!(
        refused.err().as_deref(),
        Some(
            "E0440 3CX does not tell its version, and the credential says `auto`\n  \
             hint: name the version in the credential `PBX` in place of `auto`: `version = \"…\"`"
        )
    );
}

#[tokio::test]
async fn a_version_that_must_not_be_asked_says_so() {
    let mut world = World::new(|_| Reply::json(403, ""));
    world.credential.insert("version", "auto");
    let list = r#"{"resource": "Users", "operation": "List User"}"#;
    let error = world.run(list, &["{}"]).await.expect_err("an error").error;
    let wanted = "this answered the question for the version of 3CX, which the credential's `auto` asks";
    assert!(
        error.hints.iter().any(|hint| hint.as_str() == wanted),
        "{:?}",
        error.hints
    );
}
