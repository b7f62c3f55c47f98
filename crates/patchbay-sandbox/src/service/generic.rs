//! What every set, function and action does that has no code of its own: entities by their set, and answers made from the type that
//! the API states.

use serde_json::{Map, Value};

use super::{Answer, Call, Reply, Service, reports};
use crate::facts::{Arguments, EntitySet, Facts, Kind, Outcome};

impl Service {
    pub(super) fn generic(&mut self, call: &Call) -> Answer {
        let segments = call.operation.path.segments.as_slice();
        if let [first] = segments
            && !matches!(first.arguments, Arguments::Named(_))
            && let Ok(set) = call.set()
        {
            let list = matches!(call.operation.outcome, Outcome::List(_));
            return match call.operation.method {
                "GET" if list => self.list_entities(call, set),
                "GET" => self.read_entity(call, set),
                "POST" => self.create_entity(call, set),
                "PATCH" => self.update_entity(call, set),
                _ => self.delete_entity(call, set),
            };
        }
        if let Ok(set) = call.set() {
            // An operation of an entity that does not exist is refused, whatever it does.
            if matches!(
                segments.first().map(|segment| &segment.arguments),
                Some(Arguments::Key(..))
            ) {
                self.view(set, &call.key())?;
            }
            if let [_, navigation] = segments
                && matches!(navigation.arguments, Arguments::None)
                && call.operation.method == "GET"
            {
                return self.read_navigation(call, set, navigation.name);
            }
            if let Outcome::List(item) = &call.operation.outcome
                && item.kind == Kind::Structure(set.type_name)
            {
                return self.own_entities(call, set);
            }
        }
        answer_by_type(call)
    }
}

impl Service {
    /// What a function of a set lists, when it lists entities of the set: all of them, or those that its name and its body ask for.
    fn own_entities(&mut self, call: &Call, set: &EntitySet) -> Answer {
        let id = call.operation.id;
        let mut views = self.store.views(set);
        match id {
            "GetEmergencyOutboundRules" => views.retain(|rule| rule["EmergencyRule"] == true),
            "RetreivePeersByNumbers" => {
                let numbers = call.body.get("peersRequest").map(|request| &request["DnNumbers"]);
                let numbers = numbers.and_then(Value::as_array).cloned().unwrap_or_default();
                views.retain(|peer| numbers.contains(&peer["Number"]));
            }
            _ => {}
        }
        let kind = Kind::Structure(set.type_name);
        let download = id.starts_with("Download") || id.starts_with("Export");
        reports::answer(call, call.request.query, &views, &kind, download)
    }
}

/// An answer of the stated type with nothing in it.
fn answer_by_type(call: &Call) -> Answer {
    let facts = call.facts;
    let id = call.operation.id;
    match &call.operation.outcome {
        Outcome::Nothing => Ok(Reply::no_content()),
        Outcome::Single(value) if value.kind == Kind::Structure("IActionResult") => {
            let name = id
                .strip_prefix("Download")
                .or_else(|| id.strip_prefix("Export"))
                .unwrap_or(id);
            Ok(if name.contains("Recording") || name.contains("PlaylistFile") {
                Reply::file(silence(), "audio/wav", format!("{name}.wav"))
            } else {
                Reply::file(csv(&[], &[]), "text/csv", format!("{name}.csv"))
            })
        }
        Outcome::List(item) if id.starts_with("Download") || id.starts_with("Export") => {
            let columns: Vec<&str> = match &item.kind {
                Kind::Structure(name) => facts.properties(name).iter().map(|property| property.name).collect(),
                _ => Vec::new(),
            };
            Ok(Reply::file(csv(&columns, &[]), "text/csv", format!("{id}.csv")))
        }
        Outcome::List(item) => call.list(&[], &item.kind, &format!("Collection({})", item.kind.name())),
        Outcome::Value(value) => Ok(call.value(facts.default_value(value), &value.kind)),
        Outcome::Single(value) => match &value.kind {
            Kind::Structure(name) => call.single(
                &Value::Object(facts.default_structure(name)),
                &value.kind,
                &value.kind.name(),
            ),
            kind => Ok(call.value(facts.default_value(value), kind)),
        },
    }
}

/// A table as comma-separated text with quoted cells where they need it.
pub(super) fn csv(columns: &[&str], rows: &[&Map<String, Value>]) -> Vec<u8> {
    let quote = |text: &str| {
        if text.contains([',', '"', '\n']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut text = columns.join(",");
    text.push_str("\r\n");
    for row in rows {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| match row.get(*column) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(cell)) => quote(cell),
                Some(other) => quote(&other.to_string()),
            })
            .collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// A tenth of a second of silence: WAV, 8 kHz, 8 bits, one channel.
pub(super) fn silence() -> Vec<u8> {
    const SAMPLES: u32 = 800;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + SAMPLES).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend(8000_u32.to_le_bytes());
    bytes.extend([1, 0, 8, 0]);
    bytes.extend(b"data");
    bytes.extend(SAMPLES.to_le_bytes());
    // Silence is the middle of the unsigned range.
    bytes.resize(44 + SAMPLES as usize, 0x80);
    bytes
}

/// The list of all entity sets and singletons.
pub(super) fn service_document(base: &str, facts: &Facts) -> Reply {
    let mut names: Vec<&str> = facts.entity_set_names().collect();
    names.sort_unstable();
    let sets = names.iter().filter_map(|name| facts.entity_set(name)).map(|set| {
        let kind = if set.singleton { "Singleton" } else { "EntitySet" };
        serde_json::json!({"name": set.name, "kind": kind, "url": set.name})
    });
    let context = format!("{base}/xapi/v1/$metadata");
    Reply::json(serde_json::json!({"@odata.context": context, "value": sets.collect::<Vec<_>>()}))
}
