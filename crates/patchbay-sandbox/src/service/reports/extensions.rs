//! What extensions did, and who is in a group.

use serde_json::{Value, json};

use super::Row;
use super::arguments::numbers;
use super::figures::by;
use crate::service::history::duration;
use crate::service::{Call, Service};

impl Service {
    /// What each extension did, those without a call too.
    pub(super) fn extensions(&mut self, rows: &[Row], wanted: &[String]) -> Vec<Value> {
        let inbound = by(rows, |row| Some(row.to.dn.as_str()));
        let outbound = by(rows, |row| Some(row.from.dn.as_str()));
        let users = self.views_of("Users");
        let users = users
            .iter()
            .filter_map(|user| user["Number"].as_str().map(|number| (number, user)));
        let lines = users
            .filter(|(number, _)| wanted.is_empty() || wanted.iter().any(|each| each == number))
            .map(|(number, user)| {
                let came = inbound.get(number).copied().unwrap_or_default();
                let went = outbound.get(number).copied().unwrap_or_default();
                json!({
                    "Dn": number, "DisplayName": user["DisplayName"],
                    "InboundAnsweredCount": came.answered, "InboundUnansweredCount": came.unanswered(),
                    "InboundAnsweredTalkingDur": duration(came.talking),
                    "OutboundAnsweredCount": went.answered, "OutboundUnansweredCount": went.unanswered(),
                    "OutboundAnsweredTalkingDur": duration(went.talking),
                })
            });
        lines.collect()
    }

    /// The extensions that a report names, by themselves or by their group; all for none.
    pub(super) fn extensions_asked(&mut self, call: &Call) -> Vec<String> {
        let named = numbers(call.text("extensionDns"));
        if named.is_empty() {
            self.members_of(call.text("groupNumber"))
        } else {
            named
        }
    }

    /// The numbers of a group's members. A group that has none gives a number that nobody has, and no number gives all.
    pub(super) fn members_of(&mut self, group: &str) -> Vec<String> {
        if group.is_empty() {
            return Vec::new();
        }
        let groups = self.views_of("Groups");
        let of_group = groups.iter().filter(|each| each["Number"] == group);
        let members = of_group.flat_map(member_numbers).map(str::to_owned);
        std::iter::once(String::new()).chain(members).collect()
    }
}

/// The numbers of a group's members.
pub(super) fn member_numbers(group: &Value) -> Vec<&str> {
    let members = group["Members"].as_array().into_iter().flatten();
    members.filter_map(|member| member["Number"].as_str()).collect()
}
