//! One run of one node: what it leaves behind, and what its failure means for the execution. How it is tried, and sleeps, is
//! in [`tries`].

mod tries;

use std::sync::{Mutex, PoisonError};

use patchbay_model::scope::Contexts;
use patchbay_model::workflow::{ExecutionOrder, Node as FileNode};
use patchbay_model::{ExecutionError, Item, Items, NodeRun, Pause, RunData, RunEvent, Scope, Value, Wait};
use patchbay_node::{NodeError, Outcome, State};
use tokio_util::sync::CancellationToken;

use super::Execution;
use super::failed::{goes_on, unsent};
use super::outputs::{as_inputs, failed_items, pass_on, settle, settle_pinned};
use super::queue::Job;
use crate::Graph;
use crate::graph::GraphNode;

/// How the execution goes on.
pub(super) enum Ran {
    On,
    /// Nothing came out that is worth a record.
    Ended,
    /// What came out is no answer that the nodes after it could work with: none of them runs.
    Unanswered,
    Rests(Wait),
    /// As [`Ran::Rests`], and the node is run again then.
    RunsAgain(Wait),
    Failed(Box<ExecutionError>),
}

/// One run of one node.
pub(super) struct Step<'run> {
    execution: &'run Execution,
    graph_node: &'run GraphNode,
    node: &'run FileNode,
    job: &'run Job,
    run_data: &'run RunData,
    state: &'run State,
    contexts: NodeContexts<'run>,
    run_index: usize,
    /// Where it stood when the execution broke off.
    paused: Option<Pause>,
}

impl<'run> Step<'run> {
    pub fn new(execution: &'run Execution, job: &'run Job, run_data: &'run RunData, states: &'run [State]) -> Self {
        let graph = &*execution.graph;
        let node = &graph.workflow.nodes[job.node];
        Self {
            execution,
            graph_node: &graph.nodes[job.node],
            node,
            job,
            run_data,
            state: &states[job.node],
            contexts: NodeContexts {
                graph,
                states,
                cancellation: &execution.options.cancellation,
            },
            run_index: run_data.runs(&node.name).len(),
            paused: None,
        }
    }

    /// As it goes on after a pause in which the execution broke off.
    pub fn after(self, pause: Pause) -> Self {
        Self {
            paused: Some(pause),
            ..self
        }
    }

    pub fn run_index(&self) -> usize {
        self.run_index
    }

    /// Whether the node may do something that must not be done twice.
    fn unsafe_to_repeat(&self) -> bool {
        let implementation = self.graph_node.implementation.as_ref();
        let idle = self.node.disabled || self.pinned().is_some();
        !idle && implementation.is_some_and(|found| found.unsafe_to_repeat(self.node))
    }

    /// Brings back what the node keeps for its next run, after this one is known already.
    pub async fn restore_state(&self) {
        let implementation = self.graph_node.implementation.as_ref();
        let idle = self.node.disabled || self.pinned().is_some();
        if let Some(implementation) = implementation.filter(|found| !idle && found.keeps_state()) {
            let inputs = as_inputs(&self.job.inputs);
            // What came of it is known: only the state counts.
            let _ = self.run_node(implementation.as_ref(), &inputs).await;
        }
    }

    /// The node was at work when the execution broke off, and is not to be run again.
    pub fn broken_off(&self) -> (NodeRun, Ran) {
        let failure = NodeError::new("E0117", "The node was at work when the execution broke off")
            .description("It may have done all of its work, some of it, or nothing")
            .hint("look at what it did, then retry the execution from this node");
        let (outputs, error, ran) = self.failed(failure, &as_inputs(&self.job.inputs));
        (self.record(self.now(), 0.0, outputs, error), ran)
    }

    /// What the run leaves behind, and how the execution goes on.
    pub async fn run(&self) -> (NodeRun, Ran) {
        let started = self.now();
        let began = self.monotonic();
        self.observe(&RunEvent::NodeStarted {
            node: self.node.name.clone(),
            run: self.run_index,
            items: self.job.inputs.first().map_or(0, |items| items.len()),
        });
        let (outputs, error, ran) = self.outcome().await;
        let elapsed = self.monotonic() - began;
        if matches!(ran, Ran::RunsAgain(_)) {
            // It has not finished.
            return (self.record(started, elapsed, outputs, error), ran);
        }
        self.observe(&RunEvent::NodeFinished {
            node: self.node.name.clone(),
            run: self.run_index,
            items: outputs.iter().flatten().map(|items| items.len()).sum(),
            failed: failed_items(outputs.as_deref().unwrap_or_default(), self.node, &self.job.inputs),
            elapsed,
            error: error.as_ref().map(|error| error.message.clone()),
        });
        (self.record(started, elapsed, outputs, error), ran)
    }

