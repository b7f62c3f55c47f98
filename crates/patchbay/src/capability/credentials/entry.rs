//! One credential: what may be told of it, and how it is opened.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::{Object, Text, Value};
use patchbay_node::NodeError;
use patchbay_node::capability::Credential;
use patchbay_node::capability::credentials::Candidate;

use super::{decrypt, field, fill};
use crate::{sandbox, secrets};

/// One credential, as its file has it.
pub struct Entry {
    pub id: Option<Text>,
    pub name: Text,
    pub kind: Text,
    pub(super) data: Data,
}

impl Candidate for Entry {
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

pub(super) enum Data {
    Plain(Object),
    /// Base64, as n8n encrypts it.
    Encrypted(Text),
    /// Values may hold `${ENV}`.
    Template(Object),
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
        let (data, is_template) = match &self.data {
            Data::Plain(data) => (data, false),
            Data::Template(data) => (data, true),
            Data::Encrypted(_) => {
                object.insert("encrypted", true);
                return object;
            }
        };
        let kept = |name: &str, value: &Value| {
            if is_template && fill::has_variable(value) {
                "from the environment"
            } else if holds_secret(name, value) {
                "secret in the file"
            } else {
                "value"
            }
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
    pub(super) fn version(&self, encryption_key: Option<&str>) -> Option<Text> {
        const VERSION: &str = "version";
        let value = match &self.data {
            Data::Plain(data) => data.get(VERSION)?.clone(),
            Data::Encrypted(text) => decrypt::data(text, encryption_key).ok()?.get(VERSION)?.clone(),
            Data::Template(data) => fill::value(data.get(VERSION)?, &|name| std::env::var(name).ok()).ok()?,
        };
        Some(value.to_text()).filter(|version| !version.is_empty())
    }

    /// The credential with all that it holds. Errors are E0503 and E0504.
    pub(super) fn open(&self, encryption_key: Option<&str>) -> Result<Credential, NodeError> {
        let data = match &self.data {
            Data::Plain(data) => data.clone(),
            Data::Encrypted(text) => decrypt::data(text, encryption_key).map_err(|reason| {
                NodeError::new(
                    "E0503",
                    format!("The credential `{}` can not be opened: {reason}", self.name),
                )
                .hint("the key is `encryptionKey` in the file `config` of n8n's folder `.n8n`")
            })?,
            Data::Template(data) => {
                fill::all(data, &|name| std::env::var(name).ok()).map_err(|(field, variable)| {
                    let message = format!(
                        "The environment variable `{variable}` is not set (credential `{}`, `{field}`)",
                        self.name
                    );
                    NodeError::new("E0504", message).hint(format!("set it: {variable}=… patchbay …"))
                })?
            }
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

/// Whether a field holds a secret, at whichever depth.
fn holds_secret(name: &str, value: &Value) -> bool {
    match value {
        Value::Text(text) => field::is_secret(name, text),
        Value::Array(values) => values.iter().any(|value| holds_secret(name, value)),
        Value::Object(fields) => fields.iter().any(|(name, value)| holds_secret(name, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
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
        remember_value(name, value);
    }
}

fn remember_value(name: &str, value: &Value) {
    match value {
        Value::Object(inner) => remember_secrets(inner),
        Value::Array(values) => values.iter().for_each(|value| remember_value(name, value)),
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
