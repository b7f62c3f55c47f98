//! What strange APIs say of their operations, and what is made of it.

use std::sync::Arc;

use patchbay_node::capability::http::Effect;

use super::SMALL;
use crate::definition::{Operation, read_resource, read_service};
use crate::openapi::{Source, import};

/// The operations of the tag `Things` of an API that has these paths.
fn operations(paths: &str) -> Vec<Arc<Operation>> {
    let text = document(paths);
    let source = Source {
        version: None,
        text: &text,
    };
    read(&[source])
}

fn document(paths: &str) -> String {
    format!("openapi: 3.1.0\ninfo: {{ title: Things }}\nservers: [{{ url: 'https://x.example' }}]\npaths:\n{paths}")
}

fn read(sources: &[Source]) -> Vec<Arc<Operation>> {
    let files = import(sources, &[]).expect("definitions").files;
    let text = |wanted: &str| {
        files
            .iter()
            .find(|(file, _)| file == wanted)
            .map(|(_, text)| text.as_str())
    };
    let service = read_service("things", text("node.toml").expect("the service")).expect("a service");
    let resource = read_resource(&service, "things.toml", text("things.toml").expect("the resource"));
    resource
        .expect("a resource")
        .operations
        .into_values()
        .flatten()
        .collect()
}

#[test]
fn a_post_is_a_write_whatever_its_name() {
    let names = [
        "getOrCreateThing",
        "getAndDeleteMessage",
        "GetThings",
        "listThings",
        "searchThings",
    ];
    for name in names {
        let path = format!("  /things/{name}: {{ post: {{ tags: [Things], operationId: {name}, responses: {{}} }} }}");
        let effects: Vec<Effect> = operations(&path).iter().map(|operation| operation.effect).collect();
        assert_eq!(effects, [Effect::Write], "{name}");
    }
}

#[test]
fn a_text_that_becomes_a_choice_is_one_from_then_on() {
    let of_body = |schema: &str| {
        let body =
            format!("{{ content: {{ application/json: {{ schema: {{ properties: {{ kind: {schema} }} }} }} }} }}");
        document(&format!(
            "  /things: {{ post: {{ tags: [Things], requestBody: {body}, responses: {{}} }} }}"
        ))
    };
    let (text, choice) = (of_body("{ type: string }"), of_body("{ type: string, enum: [a, b] }"));
    let versions = [("1.0", &text), ("2.0", &choice), ("3.0", &choice), ("4.0", &text)];
    let sources = versions.map(|(version, text)| Source {
        version: Some(version),
        text,
    });
    let operations = read(&sources);
    let forms: Vec<String> = (operations[0].parameters[0].forms())
        .map(|form| format!("{} {:?}", form.life, form.values))
        .collect();
    assert_eq!(
        forms,
        ["since 4.0 []", "from 2.0 until 3.0 [\"a\", \"b\"]", "until 1.0 []"]
    );
}

#[test]
fn a_body_of_one_of_several_forms_takes_what_each_of_them_takes() {
    let extension = "{ type: object, required: [kind, target], properties: { kind: { enum: [extension] }, target: { type: integer }, delay: { type: integer, maximum: 10 }, note: { type: string } } }";
    let external = "{ type: object, required: [kind, target], properties: { kind: { enum: [external, extension] }, target: { type: string, nullable: true }, delay: { type: integer, maximum: 60 } } }";
    for (word, first, second) in [("oneOf", extension, external), ("anyOf", external, extension)] {
        let schema = format!("{{ {word}: [{first}, {second}] }}");
        let operations = operations(&format!(
            "  /things: {{ post: {{ tags: [Things], requestBody: {{ content: {{ application/json: {{ schema: {schema} }} }} }}, responses: {{}} }} }}"
        ));
        let mut told: Vec<String> = (operations[0].parameters.iter())
            .map(|known| {
                format!(
                    "{} {:?} {:?} {:?} {} {}",
                    known.name, known.kind, known.values, known.maximum, known.required, known.nullable
                )
            })
            .collect();
        told.sort();
        let values = if word == "oneOf" {
            r#"["extension", "external"]"#
        } else {
            r#"["external", "extension"]"#
        };
        assert_eq!(
            told,
            [
                "delay Integer [] Some(60.0) false false".to_owned(),
                format!("kind String {values} None true false"),
                "note String [] None false false".to_owned(),
                "target Any [] None true false".to_owned(),
            ],
            "{word}"
        );
    }
}