    fn record(
        &self,
        started: f64,
        elapsed: f64,
        outputs: Option<Vec<Items>>,
        error: Option<ExecutionError>,
    ) -> NodeRun {
        NodeRun {
            started,
            elapsed,
            source: self.job.sources.clone(),
            outputs,
            error,
        }
    }

    async fn outcome(&self) -> (Option<Vec<Items>>, Option<ExecutionError>, Ran) {
        let inputs = as_inputs(&self.job.inputs);
        if self.node.disabled {
            return (Some(self.settle(pass_on(&inputs))), None, Ran::On);
        }
        if let Some(items) = self.pinned() {
            return (Some(settle_pinned(items, self.node, &inputs)), None, Ran::On);
        }
        if self.lacks_first_input() {
            return if self.node.always_output_data {
                (Some(self.settle(Vec::new())), None, Ran::On)
            } else {
                (None, None, Ran::Ended)
            };
        }
        match self.try_node(&inputs).await {
            Ok(Outcome::Outputs(outputs)) => (Some(self.settle(outputs)), None, Ran::On),
            Ok(Outcome::Ended) => (None, None, Ran::Ended),
            Ok(Outcome::Wait { until, outputs }) => (Some(self.settle(outputs)), None, Ran::Rests(until)),
            Ok(Outcome::Pause { until, outputs }) => {
                let begun = self.paused.filter(|pause| pause.tries == 0);
                let pause = begun.unwrap_or(Pause { tries: 0, until });
                match self.pause(pause).await {
                    Ok(()) => (Some(self.settle(outputs)), None, Ran::On),
                    Err(failure) => self.failed(failure, &inputs),
                }
            }
            Ok(Outcome::Again { when }) => (None, None, Ran::RunsAgain(when)),
            Err(failure) => self.failed(failure, &inputs),
        }
    }

    /// In order v0 a node does nothing without items of its first input.
    fn lacks_first_input(&self) -> bool {
        let order = self.contexts.graph.workflow.settings.execution_order;
        order == ExecutionOrder::V0 && self.job.inputs.first().is_none_or(|items| items.is_empty())
    }

    /// What comes of a failure of the whole node.
    fn failed(&self, failure: NodeError, inputs: &[Items]) -> (Option<Vec<Items>>, Option<ExecutionError>, Ran) {
        if failure.is_unanswered() {
            return (Some(self.settle(vec![unsent(&failure)])), None, Ran::Unanswered);
        }
        let cancelled = failure.is_cancelled();
        let mut error = failure.error;
        error.node.get_or_insert_with(|| self.node.name.clone());
        if cancelled || !goes_on(self.node) {
            (None, Some((*error).clone()), Ran::Failed(error))
        } else {
            (Some(pass_on(inputs)), Some(*error), Ran::On)
        }
    }

    fn settle(&self, outputs: Vec<Items>) -> Vec<Items> {
        settle(outputs, self.node, &self.job.inputs, self.graph_node.outputs)
    }

    /// The node's pinned items, if they are to be taken: `[{"json": {…}}]`, in old files `[{…}]`.
    fn pinned(&self) -> Option<Items> {
        if !self.execution.options.pin_data {
            return None;
        }
        let pinned = self.contexts.graph.workflow.pin_data.get(&self.node.name)?.as_array()?;
        let items = pinned.iter().filter_map(|value| match (Item::from_n8n(value), value) {
            (None, Value::Object(json)) => Some(Item::new(json.clone())),
            (item, _) => item,
        });
        Some(items.collect())
    }

    /// Expressions see the items as the nodes before left them, to follow them back, and all of them, even where
    /// `executeOnce` gives the node itself but one.
    fn scope(&self) -> Scope<'_> {
        let items = self.job.inputs.first();
        Scope {
            workflow: &self.contexts.graph.workflow,
            run_data: self.run_data,
            execution: &self.execution.options.info,
            environment: &*self.execution.capabilities.environment,
            node: self.node,
            run_index: self.run_index,
            items: items.map_or(&[], |items| items),
            item_index: 0,
            sources: &self.job.sources,
            input_index: 0,
            contexts: &self.contexts,
            extra: &[],
        }
    }

    fn now(&self) -> f64 {
        self.execution.capabilities.environment.now()
    }

    fn monotonic(&self) -> f64 {
        self.execution.capabilities.environment.monotonic()
    }

    fn observe(&self, event: &RunEvent) {
        self.execution.observer.observe(event);
    }
}

/// What nodes keep between their runs, as expressions see it.
struct NodeContexts<'run> {
    graph: &'run Graph,
    states: &'run [State],
    cancellation: &'run CancellationToken,
}

impl Contexts for NodeContexts<'_> {
    fn context(&self, node: &str) -> Option<Value> {
        let state = &self.states[self.graph.workflow.node_place(node)?];
        Some(Value::object(locked(&state.context).clone()))
    }

    fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
