//! Accepting: an execution is on disk before anybody is told that it will run.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use patchbay_engine::Resumption;
use patchbay_model::{NodeRun, Snapshot, Text};
use patchbay_store::change::{Accept, Caller, Once};
use patchbay_store::saved::{Start, Step};
use patchbay_store::{Change, Error, ExecutionId, Kind, Reply, saved};

use super::limits::Admission;
use super::{Event, Executions, Refusal, Running, files};
use crate::workflows::Loaded;

/// What is to be run.
pub struct Launch {
    /// Of [`Executions::next_id`].
    pub id: ExecutionId,
    pub workflow: Arc<Loaded>,
    /// The node to start at.
    pub trigger: Text,
    /// What it begins with.
    pub start: Start,
    /// n8n's: `webhook`, `trigger`, `manual`, `error`, `integrated`, `retry`.
    pub mode: &'static str,
    /// Not accepted if there was the same within its time.
    pub once: Option<Once>,
    /// Executions of one workflow with the same key do not run at the same time.
    pub key: Option<Text>,
    pub retry_of: Option<ExecutionId>,
    /// What has run of it already, after the trigger: of one that is tried again.
    pub done: Vec<Step>,
    /// It is not refused where many wait, or where the server is about to end.
    pub always: bool,
    /// Whose call it is.
    pub caller: Option<Caller>,
}

impl Launch {
    /// A start that nothing else is to be known of.
    pub fn new(id: ExecutionId, workflow: Arc<Loaded>, trigger: Text, start: Start, mode: &'static str) -> Self {
        Self {
            id,
            workflow,
            trigger,
            start,
            mode,
            once: None,
            key: None,
            retry_of: None,
            done: Vec::new(),
            always: false,
            caller: None,
        }
    }
}

impl Executions {
    /// Accepts an execution and begins it. When this returns it is on disk. Who asked may go away meanwhile: what is on disk
    /// begins all the same.
    pub async fn accept(self: &Arc<Self>, launch: Launch) -> Result<Arc<Running>, Refusal> {
        let accepted = tokio::spawn(self.clone().accept_launch(launch)).await;
        accepted.unwrap_or(Err(Refusal::Store(Error::Closed)))
    }

    async fn accept_launch(self: Arc<Self>, launch: Launch) -> Result<Arc<Running>, Refusal> {
        if self.is_draining() && !launch.always {
            return Err(Refusal::Ending);
        }
        let admission = if launch.always {
            self.limits.readmit(&launch.workflow, launch.key.clone())
        } else {
            self.limits.admit(&launch.workflow, launch.key.clone())?
        };
        let (accept, running, snapshot) = self.prepare(launch).await.map_err(Refusal::Store)?;
        match self.store.write(Change::Accept(Box::new(accept))).await {
            Ok(Reply::Duplicate(id)) => return Err(Refusal::Duplicate(id)),
            Ok(_) => {}
            Err(error) => {
                self.not_kept.store(self.now(), Ordering::Relaxed);
                return Err(Refusal::Store(error));
            }
        }
        Ok(self.begin(running, snapshot, Resumption::GoOn, admission))
    }

    /// An execution as the store is to have it, and as it begins.
    pub(super) async fn prepare(&self, mut launch: Launch) -> Result<(Accept, Running, Snapshot), Error> {
        let folder = self.folder(launch.id);
        match &mut launch.start {
            Start::Ran(outputs) => files::take_over(&folder, outputs).await,
            Start::Given(items) => files::take_over(&folder, std::slice::from_mut(items)).await,
        }
        for step in &mut launch.done {
            if let Some(outputs) = &mut Arc::make_mut(&mut step.run).outputs {
                files::take_over(&folder, outputs).await;
            }
        }
        let input = saved::start(&launch.start)?;
        self.keep_version(&launch.workflow);
        let (now, done, caller) = (self.now(), launch.done, launch.caller);
        let running = Running {
            parent: caller.as_ref().map(|caller| caller.execution),
            depth: caller.as_ref().map_or(0, |caller| caller.depth),
            retry_of: launch.retry_of,
            ..Running::new(launch.id, launch.workflow.clone(), launch.mode)
        };
        let accept = Accept {
            execution: launch.id,
            workflow: launch.workflow.id.clone(),
            workflow_name: launch.workflow.name.clone(),
            workflow_version: launch.workflow.version.clone(),
            mode: launch.mode,
            key: launch.key.clone(),
            trigger: launch.trigger.clone(),
            input,
            now,
            retry_of: launch.retry_of,
            done: done.clone(),
            once: launch.once,
            caller,
        };
        let mut snapshot = beginning(&launch.trigger, now, launch.start);
        for step in done {
            snapshot.push(&step.node, NodeRun::clone(&step.run), None);
        }
        Ok((accept, running, snapshot))
    }

    /// The workflow as it is now is kept with its executions.
    fn keep_version(&self, workflow: &Loaded) {
        if workflow.must_be_kept() {
            self.store.tell(Change::Put {
                kind: Kind::WorkflowVersion,
                key: workflow.version.to_string(),
                value: workflow.text.as_bytes().to_vec(),
                now: self.now(),
            });
        }
    }

    pub(super) fn begin(
        self: &Arc<Self>,
        running: Running,
        snapshot: Snapshot,
        resumption: Resumption,
        admission: Admission,
    ) -> Arc<Running> {
        let running = Arc::new(running);
        self.events.tell(|| Event::begun(&running));
        self.all().insert(running.id, running.clone());
        let task = self.clone().run(running.clone(), snapshot, resumption, admission);
        self.tasks.spawn(task);
        running
    }
}

/// An execution of which the start has run, if it is known what that put out.
pub(super) fn beginning(trigger: &Text, now: i64, start: Start) -> Snapshot {
    let mut snapshot = Snapshot {
        start: (!trigger.is_empty()).then(|| trigger.clone()),
        ..Snapshot::default()
    };
    let outputs = match start {
        Start::Ran(outputs) => outputs,
        Start::Given(items) => {
            snapshot.input = Some(items);
            return snapshot;
        }
    };
    snapshot.input = outputs.iter().find(|items| !items.is_empty()).cloned();
    if !outputs.is_empty() {
        let run = NodeRun {
            started: now as f64,
            source: vec![None],
            outputs: Some(outputs),
            ..NodeRun::default()
        };
        snapshot.push(trigger, run, None);
    }
    snapshot
}
