//! What the double starts with: the built-in data, or a file of the same form.
//!
//! The form is one JSON object: `clients` is a list of `{"id", "secret", "role"}`, `defaults` gives for a type the values that new
//! entities start with, `calls` is a list of calls that are over (see [`PastCall`]), `reports` has the lines of reports that calls do not make,
//! by their type (`AgentLoginHistory`, `QueueCallbacks`, …), and every other name is an entity set with its entities, or a
//! singleton with its properties. A file's `clients` and `defaults` are the built-in ones where it has none.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::facts::{EntitySet, Facts};
use crate::service::role::Role;
use crate::store::Store;
use crate::validate;

/// One who may ask for a token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub id: String,
    pub secret: String,
    pub role: Role,
}

/// A call that is over, as a seed tells it: what the call log and the reports are made from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastCall {
    /// When it began to ring.
    pub start: Timestamp,
    /// An extension, or a number outside.
    pub from: String,
    pub to: String,
    /// The queue or ring group that it came through; empty for none.
    #[serde(default)]
    pub via: String,
    /// Seconds until it was answered or given up.
    #[serde(default)]
    pub ringing: i64,
    /// Seconds of talk; none for a call that nobody answered.
    #[serde(default)]
    pub talking: Option<i64>,
    /// The `Id` of its recording.
    #[serde(default)]
    pub recording: Option<i64>,
}

/// Data to start with.
#[derive(Clone, Debug)]
pub struct Seed {
    pub(crate) clients: Vec<Client>,
    pub(crate) calls: Vec<PastCall>,
    /// Lines of reports, by their type.
    pub(crate) reports: BTreeMap<String, Vec<Value>>,
    defaults: Map<String, Value>,
    sets: Vec<(String, Value)>,
}

/// The types of report lines that no call and no entity tells.
const FILED: [&str; 8] = [
    "AbandonedChatsStatistics",
    "AgentLoginHistory",
    "AuditLog",
    "QueueAgentsChatStatistics",
    "QueueAgentsChatStatisticsTotals",
    "QueueCallbacks",
    "QueueChatPerformance",
    "QueueFailedCallbacks",
];

const BUILT_IN: &str = include_str!("seed.json");

impl Default for Seed {
    fn default() -> Self {
        Self::read(BUILT_IN).expect("the committed seed is valid: a test reads it")
    }
}

impl Seed {
    /// A seed from the text of a file, or what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let mut seed = Self::read(text)?;
        let built_in = Self::default();
        if seed.clients.is_empty() {
            seed.clients = built_in.clients;
        }
        if seed.defaults.is_empty() {
            seed.defaults = built_in.defaults;
        }
        Ok(seed)
    }

    fn read(text: &str) -> Result<Self, String> {
        let sets: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("the seed is not a JSON object: {error}"))?;
        let mut seed = Self {
            clients: Vec::new(),
            calls: Vec::new(),
            reports: BTreeMap::new(),
            defaults: Map::new(),
            sets: Vec::new(),
        };
        for (name, value) in sets {
            match (name.as_str(), value) {
                ("clients", clients) => {
                    seed.clients =
                        serde_json::from_value(clients).map_err(|error| format!("`clients` in the seed: {error}"))?;
                }
                ("calls", calls) => {
                    seed.calls =
                        serde_json::from_value(calls).map_err(|error| format!("`calls` in the seed: {error}"))?;
                }
                ("reports", reports) => {
                    seed.reports =
                        serde_json::from_value(reports).map_err(|error| format!("`reports` in the seed: {error}"))?;
                    check_reports(&seed.reports)?;
                }
                ("defaults", Value::Object(defaults)) => seed.defaults = defaults,
                (_, value) => {
                    let set = Facts::xapi().entity_set(&name).ok_or_else(|| unknown_set(&name))?;
                    for entity in entities(set, &value)? {
                        validate::structure(entity, set.type_name, Facts::xapi())
                            .map_err(|error| format!("`{name}` in the seed: {}", error.message))?;
                    }
                    seed.sets.push((name, value));
                }
            }
        }
        Ok(seed)
    }

    /// A store that holds the data.
    pub(crate) fn store(&self) -> Store {
        let mut store = Store::default();
        for (type_name, defaults) in &self.defaults {
            store.set_defaults(type_name, defaults.as_object().cloned().unwrap_or_default());
        }
        for (name, value) in &self.sets {
            let Some(set) = Facts::xapi().entity_set(name) else {
                continue;
            };
            for entity in entities(set, value).unwrap_or_default() {
                store.insert(set, entity.clone());
            }
        }
        store
    }
}

