//! Create, read, update and delete of entities, for every set alike, and the rules that hold between entities.

use serde_json::{Map, Value, json};

use super::{Answer, Call, Reply, Service};
use crate::facts::{EntitySet, Facts, Kind};
use crate::odata::{Detail, Error};

/// Sets whose `Number` is a number of the PBX, of which there is one each.
pub(super) const NUMBERED: [&str; 9] = [
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

impl Service {
    pub(super) fn list_entities(&mut self, call: &Call, set: &'static EntitySet) -> Answer {
        let views = self.store.views(set);
        call.list(&views, &Kind::Structure(set.type_name), set.name)
    }

    pub(super) fn read_entity(&mut self, call: &Call, set: &'static EntitySet) -> Answer {
        let view = self.view(set, &call.key())?;
        let fragment = if set.singleton {
            set.name.to_owned()
        } else {
            format!("{}{}/$entity", set.name, call.selected())
        };
        let mut reply = call.single(&view, &Kind::Structure(set.type_name), &fragment)?;
        reply.etag = view.get("@odata.etag").and_then(Value::as_str).map(str::to_owned);
        Ok(reply)
    }

    /// The entity with a number.
    pub(super) fn read_by_number(&mut self, call: &Call) -> Answer {
        let set = call.set()?;
        let number = call.text("number");
        let unknown = || {
            Error::not_found(format!("There is nothing with the number '{number}' in {}", set.name)).target("number")
        };
        let views = self.store.views(set);
        let view = views.iter().find(|view| view["Number"] == number).ok_or_else(unknown)?;
        let mut reply = call.single(view, &Kind::Structure(set.type_name), &format!("{}/$entity", set.name))?;
        reply.etag = view["@odata.etag"].as_str().map(str::to_owned);
        Ok(reply)
    }

    /// What an entity's navigation property leads to.
    pub(super) fn read_navigation(&mut self, call: &Call, set: &'static EntitySet, property: &str) -> Answer {
        let key = call.key();
        let view = self.view(set, &key)?;
        let declared = Facts::xapi().property(set.type_name, property);
        let declared = declared.ok_or_else(|| {
            Error::not_found(format!("Resource not found for the segment '{property}'")).target(property)
        })?;
        let owner = if key.is_null() {
            set.name.to_owned()
        } else {
            format!("{}({})", set.name, key_literal(&key))
        };
        let fragment = format!("{owner}/{property}");
        match (&declared.value.kind, view.get(property)) {
            (Kind::Collection(item), Some(Value::Array(items))) => call.list(items, &item.kind, &fragment),
            (kind, Some(value)) if !value.is_null() => call.single(value, kind, &fragment),
            _ => Ok(Reply::no_content()),
        }
    }

    pub(super) fn create_entity(&mut self, call: &Call, set: &'static EntitySet) -> Answer {
        let mut body = call.body.clone();
        if let Some((name, value)) = &set.key
            && !matches!(value.kind, Kind::Integer(..))
            && body.get(*name).is_none_or(|key| key.is_null() || key == "")
        {
            // The service makes up an `Id`; a name, a file or an address is the client's to choose.
            if *name != "Id" {
                return Err(required(name));
            }
            body.insert("Id".to_owned(), Value::from(self.next_serial().to_string()));
        }
        if let Some(key) = set.key.as_ref().and_then(|(name, _)| call.body.get(*name))
            && *key != 0
            && self.store.find(set, key).is_some()
        {
            let name = set.key.as_ref().map_or("", |(name, _)| *name);
            return Err(in_use(name, key));
        }
        let needed: &[&str] = match set.name {
            "Users" | "ServicePrincipals" => &["Number"],
            "Groups" => &["Name"],
            _ => &[],
        };
        for name in needed {
            if call.body.get(*name).and_then(Value::as_str).is_none_or(str::is_empty) {
                return Err(required(name));
            }
        }
        self.check_relations(set, &Value::Null, &call.body)?;
        if set.name == "Users" && !body.contains_key("DisplayName") {
            let part = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
            let display = format!("{} {}", part("FirstName"), part("LastName")).trim().to_owned();
            body.insert("DisplayName".to_owned(), Value::from(display));
        }
        let entity = self.store.insert(set, body);
        let (etag, properties) = (entity.etag(), entity.properties.clone());
        let key = set
            .key
            .as_ref()
            .and_then(|(name, _)| properties.get(*name))
            .cloned()
            .unwrap_or(Value::Null);
        let view = self.store.view(set, &key).unwrap_or(Value::Object(properties));
        let reply = call.single(&view, &Kind::Structure(set.type_name), &format!("{}/$entity", set.name))?;
        let location = format!("{}/xapi/v1/{}({})", call.request.base, set.name, key_literal(&key));
        Ok(Reply {
            status: 201,
            etag: Some(etag),
            location: Some(location),
            ..reply
        })
    }

    pub(super) fn update_entity(&mut self, call: &Call, set: &'static EntitySet) -> Answer {
        let key = call.key();
        self.check_match(call, set, &key)?;
        self.apply_changes(set, &key, call.body.clone())?;
        let etag = self
            .store
            .find(set, &key)
            .map(|entity| entity.etag())
            .filter(|_| !set.singleton);
        Ok(Reply {
            etag,
            ..Reply::no_content()
        })
    }

    pub(super) fn delete_entity(&mut self, call: &Call, set: &'static EntitySet) -> Answer {
        let key = call.key();
        self.check_match(call, set, &key)?;
        if set.name == "Groups" {
            self.check_group_may_go(&key)?;
        }
        self.store.remove(set, &key).ok_or_else(|| unknown_entity(set, &key))?;
        Ok(Reply::no_content())
    }

    /// Changes an entity as a PATCH does, with all checks but that of the ETag.
    pub(super) fn apply_changes(
        &mut self,
        set: &'static EntitySet,
        key: &Value,
        mut changes: Map<String, Value>,
    ) -> Result<(), Error> {
        if self.store.find(set, key).is_none() {
            return Err(unknown_entity(set, key));
        }
        if let Some((name, _)) = &set.key
            && let Some(given) = changes.get(*name)
            && given != key
        {
            let message = format!("The key '{name}' of an entity cannot be changed");
            return Err(Error::new(400, "KeyIsFixed", message).target(*name));
        }
        self.check_relations(set, key, &changes)?;
        if let Some(Value::Array(members)) = changes.remove("Members").filter(|_| set.name == "Groups") {
            self.set_members(key, &members)?;
        }
        self.store.update(set, key, changes);
        Ok(())
    }

    /// One entity as the API shows it, or 404.
    pub(super) fn view(&mut self, set: &EntitySet, key: &Value) -> Result<Value, Error> {
        self.store.view(set, key).ok_or_else(|| unknown_entity(set, key))
    }

    fn check_match(&mut self, call: &Call, set: &EntitySet, key: &Value) -> Result<(), Error> {
        let entity = self.store.find(set, key).ok_or_else(|| unknown_entity(set, key))?;
        let current = entity.etag();
        match call.request.if_match {
            Some(given) if given.trim() != "*" && !given.split(',').any(|tag| opaque(tag) == opaque(&current)) => {
                let message =
                    format!("The entity was changed by another request since it was read: its ETag is now {current}");
                Err(Error::new(412, "PreconditionFailed", message).target("If-Match"))
            }
            _ => Ok(()),
        }
    }

    /// Numbers are given once, and memberships are of groups that exist.
    fn check_relations(
        &mut self,
        set: &'static EntitySet,
        key: &Value,
        changes: &Map<String, Value>,
    ) -> Result<(), Error> {
        if NUMBERED.contains(&set.name)
            && let Some(number @ Value::String(text)) = changes.get("Number")
        {
            if set.name == "Users" && (text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit())) {
                return Err(Error::new(
                    400,
                    "InvalidNumber",
                    format!("An extension's number has digits only, unlike '{text}'"),
                )
                .target("Number"));
            }
            if !text.is_empty() && self.number_is_taken(number, set, key) {
                return Err(in_use("Number", number));
            }
        }
        if set.name != "Groups"
            && let Some(Value::Array(memberships)) = changes.get("Groups")
        {
            for membership in memberships {
                self.check_membership(membership)?;
            }
        }
        Ok(())
    }

    fn number_is_taken(&mut self, number: &Value, own_set: &EntitySet, own_key: &Value) -> bool {
        NUMBERED
            .iter()
            .filter_map(|name| Facts::xapi().entity_set(name))
            .any(|set| {
                let own = set.name == own_set.name;
                let entities = self.store.entities(set).iter();
                entities.map(|entity| &entity.properties).any(|properties| {
                    properties.get("Number") == Some(number) && !(own && properties.get("Id") == Some(own_key))
                })
            })
    }
}

/// An ETag without the mark of a weak one.
fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// 404 for an entity.
pub(super) fn unknown_entity(set: &EntitySet, key: &Value) -> Error {
    Error::not_found(format!(
        "There is no entity with the key {} in {}",
        key_literal(key),
        set.name
    ))
    .target(set.name)
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

/// A key as it is written in a URL, before percent-encoding.
pub(super) fn key_literal(key: &Value) -> String {
    match key {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}

/// A new `Rights` for a role's name.
pub(super) fn rights(role: &str) -> Value {
    json!({ "RoleName": role })
}
