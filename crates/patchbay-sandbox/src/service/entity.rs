//! Create, read, update and delete of entities, for every set alike.

use serde_json::{Map, Value};

use super::{Answer, Call, Reply, Service};
use crate::facts::{EntitySet, Kind};
use crate::odata::Error;
use crate::rules;

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
        // Later versions have it as a key.
        let number = match call.text("number") {
            "" => call.text("Number"),
            number => number,
        };
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
        let declared = self.store.facts().property(set.type_name, property);
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
        // The service makes up an `Id`; a name, a file or an address is the client's to choose.
        if let Some(("Id", value)) = &set.key
            && !matches!(value.kind, Kind::Integer(..))
            && body.get("Id").is_none_or(|key| key.is_null() || key == "")
        {
            body.insert("Id".to_owned(), Value::from(self.next_serial().to_string()));
        }
        rules::check_new(&mut self.store, set, &body)?;
        let members = body.remove("Members").filter(|_| set.name == "Groups");
        let entity = self.store.insert(set, body);
        let (etag, properties) = (entity.etag(), entity.properties.clone());
        let key = set
            .key
            .as_ref()
            .and_then(|(name, _)| properties.get(*name))
            .cloned()
            .unwrap_or(Value::Null);
        if let Some(Value::Array(members)) = members {
            rules::set_members(&mut self.store, &key, &members);
        }
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
        rules::check_change(&mut self.store, set, key, &changes)?;
        if let Some(Value::Array(members)) = changes.remove("Members").filter(|_| set.name == "Groups") {
            rules::set_members(&mut self.store, key, &members);
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

/// A key as it is written in a URL, before percent-encoding.
pub(super) fn key_literal(key: &Value) -> String {
    match key {
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => other.to_string(),
    }
}
