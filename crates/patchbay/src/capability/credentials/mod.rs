//! Credentials from files: n8n's own exports, encrypted or not, and TOML with `${ENV}` in its values.
//!
//! A file is read when the program starts, so that its faults are told before anything runs; what it holds is opened
//! only for the node that needs it.

mod decrypt;
pub mod field;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::diagnostic::nearest;
use patchbay_model::workflow::{Node, position_of};
use patchbay_model::{Diagnostic, Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::{Credential, Credentials};

use crate::{sandbox, secrets};

/// All credentials that the program was given, the last given of a name first.
#[derive(Default)]
pub struct CredentialFiles {
    entries: Vec<Entry>,
    /// For n8n's encrypted exports.
    encryption_key: Option<String>,
    /// What the credentials of a service are replaced with: the sandbox's.
    replacement: Option<Replacement>,
}

/// One credential, as its file has it.
pub struct Entry {
    pub id: Option<Text>,
    pub name: Text,
    pub kind: Text,
    data: Data,
}

enum Data {
    Plain(Object),
    /// Base64, as n8n encrypts it.
    Encrypted(Text),
    /// Values may hold `${ENV}`.
    Template(Object),
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
            Ok(value) => json_entries(&value),
            Err(error) if is_json => {
                let mut fault = Diagnostic::error("E0502", format!("not valid JSON: {error}"));
                fault.position = Some(patchbay_model::diagnostic::Position {
                    line: error.line().max(1),
                    column: error.column().max(1),
                });
                Err(vec![fault])
            }
            Err(_) => toml_entries(text),
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
        let of_kind: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.kind.eq_ignore_ascii_case(kind))
            .collect();
        let reference = node
            .credentials
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(kind))
            .map(|(_, reference)| reference);
        if let Some(reference) = reference {
            let by_id = of_kind
                .iter()
                .find(|entry| entry.id.is_some() && entry.id == reference.id);
            let found = by_id.or_else(|| of_kind.iter().find(|entry| entry.name == reference.name));
            if let Some(entry) = found {
                return Ok(entry);
            }
        }
        if let [only] = of_kind.as_slice() {
            return Ok(only);
        }
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

impl Entry {
    /// `{"name", "type", "id"?, "fields": {NAME: "value" | "from the environment" | "secret in the file"}, "encrypted"?}`: nothing
    /// of what it holds.
    pub fn to_object(&self) -> Object {
        let mut object = Object::new();
        object.insert("name", self.name.clone());
        object.insert("type", self.kind.clone());
        if let Some(id) = &self.id {
            object.insert("id", id.clone());
        }
        let (Data::Plain(data) | Data::Template(data)) = &self.data else {
            object.insert("encrypted", true);
            return object;
        };
        let kept = |name: &str, value: &Value| match value {
            Value::Text(text) if text.contains("${") => "from the environment",
            Value::Text(text) if field::is_secret(name, text) => "secret in the file",
            _ => "value",
        };
        let fields: Object = data
            .iter()
            .map(|(name, value)| (name.clone(), kept(name, value)))
            .collect();
        object.insert("fields", Value::object(fields));
        object
    }

    /// Whether the file itself shows a secret. What `patchbay sandbox` prints is none: everybody knows it.
    pub fn shows_secrets(&self) -> bool {
        if self.is_of_sandbox() {
            return false;
        }
        let secret = |value: &Value| value.as_str() == Some("secret in the file");
        let object = self.to_object();
        let fields = object.get("fields").and_then(Value::as_object);
        fields.is_some_and(|fields| fields.values().any(secret))
    }

    fn is_of_sandbox(&self) -> bool {
        let (Data::Plain(data) | Data::Template(data)) = &self.data else {
            return false;
        };
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_local = ["http://127.0.0.1:", "http://[::1]:"]
            .iter()
            .any(|start| text("url").starts_with(start));
        is_local && text("clientSecret") == sandbox::PUBLIC_SECRET
    }

    /// The version of the service that it names; its secrets need not be there for that.
    fn version(&self, encryption_key: Option<&str>) -> Option<Text> {
        const VERSION: &str = "version";
        let value = match &self.data {
            Data::Plain(data) => data.get(VERSION)?.clone(),
            Data::Encrypted(text) => decrypt::data(text, encryption_key).ok()?.get(VERSION)?.clone(),
            Data::Template(data) => fill_in_value(data.get(VERSION)?, &|name| std::env::var(name).ok()).ok()?,
        };
        Some(value.to_text()).filter(|version| !version.is_empty())
    }

    /// The credential with all that it holds. Errors are E0503 and E0504.
    fn open(&self, encryption_key: Option<&str>) -> Result<Credential, NodeError> {
        let data = match &self.data {
            Data::Plain(data) => data.clone(),
            Data::Encrypted(text) => decrypt::data(text, encryption_key).map_err(|reason| {
                NodeError::new(
                    "E0503",
                    format!("The credential `{}` can not be opened: {reason}", self.name),
                )
                .hint("the key is `encryptionKey` in the file `config` of n8n's folder `.n8n`")
            })?,
            Data::Template(data) => fill_in(data, &|name| std::env::var(name).ok()).map_err(|(field, variable)| {
                let message = format!(
                    "The environment variable `{variable}` is not set (credential `{}`, `{field}`)",
                    self.name
                );
                NodeError::new("E0504", message).hint(format!("set it: {variable}=… patchbay …"))
            })?,
        };
        let is_expression = |value: &Value| value.as_str().is_some_and(|text| text.starts_with("={{"));
        if let Some((field, _)) = data.iter().find(|(_, value)| is_expression(value)) {
            let message = format!("`{field}` of the credential `{}` is an expression", self.name);
            return Err(NodeError::new("E0510", message)
                .hint("credentials are not evaluated: write the value, or `${NAME}` for one from the environment"));
        }
        remember_secrets(&data);
        Ok(Credential::new(
            self.id.clone(),
            self.name.clone(),
            self.kind.clone(),
            data,
        ))
    }
}

