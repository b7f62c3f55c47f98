//! What can be seen of a node's parameters before anything runs.

use std::sync::Arc;

use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Diagnostic, Diagnostics, Text, Value, pointer};
use patchbay_node::capability::http::Effect;

use crate::definition::{Operation, Parameter, Place};
use crate::request::extras::EXTRAS;
use crate::request::options::{self, NOT_SENT, OPTIONS};
use crate::request::{Circumstances, coerce_any, missing, nothing_set};
use crate::value::Refusal;

/// What can be seen before anything runs: required parameters that are not there, literals that do not fit, names that
/// the operation does not have.
pub fn check(operation: &Operation, node: &WorkflowNode) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let options = node
        .parameters
        .get(OPTIONS)
        .filter(|_| options::has_collection(operation));
    let extras = EXTRAS.iter().filter(|extra| operation.parameter(&extra.name).is_none());
    for parameter in operation.parameters.iter().map(Arc::as_ref).chain(extras) {
        let in_options = || {
            let options = options.filter(|_| parameter.place == Place::Query)?.as_object()?;
            let (key, value) = options::find(options, &parameter.name)?;
            Some((format!("options.{key}"), value))
        };
        let with_others = || {
            let name = parameter.shared_name(operation)?;
            let shared = node.parameters.get(name.as_str())?;
            Some((name, shared))
        };
        let in_other_case = || {
            let is_it = |key: &&Text| key.eq_ignore_ascii_case(&parameter.name) && operation.parameter(key).is_none();
            let key = node.parameters.keys().find(is_it)?;
            Some((key.to_string(), node.parameters.get(key)?))
        };
        let given = match node.parameters.get(&parameter.name) {
            Some(value) => Some((parameter.name.to_string(), value)),
            None => in_options().or_else(with_others).or_else(in_other_case),
        };
        let refusal = match &given {
            None if parameter.is_required(None) => Some(missing(operation, parameter, false)),
            None => None,
            Some((_, value)) if holds_expression(value) => None,
            Some((_, value)) => match coerce_any(parameter, value, Circumstances::default()) {
                Ok(None) if parameter.is_required(None) => Some(missing(operation, parameter, true)),
                Ok(_) => None,
                Err(refusal) => Some(refusal),
            },
        };
        if let Some(refusal) = refusal {
            let path = given.map_or_else(|| parameter.name.to_string(), |(path, _)| path);
            let pointer = match node.parameters.get(path.split('.').next().unwrap_or_default()) {
                Some(_) => format!("/parameters/{}", pointer_of(&path)),
                None => "/parameters".to_owned(),
            };
            let diagnostic = Diagnostic::unsupported(refusal.code, refusal.message)
                .at(pointer)
                .in_parameter(path);
            diagnostics.push(refusal.hints.into_iter().fold(diagnostic, Diagnostic::hint));
        }
    }
    diagnostics.extend(empty_update(operation, node));
    diagnostics.extend(unknown_parameters(operation, node));
    diagnostics
}

/// An update in which the node sets no field; what expressions leave empty is refused when the request is made.
fn empty_update(operation: &Operation, node: &WorkflowNode) -> Option<Diagnostic> {
    let given = |name: &str| node.parameters.contains_key(name);
    let options = node.parameters.get(OPTIONS);
    let is_set = |parameter: &Parameter| match parameter.place {
        Place::Query => {
            let bare = parameter.name.trim_start_matches('$');
            // An expression may give any option.
            let in_options = |options: &Value| {
                let fields = options.as_object();
                options.as_str().is_some()
                    || fields.is_some_and(|fields| options::find(fields, &parameter.name).is_some())
            };
            given(&parameter.name) || given(bare) || options.is_some_and(in_options)
        }
        place => {
            place.is_body()
                && (given(&parameter.name) || parameter.shared_name(operation).is_some_and(|name| given(&name)))
        }
    };
    if !operation.updates_fields() || operation.parameters.iter().any(|parameter| is_set(parameter)) {
        return None;
    }
    let refusal = nothing_set(operation);
    let diagnostic = Diagnostic::unsupported(refusal.code, refusal.message).at("/parameters");
    Some(refusal.hints.into_iter().fold(diagnostic, Diagnostic::hint))
}

fn pointer_of(path: &str) -> String {
    pointer::escape(path).replace('.', "/")
}

/// n8n's own.
const OTHERS: [&str; 6] = [
    "resource",
    "operation",
    "options",
    "requestOptions",
    "authentication",
    "additionalFields",
];

/// n8n passes over what it does not know. A write should not go out without what was meant to be in it.
fn unknown_parameters(operation: &Operation, node: &WorkflowNode) -> Diagnostics {
    let known = |name: &str| {
        OTHERS.contains(&name)
            || EXTRAS.iter().any(|extra| extra.name == name)
            || operation.parameters.iter().any(|parameter| {
                parameter.name.eq_ignore_ascii_case(name)
                    || (parameter.place == Place::Query
                        && parameter.name.trim_start_matches('$') == name.trim_start_matches('$'))
            })
    };
    let unknown = node.parameters.iter().filter(|(name, _)| !known(name));
    let diagnostics = unknown.map(|(name, value)| {
        let message = format!("`{}` has no parameter `{name}`: it is not sent", operation.name);
        let is_refused = operation.effect == Effect::Write && options::says_something(value);
        let diagnostic = not_sent(is_refused, message)
            .at(pointer::below("/parameters", name))
            .in_parameter(name.as_str());
        let names = operation.parameters.iter().map(|parameter| parameter.name.as_str());
        match nearest(name, names) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None if is_refused => diagnostic.hint("take it out, if nothing of it is meant to be in the request"),
            None => diagnostic,
        }
    });
    diagnostics.chain(unknown_options(operation, node)).collect()
}

/// What is not sent is refused where the request would be another one than is meant.
fn not_sent(is_refused: bool, message: String) -> Diagnostic {
    if is_refused {
        Diagnostic::unsupported(NOT_SENT, message)
    } else {
        Diagnostic::warning(NOT_SENT, message)
    }
}

/// The keys of the collection `options` that mean nothing to the operation: a list without its filter is another list.
fn unknown_options(operation: &Operation, node: &WorkflowNode) -> Diagnostics {
    let Some(options) = node
        .parameters
        .get(OPTIONS)
        .filter(|_| options::has_collection(operation))
    else {
        return Diagnostics::new();
    };
    if holds_expression(options) && options.as_object().is_none() {
        return Diagnostics::new();
    }
    let collection = match options::collection(options) {
        Ok(collection) => collection.unwrap_or_default(),
        Err(refusal) => return vec![refused(refusal, OPTIONS.to_owned())],
    };
    let diagnostics = options::unknown(operation, &collection).map(|(name, value)| {
        let refusal = options::not_known(operation, name);
        let diagnostic = not_sent(options::says_something(value), refusal.message)
            .at(pointer::below("/parameters/options", name))
            .in_parameter(format!("options.{name}"));
        refusal.hints.into_iter().fold(diagnostic, Diagnostic::hint)
    });
    diagnostics.collect()
}

fn refused(refusal: Refusal, parameter: String) -> Diagnostic {
    let diagnostic = Diagnostic::unsupported(refusal.code, refusal.message)
        .at(format!("/parameters/{}", pointer_of(&parameter)))
        .in_parameter(parameter);
    refusal.hints.into_iter().fold(diagnostic, Diagnostic::hint)
}

/// Whether any text in the value is an expression.
pub(crate) fn holds_expression(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.starts_with('='),
        Value::Array(values) => values.iter().any(holds_expression),
        Value::Object(object) => object.values().any(holds_expression),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
