//! A service as a node: its operation, and its run. What is wrong with its parameters is told by [`parameters`].

mod parameters;

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
use crate::definition::{Operation, Resource, choose};
use crate::failure::with_details_beside;
use crate::library::{Found, LazyService};
use crate::run::{self, Stretch};
use crate::token::Tokens;

pub(crate) use self::parameters::holds_expression;

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
                    .map_or_else(Diagnostics::new, |operation| parameters::check(operation, node))
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
