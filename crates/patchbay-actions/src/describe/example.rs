//! A node of an operation, to paste into n8n or into a file; it passes the node's own check.

use patchbay_model::{Object, Value};

use crate::definition::{Kind, Operation, Parameter, Resource};
use crate::library::LazyService;

/// A node with the operation's required parameters; of a body without required ones, its first three.
pub(super) fn node(service: &LazyService, resource: &Resource, operation: &Operation) -> Value {
    let definition = service.definition();
    let mut parameters = Object::new();
    parameters.insert("resource", resource.name.clone());
    parameters.insert("operation", operation.name.clone());
    let in_body = |parameter: &Parameter| parameter.place.is_body();
    let shown_of_body = if operation
        .parameters
        .iter()
        .any(|parameter| in_body(parameter) && parameter.required)
    {
        0
    } else {
        3
    };
    let mut of_body = 0;
    for parameter in &operation.parameters {
        of_body += usize::from(in_body(parameter));
        if parameter.required || (in_body(parameter) && of_body <= shown_of_body) {
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

/// A value that the parameter takes.
fn sample(parameter: &Parameter) -> Value {
    if let Some(value) = parameter.values.first() {
        return match parameter.kind {
            kind if kind.is_number() => Value::Number(patchbay_model::value::text_to_number(value)),
            _ => Value::Text(value.clone()),
        };
    }
    match parameter.kind {
        Kind::String | Kind::Any => Value::text("text"),
        Kind::Integer | Kind::Int32 | Kind::Number => Value::from(1),
        Kind::Boolean => Value::from(true),
        Kind::DateTime => Value::text("2026-03-04T05:06:07Z"),
        Kind::Date => Value::text("2026-03-04"),
        Kind::Duration | Kind::DayTime => Value::text("PT30M"),
        Kind::Uuid => Value::text("00000000-0000-0000-0000-000000000000"),
        Kind::List => Value::text("Id"),
        Kind::Array => Value::text("[]"),
        Kind::Object | Kind::Json => Value::text("{}"),
        Kind::File => Value::text("data"),
    }
}
