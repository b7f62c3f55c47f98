//! What the importer leaves out of a file, or takes for less than it says: nothing goes without a word. A walk of its own
//! over the file as it is written, so that each note has its line.

use patchbay_model::Diagnostic;
use serde_json::{Map, Value};

use super::document::IGNORED_HEADERS;
use super::names;
use super::operations::{METHODS, choose_media};
use super::places::{Places, below};
use crate::definition::Place;
use crate::request::body::FORM;

/// The code of such a note.
pub const LEFT_OUT: &str = "E0822";
/// What may stand beside the methods of a path.
const BESIDE_METHODS: [&str; 5] = ["parameters", "summary", "description", "servers", "$ref"];
/// Keywords of schemas that nothing is held against.
const UNCHECKED: [&str; 9] = [
    "const",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "not",
    "if",
    "patternProperties",
    "dependentSchemas",
    "prefixItems",
    "contains",
];

/// Everything that is left out of a document; `whole` is it with its references.
pub fn of(whole: &Value, places: Places) -> Vec<Diagnostic> {
    let mut notes = Notes {
        whole,
        places,
        found: Vec::new(),
    };
    notes.references(whole, "");
    notes.paths();
    notes.security();
    if entries(whole, "paths").next().is_none() {
        notes.add(
            "/paths",
            "there is no operation in it: nothing can be made of it but the service",
        );
    }
    if whole
        .get("webhooks")
        .and_then(Value::as_object)
        .is_some_and(|hooks| !hooks.is_empty())
    {
        notes.add(
            "/webhooks",
            "`webhooks` are left out: they are requests of the service, not to it",
        );
    }
    notes.found.sort_by_key(|note| note.position);
    notes.found
}

struct Notes<'d> {
    whole: &'d Value,
    places: Places,
    found: Vec<Diagnostic>,
}

impl<'d> Notes<'d> {
    fn add(&mut self, pointer: &str, message: impl Into<String>) {
        let mut note = Diagnostic::warning(LEFT_OUT, message);
        note.position = self.places.find(pointer);
        if !self.found.contains(&note) {
            self.found.push(note);
        }
    }

    /// References that lead nowhere, and what of a schema is not checked.
    fn references(&mut self, value: &Value, pointer: &str) {
        match value {
            Value::Array(values) => {
                for (place, value) in values.iter().enumerate() {
                    self.references(value, &below(pointer, &place.to_string()));
                }
            }
            Value::Object(entries) => {
                if let Some(reference) = entries.get("$ref").and_then(Value::as_str)
                    && reference.starts_with('#')
                    && target(self.whole, reference).is_none()
                {
                    let message = format!("`{reference}` leads nowhere: anything is taken in its place");
                    self.add(&below(pointer, "$ref"), message);
                }
                let is_schema = pointer.contains("/schema") || pointer.contains("/schemas/");
                let names_properties = pointer.ends_with("/properties") || pointer.ends_with("/schemas");
                for key in UNCHECKED
                    .iter()
                    .filter(|key| is_schema && !names_properties && entries.contains_key(**key))
                {
                    self.add(
                        &below(pointer, key),
                        format!("`{key}` of a schema is left out: only the service checks it"),
                    );
                }
                for (key, value) in entries {
                    // Examples are anybody's JSON.
                    let is_word = matches!(key.as_str(), "example" | "examples" | "default") || key.starts_with("x-");
                    if names_properties || !is_word {
                        self.references(value, &below(pointer, key));
                    }
                }
            }
            _ => {}
        }
    }

    /// What a value is, where it is a reference to it.
    fn meant(&self, mut value: &'d Value) -> &'d Value {
        for _ in 0..8 {
            match value
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| target(self.whole, reference))
            {
                Some(meant) => value = meant,
                None => break,
            }
        }
        value
    }

