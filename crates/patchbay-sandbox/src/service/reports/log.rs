//! Reports with a line for each call: the call log, the call history, calls in and out of trunks, and what calls cost.

use serde_json::{Value, json};

use super::arguments::{among, numbers};
use super::extensions::member_numbers;
use super::{Row, answer, complete};
use crate::calls::Party;
use crate::facts::Kind;
use crate::service::history::duration;
use crate::service::{Answer, Call, Service};

impl Service {
    /// The call history, which newer versions no longer continue.
    pub(in crate::service) fn call_history(&mut self, call: &Call) -> Answer {
        let kind = Kind::Structure("CallHistoryView");
        let rows = self.rows(!self.history_grows);
        let lines = rows.iter().map(|row| {
            json!({
                "SegmentId": row.number, "SegmentStartTime": row.call.start, "SegmentEndTime": row.end(), "SegmentType": 1, "SegmentActionId": 1,
                "CallTime": duration(row.talked()), "CallAnswered": row.answered(),
                "SrcDn": row.from.dn, "SrcCallerNumber": row.from.number, "SrcDisplayName": row.from.name, "SrcId": row.number,
                "SrcParticipantId": 2 * row.number - 1, "SrcInternal": !row.from.is_outside(), "SrcExternal": row.from.is_outside(),
                "DstDn": row.to.dn, "DstCallerNumber": row.to.number, "DstDisplayName": row.to.name, "DstId": row.number,
                "DstParticipantId": 2 * row.number, "DstInternal": !row.to.is_outside(), "DstExternal": row.to.is_outside(),
                "SrcRecId": row.call.recording, "DstRecId": row.call.recording,
            })
        });
        let mut lines = complete(lines.collect(), &kind, call.facts);
        // What a seed says of the history itself stands before what its calls make of it.
        lines.splice(0..0, self.store.views(call.set()?));
        if call.operation.id.starts_with("Download") {
            return answer(call, call.request.query, &lines, &kind, true);
        }
        call.list(&lines, &kind, "CallHistoryView")
    }

    /// What the calls of a group's extensions to numbers outside cost, by the rates of `CallCostSettings`.
    pub(super) fn call_costs(&mut self, rows: &[Row], groups: &[String]) -> Vec<Value> {
        let rates: Vec<(String, f64)> = self
            .views_of("CallCostSettings")
            .iter()
            .filter_map(|rate| Some((rate["Prefix"].as_str()?.to_owned(), rate["Rate"].as_f64()?)))
            .collect();
        let all = self.views_of("Groups");
        let mut lines = Vec::new();
        for group in all {
            let number = group["Number"].as_str().unwrap_or_default();
            if !groups.is_empty() && !groups.iter().any(|each| each == number) {
                continue;
            }
            let members = member_numbers(&group);
            let of_group = rows
                .iter()
                .filter(|row| row.direction() == "Outbound" && members.contains(&row.from.dn.as_str()));
            lines.extend(of_group.map(|row| {
                json!({
                    "SegId": row.number.to_string(), "GroupName": group["Name"], "StartTime": row.call.start, "CallType": row.direction(),
                    "SrcDn": row.from.dn, "SrcDisplayName": row.from.name, "DstDn": row.to.number, "DstDnClass": kind_number(&row.to),
                    "IsAnswered": row.answered(), "RingingDur": duration(row.call.ringing), "TalkingDur": duration(row.talked()),
                    "BillingCost": cost(&rates, &row.to.number, row.talked()),
                })
            }));
        }
        lines
    }
}

/// What a call costs: each minute that is begun at the rate of the longest prefix that the number has.
fn cost(rates: &[(String, f64)], number: &str, talked: i64) -> f64 {
    let digits = number.trim_start_matches('+');
    let fitting = rates
        .iter()
        .filter(|(prefix, _)| digits.starts_with(prefix.trim_start_matches('+')));
    let minutes = u32::try_from(talked.max(0)).unwrap_or(u32::MAX).div_ceil(60);
    fitting
        .max_by_key(|(prefix, _)| prefix.len())
        .map_or(0.0, |(_, rate)| rate * f64::from(minutes))
}

