//! Takes the operations out of one OpenAPI document. What schemas mean is left to [`super::schema`].

use serde_json::Value;

use super::Table;
use super::document::{
    Document, IGNORED_HEADERS, Media, Operation as Declared, Parameter as DeclaredParameter, Schema,
};
use super::reading::Error;
use super::{names, schema, styles, words};
use crate::definition::{Kind, Place, generated_name};
use crate::library::resource_key;
use crate::request::body::{FORM, MULTIPART};

/// One operation under one tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    pub resource: String,
    pub name: String,
    pub method: String,
    /// With helpers: `/Users({{odata Id}})`.
    pub path: String,
    pub about: String,
    pub file: bool,
    /// The name of the schema that the body is of.
    pub body: Option<String>,
    /// What the body is, if it is not JSON.
    pub content_type: Option<String>,
    /// Where a list's answer has its elements, as a JSON path; none where it gives no list.
    pub elements: Option<String>,
    /// Where it says how many elements the whole list has.
    pub count: Option<String>,
    pub parameters: Vec<Parameter>,
}

/// One parameter: its name and its table.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub table: Table,
}

pub const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];
/// What an operation without tags is a part of, as n8n's generator has it.
const NO_TAG: &str = "Default";
/// Names for how many elements a list has; `count` may be those of the page.
const COUNTS: [&str; 9] = [
    "total",
    "totalCount",
    "total_count",
    "totalItems",
    "total_items",
    "totalResults",
    "total_results",
    "totalElements",
    "totalRecords",
];
/// Parameters of every node: an operation's own of that name has another.
const TAKEN: [&str; 2] = ["resource", "operation"];

/// All operations, in the order of the document.
pub fn all(document: &Document) -> Result<Vec<Operation>, Error> {
    let mut operations: Vec<Operation> = Vec::new();
    for (path, item) in &document.paths {
        for (method, declared) in &item.rest {
            if !METHODS.contains(&method.as_str()) {
                continue;
            }
            let declared: Declared = serde_json::from_value(declared.clone())
                .map_err(|error| Error::Document(format!("{} {path}: {error}", method.to_uppercase())))?;
            let reader = Reader { document, path, method };
            let one = reader.read(&declared, &item.parameters);
            let tags = if declared.tags.is_empty() {
                vec![NO_TAG.to_owned()]
            } else {
                declared.tags
            };
            for tag in &tags {
                let resource = match names::start_case(tag) {
                    name if name.is_empty() => NO_TAG.to_owned(),
                    name => name,
                };
                let name = free_name(&operations, &resource, &one.name);
                operations.push(Operation {
                    resource,
                    name,
                    ..one.clone()
                });
            }
        }
    }
    Ok(operations)
}

/// The name; with a number if the resource already has an operation of that name.
fn free_name(operations: &[Operation], resource: &str, name: &str) -> String {
    let is_free = |name: &str| {
        let same = |known: &&Operation| resource_key(&known.resource) == resource_key(resource);
        let mut same = operations.iter().filter(same);
        !same.any(|known| known.name.eq_ignore_ascii_case(name))
    };
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| is_free(name)).unwrap_or_default()
}

struct Reader<'a> {
    document: &'a Document,
    path: &'a str,
    method: &'a str,
}

