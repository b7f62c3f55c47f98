//! What groups have beyond an entity: their members, and companies that are deleted with them.

use serde_json::{Value, json};

use super::entity::{rights, unknown_entity};
use super::{Answer, Call, Reply, Service};
use crate::facts::{EntitySet, Facts};
use crate::odata::Error;

fn groups() -> Result<&'static EntitySet, Error> {
    Facts::xapi()
        .entity_set("Groups")
        .ok_or_else(|| Error::not_found("Resource not found for the segment 'Groups'"))
}

impl Service {
    /// A membership names a group that exists.
    pub(super) fn check_membership(&mut self, membership: &Value) -> Result<(), Error> {
        let group = membership.get("GroupId").unwrap_or(&Value::Null);
        if self.store.find(groups()?, group).is_none() {
            let message = format!("There is no group with the Id {group}");
            return Err(Error::new(400, "UnknownGroup", message).target("Groups"));
        }
        Ok(())
    }

    /// The group that everyone is in stays.
    pub(super) fn check_group_may_go(&mut self, key: &Value) -> Result<(), Error> {
        match self.store.find(groups()?, key) {
            Some(group) if group.properties.get("IsDefault") == Some(&Value::Bool(true)) => {
                Err(Error::new(400, "DefaultGroup", "The default group cannot be deleted").target("Id"))
            }
            _ => Ok(()),
        }
    }

    /// Replaces a group's members: those that are named, by number or by Id, are in it, and no others.
    pub(super) fn set_members(&mut self, group: &Value, members: &[Value]) -> Result<(), Error> {
        let sets = ["Users", "ServicePrincipals"]
            .into_iter()
            .filter_map(|name| Facts::xapi().entity_set(name));
        let sets: Vec<&'static EntitySet> = sets.collect();
        let named =
            |member: &Value, set: &EntitySet, properties: &serde_json::Map<String, Value>| match member.get("Number") {
                Some(number @ Value::String(_)) => properties.get("Number") == Some(number),
                _ => {
                    set.name == "Users"
                        && member
                            .get("Id")
                            .is_some_and(|id| !id.is_null() && properties.get("Id") == Some(id))
                }
            };
        for member in members {
            let exists = sets.iter().any(|set| {
                self.store
                    .entities(set)
                    .iter()
                    .any(|entity| named(member, set, &entity.properties))
            });
            if !exists {
                let who = member
                    .get("Number")
                    .filter(|number| number.is_string())
                    .or_else(|| member.get("Id"))
                    .unwrap_or(&Value::Null);
                return Err(Error::new(400, "UnknownMember", format!("There is no member {who}")).target("Members"));
            }
        }
        for set in sets {
            for entity in self.store.entities(set) {
                let wanted = members
                    .iter()
                    .find(|member| named(member, set, &entity.properties))
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
                        .unwrap_or_else(|| rights("users"));
                    memberships.push(json!({"GroupId": group, "Rights": rights}));
                }
            }
        }
        Ok(())
    }

    /// Deletes a group by Id or by number, with the extensions that are in no other.
    pub(super) fn delete_company(&mut self, call: &Call) -> Answer {
        let set = groups()?;
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
        if let Some(users) = Facts::xapi().entity_set("Users") {
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
