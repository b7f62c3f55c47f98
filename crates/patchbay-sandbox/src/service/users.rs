//! What users have beyond an entity: free numbers, shared addresses, changes to many at once, passwords, links, exports.
//! Their phones, greetings and calls are next door.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::generic::csv;
use super::{Answer, Call, Reply, Service};
use crate::facts::Kind;
use crate::odata::{Detail, Error};
use crate::rules::NUMBERED;

/// Properties that belong to one user and can never be set on several.
const PERSONAL: [&str; 5] = ["Id", "Number", "AuthID", "SIPID", "EmailAddress"];

impl Service {
    /// The first number that nothing has, from a number on.
    pub(super) fn first_available_number(&mut self, call: &Call, from: u32) -> Reply {
        let mut taken = Vec::new();
        for name in NUMBERED {
            if let Some(set) = self.store.facts().entity_set(name) {
                let numbers = self
                    .store
                    .entities(set)
                    .iter()
                    .filter_map(|entity| entity.properties.get("Number")?.as_str());
                taken.extend(numbers.filter_map(|number| number.parse::<u32>().ok()));
            }
        }
        let free = (from..=u32::MAX).find(|number| !taken.contains(number)).unwrap_or(from);
        let context = call.context("Pbx.FirstAvailableNumber");
        Reply::json(json!({"@odata.context": context, "Number": free.to_string()}))
    }

    pub(super) fn has_duplicated_email(&mut self, call: &Call) -> Answer {
        let user = self.view(self.set("Users")?, &call.key())?;
        let duplicated = match user["EmailAddress"].as_str() {
            Some(address) if !address.is_empty() => self
                .address_counts()
                .get(&address.to_lowercase())
                .is_some_and(|count| *count > 1),
            _ => false,
        };
        Ok(call.value(Value::from(duplicated), &Kind::Boolean))
    }

    /// Those of the given addresses that more than one user has.
    pub(super) fn duplicated_emails(&mut self, call: &Call) -> Reply {
        let counts = self.address_counts();
        let given = call
            .body
            .get("emails")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let mut duplicated: Vec<&str> = given
            .filter(|address| counts.get(&address.to_lowercase()).is_some_and(|count| *count > 1))
            .collect();
        duplicated.dedup();
        let context = call.context("Collection(Edm.String)");
        Reply::json(json!({"@odata.context": context, "value": duplicated}))
    }

    fn address_counts(&mut self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        let Ok(set) = self.set("Users") else { return counts };
        for user in self.store.entities(set) {
            if let Some(address) = user.properties.get("EmailAddress").and_then(Value::as_str) {
                *counts.entry(address.to_lowercase()).or_default() += 1;
            }
        }
        counts
    }

    pub(super) fn send_welcome_email(&mut self, call: &Call) -> Answer {
        let user = self.view(self.set("Users")?, &call.key())?;
        if user["EmailAddress"].as_str().is_none_or(str::is_empty) {
            return Err(
                Error::new(400, "NoEmailAddress", "The user has no email address to send to").target("EmailAddress"),
            );
        }
        Ok(Reply::no_content())
    }

    pub(super) fn phone_secret(&mut self, call: &Call) -> Answer {
        let key = call.key();
        let user = self.view(self.set("Users")?, &key)?;
        let secret = match user["DeskphonePassword"].as_str() {
            Some(secret) if !secret.is_empty() => secret.to_owned(),
            _ => format!("phone-{}", user["Number"].as_str().unwrap_or_default()),
        };
        Ok(call.value(Value::from(secret), &Kind::Text(None)))
    }

    pub(super) fn regenerate(&mut self, call: &Call) -> Answer {
        let key = call.key();
        self.view(self.set("Users")?, &key)?;
        self.renew(&key, call.body.get("opts"))?;
        Ok(Reply::no_content())
    }

    pub(super) fn regenerate_passwords(&mut self, call: &Call) -> Answer {
        let ids = call.ids("Ids");
        self.all_exist(&ids, "Ids")?;
        for id in ids {
            self.renew(&Value::from(id), call.body.get("opts"))?;
        }
        Ok(Reply::no_content())
    }

    /// New secrets for what the options name.
    fn renew(&mut self, key: &Value, options: Option<&Value>) -> Result<(), Error> {
        let asked = |name: &str| options.and_then(|options| options.get(name)) == Some(&Value::Bool(true));
        let serial = self.next_serial();
        let mut changes = Map::new();
        for (option, property) in [
            ("SipAuth", "AuthPassword"),
            ("WebclientPassword", "AccessPassword"),
            ("DeskphonePassword", "DeskphonePassword"),
        ] {
            if asked(option) {
                changes.insert(property.to_owned(), Value::from(format!("renewed-{serial:04}")));
            }
        }
        if asked("VoicemailPIN") {
            changes.insert(
                "VMPIN".to_owned(),
                Value::from(format!("{:04}", (serial * 7919) % 10_000)),
            );
        }
        self.store.update(self.set("Users")?, key, changes);
        Ok(())
    }

