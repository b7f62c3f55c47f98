//! A small API in, its definitions out.

use super::{Source, import};
use crate::library::Library;

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
    import(&sources, &[("things.overlay.toml".to_owned(), overlay.to_owned())]).expect("definitions")
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
    import(&[Source { version: None, text }], &[]).expect("definitions")
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
    let made = |text: &str| import(&[Source { version: None, text }], &[]).expect("definitions");
    assert_eq!(made(&json), made(OLD));
    assert_eq!(made(OLD), made(OLD));
}

#[test]
fn what_is_no_api_is_refused() {
    let refused = |text: &str| import(&[Source { version: None, text }], &[]).map_err(|error| error.to_string());
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
