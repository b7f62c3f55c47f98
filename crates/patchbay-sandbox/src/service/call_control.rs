//! `/callcontrol`: who is in which call, and commands to calls. Also what any call does to the entities: the active calls, and the
//! call log when it is over.
//!
//! A client sees its own number and its peers; a system owner sees every number. A client without call control is refused.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::role::Role;
use super::{Answer, Reply, Service};
use crate::calls::script::Action;
use crate::calls::{Call, Leg, Party, Status};
use crate::odata::Error;

/// The sets whose entities have a number that can be in a call, what call control calls it, and the property with its name.
const NUMBERS: [(&str, &str, &str); 6] = [
    ("Users", "Wextension", "DisplayName"),
    ("Queues", "Wqueue", "Name"),
    ("RingGroups", "Wringgroup", "Name"),
    ("Receptionists", "Wivr", "Name"),
    ("ServicePrincipals", "Wroutepoint", "Number"),
    ("Trunks", "Wexternalline", "Number"),
];

/// The numbers that a client may see.
pub enum Scope {
    All,
    Only(Vec<String>),
}

impl Scope {
    pub fn sees(&self, dn: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(numbers) => numbers.iter().any(|number| number == dn),
        }
    }
}

/// A number of the PBX.
struct Number {
    party: Party,
    registered: bool,
}

impl Service {
    /// What a client may see, or why it may see nothing.
    pub fn scope(&mut self, client: &str, role: Role) -> Result<Scope, Error> {
        let principals = self
            .store
            .facts()
            .entity_set("ServicePrincipals")
            .map(|set| self.store.views(set))
            .unwrap_or_default();
        let principal = principals.iter().find(|principal| principal["Number"] == client);
        if principal.is_none_or(|principal| principal["CallControlEnabled"] != true) {
            let message = format!("Call control is not enabled for the client {client}");
            return Err(Error::new(403, "Forbidden", message));
        }
        if role == Role::SystemOwners {
            return Ok(Scope::All);
        }
        let peers = principal.and_then(|principal| principal["Peers"].as_array());
        let peers = peers.into_iter().flatten().filter_map(|peer| peer["Number"].as_str());
        Ok(Scope::Only(
            std::iter::once(client).chain(peers).map(str::to_owned).collect(),
        ))
    }

    /// Answers a request below `/callcontrol`, whose path comes in its parts, decoded.
    pub fn call_control(&mut self, scope: &Scope, method: &str, path: &[&str], body: &[u8], now: Timestamp) -> Answer {
        if let Some(dn) = path.first()
            && (self.number(dn).is_none() || !scope.sees(dn))
        {
            return Err(Error::not_found(format!("There is no number '{dn}' for this client")).target("dn"));
        }
        match (method, path) {
            ("GET", []) => {
                let numbers = self.numbers();
                let seen = numbers.iter().filter(|number| scope.sees(&number.party.dn));
                Ok(Reply::json(seen.map(|number| self.state_of(number)).collect()))
            }
            ("GET", [dn]) => Ok(Reply::json(
                self.number(dn).map_or(Value::Null, |number| self.state_of(&number)),
            )),
            ("GET", [dn, part @ ("devices" | "participants")]) => Ok(Reply::json(
                self.number(dn)
                    .map_or(Value::Null, |number| self.state_of(&number)[*part].take()),
            )),
            ("GET", [dn, "devices", device]) => {
                let state = self.number(dn).map_or(Value::Null, |number| self.state_of(&number));
                let found = state["devices"].as_array().into_iter().flatten();
                let mut found = found.filter(|each| each["device_id"] == *device);
                let device = found.next().cloned().ok_or_else(|| unknown("device", device))?;
                Ok(Reply::json(device))
            }
            ("GET", [dn, "participants", id]) => {
                let call = self.call_of(dn, id)?;
                let legs = call.legs().into_iter();
                let mut participants = legs.filter(|(leg, _)| leg.id.to_string() == *id);
                Ok(Reply::json(
                    participants
                        .next()
                        .map_or(Value::Null, |(leg, other)| participant(&call, leg, other)),
                ))
            }
            ("POST", [dn, "makecall"] | [dn, "devices", _, "makecall"]) => {
                let destination = text_of(body, "destination")?;
                self.dial(dn, &destination, now)
            }
            ("POST", [dn, "participants", id, action]) => self.command(dn, id, action, body, now),
            _ => Err(Error::not_found(format!(
                "There is no {method} /callcontrol/{}",
                path.join("/")
            ))),
        }
    }

