//! Credentials as nodes see them.

use async_trait::async_trait;
use patchbay_model::workflow::Node;
use patchbay_model::{Object, Text, Value};

use crate::{NodeError, Secret};

/// Finds credentials.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The credential of a type that a node names: by id, then by name, then the only one of that type. Errors are E05xx
    /// and say what was looked for and where.
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError>;
}

/// One credential.
#[derive(Clone)]
pub struct Credential {
    pub id: Option<Text>,
    pub name: Text,
    /// `threeCxOAuth2Api`.
    pub kind: Text,
    data: Object,
}

impl Credential {
    pub fn new(id: Option<Text>, name: impl Into<Text>, kind: impl Into<Text>, data: Object) -> Self {
        Self {
            id,
            name: name.into(),
            kind: kind.into(),
            data,
        }
    }

    /// A field's value, as text; `None` where it is missing or empty. A dot leads into an object:
    /// `oauthTokenData.access_token`.
    pub fn field(&self, name: &str) -> Option<Secret> {
        let value = match name.split_once('.') {
            Some((object, field)) => self.data.get(object)?.get(field)?,
            None => self.data.get(name)?,
        };
        if value.is_null() {
            return None;
        }
        let text = value.to_text();
        (!text.is_empty()).then(|| Secret::new(text))
    }

    /// Whether a field is a list or an object, which no text stands for.
    pub fn is_nested(&self, name: &str) -> bool {
        matches!(self.data.get(name), Some(Value::Array(_) | Value::Object(_)))
    }

    /// All fields with their values, secrets too: for who writes them to where they belong.
    pub fn into_data(self) -> Object {
        self.data
    }

    /// The fields' names.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.data.keys().map(Text::as_str)
    }
}

/// Never shows the data.
impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let mut debug = formatter.debug_struct("Credential");
        debug
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
