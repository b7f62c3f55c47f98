//! Accepting: an execution is on disk before anybody is told that it will run.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use patchbay_engine::Resumption;
use patchbay_model::{Items, NodeRun, Snapshot, Text};
use patchbay_store::change::{Accept, Once};
use patchbay_store::saved::Step;
use patchbay_store::{Change, Error, ExecutionId, Kind, Reply, saved};
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;

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
    /// What that node puts out; nothing where it is to be run itself.
    pub outputs: Vec<Items>,
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
}

impl Executions {
    /// Accepts an execution and begins it. When this returns it is on disk. Who asked may go away meanwhile: what is on disk
    /// begins all the same.
    pub async fn accept(self: &Arc<Self>, launch: Launch) -> Result<Arc<Running>, Refusal> {
        let accepted = tokio::spawn(self.clone().accept_launch(launch)).await;
        accepted.unwrap_or(Err(Refusal::Store(Error::Closed)))
    }

    async fn accept_launch(self: Arc<Self>, mut launch: Launch) -> Result<Arc<Running>, Refusal> {
        if self.is_draining() && !launch.always {
            return Err(Refusal::Ending);
        }
        let admission = if launch.always {
            self.limits.readmit(&launch.workflow, launch.key.clone())
        } else {
            self.limits.admit(&launch.workflow, launch.key.clone())?
        };
        let folder = self.folder(launch.id);
        files::take_over(&folder, &mut launch.outputs).await;
        for step in &mut launch.done {
            if let Some(outputs) = &mut Arc::make_mut(&mut step.run).outputs {
                files::take_over(&folder, outputs).await;
            }
        }
        let input = saved::outputs(&launch.outputs).map_err(Refusal::Store)?;
        self.keep_version(&launch.workflow);
        let (now, done) = (self.now(), launch.done);
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
        };
        match self.store.write(Change::Accept(Box::new(accept))).await {
            Ok(Reply::Duplicate(id)) => return Err(Refusal::Duplicate(id)),
            Ok(_) => {}
            Err(error) => {
                self.not_kept.store(self.now(), Ordering::Relaxed);
                return Err(Refusal::Store(error));
            }
        }
        let mut snapshot = beginning(&launch.trigger, now, launch.outputs);
        for step in done {
            snapshot.push(&step.node, NodeRun::clone(&step.run), None);
        }
        Ok(self.begin(
            launch.id,
            launch.workflow,
            launch.mode,
            snapshot,
            Resumption::GoOn,
            admission,
        ))
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
        id: ExecutionId,
        workflow: Arc<Loaded>,
        mode: &str,
        snapshot: Snapshot,
        resumption: Resumption,
        admission: Admission,
    ) -> Arc<Running> {
        let running = Arc::new(Running {
            id,
            workflow,
            mode: mode.into(),
            cancellation: CancellationToken::new(),
            ended: SetOnce::new(),
            answered: SetOnce::new(),
        });
        self.events.tell(|| Event::begun(&running));
        self.all().insert(id, running.clone());
        let task = self.clone().run(running.clone(), snapshot, resumption, admission);
        self.tasks.spawn(task);
        running
    }
}

/// An execution of which the start has run, if it is known what that put out.
pub(super) fn beginning(trigger: &Text, now: i64, outputs: Vec<Items>) -> Snapshot {
    let mut snapshot = Snapshot {
        start: Some(trigger.clone()),
        input: outputs.iter().find(|items| !items.is_empty()).cloned(),
        ..Snapshot::default()
    };
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
