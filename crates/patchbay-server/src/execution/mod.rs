//! Executions: accepted when they are on disk, run, kept node by node, put to rest, taken up again, ended.
//!
//! An execution that was accepted is in the store until it has ended. A node that was at work when the process died is run
//! again, so each node runs at least once; a node that must not be repeated (`unsafeToRepeat`) makes the execution rest for
//! a decision instead.

mod calls;
mod failure;
mod journal;
mod limits;
mod recover;
mod rest;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures::FutureExt;
use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Finished, Options, Resumption};
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{ExecutionError, Items, NodeRun, Object, Snapshot, Status, Text, Value};
use patchbay_node::Capabilities;
use patchbay_node::capability::Answers;
use patchbay_node::capability::answer::Answer;
use patchbay_store::change::{Accept, Once, Settle};
use patchbay_store::{Change, ExecutionId, Kind, Reply, Store, saved};
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::workflows::{Loaded, Workflows};
use crate::{Configuration, World};
use journal::Kept;
pub use limits::Refusal;
use limits::{Admission, Limits};
use rest::Rests;
pub use rest::waits_for;

/// What is to be run.
pub struct Launch {
    /// Of [`Executions::next_id`].
    pub id: ExecutionId,
    pub workflow: Arc<Loaded>,
    /// The node to start at.
    pub trigger: Text,
    /// What that node puts out.
    pub outputs: Vec<Items>,
    /// n8n's: `webhook`, `trigger`, `manual`, `error`, `integrated`, `retry`.
    pub mode: &'static str,
    /// Not accepted if there was the same within its time.
    pub once: Option<Once>,
    /// Executions of one workflow with the same key do not run at the same time.
    pub key: Option<Text>,
    pub retry_of: Option<ExecutionId>,
}

/// An execution that was accepted and has not ended.
pub struct Running {
    pub id: ExecutionId,
    pub workflow: Arc<Loaded>,
    pub mode: Text,
    pub cancellation: CancellationToken,
    /// Set when it has ended, rests or was put aside.
    pub ended: SetOnce<Arc<Finished>>,
    /// What Respond to Webhook said first.
    pub answered: SetOnce<Answer>,
}

impl Answers for Running {
    fn answer(&self, answer: Answer) {
        // Of several answers the first counts.
        let _ = self.answered.set(answer);
    }
}

/// All executions of a server.
pub struct Executions {
    configuration: Arc<Configuration>,
    world: World,
    store: Arc<dyn Store>,
    workflows: Arc<Workflows>,
    running: Mutex<HashMap<ExecutionId, Arc<Running>>>,
    limits: Limits,
    rests: Rests,
    /// `$vars`.
    variables: RwLock<Arc<Object>>,
    tasks: TaskTracker,
    suspension: CancellationToken,
    draining: AtomicBool,
}

impl Executions {
    pub fn new(
        configuration: Arc<Configuration>,
        world: World,
        store: Arc<dyn Store>,
        workflows: Arc<Workflows>,
    ) -> Arc<Self> {
        Arc::new(Self {
            limits: Limits::new(&configuration),
            configuration,
            world,
            store,
            workflows,
            running: Mutex::default(),
            rests: Rests::default(),
            variables: RwLock::default(),
            tasks: TaskTracker::new(),
            suspension: CancellationToken::new(),
            draining: AtomicBool::new(false),
        })
    }

    pub fn next_id(&self) -> ExecutionId {
        self.store.next_execution()
    }

