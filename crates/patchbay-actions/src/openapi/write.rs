//! Writes a definition's table as TOML: one line for each parameter, and what several operations share only once.

use std::fmt::Write;

use serde_json::Value;

use super::Table;

/// What every file begins with.
pub const HEADER: &str = "# Made by `patchbay import openapi`.";

/// Under this key an operation keeps the name of its body's schema until it is written.
pub const BODY: &str = "body-schema";

/// The sets of `node.toml` for OData's query options.
const ODATA_SETS: [(&str, &[&str]); 2] = [
    (
        "odata-list",
        &[
            "$top", "$skip", "$search", "$filter", "$count", "$orderby", "$select", "$expand",
        ],
    ),
    ("odata-entity", &["$select", "$expand"]),
];

/// The text of a table as it is, for reading it.
pub fn plain(mut table: Table) -> String {
    if let Some(Value::Array(operations)) = table.get_mut("operation") {
        for operation in operations.iter_mut().filter_map(Value::as_object_mut) {
            operation.shift_remove(BODY);
        }
    }
    let mut text = String::new();
    section(&mut text, &mut Vec::new(), &table);
    text
}

/// The text of a file.
pub fn file(stem: &str, mut table: Table) -> String {
    if let Some(Value::Array(mut operations)) = table.shift_remove("operation") {
        operations.iter_mut().for_each(use_odata_sets);
        let mut sets = match table.shift_remove("set") {
            Some(Value::Object(sets)) => sets,
            _ => Table::new(),
        };
        share_bodies(&mut operations, &mut sets);
        if !sets.is_empty() {
            table.insert("set".to_owned(), sets.into());
        }
        table.insert("operation".to_owned(), operations.into());
    }
    let mut text = format!("{HEADER} What should be otherwise belongs into `{stem}.overlay.toml`.\n\n");
    section(&mut text, &mut Vec::new(), &table);
    while text.ends_with("\n\n") {
        text.pop();
    }
    text
}

fn parameters(operation: &Value) -> Option<&Table> {
    operation.get("parameter")?.as_object()
}

fn is_in(parameter: &Value, place: &str) -> bool {
    parameter.get("in").and_then(Value::as_str).unwrap_or("body") == place
}

/// Takes the parameters out that a set has, and names the set.
fn take_set(operation: &mut Value, set: &str, has: impl Fn(&str, &Value) -> bool) {
    let Value::Object(operation) = operation else { return };
    let empty = match operation.get_mut("parameter") {
        Some(Value::Object(parameters)) => {
            parameters.retain(|name, parameter| !has(name, parameter));
            parameters.is_empty()
        }
        _ => false,
    };
    let parameters = operation.shift_remove("parameter");
    match operation.get_mut("use") {
        Some(Value::Array(sets)) => sets.push(set.into()),
        _ => drop(operation.insert("use".to_owned(), Value::Array(vec![set.into()]))),
    }
    if let Some(parameters) = parameters.filter(|_| !empty) {
        operation.insert("parameter".to_owned(), parameters);
    }
}

fn use_odata_sets(operation: &mut Value) {
    for (set, names) in ODATA_SETS {
        let Some(parameters) = parameters(operation) else {
            return;
        };
        let query: Vec<(&String, &Value)> = parameters
            .iter()
            .filter(|(_, parameter)| is_in(parameter, "query"))
            .collect();
        let same = query.len() == names.len()
            && query
                .iter()
                .all(|(name, parameter)| names.contains(&name.as_str()) && is_always(parameter));
        if same {
            take_set(operation, set, |_, parameter| is_in(parameter, "query"));
        }
    }
}

fn is_always(parameter: &Value) -> bool {
    parameter.get("since").is_none() && parameter.get("until").is_none()
}

