//! What queues, ring groups and their agents did: from the calls that came through them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Row;
use super::arguments::{Span, among};
use super::figures::{Figures, by};
use crate::calls::Party;
use crate::service::Service;
use crate::service::history::duration;

/// A queue as it is set up.
pub(super) struct Queue {
    number: String,
    name: String,
    /// Seconds in which a call is to be answered; none for a queue that promises nothing.
    service_level: Option<i64>,
    /// Numbers and names.
    agents: BTreeSet<(String, String)>,
}

impl Service {
    /// The queues that are asked for, those without a call too.
    pub(super) fn queues(&mut self, wanted: &[String]) -> Vec<Queue> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let queues = self.views_of("Queues");
        let queues = queues.iter().map(|queue| {
            let agents = queue["Agents"].as_array().into_iter().flatten();
            Queue {
                number: text(&queue["Number"]),
                name: text(&queue["Name"]),
                service_level: queue["SLATime"].as_i64().filter(|&seconds| seconds > 0),
                agents: agents
                    .map(|agent| (text(&agent["Number"]), text(&agent["Name"])))
                    .collect(),
            }
        });
        queues
            .filter(|queue| wanted.is_empty() || wanted.contains(&queue.number))
            .collect()
    }

    /// What each agent of each queue did, those without a call too, and those who are no longer its agents.
    pub(super) fn agents_in_queues(&mut self, rows: &[Row], wanted: &[String], span: Option<Span>) -> Vec<Value> {
        let queues = self.queues(wanted);
        let mut lines = Vec::new();
        for queue in queues {
            let figures = by(queue.calls(rows), |row| Some((row.to.dn.clone(), row.to.name.clone())));
            let agents: BTreeSet<_> = queue.agents.iter().chain(figures.keys()).collect();
            for agent in agents {
                let sums = figures.get(agent).copied().unwrap_or_default();
                let seconds = self.logged_in(&queue.number, &agent.0, span);
                lines.push(json!({
                    "Queue": queue.number, "QueueDisplayName": queue.name, "Dn": agent.0, "DnDisplayName": agent.1,
                    "AnsweredCount": sums.answered, "LostCount": sums.unanswered(),
                    "AnsweredPercent": (100 * sums.answered).checked_div(sums.received).unwrap_or_default(),
                    "AnsweredPerHourCount": (3600 * sums.answered).checked_div(seconds).unwrap_or_default(),
                    "LoggedInTime": duration(seconds),
                    "RingTime": duration(sums.ringing), "AvgRingTime": duration(sums.for_each_answered(sums.ringing)),
                    "TalkTime": duration(sums.talking), "AvgTalkTime": duration(sums.for_each_answered(sums.talking)),
                }));
            }
        }
        lines
    }
}

impl Queue {
    /// The calls that came through it.
    fn calls<'a>(&'a self, rows: &'a [Row]) -> impl Iterator<Item = &'a Row> {
        rows.iter()
            .filter(|row| row.is_of_queue() && row.via.as_ref().is_some_and(|via| via.dn == self.number))
    }

    /// The calls that waited longer than it promises.
    fn late<'a>(&'a self, rows: &'a [Row]) -> impl Iterator<Item = &'a Row> {
        let is_late = |row: &&Row| self.service_level.is_some_and(|seconds| row.call.ringing > seconds);
        self.calls(rows).filter(is_late)
    }

    fn figures(&self, rows: &[Row]) -> Figures {
        let mut figures = Figures::default();
        self.calls(rows).for_each(|row| figures.add(row));
        figures
    }
}

pub(super) fn teams(rows: &[Row], queues: &[Queue]) -> Vec<Value> {
    let lines = queues.iter().map(|queue| {
        let sums = queue.figures(rows);
        json!({
            "QueueDnNumber": queue.number, "Dn": queue.name, "AgentsInQueueCount": queue.agents.len(), "ReceivedCount": sums.received,
            "AnsweredCount": sums.answered, "TotalTalkTime": duration(sums.talking),
            "AvgTalkTime": duration(sums.for_each_answered(sums.talking)),
        })
    });
    lines.collect()
}

/// Times and counts of each queue; `callbacks` gives the callbacks of one.
pub(super) fn detailed(rows: &[Row], queues: &[Queue], callbacks: impl Fn(&str) -> i64) -> Vec<Value> {
    let lines = queues.iter().map(|queue| {
        let sums = queue.figures(rows);
        json!({
            "QueueDnNumber": queue.number, "QueueDn": queue.name, "CallsCount": sums.received, "AnsweredCount": sums.answered,
            "RingTime": duration(sums.ringing), "AvgRingTime": duration(sums.for_each_answered(sums.ringing)),
            "TalkTime": duration(sums.talking), "AvgTalkTime": duration(sums.for_each_answered(sums.talking)), "CallbacksCount": callbacks(&queue.number),
        })
    });
    lines.collect()
}

/// How many calls of each queue waited longer than it promises.
pub(super) fn service_levels(rows: &[Row], queues: &[Queue]) -> Vec<Value> {
    let lines = queues.iter().map(|queue| {
        json!({
            "QueueDnNumber": queue.number, "Dn": queue.name, "ReceivedCount": queue.figures(rows).received,
            "BadSlaCallsCount": queue.late(rows).count(),
        })
    });
    lines.collect()
}

