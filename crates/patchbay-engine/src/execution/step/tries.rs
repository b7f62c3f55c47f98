//! How a node is tried: as often as it may be, until it is cancelled. Between two tries, and where it sleeps of itself, the
//! journal knows until when.

use patchbay_model::{Begun, ExecutionError, Items, Pause, RunEvent, Value};
use patchbay_node::{Context, Node, NodeError, Outcome};

use super::super::failed::{broken_off, tries, wait_between_tries};
use super::super::observer::Meter;
use super::super::outputs::looks_failed;
use super::super::start;
use super::Step;

impl Step<'_> {
    pub(super) async fn try_node(&self, inputs: &[Items]) -> Result<Outcome, NodeError> {
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

    /// Tells the journal of a node that must not be repeated.
    pub(in crate::execution) async fn announce(&self) -> Result<(), ExecutionError> {
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
    pub(super) async fn pause(&self, pause: Pause) -> Result<(), NodeError> {
        self.begins(Some(pause)).await.map_err(NodeError::from_execution)?;
        self.execution.sleep_until(pause.until).await
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

    pub(super) async fn run_node(&self, implementation: &dyn Node, all: &[Items]) -> Result<Outcome, NodeError> {
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
