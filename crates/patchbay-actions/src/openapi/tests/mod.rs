//! A small API in, its definitions out.

mod strange;

use crate::library::Library;
use crate::openapi::{Source, import};

const OLD: &str = r"
openapi: 3.0.4
info: { title: Small API }
servers: [{ url: /api/v1 }]
paths:
  /Things:
    get:
      tags: [Things]
      operationId: ListThing
      parameters:
        - $ref: '#/components/parameters/top'
        - { name: $skip, in: query, schema: { type: integer, minimum: 0 } }
        - { name: $filter, in: query, schema: { type: string } }
      responses: {}
    post:
      tags: [Things]
      operationId: CreateThing
      requestBody: { $ref: '#/components/requestBodies/Thing' }
      responses: {}
  /Things({Id}):
    patch:
      tags: [Things]
      operationId: UpdateThing
      parameters: [{ name: Id, in: path, required: true, schema: { type: integer } }]
      requestBody: { $ref: '#/components/requestBodies/Thing' }
      responses: {}
    delete:
      tags: [Things]
      operationId: DeleteThing
      parameters:
        - { name: Id, in: path, required: true, schema: { type: integer } }
        - { name: If-Match, in: header, schema: { type: string } }
      responses: {}
  /Things/Small.GetByName(name={name},at={at}):
    get:
      tags: [Things]
      operationId: GetThingByName
      parameters:
        - { name: name, in: path, required: true, schema: { type: string, nullable: true } }
        - { name: at, in: path, required: true, schema: { type: string, format: date-time } }
      responses: {}
  /untagged/{key}:
    parameters: [{ name: key, in: path, required: true, schema: { type: string } }]
    put:
      requestBody: { content: { application/json: { schema: { type: array, items: { type: string } } } } }
      responses: {}
components:
  parameters:
    top: { name: $top, in: query, schema: { type: integer, minimum: 0 } }
  requestBodies:
    Thing: { content: { application/json: { schema: { $ref: '#/components/schemas/Small.Thing' } } } }
  schemas:
    Small.Thing:
      type: object
      properties:
        Id: { type: integer }
        Name: { type: string, nullable: true }
        Mode: { allOf: [{ $ref: '#/components/schemas/Small.Mode' }], nullable: true }
        Parts: { type: array, items: { type: string } }
        Rate: { oneOf: [{ type: number }, { type: string }] }
        Made: { type: string, format: date-time }
        ReadOnly: { type: string, readOnly: true }
    Small.Mode: { type: string, enum: [On, Off] }
  securitySchemes:
    Key: { type: oauth2, flows: { clientCredentials: { tokenUrl: /token, scopes: {} } } }
security: [{ Key: [things.read, things.write] }]
";

fn two_versions() -> Vec<(String, String)> {
    let newer = OLD
        .replace("operationId: DeleteThing", "operationId: RemoveThing")
        .replace("        Parts: {", "        Label: { type: string }\n        Parts: {")
        .replace(
            "Small.GetByName(name={name},at={at})",
            "Small.ByName(name={name},at={at})",
        );
    let sources = [
        Source {
            version: Some("1.0"),
            text: OLD,
        },
        Source {
            version: Some("1.1"),
            text: &newer,
        },
    ];
    let overlay = r#"
        about = "All about things"
        [operation."List Thing"]
        about = "Lists things"
        parameter."$skip".remove = true
        [operation."Count Things"]
        method = "GET"
        path = "/Things/$count"
    "#;
    import(&sources, &[("things.overlay.toml".to_owned(), overlay.to_owned())])
        .expect("definitions")
        .files
}

