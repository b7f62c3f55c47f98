//! Credentials that the API made: kept sealed in the store, found by nodes beside those of the program's files.

use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use patchbay_model::workflow::Node;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::credentials::{self, Candidate};
use patchbay_node::capability::{Credential, Credentials};
use patchbay_store::{Change, Error, Kind, Store, Vault};

/// Who is told what a credential holds, so that nothing writes its secrets.
pub type Remember = Arc<dyn Fn(&Object) + Send + Sync>;

/// A type of credential, so far as it is known.
#[derive(Clone, Debug, Default)]
pub struct CredentialType {
    pub fields: Vec<CredentialField>,
    /// It has no others.
    pub are_all: bool,
}

/// A field of a type of credential.
#[derive(Clone, Debug)]
pub struct CredentialField {
    pub name: Text,
    pub kind: FieldKind,
    pub required: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Number,
    Boolean,
    Object,
}

impl FieldKind {
    /// As JSON schemas have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
        }
    }

    /// Whether a value is of it. An expression is a text whatever it is for.
    pub fn fits(self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self == Self::Text || text.starts_with('='),
            Value::Number(_) => self == Self::Number,
            Value::Bool(_) => self == Self::Boolean,
            Value::Object(_) => self == Self::Object,
            _ => false,
        }
    }
}

/// The credentials of the store, before those of the files.
pub struct StoredCredentials {
    files: Arc<dyn Credentials>,
    store: Arc<dyn Store>,
    vault: Arc<Vault>,
    remember: Remember,
    all: RwLock<Vec<Stored>>,
}

/// One credential of the store. Times are milliseconds since 1970.
#[derive(Clone)]
pub struct Stored {
    pub id: Text,
    pub name: Text,
    pub kind: Text,
    data: Object,
    pub created: i64,
    pub updated: i64,
}

impl StoredCredentials {
    pub fn new(files: Arc<dyn Credentials>, store: Arc<dyn Store>, vault: Arc<Vault>, remember: Remember) -> Self {
        Self {
            files,
            store,
            vault,
            remember,
            all: RwLock::default(),
        }
    }

    /// Reads what the store has. One that cannot be opened is told and left out.
    pub async fn read(&self) -> Result<(), Error> {
        let mut all = Vec::new();
        for record in self.store.records(Kind::Credential).await? {
            match self.open(&record) {
                Ok(stored) => {
                    (self.remember)(&stored.data);
                    all.push(stored);
                }
                Err(error) => {
                    tracing::error!(
                        code = error.code(),
                        credential = record.key,
                        hint = error.hint(),
                        "{error}"
                    );
                }
            }
        }
        *self.all.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    fn open(&self, record: &patchbay_store::Record) -> Result<Stored, Error> {
        let opened = self.vault.open(&record.key, &record.value)?;
        let text = String::from_utf8_lossy(&opened);
        let value = Value::from_json(&text).map_err(|error| Error::Malformed(error.to_string()))?;
        let text = |key: &str| value.get(key).map(Value::to_text).unwrap_or_default();
        Ok(Stored {
            id: record.key.as_str().into(),
            name: text("name"),
            kind: text("type"),
            data: value
                .get("data")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            created: record.created,
            updated: record.updated,
        })
    }

    /// All of them, the first made first.
    pub fn all(&self) -> Vec<Stored> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a credential, sealed.
    pub async fn put(&self, id: &str, name: &str, kind: &str, data: Object, now: i64) -> Result<(), Error> {
        let mut value = Object::new();
        value.insert("name", name);
        value.insert("type", kind);
        value.insert("data", data);
        let value = self.vault.seal(id, Value::object(value).to_json().as_bytes())?;
        let put = Change::Put {
            kind: Kind::Credential,
            key: id.to_owned(),
            value,
            now,
        };
        self.store.write(put).await?;
        self.read().await
    }

    pub async fn remove(&self, id: &str) -> Result<(), Error> {
        let remove = Change::Remove {
            kind: Kind::Credential,
            key: id.to_owned(),
        };
        self.store.write(remove).await?;
        self.read().await
    }
}

impl Candidate for Stored {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Stored {
    /// What it holds, secrets too.
    pub(crate) fn data(&self) -> &Object {
        &self.data
    }

    fn credential(&self) -> Credential {
        Credential::new(
            Some(self.id.clone()),
            self.name.clone(),
            self.kind.clone(),
            self.data.clone(),
        )
    }
}

#[async_trait]
impl Credentials for StoredCredentials {
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError> {
        let all = || self.all.read().unwrap_or_else(PoisonError::into_inner);
        let named = credentials::named(&all(), kind, node).map(Stored::credential);
        if let Some(found) = named {
            return Ok(found);
        }
        let of_files = self.files.find(kind, node).await;
        of_files.or_else(|error| {
            let only = credentials::only(&all(), kind).map(Stored::credential);
            only.ok_or(error)
        })
    }
}
