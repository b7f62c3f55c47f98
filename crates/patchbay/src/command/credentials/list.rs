//! What is in credential files: names, types, ids and fields, and how their values are kept.

use patchbay_model::{Object, Value};

use super::Options;
use crate::command::Format;
use crate::command::setup;
use crate::exit::Exit;
use crate::render;

pub fn run(options: &Options) -> Result<(), Exit> {
    let files = setup::read_credentials(&options.credentials)?;
    setup::warn_of_readable_secrets(&options.credentials);
    let entries: Vec<Value> = files.entries().map(|entry| Value::object(entry.to_object())).collect();
    if options.format == Format::Json {
        render::print(&(Value::array(entries).to_json_pretty() + "\n"));
        return Ok(());
    }
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
    for entry in &entries {
        let fields = entry.get("fields").and_then(Value::as_object);
        let fields: Vec<String> = fields.map_or_else(Vec::new, words);
        let line = [
            text(entry, "name"),
            text(entry, "type"),
            text(entry, "id"),
            fields.join(", "),
        ];
        render::print(&(line.join("  ").trim_end().to_owned() + "\n"));
    }
    Ok(())
}

fn words(fields: &Object) -> Vec<String> {
    let word = |(name, kept): (&patchbay_model::Text, &Value)| match kept.as_str() {
        Some(kept) if kept != "value" => format!("{name} ({kept})"),
        _ => name.to_string(),
    };
    fields.iter().map(word).collect()
}
