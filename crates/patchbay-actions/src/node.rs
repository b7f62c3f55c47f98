//! A service as a node: what is wrong with one in a workflow, and its run.

use std::sync::Arc;

use async_trait::async_trait;
use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_model::{Diagnostic, Diagnostics, Text, Value};
use patchbay_node::capability::http::Effect;
use patchbay_node::{
    Capabilities, Context, Description, Kind, Node, NodeError, Outcome, Parameter as Compiled, ParameterDescription,
};

use crate::check::Versions;
use crate::connection::Endpoint;
use crate::definition::fault::list;
use crate::definition::{Answer, Operation, Parameter, Place, Resource, choose};
use crate::failure::with_details_beside;
use crate::library::{Found, LazyService};
use crate::request::extras::EXTRAS;
use crate::request::{Circumstances, coerce_any, missing, nothing_set};
use crate::run::{self, Stretch};
use crate::token::Tokens;

/// One node type of a service.
pub struct ServiceNode {
    service: Arc<LazyService>,
    tokens: Arc<Tokens>,
    versions: Arc<Versions>,
    description: Description,
}

const PARAMETERS: &[ParameterDescription] = &[
    ParameterDescription::new("resource", Kind::Text, "", "What the operation is about").required(),
    ParameterDescription::new("operation", Kind::Text, "", "What is done").required(),
];

impl ServiceNode {
    /// The node for one of the service's types.
    pub fn new(service: Arc<LazyService>, kind: &str, tokens: Arc<Tokens>, versions: Arc<Versions>) -> Self {
        let definition = service.definition();
        let description = Description {
            name: forever(kind),
            title: forever(&definition.title),
            about: forever(&definition.about),
            versions: Box::leak(definition.versions.clone().into_boxed_slice()),
            trigger: false,
            parameters: PARAMETERS,
        };
        Self {
            service,
            tokens,
            versions,
            description,
        }
    }

    fn operation(&self, resource: &str, operation: &str) -> Result<&[Arc<Operation>], Box<Diagnostic>> {
        let resource = match self.service.resource(resource) {
            Found::Yes(resource) => resource,
            Found::No => return Err(self.unknown_resource(resource).into()),
            Found::Faulty(faults) => {
                let message = format!("the definition of the resource `{resource}` has faults");
                let diagnostic = Diagnostic::error("E0406", message)
                    .at("/parameters/resource")
                    .in_parameter("resource");
                let faults = faults.iter().map(ToString::to_string);
                return Err(faults.fold(diagnostic, Diagnostic::hint).into());
            }
        };
        let found = resource.variants(operation);
        found.ok_or_else(|| self.unknown_operation(resource, operation).into())
    }

    /// What is done with which items: where an expression names it, each item has its own.
    fn stretches(&self, context: &Context) -> Result<Vec<Stretch<'_>>, NodeError> {
        let is_decided = |name| context.parameters.part(name).is_some_and(Compiled::is_expression);
        let all = context.items().len();
        let looked_at = if is_decided("resource") || is_decided("operation") {
            all
        } else {
            1
        };
        let mut stretches: Vec<Stretch> = Vec::new();
        let mut before: Option<(Text, Text)> = None;
        for item in 0..looked_at {
            let names = (context.text("resource", item)?, context.text("operation", item)?);
            if before.as_ref() != Some(&names) {
                let variants = self.operation(&names.0, &names.1);
                let variants = variants.map_err(|diagnostic| from_diagnostic(*diagnostic).item(item))?;
                stretches.push(Stretch {
                    items: item..all,
                    variants,
                });
                if let [.., earlier, _] = stretches.as_mut_slice() {
                    earlier.items.end = item;
                }
                before = Some(names);
            }
        }
        Ok(stretches)
    }

    fn unknown_resource(&self, resource: &str) -> Diagnostic {
        let title = &self.service.definition().title;
        let names = self.service.resource_names();
        let diagnostic = Diagnostic::unsupported("E0410", format!("{title} has no resource `{resource}`"));
        let diagnostic = diagnostic.at("/parameters/resource").in_parameter("resource");
        match nearest(resource, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.hint(format!("it has {}", list(&names))),
        }
    }

    fn unknown_operation(&self, resource: &Resource, operation: &str) -> Diagnostic {
        let names: Vec<&str> = resource.operation_names().collect();
        let diagnostic =
            Diagnostic::unsupported("E0411", format!("`{}` has no operation `{operation}`", resource.name));
        let diagnostic = diagnostic.at("/parameters/operation").in_parameter("operation");
        let diagnostic = match nearest(operation, names.iter().copied()) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.hint(format!("it has {}", list(&names))),
        };
        match self.service.resources_with(operation).as_slice() {
            [] => diagnostic,
            others => diagnostic.hint(format!("{} has an operation of that name", list(others))),
        }
    }
}