    /// The extensions as a table, filtered and sorted as a list of users is.
    pub(super) fn export_extensions(&mut self, call: &Call) -> Answer {
        let columns = [
            "Number",
            "FirstName",
            "LastName",
            "EmailAddress",
            "Mobile",
            "AuthID",
            "AuthPassword",
            "WebMeetingFriendlyName",
            "VMEnabled",
            "VMPIN",
            "Language",
            "OutboundCallerID",
            "Enabled",
        ];
        let views = self.store.views(self.set("Users")?);
        let reply = call.list(&views, &Kind::Structure("User"), "Users")?;
        let super::Content::Json(list) = &reply.content else {
            return Ok(reply);
        };
        let rows: Vec<&Map<String, Value>> = list["value"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .collect();
        Ok(Reply::file(csv(&columns, &rows), "text/csv", "extensions.csv"))
    }

    /// One change for several users, all or none.
    pub(super) fn bulk_update(&mut self, call: &Call) -> Answer {
        let ids = call.ids("ids");
        let changes = shared_changes(call)?;
        self.all_exist(&ids, "ids")?;
        for id in ids {
            self.apply_changes(self.set("Users")?, &Value::from(id), changes.clone())?;
        }
        Ok(Reply::no_content())
    }

    /// One change for several users: those that cannot be changed are told as details of an error, and the others are changed.
    pub(super) fn multi_user_update(&mut self, call: &Call) -> Answer {
        let ids = call.ids("ids");
        if ids.is_empty() {
            return Err(Error::new(400, "Required", "The parameter 'ids' names no user").target("ids"));
        }
        let mut changes = shared_changes(call)?;
        let facts = self.store.facts();
        changes.retain(|name, value| facts.property("User", name).is_some() && !value.is_null());
        let mut details = Vec::new();
        for id in &ids {
            if let Err(error) = self.apply_changes(self.set("Users")?, &Value::from(*id), changes.clone()) {
                details.push(Detail {
                    code: error.code,
                    message: error.message,
                    target: Some(id.to_string()),
                });
            }
        }
        if details.is_empty() {
            return Ok(Reply::no_content());
        }
        let message = format!("{} of {} users were updated", ids.len() - details.len(), ids.len());
        Err(Error {
            target: Some("ids".to_owned()),
            ..Error::of_details("PartialFailure", message, details)
        })
    }

    /// Deletes users, and tells those that could not be deleted.
    pub(super) fn batch_delete(&mut self, call: &Call) -> Reply {
        let mut errors = Vec::new();
        for id in call.ids("ids") {
            let removed = self
                .set("Users")
                .ok()
                .and_then(|set| self.store.remove(set, &Value::from(id)));
            if removed.is_none() {
                errors.push(json!({"ExtensionNumber": null, "Error": format!("There is no user with the Id {id}")}));
            }
        }
        let context = call.context("Collection(Pbx.UserDeleteError)");
        Reply::json(json!({"@odata.context": context, "value": errors}))
    }

    /// A link that provisions an app: a new one each time, and the same ones for a user whatever else is asked meanwhile.
    pub(super) fn generate_provisioning_link(&mut self, call: &Call) -> Answer {
        let user = self.view(self.set("Users")?, &call.key())?;
        let number = user["Number"].as_str().unwrap_or_default();
        let count = self.links.entry(number.to_owned()).or_default();
        *count += 1;
        let link = format!(
            "{}/provisioning/{number}/{:08x}",
            call.request.base,
            (*count * 2_654_435_761) % 0xffff_ffff
        );
        Ok(call.value(Value::from(link), &Kind::Text(None)))
    }

    pub(super) fn all_exist(&mut self, ids: &[i64], parameter: &str) -> Result<(), Error> {
        let set = self.set("Users")?;
        let unknown: Vec<i64> = ids
            .iter()
            .copied()
            .filter(|id| self.store.find(set, &Value::from(*id)).is_none())
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let detail = |id: &i64| Detail {
            code: "NotFound",
            message: format!("There is no user with the Id {id}"),
            target: Some(id.to_string()),
        };
        let details: Vec<Detail> = unknown.iter().map(detail).collect();
        let error = Error::of_details(
            "NotFound",
            "Some of the users do not exist; nothing was changed",
            details,
        );
        Err(Error {
            status: 404,
            target: Some(parameter.to_owned()),
            ..error
        })
    }
}

fn shared_changes(call: &Call) -> Result<Map<String, Value>, Error> {
    let changes = call
        .body
        .get("user")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    match PERSONAL
        .iter()
        .find(|name| changes.get(**name).is_some_and(|value| !value.is_null()))
    {
        Some(name) => Err(Error::new(
            400,
            "NotShared",
            format!("'{name}' cannot be the same for several users"),
        )
        .target(format!("user/{name}"))),
        None => Ok(changes),
    }
}
