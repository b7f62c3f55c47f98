//! What the operations of 3CX send: with all their parameters, and with only those that they need.

use std::fmt::Write;
use std::sync::Arc;

use patchbay_model::Value;

use crate::Library;
use crate::definition::{Kind, Operation, Parameter, Version};
use crate::library::Found;
use crate::request::{Before, Circumstances, Given, build};

/// A value that a workflow could hold for the parameter.
fn sample(parameter: &Parameter) -> Value {
    if let Some(value) = parameter.values.last() {
        return Value::Text(value.clone());
    }
    let json = match parameter.kind {
        Kind::String if parameter.name == "$search" => "\"two words\"",
        Kind::String if parameter.name == "$filter" => "\"Number eq '100'\"",
        Kind::String | Kind::File | Kind::Files | Kind::Any => "\"a/b 'c'\"",
        Kind::Integer | Kind::Int32 => "\"12\"",
        Kind::Number => "1.5",
        Kind::Boolean => "false",
        Kind::DateTime => "\"2026-03-04T06:06:07+01:00\"",
        Kind::Date => "\"2026-03-04\"",
        Kind::Duration | Kind::DayTime => "\"PT1H30M\"",
        Kind::Uuid => "\"01234567-89ab-cdef-0123-456789abcdef\"",
        Kind::List => "[\"Id\", \"Name\"]",
        Kind::Array => "\"[1, 2]\"",
        Kind::Object | Kind::Json => "\"{\\\"a\\\": 1}\"",
    };
    Value::from_json(json).expect("JSON")
}

fn given(parameter: &Parameter) -> Given {
    Given {
        path: parameter.name.clone(),
        value: Some(sample(parameter)),
    }
}

fn sent(operation: &Operation, is_set: impl Fn(&Parameter) -> bool) -> String {
    let values: Vec<Option<Given>> = operation
        .parameters
        .iter()
        .map(|parameter| is_set(parameter).then(|| given(parameter)))
        .collect();
    let draft = match build(operation, &values, Circumstances::default(), &mut Before::default()) {
        Ok(draft) => draft,
        Err(error) => return format!("{} {error}", error.error.code),
    };
    let mut text = format!("{} {}", draft.method, draft.target());
    for (name, value) in &draft.headers {
        let _ = write!(text, " | {name}: {value}");
    }
    if let Some(body) = &draft.body {
        let _ = write!(text, " | {}", body.to_json());
    }
    text
}

fn operations(library: &Library, resource: &str) -> Vec<Arc<Operation>> {
    let service = library.service("3cx").expect("3CX");
    let Found::Yes(resource) = service.resource(resource) else {
        panic!("`{resource}` is there")
    };
    resource.operations.values().flatten().cloned().collect()
}

#[test]
fn every_operation_of_three_resources() {
    let library = Library::built_in();
    for resource in ["Users", "Groups", "Service Principals"] {
        let mut table = String::new();
        for operation in operations(&library, resource) {
            let _ = writeln!(table, "# {} ({})", operation.name, operation.life);
            let _ = writeln!(table, "{}", sent(&operation, |parameter| parameter.required));
            let _ = writeln!(table, "{}", sent(&operation, |_| true));
        }
        insta::assert_snapshot!(resource.to_lowercase().replace(' ', "_"), table);
    }
}

#[test]
fn every_definition_is_sound() {
    let faults: Vec<String> = Library::built_in().faults().iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_operation_of_every_version_is_there() {
    let library = Library::built_in();
    let service = library.service("3cx").expect("3CX");
    let versions = [
        ("20.0.4", 526),
        ("20.0.5", 531),
        ("20.0.6", 547),
        ("20.0.7", 548),
        ("20.0.8", 571),
        ("20.0.9", 590),
        ("20.0.10", 601),
    ];
    for (version, count) in versions {
        let version: Version = version.parse().expect("a version");
        let operations = service.resources().flat_map(|resource| resource.operations.values());
        let variants = operations
            .flatten()
            .filter(|operation| operation.life.includes(&version));
        assert_eq!(variants.count(), count, "{version}");
    }
}