impl Reader<'_> {
    fn read(&self, declared: &Declared, shared: &[DeclaredParameter]) -> Operation {
        let method = self.method.to_uppercase();
        let name = match declared.id.as_deref().map(names::start_case) {
            Some(name) if !name.is_empty() => name,
            _ => names::from_path(&method, self.path),
        };
        let mut parameters = self.parameters(declared, shared);
        let body = self.body(declared, &mut parameters);
        let is_list = |parameter: &Parameter| parameter.name == "$top";
        let about = match declared.id {
            Some(_) => words::about(&name, &method, self.path, parameters.iter().any(is_list)),
            None => words::about_path(&method, self.path),
        };
        let first_word = name.split(' ').next().unwrap_or_default();
        let (body, content_type) = body.unwrap_or_default();
        let (elements, count) = self
            .elements(declared)
            .map_or((None, None), |(list, count)| (Some(list), count));
        Operation {
            resource: String::new(),
            path: self.template(&parameters),
            about,
            file: first_word == "Download" || first_word == "Export" || self.gives_bytes(declared),
            name,
            method,
            body,
            content_type,
            elements,
            count,
            parameters,
        }
    }

    /// The operation's own parameters, the path's, and those that the path names and nobody declares.
    fn parameters(&self, declared: &Declared, shared: &[DeclaredParameter]) -> Vec<Parameter> {
        let mut read: Vec<&DeclaredParameter> = Vec::new();
        let mut parameters: Vec<Parameter> = Vec::new();
        let declared = declared.parameters.iter().chain(shared);
        let mut declared: Vec<&DeclaredParameter> =
            declared.map(|parameter| self.document.parameter(parameter)).collect();
        // Of several of one name the path's keeps it.
        declared.sort_by_key(|parameter| parameter.place != Place::Path.as_str());
        for parameter in declared {
            if parameter.name.is_empty() {
                continue;
            }
            let is_same = |known: &&&DeclaredParameter| known.name == parameter.name && known.place == parameter.place;
            if read.iter().find(is_same).is_some() {
                continue;
            }
            read.push(parameter);
            if let Some((place, table)) = self.parameter(parameter) {
                add(&mut parameters, &parameter.name, place, table);
            }
        }
        for name in names_in(self.path) {
            let is_it = |known: &Parameter| known.place == Place::Path && sent_name(known) == name;
            if !parameters.iter().any(is_it) {
                let mut table = Table::new();
                table.insert("in".into(), Place::Path.as_str().into());
                table.insert("required".into(), true.into());
                add(&mut parameters, name, Place::Path, table);
            }
        }
        parameters
    }

    fn parameter(&self, declared: &DeclaredParameter) -> Option<(Place, Table)> {
        let (_, place) = Place::ALL
            .into_iter()
            .find(|(name, place)| *name == declared.place && !place.is_body())?;
        let is_ignored = place == Place::Header && IGNORED_HEADERS.contains(&declared.name.to_lowercase().as_str());
        if is_ignored || (place == Place::Path && !names_in(self.path).any(|name| name == declared.name)) {
            return None;
        }
        let mut table = Table::new();
        table.insert("in".into(), place.as_str().into());
        match declared.content.values().next() {
            Some(media) => schema::describe(self.document, &media.schema, Place::Body, &mut table),
            None => schema::describe(self.document, &declared.schema, place, &mut table),
        }
        // OData's lists take more than names: `Number desc`, `Groups($select=Name)`.
        if declared.name.starts_with('$') {
            table.shift_remove("values");
        }
        if let Some(style) = self.style(declared, place) {
            table.insert("style".into(), style.into());
        }
        if declared.required || place == Place::Path {
            table.insert("required".into(), true.into());
        }
        Some((place, table))
    }

    /// How lists and objects are written into the query, if not with commas.
    fn style(&self, declared: &DeclaredParameter, place: Place) -> Option<&'static str> {
        if place != Place::Query || !declared.content.is_empty() {
            return None;
        }
        styles::of(
            self.document,
            &declared.schema,
            declared.style.as_deref(),
            declared.explode,
        )
    }

    /// The path as a template: arguments in brackets are OData literals, dates among them as they are.
    fn template(&self, parameters: &[Parameter]) -> String {
        let mut path = self.path.to_owned();
        for parameter in parameters.iter().filter(|parameter| parameter.place == Place::Path) {
            let plain = format!("{{{}}}", sent_name(parameter));
            let in_brackets = path
                .find(&plain)
                .is_some_and(|place| path[..place].matches('(').count() > path[..place].matches(')').count());
            let kind = parameter.table.get("type").and_then(Value::as_str).unwrap_or("string");
            let literal = in_brackets && matches!(kind, "string" | "integer" | "int32" | "number" | "boolean" | "any");
            let helper = if literal { "odata" } else { "encode" };
            // Some files have the quotes of a literal around it, which the helper writes.
            path = path.replace(&format!("'{plain}'"), &plain);
            path = path.replace(
                &plain,
                &format!("{{{{{helper} {}}}}}", names::in_template(&parameter.name)),
            );
        }
        path
    }

    /// Adds what the body holds to the parameters; gives its schema's name, and its type if that is not JSON. A body that
    /// is no object is one parameter, `body`.
    fn body(&self, declared: &Declared, parameters: &mut Vec<Parameter>) -> Option<(Option<String>, Option<String>)> {
        // What only asks has no body.
        if matches!(self.method, "get" | "head" | "options") {
            return None;
        }
        let body = self.document.request_body(declared.request_body.as_ref()?);
        let content = body.content.iter().map(|(kind, media)| (kind.as_str(), media));
        let is_binary = |media: &Media| media.schema.format.as_deref() == Some("binary");
        let (content_type, media) = choose_media(content, is_binary)?;
        let is_json = names::is_json(content_type);
        let is_fields = is_json || [MULTIPART, FORM].contains(&content_type);
        let properties = schema::properties(self.document, &media.schema);
        let content_type = (content_type != "application/json").then(|| content_type.to_owned());
        if properties.is_empty() || !is_fields {
            let mut table = Table::new();
            table.insert("in".into(), Place::Content.as_str().into());
            if is_fields {
                schema::describe(self.document, &media.schema, Place::Content, &mut table);
            } else if !is_text(content_type.as_deref().unwrap_or_default()) {
                table.insert("type".into(), Kind::File.as_str().into());
            }
            if body.required {
                table.insert("required".into(), true.into());
            }
            add(parameters, "body", Place::Content, table);
            return Some((None, content_type));
        }
        for property in properties {
            let in_path = |known: &Parameter| known.place == Place::Path && sent_name(known) == property.name;
            let required = property.required && self.method != "patch";
            // The path says already which one is changed.
            if property.schema.read_only || (parameters.iter().any(in_path) && !required) {
                continue;
            }
            let mut table = Table::new();
            schema::describe(self.document, &property.schema, Place::Body, &mut table);
            let is_of = |kind: &str| content_type.as_deref() == Some(kind);
            if is_of(MULTIPART) && schema::is_file(self.document, &property.schema) {
                let is_list = table.get("type").and_then(Value::as_str) == Some(Kind::Array.as_str());
                let kind = if is_list { Kind::Files } else { Kind::File };
                table.insert("type".into(), kind.as_str().into());
                table.shift_remove("nullable");
                table.shift_remove("holds");
            }
            let encoding = media.encoding.get(property.name).filter(|_| is_of(FORM));
            if let Some(style) =
                encoding.and_then(|encoding| styles::in_form(self.document, &property.schema, encoding))
            {
                table.insert("style".into(), style.into());
            }
            if required {
                table.insert("required".into(), true.into());
            }
            add(parameters, property.name, Place::Body, table);
        }
        let name = media.schema.reference_name();
        Some((
            name.map(|name| name.rsplit('.').next().unwrap_or(name).to_owned()),
            content_type,
        ))
    }

    fn gives_bytes(&self, declared: &Declared) -> bool {
        let good = declared.responses.iter().filter(|(status, _)| status.starts_with('2'));
        let mut media = good.flat_map(|(_, response)| &self.document.response(response).content);
        media.any(|(kind, media)| {
            let names_bytes = !names::is_json(kind) && !is_text(kind) && !kind.starts_with("*/");
            names_bytes || self.is_binary(media)
        })
    }

    /// An answer that is a list, or an object with just one; and where it says how many elements there are in all.
    fn elements(&self, declared: &Declared) -> Option<(String, Option<String>)> {
        let mut good = declared.responses.iter().filter(|(status, _)| status.starts_with('2'));
        let response = self.document.response(good.next()?.1);
        let (_, media) = response.content.iter().find(|(kind, _)| names::is_json(kind))?;
        let is_list = |schema: &Schema| schema::kind(self.document, schema) == Kind::Array;
        if is_list(&media.schema) {
            return Some(("$".to_owned(), None));
        }
        let properties = schema::properties(self.document, &media.schema);
        let mut lists = properties.iter().filter(|property| is_list(&property.schema));
        let list = lists.next().filter(|_| lists.next().is_none())?;
        let count = properties.iter().find(|property| COUNTS.contains(&property.name));
        Some((
            format!("$.{}", list.name),
            count.map(|property| format!("$.{}", property.name)),
        ))
    }

    fn is_binary(&self, media: &Media) -> bool {
        let schema: &Schema = self.document.schema(&media.schema);
        schema.format.as_deref() == Some("binary")
    }
}

