//! What groups have beyond an entity: companies that are deleted with them.

use serde_json::Value;

use super::entity::unknown_entity;
use super::{Answer, Call, Reply, Service};
use crate::odata::Error;

impl Service {
    /// The group that everyone is in stays.
    pub(super) fn check_group_may_go(&mut self, key: &Value) -> Result<(), Error> {
        match self.store.find(self.set("Groups")?, key) {
            Some(group) if group.properties.get("IsDefault") == Some(&Value::Bool(true)) => {
                Err(Error::new(400, "DefaultGroup", "The default group cannot be deleted").target("Id"))
            }
            _ => Ok(()),
        }
    }

    /// Deletes a group by Id or by number, with the extensions that are in no other.
    pub(super) fn delete_company(&mut self, call: &Call) -> Answer {
        let set = self.set("Groups")?;
        let key = if let Some(id) = call.body.get("id") {
            id.clone()
        } else {
            let number = Value::from(call.text("number"));
            let entities = self.store.entities(set).iter();
            let mut found = entities.filter(|entity| entity.properties.get("Number") == Some(&number));
            let key = found.next().and_then(|entity| entity.properties.get("Id"));
            key.cloned().ok_or_else(|| unknown_entity(set, &number))?
        };
        self.check_group_may_go(&key)?;
        self.store.remove(set, &key).ok_or_else(|| unknown_entity(set, &key))?;
        if let Some(users) = self.store.facts().entity_set("Users") {
            let without_group = |properties: &serde_json::Map<String, Value>| {
                properties
                    .get("Groups")
                    .and_then(Value::as_array)
                    .is_none_or(Vec::is_empty)
                    && properties.get("PrimaryGroupId") == Some(&key)
            };
            self.store
                .entities(users)
                .retain(|user| !without_group(&user.properties));
        }
        Ok(Reply::no_content())
    }
}
