//! The entities of the double: kept in memory, with a revision for each that its ETag is made from.
//!
//! What belongs to two entities is kept with one of them: a membership with the member. `view` shows an entity as the API does,
//! with both sides. Whether a change is allowed is the service's.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::facts::{EntitySet, Facts, Kind};

/// The sets whose entities can be members of groups, and the property with a member's name.
const MEMBER_SETS: [(&str, &str, &str); 3] = [
    ("Users", "DisplayName", "Extension"),
    ("ServicePrincipals", "Number", "RoutePoint"),
    ("Queues", "Name", "Queue"),
];

/// The sets whose entities are peers, the property with a peer's name, and its type.
const PEER_SETS: [(&str, &str, &str); 7] = [
    ("Users", "DisplayName", "Extension"),
    ("Queues", "Name", "Queue"),
    ("RingGroups", "Name", "RingGroup"),
    ("Receptionists", "Name", "IVR"),
    ("Groups", "Name", "Group"),
    ("Trunks", "Number", "ExternalLine"),
    ("ServicePrincipals", "Number", "RoutePoint"),
];

/// All entity sets and singletons that hold something.
pub struct Store {
    facts: &'static Facts,
    sets: HashMap<String, Vec<Entity>>,
    defaults: HashMap<String, Map<String, Value>>,
    revision: u64,
}

/// An entity's properties, navigation included, and the number of its last change.
pub struct Entity {
    pub revision: u64,
    pub properties: Map<String, Value>,
}

impl Entity {
    /// The weak ETag of this state of the entity.
    pub fn etag(&self) -> String {
        format!("W/\"{:08x}\"", self.revision)
    }
}

impl Store {
    pub fn new(facts: &'static Facts) -> Self {
        Self {
            facts,
            sets: HashMap::new(),
            defaults: HashMap::new(),
            revision: 0,
        }
    }