/// The calls that waited longer than their queue promises.
pub(super) fn breaches(rows: &[Row], queues: &[Queue]) -> Vec<Value> {
    let mut lines = Vec::new();
    for queue in queues {
        lines.extend(queue.late(rows).map(|row| {
            json!({
                "QueueDnNumber": queue.number, "Queue": queue.name, "CallerId": row.from.number, "CallTime": row.call.start,
                "WaitingTime": duration(row.call.ringing),
            })
        }));
    }
    lines
}

/// The calls that were answered after so many seconds or more.
pub(super) fn answered_after(rows: &[Row], wanted: &[String], seconds: i64) -> Vec<Value> {
    let through = through(rows, "Wqueue", wanted);
    let answered = through.filter(|(row, _)| row.answered() && row.call.ringing >= seconds);
    let lines = answered.map(|(row, queue)| {
        json!({
            "DnNumber": queue.dn, "Dn": queue.name, "Source": row.from.number, "Destination": row.to.dn, "CallTime": row.call.start,
            "AnsweredTime": row.answered_at(), "RingTime": duration(row.call.ringing),
        })
    });
    lines.collect()
}

/// The calls through queues that nobody answered.
pub(super) fn abandoned(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let unanswered = through(rows, "Wqueue", wanted).filter(|(row, _)| !row.answered());
    let lines = unanswered.map(|(row, queue)| {
        json!({
            "QueueDn": queue.dn, "QueueDisplayName": queue.name, "CallerId": row.from.number, "CallHistoryId": row.number.to_string(),
            "CallTime": row.call.start, "CallTimeForCsv": row.call.start, "WaitTime": duration(row.call.ringing),
            "ExtensionDn": row.to.dn, "ExtensionDisplayName": row.to.name, "PollingAttempts": 1, "IsLoggedIn": true,
        })
    });
    lines.collect()
}

/// What each agent of a queue answered.
pub(super) fn performance(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let queues = by(rows, |row| via(row, "Wqueue", wanted).map(name));
    let agents = by(rows, |row| {
        via(row, "Wqueue", wanted).map(|queue| (name(queue), name(&row.to)))
    });
    let lines = agents.into_iter().map(|((queue, agent), sums)| {
        let of_queue = queues.get(&queue).copied().unwrap_or_default();
        json!({
            "QueueDn": queue.0, "QueueDisplayName": queue.1, "QueueReceivedCount": of_queue.received, "QueueAnsweredCount": of_queue.answered,
            "ExtensionDn": agent.0, "ExtensionDisplayName": agent.1, "ExtensionAnsweredCount": sums.answered,
            "ExtensionDroppedCount": sums.unanswered(), "TalkTime": duration(sums.talking),
        })
    });
    lines.collect()
}

/// What each queue answered.
pub(super) fn totals(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let queues = by(rows, |row| via(row, "Wqueue", wanted).map(name));
    let lines = queues.into_iter().map(|(queue, sums)| {
        json!({
            "QueueDn": queue.0, "QueueDisplayName": queue.1, "QueueReceivedCount": sums.received,
            "ExtensionAnsweredCount": sums.answered, "ExtensionDroppedCount": sums.unanswered(),
        })
    });
    lines.collect()
}

/// What each ring group answered.
pub(super) fn ring_groups(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let groups = by(rows, |row| via(row, "Wringgroup", wanted).map(name));
    let lines = groups.into_iter().map(|(group, sums)| {
        json!({
            "RingGroupDn": group.0, "RingGroupDisplayName": group.1, "RingGroupReceivedCount": sums.received,
            "RingGroupAnsweredCount": sums.answered,
        })
    });
    lines.collect()
}

/// What each extension answered of each ring group's calls.
pub(super) fn agents_of_ring_groups(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let agents = by(rows, |row| {
        via(row, "Wringgroup", wanted).map(|group| (name(group), name(&row.to)))
    });
    let lines = agents.into_iter().map(|((group, agent), sums)| {
        json!({
            "RingGroupDn": group.0, "RingGroupDisplayName": group.1, "ExtensionDn": agent.0, "ExtensionDisplayName": agent.1,
            "ExtensionAnsweredCount": sums.answered,
        })
    });
    lines.collect()
}

/// A party's number and name.
fn name(party: &Party) -> (&str, &str) {
    (&party.dn, &party.name)
}

/// What a call came through, when it is of a kind and wanted.
pub(super) fn via<'a>(row: &'a Row, kind: &str, wanted: &[String]) -> Option<&'a Party> {
    row.via.as_ref().filter(|via| via.kind == kind && among(wanted, via))
}

/// The calls that came through numbers of a kind, with those.
fn through<'a>(rows: &'a [Row], kind: &'a str, wanted: &'a [String]) -> impl Iterator<Item = (&'a Row, &'a Party)> {
    rows.iter()
        .filter_map(move |row| via(row, kind, wanted).map(|via| (row, via)))
}
