//! Takes the operations out of one OpenAPI document.

use serde_json::Value;

use super::Table;
use super::document::{Document, Operation as Declared, Schema};
use super::{names, words};
use crate::definition::{Kind, Place};

/// One operation under one tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub resource: String,
    pub name: String,
    pub method: String,
    /// With helpers: `/Users({{odata Id}})`.
    pub path: String,
    pub about: String,
    /// It reads, though its method would write.
    pub reads: bool,
    pub file: bool,
    /// The name of the schema that the body is of.
    pub body: Option<String>,
    pub parameters: Vec<Parameter>,
}

/// One parameter: its name and its table.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub table: Table,
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// All operations, in the order of the document.
pub fn all(document: &Document) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in &document.paths {
        for (method, declared) in &item.rest {
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            let Ok(declared) = serde_json::from_value::<Declared>(declared.clone()) else {
                continue;
            };
            let reader = Reader { document, path, method };
            let one = reader.read(&declared, &item.parameters);
            let tags = if declared.tags.is_empty() {
                vec!["Default".to_owned()]
            } else {
                declared.tags
            };
            operations.extend(tags.iter().map(|tag| Operation {
                resource: names::start_case(tag),
                ..one.clone()
            }));
        }
    }
    operations
}

struct Reader<'a> {
    document: &'a Document,
    path: &'a str,
    method: &'a str,
}

