//! Credentials as nodes see them.

use async_trait::async_trait;
use patchbay_model::workflow::{CredentialReference, Node};
use patchbay_model::{Object, Text, Value};

use crate::{NodeError, Secret};

/// Finds credentials.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The credential of a type that a node names: by id, then by name, then the only one of that type. Errors are E05xx
    /// and say what was looked for and where.
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError>;
}

/// What a node's credential is chosen from.
pub trait Candidate {
    /// `threeCxOAuth2Api`; its case does not matter.
    fn kind(&self) -> &str;

    fn id(&self) -> Option<&str>;

    fn name(&self) -> &str;
}

/// What a node says of the credential of a type that it uses.
pub fn reference<'a>(kind: &str, node: &'a Node) -> Option<&'a CredentialReference> {
    let mut references = node.credentials.iter();
    let found = references.find(|(known, _)| known.eq_ignore_ascii_case(kind));
    found.map(|(_, reference)| reference)
}

/// Those of a type.
pub fn of_kind<'a, C: Candidate>(all: &'a [C], kind: &str) -> impl Iterator<Item = &'a C> {
    all.iter()
        .filter(move |candidate| candidate.kind().eq_ignore_ascii_case(kind))
}

/// The credential of a type that a node names: by its id, else by its name.
pub fn named<'a, C: Candidate>(all: &'a [C], kind: &str, node: &Node) -> Option<&'a C> {
    let reference = reference(kind, node)?;
    let id = reference.id.as_deref();
    let by_id = of_kind(all, kind).find(|candidate| id.is_some() && candidate.id() == id);
    by_id.or_else(|| of_kind(all, kind).find(|candidate| candidate.name() == reference.name))
}

/// The credential of a type, where there is just one.
pub fn only<'a, C: Candidate>(all: &'a [C], kind: &str) -> Option<&'a C> {
    let mut of_kind = of_kind(all, kind);
    let first = of_kind.next()?;
    of_kind.next().is_none().then_some(first)
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

impl Candidate for Credential {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_chosen_by_id_name_or_type() {
        let credential = |id: &str, name: &str, kind: &str| Credential::new(Some(id.into()), name, kind, Object::new());
        let all = [
            credential("1", "A", "httpBasicAuth"),
            credential("2", "B", "httpBasicAuth"),
            credential("3", "A", "smtp"),
        ];
        for (kind, id, name, expected) in [
            ("httpBasicAuth", Some("2"), "A", Some("2")),
            ("HTTPBasicAuth", Some("9"), "B", Some("2")),
            ("httpBasicAuth", None, "A", Some("1")),
            // Of another type.
            ("httpBasicAuth", Some("3"), "C", None),
            ("smtp", Some("1"), "C", Some("3")),
        ] {
            let reference = CredentialReference {
                id: id.map(Text::from),
                name: name.into(),
            };
            let node = Node {
                credentials: [(kind.to_lowercase().into(), reference)].into_iter().collect(),
                ..Node::default()
            };
            let found = named(&all, kind, &node).or_else(|| only(&all, kind));
            assert_eq!(found.and_then(Candidate::id), expected, "{kind} {id:?} {name}");
        }
    }
}
