//! What people know better than an OpenAPI file, kept apart from it: files `NAME.overlay.toml` of the shape of a
//! definition, but with operations by name: `[operation."List Groups"]`. What an overlay says replaces what the import says,
//! table by table; `remove = true` takes a table out; an operation that the import does not have is added.

use serde_json::Value;

use super::Table;

const REMOVE: &str = "remove";

/// Lays an overlay over a file's table.
pub fn apply(table: &mut Table, mut overlay: Table) {
    if let Some(Value::Object(operations)) = overlay.remove("operation") {
        let known = table.entry("operation").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(known) = known {
            apply_operations(known, operations);
        }
    }
    merge(table, overlay);
}

/// The overlay of a file that the import does not have.
pub fn alone(overlay: Table) -> Table {
    let mut table = Table::new();
    for key in ["resource", "about"] {
        if let Some(value) = overlay.get(key) {
            table.insert(key.to_owned(), value.clone());
        }
    }
    apply(&mut table, overlay);
    table
}

fn apply_operations(known: &mut Vec<Value>, overlays: Table) {
    for (name, overlay) in overlays {
        let Value::Object(overlay) = overlay else { continue };
        let is_it = |operation: &Value| operation.get("name").and_then(Value::as_str) == Some(name.as_str());
        if overlay.get(REMOVE) == Some(&Value::Bool(true)) {
            known.retain(|operation| !is_it(operation));
        } else if known.iter().any(is_it) {
            // An operation whose path changed is there once for each.
            for operation in known.iter_mut().filter(|operation| is_it(operation)) {
                if let Value::Object(operation) = operation {
                    merge(operation, overlay.clone());
                }
            }
        } else {
            let mut operation = Table::new();
            operation.insert("name".to_owned(), name.into());
            operation.extend(overlay);
            known.push(operation.into());
        }
    }
}

fn merge(table: &mut Table, overlay: Table) {
    for (key, value) in overlay {
        match (table.get_mut(&key), value) {
            (_, Value::Object(value)) if value.get(REMOVE) == Some(&Value::Bool(true)) => {
                drop(table.shift_remove(&key));
            }
            (Some(Value::Object(known)), Value::Object(value)) => merge(known, value),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}
