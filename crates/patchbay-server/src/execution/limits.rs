//! How many executions run at once, in all, of one workflow and with one key; how many may wait for their turn; and what
//! those are told that may not.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use patchbay_model::{Text, Value};
use patchbay_store::{Error, ExecutionId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Configuration;
use crate::workflows::Loaded;

/// Why an execution is not accepted.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// In all: try again later.
    #[error("Too many executions wait")]
    Busy,
    /// Try again later.
    #[error("Too many executions of this workflow wait")]
    WorkflowBusy,
    /// Try again later.
    #[error("The server is ending")]
    Ending,
    #[error("The same was accepted before, as execution {0}")]
    Duplicate(ExecutionId),
    #[error("The request could not be kept: {0}")]
    Store(Error),
}

impl Refusal {
    /// What who asked by HTTP is told.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::WorkflowBusy => StatusCode::TOO_MANY_REQUESTS,
            Self::Duplicate(_) => StatusCode::CONFLICT,
            Self::Store(Error::TooDeep { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy | Self::Ending | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Of one workflow, or of one key.
struct Gate {
    permits: Arc<Semaphore>,
    open: AtomicUsize,
}

/// The name of a gate: the workflow, and the key if there is one.
type Name = (Text, Option<Text>);

type Gates = Arc<Mutex<HashMap<Name, Arc<Gate>>>>;

pub(super) struct Limits {
    permits: Arc<Semaphore>,
    open: Arc<AtomicUsize>,
    most_running: usize,
    most_open: usize,
    gates: Gates,
}

/// The right to run, later.
pub(super) struct Admission {
    permits: Arc<Semaphore>,
    open: Arc<AtomicUsize>,
    /// The narrowest first: who waits for a narrow gate must not hold a wide one.
    gates: Vec<(Name, Arc<Gate>)>,
    all_gates: Gates,
}

/// The right to run, now.
pub(super) struct Turn {
    _permits: Vec<OwnedSemaphorePermit>,
    _admission: Admission,
}

impl Limits {
    pub fn new(configuration: &Configuration) -> Self {
        let most_running = configuration.running.min(Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(most_running)),
            most_running,
            open: Arc::default(),
            most_open: configuration.running.saturating_add(configuration.queued),
            gates: Gates::default(),
        }
    }

    /// How many have their turn, and how many wait for it.
    pub fn turns(&self) -> (usize, usize) {
        let running = self.most_running.saturating_sub(self.permits.available_permits());
        (running, self.open.load(Ordering::Relaxed).saturating_sub(running))
    }

    pub fn admit(&self, workflow: &Loaded, key: Option<Text>) -> Result<Admission, Refusal> {
        if self.open.load(Ordering::Relaxed) >= self.most_open {
            return Err(Refusal::Busy);
        }
        let admission = self.readmit(workflow, key);
        let of_workflow = admission
            .gates
            .last()
            .map(|(_, gate)| gate.open.load(Ordering::Relaxed));
        let most = number(workflow, "concurrency").zip(number(workflow, "queue"));
        match (of_workflow, most) {
            (Some(open), Some((running, queued))) if open > running.saturating_add(queued) => {
                Err(Refusal::WorkflowBusy)
            }
            _ => Ok(admission),
        }
    }

    /// For what has its turn with another execution.
    pub fn none() -> Admission {
        Admission {
            permits: Arc::new(Semaphore::new(1)),
            open: Arc::default(),
            gates: Vec::new(),
            all_gates: Gates::default(),
        }
    }

    /// As [`Limits::admit`], for executions that were accepted before.
    pub fn readmit(&self, workflow: &Loaded, key: Option<Text>) -> Admission {
        self.open.fetch_add(1, Ordering::Relaxed);
        let of_key = key.map(|key| (Some(key), 1));
        let of_workflow = number(workflow, "concurrency").map(|most| (None, most));
        let names = of_key.into_iter().chain(of_workflow);
        let gates = names.map(|(key, most)| self.gate((workflow.id.clone(), key), most));
        Admission {
            permits: self.permits.clone(),
            open: self.open.clone(),
            gates: gates.collect(),
            all_gates: self.gates.clone(),
        }
    }

    fn gate(&self, name: Name, most: usize) -> (Name, Arc<Gate>) {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(name.clone()).or_insert_with(|| {
            Arc::new(Gate {
                permits: Arc::new(Semaphore::new(most.clamp(1, Semaphore::MAX_PERMITS))),
                open: AtomicUsize::new(0),
            })
        });
        gate.open.fetch_add(1, Ordering::Relaxed);
        (name, gate.clone())
    }
}

impl Admission {
    /// Waits for the turn.
    pub async fn turn(self) -> Turn {
        let gates = self.gates.iter().map(|(_, gate)| &gate.permits);
        let mut permits = Vec::with_capacity(self.gates.len() + 1);
        for semaphore in gates.chain([&self.permits]) {
            // They are never closed.
            permits.extend(semaphore.clone().acquire_owned().await.ok());
        }
        Turn {
            _permits: permits,
            _admission: self,
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        if self.gates.is_empty() {
            return;
        }
        let mut all = self.all_gates.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, gate) in &self.gates {
            // The last one closes the gate: keys come and go.
            if gate.open.fetch_sub(1, Ordering::Relaxed) == 1 {
                all.remove(name);
            }
        }
    }
}

/// A number of the workflow's setting `patchbay`: `{"concurrency": 2, "queue": "100"}`.
fn number(workflow: &Loaded, name: &str) -> Option<usize> {
    let number = workflow.setting("patchbay")?.get(name).map(Value::to_number)?;
    (number >= 0.0).then_some(number as usize)
}
