//! Reports made from the calls that are over: the call log, calls in and out, and what extensions, queues and ring groups did.
//!
//! The reports that are about something else than calls have no rows.

mod queues;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::calls::Party;
use crate::facts::{Facts, Kind, Outcome};
use crate::odata::Error;
use crate::seed::PastCall;
use crate::service::generic::csv;
use crate::service::history::duration;
use crate::service::{Answer, Call, Content, Reply, Service};

/// A past call with those who took part in it.
struct Row {
    /// Counted from 1, over all calls.
    number: usize,
    call: PastCall,
    from: Party,
    to: Party,
    /// The queue or the ring group that it came through.
    via: Option<Party>,
}

impl Row {
    fn answered(&self) -> bool {
        self.call.talking.is_some()
    }

    fn talked(&self) -> i64 {
        self.call.talking.unwrap_or_default()
    }

    fn direction(&self) -> &'static str {
        match (self.from.is_outside(), self.to.is_outside()) {
            (true, _) => "Inbound",
            (false, true) => "Outbound",
            (false, false) => "Internal",
        }
    }

    fn status(&self) -> &'static str {
        if self.answered() { "Answered" } else { "Unanswered" }
    }

    fn end(&self) -> Timestamp {
        let whole = SignedDuration::from_secs(self.call.ringing.saturating_add(self.talked()));
        self.call.start.checked_add(whole).unwrap_or(self.call.start)
    }
}

impl Service {
    /// A report over a period.
    pub(in crate::service) fn report(&mut self, call: &Call) -> Answer {
        let id = call.operation.id;
        let download = id.starts_with("Download");
        let name = id
            .trim_start_matches("Download")
            .trim_start_matches("Get")
            .trim_end_matches("Data");
        let known = matches!(
            name,
            "CallLog"
                | "OldCallLog"
                | "InboundCalls"
                | "OutboundCalls"
                | "ExtensionStatistics"
                | "ExtensionStatisticsByGroup"
                | "AbandonedQueueCalls"
                | "QueuePerformanceOverview"
                | "QueuePerformanceTotals"
                | "RingGroupStatistics"
        );
        let Outcome::List(item) = &call.operation.outcome else {
            return self.generic(call);
        };
        if !known {
            return self.generic(call);
        }
        let (from, to) = (moment(call, "periodFrom")?, moment(call, "periodTo")?);
        let rows = self.rows(false);
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.call.start >= from && row.call.start <= to)
            .collect();
        let lines = match name {
            "InboundCalls" => of_direction(&rows, "Inbound", &numbers(call.text("trunkDns"))),
            "OutboundCalls" => of_direction(&rows, "Outbound", &numbers(call.text("trunkDns"))),
            "ExtensionStatistics" => self.extensions(&rows, &numbers(call.text("extensionFilter"))),
            "ExtensionStatisticsByGroup" => {
                let members = self.members_of(call.text("groupNumber"));
                self.extensions(&rows, &members)
            }
            "AbandonedQueueCalls" => queues::abandoned(&rows, &numbers(call.text("queueDns"))),
            "QueuePerformanceOverview" => queues::performance(&rows, &numbers(call.text("queueDns")), true),
            "QueuePerformanceTotals" => queues::performance(&rows, &numbers(call.text("queueDns")), false),
            "RingGroupStatistics" => queues::ring_groups(&rows, &numbers(call.text("ringGroupDns"))),
            _ => {
                let (sources, destinations) = (
                    numbers(call.text("sourceFilter")),
                    numbers(call.text("destinationFilter")),
                );
                let wanted = rows
                    .iter()
                    .filter(|row| among(&sources, &row.from) && among(&destinations, &row.to));
                let lines: Vec<Value> = wanted.map(log_line).collect();
                let lines = complete(lines, &item.kind);
                return paged_first(call, &lines, &item.kind, download);
            }
        };
        let lines = complete(lines, &item.kind);
        answer(call, call.request.query, &lines, &item.kind, download)
    }

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
        let mut lines = complete(lines.collect(), &kind);
        // What a seed says of the history itself stands before what its calls make of it.
        lines.splice(0..0, self.store.views(call.set()?));
        if call.operation.id.starts_with("Download") {
            return answer(call, call.request.query, &lines, &kind, true);
        }
        call.list(&lines, &kind, "CallHistoryView")
    }

    fn rows(&mut self, only_seeded: bool) -> Vec<Row> {
        let calls = if only_seeded {
            self.history.seeded()
        } else {
            self.history.all()
        };
        let calls = calls.to_vec();
        let rows = calls.into_iter().enumerate().map(|(index, call)| Row {
            number: index + 1,
            from: self.party(&call.from),
            to: self.party(&call.to),
            via: (!call.via.is_empty()).then(|| self.party(&call.via)),
            call,
        });
        rows.collect()
    }

    /// What each extension did, those without a call too.
    fn extensions(&mut self, rows: &[Row], wanted: &[String]) -> Vec<Value> {
        let users = Facts::xapi()
            .entity_set("Users")
            .map(|set| self.store.views(set))
            .unwrap_or_default();
        let users = users
            .iter()
            .filter_map(|user| user["Number"].as_str().map(|number| (number, user)));
        let lines = users.filter(|(number, _)| wanted.is_empty() || wanted.iter().any(|each| each == number)).map(|(number, user)| {
            let inbound: Vec<&Row> = rows.iter().filter(|row| row.to.dn == number).collect();
            let outbound: Vec<&Row> = rows.iter().filter(|row| row.from.dn == number).collect();
            let answered = |rows: &[&Row]| rows.iter().filter(|row| row.answered()).count();
            let talked = |rows: &[&Row]| duration(rows.iter().map(|row| row.talked()).sum());
            json!({
                "Dn": number, "DisplayName": user["DisplayName"],
                "InboundAnsweredCount": answered(&inbound), "InboundUnansweredCount": inbound.len() - answered(&inbound),
                "InboundAnsweredTalkingDur": talked(&inbound),
                "OutboundAnsweredCount": answered(&outbound), "OutboundUnansweredCount": outbound.len() - answered(&outbound),
                "OutboundAnsweredTalkingDur": talked(&outbound),
            })
        });
        lines.collect()
    }

    /// The numbers of a group's members. A group that has none gives a number that nobody has, and no number gives all.
    fn members_of(&mut self, group: &str) -> Vec<String> {
        if group.is_empty() {
            return Vec::new();
        }
        let groups = Facts::xapi()
            .entity_set("Groups")
            .map(|set| self.store.views(set))
            .unwrap_or_default();
        let members = groups
            .iter()
            .filter(|each| each["Number"] == group)
            .filter_map(|each| each["Members"].as_array());
        let numbers = members
            .flatten()
            .filter_map(|member| member["Number"].as_str().map(str::to_owned));
        std::iter::once(String::new()).chain(numbers).collect()
    }
}

