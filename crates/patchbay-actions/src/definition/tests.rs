//! Faults of definitions, as their authors see them.

use super::fault::Fault;
use super::{read_resource, read_service};

const SERVICE: &str = r#"types = ["example.service"]
title = "Example"

[credential.field]
url = { required = true }

[connection]
base = "{{url}}"

[set.list]
limit = { in = "query", type = "integer" }
"#;

fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn faults_of_service(text: &str) -> String {
    read_service("example", text).map_or_else(|faults| told(&faults), |_| "no fault".to_owned())
}

fn faults_of_resource(text: &str) -> String {
    let service = read_service("example", SERVICE).expect("a service");
    read_resource(&service, "example/things.toml", text).map_or_else(|faults| told(&faults), |_| "no fault".to_owned())
}

#[test]
fn a_sound_definition_has_no_fault() {
    assert_eq!(faults_of_service(SERVICE), "no fault");
    let text =
        "resource = \"Things\"\n[[operation]]\nname = \"List\"\nmethod = \"GET\"\npath = \"/things\"\nuse = [\"list\"]";
    assert_eq!(faults_of_resource(text), "no fault");
}

#[test]
fn all_faults_of_a_resource_are_told_at_once() {
    let text = r#"resource = "Things"
tilte = "x"

[[operation]]
nmae = "List"
method = "GTE"
path = "/things/{{odata Idd}}"
use = ["lst"]
since = "twenty"

[operation.parameter]
Id = { in = "path", type = "integr", required = "yes" }

[[operation]]
name = "Update"
method = "PATCH"
path = "things({{odata Id)"

[operation.parameter]
Id = { in = "pth" }
Mode = { type = "integer", values = ["On"] }

[[operation]]
name = "Show"
method = "GET"
path = "/things/{{show Id}}"
[operation.parameter]
Id = { in = "path" }
Name = { type = "string" }

[[operation]]
name = "show"
method = "GET"
path = "/things"
"#;
    insta::assert_snapshot!(faults_of_resource(text));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let head = "resource = \"Things\"\n[[operation]]\nname = \"Make\"\nmethod = \"POST\"\npath = \"/things\"\n";
    for (text, wanted) in [
        (
            "since = \"20.0.9\"\nuntil = \"20.0.1\"",
            "no version is from 20.0.9 until 20.0.1",
        ),
        (
            "[operation.parameter]\nb = { in = \"content\" }\ny = {}",
            "`b` is the whole body: `y` has no place in it",
        ),
        (
            "[operation.parameter]\nx = { in = \"query\", name = \"q\" }\nq = { in = \"query\" }",
            "`x` and `q` are sent under one name",
        ),
        (
            "[operation.parameter]\nresource = { in = \"query\" }",
            "`resource` is a parameter of every node of a service",
        ),
    ] {
        let told = faults_of_resource(&format!("{head}{text}\n"));
        assert!(told.contains(wanted), "{text}: {told}");
    }
    let renamed = "[operation.parameter]\n\"resource (query)\" = { in = \"query\", name = \"resource\" }";
    assert_eq!(faults_of_resource(&format!("{head}{renamed}\n")), "no fault");
}

#[test]
fn all_syntax_errors_are_told_at_once() {
    let text = "resource = Things\n\n[[operation]]\nname = \"List\nmethod = \"GET\"\npath = \"/\"\npath = \"/\"\n";
    insta::assert_snapshot!(faults_of_resource(text));
}

#[test]
fn all_faults_of_a_service_are_told_at_once() {
    let text = r#"types = "example.service"
versions = ["1"]

[credential.field]
url = { requird = true }

[connection]
base = "{{ulr}}"
timeout = "5s"

[auth]
type = "oauth2"
token-path = "/token"

[error]
message = "$.error[message"

[[error.hint]]
status = 403

[set.list]
limit = 5
"#;
    insta::assert_snapshot!(faults_of_service(text));
}

#[test]
fn the_example_in_the_readme_is_sound() {
    let readme = include_str!("../../../../nodes/README.md");
    let example = readme.split("```").nth(1).and_then(|block| block.strip_prefix("toml"));
    let text = format!("resource = \"Users\"\n{}", example.expect("an example"));
    let library = crate::Library::built_in();
    let service = library.service("3cx").expect("3CX").definition();
    assert!(read_resource(service, "README.md", &text).is_ok());
}
