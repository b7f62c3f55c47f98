//! Workflows as the API gives them: the file's content, and what n8n says beside it.

use std::time::{SystemTime, UNIX_EPOCH};

use patchbay_model::Value as ModelValue;
use serde_json::{Map, Value, json};

use super::identifier;
use super::tags::Tags;
use crate::workflows::Loaded;

/// n8n's object for a workflow.
pub fn workflow(loaded: &Loaded, tags: &Tags) -> Value {
    let file = serde_json::to_value(loaded.graph.workflow.to_value()).unwrap_or_default();
    let (created, updated) = times(loaded);
    let mut object = Map::new();
    object.insert("createdAt".into(), identifier::time(created).into());
    object.insert("updatedAt".into(), identifier::time(updated).into());
    object.insert("id".into(), loaded.id.as_str().into());
    object.insert("name".into(), loaded.name.as_str().into());
    object.insert("active".into(), loaded.active.into());
    object.insert("isArchived".into(), false.into());
    for (name, otherwise) in [
        ("nodes", json!([])),
        ("connections", json!({})),
        ("settings", json!({})),
        ("staticData", Value::Null),
        ("meta", Value::Null),
        ("pinData", Value::Null),
    ] {
        object.insert(name.into(), file.get(name).cloned().unwrap_or(otherwise));
    }
    object.insert("versionId".into(), loaded.version.as_str().into());
    object.insert("triggerCount".into(), usize::from(loaded.active).into());
    object.insert("tags".into(), tags.of(loaded).into());
    Value::Object(object)
}

/// When the file was made and changed last, in milliseconds since 1970.
pub fn times(loaded: &Loaded) -> (i64, i64) {
    let metadata = std::fs::metadata(&loaded.file).ok();
    let since = |time: SystemTime| {
        time.duration_since(UNIX_EPOCH)
            .ok()
            .map(|since| since.as_millis() as i64)
    };
    let updated = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
    let updated = updated.and_then(since).unwrap_or_default();
    // The API writes files anew, and notes there when they were made first.
    let noted = loaded.graph.workflow.extra.get("createdAt").map(ModelValue::to_text);
    let noted = noted.and_then(|noted| noted.parse::<jiff::Timestamp>().ok());
    if let Some(noted) = noted {
        return (noted.as_millisecond(), updated);
    }
    let created = metadata.as_ref().and_then(|metadata| metadata.created().ok());
    (created.and_then(since).unwrap_or(updated).min(updated), updated)
}

/// A name as it is in a file: letters and digits with dashes between them; empty where it has none.
pub fn file_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|sign: char| !sign.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere() {
        for (name, file) in [
            ("My workflow (2)", "my-workflow-2"),
            ("../../etc/passwd", "etc-passwd"),
            ("..", ""),
            ("C:\\x\0.json", "c-x-json"),
        ] {
            assert_eq!(file_name(name), file, "{name}");
        }
    }
}
