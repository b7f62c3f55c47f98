//! What schemas say about values: types, allowed values, limits, and an object's properties.

use std::borrow::Cow;

use serde_json::Value;

use super::Table;
use super::document::{Document, Schema};
use super::holds;
use crate::definition::{Kind, Place};

/// Schemas may hold themselves; nothing is deeper than this.
pub const DEPTH: usize = 16;

/// A property of an object.
#[derive(Clone, Debug)]
pub struct Property<'a> {
    pub name: &'a str,
    /// Of what has several forms with a schema each, whatever one of them takes.
    pub schema: Cow<'a, Schema>,
    pub required: bool,
}

/// All properties of an object: its own, those of everything that it is made of, and those of everything that it may be.
/// Of what it may be, only what all forms want is required.
pub fn properties<'a>(document: &'a Document, schema: &'a Schema) -> Vec<Property<'a>> {
    let mut found = Vec::new();
    collect(document, schema, &mut found, DEPTH);
    found
}

fn collect<'a>(document: &'a Document, schema: &'a Schema, found: &mut Vec<Property<'a>>, depth: usize) {
    let schema = document.schema(schema);
    if depth == 0 {
        return;
    }
    for part in &schema.all_of {
        collect(document, part, found, depth - 1);
    }
    for choices in [&schema.one_of, &schema.any_of] {
        let mut forms: Vec<Vec<Property>> = Vec::new();
        for choice in choices.iter().filter(|choice| choice.kind != "null") {
            let mut form = Vec::new();
            collect(document, choice, &mut form, depth - 1);
            forms.push(form);
        }
        for property in forms.iter().flatten() {
            put(found, of_all_forms(&forms, property.name));
        }
    }
    for (name, property) in &schema.properties {
        put(
            found,
            Property {
                name,
                schema: Cow::Borrowed(property),
                required: false,
            },
        );
    }
    for property in found.iter_mut() {
        property.required |= schema.required.iter().any(|required| required == property.name);
    }
}

/// A property of what may be one of several: any value that one of the forms takes; required where all of them want it.
fn of_all_forms<'a>(forms: &[Vec<Property<'a>>], name: &'a str) -> Property<'a> {
    let found = forms
        .iter()
        .map(|form| form.iter().find(|property| property.name == name));
    let required = found.clone().all(|found| found.is_some_and(|found| found.required));
    let mut schemas: Vec<&Cow<Schema>> = Vec::new();
    for property in found.flatten() {
        if !schemas.contains(&&property.schema) {
            schemas.push(&property.schema);
        }
    }
    let schema = match schemas.as_slice() {
        [only] => (*only).clone(),
        several => Cow::Owned(Schema {
            read_only: several.iter().all(|schema| schema.read_only),
            any_of: several.iter().map(|schema| Schema::clone(schema)).collect(),
            ..Schema::default()
        }),
    };
    Property { name, schema, required }
}

/// The later one says more: a type made of another narrows what it takes over.
fn put<'a>(found: &mut Vec<Property<'a>>, property: Property<'a>) {
    match found.iter_mut().find(|known| known.name == property.name) {
        Some(known) => {
            known.schema = property.schema;
            known.required |= property.required;
        }
        None => found.push(property),
    }
}

