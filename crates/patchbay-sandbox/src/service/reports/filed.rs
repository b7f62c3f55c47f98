//! The lines of reports that no call can tell: the seed has them, by the type of the report's lines.

use jiff::Timestamp;
use serde_json::Value;

use super::arguments::{Span, numbers};
use crate::facts::{Facts, Kind};
use crate::service::{Call, Service};

/// The properties that may tell the queue of a line, the surest first: others may hold a name.
const QUEUE: [&str; 4] = ["QueueDnNumber", "QueueNo", "QueueDn", "Queue"];

impl Service {
    /// The lines of the seed for the queue, the agent and the time that are asked for.
    pub(super) fn filed_lines(&self, call: &Call, kind: &Kind, span: Option<Span>) -> Vec<Value> {
        let Kind::Structure(name) = kind else {
            return Vec::new();
        };
        let queues = numbers(call.text("queueDnStr"));
        let agents = numbers(call.text("agentDnStr"));
        let lines = self.filed_in(name, span).filter(|line| {
            let queue = QUEUE.iter().find_map(|property| line[property].as_str());
            is_among(&queues, queue) && is_among(&agents, line["AgentNo"].as_str())
        });
        lines.cloned().collect()
    }

    /// How long an agent was logged in to a queue, in seconds, by the login history of the seed.
    pub(super) fn logged_in(&self, queue: &str, agent: &str, span: Option<Span>) -> i64 {
        let logins = self
            .filed_in("AgentLoginHistory", span)
            .filter(|line| line["QueueNo"] == queue && line["AgentNo"] == agent);
        let lengths = logins.filter_map(|line| {
            let (from, to) = (moment(&line["loggedInDt"])?, moment(&line["LoggedOutDt"])?);
            Some(to.duration_since(from).as_secs())
        });
        lengths.sum()
    }

    /// How many callbacks a queue has by the seed.
    pub(super) fn callbacks(&self, queue: &str, span: Option<Span>) -> i64 {
        let lines = self.filed_in("QueueCallbacks", span);
        let of_queue = lines.filter(|line| line["QueueDnNumber"] == queue);
        of_queue.filter_map(|line| line["CallbacksCount"].as_i64()).sum()
    }

    fn filed_in(&self, type_name: &str, span: Option<Span>) -> impl Iterator<Item = &Value> {
        let facts = self.store.facts();
        let lines = self.filed.get(type_name).into_iter().flatten();
        lines.filter(move |line| {
            let time = time_of(line, type_name, facts);
            span.is_none_or(|span| time.is_none_or(|time| span.contains(time)))
        })
    }
}

/// The first moment that a line tells.
fn time_of(line: &Value, type_name: &str, facts: &Facts) -> Option<Timestamp> {
    let moments = facts.properties(type_name).iter();
    moments
        .filter(|property| property.value.kind == Kind::DateTime)
        .find_map(|property| moment(&line[property.name]))
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn is_among(wanted: &[String], number: Option<&str>) -> bool {
    wanted.is_empty() || number.is_none_or(|number| wanted.iter().any(|each| each == number))
}
