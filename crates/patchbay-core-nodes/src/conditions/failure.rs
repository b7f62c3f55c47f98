//! Why a condition could not be judged, as a node's error.

use std::sync::Arc;

use patchbay_model::Text;
use patchbay_node::NodeError;

use crate::conversion::Type;

/// Why a condition has no answer.
pub(super) enum Failure {
    Type {
        kind: Type,
        /// What JavaScript's `typeof` says of the value.
        found: &'static str,
        text: Text,
        strict: bool,
    },
    /// Neither value has the type, but both have another.
    Both {
        kind: Type,
        found: &'static str,
    },
    Expression(Arc<regress::Error>),
}

impl Failure {
    pub(super) fn into_error(self, path: &str, condition: usize, item: usize) -> NodeError {
        let error = match self {
            Self::Type {
                kind,
                found,
                text,
                strict,
            } => {
                let article = if found == "object" { "an" } else { "a" };
                let wanted = kind.with_article();
                let message = if strict {
                    format!("Wrong type: '{text}' is {article} {found} but was expecting {wanted}")
                } else {
                    format!("Conversion error: the {found} '{text}' can't be converted to {wanted}")
                };
                let description = if strict {
                    "Try changing the type of comparison. Alternatively you can enable 'Convert types where required'."
                } else {
                    "Try changing the type of the comparison."
                };
                let message = format!("{message} [condition {condition}, item {item}]");
                NodeError::new("E0310", message).description(description)
            }
            Self::Both { kind, found } => {
                let article = if found == "object" { "an" } else { "a" };
                let wanted = kind.with_article();
                let message = format!("Comparison type expects {wanted} but both fields are {article} {found}");
                NodeError::new("E0315", message).hint("Change the type of the comparison")
            }
            Self::Expression(error) => {
                let message = format!("Invalid regular expression: {error} [condition {condition}, item {item}]");
                NodeError::new("E0313", message)
            }
        };
        error.parameter(format!("{path}.conditions.{condition}")).item(item)
    }
}
