//! Credentials from files: n8n's own exports, encrypted or not, and TOML with `${ENV}` in its values.
//!
//! A file is read when the program starts, so that its faults are told before anything runs; what it holds is opened
//! only for the node that needs it ([`entry`]). What is wrong with a file is told by [`read`].

mod decrypt;
mod entry;
pub mod field;
mod fill;
mod read;

use async_trait::async_trait;
use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::Node;
use patchbay_model::{Diagnostic, Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::{Credential, Credentials, credentials};

pub use self::entry::{Entry, remember_secrets};

/// All credentials that the program was given, the last given of a name first.
#[derive(Default)]
pub struct CredentialFiles {
    entries: Vec<Entry>,
    /// For n8n's encrypted exports.
    encryption_key: Option<String>,
    /// What the credentials of a service are replaced with: the sandbox's.
    replacement: Option<Replacement>,
}

struct Replacement {
    applies: fn(&str) -> bool,
    data: Object,
}

impl CredentialFiles {
    pub fn new(encryption_key: Option<String>) -> Self {
        Self {
            encryption_key,
            ..Self::default()
        }
    }

    /// Every credential whose type is named so is this one.
    pub fn replace(&mut self, applies: fn(&str) -> bool, data: Object) {
        self.replacement = Some(Replacement { applies, data });
    }

    /// The version that the credentials of a service name, the last given first; `None` where none does, or none that can
    /// be read now.
    pub fn version_of(&self, applies: fn(&str) -> bool) -> Option<Text> {
        let mut entries = self.entries.iter().filter(|entry| applies(&entry.kind));
        entries.find_map(|entry| entry.version(self.encryption_key.as_deref()))
    }

    /// Adds what is in a file; all its faults are told.
    pub fn add(&mut self, file_name: &str, text: &str) -> Result<(), Vec<Diagnostic>> {
        let text = text.trim_start_matches('\u{feff}');
        let is_json = std::path::Path::new(file_name)
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let entries = match Value::from_json(text) {
            Ok(value) => read::json(&value),
            Err(error) if is_json => {
                let mut fault = Diagnostic::error("E0502", format!("not valid JSON: {error}"));
                fault.position = Some(patchbay_model::diagnostic::Position {
                    line: error.line().max(1),
                    column: error.column().max(1),
                });
                Err(vec![fault])
            }
            Err(_) => read::toml(text),
        };
        self.entries.splice(0..0, entries?);
        Ok(())
    }

    /// All credentials, those of the last file first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// One of them with all that it holds. Errors are E0503 and E0504.
    pub fn open(&self, entry: &Entry) -> Result<Credential, NodeError> {
        entry.open(self.encryption_key.as_deref())
    }

    fn entry(&self, kind: &str, node: &Node) -> Result<&Entry, NodeError> {
        let found = credentials::named(&self.entries, kind, node);
        if let Some(entry) = found.or_else(|| credentials::only(&self.entries, kind)) {
            return Ok(entry);
        }
        let of_kind: Vec<&Entry> = credentials::of_kind(&self.entries, kind).collect();
        let reference = credentials::reference(kind, node);
        let wanted = reference.map(|reference| reference.name.clone()).unwrap_or_default();
        let message = match (of_kind.len(), wanted.is_empty()) {
            (0, true) => format!("There is no credential of type `{kind}`"),
            (0, false) => format!("There is no credential `{wanted}` of type `{kind}`"),
            (_, true) => format!("The node names no credential, and there are several of type `{kind}`"),
            (_, false) => format!("There is no credential `{wanted}` of type `{kind}`, and there are several others"),
        };
        // n8n has words of its own for a node that names none.
        let mut error = if of_kind.is_empty() && node.credentials.is_empty() {
            NodeError::new("E0501", "Node does not have any credentials set").description(message)
        } else {
            NodeError::new("E0501", message)
        };
        if let Some(name) = nearest(&wanted, of_kind.iter().map(|entry| entry.name.as_str())) {
            error = error.hint(format!("did you mean `{name}`?"));
        }
        if !of_kind.is_empty() {
            let names: Vec<String> = of_kind.iter().map(|entry| format!("`{}`", entry.name)).collect();
            return Err(error.hint(format!("name one of them in the node: {}", names.join(", "))));
        }
        let file = "give a file with it: --credentials FILE, or PATCHBAY_CREDENTIALS";
        Err(if crate::sandbox::is_three_cx(kind) {
            error.hint(format!("{file}; or use --sandbox"))
        } else {
            error.hint(file)
        })
    }
}

#[async_trait]
impl Credentials for CredentialFiles {
    async fn find(&self, kind: &str, node: &Node) -> Result<Credential, NodeError> {
        if let Some(replacement) = &self.replacement
            && (replacement.applies)(kind)
        {
            remember_secrets(&replacement.data);
            return Ok(Credential::new(None, "sandbox", kind, replacement.data.clone()));
        }
        self.entry(kind, node)?.open(self.encryption_key.as_deref())
    }
}

#[cfg(test)]
mod tests;