    /// Where an execution's files are.
    pub fn folder(&self, id: ExecutionId) -> PathBuf {
        self.configuration.data.join("files").join(id.to_string())
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// An execution that has not ended and does not rest.
    pub fn find(&self, id: ExecutionId) -> Option<Arc<Running>> {
        self.all().get(&id).cloned()
    }

    /// How many executions run or wait for their turn.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// What `$vars` gives from now on.
    pub fn set_variables(&self, variables: Object) {
        *self.variables.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(variables);
    }

    /// Stops an execution: in the middle of a node's work, or where it rests. Gives whether there was one to stop.
    pub async fn cancel(&self, id: ExecutionId) -> Result<bool, patchbay_store::Error> {
        if let Some(running) = self.find(id) {
            running.cancellation.cancel();
            running.ended.wait().await;
            return Ok(true);
        }
        if !self.rests.remove(id) {
            return Ok(false);
        }
        let settle = Settle {
            execution: id,
            status: patchbay_store::Status::Canceled,
            now: self.now(),
            last_node: None,
            error: None,
            rests_until: None,
            rest: None,
            keep: true,
        };
        self.store.write(Change::Settle(Box::new(settle))).await?;
        Ok(true)
    }

    /// Accepts an execution and begins it. When this returns it is on disk.
    pub async fn accept(self: &Arc<Self>, launch: Launch) -> Result<Arc<Running>, Refusal> {
        if self.is_draining() {
            return Err(Refusal::Ending);
        }
        let admission = self.limits.admit(&launch.workflow, launch.key.clone())?;
        let input = saved::outputs(&launch.outputs).map_err(Refusal::Store)?;
        self.keep_version(&launch.workflow);
        let accept = Accept {
            execution: launch.id,
            workflow: launch.workflow.id.clone(),
            workflow_name: launch.workflow.name.clone(),
            workflow_version: launch.workflow.version.clone(),
            mode: launch.mode,
            trigger: launch.trigger.clone(),
            input,
            now: self.now(),
            retry_of: launch.retry_of,
            once: launch.once,
        };
        match self.store.write(Change::Accept(Box::new(accept))).await {
            Ok(Reply::Duplicate(id)) => return Err(Refusal::Duplicate(id)),
            Ok(_) => {}
            Err(error) => return Err(Refusal::Store(error)),
        }
        let run = NodeRun {
            started: self.now() as f64,
            source: vec![None],
            outputs: Some(launch.outputs),
            ..NodeRun::default()
        };
        Ok(self.begin(
            launch.id,
            launch.workflow,
            launch.mode,
            beginning(&launch.trigger, run),
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

    fn begin(
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
        self.all().insert(id, running.clone());
        let task = self.clone().run(running.clone(), snapshot, resumption, admission);
        self.tasks.spawn(task);
        running
    }

    async fn run(
        self: Arc<Self>,
        running: Arc<Running>,
        snapshot: Snapshot,
        resumption: Resumption,
        admission: Admission,
    ) {
        let turn = tokio::select! {
            biased;
            () = self.suspension.cancelled() => None,
            turn = admission.turn() => Some(turn),
        };
        // Put aside before it began: the store has it.
        let Some(turn) = turn else {
            self.all().remove(&running.id);
            return;
        };
        let execution = self.execution(&running, snapshot, resumption);
        let finished = AssertUnwindSafe(execution.run()).catch_unwind().await;
        drop(turn);
        let finished = finished.unwrap_or_else(|_| broken());
        let finished = Arc::new(finished);
        self.settle(&running, &finished);
        self.all().remove(&running.id);
        // Nobody else sets it.
        let _ = running.ended.set(finished.clone());
        self.after_failure(&running, &finished).await;
    }

    fn execution(self: &Arc<Self>, running: &Arc<Running>, snapshot: Snapshot, resumption: Resumption) -> Execution {
        let workflow = &running.workflow;
        let options = Options {
            timeout: self.timeout(workflow),
            info: self.info(running.id, workflow, "production"),
            static_data: workflow.static_data.clone(),
            cancellation: running.cancellation.clone(),
            suspension: self.suspension.clone(),
            ..Options::default()
        };
        let capabilities = Capabilities {
            binaries: (self.world.files)(self.folder(running.id)),
            workflows: calls::Calls::first(self),
            answers: running.clone(),
            ..self.world.capabilities.clone()
        };
        let journal = Kept {
            execution: running.id,
            workflow: workflow.id.clone(),
            store: self.store.clone(),
            environment: self.world.capabilities.environment.clone(),
        };
        let graph = workflow.graph.clone();
        Execution::resume(graph, snapshot, resumption, options, capabilities, Arc::new(Unobserved))
            .kept_by(Arc::new(journal))
    }

    fn info(&self, id: ExecutionId, workflow: &Loaded, mode: &str) -> ExecutionInfo {
        let configuration = &self.configuration;
        let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
        let timezone = workflow.graph.workflow.settings.timezone.clone();
        ExecutionInfo {
            id: id.to_string().into(),
            mode: mode.into(),
            resume_url: format!("{}/{}/{id}", configuration.base_url, configuration.webhook_waiting_path).into(),
            variables: (**variables).clone(),
            timezone: timezone.unwrap_or_else(|| configuration.timezone.clone()),
        }
    }

    /// The workflow's own limit, or that of all; never more than the longest.
    fn timeout(&self, workflow: &Loaded) -> Option<Duration> {
        let own = workflow.graph.workflow.settings.execution_timeout;
        let common = if own.is_some() {
            None
        } else {
            self.configuration.timeout
        };
        common.into_iter().chain(self.configuration.longest_timeout).min()
    }

    /// Keeps how the execution ended, or what it waits for.
    fn settle(&self, running: &Running, finished: &Finished) {
        use patchbay_store::Status as Stored;
        let status = match finished.status {
            Status::Success => Stored::Success,
            Status::Error => Stored::Error,
            Status::Canceled => Stored::Canceled,
            Status::Waiting => Stored::Waiting,
            // The store has it as running: it is taken up at the next start.
            Status::Suspended => return,
        };
        let until = finished
            .waiting
            .as_ref()
            .and_then(patchbay_model::Wait::until)
            .map(|until| until as i64);
        let rest = finished
            .waiting
            .as_ref()
            .and_then(|wait| serde_json::to_string(wait).ok());
        let settle = Settle {
            execution: running.id,
            status,
            now: self.now(),
            last_node: finished.last_node().cloned(),
            error: finished.error.as_ref().map(|error| error.to_value().to_json()),
            rests_until: until,
            rest,
            keep: self.keeps(&running.workflow, status),
        };
        self.store.tell(Change::Settle(Box::new(settle)));
        if status == Stored::Waiting {
            self.rests.add(running.id, until);
        }
    }

    /// What the workflow's settings say of keeping executions that ended so.
    fn keeps(&self, workflow: &Loaded, status: patchbay_store::Status) -> bool {
        let setting = |name: &str, otherwise: bool| match workflow.setting(name).and_then(Value::as_str) {
            Some("all") => true,
            Some("none") => false,
            _ => otherwise,
        };
        match status {
            patchbay_store::Status::Success => setting("saveDataSuccessExecution", self.configuration.keep_success),
            patchbay_store::Status::Error | patchbay_store::Status::Canceled => {
                setting("saveDataErrorExecution", self.configuration.keep_error)
            }
            _ => true,
        }
    }

    /// Lets executions end, puts those aside that take longer, and leaves what will not stop to the next start.
    pub async fn end(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.tasks.close();
        if tokio::time::timeout(self.configuration.grace, self.tasks.wait())
            .await
            .is_ok()
        {
            return;
        }
        self.suspension.cancel();
        if tokio::time::timeout(Duration::from_secs(1), self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("{} executions are taken up again at the next start", self.count());
        }
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<ExecutionId, Arc<Running>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.world.capabilities.environment.now() as i64
    }
}

/// An execution of which the start has run.
fn beginning(trigger: &Text, run: NodeRun) -> Snapshot {
    let input = run.outputs.iter().flatten().find(|items| !items.is_empty()).cloned();
    let mut snapshot = Snapshot {
        start: Some(trigger.clone()),
        input,
        ..Snapshot::default()
    };
    snapshot.push(trigger, run, None);
    snapshot
}

/// How an execution ends of which a node panicked.
fn broken() -> Finished {
    Finished::failed(ExecutionError {
        code: "E1204".into(),
        message: "The execution broke off: a fault of patchbay itself".into(),
        hints: vec!["report it, with what was logged at the time".into()],
        ..ExecutionError::default()
    })
}