    /// What the API is whose entities it holds.
    pub fn facts(&self) -> &'static Facts {
        self.facts
    }

    /// Sets what new entities of a type start with, over what the type itself says.
    pub fn set_defaults(&mut self, type_name: &str, defaults: Map<String, Value>) {
        self.defaults.insert(type_name.to_owned(), defaults);
    }

    /// The entities of a set, in the order in which they were made. A singleton is one that is always there.
    pub fn entities(&mut self, set: &EntitySet) -> &mut Vec<Entity> {
        if set.singleton && !self.sets.contains_key(set.name) {
            self.insert(set, Map::new());
        }
        self.sets.entry(set.name.to_owned()).or_default()
    }

    /// The entity of a key; a singleton's needs none.
    pub fn find(&mut self, set: &EntitySet, key: &Value) -> Option<&mut Entity> {
        let name = set.key.as_ref().map(|(name, _)| *name);
        let singleton = set.singleton;
        self.entities(set)
            .iter_mut()
            .find(|entity| singleton || name.is_some_and(|name| entity.properties.get(name) == Some(key)))
    }

    /// Adds an entity: the properties that are not given are the type's defaults, and a key that is a number and not given is the
    /// next one.
    pub fn insert(&mut self, set: &EntitySet, given: Map<String, Value>) -> &mut Entity {
        let mut properties = self.facts.default_structure(set.type_name);
        properties.extend(self.defaults.get(set.type_name).cloned().unwrap_or_default());
        let numbered = self
            .facts
            .property(set.type_name, "Id")
            .is_some_and(|id| matches!(id.value.kind, Kind::Integer(..)));
        let named = named_by(set, &given);
        if numbered && given.get("Id").and_then(Value::as_i64).is_none_or(|id| id == 0) {
            let entities = self.sets.get(set.name).map_or(&[][..], Vec::as_slice);
            let greatest = entities
                .iter()
                .filter_map(|entity| entity.properties.get("Id").and_then(Value::as_i64))
                .max();
            properties.extend(given);
            properties.insert("Id".to_owned(), Value::from(greatest.unwrap_or(0) + 1));
        } else {
            properties.extend(given);
        }
        properties.retain(|name, _| !name.contains('@'));
        if named {
            name_user(&mut properties);
        }
        self.revision += 1;
        let revision = self.revision;
        let entities = self.sets.entry(set.name.to_owned()).or_default();
        entities.push(Entity { revision, properties });
        let last = entities.len() - 1;
        &mut entities[last]
    }

    /// Changes the given properties of an entity; the others stay. False when there is no such entity.
    pub fn update(&mut self, set: &EntitySet, key: &Value, changes: Map<String, Value>) -> bool {
        self.revision += 1;
        let revision = self.revision;
        let named = named_by(set, &changes);
        let Some(entity) = self.find(set, key) else {
            return false;
        };
        for (name, value) in changes.into_iter().filter(|(name, _)| !name.contains('@')) {
            merge(entity.properties.entry(name).or_insert(Value::Null), value);
        }
        if named {
            name_user(&mut entity.properties);
        }
        entity.revision = revision;
        true
    }

    /// Removes an entity, and what others held of it.
    pub fn remove(&mut self, set: &EntitySet, key: &Value) -> Option<Entity> {
        let name = set.key.as_ref().map(|(name, _)| *name)?;
        let entities = self.entities(set);
        let index = entities
            .iter()
            .position(|entity| entity.properties.get(name) == Some(key))?;
        let removed = entities.remove(index);
        if set.name == "Groups" {
            for (member_set, ..) in MEMBER_SETS {
                for member in self.sets.get_mut(member_set).into_iter().flatten() {
                    if let Some(Value::Array(groups)) = member.properties.get_mut("Groups") {
                        groups.retain(|group| group.get("GroupId") != Some(key));
                    }
                }
            }
        }
        Some(removed)
    }

    /// All entities of a set as the API shows them.
    pub fn views(&mut self, set: &EntitySet) -> Vec<Value> {
        if set.name == "Peers" {
            return self.peers();
        }
        let count = self.entities(set).len();
        (0..count).map(|index| self.view_at(set, index)).collect()
    }

    /// Everything that has a number, as peers.
    fn peers(&self) -> Vec<Value> {
        let mut peers = Vec::new();
        for (set, name, peer_type) in PEER_SETS {
            for entity in self.sets.get(set).into_iter().flatten() {
                let mut peer = self.facts.default_structure("Peer");
                for (property, from) in [("Id", "Id"), ("Number", "Number"), ("Name", name)] {
                    peer.insert(
                        property.to_owned(),
                        entity.properties.get(from).cloned().unwrap_or(Value::Null),
                    );
                }
                peer.insert("Type".to_owned(), json!(peer_type));
                peer.insert("Hidden".to_owned(), json!(false));
                peers.push(Value::Object(peer));
            }
        }
        peers
    }

    /// One entity as the API shows it.
    pub fn view(&mut self, set: &EntitySet, key: &Value) -> Option<Value> {
        let name = set.key.as_ref().map(|(name, _)| *name);
        let singleton = set.singleton;
        let is_it = |entity: &Entity| singleton || name.is_some_and(|name| entity.properties.get(name) == Some(key));
        let index = self.entities(set).iter().position(is_it)?;
        Some(self.view_at(set, index))
    }

    fn view_at(&self, set: &EntitySet, index: usize) -> Value {
        let Some(entity) = self.sets.get(set.name).and_then(|entities| entities.get(index)) else {
            return Value::Null;
        };
        let mut view = Map::new();
        if set.key.is_some() {
            view.insert("@odata.etag".to_owned(), Value::from(entity.etag()));
        }
        view.extend(entity.properties.clone());
        if set.name == "Groups" {
            let members = self.members(view.get("Id").unwrap_or(&Value::Null));
            view.insert("HasMembers".to_owned(), Value::from(!members.is_empty()));
            view.insert("Members".to_owned(), Value::Array(members));
        } else if let Some((_, member_name, peer_type)) = MEMBER_SETS.iter().find(|(name, ..)| *name == set.name) {
            let memberships = view
                .get("Groups")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let groups = memberships
                .iter()
                .filter_map(|membership| self.membership(membership, &view, member_name, peer_type))
                .collect();
            view.insert("Groups".to_owned(), Value::Array(groups));
        }
        Value::Object(view)
    }

    /// The memberships of a group's members.
    fn members(&self, group: &Value) -> Vec<Value> {
        let mut members = Vec::new();
        for (set, member_name, peer_type) in MEMBER_SETS {
            for member in self.sets.get(set).into_iter().flatten() {
                let memberships = member
                    .properties
                    .get("Groups")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                let of_group = memberships.filter(|membership| membership.get("GroupId") == Some(group));
                members.extend(
                    of_group.filter_map(|membership| {
                        self.membership(membership, &member.properties, member_name, peer_type)
                    }),
                );
            }
        }
        members
    }

    /// A membership with the names of the group and of the member; none when the group is gone.
    fn membership(
        &self,
        membership: &Value,
        member: &Map<String, Value>,
        member_name: &str,
        peer_type: &str,
    ) -> Option<Value> {
        let group_id = membership.get("GroupId")?;
        let group = self
            .sets
            .get("Groups")?
            .iter()
            .find(|group| group.properties.get("Id") == Some(group_id))?;
        let mut view = self.facts.default_structure("UserGroup");
        let given = membership
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null());
        view.extend(given.map(|(name, value)| (name.clone(), value.clone())));
        let mut put = |name: &str, value: Option<&Value>| {
            view.insert(name.to_owned(), value.cloned().unwrap_or(Value::Null));
        };
        put("Id", member.get("Id"));
        put("Number", member.get("Number"));
        put("MemberName", member.get(member_name));
        put("Name", group.properties.get("Name"));
        put("Type", Some(&json!(peer_type)));
        let default_group = group.properties.get("IsDefault") == Some(&Value::Bool(true));
        put("CanDelete", Some(&json!(!default_group)));
        if view["Rights"].is_null() {
            let mut rights = self.facts.default_structure("Rights");
            rights.insert("RoleName".to_owned(), json!("users"));
            view.insert("Rights".to_owned(), Value::Object(rights));
        }
        Some(Value::Object(view))
    }
}

/// Whether a user's first or last name is given, and nothing to show it by.
fn named_by(set: &EntitySet, given: &Map<String, Value>) -> bool {
    set.name == "Users"
        && (given.contains_key("FirstName") || given.contains_key("LastName"))
        && given.get("DisplayName").is_none_or(Value::is_null)
}

/// A user is shown by first and last name.
fn name_user(properties: &mut Map<String, Value>) {
    let part = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = format!("{} {}", part("FirstName"), part("LastName")).trim().to_owned();
    properties.insert("DisplayName".to_owned(), Value::from(name));
}

/// Puts a new value in place of an old one; of a structure, only the properties that are given.
fn merge(old: &mut Value, new: Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                merge(old.entry(name).or_insert(Value::Null), value);
            }
        }
        (old, new) => *old = new,
    }
}