    /// Does a step of a script. `names` are the calls that the script has made, by the names it gives them.
    pub fn play(&mut self, action: &Action, names: &mut Map<String, Value>, now: Timestamp) {
        let id = |name: &String| names.get(name).and_then(Value::as_i64).unwrap_or_default();
        match action {
            Action::Call { call, from, to } => {
                let (from, to) = (self.party(from), self.party(to));
                let id = self.begin_call(from, to, false, now).id;
                names.insert(call.clone(), Value::from(id));
            }
            Action::Answer(name) => self.answer_call(id(name), now),
            Action::Press { call, digits } => {
                self.calls.press(id(call), digits);
            }
            Action::Transfer { call, to } => {
                let leg = self.calls.all().iter().find(|each| each.id == id(call));
                if let Some(leg) = leg.map(|call| call.callee.id) {
                    self.move_leg(leg, to, now);
                }
            }
            Action::Drop(name) => self.end_call(id(name), now),
            Action::Disconnect => self.calls.disconnect(),
        }
    }

    /// A call begins; it is among the active calls from now on.
    pub(super) fn begin_call(&mut self, caller: Party, callee: Party, answered: bool, now: Timestamp) -> Call {
        let call = self.calls.begin(caller, callee, answered, now).clone();
        self.show_active(&call, now);
        call
    }

    fn answer_call(&mut self, id: i64, now: Timestamp) {
        if self.calls.answer(id, now)
            && let Some(call) = self.calls.all().iter().find(|call| call.id == id).cloned()
        {
            self.show_active(&call, now);
        }
    }

    /// A call ends: it is no longer active, and in the call log.
    pub(super) fn end_call(&mut self, id: i64, now: Timestamp) {
        if let Some(call) = self.calls.end(id) {
            if let Some(set) = self.store.facts().entity_set("ActiveCalls") {
                self.store.remove(set, &Value::from(call.id));
            }
            self.history.add(&call, now);
        }
    }

    fn move_leg(&mut self, leg: i64, destination: &str, now: Timestamp) -> Option<Call> {
        let party = self.party(destination);
        let outside = party.is_outside();
        let call = self.calls.replace(leg, party, outside, now)?;
        self.show_active(&call, now);
        Some(call)
    }

    fn show_active(&mut self, call: &Call, now: Timestamp) {
        let Some(set) = self.store.facts().entity_set("ActiveCalls") else {
            return;
        };
        let text = |party: &Party| format!("{} {}", party.number, party.name);
        let active = json!({
            "Id": call.id, "Caller": text(&call.caller.party), "Callee": text(&call.callee.party),
            "Status": if call.answered.is_some() { "Talking" } else { "Routing" },
            "EstablishedAt": call.since, "LastChangeStatus": now, "ServerNow": now,
        });
        let active = active.as_object().cloned().unwrap_or_default();
        let key = Value::from(call.id);
        if !self.store.update(set, &key, active.clone()) {
            self.store.insert(set, active);
        }
    }

    /// A call from a number: it rings inside, and is answered at once outside.
    fn dial(&mut self, dn: &str, destination: &str, now: Timestamp) -> Answer {
        let Some(number) = self.number(dn) else {
            return Err(unknown("number", dn));
        };
        if !number.registered {
            return Ok(Reply::json(outcome(Err("NotRegistered"))));
        }
        let callee = self.party(destination);
        let outside = callee.is_outside();
        let call = self.begin_call(number.party, callee, outside, now);
        Ok(Reply::json(outcome(Ok((&call, &call.caller)))))
    }

    /// A command to a participant.
    fn command(&mut self, dn: &str, id: &str, action: &str, body: &[u8], now: Timestamp) -> Answer {
        let call = self.call_of(dn, id)?;
        let leg = if call.caller.id.to_string() == id {
            call.caller.id
        } else {
            call.callee.id
        };
        let call = match action {
            "drop" => {
                self.end_call(call.id, now);
                call
            }
            "answer" if call.callee.id == leg && call.answered.is_none() => {
                self.answer_call(call.id, now);
                self.calls.of_leg(leg).cloned().unwrap_or(call)
            }
            "answer" => return Ok(Reply::json(outcome(Err("NotRinging")))),
            "divert" | "routeto" | "transferto" => {
                let destination = text_of(body, "destination")?;
                self.move_leg(leg, &destination, now).unwrap_or(call)
            }
            _ => {
                let message = format!(
                    "'{action}' is not a command to a participant: drop, answer, divert, routeto or transferto"
                );
                return Err(Error::bad_request(message).target("action"));
            }
        };
        let (leg, _) = call.leg(leg).unwrap_or((&call.callee, &call.caller));
        Ok(Reply::json(outcome(Ok((&call, leg)))))
    }

    /// The call of a participant.
    fn call_of(&self, dn: &str, id: &str) -> Result<Call, Error> {
        let call = id.parse().ok().and_then(|id| self.calls.of_leg(id));
        let at_number = |call: &&Call| {
            call.legs()
                .iter()
                .any(|(leg, _)| leg.party.dn == dn && leg.id.to_string() == id)
        };
        call.filter(at_number)
            .cloned()
            .ok_or_else(|| unknown("participant", id))
    }