    fn paths(&mut self) {
        for (path, item) in entries(self.whole, "paths") {
            let pointer = below("/paths", path);
            let item = self.meant(item);
            for (key, operation) in item.as_object().into_iter().flatten() {
                let pointer = below(&pointer, key);
                if METHODS.contains(&key.as_str()) {
                    self.operation(path, key, item, operation, &pointer);
                } else if !BESIDE_METHODS.contains(&key.as_str()) && !key.starts_with("x-") {
                    self.add(
                        &pointer,
                        format!("`{key}` of a path is left out: it is no method that can be sent"),
                    );
                }
            }
            self.servers(item, &pointer);
        }
    }

    fn servers(&mut self, value: &Value, pointer: &str) {
        if value
            .get("servers")
            .and_then(Value::as_array)
            .is_some_and(|servers| !servers.is_empty())
        {
            let message = "`servers` of its own are left out: requests go to the address in the credential";
            self.add(&below(pointer, "servers"), message);
        }
    }

    fn operation(&mut self, path: &str, method: &str, item: &'d Value, operation: &'d Value, pointer: &str) {
        self.servers(operation, pointer);
        if operation
            .get("callbacks")
            .and_then(Value::as_object)
            .is_some_and(|callbacks| !callbacks.is_empty())
        {
            let message = "`callbacks` are left out: they are requests of the service, not to it";
            self.add(&below(pointer, "callbacks"), message);
        }
        let security = operation.get("security").and_then(Value::as_array);
        if security
            .is_some_and(|own| !own.is_empty() && Some(own) != self.whole.get("security").and_then(Value::as_array))
        {
            let message = "`security` of its own is left out: every operation is authorized in the same way";
            self.add(&below(pointer, "security"), message);
        }
        for (from, of) in [
            (operation, pointer),
            (item, pointer.rsplit_once('/').map_or("", |(item, _)| item)),
        ] {
            let parameters = from.get("parameters").and_then(Value::as_array);
            for (place, parameter) in parameters.into_iter().flatten().enumerate() {
                let at = below(&below(of, "parameters"), &place.to_string());
                self.parameter(path, self.meant(parameter), &at);
            }
        }
        if let Some(body) = operation.get("requestBody") {
            self.body(method, self.meant(body), &below(pointer, "requestBody"));
        }
    }