/// Writes type, allowed values and limits into a parameter's table.
pub fn describe(document: &Document, declared: &Schema, place: Place, table: &mut Table) {
    let schema = meant(document, declared);
    let in_body = place.is_body();
    let kind = match kind(document, schema) {
        Kind::Array if !in_body => Kind::List,
        kind => kind,
    };
    if kind != Kind::String {
        table.insert("type".into(), kind.as_str().into());
    }
    // What a list's texts may be is said of its elements.
    let one = schema.items.as_deref().filter(|_| kind == Kind::List);
    let one = one.map_or(schema, |items| meant(document, items));
    let values = allowed(document, one, DEPTH).unwrap_or_default();
    let values: Vec<Value> = values.into_iter().filter_map(value_text).map(Value::from).collect();
    if kind.has_values() && !values.is_empty() {
        table.insert("values".into(), values.into());
    }
    if in_body
        && let Some(holds) = matches!(kind, Kind::Array | Kind::Object).then(|| holds::in_words(document, schema))
    {
        table.extend(holds.map(|holds| ("holds".into(), holds.into())));
    }
    // Elsewhere a value that is nothing is not sent; what takes any JSON takes null.
    let can_be_null = place == Place::Path || in_body && !matches!(kind, Kind::Json | Kind::Any | Kind::File);
    if can_be_null && is_nullable(declared, schema) {
        table.insert("nullable".into(), true.into());
    }
    let limits = [
        (
            "minimum",
            limit(document, schema, |schema| schema.minimum, f64::min, DEPTH),
        ),
        (
            "maximum",
            limit(document, schema, |schema| schema.maximum, f64::max, DEPTH),
        ),
    ];
    for (key, limit) in limits {
        // Those of the usual integer types say nothing.
        if let Some(limit) = limit.filter(|limit| limit.abs() < 65_536.0 && kind.is_number()) {
            let whole = limit.fract() == 0.0;
            table.insert(key.into(), if whole { (limit as i64).into() } else { limit.into() });
        }
    }
}

/// What a value may be, but nothing.
fn choices(schema: &Schema) -> impl Iterator<Item = &Schema> {
    let choices = schema.one_of.iter().chain(&schema.any_of);
    choices.filter(|choice| choice.kind != "null")
}