/// Sees to it that what must not be seen is not shown by anything that is written from now on.
pub fn remember_secrets(data: &Object) {
    let text = |name: &str| data.get(name).and_then(Value::as_str);
    if let (Some(user), Some(password)) = (text("user"), text("password")) {
        // As requests with Basic authentication have them.
        secrets::remember(&STANDARD.encode(format!("{user}:{password}")));
    }
    for (name, value) in data {
        match value {
            Value::Object(inner) => remember_secrets(inner),
            Value::Text(text) if field::is_secret(name, text) => {
                secrets::remember(text);
                // What a custom credential adds to a request: `{"headers": {"X-Api-Key": "…"}}`.
                if let Ok(Value::Object(inner)) = Value::from_json(text) {
                    remember_secrets(&inner);
                }
                // Of `Bearer …` an error may repeat only the key.
                if let Some((_, key)) = text
                    .split_once(' ')
                    .filter(|_| name.eq_ignore_ascii_case("authorization"))
                {
                    secrets::remember(key);
                }
            }
            _ => {}
        }
    }
}

/// n8n's export: an array of `{"id", "name", "type", "data"}`, or one of them.
fn json_entries(value: &Value) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(Text::from);
        let data = match value.get("data") {
            Some(Value::Object(data)) => Some(Data::Plain((**data).clone())),
            Some(Value::Text(text)) => Some(Data::Encrypted(text.clone())),
            _ => None,
        };
        match (text("name"), text("type"), data) {
            (Some(name), Some(kind), Some(data)) => {
                let id = value.get("id").filter(|id| !id.is_null()).map(Value::to_text);
                entries.push(Entry { id, name, kind, data });
            }
            (name, kind, data) => {
                let lacks = [
                    ("name", name.is_none()),
                    ("type", kind.is_none()),
                    ("data", data.is_none()),
                ];
                let lacks: Vec<_> = lacks
                    .iter()
                    .filter(|(_, missing)| *missing)
                    .map(|(key, _)| format!("`{key}`"))
                    .collect();
                let message = format!("credential {} has no {}", index + 1, lacks.join(", "));
                faults.push(Diagnostic::error("E0502", message).at(format!("/{index}")));
            }
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// `["name"]`, `type = "…"`, and the credential's fields.
fn toml_entries(text: &str) -> Result<Vec<Entry>, Vec<Diagnostic>> {
    let at = |span: Option<std::ops::Range<usize>>, mut fault: Diagnostic| {
        fault.position = Some(position_of(text, span.map_or(0, |span| span.start)));
        fault
    };
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        vec![at(
            error.span(),
            Diagnostic::error("E0502", format!("not valid TOML: {}", error.message())),
        )]
    })?;
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for (name, value) in &table {
        let span = text
            .find(&format!("[\"{name}\"]"))
            .or_else(|| text.find(&format!("[{name}]")))
            .or_else(|| text.find(name.as_str()));
        let span = span.map(|start| start..start);
        let Some(fields) = value.as_table() else {
            let fault = Diagnostic::error("E0502", format!("`{name}` is not a credential"));
            faults.push(at(
                span,
                fault.hint("write `[\"name\"]` and below it `type = \"…\"` and the fields"),
            ));
            continue;
        };
        let Some(kind) = fields.get("type").and_then(toml::Value::as_str) else {
            let fault = Diagnostic::error("E0502", format!("the credential `{name}` has no `type`"));
            faults.push(at(span, fault.hint("for 3CX: type = \"threeCxOAuth2Api\"")));
            continue;
        };
        let data = fields
            .iter()
            .filter(|(key, _)| key.as_str() != "type" && key.as_str() != "id");
        let data = data
            .filter_map(|(key, value)| Some((key.as_str(), serde_json::to_value(value).ok()?)))
            .collect();
        let id = fields.get("id").and_then(toml::Value::as_str).map(Text::from);
        entries.push(Entry {
            id,
            name: name.as_str().into(),
            kind: kind.into(),
            data: Data::Template(data),
        });
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

/// Replaces `${NAME}`; an error names the field and the variable that is not set.
fn fill_in(data: &Object, variable: &dyn Fn(&str) -> Option<String>) -> Result<Object, (Text, String)> {
    data.iter()
        .map(|(field, value)| {
            Ok((
                field.clone(),
                fill_in_value(value, variable).map_err(|name| (field.clone(), name))?,
            ))
        })
        .collect()
}

fn fill_in_value(value: &Value, variable: &dyn Fn(&str) -> Option<String>) -> Result<Value, String> {
    let text = match value {
        Value::Text(text) => text,
        Value::Object(fields) => {
            let filled = fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill_in_value(value, variable)?)));
            return Ok(Value::object(filled.collect::<Result<Object, String>>()?));
        }
        value => return Ok(value.clone()),
    };
    let mut filled = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        filled.push_str(before);
        filled.push_str(&variable(name).ok_or_else(|| name.to_owned())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled.into())
}

#[cfg(test)]
mod tests;