    /// Who is behind a number: one of the PBX, or somebody outside, behind the first trunk.
    pub(super) fn party(&mut self, number: &str) -> Party {
        if let Some(number) = self.number(number).filter(|number| !number.party.is_outside()) {
            return number.party;
        }
        let trunk = self.numbers().into_iter().find(|number| number.party.is_outside());
        let contact = self
            .store
            .facts()
            .entity_set("Contacts")
            .map(|set| self.store.views(set));
        let contact = contact
            .unwrap_or_default()
            .into_iter()
            .find(|contact| contact["PhoneNumber"] == number);
        let company = contact.as_ref().and_then(|contact| contact["CompanyName"].as_str());
        Party {
            dn: trunk.map(|trunk| trunk.party.dn).unwrap_or_default(),
            kind: "Wexternalline",
            number: number.to_owned(),
            name: company.unwrap_or_default().to_owned(),
        }
    }

    fn number(&mut self, dn: &str) -> Option<Number> {
        self.numbers().into_iter().find(|number| number.party.dn == dn)
    }

    fn numbers(&mut self) -> Vec<Number> {
        let mut numbers = Vec::new();
        for (name, kind, property) in NUMBERS {
            let Some(set) = self.store.facts().entity_set(name) else {
                continue;
            };
            for entity in self.store.entities(set) {
                let text = |name: &str| {
                    let value = entity.properties.get(name).and_then(Value::as_str);
                    value.unwrap_or_default().to_owned()
                };
                let registered = entity.properties.get("IsRegistered");
                numbers.push(Number {
                    party: Party {
                        dn: text("Number"),
                        kind,
                        number: text("Number"),
                        name: text(property),
                    },
                    // Only a phone has to be there; a queue always is.
                    registered: kind != "Wextension" || registered == Some(&Value::Bool(true)),
                });
            }
        }
        numbers
    }

    /// A number with its devices and participants.
    fn state_of(&self, number: &Number) -> Value {
        let dn = number.party.dn.as_str();
        let devices = if number.party.kind == "Wextension" && number.registered {
            json!([{"dn": dn, "device_id": device(dn), "user_agent": "patchbay sandbox"}])
        } else {
            json!([])
        };
        let participants: Vec<Value> = self
            .calls
            .all()
            .iter()
            .flat_map(|call| call.legs().map(|(leg, other)| (call, leg, other)))
            .filter(|(_, leg, _)| leg.party.dn == dn)
            .map(|(call, leg, other)| participant(call, leg, other))
            .collect();
        json!({"dn": dn, "type": number.party.kind, "devices": devices, "participants": participants})
    }
}

fn device(dn: &str) -> String {
    format!("sip:{dn}@127.0.0.1")
}

/// A participant as call control shows it.
fn participant(call: &Call, leg: &Leg, other: &Leg) -> Value {
    let outbound = call.caller.id == leg.id;
    json!({
        "id": leg.id, "status": leg.status.name(), "dn": leg.party.dn,
        "party_caller_name": other.party.name, "party_dn": other.party.dn, "party_caller_id": other.party.number,
        "party_did": "", "device_id": if leg.party.kind == "Wextension" { device(&leg.party.dn) } else { String::new() },
        "party_dn_type": other.party.kind, "direct_control": leg.status == Status::Connected && leg.party.kind == "Wroutepoint",
        "originated_by_dn": "", "originated_by_type": "None", "referred_by_dn": "", "referred_by_type": "None",
        "on_behalf_of_dn": "", "on_behalf_of_type": "None", "callid": call.id, "legid": if outbound { 1 } else { 2 },
    })
}

/// The answer to a command: what it led to, or the reason that it failed for.
fn outcome(result: Result<(&Call, &Leg), &str>) -> Value {
    match result {
        Ok((call, leg)) => {
            let other = if call.caller.id == leg.id {
                &call.callee
            } else {
                &call.caller
            };
            json!({"finalstatus": "Success", "reason": "NotSpecified", "reasontext": "", "result": participant(call, leg, other)})
        }
        Err(reason) => json!({"finalstatus": "Failed", "reason": reason, "reasontext": "", "result": null}),
    }
}

fn unknown(what: &str, id: &str) -> Error {
    Error::not_found(format!("There is no {what} '{id}'")).target(what)
}

/// A text in a JSON body, which must be there.
fn text_of(body: &[u8], name: &str) -> Result<String, Error> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| Error::bad_request(format!("The body is not JSON: {error}")))?;
    let text = body[name].as_str().filter(|text| !text.is_empty());
    let missing = || Error::new(400, "Required", format!("The property '{name}' is required")).target(name);
    text.map(str::to_owned).ok_or_else(missing)
}
