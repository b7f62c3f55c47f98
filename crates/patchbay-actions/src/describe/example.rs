//! A node of an operation, to paste into n8n or into a file; it passes the node's own check.

use patchbay_model::{Object, Text, Value};

use crate::definition::{Kind, Operation, Parameter, Resource};
use crate::library::LazyService;

/// So many fields are shown of a body that requires none.
const SHOWN_OF_BODY: usize = 3;
/// What a text is that is named a number: few services have one of so many digits already.
const NUMBER: &str = "1234";

/// How much a field of a body says without knowledge of what the service holds; the plainest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Plainness {
    /// A name or a number, as text.
    Name,
    /// Another text that refers to nothing.
    Text,
    /// One of several values, a switch, a number, a time.
    Setting,
    /// What has parts, or refers to something that must be there.
    Other,
}

/// A node with the operation's required parameters; of a body without required ones, the plainest of its fields.
pub(super) fn node(service: &LazyService, resource: &Resource, operation: &Operation) -> Value {
    let definition = service.definition();
    let mut parameters = Object::new();
    parameters.insert("resource", resource.name.clone());
    parameters.insert("operation", operation.name.clone());
    let shown = shown_of_body(operation);
    for parameter in &operation.parameters {
        if parameter.required || shown.contains(&&parameter.name) {
            parameters.insert(parameter.name.clone(), sample(parameter));
        }
    }
    if let Some(paging) = definition.paging.as_ref().filter(|paging| operation.is_paged(paging)) {
        let options: Object = [(paging.size_option.clone(), 10)].into_iter().collect();
        parameters.insert("options", options);
    }
    let mut node = Object::new();
    node.insert("parameters", parameters);
    node.insert("type", definition.types.first().cloned().unwrap_or_default());
    node.insert("typeVersion", definition.versions.last().copied().unwrap_or(1.0));
    node.insert("position", vec![Value::from(0), Value::from(0)]);
    node.insert("name", operation.name.clone());
    if let Some(kind) = definition.credential.types.first() {
        let reference: Object = [("name", definition.title.clone())].into_iter().collect();
        let credentials: Object = [(kind.clone(), reference)].into_iter().collect();
        node.insert("credentials", credentials);
    }
    let mut example = Object::new();
    example.insert("nodes", vec![Value::object(node)]);
    example.insert("connections", Object::new());
    Value::object(example)
}

/// The names of the fields to show of a body that requires none: the first of the plainest that it has.
fn shown_of_body(operation: &Operation) -> Vec<&Text> {
    let of_body = operation.parameters.iter().filter(|field| field.place.is_body());
    if of_body.clone().any(|field| field.required) {
        return Vec::new();
    }
    let plainest = of_body
        .clone()
        .filter(|field| !is_key(field))
        .map(|field| plainness(field))
        .min();
    let fields = of_body.filter(|field| !is_key(field) && Some(plainness(field)) == plainest);
    fields.take(SHOWN_OF_BODY).map(|field| &field.name).collect()
}

/// Whether a field is the key of what the body describes: the service gives it, or the path names it.
fn is_key(field: &Parameter) -> bool {
    field.name.eq_ignore_ascii_case("id")
}

fn plainness(field: &Parameter) -> Plainness {
    let ends_in = |word: &str| field.name.ends_with(word) || field.name.as_str() == word.to_lowercase();
    match field.kind {
        Kind::Uuid | Kind::Any | Kind::List | Kind::Array | Kind::Object | Kind::Json | Kind::File | Kind::Files => {
            Plainness::Other
        }
        _ if ends_in("Id") || ends_in("ID") => Plainness::Other,
        Kind::String if !field.values.is_empty() => Plainness::Setting,
        Kind::String if ends_in("Name") || ends_in("Number") => Plainness::Name,
        Kind::String => Plainness::Text,
        _ => Plainness::Setting,
    }
}

/// Whether a moment is the end of a time: it is after the beginning.
fn is_end(parameter: &Parameter) -> bool {
    let name = parameter.name.as_str();
    name.to_ascii_lowercase().starts_with("end") || name.ends_with("To") || name.ends_with("Until") || name == "to"
}

/// A value that the parameter takes.
fn sample(parameter: &Parameter) -> Value {
    if let Some(value) = parameter.values.first() {
        return match parameter.kind {
            kind if kind.is_number() => Value::Number(patchbay_model::value::text_to_number(value)),
            _ => Value::Text(value.clone()),
        };
    }
    match parameter.kind {
        Kind::String if parameter.name.to_ascii_lowercase().ends_with("number") => Value::text(NUMBER),
        Kind::String | Kind::Any => Value::text("text"),
        Kind::Integer | Kind::Int32 | Kind::Number => Value::from(1),
        Kind::Boolean => Value::from(true),
        Kind::DateTime if is_end(parameter) => Value::text("2026-03-11T05:06:07Z"),
        Kind::DateTime => Value::text("2026-03-04T05:06:07Z"),
        Kind::Date if is_end(parameter) => Value::text("2026-03-11"),
        Kind::Date => Value::text("2026-03-04"),
        Kind::Duration | Kind::DayTime => Value::text("PT30M"),
        Kind::Uuid => Value::text("00000000-0000-0000-0000-000000000000"),
        Kind::List => Value::text("Id"),
        Kind::Array => Value::text("[]"),
        Kind::Object | Kind::Json => Value::text("{}"),
        Kind::File | Kind::Files => Value::text("data"),
    }
}