/// The values that are allowed, each once: the schema's own, or those of everything that it may be; none where any is.
pub fn allowed<'a>(document: &'a Document, schema: &'a Schema, depth: usize) -> Option<Vec<&'a Value>> {
    let schema = meant(document, schema);
    if !schema.values.is_empty() {
        return Some(schema.values.iter().collect());
    }
    let mut all: Vec<&Value> = Vec::new();
    for choice in choices(schema).take_while(|_| depth > 0) {
        for value in allowed(document, choice, depth - 1)? {
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The limit of a number: the schema's own, or the widest of everything that it may be; none where one of these has none.
fn limit(
    document: &Document,
    schema: &Schema,
    own: fn(&Schema) -> Option<f64>,
    wider: fn(f64, f64) -> f64,
    depth: usize,
) -> Option<f64> {
    let schema = meant(document, schema);
    let of_choices = || {
        let mut limits = choices(schema)
            .take_while(|_| depth > 0)
            .map(|choice| limit(document, choice, own, wider, depth - 1));
        let first = limits.next()??;
        limits.try_fold(first, |widest, limit| Some(wider(widest, limit?)))
    };
    own(schema).or_else(of_choices)
}

/// Whether the value is a file's bytes, in a form of parts.
pub fn is_file(document: &Document, declared: &Schema) -> bool {
    let schema = meant(document, declared);
    let of_items = schema.items.as_ref().is_some_and(|items| is_file(document, items));
    of_items || schema.format.as_deref() == Some("binary") || schema.content_media_type.is_some()
}

/// The allowed values as text; null says that the value may be left out.
pub fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The schema itself: behind references, and behind what only adds words, or null, to one.
pub fn meant<'a>(document: &'a Document, schema: &'a Schema) -> &'a Schema {
    let mut schema = document.schema(schema);
    for _ in 0..DEPTH {
        let inner = match schema.all_of.as_slice() {
            [one] if schema.properties.is_empty() => one,
            [] if schema.kind.is_null() && schema.properties.is_empty() && choices(schema).count() == 1 => {
                match choices(schema).next() {
                    Some(one) => one,
                    None => break,
                }
            }
            _ => break,
        };
        schema = document.schema(inner);
    }
    schema
}

pub fn is_nullable(declared: &Schema, meant: &Schema) -> bool {
    let is_null = |schema: &Schema| {
        schema.kind == "null"
            || schema
                .kind
                .as_array()
                .is_some_and(|kinds| kinds.contains(&"null".into()))
    };
    let mut choices = declared.one_of.iter().chain(&declared.any_of);
    let may_be_null = |choice: &Schema| is_null(choice) || choice.nullable;
    let has_null = |schema: &Schema| schema.values.contains(&Value::Null);
    declared.nullable
        || meant.nullable
        || has_null(declared)
        || has_null(meant)
        || is_null(declared)
        || is_null(meant)
        || choices.any(may_be_null)
}

pub fn kind(document: &Document, schema: &Schema) -> Kind {
    kind_within(document, schema, DEPTH)
}

fn kind_within(document: &Document, schema: &Schema, depth: usize) -> Kind {
    let schema = meant(document, schema);
    let named = match &schema.kind {
        Value::Array(kinds) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            // Of several types any may be.
            kinds.next().filter(|_| kinds.next().is_none())
        }
        kind => kind.as_str(),
    };
    let format = schema.format.as_deref().unwrap_or_default();
    match (named, format) {
        (Some("string"), "date-time") => Kind::DateTime,
        (Some("string"), "date") => Kind::Date,
        (Some("string"), "duration") if has_no_years(schema) => Kind::DayTime,
        (Some("string"), "duration") => Kind::Duration,
        (Some("string"), "uuid") => Kind::Uuid,
        (Some("string"), _) => Kind::String,
        (Some("integer" | "number"), "int32") => Kind::Int32,
        (Some("number"), format) if is_whole(format) => Kind::Integer,
        (Some("integer"), "decimal") | (Some("number"), _) => Kind::Number,
        (Some("integer"), _) => Kind::Integer,
        (Some("boolean"), _) => Kind::Boolean,
        (Some("array"), _) => Kind::Array,
        (Some("object"), _) => Kind::Object,
        _ if !schema.all_of.is_empty() || !schema.properties.is_empty() => Kind::Object,
        _ if schema.kind.is_null() && !schema.values.is_empty() => Kind::String,
        _ => of_choices(document, schema, depth),
    }
}

/// OData writes the pattern of its durations down.
fn has_no_years(schema: &Schema) -> bool {
    let pattern = schema.pattern.as_deref().unwrap_or_default();
    pattern.contains('D') && !pattern.contains('Y')
}

/// What one of several types is: the one that they all are; a number of a format that may also be text, as OData writes
/// infinity and what JSON's numbers can not hold; else whatever takes each of them.
fn of_choices(document: &Document, schema: &Schema, depth: usize) -> Kind {
    if depth == 0 {
        return Kind::Json;
    }
    let choices = || schema.one_of.iter().chain(&schema.any_of);
    let named = schema.kind.as_array().into_iter().flatten().filter_map(Value::as_str);
    let named = named.filter(|kind| *kind != "null").map(of_name);
    let kinds: Vec<Kind> = choices()
        .map(|choice| kind_within(document, choice, depth - 1))
        .chain(named)
        .collect();
    let has_format = |choice: &Schema| choice.kind == "number" && choice.format.is_some();
    if choices().any(|choice| has_format(meant(document, choice))) && kinds.iter().all(|kind| is_plain(*kind)) {
        return Kind::Number;
    }
    match kinds.as_slice() {
        [first, others @ ..] if others.iter().all(|kind| kind == first) => *first,
        [_, ..] if kinds.iter().all(|kind| kind.is_number()) => Kind::Number,
        _ if kinds.iter().any(|kind| is_text(*kind)) => Kind::Any,
        _ => Kind::Json,
    }
}

/// The type of a schema that says no more than that.
fn of_name(name: &str) -> Kind {
    match name {
        "string" => Kind::String,
        "integer" => Kind::Integer,
        "number" => Kind::Number,
        "boolean" => Kind::Boolean,
        "array" => Kind::Array,
        "object" => Kind::Object,
        _ => Kind::Json,
    }
}

fn is_plain(kind: Kind) -> bool {
    kind.is_number() || kind == Kind::String
}

/// Whether values of the type are texts in JSON.
fn is_text(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String | Kind::DateTime | Kind::Date | Kind::Duration | Kind::DayTime | Kind::Uuid | Kind::Any
    )
}

/// Some files call whole numbers `number`.
pub fn is_whole(format: &str) -> bool {
    matches!(
        format,
        "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32" | "int64" | "uint64"
    )
}
