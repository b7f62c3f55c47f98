//! A compact table of what the files say of each operation, in all their versions, for tests: what a node sends is held
//! against it. It is taken from the documents on a way of its own, not from the definitions that are tested by it.
//!
//! Lines without indentation begin a type (`type NAME`, an object that bodies are of) or an operation (`METHOD PATH TAG
//! OPERATION-ID`); below it is one line for what it takes:
//!
//! - `path`, `query`, `header` or `cookie`, then NAME, TYPE, and `required` or nothing;
//! - `body` and TYPE of a body, or `body` and `{NAME}` of the type above that it is of, or `body {}` with a line `field NAME
//!   TYPE required?` for each of its properties; after it its media type, if that is not JSON.
//!
//! TYPE is that of JSON Schema with its format, `integer:int32`, or `enum:A|B`; `?` after it says that null is allowed. Each
//! line may end in `@` with the versions that have it, `@20.0.4-20.0.6,20.0.8`, where those are not all that the line above
//! it has. Names with white space are written as JSON texts.

use std::collections::BTreeSet;
use std::fmt::Write;

use indexmap::IndexMap;

use super::document::{Document, Operation, Schema};
use super::operations::METHODS;
use super::schema;

const HEAD: &str = "\
# What the OpenAPI files say of each operation. Written by `patchbay import openapi`: do not edit. The form is described in
# crates/patchbay-actions/src/openapi/facts.rs.
";

/// By their places among the versions.
type Versions = BTreeSet<usize>;

/// A line with those below it.
#[derive(Default)]
struct Entry {
    versions: Versions,
    lines: IndexMap<String, Versions>,
}

/// The table of all versions, oldest first.
pub fn table(versions: &[(Option<&str>, &Document)]) -> String {
    let mut types: IndexMap<String, Entry> = IndexMap::new();
    let mut operations: IndexMap<String, Entry> = IndexMap::new();
    for (version, (_, document)) in versions.iter().enumerate() {
        add_document(document, version, &mut types, &mut operations);
    }
    let names: Vec<String> = versions
        .iter()
        .map(|(name, _)| name.unwrap_or("1").to_owned())
        .collect();
    let all: Versions = (0..versions.len()).collect();
    let mut text = format!("{HEAD}\nversions {}\n", names.join(" "));
    types.sort_keys();
    for (line, entry) in types.iter().chain(&operations) {
        let _ = write!(text, "\n{line}{}\n", life(&entry.versions, &all, &names));
        for (line, versions) in &entry.lines {
            let _ = writeln!(text, "  {line}{}", life(versions, &entry.versions, &names));
        }
    }
    text
}

fn add_document(
    document: &Document,
    version: usize,
    types: &mut IndexMap<String, Entry>,
    operations: &mut IndexMap<String, Entry>,
) {
    for (path, item) in &document.paths {
        for (method, declared) in item
            .rest
            .iter()
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
        {
            // A declaration that can not be read has ended the import already.
            let Ok(operation) = serde_json::from_value::<Operation>(declared.clone()) else {
                continue;
            };
            let tag = operation.tags.first().map_or("Default", String::as_str);
            let id = operation.id.as_deref().unwrap_or("-");
            let head = format!("{} {} {} {}", method.to_uppercase(), word(path), word(tag), word(id));
            let entry = operations.entry(head).or_default();
            entry.versions.insert(version);
            let mut add = |line: String| {
                entry.lines.entry(line).or_default().insert(version);
            };
            for parameter in operation.parameters.iter().chain(&item.parameters) {
                let parameter = document.parameter(parameter);
                add(format!(
                    "{} {} {}{}",
                    parameter.place,
                    word(&parameter.name),
                    type_of(document, &parameter.schema),
                    required(parameter.required)
                ));
            }
            let Some(body) = &operation.request_body else { continue };
            let Some((kind, media)) = document.request_body(body).content.iter().next() else {
                continue;
            };
            let kind = if kind == "application/json" {
                String::new()
            } else {
                format!(" {kind}")
            };
            let properties = schema::properties(document, &media.schema);
            let fields = properties.iter().map(|property| {
                let name = word(property.name);
                let required = required(property.required);
                format!("field {name} {}{required}", type_of(document, &property.schema))
            });
            match media.schema.reference_name() {
                _ if properties.is_empty() => add(format!("body {}{kind}", type_of(document, &media.schema))),
                Some(name) => {
                    add(format!("body {{{name}}}{kind}"));
                    let known = types.entry(format!("type {name}")).or_default();
                    known.versions.insert(version);
                    for line in fields {
                        known.lines.entry(line).or_default().insert(version);
                    }
                }
                None => {
                    add(format!("body {{}}{kind}"));
                    fields.for_each(add);
                }
            }
        }
    }
}

/// `integer:int32?`, `enum:On|Off`.
fn type_of(document: &Document, declared: &Schema) -> String {
    let schema = schema::meant(document, declared);
    let values: Vec<String> = schema.values.iter().filter_map(schema::value_text).collect();
    let name = if values.is_empty() {
        let kind = schema
            .kind
            .as_str()
            .unwrap_or_else(|| schema::kind(document, schema).as_str());
        match &schema.format {
            Some(format) if schema::is_whole(format) => format!("integer:{format}"),
            Some(format) => format!("{kind}:{format}"),
            None => kind.to_owned(),
        }
    } else {
        format!("enum:{}", values.join("|"))
    };
    let nullable = if schema::is_nullable(declared, schema) { "?" } else { "" };
    word(&format!("{name}{nullable}"))
}

fn required(required: bool) -> &'static str {
    if required { " required" } else { "" }
}

fn word(text: &str) -> String {
    if text.is_empty() || text.contains(char::is_whitespace) || text.starts_with('"') {
        serde_json::Value::from(text).to_string()
    } else {
        text.to_owned()
    }
}

/// ` @20.0.4-20.0.6,20.0.8`, where that is not the whole.
fn life(versions: &Versions, whole: &Versions, names: &[String]) -> String {
    if versions == whole {
        return String::new();
    }
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for version in versions {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *version => *last = *version,
            _ => spans.push((*version, *version)),
        }
    }
    let spans = spans.iter().map(|(first, last)| {
        if first == last {
            names[*first].clone()
        } else {
            format!("{}-{}", names[*first], names[*last])
        }
    });
    format!(" @{}", spans.collect::<Vec<_>>().join(","))
}
