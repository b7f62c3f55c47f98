//! Before a node's first write: what the workflow's other nodes want of the same service is held against its version. A run
//! that would end at something which the service does not have should not change half of what it means to change.
//!
//! Only what the workflow's file says is seen here: what an expression decides is refused when its node runs.

use std::sync::Arc;

use patchbay_model::Value;
use patchbay_model::workflow::Node as WorkflowNode;
use patchbay_node::capability::Credential;
use patchbay_node::{Context, NodeError};

use crate::definition::{Operation, Version, choose};
use crate::library::{Found, LazyService};
use crate::node::{holds_expression, literal};
use crate::request::{Circumstances, coerce_any};
use crate::value::Refusal;

/// The code of what a version does not have.
const NOT_IN_VERSION: &str = "E0416";

/// Refuses (E0416) where another node that uses the same credential wants what the version does not have.
pub async fn refuse_what_others_lack(
    service: &LazyService,
    version: &Version,
    credential: &Credential,
    context: &Context<'_>,
) -> Result<(), NodeError> {
    let mut lacks = Vec::new();
    for node in &context.scope.workflow.nodes {
        if node.disabled || node.name == context.node.name || !is_of(service, node) {
            continue;
        }
        if let Some(lack) = lack(service, node, version)
            && uses(service, node, credential, context).await
        {
            lacks.push((node, lack));
        }
    }
    let Some((node, first)) = lacks.first() else {
        return Ok(());
    };
    let message = format!(
        "{}: the node `{}` wants it, and nothing was changed yet",
        first.message, node.name
    );
    let error = first
        .hints
        .iter()
        .cloned()
        .fold(NodeError::new(NOT_IN_VERSION, message), NodeError::hint);
    Err(lacks.iter().skip(1).fold(error, |error, (node, lack)| {
        error.hint(format!(
            "nor can `{}` run: {}; {}",
            node.name,
            lack.message,
            lack.hints.join("; ")
        ))
    }))
}

/// The refusal of an operation that the version does not have, in none of its forms.
pub fn not_in_version(service: &LazyService, variants: &[Arc<Operation>], version: &Version) -> Refusal {
    let name = variants
        .last()
        .map(|operation| operation.name.clone())
        .unwrap_or_default();
    let lives: Vec<String> = variants.iter().map(|variant| variant.life.to_string()).collect();
    Refusal {
        code: NOT_IN_VERSION,
        message: format!("`{name}` is not in version {version} of {}", service.definition().title),
        hints: vec![format!("it is there {}", lives.join(" and "))],
    }
}

fn is_of(service: &LazyService, node: &WorkflowNode) -> bool {
    let types = &service.definition().types;
    types.iter().any(|kind| kind.eq_ignore_ascii_case(&node.kind))
}

/// What a node wants and the version does not have: its operation, a parameter, or a value.
fn lack(service: &LazyService, node: &WorkflowNode, version: &Version) -> Option<Refusal> {
    let Found::Yes(resource) = service.resource(literal(node, "resource")?) else {
        return None;
    };
    let variants = resource.variants(literal(node, "operation")?)?;
    let operation = choose(variants, Some(version), |name| node.parameters.contains_key(name))?;
    if !operation.life.includes(version) {
        return Some(not_in_version(service, variants, version));
    }
    let circumstances = Circumstances {
        version: Some(version),
        ..Circumstances::default()
    };
    let given = |name: &str| {
        node.parameters
            .get(name)
            .filter(|value: &&Value| !holds_expression(value))
    };
    operation
        .parameters
        .iter()
        .filter_map(|parameter| coerce_any(parameter, given(&parameter.name)?, circumstances).err())
        .find(|refusal| refusal.code == NOT_IN_VERSION)
}

/// Whether a node has this credential. One that has none is told so when it runs.
async fn uses(service: &LazyService, node: &WorkflowNode, credential: &Credential, context: &Context<'_>) -> bool {
    let kind = service.definition().credential.type_of(node);
    let found = context.capabilities.credentials.find(&kind, node).await;
    found.is_ok_and(|found| found.name == credential.name)
}