#[test]
fn an_api_becomes_definitions() {
    let text: Vec<String> = two_versions()
        .into_iter()
        .map(|(file, text)| format!("== {file}\n{text}"))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn what_is_imported_can_be_loaded() {
    let mut library = Library::default();
    assert_eq!(library.add("small", two_versions()), Ok(()));
    assert_eq!(library.add("shop", shop()), Ok(()));
}

fn shop() -> Vec<(String, String)> {
    let text = include_str!("shop.yaml");
    import(&[Source { version: None, text }], &[])
        .expect("definitions")
        .files
}

#[test]
fn an_api_that_has_a_bit_of_everything_becomes_definitions() {
    let definitions = shop().into_iter().filter(|(file, _)| file != "api.facts");
    let text: Vec<String> = definitions.map(|(file, text)| format!("== {file}\n{text}")).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn json_and_yaml_give_the_same_bytes() {
    let yaml: serde_json::Value = serde_yaml_ng::from_str(OLD).expect("YAML");
    let json = yaml.to_string();
    let made = |text: &str| {
        import(&[Source { version: None, text }], &[])
            .expect("definitions")
            .files
    };
    assert_eq!(made(&json), made(OLD));
    assert_eq!(made(OLD), made(OLD));
}

#[test]
fn what_is_no_api_is_refused() {
    let refused = |text: &str| {
        import(&[Source { version: None, text }], &[])
            .map(|made| made.files)
            .map_err(|error| error.to_string())
    };
    assert_eq!(
        refused("swagger: '2.0'"),
        Err("not an OpenAPI 3 file: it is of `swagger: 2.0`".to_owned())
    );
    let split = OLD.replace("'#/components/parameters/top'", "'parameters.yaml#/top'");
    assert_eq!(
        refused(&split),
        Err("it refers to another file: `parameters.yaml#/top`".to_owned())
    );
    let old = "openapi: 2.0.0\ninfo: {title: x}";
    assert_eq!(
        refused(old),
        Err("not an OpenAPI 3 file: it is of version `2.0.0`".to_owned())
    );
}

const SMALL: &str = r"
openapi: 3.1.0
info: { title: Doors }
servers: [{ url: 'https://doors.example.com' }]
paths:
  /doors/{id}:
    get:
      tags: [Doors]
      operationId: getDoor
      parameters:
        - { name: id, in: path, required: true, schema: { type: [string, integer] } }
        - { name: size, in: query, schema: { type: integer, format: int32 } }
      responses: { '200': { description: ok } }
";

/// What an import with one overlay of the doors makes: its file, or the faults.
fn doors(overlay: &str) -> String {
    let overlays = [("doors.overlay.toml".to_owned(), overlay.to_owned())];
    let source = Source {
        version: None,
        text: SMALL,
    };
    let made = import(&[source], &overlays).expect("definitions");
    if !made.faults.is_empty() {
        let faults: Vec<String> = made.faults.iter().map(ToString::to_string).collect();
        return faults.join("\n");
    }
    let (_, text) = made
        .files
        .into_iter()
        .find(|(file, _)| file == "doors.toml")
        .expect("the file");
    text.lines()
        .skip(4)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn an_overlay_describes_hides_and_adds() {
    for (overlay, wanted) in [
        (
            "[operation.\"Get Door\"]\nabout = \"A door\"\nname = \"Read Door\"",
            vec!["name = \"Read Door\"", "about = \"A door\""],
        ),
        (
            "[operation.\"Get Door\"]\nparameter.id.about = \"Its number\"",
            vec!["id = { in = \"path\", type = \"any\", required = true, about = \"Its number\" }"],
        ),
        (
            "[operation.\"Get Door\".parameter.deep]\nin = \"query\"\ntype = \"boolean\"",
            vec!["deep = { in = \"query\", type = \"boolean\" }"],
        ),
        (
            "[operation.\"Get Door\"]\nanswer = \"file\"\nfilters-pages = true",
            vec!["answer = \"file\"", "filters-pages = true"],
        ),
        (
            "[operation.\"Count Doors\"]\nmethod = \"GET\"\npath = \"/doors/count\"",
            vec!["name = \"Count Doors\"", "path = \"/doors/count\""],
        ),
    ] {
        let made = doors(overlay);
        for line in wanted {
            assert!(made.lines().any(|known| known == line), "{line}\n{made}");
        }
    }
    let hidden = doors("[operation.\"Get Door\"]\nparameter.size.remove = true");
    assert!(!hidden.contains("size") && hidden.contains("id = {"), "{hidden}");
    assert_eq!(doors("[operation.\"Get Door\"]\nremove = true"), "");
}

#[test]
fn every_fault_of_an_overlay_is_told_in_its_own_lines() {
    let told = doors(
        r#"abuot = "Doors"
[operation."Get Dor"]
about = "x"
[operation."Get Door"]
about = 5
hidden = true
parameter.idd.about = "The door"
parameter.size.type = "integr"
[operation."Count Doors"]
method = "GET"
path = "/doors/{{encode number}}/count"
"#,
    );
    insta::assert_snapshot!(told);
    insta::assert_snapshot!(doors("about = = 1"));
}

#[test]
fn an_overlay_of_nothing_is_told() {
    let overlays = [
        ("door.overlay.toml".to_owned(), "about = \"x\"".to_owned()),
        (
            "node.overlay.toml".to_owned(),
            "titel = \"x\"\n[auth]\ntype = \"nothing\"".to_owned(),
        ),
    ];
    let source = Source {
        version: None,
        text: SMALL,
    };
    let made = import(&[source], &overlays).expect("definitions");
    let faults: Vec<String> = made.faults.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(faults.join("\n"));
}

#[test]
fn what_is_left_out_is_told_with_its_line() {
    let text = include_str!("left-out.yaml");
    let made = import(&[Source { version: None, text }], &[]).expect("definitions");
    let notes: Vec<String> = made.notes[0]
        .iter()
        .map(|note| format!("{}: {}", note.position.map_or(0, |place| place.line), note.message))
        .collect();
    insta::assert_snapshot!(notes.join("\n"));
    // Whatever is left out: the rest can be used.
    assert_eq!(Library::default().add("doors", made.files), Ok(()));
    let whole = import(
        &[Source {
            version: None,
            text: OLD,
        }],
        &[],
    )
    .expect("definitions");
    assert_eq!(whole.notes, [[]], "nothing is left out of this one");
}

#[test]
fn what_a_version_in_between_lacks_is_there_twice() {
    let file = |more: &str| {
        format!(
            "openapi: 3.0.0\ninfo: {{ title: T }}\npaths:\n  /a: {{ get: {{ tags: [T], responses: {{}} }} }}\n{more}"
        )
    };
    let both = file("  /b: { get: { tags: [T], operationId: getB, responses: {} } }\n");
    let texts = [both.clone(), file(""), both, file("")];
    let versions = ["1.0", "2.0", "3.0", "4.0"];
    let sources = versions.iter().zip(&texts).map(|(version, text)| Source {
        version: Some(version),
        text,
    });
    let files = import(&sources.collect::<Vec<_>>(), &[]).expect("definitions").files;
    let (_, text) = files.iter().find(|(name, _)| name == "t.toml").expect("the resource");
    let lives: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("since") || line.starts_with("until"))
        .collect();
    assert_eq!(
        lives,
        ["until = \"1.0\"", "since = \"3.0\"", "until = \"3.0\""],
        "{text}"
    );
}

#[test]
fn what_few_files_have_can_be_imported() {
    let text = include_str!("odd.yaml");
    let odd = || import(&[Source { version: None, text }], &[]).expect("definitions");
    let made = odd();
    assert_eq!(made.files, odd().files, "the same input gives the same bytes");
    let files = made.files.iter().filter(|(file, _)| file != "api.facts");
    let texts: Vec<String> = files.map(|(file, text)| format!("== {file}\n{text}")).collect();
    insta::assert_snapshot!(texts.join("\n"));
    assert_eq!(Library::default().add("odd", made.files), Ok(()));
}

#[test]
fn every_part_that_is_malformed_is_told_with_its_line() {
    let text = "openapi: 3.0.0
info: { title: [x] }
paths:
  b: { get: { responses: {} } }
  /c:
    parameters: x
    get: { tags: things, operationId: 5, responses: [] }
    post:
      requestBody: { content: { application/json: { schema: { type: 5, properties: [], required: true } } } }
  /d: 7
components: { schemas: { A: { allOf: {}, items: false, minimum: low } } }
";
    let error = import(&[Source { version: None, text }], &[]).expect_err("faults");
    let crate::openapi::Error::Malformed { faults, .. } = error else {
        panic!("{error}");
    };
    let lines = faults.iter().map(|fault| {
        let place = fault.position.map_or((0, 0), |place| (place.line, place.column));
        format!("{place:?} {}", fault.message)
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    (2, 9) `title` wants text, and is a list
    (4, 3) a path begins with `/`
    (6, 5) `parameters` wants a list, and is text
    (7, 12) `tags` wants a list of texts, and is text
    (7, 26) `operationId` wants text, and is a number
    (7, 42) `responses` wants an object, and is a list
    (9, 63) `type` wants text, or a list of texts, and is a number
    (9, 72) `properties` wants an object, and is a list
    (10, 3) `/d` wants an object, and is a number
    (11, 31) `allOf` wants a list, and is an object
    (11, 56) `minimum` wants a number, and is text
    ");
}