/// A parameter's text that is no expression.
pub(crate) fn literal<'node>(node: &'node WorkflowNode, name: &str) -> Option<&'node str> {
    let text = node.parameters.get(name).and_then(Value::as_str);
    text.filter(|text| !text.starts_with('='))
}

/// Definitions live as long as the program.
fn forever(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

#[async_trait]
impl Node for ServiceNode {
    fn description(&self) -> &Description {
        &self.description
    }

    fn check(&self, node: &WorkflowNode) -> Diagnostics {
        let (Some(resource), Some(operation)) = (literal(node, "resource"), literal(node, "operation")) else {
            return Diagnostics::new();
        };
        match self.operation(resource, operation) {
            Ok(variants) => {
                let is_given = |name: &str| node.parameters.contains_key(name);
                choose(variants, None, is_given)
                    .map_or_else(Diagnostics::new, |operation| check_parameters(operation, node))
            }
            Err(diagnostic) => vec![*diagnostic],
        }
    }

    fn effect(&self, node: &WorkflowNode) -> Option<Effect> {
        let variants = self
            .operation(literal(node, "resource")?, literal(node, "operation")?)
            .ok()?;
        variants.last().map(|operation| operation.effect)
    }

    fn is_of_service(&self) -> bool {
        true
    }

    async fn ready(&self, node: &WorkflowNode, capabilities: &Capabilities) -> Result<(), NodeError> {
        let service = self.service.definition();
        let kind = service.credential.type_of(node);
        let credential = capabilities.credentials.find(&kind, node).await?;
        Endpoint::new(service, &credential).map(drop)
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.items().is_empty() {
            return Ok(Outcome::items(Vec::new()));
        }
        let stretches = self.stretches(context)?;
        let outcome = run::run(&self.service, &stretches, &self.tokens, &self.versions, context).await;
        outcome.map_err(with_details_beside)
    }
}

fn from_diagnostic(diagnostic: Diagnostic) -> NodeError {
    let error = NodeError::new(diagnostic.code, diagnostic.message).parameter(diagnostic.parameter.unwrap_or_default());
    diagnostic.hints.into_iter().fold(error, NodeError::hint)
}

/// What can be seen before anything runs: required parameters that are not there, literals that do not fit, names that
/// the operation does not have.
fn check_parameters(operation: &Operation, node: &WorkflowNode) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let options = node
        .parameters
        .get("options")
        .filter(|_| operation.parameter("options").is_none());
    let extras = EXTRAS.iter().filter(|extra| operation.parameter(&extra.name).is_none());
    for parameter in operation.parameters.iter().map(Arc::as_ref).chain(extras) {
        let bare = parameter.name.trim_start_matches('$');
        let in_options = || {
            let options = options.filter(|_| parameter.place == Place::Query)?;
            let spelling = [parameter.name.as_str(), bare]
                .into_iter()
                .find(|name| options.get(name).is_some())?;
            Some((format!("options.{spelling}"), options.get(spelling)?))
        };
        let with_others = || {
            let shared = node
                .parameters
                .get(&parameter.sent_name)
                .filter(|_| parameter.shares_value(operation))?;
            Some((parameter.sent_name.to_string(), shared))
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
            None if parameter.required => Some(missing(operation, parameter, false)),
            None => None,
            Some((_, value)) if holds_expression(value) => None,
            Some((_, value)) => match coerce_any(parameter, value, Circumstances::default()) {
                Ok(None) if parameter.required => Some(missing(operation, parameter, true)),
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
    let options = node.parameters.get("options");
    let is_set = |parameter: &Parameter| match parameter.place {
        Place::Query => {
            let bare = parameter.name.trim_start_matches('$');
            // An expression may give any option.
            let in_options = |options: &Value| {
                options.as_str().is_some() || options.get(bare).or(options.get(&parameter.name)).is_some()
            };
            given(&parameter.name) || given(bare) || options.is_some_and(in_options)
        }
        place => {
            place.is_body()
                && (given(&parameter.name) || parameter.shares_value(operation) && given(&parameter.sent_name))
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
    path.replace('~', "~0").replace('/', "~1").replace('.', "/")
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

/// n8n passes over what it does not know; a typo in a hand-made file should still be seen.
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
    let unknown = node.parameters.keys().filter(|name| !known(name));
    let in_options = unknown_options(operation, node);
    let diagnostics = unknown.map(|name| {
        let near = nearest(
            name,
            operation.parameters.iter().map(|parameter| parameter.name.as_str()),
        );
        // A write should not go out without what was meant to be in it.
        let is_missed = near.is_some_and(|near| !node.parameters.contains_key(near));
        let message = format!("`{}` has no parameter `{name}`: it is not sent", operation.name);
        let diagnostic = if is_missed && operation.effect == Effect::Write {
            Diagnostic::unsupported("E0418", message)
        } else {
            Diagnostic::warning("E0418", message)
        };
        let diagnostic = diagnostic
            .at(format!("/parameters/{}", name.replace('~', "~0").replace('/', "~1")))
            .in_parameter(name.as_str());
        match near {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic,
        }
    });
    diagnostics.chain(in_options).collect()
}

/// The keys of the collection `options` that mean nothing to the operation.
fn unknown_options(operation: &Operation, node: &WorkflowNode) -> Diagnostics {
    let is_own = operation.parameter("options").is_some();
    let options = node
        .parameters
        .get("options")
        .and_then(Value::as_object)
        .filter(|_| !is_own);
    let in_query: Vec<&str> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place == Place::Query)
        .map(|parameter| parameter.name.as_str())
        .collect();
    let of_lists: Vec<&str> = EXTRAS.iter().map(|extra| extra.name.as_str()).collect();
    let all = [in_query.as_slice(), &of_lists].concat();
    let bare = |name: &str| name.trim_start_matches('$').to_owned();
    let known = |name: &str| all.iter().any(|known| bare(known) == bare(name));
    let unknown = options
        .into_iter()
        .flat_map(|options| options.keys())
        .filter(|name| !known(name));
    let diagnostics = unknown.map(|name| {
        let message = format!("`{}` has no option `{name}`: it is not sent", operation.name);
        let diagnostic = Diagnostic::warning("E0418", message)
            .at(format!(
                "/parameters/options/{}",
                name.replace('~', "~0").replace('/', "~1")
            ))
            .in_parameter(format!("options.{name}"));
        match nearest(name, all.iter().copied()) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None if in_query.is_empty() => diagnostic.hint("take it out: the operation has no options of its own"),
            None if operation.answer == Answer::File => diagnostic.hint(format!("it has {}", list(&in_query))),
            None => diagnostic.hint(format!("it has {}", list(&all))),
        }
    });
    diagnostics.chain(no_options(operation, node)).collect()
}

/// `options` that is no collection: what it holds says nothing.
fn no_options(operation: &Operation, node: &WorkflowNode) -> Option<Diagnostic> {
    let options = node.parameters.get("options")?;
    let says_nothing = options.is_null() || options.as_str().is_some_and(str::is_empty);
    let fits = says_nothing || options.as_object().is_some() || holds_expression(options);
    if fits || operation.parameter("options").is_some() {
        return None;
    }
    let message = format!(
        "`options` wants a collection, not {}: nothing of it is sent",
        options.to_json()
    );
    let diagnostic = Diagnostic::warning("E0418", message)
        .at("/parameters/options")
        .in_parameter("options");
    Some(diagnostic.hint("write it as an object: `{\"$top\": 10}`"))
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