/// The call log pages before it filters, and counts the page.
fn paged_first(call: &Call, lines: &[Value], kind: &Kind, download: bool) -> Answer {
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
        "CallId": row.number, "SegmentId": row.number, "CdrId": format!("00000000-0000-0000-0000-{:012}", row.number),
        "CallHistoryId": row.number.to_string(), "MainCallHistoryId": row.number.to_string(), "Indent": 0,
        "StartTime": row.call.start, "Direction": row.direction(), "CallType": row.direction(), "Status": row.status(), "Answered": row.answered(),
        "SourceDn": row.from.dn, "SourceCallerId": row.from.number, "SourceDisplayName": row.from.name, "SourceType": kind_number(&row.from),
        "DestinationDn": row.to.dn, "DestinationCallerId": row.to.number, "DestinationDisplayName": row.to.name,
        "DestinationType": kind_number(&row.to), "RingingDuration": duration(row.call.ringing), "TalkingDuration": duration(row.talked()),
        "SrcRecId": row.call.recording, "QualityReport": false, "CallCost": 0,
    })
}

/// The number by which the call log tells what an end of a call is.
fn kind_number(party: &Party) -> i64 {
    i64::from(party.is_outside())
}

fn of_direction(rows: &[Row], direction: &str, trunks: &[String]) -> Vec<Value> {
    let inbound = direction == "Inbound";
    let outside = |row: &Row| if inbound { row.from.clone() } else { row.to.clone() };
    let rows = rows
        .iter()
        .filter(|row| row.direction() == direction && among(trunks, &outside(row)));
    let lines = rows.map(|row| {
        let trunk = outside(row).dn;
        json!({
            "CdrId": format!("00000000-0000-0000-0000-{:012}", row.number), "CallHistoryId": row.number.to_string(), "StartTime": row.call.start,
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

/// Whether a party is one of the wanted numbers, or any is wanted.
fn among(wanted: &[String], party: &Party) -> bool {
    wanted.is_empty() || wanted.iter().any(|each| *each == party.dn || *each == party.number)
}

/// Comma-separated numbers.
fn numbers(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|number| !number.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A moment of the path. The service takes UTC alone.
fn moment(call: &Call, name: &str) -> Result<Timestamp, Error> {
    let text = call.text(name);
    let timestamp = text.strip_suffix(['Z', 'z']).and_then(|_| text.parse().ok());
    timestamp.ok_or_else(|| {
        Error::bad_request(format!("'{text}' is not a time in UTC such as 2026-02-27T09:00:00Z")).target(name)
    })
}

/// Lines with every property of their type.
fn complete(lines: Vec<Value>, kind: &Kind) -> Vec<Value> {
    let Kind::Structure(name) = kind else { return lines };
    let whole = lines.into_iter().map(|line| {
        let mut properties = Facts::xapi().default_structure(name);
        properties.extend(line.as_object().cloned().unwrap_or_default());
        Value::Object(properties)
    });
    whole.collect()
}

/// The lines as a list, or as a table to download.
fn answer(call: &Call, query: &[(String, String)], lines: &[Value], kind: &Kind, download: bool) -> Answer {
    let reply = call.list_by(query, lines, kind, &format!("Collection({})", kind.name()))?;
    let Content::Json(list) = &reply.content else {
        return Ok(reply);
    };
    if !download {
        return Ok(reply);
    }
    let columns: Vec<&str> = match kind {
        Kind::Structure(name) => Facts::xapi()
            .properties(name)
            .iter()
            .map(|property| property.name)
            .collect(),
        _ => Vec::new(),
    };
    let rows: Vec<_> = list["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    Ok(Reply::file(
        csv(&columns, &rows),
        "text/csv",
        format!("{}.csv", call.operation.id),
    ))
}
