//! What the node sends for each operation of each version, held against the table of facts that the importer takes from
//! 3CX's files.

use std::collections::BTreeMap;

use patchbay_node::capability::http::{Body, Request};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::world::World;
use crate::openapi::start_case;

const FACTS: &str = include_str!("../../../../nodes/3cx/api.facts");

/// An operation as one version declares it.
struct Fact {
    method: String,
    path: String,
    resource: String,
    operation: String,
    parameters: Vec<Declared>,
    /// The properties of the body; none for an operation without one.
    body: Option<Vec<Declared>>,
}

struct Declared {
    place: String,
    name: String,
    kind: String,
    required: bool,
}

/// A line of the table that a version has: its words.
fn words<'t>(line: &'t str, version: &str, versions: &[&str]) -> Option<Vec<&'t str>> {
    let (line, life) = line.split_once(" @").unwrap_or((line, ""));
    let place = |name: &str| versions.iter().position(|known| *known == name).expect("a version");
    let includes = |span: &str| {
        let (first, last) = span.split_once('-').unwrap_or((span, span));
        (place(first)..=place(last)).contains(&place(version))
    };
    (life.is_empty() || life.split(',').any(includes)).then(|| line.split_whitespace().collect())
}

/// All operations of a version.
fn facts(version: &str, versions: &[&str]) -> Vec<Fact> {
    let mut types: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    let mut facts = Vec::new();
    for block in FACTS.split("\n\n").skip(2) {
        let mut lines = block.lines().map(|line| words(line, version, versions));
        let Some(Some(head)) = lines.next() else { continue };
        let lines: Vec<Vec<&str>> = lines.flatten().collect();
        if let ["type", name] = head[..] {
            types.insert(name, lines);
            continue;
        }
        let [method, path, tag, id] = head[..] else {
            panic!("an operation: {head:?}")
        };
        let body = lines.iter().find(|line| line[0] == "body").map(|body| {
            let name = body[1].trim_matches(['{', '}']);
            types.get(name).unwrap_or(&lines)
        });
        let declared = |line: &Vec<&str>| Declared {
            place: line[0].to_owned(),
            name: line[1].to_owned(),
            kind: line[2].trim_end_matches('?').to_owned(),
            required: line.get(3) == Some(&"required"),
        };
        let is_parameter = |line: &&Vec<&str>| ["path", "query", "header"].contains(&line[0]);
        facts.push(Fact {
            method: method.to_owned(),
            path: path.to_owned(),
            resource: start_case(tag),
            operation: start_case(id),
            parameters: lines.iter().filter(is_parameter).map(declared).collect(),
            body: body.map(|lines| lines.iter().filter(|line| line[0] == "field").map(declared).collect()),
        });
    }
    facts
}

/// A value as a workflow holds it, and as it is sent.
fn sample(declared: &Declared) -> (Value, Value) {
    let same = |value: Value| (value.clone(), value);
    match declared.kind.as_str() {
        "array" if declared.place == "query" => (json!(["Id", "Name"]), json!("Id,Name")),
        "array" => (json!("[{\"a\": [1]}]"), json!([{"a": [1]}])),
        "object" => (json!("{\"a\": {\"b\": null}}"), json!({"a": {"b": null}})),
        "boolean" => same(json!(true)),
        "number" | "number:decimal" | "integer:decimal" => same(json!(1.5)),
        "string" => same(json!("O'Neil&Söhne/1?")),
        "string:date-time" => (json!("2026-03-04T06:06:07+01:00"), json!("2026-03-04T05:06:07Z")),
        "string:duration" => same(json!("PT1H30M")),
        "string:uuid" => same(json!("01234567-89ab-cdef-0123-456789abcdef")),
        kind if kind.starts_with("integer") => (json!("12"), json!(12)),
        kind => {
            let values = kind.strip_prefix("enum:").unwrap_or_else(|| panic!("a type: {kind}"));
            same(json!(values.rsplit('|').next()))
        }
    }
}