fn entities<'a>(set: &EntitySet, value: &'a Value) -> Result<Vec<&'a Map<String, Value>>, String> {
    let wrong = || {
        format!(
            "`{}` in the seed must be {}",
            set.name,
            if set.singleton {
                "an object"
            } else {
                "a list of objects"
            }
        )
    };
    match value {
        Value::Object(properties) if set.singleton => Ok(vec![properties]),
        Value::Array(items) if !set.singleton => items.iter().map(|item| item.as_object().ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

/// Lines are of the types that only the seed can tell, with properties that these have.
fn check_reports(reports: &BTreeMap<String, Vec<Value>>) -> Result<(), String> {
    for (name, lines) in reports {
        if !FILED.contains(&name.as_str()) {
            return Err(format!(
                "`reports` in the seed: the lines of `{name}` are not the seed's to tell; the nearest that are, are those of `{}`",
                nearest(name, FILED.into_iter())
            ));
        }
        for line in lines {
            let line = line
                .as_object()
                .ok_or_else(|| format!("`reports` in the seed: `{name}` must be a list of objects"))?;
            validate::structure(line, name, Facts::xapi())
                .map_err(|error| format!("`{name}` of `reports` in the seed: {}", error.message))?;
        }
    }
    Ok(())
}

fn unknown_set(name: &str) -> String {
    format!(
        "`{name}` in the seed is not an entity set of the API; the nearest is `{}`",
        nearest(name, Facts::xapi().entity_set_names())
    )
}

/// The most similar of names, the first of them for several.
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> &'a str {
    let nearest = names.max_by(|left, right| {
        let similarity = |other: &str| strsim::jaro_winkler(name, other);
        similarity(left)
            .total_cmp(&similarity(right))
            .then_with(|| right.cmp(left))
    });
    nearest.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_seed_is_valid() {
        assert_eq!(Seed::read(BUILT_IN).map(|seed| seed.clients.len()), Ok(3));
    }

    #[test]
    fn mistakes_in_a_seed_are_told() {
        let rows = [
            ("[]", "not a JSON object"),
            (r#"{"User": []}"#, "the nearest is `Users`"),
            (r#"{"Users": {}}"#, "must be a list of objects"),
            (r#"{"Users": [{"Nmber": "1"}]}"#, "'Nmber' does not exist"),
            (r#"{"clients": [{"id": "a"}]}"#, "missing field `secret`"),
            (
                r#"{"reports": {"AgentLogins": []}}"#,
                "the nearest that are, are those of `AgentLoginHistory`",
            ),
            (
                r#"{"reports": {"AuditLog": [{"User": "100"}]}}"#,
                "`AuditLog` of `reports` in the seed: The property 'User' does not exist",
            ),
            (r#"{"reports": {"AuditLog": [1]}}"#, "must be a list of objects"),
            (
                r#"{"calls": [{"from": "101"}]}"#,
                "`calls` in the seed: missing field `start`",
            ),
        ];
        for (text, expected) in rows {
            let message = Seed::from_json(text).err().unwrap_or_default();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn a_file_needs_neither_clients_nor_defaults() {
        let seed = Seed::from_json(r#"{"Users": [{"Number": "700"}]}"#);
        assert_eq!(seed.map(|seed| seed.clients.len()), Ok(3));
    }
}
