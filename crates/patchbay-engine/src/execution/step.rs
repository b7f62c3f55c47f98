//! Runs one node once: as often as it may be tried, until it is cancelled, and then decides what its failure
//! means for the execution.

use std::sync::{Mutex, PoisonError};

use patchbay_model::scope::Contexts;
use patchbay_model::workflow::{ExecutionOrder, Node as FileNode};
use patchbay_model::{Begun, ExecutionError, Item, Items, NodeRun, Pause, RunData, RunEvent, Scope, Value, Wait};
use patchbay_node::{Context, Node, NodeError, Outcome, State};
use tokio_util::sync::CancellationToken;

use super::failed::{broken_off, goes_on, tries, unsent, wait_between_tries};
use super::observer::Meter;
use super::outputs::{as_inputs, failed_items, looks_failed, pass_on, settle, settle_pinned};
use super::queue::Job;
use super::{Execution, start};
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

    /// Tells the journal of a node that must not be repeated.
    pub async fn announce(&self) -> Result<(), ExecutionError> {
        if self.unsafe_to_repeat() {
            self.begins(None).await
        } else {
            Ok(())
        }
    }

    async fn begins(&self, pause: Option<Pause>) -> Result<(), ExecutionError> {
        let Some(journal) = &self.execution.journal else {
            return Ok(());
        };
        let begun = Begun {
            node: self.node.name.clone(),
            run: self.run_index,
            pause,
        };
        journal.begins(&begun).await
    }

    /// Sleeps, and lets the journal know until when.
    async fn pause(&self, pause: Pause) -> Result<(), NodeError> {
        self.begins(Some(pause)).await.map_err(NodeError::from_execution)?;
        let left = (pause.until - self.now()).max(0.0);
        tokio::select! {
            biased;
            () = self.execution.options.cancellation.cancelled() => Err(NodeError::cancelled()),
            () = self.execution.capabilities.timer.sleep(left) => Ok(()),
        }
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

    async fn try_node(&self, inputs: &[Items]) -> Result<Outcome, NodeError> {
        let Some(implementation) = &self.graph_node.implementation else {
            return self.fed(inputs).ok_or_else(|| self.not_there());
        };
        let tries = if self.node.retry_on_fail { tries(self.node) } else { 1 };
        let mut failed = 0;
        if let Some(pause) = self.paused.filter(|pause| pause.tries > 0) {
            failed = pause.tries;
            self.pause(pause).await?;
            self.announce().await.map_err(NodeError::from_execution)?;
        }
        loop {
            let outcome = self.run_node(implementation.as_ref(), inputs).await;
            let failure = match &outcome {
                Ok(Outcome::Outputs(outputs)) if looks_failed(outputs) => {
                    "the items that it put out say that it failed".into()
                }
                Err(error) if !error.is_cancelled() => error.error.message.clone(),
                _ => return outcome,
            };
            failed += 1;
            let may_be_retried = self.state.may_be_retried();
            if failed >= tries || !may_be_retried {
                return outcome;
            }
            let wait = wait_between_tries(self.node);
            self.observe(&RunEvent::NodeRetried {
                node: self.node.name.clone(),
                run: self.run_index,
                attempt: failed,
                wait,
                error: failure,
            });
            let until = self.now() + wait;
            self.pause(Pause { tries: failed, until }).await?;
            self.announce().await.map_err(NodeError::from_execution)?;
        }
    }

    /// A trigger whose type is not known gives the items that the execution was begun with: what it would have waited for
    /// is there.
    fn fed(&self, inputs: &[Items]) -> Option<Outcome> {
        let is_fed = self.execution.options.input.is_some() && self.graph_node.is_unknown_trigger();
        is_fed.then(|| Outcome::Outputs(inputs.iter().take(1).cloned().collect()))
    }

    fn not_there(&self) -> NodeError {
        let mut failure = NodeError::new("E0101", format!("The node type `{}` is not known", self.node.kind));
        if let Some(fault) = self.graph_node.faults.first() {
            failure.error = start::of_fault(fault);
        }
        failure
    }

    async fn run_node(&self, implementation: &dyn Node, all: &[Items]) -> Result<Outcome, NodeError> {
        let cancellation = &self.execution.options.cancellation;
        let first_only: Vec<Items>;
        let inputs = if self.node.execute_once {
            first_only = all
                .iter()
                .map(|items| items.iter().take(1).cloned().collect())
                .collect();
            first_only.as_slice()
        } else {
            all
        };
        let items = inputs.first().map_or(0, |items| items.len());
        let meter = Meter::new(items);
        let progress = |done| {
            if meter.passes(done) {
                self.observe(&RunEvent::NodeProgress {
                    node: self.node.name.clone(),
                    run: self.run_index,
                    done,
                    items,
                });
            }
        };
        let log = |message| {
            self.observe(&RunEvent::Log {
                node: self.node.name.clone(),
                message,
            });
        };
        let context = Context {
            node: self.node,
            description: implementation.description(),
            scope: self.scope(),
            inputs,
            parameters: &self.graph_node.parameters,
            capabilities: &self.execution.capabilities,
            state: self.state,
            cancellation,
            progress: &progress,
            log: &log,
        };
        if cancellation.is_cancelled() {
            return Err(NodeError::cancelled());
        }
        let outcome = tokio::select! {
            biased;
            // A node that hears of it itself says how far it came.
            outcome = implementation.run(&context) => outcome,
            () = cancellation.cancelled() => Err(broken_off(implementation.effect(self.node))),
        };
        let failed = match &outcome {
            Ok(Outcome::Outputs(outputs)) => looks_failed(outputs),
            Ok(_) => false,
            Err(_) => true,
        };
        let tells = matches!(&outcome, Err(error) if error.is_cancelled() && !error.error.hints.is_empty());
        // An expression that was broken off fails in its own words, and a node may go on after that.
        if failed && cancellation.is_cancelled() && !tells {
            return Err(broken_off(implementation.effect(self.node)));
        }
        match outcome {
            Ok(Outcome::Outputs(outputs)) if self.run_index > 0 && any_too_deep(&outputs) => Err(too_deep()),
            outcome => outcome,
        }
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

/// A node wraps its items in a few levels at most, but in a loop they become ever more.
fn any_too_deep(outputs: &[Items]) -> bool {
    let mut items = outputs.iter().flat_map(|items| items.iter());
    items.any(|item| item.json.values().any(|value| value.is_deeper_than(Value::DEEPEST)))
}

fn too_deep() -> NodeError {
    NodeError::new("E0120", "Maximum call stack size exceeded")
        .description(format!(
            "An item has more than {} levels of values in one another",
            Value::DEEPEST
        ))
        .hint("look for a loop that puts its items into new ones in each round")
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
