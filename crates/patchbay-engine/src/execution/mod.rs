//! Runs a graph: takes the next job from the [`queue`], has [`step`] run its node, keeps what the node leaves
//! behind, and hands its items to the nodes that follow.
//!
//! A node that fails is data ([`patchbay_model::NodeRun::error`]), not an error of this module.
//!
//! Between two nodes an execution can be put aside and go on later, in this process or another:
//!
//! - it stops there by itself where a node rests (Wait), or when [`Options::suspension`] is cancelled;
//!   [`Finished::to_snapshot`] is what must be kept of it;
//! - a [`Journal`] is given each node's run as it comes, so that what is done outlives a crash;
//! - [`Execution::resume`] goes on from a snapshot, whether it was taken or put together from a journal. It gives the same
//!   run data as an execution that was never interrupted;
//! - [`Snapshot::before_failure`] is where a failed execution is tried again.

mod failed;
mod finished;
mod journal;
mod observer;
mod outputs;
mod queue;
mod resume;
mod start;
mod step;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{ExecutionError, Item, Items, Object, RunData, RunEvent, Snapshot, Status, Text, Wait};
use patchbay_node::{Capabilities, NodeError, State};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use finished::Finished;
pub use journal::{Completed, Journal};
pub use observer::{Observer, Unobserved};
pub use resume::{Resumption, end_rest};
pub use start::start_of;

use crate::Graph;
use queue::Queue;
use resume::{Known, Recorded};
use step::{Ran, Step, locked};

/// How to run a workflow.
#[derive(Clone, Default)]
pub struct Options {
    /// The node to start at; without it the workflow's own start is taken.
    pub trigger: Option<Text>,
    /// The items that the start gets; one empty item where there are none.
    pub input: Option<Items>,
    /// Nodes with pinned data are not run: the pinned items are what they put out.
    pub pin_data: bool,
    /// The execution is stopped after this time, or after the workflow's own limit if that is shorter.
    pub timeout: Option<Duration>,
    /// A node that is not there, or that has a fault, fails when it is reached, and does not keep the workflow from
    /// starting.
    pub allow_missing: bool,
    /// A node that rests until a time is waited for; else the execution ends there, to be resumed by somebody.
    pub sit_out_rests: bool,
    pub info: ExecutionInfo,
    /// What `$getWorkflowStaticData` gives, to be kept across executions: keys `global` and `node:NAME`.
    pub static_data: Arc<Mutex<Object>>,
    /// Stops the execution, in the middle of a node's work.
    pub cancellation: CancellationToken,
    /// Puts the execution aside before its next node.
    pub suspension: CancellationToken,
}

/// One execution of a graph, not yet begun or between two nodes.
pub struct Execution {
    graph: Arc<Graph>,
    options: Options,
    capabilities: Capabilities,
    observer: Arc<dyn Observer>,
    journal: Option<Arc<dyn Journal>>,
    recorded: Recorded,
}

/// What an execution has left behind so far.
#[derive(Default)]
struct Progress {
    start: Option<usize>,
    run_data: RunData,
    waiting: Option<Wait>,
    /// The node that waits.
    rests_at: Option<Text>,
    suspended: bool,
    /// The static data as the journal knows them.
    kept_static_data: Object,
}

impl Progress {
    fn rest(&mut self, node: &Text, wait: Wait) {
        self.waiting = Some(wait);
        self.rests_at = Some(node.clone());
    }
}

/// What comes after a node.
enum Next {
    /// Those that it leads to.
    Followers,
    /// Those that do not need what it put out.
    Others,
    /// The execution rests.
    Nothing(Wait),
}

impl Execution {
    /// A new execution.
    pub fn new(graph: Arc<Graph>, options: Options, capabilities: Capabilities, observer: Arc<dyn Observer>) -> Self {
        Self {
            graph,
            options,
            capabilities,
            observer,
            journal: None,
            recorded: Recorded::default(),
        }
    }

    /// An execution that goes on where a snapshot was taken. Start, input and static data are the snapshot's, all else is
    /// that of the options. The graph may be that of a workflow that was changed meanwhile: nodes that have run keep what
    /// they put out, and their items go where the connections lead now.
    pub fn resume(
        graph: Arc<Graph>,
        mut snapshot: Snapshot,
        resumption: Resumption,
        mut options: Options,
        capabilities: Capabilities,
        observer: Arc<dyn Observer>,
    ) -> Self {
        options.trigger = snapshot.start.take();
        options.input = snapshot.input.take();
        if let Some(static_data) = snapshot.static_data.take() {
            *locked(&options.static_data) = static_data;
        }
        Self {
            recorded: Recorded::new(snapshot, resumption),
            ..Self::new(graph, options, capabilities, observer)
        }
    }

