//! Users' phones, greetings and calls.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::generic::silence;
use super::{Answer, Call, Reply, Service};
use crate::facts::Kind;
use crate::odata::Error;

impl Service {
    /// What is known of a phone that registered; 404 for one that did not.
    pub(super) fn phone_registrar(&mut self, call: &Call) -> Answer {
        let mac = call.text("mac");
        let registrar = self.registrar(mac).ok_or_else(|| unknown_phone(mac))?;
        call.single(&registrar, &Kind::Structure("PhoneRegistrar"), "Pbx.PhoneRegistrar")
    }

    /// The phones of a list that are known.
    pub(super) fn phone_registrars(&mut self, call: &Call) -> Reply {
        let macs = call
            .body
            .get("macs")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let found: Vec<Value> = macs.filter_map(|mac| self.registrar(mac)).collect();
        let context = call.context("Collection(Pbx.PhoneRegistrar)");
        Reply::json(json!({"@odata.context": context, "value": found}))
    }

    pub(super) fn command_phone(&mut self, call: &Call) -> Answer {
        let mac = call.text("mac");
        self.registrar(mac).ok_or_else(|| unknown_phone(mac))?;
        Ok(Reply::no_content())
    }

    pub(super) fn reprovision_all(&mut self, call: &Call) -> Answer {
        self.all_exist(&call.ids("ids"), "ids")?;
        Ok(Reply::no_content())
    }

    fn registrar(&mut self, mac: &str) -> Option<Value> {
        let entities = self.store.entities(self.set("Users").ok()?).iter();
        let mut phones = entities
            .filter_map(|user| user.properties.get("Phones")?.as_array())
            .flatten();
        let phone = phones.find(|phone| {
            phone["MacAddress"]
                .as_str()
                .is_some_and(|own| own.eq_ignore_ascii_case(mac))
        })?;
        let template = phone["TemplateName"].as_str().unwrap_or_default();
        let (vendor, model) = template.split_once(' ').unwrap_or((template, ""));
        Some(json!({
            "Capabilities": 0, "FirmwareAvailable": null, "FirmwareVersion": "66.86.0.15", "InterfaceLink": null,
            "IpAddress": phone["Interface"], "MAC": phone["MacAddress"], "Model": model, "UserAgent": template, "Vendor": vendor,
        }))
    }

    /// Calls a user's device so that a greeting is recorded: the greeting is there when the call is made.
    pub(super) fn record_greeting(&mut self, call: &Call) -> Answer {
        let set = self.set("Users")?;
        let key = call.key();
        let mut greetings = greetings(&self.view(set, &key)?);
        let name = call.text("filename");
        if name.is_empty() {
            return Err(Error::new(400, "Required", "The parameter 'filename' is empty").target("filename"));
        }
        greetings.retain(|greeting| greeting["Filename"] != name);
        greetings.push(json!({"Type": "Default", "DisplayName": name, "Filename": name}));
        self.store.update(
            set,
            &key,
            [("Greetings".to_owned(), Value::Array(greetings))]
                .into_iter()
                .collect(),
        );
        Ok(Reply::no_content())
    }

    pub(super) fn download_greeting(&mut self, call: &Call) -> Answer {
        let name = call.text("fileName");
        let user = self.view(self.set("Users")?, call.arguments.get("userId").unwrap_or(&Value::Null))?;
        if !greetings(&user).iter().any(|greeting| greeting["Filename"] == name) {
            return Err(Error::not_found(format!("The user has no greeting in the file '{name}'")).target("fileName"));
        }
        Ok(Reply::file(silence(), "audio/wav", name))
    }

    /// The greetings that all of the users have.
    pub(super) fn multi_edit_greetings(&mut self, call: &Call) -> Answer {
        let ids = call.ids("ids");
        self.all_exist(&ids, "ids")?;
        let mut common: Option<Vec<Value>> = None;
        for id in ids {
            let own_greetings = greetings(&self.view(self.set("Users")?, &Value::from(id))?);
            common = Some(match common {
                None => own_greetings,
                Some(common) => common
                    .into_iter()
                    .filter(|own| own_greetings.iter().any(|each| each["Filename"] == own["Filename"]))
                    .collect(),
            });
        }
        let files: Vec<Value> = common
            .unwrap_or_default()
            .iter()
            .map(|greeting| json!({"DisplayName": greeting["DisplayName"], "Filename": greeting["Filename"]}))
            .collect();
        let context = call.context("Collection(Pbx.GreetingFile)");
        Ok(Reply::json(json!({"@odata.context": context, "value": files})))
    }

