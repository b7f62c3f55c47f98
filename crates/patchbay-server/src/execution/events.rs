//! What happens, as it happens, for whoever follows it. Where nobody does, nothing is made of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_engine::{Finished, Observer};
use patchbay_model::{Environment, Object, RunEvent, Text};
use patchbay_store::ExecutionId;
use tokio::sync::broadcast;

use super::Running;

/// Who follows slower than this many events loses the oldest, and is told so.
const BEHIND: usize = 1024;

/// Tells events to all who follow.
#[derive(Clone)]
pub struct Events {
    sender: broadcast::Sender<Event>,
    environment: Arc<dyn Environment>,
    /// How many were told.
    count: Arc<AtomicU64>,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// `execution.started`, `execution.finished`, `node.started`, `node.finished`, `node.retried`, `log`.
    pub kind: &'static str,
    pub execution: ExecutionId,
    pub workflow: Text,
    /// Each is one more than that of the event before.
    pub number: u64,
    /// `{"timestamp", "executionId", "workflowId", "workflowName", "node"?, "run"?, "status"?, "error"?, …}`.
    pub data: Object,
}

impl Events {
    pub fn new(environment: Arc<dyn Environment>) -> Self {
        Self {
            sender: broadcast::Sender::new(BEHIND),
            environment,
            count: Arc::default(),
        }
    }

    pub fn follow(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// How many follow.
    pub fn followers(&self) -> usize {
        self.sender.receiver_count()
    }

    pub(super) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.followers() > 0 {
            let mut event = event();
            let now = jiff::Timestamp::from_millisecond(self.environment.now() as i64).unwrap_or_default();
            event.data.insert("timestamp", format!("{now:.3}"));
            event.number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
            // The last one may just have gone.
            let _ = self.sender.send(event);
        }
    }

    /// Follows the nodes of one execution.
    pub(super) fn observer(&self, running: &Arc<Running>) -> Arc<dyn Observer> {
        Arc::new(Nodes {
            events: self.clone(),
            running: running.clone(),
        })
    }
}

impl Event {
    fn new(kind: &'static str, running: &Running) -> Self {
        let mut data = Object::new();
        data.insert("executionId", running.id.to_string());
        data.insert("workflowId", running.workflow.id.clone());
        data.insert("workflowName", running.workflow.name.clone());
        Self {
            kind,
            execution: running.id,
            workflow: running.workflow.id.clone(),
            number: 0,
            data,
        }
    }

    pub(super) fn begun(running: &Running) -> Self {
        let mut event = Self::new("execution.started", running);
        event.data.insert("mode", running.mode.clone());
        event
    }

    pub(super) fn ended(running: &Running, finished: &Finished) -> Self {
        let mut event = Self::new("execution.finished", running);
        event.data.insert("status", finished.status.as_str());
        event.data.insert("lastNodeExecuted", finished.last_node().cloned());
        if let Some(error) = &finished.error {
            event.data.insert("error", error.message.clone());
        }
        event
    }

    fn of_node(event: &RunEvent, running: &Running) -> Option<Self> {
        let (kind, node, run) = match event {
            RunEvent::NodeStarted { node, run, .. } => ("node.started", node, Some(*run)),
            RunEvent::NodeFinished { node, run, .. } => ("node.finished", node, Some(*run)),
            RunEvent::NodeRetried { node, run, .. } => ("node.retried", node, Some(*run)),
            RunEvent::Log { node, .. } => ("log", node, None),
            RunEvent::NodeProgress { .. } | RunEvent::Finished { .. } => return None,
        };
        let mut told = Self::new(kind, running);
        told.data.insert("node", node.clone());
        if let Some(run) = run {
            told.data.insert("run", run);
        }
        match event {
            RunEvent::NodeFinished {
                items, elapsed, error, ..
            } => {
                told.data.insert("items", *items);
                told.data.insert("executionTime", *elapsed);
                if let Some(error) = error {
                    told.data.insert("error", error.clone());
                }
            }
            RunEvent::NodeRetried { error, .. } => drop(told.data.insert("error", error.clone())),
            RunEvent::Log { message, .. } => drop(told.data.insert("message", message.clone())),
            _ => {}
        }
        Some(told)
    }
}

struct Nodes {
    events: Events,
    running: Arc<Running>,
}

impl Observer for Nodes {
    fn observe(&self, event: &RunEvent) {
        if self.events.followers() == 0 {
            return;
        }
        if let Some(event) = Event::of_node(event, &self.running) {
            self.events.tell(|| event);
        }
    }
}
