//! The credentials that a case gives.

use async_trait::async_trait;
use patchbay_model::Object;
use patchbay_model::workflow::Node;
use patchbay_node::NodeError;
use patchbay_node::capability::{Credential, Credentials};

/// What nodes find.
pub enum Given {
    /// One, whatever is asked for: a node's case has no need of types and names.
    One(Object),
    /// By id, by name, or the only one of its type, as in a run.
    Several(Vec<Credential>),
}

#[async_trait]
impl Credentials for Given {
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError> {
        match self {
            Self::One(data) => Ok(Credential::new(None, "test", kind, data.clone())),
            Self::Several(credentials) => find(credentials, kind, node),
        }
    }
}

fn find(credentials: &[Credential], kind: &str, node: &Node) -> Result<Credential, NodeError> {
    let reference = node.credentials.get(kind);
    let by_id = reference
        .and_then(|reference| reference.id.as_ref())
        .and_then(|id| credentials.iter().find(|credential| credential.id.as_ref() == Some(id)));
    let by_name = || {
        let name = &reference?.name;
        credentials
            .iter()
            .find(|credential| credential.name == *name && credential.kind.eq_ignore_ascii_case(kind))
    };
    let mut of_type = credentials
        .iter()
        .filter(|credential| credential.kind.eq_ignore_ascii_case(kind));
    let only = match (of_type.next(), of_type.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    by_id.or_else(by_name).or(only).cloned().ok_or_else(|| {
        let name = reference
            .map(|reference| format!(" `{}`", reference.name))
            .unwrap_or_default();
        NodeError::new("E0501", format!("The case gives no credential{name} of type `{kind}`")).hint(format!(
            "add `[credential.\"NAME\"]` with `type = \"{kind}\"` and `data = {{ … }}` to the file of the case"
        ))
    })
}