/// Query options with what their schemas say.
type Options = &'static [(&'static str, &'static str)];

/// The `[paging]` of an API whose list has these query options, and what is left out of it.
fn paging(options: Options) -> (Vec<String>, Vec<String>) {
    let options: Vec<String> = (options.iter())
        .map(|(name, schema)| format!("{{ name: {name}, in: query, schema: {{ type: integer, {schema} }} }}"))
        .collect();
    let answer = "{ 200: { description: ok, content: { application/json: { schema: { properties: { \
                  total: { type: integer }, things: { type: array } } } } } } }";
    let text = document(&format!(
        "  /things: {{ get: {{ tags: [Things], operationId: listThings, parameters: [{}], responses: {answer} }} }}",
        options.join(", ")
    ));
    let made = import(
        &[Source {
            version: None,
            text: &text,
        }],
        &[],
    )
    .expect("definitions");
    let service = &made.files[0].1;
    let section = service.split("[paging]\n").nth(1).unwrap_or_default();
    (
        section.lines().map(str::to_owned).collect(),
        made.notes[0].iter().map(|note| note.message.clone()).collect(),
    )
}

#[test]
fn paging_is_found_or_missed_aloud() {
    let rows: [(Options, &[&str]); 4] = [
        (
            &[("limit", "maximum: 40"), ("offset", "")],
            &["size-option = \"limit\"", "offset-option = \"offset\"", "size = 40"],
        ),
        (
            &[("$top", ""), ("$skip", "")],
            &["size-option = \"$top\"", "offset-option = \"$skip\"", "size = 100"],
        ),
        (
            &[("per_page", "maximum: 30"), ("page", "minimum: 1")],
            &["size-option = \"per_page\"", "offset-option = \"page\"", "size = 30"],
        ),
        (
            &[("size", ""), ("page", "minimum: 0")],
            &["size-option = \"size\"", "offset-option = \"page\"", "size = 100"],
        ),
    ];
    for (options, wanted) in rows {
        let (mut found, notes) = paging(options);
        let rest = found.split_off(wanted.len().min(found.len()));
        assert_eq!(found, wanted);
        let first = options.iter().find_map(|(_, schema)| schema.strip_prefix("minimum: "));
        let first = first.map(|first| format!("first-page = {first}"));
        let others = ["items = \"$.things\"".to_owned()]
            .into_iter()
            .chain(first)
            .chain(["count = \"$.total\"".to_owned()]);
        assert_eq!(rest, others.collect::<Vec<_>>());
        assert!(notes.is_empty(), "{notes:?}");
    }
    // Which number the first page has is not said; and nobody knows a cursor before.
    let unknown: [Options; 2] = [&[("per_page", ""), ("page", "")], &[("limit", ""), ("cursor", "")]];
    for options in unknown {
        let (found, notes) = paging(options);
        assert!(found.is_empty());
        let wanted = "`List Things` seems to give its list in pieces, in a way that is not known: `fetchAll`, `limit` and `splitItems` are left out";
        assert_eq!(notes, [wanted]);
    }
}

