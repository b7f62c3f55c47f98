//! The parts of an OpenAPI 3 file that definitions are made from; everything else in it is passed over. How the text
//! becomes one is [`super::reading`]'s affair.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub struct Document {
    pub info: Info,
    #[serde(default)]
    pub servers: Vec<Server>,
    #[serde(default)]
    pub paths: IndexMap<String, PathItem>,
    #[serde(default)]
    pub components: Components,
    /// Any one of these is enough: names of security schemes.
    #[serde(default)]
    pub security: Vec<IndexMap<String, Value>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Info {
    #[serde(default)]
    pub title: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Server {
    pub url: String,
    pub variables: IndexMap<String, ServerVariable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServerVariable {
    pub default: String,
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

/// A path's operations. There may be words about the path as well.
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
    /// In place of a schema: the value is text of this type.
    pub content: IndexMap<String, Media>,
    pub style: Option<String>,
    pub explode: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RequestBody {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    pub content: IndexMap<String, Media>,
    pub required: bool,
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
    /// Of a form's fields, by name.
    pub encoding: IndexMap<String, Encoding>,
}

/// How a field of a form is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Encoding {
    pub style: Option<String>,
    pub explode: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Schema {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    /// A text; an array of texts since 3.1.
    #[serde(rename = "type")]
    pub kind: Value,
    pub format: Option<String>,
    pub pattern: Option<String>,
    pub nullable: bool,
    pub content_media_type: Option<String>,
    #[serde(rename = "enum")]
    pub values: Vec<Value>,
    pub properties: IndexMap<String, Schema>,
    #[serde(deserialize_with = "names")]
    pub required: Vec<String>,
    pub items: Option<Box<Schema>>,
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

/// Headers that are others' affair, as the specification has it.
pub const IGNORED_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// The names of required properties; some files have `required: true` at a property, as parameters do.
fn names<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(names.map(str::to_owned).collect())
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
