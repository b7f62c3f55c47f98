//! Reports on the calls that are over, and on what else the seed tells.
//!
//! They are all made in one way: the calls that the arguments ask for become [`Row`]s, a pass over these adds them up to
//! [`figures`] for each queue, ring group, agent, extension or hour, and the figures become the report's lines. What calls cannot
//! tell (logins, callbacks, chats, what was changed) is [`filed`] in the seed.

mod arguments;
mod charts;
mod extensions;
mod figures;
mod filed;
mod log;
mod quality;
mod queues;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::calls::Party;
use crate::facts::{Facts, Kind, Outcome};
use crate::odata::Error;
use crate::seed::PastCall;
use crate::service::generic::csv;
use crate::service::{Answer, Call, Content, Reply, Service};
use arguments::{Span, interval, numbers};

/// What `callArea` asks for; everything else is all calls.
const INTERNAL_CALLS: i64 = 1;
const EXTERNAL_CALLS: i64 = 2;

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
    /// The name of the call's record, by which its quality is asked for.
    fn cdr_id(&self) -> String {
        format!("00000000-0000-0000-0000-{:012}", self.number)
    }

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

    /// Whether it came through a queue.
    fn is_of_queue(&self) -> bool {
        self.via.as_ref().is_some_and(|via| via.kind == "Wqueue")
    }

    fn status(&self) -> &'static str {
        if self.answered() { "Answered" } else { "Unanswered" }
    }

    /// When it was answered or given up.
    fn answered_at(&self) -> Timestamp {
        self.after(self.call.ringing)
    }

    fn end(&self) -> Timestamp {
        self.after(self.call.ringing.saturating_add(self.talked()))
    }

    fn after(&self, seconds: i64) -> Timestamp {
        let moment = self.call.start.checked_add(SignedDuration::from_secs(seconds));
        moment.unwrap_or(self.call.start)
    }
}

impl Service {
    /// A report.
    pub(in crate::service) fn report(&mut self, call: &Call) -> Answer {
        let id = call.operation.id;
        if id == "GetCallQualityReport" {
            return self.call_quality(call);
        }
        let Outcome::List(item) = &call.operation.outcome else {
            return self.generic(call);
        };
        let download = id.starts_with("Download");
        let name = id
            .trim_start_matches("Download")
            .trim_start_matches("Get")
            .trim_end_matches("Data")
            .trim_end_matches("Report");
        let span = arguments::span(call)?;
        let rows = self.rows_of(call, span)?;
        let queues = numbers(call.text("queueDnStr"));
        let lines = match name {
            "CallLog" | "OldCallLog" => {
                let lines = complete(log::lines(call, &rows), &item.kind, call.facts);
                return log::paged_first(call, &lines, &item.kind, download);
            }
            "InboundCalls" => log::of_direction(&rows, "Inbound", &numbers(call.text("trunkDns"))),
            "OutboundCalls" => log::of_direction(&rows, "Outbound", &numbers(call.text("trunkDns"))),
            "CallCostByExtensionGroup" => self.call_costs(&rows, &numbers(call.text("groupFilter"))),
            "ExtensionStatistics" => self.extensions(&rows, &numbers(call.text("extensionFilter"))),
            "ExtensionStatisticsByGroup" => {
                let members = self.members_of(call.text("groupNumber"));
                self.extensions(&rows, &members)
            }
            "AbandonedQueueCalls" => queues::abandoned(&rows, &numbers(call.text("queueDns"))),
            "QueuePerformanceOverview" => queues::performance(&rows, &numbers(call.text("queueDns"))),
            "QueuePerformanceTotals" => queues::totals(&rows, &numbers(call.text("queueDns"))),
            "RingGroupStatistics" => queues::ring_groups(&rows, &numbers(call.text("ringGroupDns"))),
            "ExtensionsStatisticsByRingGroups" => {
                queues::agents_of_ring_groups(&rows, &numbers(call.text("ringGroupDns")))
            }
            "TeamQueueGeneralStatistics" => queues::teams(&rows, &self.queues(&queues)),
            "DetailedQueueStatistics" => {
                let queues = self.queues(&queues);
                queues::detailed(&rows, &queues, |queue| self.callbacks(queue, span))
            }
            "StatisticSla" => queues::service_levels(&rows, &self.queues(&queues)),
            "BreachesSla" => queues::breaches(&rows, &self.queues(&queues)),
            "AgentsInQueueStatistics" => self.agents_in_queues(&rows, &queues, span),
            "QueueAnsweredCallsByWaitTime" => queues::answered_after(&rows, &queues, interval(call, "answerInterval")?),
            "AverageQueueWaitingTime" => charts::waiting(call, &rows, &queues, span)?,
            "QueueAnUnCalls" => charts::answered(call, &rows, &queues, span)?,
            "CallDistribution" => charts::directions(call, &rows, &self.extensions_asked(call), span)?,
            "UserActivity" => charts::activity(call, &rows, &self.extensions_asked(call), span)?,
            "InboundRules" => self.inbound_rules(),
            _ => self.filed_lines(call, &item.kind, span),
        };
        let lines = complete(lines, &item.kind, call.facts);
        answer(call, call.request.query, &lines, &item.kind, download)
    }

