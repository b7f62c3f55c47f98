//! Waits for what is due next and starts it.
//!
//! A start is accepted together with a note of its time, so that one time starts one execution, whatever crashes in
//! between and however many servers share the store. When a schedule was due last is kept as well: what came while no
//! server ran is known at the next start.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Options};
use patchbay_model::scope::{Denied, ExecutionInfo};
use patchbay_model::workflow::Connections;
use patchbay_model::{Environment, Items, Text};
use patchbay_node::Capabilities;
use patchbay_store::change::Once;
use patchbay_store::saved::Start;
use patchbay_store::{Change, Error, Kind};
use serde::{Deserialize, Serialize};

use super::{Missed, Schedule};
use crate::Server;
use crate::execution::{Launch, Refusal};
use crate::workflows::Loaded;

/// Workflow, node, and which of its rules.
type Key = (Text, Text, usize);

/// How far a schedule is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Milliseconds since 1970: times up to this one are done with.
    until: i64,
    /// When it was due last.
    fired: Option<i64>,
    /// What the rule was: with another one it begins anew.
    rule: String,
}

impl Mark {
    fn is_done(&mut self, at: i64) {
        self.until = at;
        self.fired = Some(at);
    }
}

/// When a start that failed is tried again, in milliseconds.
const AGAIN: i64 = 1_000;

/// A time that is further in the past was missed even if the server ran, in milliseconds.
const LATE: i64 = 60_000;

/// Of missed times at most so many are made up for.
const MOST_MISSED: usize = 1_000;

/// The longest sleep in milliseconds: who sets the clock forward need not wait longer.
const NAP: i64 = 60_000;

/// For how long a time that was started is known as such, in milliseconds: longer than any server lags behind.
const KNOWN: i64 = 7 * 86_400_000;

/// Starts what is due, until the server takes no more requests.
pub(crate) async fn keep(server: Arc<Server>) {
    let mut keeper = Keeper {
        marks: HashMap::new(),
        began: server.now(),
        server,
    };
    while let Err(error) = keeper.read().await {
        tracing::error!(code = error.code(), hint = error.hint(), "{error}");
        keeper.nap(1_000).await;
    }
    let mut changes = keeper.server.workflows.changes();
    while !keeper.server.ending.is_cancelled() {
        changes.mark_unchanged();
        let next = keeper.start_due().await;
        let nap = next.map_or(NAP, |next| (next - keeper.server.now()).clamp(0, NAP));
        tokio::select! {
            () = keeper.server.ending.cancelled() => return,
            _ = changes.changed() => {}
            () = keeper.nap(nap) => {}
        }
    }
}

struct Keeper {
    server: Arc<Server>,
    /// Since when, in milliseconds since 1970: what was due before came while nobody was there.
    began: i64,
    marks: HashMap<Key, Mark>,
}

impl Keeper {
    async fn nap(&self, milliseconds: i64) {
        let timer = &self.server.world.capabilities.timer;
        timer.sleep(milliseconds as f64).await;
    }

    /// How far the schedules were when a server ran last.
    async fn read(&mut self) -> Result<(), Error> {
        for record in self.server.store.records(Kind::ScheduleSlot).await? {
            match (serde_json::from_str(&record.key), serde_json::from_slice(&record.value)) {
                (Ok(key), Ok(mark)) => drop(self.marks.insert(key, mark)),
                (Err(error), _) | (_, Err(error)) => {
                    let lost = Error::Malformed(format!("the last time of a schedule: {error}"));
                    tracing::error!(code = lost.code(), hint = lost.hint(), "{lost}");
                }
            }
        }
        Ok(())
    }

    /// Starts everything that is due; gives when something is due next.
    async fn start_due(&mut self) -> Option<i64> {
        let server = self.server.clone();
        let table = server.workflows.table();
        let active = || table.workflows.values().filter(|loaded| loaded.active);
        self.forget(|(workflow, node, rule)| {
            let loaded = table.workflows.get(workflow).filter(|loaded| loaded.active);
            let schedule = loaded.and_then(|loaded| loaded.schedules.iter().find(|schedule| schedule.name == *node));
            schedule.is_none_or(|schedule| schedule.rules.len() <= *rule)
        });
        let mut first = None;
        for loaded in active() {
            for schedule in &loaded.schedules {
                for rule in 0..schedule.rules.len() {
                    let next = self.start_rule(loaded, schedule, rule).await;
                    first = first.into_iter().chain(next).min();
                }
            }
        }
        first
    }

    /// What is not active any more is not made up for when it is again.
    fn forget(&mut self, gone: impl Fn(&Key) -> bool) {
        let all: Vec<Key> = self.marks.keys().filter(|key| gone(key)).cloned().collect();
        for key in all {
            self.server.store.tell(Change::Remove {
                kind: Kind::ScheduleSlot,
                key: name(&key),
            });
            self.marks.remove(&key);
        }
    }

