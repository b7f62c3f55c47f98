//! Workflows that call other workflows.
//!
//! A called workflow that is waited for is part of its caller: it is not journalled by itself, since its caller runs it
//! again after a crash. One that is not waited for is accepted like any other execution.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Finished, Options, Resumption};
use patchbay_model::{Items, Status, Text, Wait, Workflow};
use patchbay_node::capability::Workflows;
use patchbay_node::capability::workflows::{Call, Choice};
use patchbay_node::{Capabilities, NodeError};

use super::{Executions, Launch};
use crate::workflows::Loaded;

/// How deep workflows may call each other: each is a future within its caller's.
const DEEPEST: usize = 24;

/// The workflows as one of them sees them, which was itself called through so many others.
pub(super) struct Calls {
    executions: Weak<Executions>,
    depth: usize,
}

impl Calls {
    pub fn first(executions: &Arc<Executions>) -> Arc<Self> {
        Arc::new(Self {
            executions: Arc::downgrade(executions),
            depth: 0,
        })
    }
}

#[async_trait]
impl Workflows for Calls {
    async fn run(&self, call: Call) -> Result<Vec<Items>, NodeError> {
        let executions = self.executions.upgrade().ok_or_else(NodeError::cancelled)?;
        let workflow = executions.called(&call.workflow)?;
        let depth = self.depth + 1;
        if depth > DEEPEST {
            let message = format!("Workflow `{}` is called {depth} levels deep", workflow.name);
            return Err(NodeError::new("E0707", message).hint("does it call itself, or one that calls it?"));
        }
        let mut nodes = workflow.graph.workflow.nodes.iter();
        let trigger = nodes.find(|node| node.kind.to_lowercase().ends_with(".executeworkflowtrigger"));
        let trigger = trigger.map(|node| node.name.clone());
        if !call.wait
            && let Some(trigger) = &trigger
        {
            return executions.start_called(workflow, trigger.clone(), call.items).await;
        }
        // A workflow that calls others is a future within its own: it needs a place on the heap.
        let finished = Box::pin(executions.run_called(&workflow, trigger, &call, depth)).await;
        if call.cancellation.is_cancelled() {
            return Err(NodeError::cancelled());
        }
        if let (Status::Error | Status::Canceled, Some(error)) = (finished.status, finished.error.clone()) {
            return Err(NodeError::from_execution(error));
        }
        let last = finished
            .last_node()
            .and_then(|node| finished.run_data.runs(node).last());
        Ok(last.and_then(|run| run.outputs.clone()).unwrap_or_default())
    }

    fn folder(&self) -> Option<PathBuf> {
        let executions = self.executions.upgrade()?;
        Some(executions.configuration.workflows.clone())
    }
}

impl Executions {
    fn called(&self, choice: &Choice) -> Result<Arc<Loaded>, NodeError> {
        match choice {
            Choice::Named(name) => self.workflows.table().find(name).cloned().ok_or_else(|| {
                NodeError::new("E0705", format!("Workflow `{name}` does not exist"))
                    .hint("keep its file beside this one; it is found by its id, its name or the file's name")
            }),
            Choice::Inline(workflow) => self.inline(workflow),
        }
    }

    fn inline(&self, workflow: &Workflow) -> Result<Arc<Loaded>, NodeError> {
        let text = workflow.to_value().to_json();
        let path = self.configuration.workflows.join("inline.json");
        match self.workflows.compile(&path, workflow.clone(), text.into()) {
            Ok((loaded, _)) => Ok(Arc::new(loaded)),
            Err(faults) => {
                let fault = faults.first().map_or("", |fault| fault.message.as_str());
                let message = format!("Workflow `{}` can not run: {fault}", workflow.name);
                Err(NodeError::new("E0706", message))
            }
        }
    }

    async fn start_called(
        self: &Arc<Self>,
        workflow: Arc<Loaded>,
        trigger: Text,
        items: Items,
    ) -> Result<Vec<Items>, NodeError> {
        let name = workflow.name.clone();
        let launch = Launch {
            id: self.next_id(),
            workflow,
            trigger,
            outputs: vec![items.clone()],
            mode: "integrated",
            once: None,
            key: None,
            retry_of: None,
            done: Vec::new(),
            always: false,
        };
        match self.accept(launch).await {
            Ok(_) => Ok(vec![items]),
            Err(refusal) => {
                let message = format!("Workflow `{name}` was not started: {refusal:?}");
                Err(NodeError::new("E0706", message))
            }
        }
    }

    async fn run_called(
        self: &Arc<Self>,
        workflow: &Arc<Loaded>,
        trigger: Option<Text>,
        call: &Call,
        depth: usize,
    ) -> Finished {
        let id = self.next_id();
        let options = || Options {
            trigger: trigger.clone(),
            input: Some(call.items.clone()),
            timeout: self.timeout(workflow),
            info: self.info(id, workflow, "production"),
            static_data: workflow.static_data.clone(),
            // Its own limit stops it alone, its caller's stops it too.
            cancellation: call.cancellation.child_token(),
            ..Options::default()
        };
        let capabilities = Capabilities {
            binaries: (self.world.files)(self.folder(id)),
            workflows: Arc::new(Calls {
                executions: Arc::downgrade(self),
                depth,
            }),
            ..self.world.capabilities.clone()
        };
        let observer = Arc::new(Unobserved);
        let graph = workflow.graph.clone();
        let mut execution = Execution::new(graph.clone(), options(), capabilities.clone(), observer.clone());
        loop {
            let finished = execution.run().await;
            let Some(Wait::Until(until)) = finished.waiting else {
                return finished;
            };
            // Its caller waits with it.
            let left = until - self.world.capabilities.environment.now();
            tokio::select! {
                () = call.cancellation.cancelled() => return finished,
                () = self.world.capabilities.timer.sleep(left.max(0.0)) => {}
            }
            let snapshot = finished.to_snapshot();
            execution = Execution::resume(
                graph.clone(),
                snapshot,
                Resumption::GoOn,
                options(),
                capabilities.clone(),
                observer.clone(),
            );
        }
    }
}
