//! Whether what definitions are made from has the shape that the specification gives it: every fault at once, with its
//! line. What is not read is not looked at.

use patchbay_model::Diagnostic;
use serde_json::Value;

use super::operations::METHODS;
use super::places::{Places, below};

/// The code of such a fault.
const CODE: &str = "E0809";

/// What a value must be.
enum Shape {
    Text,
    Flag,
    Number,
    Texts,
    List(&'static Shape),
    /// Any names, each with such a value.
    Map(&'static Shape),
    /// These names have such values; others may have any.
    Object(&'static [(&'static str, Shape)]),
    /// A path's operations beside what is said of all of them.
    PathItem,
    /// An object, or since 3.1 true or false.
    Schema,
    /// A text, or since 3.1 several.
    Types,
}

use Shape::{Flag, List, Map, Number, Object, PathItem, Schema, Text, Texts, Types};

static DOCUMENT: Shape = Object(&[
    ("info", Object(&[("title", Text)])),
    ("servers", List(&SERVER)),
    ("paths", Map(&PathItem)),
    ("components", COMPONENTS),
    ("security", List(&Object(&[]))),
]);
static SERVER: Shape = Object(&[("url", Text), ("variables", Map(&Object(&[("default", Text)])))]);
const COMPONENTS: Shape = Object(&[
    ("schemas", Map(&Schema)),
    ("parameters", Map(&PARAMETER)),
    ("requestBodies", Map(&BODY)),
    ("responses", Map(&RESPONSE)),
    ("securitySchemes", Map(&SCHEME)),
]);
static SCHEME: Shape = Object(&[
    ("type", Text),
    ("scheme", Text),
    ("name", Text),
    ("in", Text),
    ("flows", Map(&Object(&[("tokenUrl", Text)]))),
]);
static OPERATION: Shape = Object(&[
    ("tags", Texts),
    ("operationId", Text),
    ("parameters", List(&PARAMETER)),
    ("requestBody", BODY),
    ("responses", Map(&RESPONSE)),
    ("security", List(&Object(&[]))),
]);
static PARAMETER: Shape = Object(&[
    ("$ref", Text),
    ("name", Text),
    ("in", Text),
    ("required", Flag),
    ("schema", Schema),
    ("content", Map(&MEDIA)),
    ("style", Text),
    ("explode", Flag),
]);
const BODY: Shape = Object(&[("$ref", Text), ("content", Map(&MEDIA)), ("required", Flag)]);
static RESPONSE: Shape = Object(&[("$ref", Text), ("content", Map(&MEDIA))]);
static MEDIA: Shape = Object(&[("schema", Schema), ("encoding", Map(&ENCODING))]);
static ENCODING: Shape = Object(&[("style", Text), ("explode", Flag)]);
static SCHEMA: Shape = Object(&[
    ("$ref", Text),
    ("type", Types),
    ("format", Text),
    ("pattern", Text),
    ("nullable", Flag),
    ("contentMediaType", Text),
    ("properties", Map(&Schema)),
    ("items", Schema),
    ("readOnly", Flag),
    ("minimum", Number),
    ("maximum", Number),
    ("allOf", List(&Schema)),
    ("oneOf", List(&Schema)),
    ("anyOf", List(&Schema)),
]);
static ITEM: Shape = Object(&[("parameters", List(&PARAMETER))]);

/// Every fault of the document.
pub fn faults(whole: &Value, places: &Places) -> Vec<Diagnostic> {
    let mut reader = Reader {
        places,
        found: Vec::new(),
    };
    reader.check(whole, &DOCUMENT, "");
    reader.found.sort_by_key(|fault| fault.position);
    reader.found
}

struct Reader<'a> {
    places: &'a Places,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn check(&mut self, value: &Value, shape: &Shape, pointer: &str) {
        // A key without a value says nothing.
        if value.is_null() {
            return;
        }
        match (shape, value) {
            (Text | Types, Value::String(_)) | (Flag | Schema, Value::Bool(_)) | (Number, Value::Number(_)) => {}
            (Texts | Types, Value::Array(values)) => {
                for (place, value) in values.iter().enumerate() {
                    self.check(value, &Text, &below(pointer, &place.to_string()));
                }
            }
            (List(shape), Value::Array(values)) => {
                for (place, value) in values.iter().enumerate() {
                    self.check(value, shape, &below(pointer, &place.to_string()));
                }
            }
            (Map(shape), Value::Object(entries)) => {
                for (key, value) in entries {
                    if !key.starts_with("x-") {
                        self.check(value, shape, &below(pointer, key));
                    }
                }
            }
            (Object(entries), Value::Object(_)) => self.entries(value, entries, pointer),
            (Schema, Value::Object(_)) => self.check(value, &SCHEMA, pointer),
            (PathItem, Value::Object(_)) => self.path(value, pointer),
            (wanted, given) => self.add(pointer, wanted, given),
        }
    }

    fn entries(&mut self, value: &Value, entries: &[(&str, Shape)], pointer: &str) {
        for (key, shape) in entries {
            if let Some(value) = value.get(key) {
                self.check(value, shape, &below(pointer, key));
            }
        }
    }

    fn path(&mut self, item: &Value, pointer: &str) {
        if !pointer.starts_with("/paths/~1") {
            let message = "a path begins with `/`";
            self.found.push(self.fault(pointer, message.to_owned()));
        }
        self.check(item, &ITEM, pointer);
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                self.check(operation, &OPERATION, &below(pointer, method));
            }
        }
    }

    fn add(&mut self, pointer: &str, wanted: &Shape, given: &Value) {
        let key = pointer.rsplit('/').next().unwrap_or_default();
        let key = patchbay_model::pointer::unescape(key);
        let message = format!("`{key}` wants {}, and is {}", in_words(wanted), kind_of(given));
        self.found.push(self.fault(pointer, message));
    }

    fn fault(&self, pointer: &str, message: String) -> Diagnostic {
        let mut fault = Diagnostic::error(CODE, message);
        fault.position = self.places.find(pointer);
        fault
    }
}

fn in_words(shape: &Shape) -> &'static str {
    match shape {
        Text => "text",
        Flag => "true or false",
        Number => "a number",
        Texts => "a list of texts",
        List(_) => "a list",
        Map(_) | Object(_) | PathItem | Schema => "an object",
        Types => "text, or a list of texts",
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
