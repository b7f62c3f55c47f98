//! Runs a graph: takes the next job from the [`queue`], has [`step`] run its node, keeps what the node leaves
//! behind, and hands its items to the nodes that follow.
//!
//! A node that fails is data ([`patchbay_model::NodeRun::error`]), not an error of this module.

mod finished;
mod observer;
mod outputs;
mod queue;
mod start;
mod step;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{ExecutionError, Item, Items, Object, RunData, RunEvent, Status, Text};
use patchbay_node::{Capabilities, State, Wait};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use finished::Finished;
pub use observer::{Observer, Unobserved};

use crate::Graph;
use queue::Queue;
use step::{Ran, Step};

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
    pub info: ExecutionInfo,
    /// What `$getWorkflowStaticData` gives, to be kept across executions: keys `global` and `node:NAME`.
    pub static_data: Arc<Mutex<Object>>,
    /// Stops the execution, in the middle of a node's work.
    pub cancellation: CancellationToken,
}

/// One execution of a graph, not yet begun.
pub struct Execution {
    graph: Arc<Graph>,
    options: Options,
    capabilities: Capabilities,
    observer: Arc<dyn Observer>,
}

/// What an execution has left behind so far.
#[derive(Default)]
struct Progress {
    run_data: RunData,
    waiting: Option<Wait>,
}

impl Execution {
    pub fn new(graph: Arc<Graph>, options: Options, capabilities: Capabilities, observer: Arc<dyn Observer>) -> Self {
        Self {
            graph,
            options,
            capabilities,
            observer,
        }
    }

    /// Runs until nothing is left to run, a node fails or rests, the time is up, or the execution is cancelled.
    pub async fn run(self) -> Finished {
        let mut progress = Progress::default();
        let timed_out = Arc::new(AtomicBool::new(false));
        let result = match start::choose(&self.graph, &self.options) {
            Ok(start) => {
                let _timer = self.start_timer(&timed_out);
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
        let of_workflow = self.graph.workflow.settings.execution_timeout;
        let of_workflow = of_workflow.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        self.options.timeout.into_iter().chain(of_workflow).min()
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
        let seconds = self.limit().unwrap_or_default().as_secs_f64();
        Box::new(ExecutionError {
            code: TIMED_OUT.into(),
            message: "The execution was cancelled because it timed out".into(),
            description: Some(format!("It was stopped after {seconds} s").into()),
            hints: vec!["give it more time: `--timeout`, or the workflow's setting `executionTimeout`".into()],
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
        while let Some(job) = queue.next() {
            let step = Step::new(self, &job, &progress.run_data, &states);
            let (run, ran) = step.run().await;
            if !matches!(ran, Ran::Ended) {
                progress.run_data.push(&self.graph.workflow.nodes[job.node].name, run);
            }
            match ran {
                Ran::Ended => {}
                Ran::On => queue.follow(job.node, &progress.run_data),
                Ran::Rests(wait) => {
                    progress.waiting = Some(wait);
                    return Ok(());
                }
                Ran::Failed(error) => return Err(error),
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

    fn finish(self, progress: Progress, result: Result<(), Box<ExecutionError>>) -> Finished {
        let error = result.err().map(|error| *error);
        let status = match &error {
            Some(error) if error.code == CANCELLED || error.code == TIMED_OUT => Status::Canceled,
            Some(_) => Status::Error,
            None if progress.waiting.is_some() => Status::Waiting,
            None => Status::Success,
        };
        self.observer.observe(&RunEvent::Finished { status });
        Finished {
            status,
            run_data: progress.run_data,
            error,
            waiting: progress.waiting,
        }
    }
}

/// The code of `NodeError::cancelled`.
const CANCELLED: &str = "E0701";
const TIMED_OUT: &str = "E0702";
