//! From text to a document: YAML's liberties and references to anywhere in the file are evened out here, so that all
//! others see plain JSON and references to components.

use patchbay_model::Diagnostic;
use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;

use super::document::Document;
use super::places::Places;
use super::{notes, shape};

/// Why a file can not be imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is nothing to import")]
    Empty,
    #[error("not an OpenAPI 3 file: {0}")]
    Document(String),
    #[error("it refers to another file: `{0}`")]
    OtherFile(String),
    /// Parts of the file of that place among the sources have not the shape that they must have.
    #[error("not an OpenAPI 3 file: {} of its parts can not be read", faults.len())]
    Malformed {
        source_place: usize,
        faults: Vec<Diagnostic>,
    },
}

impl Error {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Document(reason) if reason.contains("swagger") => {
                Some("convert it to OpenAPI 3 first: any of the usual converters does")
            }
            Self::OtherFile(_) => Some("bundle the files into one first: any of the usual bundlers does"),
            Self::Empty | Self::Document(_) | Self::Malformed { .. } => None,
        }
    }
}

/// Keys that may stand without a value: as if they were not there.
const SILENT: [&str; 28] = [
    "info",
    "title",
    "servers",
    "variables",
    "paths",
    "components",
    "schemas",
    "requestBodies",
    "responses",
    "securitySchemes",
    "security",
    "tags",
    "parameters",
    "requestBody",
    "content",
    "schema",
    "style",
    "explode",
    "required",
    "enum",
    "properties",
    "items",
    "format",
    "allOf",
    "oneOf",
    "anyOf",
    "nullable",
    "readOnly",
];

/// References within references are followed so deep: schemas may hold themselves.
const DEPTH: usize = 8;

/// Reads a file, the source of that place: JSON is YAML, too. Beside the document there is what is left out of it.
pub fn read(text: &str, source_place: usize) -> Result<(Document, Vec<Diagnostic>), Error> {
    let text = text.trim_start_matches('\u{feff}');
    let mut yaml: Yaml = serde_yaml_ng::from_str(text).map_err(|error| Error::Document(error.to_string()))?;
    yaml.apply_merge().map_err(|error| Error::Document(error.to_string()))?;
    let whole = to_json(yaml);
    match whole.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.") => {}
        Some(version) => return Err(Error::Document(format!("it is of version `{version}`"))),
        None if whole.get("swagger").is_some() => return Err(Error::Document("it is of `swagger: 2.0`".to_owned())),
        None => return Err(Error::Document("it has no `openapi`".to_owned())),
    }
    let places = Places::of(text);
    let faults = shape::faults(&whole, &places);
    if !faults.is_empty() {
        return Err(Error::Malformed { source_place, faults });
    }
    let mut document = whole.clone();
    inline(&mut document, &whole, 0)?;
    let document = serde_json::from_value(document).map_err(|error| Error::Document(error.to_string()))?;
    Ok((document, notes::of(&whole, places)))
}

/// Keys become text: a status is often written as a number. What JSON has no word for becomes null.
fn to_json(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => flag.into(),
        Yaml::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(whole)) => whole.into(),
            (None, None) => number.as_f64().into(),
        },
        Yaml::String(text) => text.into(),
        Yaml::Sequence(values) => values.into_iter().map(to_json).collect(),
        Yaml::Mapping(entries) => {
            let entries = entries.into_iter().filter_map(|(key, value)| {
                let key = match to_json(key) {
                    Value::String(key) => key,
                    Value::Number(key) => key.to_string(),
                    Value::Bool(key) => key.to_string(),
                    Value::Null | Value::Array(_) | Value::Object(_) => return None,
                };
                Some((key, to_json(value)))
            });
            Value::Object(entries.collect())
        }
        Yaml::Tagged(tagged) => to_json(tagged.value),
    }
}

/// Puts in place of each reference what it refers to, but for references to components, which others follow by name.
/// A schema that is only true or false, as 3.1 allows it, is one without limits.
fn inline(value: &mut Value, whole: &Value, depth: usize) -> Result<(), Error> {
    if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(Error::OtherFile(reference.to_owned()));
        };
        let is_component = pointer.starts_with("/components/") && pointer.matches('/').count() == 3;
        let is_path = pointer.starts_with("/components/pathItems/");
        if !is_component || is_path {
            let decoded = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy();
            let target = whole.pointer(&decoded).cloned();
            *value = target
                .filter(|_| depth < DEPTH)
                .unwrap_or_else(|| Value::Object(Map::new()));
            return inline(value, whole, depth + 1);
        }
    }
    match value {
        Value::Array(values) => values.iter_mut().try_for_each(|value| inline(value, whole, depth)),
        Value::Object(entries) => {
            // A key without a value says nothing; but a scheme of `security` needs no more than its name.
            entries.retain(|key, value| !(value.is_null() && (key.starts_with('/') || SILENT.contains(&key.as_str()))));
            for (key, value) in entries.iter_mut() {
                match value {
                    Value::Object(schemas) if key == "properties" => {
                        for schema in schemas.values_mut().filter(|schema| schema.is_boolean()) {
                            *schema = Value::Object(Map::new());
                        }
                    }
                    Value::Bool(_) if matches!(key.as_str(), "schema" | "items") => *value = Value::Object(Map::new()),
                    // Examples are anybody's JSON: a `$ref` in them is none.
                    _ if matches!(key.as_str(), "example" | "examples" | "default") => continue,
                    _ => {}
                }
                inline(value, whole, depth)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