    /// Starts a workflow for each time of a rule that has come; gives when to look again.
    async fn start_rule(&mut self, loaded: &Arc<Loaded>, schedule: &Schedule, place: usize) -> Option<i64> {
        let rule = &schedule.rules[place];
        let key = (loaded.id.clone(), schedule.name.clone(), place);
        let now = self.server.now();
        let mut mark = self.mark(&key, format!("{rule:?}"), now);
        let time = |at: i64| Timestamp::from_millisecond(at).ok();
        let next = |mark: &Mark| {
            let next = rule.next(time(mark.until)?, mark.fired.and_then(time), &schedule.zone)?;
            Some(next.as_millisecond())
        };
        let (mut due, mut missed, mut ahead) = (Vec::new(), false, mark.clone());
        while let Some(at) = next(&ahead).filter(|at| *at <= now) {
            let is_old = at < now - LATE;
            missed |= is_old || at < self.began;
            if is_old && (schedule.missed == Missed::Skip || due.len() == MOST_MISSED) {
                // Of a schedule of seconds there may be millions.
                ahead.until = now - LATE;
                continue;
            }
            ahead.is_done(at);
            due.push(at);
        }
        if missed {
            let policy = schedule.missed;
            tracing::warn!(workflow = %loaded.name, node = %schedule.name, ?policy, "times of a schedule were missed");
            if policy != Missed::All {
                // However close together they are: the workflow need not be started several times at once.
                due.drain(..due.len().saturating_sub(1));
            }
        }
        for at in due {
            if !self.start(loaded, schedule, &key, at).await {
                return Some(now + AGAIN);
            }
            mark.is_done(at);
            self.put(&key, &mark);
        }
        if mark != ahead {
            mark = ahead;
            self.put(&key, &mark);
        }
        next(&mark)
    }

    /// How far a rule is; one that is new, or another than before, begins now.
    fn mark(&mut self, key: &Key, rule: String, now: i64) -> Mark {
        if let Some(mark) = self.marks.get(key).filter(|mark| mark.rule == rule) {
            return mark.clone();
        }
        let mark = Mark {
            until: now,
            fired: None,
            rule,
        };
        self.put(key, &mark);
        mark
    }

    /// Starts the workflow for one time; gives whether that is done with.
    async fn start(&self, loaded: &Arc<Loaded>, schedule: &Schedule, key: &Key, at: i64) -> bool {
        let executions = &self.server.executions;
        let start = Start::Ran(self.outputs(loaded, schedule, at).await);
        let (id, trigger) = (executions.next_id(), schedule.name.clone());
        let launch = Launch {
            once: Some(Once {
                scope: format!("slot {}", name(key)),
                key: at.to_string(),
                until: self.server.now() + KNOWN,
            }),
            always: true,
            ..Launch::new(id, loaded.clone(), trigger, start, "trigger")
        };
        match executions.accept(launch).await {
            Ok(_) | Err(Refusal::Duplicate(_)) => true,
            Err(refusal) => {
                tracing::error!(code = "E1212", workflow = %loaded.name, ?refusal, "a schedule was not started");
                false
            }
        }
    }

    /// What the node puts out at its time: one that is made up for says which it was. Nothing where it fails: then it fails
    /// as a part of its execution.
    async fn outputs(&self, loaded: &Loaded, schedule: &Schedule, at: i64) -> Vec<Items> {
        let world = &self.server.world;
        let mut alone = loaded.graph.workflow.clone();
        alone.nodes.retain(|node| node.name == schedule.name);
        alone.index_nodes();
        alone.connections = Connections::default();
        let Some(graph) = patchbay_engine::compile(alone, &world.registry).graph else {
            return Vec::new();
        };
        let options = Options {
            trigger: Some(schedule.name.clone()),
            allow_missing: true,
            info: ExecutionInfo {
                timezone: self.server.configuration.timezone_of(&loaded.graph.workflow),
                ..ExecutionInfo::default()
            },
            ..Options::default()
        };
        let environment = world.capabilities.environment.clone();
        let capabilities = Capabilities {
            environment: Arc::new(Moment { environment, at }),
            ..world.capabilities.clone()
        };
        let run = Execution::new(Arc::new(graph), options, capabilities, Arc::new(Unobserved)).run();
        let mut finished = run.await;
        let run = finished.run_data.pop().map(|(_, run)| run);
        run.filter(|run| run.error.is_none())
            .and_then(|run| run.outputs)
            .unwrap_or_default()
    }

    fn put(&mut self, key: &Key, mark: &Mark) {
        self.marks.insert(key.clone(), mark.clone());
        self.server.store.tell(Change::Put {
            kind: Kind::ScheduleSlot,
            key: name(key),
            value: serde_json::to_vec(mark).unwrap_or_default(),
            now: self.server.now(),
        });
    }
}

/// An environment in which it is always the same time, in milliseconds since 1970.
struct Moment {
    environment: Arc<dyn Environment>,
    at: i64,
}

impl Environment for Moment {
    fn now(&self) -> f64 {
        self.at as f64
    }

    fn monotonic(&self) -> f64 {
        self.environment.monotonic()
    }

    fn random(&self) -> f64 {
        self.environment.random()
    }

    fn variable(&self, name: &str) -> Result<Option<Text>, Denied> {
        self.environment.variable(name)
    }
}

/// A key as the store has it.
fn name(key: &Key) -> String {
    serde_json::to_string(key).unwrap_or_default()
}
