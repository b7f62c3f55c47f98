//! What is wrong with a seed: everything is gone through, and each fault is told with its place and the nearest name that would do.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{PastCall, entities};
use crate::facts::{EntitySet, Facts, Kind};
use crate::file::FileFault;
use crate::odata::Detail;
use crate::store::Store;
use crate::{rules, validate};

/// What a call tells.
pub(super) const CALL: [&str; 7] = ["start", "from", "to", "via", "ringing", "talking", "recording"];

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

/// The names at the top of a seed that are no entity sets.
const OWN_NAMES: [&str; 4] = ["clients", "calls", "reports", "defaults"];

/// The faults of a seed's text.
pub(super) struct Check<'a> {
    text: &'a str,
    facts: &'static Facts,
    faults: Vec<FileFault>,
}

impl<'a> Check<'a> {
    /// A check of a file against the API of a version.
    pub(super) fn new(text: &'a str, facts: &'static Facts) -> Self {
        Self {
            text,
            facts,
            faults: Vec::new(),
        }
    }

    /// A fault at a path of the file.
    pub(super) fn fault(&mut self, path: &str, message: impl Into<String>) {
        self.faults.push(FileFault::in_json(self.text, path, message));
    }

    /// All faults in the order of the file, if there are any.
    pub(super) fn end(mut self) -> Result<(), Vec<FileFault>> {
        self.faults.sort();
        self.faults.dedup();
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(self.faults)
        }
    }

    /// A list of things that have these members and no others; empty where one is not right, as the others then have other places.
    pub(super) fn list<T: DeserializeOwned>(&mut self, name: &str, value: &Value, members: &[&str]) -> Vec<T> {
        let Value::Array(items) = value else {
            self.fault(name, format!("`{name}` must be a list of objects"));
            return Vec::new();
        };
        let count = self.faults.len();
        let mut read = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("{name}/{index}");
            let Some(properties) = item.as_object() else {
                self.fault(&path, format!("an element of `{name}` must be an object"));
                continue;
            };
            let unknown: Vec<&String> = properties
                .keys()
                .filter(|member| !members.contains(&member.as_str()))
                .collect();
            for member in &unknown {
                let nearest = nearest(member, members.iter().copied());
                self.fault(
                    &format!("{path}/{member}"),
                    format!("there is no `{member}` here; the nearest is `{nearest}`"),
                );
            }
            if !unknown.is_empty() {
                continue;
            }
            match serde_json::from_value(item.clone()) {
                Ok(thing) => read.push(thing),
                Err(error) => self.fault(&path, format!("an element of `{name}` is not right: {error}")),
            }
        }
        if self.faults.len() > count {
            read.clear();
        }
        read
    }

    /// The set of a name, whose entities are checked against its type.
    pub(super) fn entities(&mut self, name: &str, value: &Value) -> Option<&'static EntitySet> {
        let facts = self.facts;
        let Some(set) = facts.entity_set(name) else {
            let nearest = nearest(name, facts.entity_set_names().chain(OWN_NAMES));
            self.fault(
                name,
                format!("`{name}` is not an entity set of the API; the nearest is `{nearest}`"),
            );
            return None;
        };
        match value {
            Value::Array(items) if !set.singleton => {
                for (index, _) in items.iter().enumerate().filter(|(_, item)| !item.is_object()) {
                    self.fault(
                        &format!("{name}/{index}"),
                        format!("an element of `{name}` must be an object"),
                    );
                }
            }
            Value::Object(_) if set.singleton => {}
            _ if set.singleton => self.fault(name, format!("`{name}` must be an object")),
            _ => self.fault(name, format!("`{name}` must be a list of objects")),
        }
        for (path, entity) in entities(set, value) {
            self.structure(&path, entity, set.type_name);
        }
        Some(set)
    }

    /// The lines of reports, which are of the types that only the seed can tell.
    pub(super) fn reports(&mut self, value: Value) -> BTreeMap<String, Vec<Value>> {
        let Value::Object(reports) = value else {
            self.fault("reports", "`reports` must be an object");
            return BTreeMap::new();
        };
        let mut read = BTreeMap::new();
        for (name, lines) in reports {
            let path = format!("reports/{name}");
            if !FILED.contains(&name.as_str()) {
                let nearest = nearest(&name, FILED.into_iter());
                self.fault(
                    &path,
                    format!(
                        "the lines of `{name}` are not the seed's to tell; the nearest that are, are those of `{nearest}`"
                    ),
                );
                continue;
            }
            let Value::Array(lines) = lines else {
                self.fault(&path, format!("`{name}` must be a list of objects"));
                continue;
            };
            for (index, line) in lines.iter().enumerate() {
                let path = format!("{path}/{index}");
                match line {
                    Value::Object(line) => self.structure(&path, line, &name),
                    _ => self.fault(&path, format!("an element of `{name}` must be an object")),
                }
            }
            read.insert(name, lines);
        }
        read
    }

    /// The values that new entities start with, by their types.
    pub(super) fn defaults(&mut self, value: Value) -> Map<String, Value> {
        let Value::Object(defaults) = value else {
            self.fault("defaults", "`defaults` must be an object");
            return Map::new();
        };
        let types = self.facts.types();
        for (name, values) in &defaults {
            let path = format!("defaults/{name}");
            let is_known = types.iter().any(|(known, _)| known == name);
            match values {
                Value::Object(values) if is_known => self.structure(&path, values, name),
                _ if is_known => self.fault(&path, format!("`{name}` must be an object")),
                _ => {
                    let nearest = nearest(name, types.iter().map(|(known, _)| *known));
                    self.fault(
                        &path,
                        format!("`{name}` is not a type of the API; the nearest is `{nearest}`"),
                    );
                }
            }
        }
        defaults
    }

    /// Calls are between numbers that are there: one end at least is the telephone system's own.
    pub(super) fn calls(&mut self, calls: &[PastCall], store: &mut Store) {
        let numbers = rules::numbers(store);
        let of_sets =
            |number: &str, sets: &[&str]| numbers.iter().any(|(known, set)| known == number && sets.contains(set));
        let own = |number: &str| numbers.iter().any(|(known, set)| known == number && *set != "Trunks");
        let extensions = || numbers.iter().filter(|(_, set)| *set != "Trunks");
        // A number of the length of an extension is meant to be one.
        let longest = extensions().map(|(number, _)| number.len()).max().unwrap_or_default();
        let recordings = self.facts.entity_set("Recordings");
        let recordings = recordings.map(|set| store.entities(set).as_slice()).unwrap_or_default();
        let is_recording = |id: i64| {
            recordings
                .iter()
                .any(|entity| entity.properties.get("Id") == Some(&Value::from(id)))
        };
        for (index, call) in calls.iter().enumerate() {
            let path = |member: &str| format!("calls/{index}/{member}");
            let mut unknown = false;
            for (member, number) in [("from", &call.from), ("to", &call.to)] {
                let is_extension = number.len() <= longest && number.bytes().all(|byte| byte.is_ascii_digit());
                if is_extension && !own(number) {
                    unknown = true;
                    let nearest = nearest(number, extensions().map(|(number, _)| number.as_str()));
                    self.fault(
                        &path(member),
                        format!("`{number}` is no number of this seed; the nearest is `{nearest}`"),
                    );
                }
            }
            if !unknown && !own(&call.from) && !own(&call.to) {
                let message = format!(
                    "the call from `{}` to `{}` has no extension at either end",
                    call.from, call.to
                );
                self.fault(&format!("calls/{index}"), message);
            }
            if !call.via.is_empty() && !of_sets(&call.via, &["Queues", "RingGroups"]) {
                let message = format!("`{}` is neither a queue nor a ring group of this seed", call.via);
                self.fault(&path("via"), message);
            }
            if let Some(id) = call.recording.filter(|id| !is_recording(*id)) {
                self.fault(&path("recording"), format!("there is no recording with the Id {id}"));
            }
        }
    }

    /// Properties against their type.
    fn structure(&mut self, path: &str, properties: &Map<String, Value>, type_name: &str) {
        for detail in validate::faults(properties, type_name, self.facts) {
            let target = detail.target.clone().unwrap_or_default();
            self.fault(
                &format!("{path}/{target}"),
                message(&detail, type_name, &target, self.facts),
            );
        }
    }
}

/// A fault of a property in words for who wrote the file.
fn message(detail: &Detail, type_name: &str, target: &str, facts: &Facts) -> String {
    let (owner, name) = target.rsplit_once('/').unwrap_or(("", target));
    match type_at(type_name, owner, facts) {
        Some(owner) if detail.code == "UnknownProperty" => {
            let names = facts.properties(owner).iter().map(|property| property.name);
            format!(
                "there is no property `{name}` of `{owner}`; the nearest is `{}`",
                nearest(name, names)
            )
        }
        _ => detail.message.clone(),
    }
}

/// The type of the structure that a path of names and indices leads to.
fn type_at<'a>(type_name: &'a str, path: &str, facts: &'a Facts) -> Option<&'a str> {
    let mut owner = type_name;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        if name.parse::<usize>().is_ok() {
            continue;
        }
        let mut kind = &facts.property(owner, name)?.value.kind;
        while let Kind::Collection(item) = kind {
            kind = &item.kind;
        }
        let Kind::Structure(inner) = kind else { return None };
        owner = inner;
    }
    Some(owner)
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