impl Reader<'_> {
    fn read(&self, declared: &Declared, shared: &[super::document::Parameter]) -> Operation {
        let method = self.method.to_uppercase();
        let name = match &declared.id {
            Some(id) => names::start_case(id),
            None => names::from_path(&method, self.path),
        };
        let mut parameters: Vec<Parameter> = Vec::new();
        for parameter in declared.parameters.iter().chain(shared) {
            let parameter = self.parameter(self.document.parameter(parameter));
            if let Some(parameter) = parameter.filter(|new| parameters.iter().all(|known| known.name != new.name)) {
                parameters.push(parameter);
            }
        }
        let body = self.body(declared, &mut parameters);
        let is_list = |parameter: &Parameter| parameter.name == "$top";
        let about = match declared.id {
            Some(_) => words::about(&name, &method, self.path, parameters.iter().any(is_list)),
            None => String::new(),
        };
        let first_word = name.split(' ').next().unwrap_or_default();
        Operation {
            resource: String::new(),
            path: self.template(&parameters),
            about,
            reads: method == "POST" && first_word == "Get",
            file: first_word == "Download" || first_word == "Export" || self.gives_bytes(declared),
            name,
            method,
            body,
            parameters,
        }
    }

    /// The path as a template: arguments in brackets are OData literals, dates among them as they are.
    fn template(&self, parameters: &[Parameter]) -> String {
        let mut path = self.path.to_owned();
        for parameter in parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            let plain = format!("{{{}}}", parameter.name);
            let in_brackets = path
                .find(&plain)
                .is_some_and(|place| path[..place].matches('(').count() > path[..place].matches(')').count());
            let kind = parameter.table.get("type").and_then(Value::as_str).unwrap_or("string");
            let literal = in_brackets && matches!(kind, "string" | "integer" | "number" | "boolean");
            let helper = if literal { "odata" } else { "encode" };
            // Some files have the quotes of a literal around it, which the helper writes.
            path = path.replace(&format!("'{plain}'"), &plain);
            path = path.replace(&plain, &format!("{{{{{helper} {}}}}}", parameter.name));
        }
        path
    }

    fn parameter(&self, declared: &super::document::Parameter) -> Option<Parameter> {
        let (_, place) = Place::ALL
            .into_iter()
            .find(|(name, place)| *name == declared.place && *place != Place::Body)?;
        let mut table = Table::new();
        table.insert("in".into(), place.as_str().into());
        self.describe(&declared.schema, place, &mut table);
        if declared.required {
            table.insert("required".into(), true.into());
        }
        Some(Parameter {
            name: declared.name.clone(),
            place,
            table,
        })
    }

    /// Adds the body's properties to the parameters, but for those whose names are taken; gives its schema's name. A body
    /// that is no object is one parameter, `body`.
    fn body(&self, declared: &Declared, parameters: &mut Vec<Parameter>) -> Option<String> {
        let body = self.document.request_body(declared.request_body.as_ref()?);
        let (_, media) = body.content.iter().find(|(kind, _)| kind.contains("json"))?;
        let schema = self.document.schema(&media.schema);
        let properties = self.properties(schema);
        if properties.is_empty() {
            let mut table = Table::new();
            table.insert("in".into(), Place::Content.as_str().into());
            self.describe(&media.schema, Place::Content, &mut table);
            parameters.push(Parameter {
                name: "body".to_owned(),
                place: Place::Content,
                table,
            });
            return None;
        }
        for (name, property) in properties {
            if parameters.iter().any(|known| known.name == name) || property.read_only {
                continue;
            }
            let mut table = Table::new();
            self.describe(property, Place::Body, &mut table);
            if schema.required.iter().any(|required| required == name) && self.method != "patch" {
                table.insert("required".into(), true.into());
            }
            parameters.push(Parameter {
                name: name.to_owned(),
                place: Place::Body,
                table,
            });
        }
        let name = media.schema.reference_name()?;
        Some(name.rsplit('.').next().unwrap_or(name).to_owned())
    }

    fn properties<'a>(&'a self, schema: &'a Schema) -> Vec<(&'a str, &'a Schema)> {
        let inherited = schema
            .all_of
            .iter()
            .flat_map(|part| self.properties(self.document.schema(part)));
        inherited
            .chain(
                schema
                    .properties
                    .iter()
                    .map(|(name, property)| (name.as_str(), property)),
            )
            .collect()
    }

    /// Writes type, allowed values and limits.
    fn describe(&self, declared: &Schema, place: Place, table: &mut Table) {
        let schema = self.meant(declared);
        let kind = match self.kind(schema) {
            Kind::Array if place == Place::Query => Kind::List,
            kind => kind,
        };
        if kind != Kind::String {
            table.insert("type".into(), kind.as_str().into());
        }
        let values: Vec<Value> = schema
            .values
            .iter()
            .filter(|value| value.is_string())
            .cloned()
            .collect();
        if kind == Kind::String && !values.is_empty() {
            table.insert("values".into(), values.into());
        }
        if place == Place::Path && (declared.nullable || schema.nullable) {
            table.insert("nullable".into(), true.into());
        }
        // Those of the usual integer types say nothing.
        let limits = [("minimum", schema.minimum), ("maximum", schema.maximum)];
        for (key, limit) in limits {
            if let Some(limit) = limit.filter(|limit| limit.abs() < 65_536.0 && kind_is_number(kind)) {
                table.insert(key.into(), (limit as i64).into());
            }
        }
    }

    /// The schema itself: behind references, and behind an `allOf` of one.
    fn meant<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        let schema = self.document.schema(schema);
        match schema.all_of.as_slice() {
            [one] if schema.properties.is_empty() => self.meant(one),
            _ => schema,
        }
    }

    fn kind(&self, schema: &Schema) -> Kind {
        let named = match &schema.kind {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
            kind => kind.as_str(),
        };
        let format = schema.format.as_deref().unwrap_or_default();
        match (named, format) {
            (Some("string"), "date-time") => Kind::DateTime,
            (Some("string"), "date") => Kind::Date,
            (Some("string"), "duration") => Kind::Duration,
            (Some("string"), "uuid") => Kind::Uuid,
            (Some("string"), _) => Kind::String,
            (Some("integer"), "decimal") | (Some("number"), _) => Kind::Number,
            (Some("integer"), _) => Kind::Integer,
            (Some("boolean"), _) => Kind::Boolean,
            (Some("array"), _) => Kind::Array,
            (Some("object"), _) => Kind::Object,
            _ if !schema.all_of.is_empty() || !schema.properties.is_empty() => Kind::Object,
            _ => {
                // A number that may also be written as text, as OData writes infinity.
                let choices = schema.one_of.iter().chain(&schema.any_of);
                let mut kinds = choices.map(|choice| self.kind(self.meant(choice)));
                kinds.find(|kind| kind_is_number(*kind)).unwrap_or(Kind::Json)
            }
        }
    }

    fn gives_bytes(&self, declared: &Declared) -> bool {
        let good = declared.responses.iter().filter(|(status, _)| status.starts_with('2'));
        let mut kinds = good.flat_map(|(_, response)| self.document.response(response).content.keys());
        kinds.any(|kind| !kind.contains("json") && !kind.contains("text") && kind != "*/*")
    }
}

fn kind_is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Integer | Kind::Number)
}