    /// The execution with somebody who keeps what it leaves behind.
    #[must_use]
    pub fn kept_by(self, journal: Arc<dyn Journal>) -> Self {
        Self {
            journal: Some(journal),
            ..self
        }
    }

    /// The node at which a run starts, by its place in the workflow: the trigger of that name, or else the workflow's own;
    /// `None` where it can start nowhere.
    pub fn start_of(graph: &Graph, trigger: Option<&str>) -> Option<usize> {
        start::found(graph, trigger).ok()
    }

    /// Runs until nothing is left to run, a node fails or rests, the time is up, or the execution is put aside or
    /// cancelled.
    pub async fn run(self) -> Finished {
        let mut progress = Progress {
            kept_static_data: locked(&self.options.static_data).clone(),
            ..Progress::default()
        };
        let timed_out = Arc::new(AtomicBool::new(false));
        let result = match start::choose(&self.graph, &self.options) {
            Ok(start) => {
                progress.start = Some(start);
                let timer = self.start_timer(&timed_out);
                if timer.is_some() {
                    // Else it waits for this thread, which a node that computes would never leave.
                    tokio::task::yield_now().await;
                }
                self.run_from(start, &mut progress).await
            }
            Err(error) => Err(error),
        };
        let result = result.map_err(|error| {
            if error.code == CANCELLED && timed_out.load(Ordering::Relaxed) {
                self.timeout_error(*error)
            } else {
                error
            }
        });
        self.finish(progress, result)
    }

    /// The time after which the execution is stopped.
    fn limit(&self) -> Option<Duration> {
        self.options.timeout.into_iter().chain(self.limit_of_workflow()).min()
    }

    fn limit_of_workflow(&self) -> Option<Duration> {
        let seconds = self.graph.workflow.settings.execution_timeout?;
        Duration::try_from_secs_f64(seconds).ok()
    }

    /// A task of its own, so that it also stops a node that computes without ever waiting.
    fn start_timer(&self, timed_out: &Arc<AtomicBool>) -> Option<AbortOnDropHandle<()>> {
        let limit = self.limit()?;
        let timer = self.capabilities.timer.clone();
        let cancellation = self.options.cancellation.clone();
        let timed_out = timed_out.clone();
        Some(AbortOnDropHandle::new(tokio::spawn(async move {
            timer.sleep(limit.as_secs_f64() * 1000.0).await;
            timed_out.store(true, Ordering::Relaxed);
            cancellation.cancel();
        })))
    }

    fn timeout_error(&self, cancelled: ExecutionError) -> Box<ExecutionError> {
        let limit = self.limit();
        let seconds = limit.unwrap_or_default().as_secs_f64();
        let mut hints = cancelled.hints.clone();
        hints.push(if limit == self.limit_of_workflow() {
            "the workflow's setting `executionTimeout` says so: give it more time there".into()
        } else {
            "the limit of whoever started it says so: give it more time with `--timeout`".into()
        });
        Box::new(ExecutionError {
            code: TIMED_OUT.into(),
            message: "The execution was cancelled because it timed out".into(),
            description: Some(format!("It was stopped after {seconds} s").into()),
            hints,
            ..cancelled
        })
    }