/// Where several operations have a body of the same schema, its properties become a set.
fn share_bodies(operations: &mut [Value], sets: &mut Table) {
    let schema = |operation: &Value| operation.get(BODY).and_then(Value::as_str).map(str::to_owned);
    let mut schemas: Vec<String> = operations.iter().filter_map(schema).collect();
    schemas.sort();
    schemas.dedup();
    for name in schemas {
        let bodies = operations
            .iter()
            .filter(|operation| schema(operation).as_ref() == Some(&name))
            .filter_map(body_of);
        let Some(set) = bodies.max_by_key(Table::len).filter(|set| set.len() > 3) else {
            continue;
        };
        let using: Vec<usize> = operations
            .iter()
            .enumerate()
            .filter(|(_, operation)| schema(operation).as_ref() == Some(&name) && fits(operation, &set))
            .map(|(place, _)| place)
            .collect();
        if using.len() < 2 {
            continue;
        }
        for place in using {
            take_set(&mut operations[place], &name, |_, parameter| is_in(parameter, "body"));
        }
        sets.insert(name, set.into());
    }
    for operation in operations {
        if let Value::Object(operation) = operation {
            operation.shift_remove(BODY);
        }
    }
}

fn body_of(operation: &Value) -> Option<Table> {
    let body = parameters(operation)?
        .iter()
        .filter(|(_, parameter)| is_in(parameter, "body"));
    Some(
        body.map(|(name, parameter)| (name.clone(), parameter.clone()))
            .collect(),
    )
}

/// Whether an operation's body is this set, but for names that it has elsewhere.
fn fits(operation: &Value, set: &Table) -> bool {
    let Some(parameters) = parameters(operation) else {
        return false;
    };
    let has = |(name, wanted): (&String, &Value)| {
        let found = parameters.get(name);
        found.is_some_and(|found| found == wanted || !is_in(found, "body"))
    };
    set.iter().all(has)
        && parameters
            .iter()
            .all(|(name, parameter)| !is_in(parameter, "body") || set.contains_key(name))
}

/// Writes a table: first what fits on lines of its own, then the tables in it.
fn section(text: &mut String, path: &mut Vec<String>, table: &Table) {
    let mut lines = String::new();
    for (key, value) in table {
        if is_line(path, key, value) {
            let _ = writeln!(lines, "{} = {}", key_text(key), value_text(value));
        }
    }
    if !lines.is_empty() {
        text.push_str(&lines);
        text.push('\n');
    }
    for (key, value) in table {
        if is_line(path, key, value) {
            continue;
        }
        path.push(key_text(key));
        match value {
            Value::Object(inner) => {
                if inner.iter().any(|(key, value)| is_line(path, key, value)) {
                    let _ = writeln!(text, "[{}]", path.join("."));
                }
                section(text, path, inner);
            }
            Value::Array(tables) => {
                for inner in tables.iter().filter_map(Value::as_object) {
                    let _ = writeln!(text, "[[{}]]", path.join("."));
                    section(text, path, inner);
                }
            }
            _ => {}
        }
        path.pop();
    }
}

/// Whether a value is written on its key's line: parameters, fields, and tables of plain texts.
fn is_line(path: &[String], key: &str, value: &Value) -> bool {
    let in_set = path.len() == 2 && path[0] == "set";
    if in_set || matches!(path.last().map(String::as_str), Some("parameter" | "field")) {
        return true;
    }
    match value {
        Value::Object(_) => matches!(key, "headers" | "form"),
        Value::Array(values) => !values.iter().any(Value::is_object),
        _ => true,
    }
}

fn key_text(key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare {
        key.to_owned()
    } else {
        Value::from(key).to_string()
    }
}

/// JSON's texts, numbers and booleans are TOML's.
fn value_text(value: &Value) -> String {
    match value {
        Value::Array(values) => format!("[{}]", values.iter().map(value_text).collect::<Vec<_>>().join(", ")),
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let entries = table
                .iter()
                .map(|(key, value)| format!("{} = {}", key_text(key), value_text(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}