    /// The calls that the arguments of a report leave over, whatever it is about.
    fn rows_of(&mut self, call: &Call, span: Option<Span>) -> Result<Vec<Row>, Error> {
        let shortest = interval(call, "waitInterval")?;
        let without_queues = call.arguments.get("includeQueueCalls") == Some(&Value::Bool(false));
        let area = call
            .arguments
            .get("callArea")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let mut rows = self.rows(false);
        rows.retain(|row| {
            let internal = row.direction() == "Internal";
            span.is_none_or(|span| span.contains(row.call.start))
                // Who hangs up at once was never waiting.
                && (row.answered() || row.call.ringing >= shortest)
                && !(without_queues && row.is_of_queue())
                && match area {
                    INTERNAL_CALLS => internal,
                    EXTERNAL_CALLS => !internal,
                    _ => true,
                }
        });
        Ok(rows)
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

    /// The routes of calls from outside.
    fn inbound_rules(&mut self) -> Vec<Value> {
        let rules = self.views_of("InboundRules");
        let lines = rules.iter().map(|rule| {
            json!({
                "Id": rule["Id"], "RuleName": rule["RuleName"], "Trunk": rule["TrunkDN"]["Number"],
                "DID": if rule["Condition"] == "BasedOnDID" { rule["Data"].clone() } else { Value::Null },
                "InOfficeRouting": rule["OfficeHoursDestination"], "OutOfficeRouting": rule["OutOfOfficeHoursDestination"],
            })
        });
        lines.collect()
    }

    /// All entities of a set.
    fn views_of(&mut self, name: &str) -> Vec<Value> {
        let set = self.store.facts().entity_set(name);
        set.map(|set| self.store.views(set)).unwrap_or_default()
    }
}

/// Lines with every property of their type.
fn complete(lines: Vec<Value>, kind: &Kind, facts: &Facts) -> Vec<Value> {
    let Kind::Structure(name) = kind else { return lines };
    let whole = lines.into_iter().map(|line| {
        let mut properties = facts.default_structure(name);
        properties.extend(line.as_object().cloned().unwrap_or_default());
        Value::Object(properties)
    });
    whole.collect()
}

/// The lines as a list, or as a table to download.
pub(super) fn answer(call: &Call, query: &[(String, String)], lines: &[Value], kind: &Kind, download: bool) -> Answer {
    let reply = call.list_by(query, lines, kind, &format!("Collection({})", kind.name()))?;
    let Content::Json(list) = &reply.content else {
        return Ok(reply);
    };
    if !download {
        return Ok(reply);
    }
    let columns: Vec<&str> = match kind {
        Kind::Structure(name) => call
            .facts
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
