//! The credentials that a case gives.

use async_trait::async_trait;
use patchbay_model::Object;
use patchbay_model::workflow::Node;
use patchbay_node::NodeError;
use patchbay_node::capability::{Credential, Credentials, credentials};

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

fn find(all: &[Credential], kind: &str, node: &Node) -> Result<Credential, NodeError> {
    let chosen = credentials::named(all, kind, node).or_else(|| credentials::only(all, kind));
    chosen.cloned().ok_or_else(|| {
        let name = credentials::reference(kind, node)
            .map(|reference| format!(" `{}`", reference.name))
            .unwrap_or_default();
        NodeError::new("E0501", format!("The case gives no credential{name} of type `{kind}`")).hint(format!(
            "add `[credential.\"NAME\"]` with `type = \"{kind}\"` and `data = {{ … }}` to the file of the case"
        ))
    })
}