    fn parameter(&mut self, path: &str, parameter: &Value, pointer: &str) {
        let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, place) = (text("name"), text("in"));
        if name.is_empty() {
            if parameter.get("$ref").is_none() {
                self.add(pointer, "a parameter without a name is left out");
            }
            return;
        }
        let is_known = Place::ALL
            .iter()
            .any(|(known, kind)| *known == place && !kind.is_body());
        if !is_known {
            self.add(
                pointer,
                format!("the parameter `{name}` is left out: OpenAPI 3 has none in `{place}`"),
            );
        } else if place == "header" && IGNORED_HEADERS.contains(&name.to_lowercase().as_str()) {
            self.add(
                pointer,
                format!("the header `{name}` is left out: it is made from the credential and the body"),
            );
        } else if place == "path" && !path.contains(&format!("{{{name}}}")) {
            self.add(
                pointer,
                format!("the parameter `{name}` is left out: the path does not have it"),
            );
        }
        if matches!(text("style"), "matrix" | "label") {
            self.add(
                &below(pointer, "style"),
                format!(
                    "the style `{}` is left out: the value is written as it is",
                    text("style")
                ),
            );
        }
        if parameter.get("allowReserved") == Some(&Value::Bool(true)) {
            self.add(
                &below(pointer, "allowReserved"),
                "`allowReserved` is left out: what is reserved is percent-encoded",
            );
        }
    }

    fn body(&mut self, method: &str, body: &Value, pointer: &str) {
        let content = below(pointer, "content");
        if matches!(method, "get" | "head" | "options") {
            self.add(pointer, format!("the body of a {} is left out", method.to_uppercase()));
            return;
        }
        let Some(kinds) = body.get("content").and_then(Value::as_object) else {
            return;
        };
        let taken =
            choose_media(kinds.iter().map(|(kind, media)| (kind.as_str(), media)), is_binary).map(|(kind, _)| kind);
        let plain = |kind: &str| kind.split(';').next().unwrap_or_default().trim().to_owned();
        let left: Vec<String> = kinds
            .keys()
            .map(|kind| plain(kind))
            .filter(|kind| !kind.contains('*') && Some(kind.as_str()) != taken)
            .collect();
        // The other ways to write the same JSON say nothing new.
        let left: Vec<&String> = left
            .iter()
            .filter(|kind| !(names::is_json(kind) && taken.is_some_and(names::is_json)))
            .collect();
        if let (Some(taken), false) = (taken, left.is_empty()) {
            let left: Vec<&str> = left.into_iter().map(String::as_str).collect();
            self.add(
                &content,
                format!("the body is sent as `{taken}`; `{}` is left out", left.join("`, `")),
            );
        }
        for (kind, media) in kinds {
            let content = below(&below(&content, kind), "encoding");
            for (field, encoding) in entries(media, "encoding") {
                let left = entries_of(encoding).find(|(key, value)| !is_taken(&plain(kind), key, value));
                if let Some((key, _)) = left {
                    let message = format!("`{key}` of the field `{field}` is left out: {FIELDS}");
                    self.add(&below(&below(&content, field), key), message);
                }
            }
        }
    }

    fn security(&mut self) {
        for (name, scheme) in entries(self.whole.get("components").unwrap_or(&Value::Null), "securitySchemes") {
            let pointer = below("/components/securitySchemes", name);
            let scheme = self.meant(scheme);
            let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
            let flows = scheme.get("flows").and_then(Value::as_object);
            match (text("type"), text("scheme").to_lowercase().as_str()) {
                ("http", "basic" | "bearer") | ("apiKey", _) => {}
                ("oauth2", _) if flows.is_some_and(|flows| flows.contains_key("clientCredentials")) => {}
                ("oauth2" | "openIdConnect", _) => self.add(
                    &pointer,
                    format!("the flow of `{name}` is left out: the credential holds the token itself"),
                ),
                (kind, _) => self.add(
                    &pointer,
                    format!("the security scheme `{name}` is left out: `{kind}` is none that can be sent"),
                ),
            }
        }
        let choices = self.whole.get("security").and_then(Value::as_array);
        for (place, choice) in choices.into_iter().flatten().enumerate() {
            for name in choice.as_object().into_iter().flat_map(Map::keys) {
                let at = below("/components/securitySchemes", name);
                if self.whole.pointer(&at).is_none() {
                    let message = format!("`{name}` is no security scheme of the file: it authorizes nothing");
                    self.add(&below(&below("/security", &place.to_string()), name), message);
                }
            }
            if choice.as_object().is_some_and(|schemes| schemes.len() > 1) {
                let message = "of several security schemes at once only the first is sent";
                self.add(&below("/security", &place.to_string()), message);
            }
        }
    }
}

fn is_binary(media: &Value) -> bool {
    media.pointer("/schema/format").and_then(Value::as_str) == Some("binary")
}

/// How fields of forms are written.
const FIELDS: &str = "fields are text or JSON, and files of the type that they have";

/// Whether an encoding's key is heeded, or says nothing new.
fn is_taken(content_type: &str, key: &str, value: &Value) -> bool {
    match key {
        "style" | "explode" => content_type == FORM,
        "contentType" => value.as_str().is_some_and(names::is_json),
        "headers" => value.as_object().is_none_or(Map::is_empty),
        "allowReserved" => value != true,
        key => key.starts_with("x-"),
    }
}

fn entries_of(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn entries<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let entries: Option<&'a Map<String, Value>> = value.get(key).and_then(Value::as_object);
    entries.into_iter().flatten()
}

/// What a reference within the file leads to.
fn target<'a>(whole: &'a Value, reference: &str) -> Option<&'a Value> {
    let decoded = percent_encoding::percent_decode_str(reference.strip_prefix('#')?).decode_utf8_lossy();
    whole.pointer(&decoded)
}
