//! What the double starts with: the built-in data, or a file of the same form.
//!
//! The form is one JSON object: `clients` is a list of `{"id", "secret", "role"}`, `defaults` gives for a type the values that new
//! entities start with, `calls` is a list of calls that are over (see [`PastCall`]), `reports` has the lines of reports that calls do not make,
//! by their type (`AgentLoginHistory`, `QueueCallbacks`, …), and every other name is an entity set with its entities, or a
//! singleton with its properties. A file's `clients` and `defaults` are the built-in ones where it has none.
//!
//! A file is held to what the API holds its clients to; all its faults are told at once, with their places.

mod check;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Version;
use crate::facts::{EntitySet, Facts};
use crate::file::FileFault;
use crate::odata::Error;
use crate::rules;
use crate::service::role::Role;
use crate::store::Store;

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
    /// By their names.
    sets: Vec<(&'static str, Value)>,
}

const BUILT_IN: &str = include_str!("seed.json");

impl Default for Seed {
    fn default() -> Self {
        Self::read(BUILT_IN, Version::default()).expect("the committed seed is valid: a test reads it")
    }
}

impl Seed {
    /// A seed for a double of the version from the text of a file, or all that is wrong with it, in the order of the file.
    pub fn from_json(text: &str, version: Version) -> Result<Self, Vec<FileFault>> {
        let mut seed = Self::read(text, version)?;
        let built_in = Self::default();
        if seed.clients.is_empty() {
            seed.clients = built_in.clients;
        }
        if seed.defaults.is_empty() {
            seed.defaults = built_in.defaults;
        }
        Ok(seed)
    }

    fn read(text: &str, version: Version) -> Result<Self, Vec<FileFault>> {
        let file: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            vec![FileFault {
                line: error.line().max(1),
                column: error.column().max(1),
                message: format!("the seed is not a JSON object: {error}"),
            }]
        })?;
        let facts = Facts::of(version);
        let mut check = check::Check::new(text, facts);
        let mut seed = Self {
            clients: Vec::new(),
            calls: Vec::new(),
            reports: BTreeMap::new(),
            defaults: Map::new(),
            sets: Vec::new(),
        };
        for (name, value) in file {
            match name.as_str() {
                "clients" => seed.clients = check.list(&name, &value, &["id", "secret", "role"]),
                "calls" => seed.calls = check.list(&name, &value, &check::CALL),
                "reports" => seed.reports = check.reports(value),
                "defaults" => seed.defaults = check.defaults(value),
                _ => {
                    if let Some(set) = check.entities(&name, &value) {
                        seed.sets.push((set.name, value));
                    }
                }
            }
        }
        // Groups are there before their members, as for a client.
        seed.sets.sort_by_key(|(set, _)| *set != "Groups");
        let mut store = seed.fill(facts, &mut |path, error| check.fault(&path, error.message));
        check.calls(&seed.calls, &mut store);
        check.end().map(|()| seed)
    }

    /// A store that holds the data.
    pub(crate) fn store(&self, facts: &'static Facts) -> Store {
        // What is at fault was refused when the seed was read.
        self.fill(facts, &mut |_, _| {})
    }

    /// A store with the data that the API would take; of the rest, the path in the file and why.
    fn fill(&self, facts: &'static Facts, refused: &mut dyn FnMut(String, Error)) -> Store {
        let mut store = Store::new(facts);
        for (type_name, defaults) in &self.defaults {
            store.set_defaults(type_name, defaults.as_object().cloned().unwrap_or_default());
        }
        let mut members = Vec::new();
        let known = |(name, value)| Some((facts.entity_set(name)?, value));
        let sets = self.sets.iter().map(|(name, value)| (*name, value));
        for (set, value) in sets.filter_map(known) {
            for (path, entity) in entities(set, value) {
                let mut entity = entity.clone();
                let own_members = entity.remove("Members").filter(|_| set.name == "Groups");
                if let Err(error) = rules::check_new(&mut store, set, &entity) {
                    let target = error.target.as_deref().unwrap_or_default();
                    refused(format!("{path}/{target}"), error.clone());
                    continue;
                }
                let inserted = store.insert(set, entity);
                if let Some(Value::Array(own)) = own_members {
                    let key = inserted.properties.get("Id").cloned().unwrap_or(Value::Null);
                    members.push((path, key, own));
                }
            }
        }
        for (path, group, members) in members {
            match rules::check_members(&mut store, &members) {
                Ok(()) => rules::set_members(&mut store, &group, &members),
                Err(error) => refused(
                    format!("{path}/{}", error.target.as_deref().unwrap_or_default()),
                    error.clone(),
                ),
            }
        }
        store
    }
}

