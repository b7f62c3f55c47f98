//! The parts of an OpenAPI 3 file that definitions are made from; everything else in it is passed over.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// Why a file can not be imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is nothing to import")]
    Empty,
    #[error("not an OpenAPI 3 file: {0}")]
    Document(String),
    #[error("{file}: {reason}")]
    Overlay { file: String, reason: String },
}

#[derive(Debug, Deserialize)]
pub struct Document {
    pub openapi: String,
    pub info: Info,
    #[serde(default)]
    pub servers: Vec<Server>,
    #[serde(default)]
    pub paths: IndexMap<String, PathItem>,
    #[serde(default)]
    pub components: Components,
}

#[derive(Debug, Default, Deserialize)]
pub struct Info {
    #[serde(default)]
    pub title: String,
}

#[derive(Debug, Deserialize)]
pub struct Server {
    pub url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Components {
    pub schemas: IndexMap<String, Schema>,
    pub parameters: IndexMap<String, Parameter>,
    pub request_bodies: IndexMap<String, RequestBody>,
    pub responses: IndexMap<String, Response>,
    pub security_schemes: IndexMap<String, SecurityScheme>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PathItem {
    pub parameters: Vec<Parameter>,
    /// Everything else: methods with operations, and words about the path.
    #[serde(flatten)]
    pub rest: IndexMap<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Operation {
    pub tags: Vec<String>,
    #[serde(rename = "operationId")]
    pub id: Option<String>,
    pub parameters: Vec<Parameter>,
    pub request_body: Option<RequestBody>,
    pub responses: IndexMap<String, Response>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Parameter {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    pub name: String,
    #[serde(rename = "in")]
    pub place: String,
    pub required: bool,
    pub schema: Schema,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RequestBody {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    pub content: IndexMap<String, Media>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Response {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    pub content: IndexMap<String, Media>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Media {
    pub schema: Schema,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    /// A text; an array of texts since 3.1.
    #[serde(rename = "type")]
    pub kind: Value,
    pub format: Option<String>,
    pub nullable: bool,
    #[serde(rename = "enum")]
    pub values: Vec<Value>,
    pub properties: IndexMap<String, Schema>,
    pub required: Vec<String>,
    pub read_only: bool,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub all_of: Vec<Schema>,
    pub one_of: Vec<Schema>,
    pub any_of: Vec<Schema>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SecurityScheme {
    #[serde(rename = "type")]
    pub kind: String,
    pub scheme: String,
    pub name: String,
    #[serde(rename = "in")]
    pub place: String,
    pub flows: IndexMap<String, Flow>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Flow {
    pub token_url: String,
}

/// Reads a file: JSON is YAML, too.
pub fn read(text: &str) -> Result<Document, Error> {
    let document: Document = serde_yaml_ng::from_str(text).map_err(|error| Error::Document(error.to_string()))?;
    if document.openapi.starts_with("3.") {
        Ok(document)
    } else {
        Err(Error::Document(format!("it is of version `{}`", document.openapi)))
    }
}

/// References that lead in a circle are given up after so many steps.
const STEPS: usize = 32;

macro_rules! follow {
    ($name:ident, $type:ty, $map:ident) => {
        /// The thing itself, where this is a reference to it.
        pub fn $name<'a>(&'a self, mut thing: &'a $type) -> &'a $type {
            for _ in 0..STEPS {
                let name = thing
                    .reference
                    .as_ref()
                    .and_then(|reference| reference.rsplit('/').next());
                match name.and_then(|name| self.components.$map.get(name)) {
                    Some(other) => thing = other,
                    None => break,
                }
            }
            thing
        }
    };
}

impl Document {
    follow!(schema, Schema, schemas);
    follow!(parameter, Parameter, parameters);
    follow!(request_body, RequestBody, request_bodies);
    follow!(response, Response, responses);
}

impl Schema {
    /// The name of the schema that this refers to.
    pub fn reference_name(&self) -> Option<&str> {
        self.reference.as_ref()?.rsplit('/').next()
    }
}