    async fn run_from(&self, start: usize, progress: &mut Progress) -> Result<(), Box<ExecutionError>> {
        let states = self.graph.nodes.iter().map(|_| State {
            static_data: self.options.static_data.clone(),
            ..State::default()
        });
        let states: Vec<State> = states.collect();
        let mut queue = Queue::new(&self.graph);
        let input = self.options.input.clone();
        queue.start(start, input.unwrap_or_else(|| vec![Item::default()].into()));
        loop {
            if self.options.suspension.is_cancelled() {
                progress.suspended = true;
                return Ok(());
            }
            let Some(job) = queue.next() else { break };
            let step_node = &self.graph.workflow.nodes[job.node].name;
            let step = Step::new(self, &job, &progress.run_data, &states);
            let (run, ran) = match self.recorded.known(step_node, step.run_index()) {
                Known::Run(run) => {
                    step.restore_state().await;
                    progress.run_data.push(step_node, *run);
                    queue.follow(job.node, &progress.run_data);
                    continue;
                }
                Known::Undecided(begun) => {
                    progress.rest(step_node, Wait::Decision(begun));
                    return Ok(());
                }
                Known::BrokenOff => step.broken_off(),
                Known::Paused(pause) => step.after(pause).run().await,
                Known::Nothing => {
                    step.announce().await?;
                    step.run().await
                }
            };
            let next = match ran {
                // n8n looks at nodes that wait only after one that has put something out.
                Ran::Ended if queue.is_idle() => break,
                Ran::Ended => continue,
                Ran::RunsAgain(wait) => {
                    // What it waits for may have been put aside as well.
                    progress.suspended = self.options.suspension.is_cancelled();
                    if !progress.suspended {
                        progress.rest(step_node, wait);
                    }
                    return Ok(());
                }
                Ran::On => Ok(Next::Followers),
                Ran::Unanswered => Ok(Next::Others),
                Ran::Rests(wait) => {
                    let is_over = self.sit_out(&wait).await;
                    is_over.map(|is_over| if is_over { Next::Followers } else { Next::Nothing(wait) })
                }
                Ran::Failed(error) => Err(error),
            };
            progress.run_data.push(step_node, run);
            if let Ok(Next::Nothing(wait)) = &next {
                progress.rest(step_node, wait.clone());
            }
            if !matches!(&next, Err(error) if error.code == CANCELLED) {
                self.keep(step_node, progress).await?;
            }
            match next? {
                Next::Followers => queue.follow(job.node, &progress.run_data),
                // What waits for it would wait for ever.
                Next::Others if queue.is_idle() => break,
                Next::Others => {}
                Next::Nothing(_) => return Ok(()),
            }
        }
        // As in n8n, a failure that was to be passed on is one of the whole execution if nothing ran after it.
        let run_data = &progress.run_data;
        let last = run_data.last_node().and_then(|node| run_data.runs(node).last());
        match last.and_then(|run| run.error.clone()) {
            Some(error) => Err(Box::new(error)),
            None => Ok(()),
        }
    }

    /// Waits until a node's rest is over; whether that was possible.
    async fn sit_out(&self, wait: &Wait) -> Result<bool, Box<ExecutionError>> {
        let (Wait::Until(until) | Wait::Webhook { until: Some(until) }) = wait else {
            return Ok(false);
        };
        if !self.options.sit_out_rests {
            return Ok(false);
        }
        self.sleep_until(*until).await.map_err(|cancelled| cancelled.error)?;
        Ok(true)
    }

    /// Sleeps until a moment, in milliseconds since 1970, unless the execution is cancelled before.
    async fn sleep_until(&self, until: f64) -> Result<(), NodeError> {
        let left = (until - self.capabilities.environment.now()).max(0.0);
        tokio::select! {
            biased;
            () = self.options.cancellation.cancelled() => Err(NodeError::cancelled()),
            () = self.capabilities.timer.sleep(left) => Ok(()),
        }
    }

    /// Tells the journal what the last run of a node has left behind.
    async fn keep(&self, node: &Text, progress: &mut Progress) -> Result<(), Box<ExecutionError>> {
        let (Some(journal), Some((record, earlier))) = (&self.journal, progress.run_data.runs(node).split_last())
        else {
            return Ok(());
        };
        let static_data = {
            let current = locked(&self.options.static_data);
            (*current != progress.kept_static_data).then(|| current.clone())
        };
        let completed = Completed {
            node,
            run: earlier.len(),
            record,
            static_data: static_data.as_ref(),
            wait: progress.waiting.as_ref(),
        };
        journal.completed(completed).await?;
        if let Some(static_data) = static_data {
            progress.kept_static_data = static_data;
        }
        Ok(())
    }

    fn finish(self, progress: Progress, result: Result<(), Box<ExecutionError>>) -> Finished {
        let error = result.err().map(|error| *error);
        let status = match &error {
            Some(error) if error.code == CANCELLED || error.code == TIMED_OUT => Status::Canceled,
            Some(_) => Status::Error,
            None if progress.waiting.is_some() => Status::Waiting,
            None if progress.suspended => Status::Suspended,
            None => Status::Success,
        };
        let timed_out = error.as_ref().is_some_and(|error| error.code == TIMED_OUT);
        self.observer.observe(&RunEvent::Finished { status, timed_out });
        let start = progress
            .start
            .map(|start| self.graph.workflow.nodes[start].name.clone());
        Finished {
            status,
            run_data: progress.run_data,
            error,
            waiting: progress.waiting,
            rests_at: progress.rests_at,
            start,
            input: self.options.input,
            static_data: self.options.static_data,
        }
    }
}

/// The code of `NodeError::cancelled`.
const CANCELLED: &str = "E0701";
const TIMED_OUT: &str = "E0702";
