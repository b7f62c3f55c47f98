//! What queues and ring groups did: from the calls that came through them.

use serde_json::{Value, json};

use super::{Row, among};
use crate::calls::Party;
use crate::service::history::duration;

/// The calls through queues that nobody answered.
pub(super) fn abandoned(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let through = through(rows, "Wqueue", wanted)
        .into_iter()
        .filter(|(row, _)| !row.answered());
    let lines = through.map(|(row, queue)| {
        json!({
            "QueueDn": queue.dn, "QueueDisplayName": queue.name, "CallerId": row.from.number, "CallHistoryId": row.number.to_string(),
            "CallTime": row.call.start, "CallTimeForCsv": row.call.start, "WaitTime": duration(row.call.ringing),
            "ExtensionDn": row.to.dn, "ExtensionDisplayName": row.to.name, "PollingAttempts": 1, "IsLoggedIn": true,
        })
    });
    lines.collect()
}

/// What queues and their agents answered: a line for each agent, or for each queue.
pub(super) fn performance(rows: &[Row], wanted: &[String], by_agent: bool) -> Vec<Value> {
    let through = through(rows, "Wqueue", wanted);
    let mut pairs: Vec<(&Party, &Party)> = Vec::new();
    for (row, queue) in &through {
        if !pairs
            .iter()
            .any(|(each, agent)| each.dn == queue.dn && (!by_agent || agent.dn == row.to.dn))
        {
            pairs.push((queue, &row.to));
        }
    }
    let lines = pairs.into_iter().map(|(queue, agent)| {
        let of_queue: Vec<&Row> = through
            .iter()
            .filter(|(_, each)| each.dn == queue.dn)
            .map(|(row, _)| *row)
            .collect();
        let of_line: Vec<&Row> = of_queue
            .iter()
            .copied()
            .filter(|row| !by_agent || row.to.dn == agent.dn)
            .collect();
        let answered = of_line.iter().filter(|row| row.answered()).count();
        let mut line = json!({
            "QueueDn": queue.dn, "QueueDisplayName": queue.name, "QueueReceivedCount": of_queue.len(),
            "ExtensionAnsweredCount": answered, "ExtensionDroppedCount": of_line.len() - answered,
        });
        if by_agent {
            line["ExtensionDn"] = Value::from(agent.dn.as_str());
            line["ExtensionDisplayName"] = Value::from(agent.name.as_str());
            line["QueueAnsweredCount"] = Value::from(of_queue.iter().filter(|row| row.answered()).count());
            line["TalkTime"] = Value::from(duration(of_line.iter().map(|row| row.talked()).sum()));
        }
        line
    });
    lines.collect()
}

pub(super) fn ring_groups(rows: &[Row], wanted: &[String]) -> Vec<Value> {
    let through = through(rows, "Wringgroup", wanted);
    let mut lines: Vec<Value> = Vec::new();
    for (_, group) in &through {
        if lines.iter().any(|line| line["RingGroupDn"] == group.dn.as_str()) {
            continue;
        }
        let of_group: Vec<&Row> = through
            .iter()
            .filter(|(_, each)| each.dn == group.dn)
            .map(|(row, _)| *row)
            .collect();
        lines.push(json!({
            "RingGroupDn": group.dn, "RingGroupDisplayName": group.name, "RingGroupReceivedCount": of_group.len(),
            "RingGroupAnsweredCount": of_group.iter().filter(|row| row.answered()).count(),
        }));
    }
    lines
}

/// The calls that came through numbers of a kind, with those.
fn through<'a>(rows: &'a [Row], kind: &str, wanted: &[String]) -> Vec<(&'a Row, &'a Party)> {
    let all = rows.iter().filter_map(|row| row.via.as_ref().map(|via| (row, via)));
    all.filter(|(_, via)| via.kind == kind && among(wanted, via)).collect()
}
