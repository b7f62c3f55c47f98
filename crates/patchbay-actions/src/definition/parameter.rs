//! Reads parameters: the entries of `[operation.parameter]` and of the sets.

use std::ops::Range;
use std::sync::Arc;

use patchbay_model::Text;

use super::fault::Faults;
use super::fields::Fields;
use super::{Kind, Life, Parameter, Place, Sets, Version};

/// Reads the entries of a table whose keys are parameters' names.
pub fn read_all(faults: &mut Faults, fields: &mut Fields, key: &'static str) -> Vec<(Arc<Parameter>, Range<usize>)> {
    let tables = fields.tables(faults, key, "a parameter");
    let parameters = tables
        .into_iter()
        .map(|(name, span, fields)| (Arc::new(read(faults, name, fields)), span));
    parameters.collect()
}

/// Reads the sets: tables of such tables.
pub fn read_sets(faults: &mut Faults, fields: &mut Fields) -> Sets {
    let mut sets = Sets::new();
    let Some(node) = fields.any("set") else { return sets };
    let Some(table) = node.get_ref().as_table() else {
        faults.add("E0403", node.span(), "`set` wants tables: `[set.NAME]`");
        return sets;
    };
    for (name, node) in table {
        let Some(entries) = node.get_ref().as_table() else {
            faults.add(
                "E0403",
                node.span(),
                "a set wants parameters: `NAME = { type = \"string\" }`",
            );
            continue;
        };
        let mut parameters = Vec::with_capacity(entries.len());
        for (name, node) in entries {
            if let Some(fields) = Fields::open(faults, node, "a parameter") {
                parameters.push(Arc::new(read(faults, name.get_ref().as_ref().into(), fields)));
            }
        }
        sets.insert(name.get_ref().as_ref().into(), parameters);
    }
    sets
}

fn read(faults: &mut Faults, name: Text, mut fields: Fields) -> Parameter {
    let place = fields.choice(faults, "in", &Place::ALL).unwrap_or_default();
    let kind = fields.choice(faults, "type", &Kind::ALL).unwrap_or_default();
    let values = fields
        .texts(faults, "values")
        .into_iter()
        .map(|(value, _)| value)
        .collect();
    let parameter = Parameter {
        name,
        place,
        kind,
        required: fields.boolean(faults, "required"),
        nullable: fields.boolean(faults, "nullable"),
        values,
        newer_values: read_newer_values(faults, &mut fields),
        minimum: fields.number(faults, "minimum"),
        maximum: fields.number(faults, "maximum"),
        about: fields.text(faults, "about").map(|(about, _)| about).unwrap_or_default(),
        life: read_life(faults, &mut fields),
    };
    if !parameter.values.is_empty() && kind != Kind::String {
        faults.add(
            "E0403",
            fields.span(),
            "only a parameter of type `string` can have `values`",
        );
    }
    fields.finish(faults);
    parameter
}

/// Reads `values-since`: the first versions of some values.
fn read_newer_values(faults: &mut Faults, fields: &mut Fields) -> Vec<(Text, Version)> {
    let mut newer = Vec::new();
    for (value, version, span) in fields.entries(faults, "values-since") {
        match version.parse() {
            Ok(version) => newer.push((value, version)),
            Err(_) => {
                faults.add("E0403", span, not_a_version("values-since", &version));
            }
        }
    }
    newer
}

fn not_a_version(key: &str, text: &str) -> String {
    format!("`{key}` wants a version such as `20.0.7`, not `{text}`")
}

/// Reads `since` and `until`.
pub fn read_life(faults: &mut Faults, fields: &mut Fields) -> Life {
    let mut version = |key| {
        let (text, span) = fields.text(faults, key)?;
        let version: Option<Version> = text.parse().ok();
        if version.is_none() {
            faults.add("E0403", span, not_a_version(key, &text));
        }
        version
    };
    Life {
        since: version("since"),
        until: version("until"),
    }
}