/// The lines of the call log, without its paging.
pub(super) fn lines(call: &Call, rows: &[Row]) -> Vec<Value> {
    let (sources, destinations) = (
        numbers(call.text("sourceFilter")),
        numbers(call.text("destinationFilter")),
    );
    let wanted = rows
        .iter()
        .filter(|row| among(&sources, &row.from) && among(&destinations, &row.to));
    wanted.map(log_line).collect()
}

/// The call log pages before it filters, and counts the page.
pub(super) fn paged_first(call: &Call, lines: &[Value], kind: &Kind, download: bool) -> Answer {
    let (paging, others): (Vec<_>, Vec<_>) = call
        .request
        .query
        .iter()
        .cloned()
        .partition(|(name, _)| name == "$top" || name == "$skip");
    // What is wrong with the paging is told as everywhere.
    call.list_by(&paging, &[], kind, "")?;
    let number = |wanted: &str| {
        let found = paging.iter().find(|(name, _)| name == wanted);
        found.and_then(|(_, value)| value.parse::<usize>().ok())
    };
    let page = lines
        .iter()
        .skip(number("$skip").unwrap_or(0))
        .take(number("$top").unwrap_or(usize::MAX));
    answer(call, &others, &page.cloned().collect::<Vec<_>>(), kind, download)
}

/// A line of the call log.
fn log_line(row: &Row) -> Value {
    json!({
        "CallId": row.number, "SegmentId": row.number, "CdrId": row.cdr_id(),
        "CallHistoryId": row.number.to_string(), "MainCallHistoryId": row.number.to_string(), "Indent": 0,
        "StartTime": row.call.start, "Direction": row.direction(), "CallType": row.direction(), "Status": row.status(), "Answered": row.answered(),
        "SourceDn": row.from.dn, "SourceCallerId": row.from.number, "SourceDisplayName": row.from.name, "SourceType": kind_number(&row.from),
        "DestinationDn": row.to.dn, "DestinationCallerId": row.to.number, "DestinationDisplayName": row.to.name,
        "DestinationType": kind_number(&row.to), "RingingDuration": duration(row.call.ringing), "TalkingDuration": duration(row.talked()),
        "SrcRecId": row.call.recording, "QualityReport": row.answered(), "CallCost": 0,
    })
}

/// The number by which the call log tells what an end of a call is.
fn kind_number(party: &Party) -> i64 {
    i64::from(party.is_outside())
}

pub(super) fn of_direction(rows: &[Row], direction: &str, trunks: &[String]) -> Vec<Value> {
    let inbound = direction == "Inbound";
    let outside = |row: &Row| if inbound { row.from.clone() } else { row.to.clone() };
    let rows = rows
        .iter()
        .filter(|row| row.direction() == direction && among(trunks, &outside(row)));
    let lines = rows.map(|row| {
        let trunk = outside(row).dn;
        json!({
            "CdrId": row.cdr_id(), "CallHistoryId": row.number.to_string(), "StartTime": row.call.start,
            "SourceDn": row.from.dn, "SourceCallerId": row.from.number, "SourceDisplayName": row.from.name, "DestinationDn": row.to.dn,
            "DestinationDisplayName": row.to.name, "Status": row.status(), "TrunkName": trunk, "TrunkNumber": trunk,
            (if inbound { "DestinationCallerId" } else { "DestinationCalleeId" }): row.to.number,
            "RingingDuration": duration(row.call.ringing), "TalkingDuration": duration(row.talked()),
            "CallDuration": duration(row.call.ringing + row.talked()), "RecordingId": row.call.recording,
        })
    });
    let mut lines: Vec<Value> = lines.collect();
    if !inbound {
        for line in &mut lines {
            line["Answered"] = Value::from(line["Status"] == "Answered");
        }
    }
    lines
}
