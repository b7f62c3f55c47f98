//! What the API asks of entities beside the types of their properties: what a new one must have, numbers and keys that are given once,
//! memberships of groups that exist. Clients and seeds are held to the same.

use serde_json::{Map, Value, json};

use crate::facts::{EntitySet, Facts, Kind};
use crate::odata::{Detail, Error};
use crate::store::Store;

/// Sets whose `Number` is a number of the PBX, of which there is one each.
pub const NUMBERED: [&str; 9] = [
    "Users",
    "Groups",
    "ServicePrincipals",
    "Queues",
    "RingGroups",
    "Receptionists",
    "Fax",
    "Parkings",
    "Trunks",
];

/// Whether an entity may be added to a set.
pub fn check_new(store: &mut Store, set: &'static EntitySet, given: &Map<String, Value>) -> Result<(), Error> {
    let is_missing = |name: &str| given.get(name).is_none_or(|value| value.is_null() || value == "");
    if let Some((name, value)) = &set.key {
        if is_missing(name) && !matches!(value.kind, Kind::Integer(..)) {
            return Err(required(name));
        }
        // A number that is 0 is one that the service gives.
        if let Some(key) = given.get(*name)
            && *key != 0
            && store.find(set, key).is_some()
        {
            return Err(in_use(name, key));
        }
    }
    let needed = match set.name {
        "Users" | "ServicePrincipals" => Some("Number"),
        "Groups" => Some("Name"),
        _ => None,
    };
    if let Some(name) = needed.filter(|name| is_missing(name)) {
        return Err(required(name));
    }
    check_change(store, set, &Value::Null, given)
}

/// Whether an entity may be changed: numbers are given once, and memberships are of groups that exist.
pub fn check_change(
    store: &mut Store,
    set: &'static EntitySet,
    key: &Value,
    changes: &Map<String, Value>,
) -> Result<(), Error> {
    if NUMBERED.contains(&set.name)
        && let Some(number @ Value::String(text)) = changes.get("Number")
    {
        if set.name == "Users" && (text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit())) {
            let message = format!("An extension's number has digits only, unlike '{text}'");
            return Err(Error::new(400, "InvalidNumber", message).target("Number"));
        }
        if !text.is_empty() && number_is_taken(store, number, set, key) {
            return Err(in_use("Number", number));
        }
    }
    if set.name == "Groups" {
        return check_members(store, members_of(changes));
    }
    if let Some(Value::Array(memberships)) = changes.get("Groups") {
        for (index, membership) in memberships.iter().enumerate() {
            check_membership(store, membership).map_err(|error| error.target(format!("Groups/{index}")))?;
        }
    }
    Ok(())
}

/// The members that a body sets of a group.
fn members_of(body: &Map<String, Value>) -> &[Value] {
    body.get("Members").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The numbers of the PBX, with the sets that they are of.
pub fn numbers(store: &mut Store) -> Vec<(String, &'static str)> {
    let sets = numbered_sets(store.facts());
    let mut numbers = Vec::new();
    for set in sets {
        let entities = store.entities(set).iter();
        let of_set = entities.filter_map(|entity| entity.properties.get("Number")?.as_str());
        numbers.extend(of_set.map(|number| (number.to_owned(), set.name)));
    }
    numbers
}

fn numbered_sets(facts: &'static Facts) -> impl Iterator<Item = &'static EntitySet> {
    NUMBERED.iter().filter_map(|name| facts.entity_set(name))
}

fn number_is_taken(store: &mut Store, number: &Value, own_set: &EntitySet, own_key: &Value) -> bool {
    let mut sets = numbered_sets(store.facts());
    sets.any(|set| {
        let own = set.name == own_set.name;
        let mut entities = store.entities(set).iter().map(|entity| &entity.properties);
        entities.any(|properties| {
            properties.get("Number") == Some(number) && !(own && properties.get("Id") == Some(own_key))
        })
    })
}

fn check_membership(store: &mut Store, membership: &Value) -> Result<(), Error> {
    let group = membership.get("GroupId").unwrap_or(&Value::Null);
    let known = store
        .facts()
        .entity_set("Groups")
        .is_some_and(|groups| store.find(groups, group).is_some());
    if known {
        return Ok(());
    }
    Err(Error::new(
        400,
        "UnknownGroup",
        format!("There is no group with the Id {group}"),
    ))
}

/// The sets whose entities a client makes members of a group.
fn member_sets(facts: &'static Facts) -> impl Iterator<Item = &'static EntitySet> {
    ["Users", "ServicePrincipals"]
        .into_iter()
        .filter_map(|name| facts.entity_set(name))
}

/// Whether a member stands for an entity: by its number, a user also by its `Id`.
fn is_named(member: &Value, set: &EntitySet, properties: &Map<String, Value>) -> bool {
    match member.get("Number") {
        Some(number @ Value::String(_)) => properties.get("Number") == Some(number),
        _ => {
            set.name == "Users"
                && member
                    .get("Id")
                    .is_some_and(|id| !id.is_null() && properties.get("Id") == Some(id))
        }
    }
}

/// Whether the members of a group are entities that exist.
pub fn check_members(store: &mut Store, members: &[Value]) -> Result<(), Error> {
    for (index, member) in members.iter().enumerate() {
        let exists = member_sets(store.facts()).any(|set| {
            let mut entities = store.entities(set).iter();
            entities.any(|entity| is_named(member, set, &entity.properties))
        });
        if !exists {
            let who = member
                .get("Number")
                .filter(|number| number.is_string())
                .or_else(|| member.get("Id"))
                .unwrap_or(&Value::Null);
            let message = format!("There is no member {who}");
            return Err(Error::new(400, "UnknownMember", message).target(format!("Members/{index}")));
        }
    }
    Ok(())
}

/// Replaces a group's members: those that are named are in it, and no others.
pub fn set_members(store: &mut Store, group: &Value, members: &[Value]) {
    for set in member_sets(store.facts()) {
        for entity in store.entities(set) {
            let wanted = members
                .iter()
                .find(|member| is_named(member, set, &entity.properties))
                .cloned();
            let memberships = entity.properties.entry("Groups").or_insert_with(|| json!([]));
            let Value::Array(memberships) = memberships else {
                continue;
            };
            let kept = memberships
                .iter()
                .find(|membership| membership.get("GroupId") == Some(group))
                .cloned();
            memberships.retain(|membership| membership.get("GroupId") != Some(group));
            if let Some(member) = wanted {
                let given = member.get("Rights").filter(|rights| !rights.is_null()).cloned();
                let rights = given
                    .or_else(|| kept?.get("Rights").cloned())
                    .unwrap_or_else(|| json!({ "RoleName": "users" }));
                memberships.push(json!({"GroupId": group, "Rights": rights}));
            }
        }
    }
}

fn required(name: &str) -> Error {
    let message = format!("The property '{name}' is required");
    let detail = Detail {
        code: "Required",
        message: message.clone(),
        target: Some(name.to_owned()),
    };
    Error::of_details("Required", message, vec![detail])
}

fn in_use(name: &str, value: &Value) -> Error {
    let message = format!("{name} {value} is already in use");
    let detail = Detail {
        code: "AlreadyInUse",
        message: message.clone(),
        target: Some(name.to_owned()),
    };
    Error::of_details("AlreadyInUse", message, vec![detail])
}