#[test]
fn names_are_those_of_n8ns_generator() {
    let schema = "schema: { type: string }";
    let operations = operations(&format!(
        "  /x/{{a.b}}: {{ post: {{ tags: [Things], operationId: doX, parameters: [{{ name: a.b, in: path, {schema} }}, \
         {{ name: filter.name, in: query, {schema} }}, {{ name: 'q[x][y.z]', in: query, {schema} }}, \
         {{ name: h.m, in: header, {schema} }}], requestBody: {{ content: {{ application/json: {{ schema: {{ required: \
         [filter.name], properties: {{ b.c: {{}}, filter.name: {{}} }} }} }} }} }}, responses: {{}} }} }}"
    ));
    let names: Vec<(&str, &str)> = (operations[0].parameters.iter())
        .map(|parameter| (parameter.name.as_str(), parameter.sent_name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            ("a-b", "a.b"),
            ("filter-name", "filter.name"),
            ("q[x][y-z]", "q[x][y.z]"),
            ("h-m", "h.m"),
            ("b-c", "b.c"),
            ("filter-name (body)", "filter.name"),
        ]
    );
    assert_eq!(operations[0].path.names(), ["a-b"]);
    let in_body = operations[0].parameters.last().expect("the last");
    assert_eq!(in_body.shared_name(&operations[0]).as_deref(), Some("filter-name"));
}

#[test]
fn what_becomes_required_is_so_from_then_on() {
    let of_body = |required: &str| {
        let schema = format!("{{ required: [{required}], properties: {{ kind: {{ type: string }} }} }}");
        let body = format!("{{ content: {{ application/json: {{ schema: {schema} }} }} }}");
        document(&format!(
            "  /things: {{ post: {{ tags: [Things], requestBody: {body}, responses: {{}} }} }}"
        ))
    };
    let (free, required) = (of_body(""), of_body("kind"));
    let versions = [("1.0", &free), ("2.0", &required), ("3.0", &required)];
    let sources = versions.map(|(version, text)| Source {
        version: Some(version),
        text,
    });
    let operations = read(&sources);
    let kind = &operations[0].parameters[0];
    let in_version = |version: &str| kind.is_required(version.parse().ok().as_ref());
    assert_eq!(["1.0", "2.0", "3.0"].map(in_version), [false, true, true]);
    // Nobody knows which version it is: the service tells.
    assert!(!kind.is_required(None));
}

#[test]
fn one_of_several_types_stays_so() {
    for (schema, wanted) in [
        ("{ oneOf: [{ type: string }, { type: integer }] }", "{ type = \"any\" }"),
        ("{ type: [string, integer, 'null'] }", "{ type = \"any\" }"),
        ("{ type: [integer, number] }", "{ type = \"number\" }"),
        (
            "{ oneOf: [{ type: number, format: double }, { type: string }, { enum: [INF, NaN] }] }",
            "{ type = \"number\" }",
        ),
        (
            "{ anyOf: [{ type: integer }, { type: 'null' }] }",
            "{ type = \"integer\", nullable = true }",
        ),
        ("{ oneOf: [{ type: object }, { type: array }] }", "{ type = \"json\" }"),
        ("{ type: integer, format: int32 }", "{ type = \"int32\" }"),
        ("{ type: integer, format: int64 }", "{ type = \"integer\" }"),
        ("{ type: string, format: duration }", "{ type = \"duration\" }"),
        (
            "{ type: string, format: duration, pattern: '^-?P([0-9]+D)?(T([0-9]+H)?)?$' }",
            "{ type = \"day-time\" }",
        ),
    ] {
        let text = format!("{}        x: {schema}\n", SMALL.replace("    get:", "    patch:")
            .replace("      responses", "      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Door' } } } }\n      responses")
            + "components:\n  schemas:\n    Door:\n      type: object\n      properties:\n");
        let made = import(
            &[Source {
                version: None,
                text: &text,
            }],
            &[],
        )
        .expect("definitions");
        let (_, doors) = made
            .files
            .iter()
            .find(|(file, _)| file == "doors.toml")
            .expect("the file");
        assert!(doors.contains(&format!("\nx = {wanted}")), "{schema}\n{doors}");
    }
}