/// Adds a parameter under the name that n8n's generator gives it; one whose name is taken gets another, `id (body)`. Where that
/// is not how it is sent, its table says so.
fn add(parameters: &mut Vec<Parameter>, sent: &str, place: Place, mut table: Table) {
    let generated = generated_name(sent);
    let is_taken = TAKEN.contains(&generated.as_str()) || parameters.iter().any(|known| known.name == generated);
    let name = if is_taken {
        format!("{generated} ({})", place.as_str())
    } else {
        generated
    };
    if name != sent {
        table.insert("name".into(), sent.into());
    }
    parameters.push(Parameter { name, place, table });
}

fn sent_name(parameter: &Parameter) -> &str {
    let sent = parameter.table.get("name").and_then(Value::as_str);
    sent.unwrap_or(&parameter.name)
}

/// What stands in braces in a path.
fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

/// JSON if there is any, else a form, else whatever there is; without its parameters.
pub fn choose_media<'a, M>(
    content: impl Iterator<Item = (&'a str, &'a M)>,
    is_binary: impl Fn(&M) -> bool,
) -> Option<(&'a str, &'a M)> {
    let kinds: Vec<(&str, &M)> = content
        .map(|(kind, media)| (kind.split(';').next().unwrap_or_default().trim(), media))
        .collect();
    let first = |is: fn(&str) -> bool| kinds.iter().find(|(kind, _)| is(kind)).copied();
    let found = first(|kind| kind == "application/json")
        .or_else(|| first(names::is_json))
        .or_else(|| first(|kind| kind == MULTIPART))
        .or_else(|| first(|kind| kind == FORM))
        .or_else(|| kinds.first().copied())?;
    // Whatever fits is JSON, if it is no file.
    match found {
        (kind, media) if kind.contains('*') && !is_binary(media) => Some(("application/json", media)),
        (kind, media) if kind.contains('*') => Some(("application/octet-stream", media)).filter(|_| !kind.is_empty()),
        found => Some(found),
    }
}

fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/") || content_type.contains("xml") || content_type.contains("json")
}