/// A value in a path: an OData literal.
fn literal(kind: &str, value: &Value) -> String {
    match value {
        Value::String(text) if kind == "string" => format!("'{}'", text.replace('\'', "''")),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// What should be sent for those parameters: method, path, query, headers, body.
fn wanted(fact: &Fact, is_set: impl Fn(&Declared) -> bool) -> Value {
    let mut path: Vec<String> = fact.path.split('/').map(str::to_owned).collect();
    let (mut query, mut headers) = (Map::new(), Map::new());
    for declared in fact.parameters.iter().filter(|declared| is_set(declared)) {
        let (_, sent) = sample(declared);
        match declared.place.as_str() {
            "path" => {
                let mark = format!("{{{}}}", declared.name);
                for segment in &mut path {
                    *segment = segment.replace(&format!("'{mark}'"), &mark);
                    *segment = segment.replace(&mark, &literal(&declared.kind, &sent));
                }
            }
            "query" => drop(query.insert(declared.name.clone(), literal("", &sent).into())),
            _ => drop(headers.insert(declared.name.clone(), literal("", &sent).into())),
        }
    }
    // The path says which one is changed: the body does not say it again.
    let in_path = |name: &str| {
        fact.parameters
            .iter()
            .any(|known| known.place == "path" && known.name == name)
    };
    let body = fact.body.as_ref().map(|fields| {
        let fields = fields.iter().filter(|field| is_set(field) && !in_path(&field.name));
        fields
            .map(|field| (field.name.clone(), sample(field).1))
            .collect::<Map<_, _>>()
    });
    headers.insert("Accept".into(), "application/json".into());
    if body.is_some() {
        headers.insert("Content-Type".into(), "application/json".into());
    }
    json!({"method": fact.method, "path": path, "query": query, "headers": headers, "body": body})
}

/// What was sent, in the same shape.
fn sent(request: &Request) -> Value {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let target = request
        .url
        .strip_prefix("https://pbx.example.com/xapi/v1")
        .unwrap_or("elsewhere");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path: Vec<String> = path.split('/').map(decoded).collect();
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: Map<String, Value> = query
        .map(|(name, value)| (decoded(name), decoded(value).into()))
        .collect();
    let headers = request.headers.iter().filter(|(name, _)| name != "Authorization");
    let headers: Map<String, Value> = headers
        .map(|(name, value)| (name.to_string(), value.as_str().into()))
        .collect();
    let body: Value = match &request.body {
        Body::Empty => Value::Null,
        Body::Bytes(bytes) => serde_json::from_slice(bytes).expect("JSON"),
        Body::Pieces(_) => "pieces".into(),
    };
    json!({"method": request.method.as_str(), "path": path, "query": query, "headers": headers, "body": body})
}

/// Whether it is an update, and none of its fields is set.
fn sets_nothing(fact: &Fact, is_set: impl Fn(&Declared) -> bool) -> bool {
    let fields = fact.body.as_deref().unwrap_or_default();
    fact.method == "PATCH" && !fields.is_empty() && !fields.iter().any(is_set)
}

/// Runs a node with those parameters in a PBX of that version; what is wrong with what it sends.
async fn fault(world: &World, fact: &Fact, is_set: impl Fn(&Declared) -> bool) -> Option<String> {
    let mut parameters = json!({"resource": fact.resource, "operation": fact.operation});
    let fields = fact.body.iter().flatten();
    for declared in fields.chain(&fact.parameters).filter(|declared| is_set(declared)) {
        parameters[&declared.name] = sample(declared).0;
    }
    let result = world.run(&parameters.to_string(), &["{}"]).await;
    let requests = world.http.take_requests();
    let name = format!("{} / {}", fact.resource, fact.operation);
    let sets_nothing = sets_nothing(fact, &is_set);
    match (result, requests.as_slice()) {
        (Err(error), []) if sets_nothing && error.error.code == "E0481" => None,
        (_, _) if sets_nothing => Some(format!("{name}: an update of nothing is not refused")),
        (Err(error), _) => Some(format!("{name}: {}", super::world::told(&error))),
        (Ok(_), [request]) => {
            let (sent, wanted) = (sent(request), wanted(fact, is_set));
            (sent != wanted).then(|| format!("{name}\n  sent   {sent}\n  wanted {wanted}"))
        }
        (Ok(_), requests) => Some(format!("{name}: {} requests", requests.len())),
    }
}

/// All operations of a version, with all their parameters and with only those that they need: an update that needs none is
/// refused.
async fn check(version: &str, count: usize, refused_updates: usize) {
    let versions: Vec<&str> = FACTS
        .lines()
        .find_map(|line| line.strip_prefix("versions "))
        .expect("the versions")
        .split(' ')
        .collect();
    let mut world = World::calm();
    world.credential.insert("version", version);
    let facts = facts(version, &versions);
    let mut faults = Vec::new();
    for fact in &facts {
        faults.extend(fault(&world, fact, |_| true).await);
        faults.extend(fault(&world, fact, |declared| declared.required).await);
    }
    assert_eq!(faults.join("\n"), "", "{version}");
    let refused = facts
        .iter()
        .filter(|fact| sets_nothing(fact, |declared| declared.required));
    assert_eq!((facts.len(), refused.count()), (count, refused_updates), "{version}");
}

macro_rules! versions {
    ($($name:ident, $version:literal, $count:literal, $refused:literal;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                check($version, $count, $refused).await;
            }
        )*
    };
}

versions! {
    every_operation_of_20_0_4_sends_what_3cx_declares, "20.0.4", 526, 59;
    every_operation_of_20_0_5_sends_what_3cx_declares, "20.0.5", 531, 59;
    every_operation_of_20_0_6_sends_what_3cx_declares, "20.0.6", 547, 61;
    every_operation_of_20_0_7_sends_what_3cx_declares, "20.0.7", 548, 61;
    every_operation_of_20_0_8_sends_what_3cx_declares, "20.0.8", 571, 63;
    every_operation_of_20_0_9_sends_what_3cx_declares, "20.0.9", 590, 65;
    every_operation_of_20_0_10_sends_what_3cx_declares, "20.0.10", 601, 65;
}
