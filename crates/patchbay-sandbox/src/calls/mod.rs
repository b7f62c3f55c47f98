//! Calls in progress: who takes part in which, how that changes, and what is told of it to those who listen.
//!
//! A call has the leg that made it first and the leg that it reached after it. Nothing here knows paths, JSON bodies or entities:
//! those are the service's. Who is behind a number is told by a [`Party`].

pub mod script;

use jiff::Timestamp;
use tokio::sync::broadcast;

/// So many events wait for a slow listener; one that is further behind loses the oldest.
const WAITING_EVENTS: usize = 1024;

/// Who takes part in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The number inside the PBX; for one outside, the number of the trunk.
    pub dn: String,
    /// What the number is, as call control names it: `Wextension`, `Wexternalline`, ….
    pub kind: &'static str,
    /// The number that others see.
    pub number: String,
    pub name: String,
}

impl Party {
    /// Whether it is on the other side of a trunk.
    pub fn is_outside(&self) -> bool {
        self.kind == "Wexternalline"
    }
}

/// Where a leg is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Dialing,
    Ringing,
    Connected,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Dialing => "Dialing",
            Self::Ringing => "Ringing",
            Self::Connected => "Connected",
        }
    }
}

/// A party in a call: call control's participant.
#[derive(Clone, Debug)]
pub struct Leg {
    pub id: i64,
    pub party: Party,
    pub status: Status,
}

/// Two parties that speak, or are about to.
#[derive(Clone, Debug)]
pub struct Call {
    pub id: i64,
    pub since: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    pub caller: Leg,
    pub callee: Leg,
}

impl Call {
    /// A leg and the one at the other end.
    pub fn leg(&self, id: i64) -> Option<(&Leg, &Leg)> {
        if self.caller.id == id {
            Some((&self.caller, &self.callee))
        } else {
            (self.callee.id == id).then_some((&self.callee, &self.caller))
        }
    }

    /// Both legs, each with the one at the other end.
    pub fn legs(&self) -> [(&Leg, &Leg); 2] {
        [(&self.caller, &self.callee), (&self.callee, &self.caller)]
    }
}

/// Something that listeners are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A participant is new or has changed.
    Upsert { dn: String, participant: i64 },
    /// A participant is gone.
    Remove { dn: String, participant: i64 },
    /// A participant's other end pressed keys.
    Digits {
        dn: String,
        participant: i64,
        digits: String,
    },
    /// All connections of listeners are cut.
    Disconnect,
}

/// All calls in progress.
pub struct Calls {
    running: Vec<Call>,
    last_call: i64,
    last_leg: i64,
    /// None when the double ends, so that every listener's stream ends.
    events: Option<broadcast::Sender<Event>>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            running: Vec::new(),
            last_call: 0,
            last_leg: 0,
            events: Some(broadcast::channel(WAITING_EVENTS).0),
        }
    }
}

impl Calls {
    /// The events from now on; none when the double has ended.
    pub fn listen(&self) -> Option<broadcast::Receiver<Event>> {
        self.events.as_ref().map(broadcast::Sender::subscribe)
    }

    /// Ends the streams of all listeners.
    pub fn close(&mut self) {
        self.events = None;
    }

    pub fn all(&self) -> &[Call] {
        &self.running
    }

    /// The call that a participant is in.
    pub fn of_leg(&self, leg: i64) -> Option<&Call> {
        self.running.iter().find(|call| call.leg(leg).is_some())
    }

    /// A call begins: it rings at the other end, or is answered at once.
    pub fn begin(&mut self, caller: Party, callee: Party, answered: bool, now: Timestamp) -> &Call {
        self.last_call += 1;
        let (first, second) = if answered {
            (Status::Connected, Status::Connected)
        } else {
            (Status::Dialing, Status::Ringing)
        };
        let call = Call {
            id: self.last_call,
            since: now,
            answered: answered.then_some(now),
            caller: self.new_leg(caller, first),
            callee: self.new_leg(callee, second),
        };
        self.tell_changed(&call);
        self.running.push(call);
        &self.running[self.running.len() - 1]
    }

    /// What rings is answered. False when there is no such call, or it was answered before.
    pub fn answer(&mut self, id: i64, now: Timestamp) -> bool {
        let ringing = |call: &&mut Call| call.id == id && call.answered.is_none();
        let Some(call) = self.running.iter_mut().find(ringing) else {
            return false;
        };
        call.answered = Some(now);
        call.caller.status = Status::Connected;
        call.callee.status = Status::Connected;
        let call = call.clone();
        self.tell_changed(&call);
        true
    }

    /// A leg leaves its call, and another party takes its place: it rings there, or is answered at once. The call with its new leg.
    pub fn replace(&mut self, leg: i64, by: Party, answered: bool, now: Timestamp) -> Option<Call> {
        let index = self.running.iter().position(|call| call.leg(leg).is_some())?;
        let status = if answered { Status::Connected } else { Status::Ringing };
        let new = self.new_leg(by, status);
        let call = &mut self.running[index];
        let place = if call.caller.id == leg {
            &mut call.caller
        } else {
            &mut call.callee
        };
        let gone = std::mem::replace(place, new);
        if answered && call.answered.is_none() {
            call.answered = Some(now);
            call.caller.status = Status::Connected;
            call.callee.status = Status::Connected;
        }
        let call = call.clone();
        self.tell(removed(&gone));
        self.tell_changed(&call);
        Some(call)
    }

    /// A call ends for both of its ends. The call as it was.
    pub fn end(&mut self, id: i64) -> Option<Call> {
        let index = self.running.iter().position(|call| call.id == id)?;
        let call = self.running.remove(index);
        for (leg, _) in call.legs() {
            self.tell(removed(leg));
        }
        Some(call)
    }

    /// The caller presses keys, which the other end is told. False when there is no such call.
    pub fn press(&self, id: i64, digits: &str) -> bool {
        let Some(call) = self.running.iter().find(|call| call.id == id) else {
            return false;
        };
        self.tell(Event::Digits {
            dn: call.callee.party.dn.clone(),
            participant: call.callee.id,
            digits: digits.to_owned(),
        });
        true
    }

    /// Cuts the connections of all listeners.
    pub fn disconnect(&self) {
        self.tell(Event::Disconnect);
    }

    fn new_leg(&mut self, party: Party, status: Status) -> Leg {
        self.last_leg += 1;
        Leg {
            id: self.last_leg,
            party,
            status,
        }
    }

    fn tell_changed(&self, call: &Call) {
        for (leg, _) in call.legs() {
            self.tell(Event::Upsert {
                dn: leg.party.dn.clone(),
                participant: leg.id,
            });
        }
    }

    fn tell(&self, event: Event) {
        if let Some(events) = &self.events {
            // That nobody listens is no fault.
            events.send(event).ok();
        }
    }
}

fn removed(leg: &Leg) -> Event {
    Event::Remove {
        dn: leg.party.dn.clone(),
        participant: leg.id,
    }
}
