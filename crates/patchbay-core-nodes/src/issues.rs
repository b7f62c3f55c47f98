//! What n8n's editor marks in a node's parameters, beyond those that a description calls required: a workflow that could
//! reach such a node does not begin. Only what the file has literally is looked at, never an expression.

use patchbay_model::workflow::Node;
use patchbay_model::{Diagnostic, Diagnostics, Value};

use crate::conversion::Type;

/// The elements of a list of parameters: `sortFieldsUi.sortField`. None where an expression gives it.
pub fn elements<'node>(node: &'node Node, path: &str) -> &'node [Value] {
    let mut keys = path.split('.');
    let first = keys.next().and_then(|first| node.parameters.get(first));
    let list = keys.try_fold(first, |value, key| Some(value?.get(key))).flatten();
    list.and_then(Value::as_array).unwrap_or_default()
}

/// A parameter as the file has it, or the text that is its default.
pub fn literal<'node>(node: &'node Node, name: &str, default: &'node str) -> &'node str {
    (node.parameters.get(name)).map_or(default, |value| value.as_str().unwrap_or_default())
}

/// A fault for each element of a list that has no text in one of its parameters.
pub fn missing_in_each(node: &Node, list: &str, parameter: &str, faults: &mut Diagnostics) {
    for (index, element) in elements(node, list).iter().enumerate() {
        let value = element.get(parameter).unwrap_or(&Value::Null);
        if value.is_null() || value.as_str() == Some("") {
            let path = format!("{list}.{index}.{parameter}");
            faults.push(at(
                &path,
                Diagnostic::unsupported("E0110", format!("the parameter `{path}` is missing")),
            ));
        }
    }
}

/// A fault if a literal is nothing that n8n takes for a value of the type.
pub fn wrong_type(value: &Value, kind: Type, path: &str) -> Option<Diagnostic> {
    let is_expression = value.as_str().is_some_and(|text| text.starts_with('='));
    if is_expression || value.is_null() || kind.convert(value).is_some() {
        return None;
    }
    let message = format!(
        "the parameter `{path}` is not {}: {}",
        kind.with_article(),
        value.to_json()
    );
    Some(at(path, Diagnostic::unsupported("E0121", message)))
}

/// The fault with its place: the pointer begins at the node.
fn at(path: &str, fault: Diagnostic) -> Diagnostic {
    fault
        .at(format!("/parameters/{}", path.replace('.', "/")))
        .in_parameter(path)
}
