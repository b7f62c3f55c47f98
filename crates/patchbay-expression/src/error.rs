//! Why an expression gave no value.

use patchbay_model::Text;

/// A failed expression. Where n8n has a text of its own, `message` is that text.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// `E02xx`.
    pub code: &'static str,
    pub message: Text,
    pub description: Option<Text>,
    /// The bytes of the expression's source at fault.
    pub span: Option<(usize, usize)>,
    pub hints: Vec<Text>,
    pub kind: Kind,
}

/// What JavaScript would have thrown: some kinds are caught by n8n and give undefined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Expression,
    Type,
    Reference,
    Syntax,
    Range,
    /// Memory, time or stack.
    Limit,
}

impl Error {
    /// An error that n8n shows to the user.
    pub fn new(message: impl Into<Text>) -> Self {
        Self {
            code: "E0201",
            message: message.into(),
            description: None,
            span: None,
            hints: Vec::new(),
            kind: Kind::Expression,
        }
    }

    /// JavaScript's `TypeError`.
    pub fn type_error(message: impl Into<Text>) -> Self {
        Self {
            code: "E0202",
            kind: Kind::Type,
            ..Self::new(message)
        }
    }

    #[must_use]
    pub fn description(self, description: impl Into<Text>) -> Self {
        Self {
            description: Some(description.into()),
            ..self
        }
    }
}
