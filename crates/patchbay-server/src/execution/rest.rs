//! Executions that rest: taken up when their time has come, or when their resume URL is called.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_engine::{Resumption, end_rest};
use patchbay_model::{Items, Snapshot, Text, Wait};
use patchbay_store::saved::{self, Step};
use patchbay_store::{Change, Error, Execution, ExecutionId};
use tokio::sync::Notify;

use super::limits::Limits;
use super::{Executions, Running};
use crate::workflows::Loaded;

/// Which executions rest, and until when.
#[derive(Default)]
pub(super) struct Rests {
    known: Mutex<Known>,
    changed: Notify,
}

#[derive(Default)]
struct Known {
    until: HashMap<ExecutionId, Option<i64>>,
    by_time: BTreeSet<(i64, ExecutionId)>,
    /// Those that rest until another one ends, by that.
    callers: HashMap<ExecutionId, ExecutionId>,
}

impl Rests {
    pub fn add(&self, id: ExecutionId, until: Option<i64>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.until.insert(id, until);
        if let Some(until) = until {
            known.by_time.insert((until, id));
            self.changed.notify_one();
        }
    }

    /// One rests until another one ends, which it has called.
    pub fn add_caller(&self, id: ExecutionId, called: ExecutionId) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.until.insert(id, None);
        known.callers.insert(called, id);
    }

    /// The rest of the one that rests until this one ends is over at that time.
    pub fn end_for(&self, called: ExecutionId, until: i64) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(caller) = known.callers.remove(&called) else {
            return;
        };
        // It may have been stopped.
        if let Some(rest) = known.until.get_mut(&caller) {
            *rest = Some(until);
            known.by_time.insert((until, caller));
            self.changed.notify_one();
        }
    }

    /// Gives whether it rested: of several who want to take it up one may.
    pub fn remove(&self, id: ExecutionId) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = known.until.remove(&id) else {
            return false;
        };
        if let Some(until) = until {
            known.by_time.remove(&(until, id));
        }
        true
    }

    pub fn count(&self) -> usize {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).until.len()
    }

    fn next(&self) -> Option<(i64, ExecutionId)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.by_time.first().copied()
    }
}

/// The longest sleep in milliseconds: who sets the clock forward need not wait longer.
pub(super) const NAP: f64 = 60_000.0;

impl Executions {
    /// Takes up what has rested long enough, as long as the server runs.
    pub(super) async fn wake(self: Arc<Self>) {
        let timer = self.world.capabilities.timer.clone();
        while !self.is_draining() {
            let next = self.rests.next();
            let now = self.now();
            let nap = match next {
                Some((until, id)) if until <= now => {
                    if let Err(error) = self.resume(id, None).await {
                        tracing::error!(code = error.code(), execution = id, "{error}");
                        self.rests.add(id, Some(now + NAP as i64));
                    }
                    continue;
                }
                Some((until, _)) => ((until - now) as f64).min(NAP),
                None => NAP,
            };
            tokio::select! {
                () = self.ending.cancelled() => return,
                () = self.rests.changed.notified() => {}
                () = timer.sleep(nap) => {}
            }
        }
    }

    /// Takes up an execution that rests; the node that rests puts out `items`, if there are any. When this returns that is
    /// on disk. `None` where it does not rest. Who asked may go away meanwhile.
    pub async fn resume(
        self: &Arc<Self>,
        id: ExecutionId,
        items: Option<Vec<Items>>,
    ) -> Result<Option<Arc<Running>>, Error> {
        let resumed = tokio::spawn(self.clone().resume_rest(id, items)).await;
        resumed.unwrap_or(Err(Error::Closed))
    }

    async fn resume_rest(
        self: Arc<Self>,
        id: ExecutionId,
        items: Option<Vec<Items>>,
    ) -> Result<Option<Arc<Running>>, Error> {
        if let Some(items) = &items {
            saved::check_depth(items)?;
        }
        if self.is_draining() || !self.rests.remove(id) {
            return Ok(None);
        }
        let Some(execution) = self.store.execution(id).await? else {
            return Ok(None);
        };
        let Some((workflow, mut snapshot)) = self.read_back(&execution).await? else {
            return Ok(None);
        };
        let mut with = None;
        if let Some(outputs) = items
            && let Some((node, run)) = end_rest(&mut snapshot.run_data, outputs)
        {
            with = Some(Step {
                node,
                run: Arc::new(run),
                replaces: true,
            });
        }
        self.store.write(Change::Resume { execution: id, with }).await?;
        Ok(Some(self.begin_again(&execution, workflow, snapshot, Resumption::GoOn)))
    }

    /// Begins an execution that was begun before. It waits for its turn, unless it was called by one that has its own.
    pub(super) fn begin_again(
        self: &Arc<Self>,
        execution: &Execution,
        workflow: Arc<Loaded>,
        snapshot: Snapshot,
        resumption: Resumption,
    ) -> Arc<Running> {
        let caller = execution.parent.and_then(|parent| self.find(parent));
        let admission = match caller {
            Some(_) => Limits::none(),
            None => self.limits.readmit(&workflow, execution.key.as_deref().map(Text::from)),
        };
        self.begin(Running::again(execution, workflow), snapshot, resumption, admission)
    }

    /// Takes up an execution that waits for a decision on a node that was broken off. Who asked may go away meanwhile.
    pub async fn decide(self: &Arc<Self>, id: ExecutionId, repeat: bool) -> Result<Option<Arc<Running>>, Error> {
        let decided = tokio::spawn(self.clone().decide_rest(id, repeat)).await;
        decided.unwrap_or(Err(Error::Closed))
    }

    async fn decide_rest(self: Arc<Self>, id: ExecutionId, repeat: bool) -> Result<Option<Arc<Running>>, Error> {
        let Some(execution) = self.store.execution(id).await? else {
            return Ok(None);
        };
        if !matches!(waits_for(&execution), Some(Wait::Decision(_))) || !self.rests.remove(id) {
            return Ok(None);
        }
        let Some((workflow, snapshot)) = self.read_back(&execution).await? else {
            return Ok(None);
        };
        self.store
            .write(Change::Resume {
                execution: id,
                with: None,
            })
            .await?;
        let resumption = if repeat { Resumption::Repeat } else { Resumption::Fail };
        Ok(Some(self.begin_again(&execution, workflow, snapshot, resumption)))
    }
}

/// What an execution waits for.
pub fn waits_for(execution: &Execution) -> Option<Wait> {
    serde_json::from_str(execution.rest.as_deref()?).ok()
}