/// The entities of a set with their paths in the file; none where it is not of the set's form.
fn entities<'a>(set: &EntitySet, value: &'a Value) -> Vec<(String, &'a Map<String, Value>)> {
    match value {
        Value::Object(properties) if set.singleton => vec![(set.name.to_owned(), properties)],
        Value::Array(items) if !set.singleton => items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| Some((format!("{}/{index}", set.name), item.as_object()?)))
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_seed_is_valid() {
        assert_eq!(
            Seed::read(BUILT_IN, Version::default()).map(|seed| seed.clients.len()),
            Ok(3)
        );
    }

    #[test]
    fn mistakes_in_a_seed_are_told() {
        let rows = [
            ("[]", "not a JSON object"),
            (r#"{"User": []}"#, "the nearest is `Users`"),
            (r#"{"Users": {}}"#, "must be a list of objects"),
            (r#"{"Users": [1]}"#, "must be an object"),
            (r#"{"Defs": []}"#, "must be an object"),
            (
                r#"{"Users": [{"Number": "1", "Nmber": "1"}]}"#,
                "there is no property `Nmber` of `User`; the nearest is `Number`",
            ),
            (
                r#"{"Users": [{"Number": "1", "Hours": {"Typ": "x"}}]}"#,
                "there is no property `Typ` of `Schedule`; the nearest is `Type`",
            ),
            (
                r#"{"Users": [{"Number": "1", "ForwardingProfiles": [{"Nam": "x"}]}]}"#,
                "there is no property `Nam` of `ForwardingProfile`; the nearest is `Name`",
            ),
            (r#"{"Users": [{"Number": 1}]}"#, "Cannot convert the number `1`"),
            (r#"{"Users": [{"FirstName": "A"}]}"#, "'Number' is required"),
            (r#"{"Users": [{"Number": "a"}]}"#, "digits only"),
            (
                r#"{"Users": [{"Number": "1"}], "Queues": [{"Number": "1"}]}"#,
                r#"Number "1" is already in use"#,
            ),
            (
                r#"{"Users": [{"Id": 1, "Number": "1"}, {"Id": 1, "Number": "2"}]}"#,
                "Id 1 is already in use",
            ),
            (
                r#"{"Users": [{"Number": "1", "Groups": [{"GroupId": 9}]}]}"#,
                "There is no group with the Id 9",
            ),
            (
                r#"{"Groups": [{"Name": "A", "Members": [{"Number": "1"}]}]}"#,
                r#"There is no member "1""#,
            ),
            (
                r#"{"clients": [{"id": "a", "role": "users"}]}"#,
                "missing field `secret`",
            ),
            (
                r#"{"clients": [{"id": "a", "secret": "b", "role": "users", "rol": 1}]}"#,
                "there is no `rol` here; the nearest is `role`",
            ),
            (
                r#"{"reports": {"AgentLogins": []}}"#,
                "the nearest that are, are those of `AgentLoginHistory`",
            ),
            (
                r#"{"reports": {"AuditLog": [{"Usr": "100"}]}}"#,
                "there is no property `Usr` of `AuditLog`; the nearest is `UserName`",
            ),
            (r#"{"reports": {"AuditLog": [1]}}"#, "must be an object"),
            (
                r#"{"defaults": {"Usr": {}}}"#,
                "`Usr` is not a type of the API; the nearest is `User`",
            ),
            (
                r#"{"defaults": {"User": {"Enabld": true}}}"#,
                "the nearest is `Enabled`",
            ),
            (r#"{"calls": [{"from": "101"}]}"#, "missing field `start`"),
            (
                r#"{"calls": [{"start": "2026-01-01T00:00:00Z", "from": "+4930", "to": "+4940"}]}"#,
                "has no extension at either end",
            ),
            (
                r#"{"Users": [{"Number": "100"}], "calls": [{"start": "2026-01-01T00:00:00Z", "from": "100", "to": "101"}]}"#,
                "`101` is no number of this seed; the nearest is `100`",
            ),
            (
                r#"{"Users": [{"Number": "100"}], "calls": [{"start": "2026-01-01T00:00:00Z", "from": "+49", "to": "100", "via": "800"}]}"#,
                "`800` is neither a queue nor a ring group of this seed",
            ),
            (
                r#"{"Users": [{"Number": "100"}], "calls": [{"start": "2026-01-01T00:00:00Z", "from": "+49", "to": "100", "recording": 3}]}"#,
                "there is no recording with the Id 3",
            ),
        ];
        for (text, expected) in rows {
            let faults = Seed::from_json(text, Version::default()).err().unwrap_or_default();
            let messages: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
            assert!(
                matches!(messages.as_slice(), [message] if message.contains(expected)),
                "{text}: {messages:?}"
            );
        }
    }

    #[test]
    fn all_mistakes_are_told_with_their_lines() {
        let text = "{\n\"Users\": [\n{\"Number\": \"1\", \"Nmber\": 2},\n{\"Number\": \"1\"}],\n\"Usrs\": []\n}";
        let faults = Seed::from_json(text, Version::default()).err().unwrap_or_default();
        let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [3, 4, 5], "{faults:?}");
    }

    #[test]
    fn a_file_needs_neither_clients_nor_defaults() {
        let seed = Seed::from_json(r#"{"Users": [{"Number": "700"}]}"#, Version::default());
        assert_eq!(seed.map(|seed| seed.clients.len()), Ok(3));
    }

    #[test]
    fn the_data_are_as_a_client_would_make_them() {
        let text = r#"{
            "Users": [{"Number": "700", "FirstName": "Front", "LastName": "Door"}, {"Number": "701", "LastName": "Door", "DisplayName": "Gate"}],
            "Groups": [{"Name": "Doors", "Members": [{"Number": "701"}]}]
        }"#;
        let mut store = Seed::from_json(text, Version::default())
            .expect("a valid seed")
            .store(Facts::of(Version::default()));
        let mut shown = |set: &str, path: &str| -> Vec<Value> {
            let set = Facts::of(Version::default()).entity_set(set).expect("a set");
            let views = store.views(set);
            views.iter().filter_map(|view| view.pointer(path).cloned()).collect()
        };
        assert_eq!(shown("Users", "/DisplayName"), ["Front Door", "Gate"]);
        assert_eq!(shown("Peers", "/Name"), ["Front Door", "Gate", "Doors"]);
        assert_eq!(shown("Groups", "/Members/0/MemberName"), ["Gate"]);
    }
}
