//! Schedules: Schedule Trigger, Cron and Interval start their workflows, once for each time that they are due.
//!
//! | module | holds |
//! | --- | --- |
//! | [`cron`] | cron expressions, over time zones with daylight saving |
//! | [`rule`] | what a node's parameters say |
//! | `keeper` | waiting for what is due next, starting it, knowing after a restart what was started |

mod cron;
mod keeper;
mod rule;

use std::sync::Arc;

use jiff::tz::TimeZone;
use patchbay_engine::Graph;
use patchbay_model::{Environment, Text};

use crate::webhook::Reader;
pub(crate) use keeper::keep;
use rule::Rule;

/// One schedule of a workflow.
#[derive(Clone)]
pub struct Schedule {
    /// The node.
    pub name: Text,
    rules: Vec<Rule>,
    zone: TimeZone,
    missed: Missed,
}

/// What becomes of times that came while nobody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missed {
    /// But for the last one, where it is not older than a minute: a restart must not cost a day's only start.
    Skip,
    /// The last one, however many they were.
    Once,
    All,
}

/// The schedules of a workflow, and what is wrong with others of it, with the node's name.
pub fn of_workflow(
    graph: &Arc<Graph>,
    environment: &dyn Environment,
    timezone: &Text,
) -> (Vec<Schedule>, Vec<(Text, String)>) {
    let (mut schedules, mut faults) = (Vec::new(), Vec::new());
    Reader::each(graph, environment, timezone, |reader, node| {
        match read(reader, &node.kind.to_lowercase(), &reader.info.timezone) {
            Ok(None) => {}
            Ok(Some((rules, zone, missed))) => schedules.push(Schedule {
                name: node.name.clone(),
                rules,
                zone,
                missed,
            }),
            Err(fault) => faults.push((node.name.clone(), fault)),
        }
    });
    (schedules, faults)
}

/// `None` where the node is no schedule.
fn read(reader: &Reader<'_>, kind: &str, timezone: &str) -> Result<Option<(Vec<Rule>, TimeZone, Missed)>, String> {
    let value = |name: &str| reader.value(name).map_err(|error| error.error.message.to_string());
    let rules = match kind {
        "n8n-nodes-base.scheduletrigger" => Rule::of_schedule(value("rule")?.as_ref())?,
        "n8n-nodes-base.cron" => Rule::of_cron(value("triggerTimes")?.as_ref())?,
        "n8n-nodes-base.interval" => Rule::of_interval(value("interval")?.as_ref(), value("unit")?.as_ref())?,
        _ => return Ok(None),
    };
    let zone = TimeZone::get(timezone).map_err(|_| format!("`{timezone}` is no time zone"))?;
    let missed = match value("patchbay.missed")?.map(|missed| missed.to_text()).as_deref() {
        None | Some("skip") => Missed::Skip,
        Some("once") => Missed::Once,
        Some("all") => Missed::All,
        Some(other) => {
            return Err(format!(
                "`patchbay.missed` is `{other}`, and not `skip`, `once` or `all`"
            ));
        }
    };
    Ok(Some((rules, zone, missed)))
}
