//! Executions: accepted when they are on disk, run, kept node by node, put to rest, taken up again, ended.
//!
//! An execution that was accepted is in the store until it has ended. A node that was at work when the process died is run
//! again, so each node runs at least once; a node that must not be repeated (`unsafeToRepeat`) makes the execution rest for
//! a decision instead.

mod accept;
mod account;
mod called;
mod calls;
mod events;
mod failure;
mod files;
mod journal;
mod limits;
mod recover;
mod rest;
mod retry;
mod run;
mod settle;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use patchbay_engine::Finished;
use patchbay_model::{Object, Text, Wait};
use patchbay_node::NodeError;
use patchbay_node::capability::Answers;
use patchbay_node::capability::answer::Answer;
use patchbay_store::{Error, Execution, ExecutionId, Status, Store};
use tokio::sync::SetOnce;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::metrics::Metrics;
use crate::trace::Parents;
use crate::workflows::{Loaded, Workflows};
use crate::{Configuration, World};
pub use accept::Launch;
use accept::beginning;
pub use events::{Event, Events};
use limits::Limits;
pub use limits::Refusal;
use rest::Rests;
pub use rest::waits_for;
pub use retry::{NotRetried, Retry};

/// An execution that was accepted and has not ended.
pub struct Running {
    pub id: ExecutionId,
    pub workflow: Arc<Loaded>,
    pub mode: Text,
    /// The execution that called it.
    pub parent: Option<ExecutionId>,
    /// Through how many calls it came about.
    pub depth: usize,
    /// The execution of which it is another try.
    pub retry_of: Option<ExecutionId>,
    /// It was begun before, and is taken up again.
    pub taken_up: bool,
    /// When it had its turn, in milliseconds since 1970.
    pub began: OnceLock<i64>,
    pub cancellation: CancellationToken,
    /// Set when it has ended, rests or was put aside.
    pub ended: SetOnce<Arc<Finished>>,
    /// What Respond to Webhook said first.
    pub answered: SetOnce<Answer>,
}

impl Running {
    /// An execution that was begun before.
    fn again(execution: &Execution, workflow: Arc<Loaded>) -> Self {
        Self {
            parent: execution.parent,
            depth: execution.depth,
            retry_of: execution.retry_of,
            taken_up: true,
            ..Self::new(execution.id, workflow, &execution.mode)
        }
    }

    /// An execution that nobody called.
    fn new(id: ExecutionId, workflow: Arc<Loaded>, mode: &str) -> Self {
        Self {
            id,
            workflow,
            mode: mode.into(),
            parent: None,
            depth: 0,
            retry_of: None,
            taken_up: false,
            began: OnceLock::new(),
            cancellation: CancellationToken::new(),
            ended: SetOnce::new(),
            answered: SetOnce::new(),
        }
    }
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
    pub events: Events,
    pub metrics: Arc<Metrics>,
    /// Of executions that were asked for and have not begun.
    pub parents: Parents,
    /// `$vars`.
    variables: RwLock<Arc<Object>>,
    tasks: TaskTracker,
    /// When a request could not be kept last, in milliseconds since 1970.
    not_kept: AtomicI64,
    /// Puts aside what runs.
    suspension: CancellationToken,
    /// Nothing more is accepted or taken up.
    ending: CancellationToken,
}

impl Executions {
    pub fn new(
        configuration: Arc<Configuration>,
        world: World,
        store: Arc<dyn Store>,
        workflows: Arc<Workflows>,
    ) -> Arc<Self> {
        let metrics = Arc::new(Metrics::default());
        let counted = metrics.clone();
        store.on_commit(Box::new(move |took| counted.committed(took)));
        Arc::new(Self {
            metrics,
            parents: Parents::default(),
            limits: Limits::new(&configuration),
            events: Events::new(world.capabilities.environment.clone()),
            configuration,
            world,
            store,
            workflows,
            running: Mutex::default(),
            rests: Rests::default(),
            variables: RwLock::default(),
            tasks: TaskTracker::new(),
            not_kept: AtomicI64::new(0),
            suspension: CancellationToken::new(),
            ending: CancellationToken::new(),
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
        self.ending.is_cancelled()
    }

    /// Waits until what runs is put aside for the next start.
    pub async fn put_aside(&self) {
        self.suspension.cancelled().await;
    }

    /// An execution that has not ended and does not rest.
    pub fn find(&self, id: ExecutionId) -> Option<Arc<Running>> {
        self.all().get(&id).cloned()
    }

    /// How many executions run or wait for their turn.
    pub fn count(&self) -> usize {
        self.all().len()
    }

    /// How many executions run, and how many wait for their turn.
    pub fn turns(&self) -> (usize, usize) {
        self.limits.turns()
    }

    /// How many executions rest.
    pub fn resting(&self) -> usize {
        self.rests.count()
    }

    /// Whether the store failed to keep a request since then, in milliseconds since 1970.
    pub fn could_not_keep_since(&self, since: i64) -> bool {
        self.not_kept.load(Ordering::Relaxed) > since
    }

    /// What `$vars` gives from now on.
    pub fn set_variables(&self, variables: Object) {
        *self.variables.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(variables);
    }

    /// Stops an execution: in the middle of a node's work, or where it rests, with those that it waits for. Gives whether
    /// there was one to stop. Who asked may go away meanwhile.
    pub async fn cancel(self: &Arc<Self>, id: ExecutionId) -> Result<bool, Error> {
        let executions = self.clone();
        let stopped = tokio::spawn(async move { executions.cancel_now(id).await }).await;
        stopped.unwrap_or(Err(Error::Closed))
    }

    async fn cancel_now(&self, id: ExecutionId) -> Result<bool, Error> {
        let mut next = Some(id);
        let mut found = false;
        while let Some(id) = next.take() {
            if let Some(running) = self.find(id) {
                // It stops those that it waits for.
                running.cancellation.cancel();
                running.ended.wait().await;
                return Ok(true);
            }
            if !self.rests.remove(id) {
                break;
            }
            found = true;
            if let Some(execution) = self.store.execution(id).await? {
                if let Some(Wait::Execution(called)) = waits_for(&execution) {
                    next = Some(called);
                }
                self.end_at_rest(&execution, Status::Canceled, &NodeError::cancelled().error)
                    .await?;
            }
        }
        Ok(found)
    }

    /// Lets executions end, puts those aside that take longer, and leaves what will not stop to the next start.
    pub async fn end(&self) {
        self.ending.cancel();
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