    pub(super) fn multi_delete_greeting(&mut self, call: &Call) -> Answer {
        let ids = call.ids("ids");
        self.all_exist(&ids, "ids")?;
        let name = call.text("filename");
        for id in ids {
            let key = Value::from(id);
            let mut greetings = greetings(&self.view(self.set("Users")?, &key)?);
            greetings.retain(|greeting| greeting["Filename"] != name);
            self.store.update(
                self.set("Users")?,
                &key,
                [("Greetings".to_owned(), Value::Array(greetings))]
                    .into_iter()
                    .collect(),
            );
        }
        Ok(Reply::no_content())
    }

    /// Starts a call from an extension, by default the first one that is registered; it is then among the active calls.
    pub(super) fn make_call(&mut self, call: &Call) -> Answer {
        let destination = call.text("destination");
        if destination.is_empty() {
            return Err(Error::new(400, "Required", "The parameter 'destination' is empty").target("destination"));
        }
        let dn = call.text("dn");
        let views = self.store.views(self.set("Users")?);
        let caller = views.iter().find(|user| {
            if dn.is_empty() {
                user["IsRegistered"] == true
            } else {
                user["Number"] == dn
            }
        });
        let caller = caller
            .ok_or_else(|| Error::not_found(format!("There is no extension with the number '{dn}'")).target("dn"))?;
        let number = caller["Number"].as_str().unwrap_or_default();
        if caller["IsRegistered"] != true {
            let answer = json!({"FinalStatus": "Failed", "Reason": "NotRegistered", "ReasonText": "The extension has no registered device", "VttId": null});
            return call.single(
                &answer,
                &Kind::Structure("CallControlResultResponse"),
                "Pbx.CallControlResultResponse",
            );
        }
        let number = number.to_owned();
        let (caller, callee) = (self.party(&number), self.party(destination));
        let made = self.begin_call(caller, callee, true, call.request.now);
        let party = &made.callee.party;
        let inside = !party.is_outside();
        let answer = json!({
            "FinalStatus": "Success", "Reason": "NotSpecified", "ReasonText": "", "VttId": null,
            "Result": {
                "Id": made.caller.id, "Status": made.caller.status.name(), "DN": number, "PartyCallerName": party.name,
                "PartyDn": if inside { destination } else { "" }, "PartyCallerId": destination, "PartyDnType": party.kind,
                "DeviceId": format!("sip:{number}@127.0.0.1"), "DirectControl": false, "CallId": made.id, "LegId": 1,
            },
        });
        // The result of the call is answered without being asked for by `$expand`.
        let mut reply = call.single(
            &answer,
            &Kind::Structure("CallControlResultResponse"),
            "Pbx.CallControlResultResponse",
        )?;
        if let super::Content::Json(body) = &mut reply.content {
            body["Result"] = answer["Result"].clone();
        }
        Ok(reply)
    }

    /// Ends an active call.
    pub(super) fn drop_call(&mut self, call: &Call) -> Answer {
        let key = call.key();
        self.view(call.set()?, &key)?;
        match key
            .as_i64()
            .filter(|id| self.calls.all().iter().any(|active| active.id == *id))
        {
            Some(id) => self.end_call(id, call.request.now),
            // One of the seed, which nobody takes part in.
            None => {
                self.store.remove(call.set()?, &key);
            }
        }
        Ok(Reply::no_content())
    }

    /// The extensions that are monitored, with the end of it in seconds since 1970.
    pub(super) fn monitor_status(&mut self, call: &Call) -> Answer {
        let now = call.request.now;
        self.monitored.retain(|(_, until)| *until > now);
        let states: Vec<Value> = self
            .monitored
            .iter()
            .map(|(number, until)| json!({"DN": number, "Expiration": until.as_second()}))
            .collect();
        call.list(
            &states,
            &Kind::Structure("MonitoringState"),
            "Collection(Pbx.MonitoringState)",
        )
    }

    /// Monitors a user for a number of days; none ends it.
    pub(super) fn set_monitor_status(&mut self, call: &Call) -> Answer {
        let user = self.view(self.set("Users")?, &call.key())?;
        let number = user["Number"].as_str().unwrap_or_default().to_owned();
        let days = call.body.get("days").and_then(Value::as_i64).unwrap_or_default();
        self.monitored.retain(|(own, _)| *own != number);
        if days > 0
            && let Ok(until) = call.request.now.checked_add(SignedDuration::from_hours(24 * days))
        {
            self.monitored.push((number, until));
        }
        Ok(Reply::no_content())
    }
}

fn greetings(user: &Value) -> Vec<Value> {
    user["Greetings"].as_array().cloned().unwrap_or_default()
}

fn unknown_phone(mac: &str) -> Error {
    Error::not_found(format!("There is no phone with the MAC address '{mac}'")).target("mac")
}
