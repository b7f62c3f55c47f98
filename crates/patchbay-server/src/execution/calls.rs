//! Workflows that call other workflows.
//!
//! A called workflow that is waited for is part of its caller: it is not journalled by itself, since its caller runs it
//! again after a crash; where it holds a node that must not be repeated, so must the node that calls it. One that is not
//! waited for is accepted like any other execution.

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use patchbay_engine::execution::Unobserved;
use patchbay_engine::{Execution, Finished, Observer, Options, Resumption};
use patchbay_model::{Begun, ExecutionError, Items, Status, Text, Value, Wait, Workflow};
use patchbay_node::capability::Workflows;
use patchbay_node::capability::workflows::{Call, Choice};
use patchbay_node::{Capabilities, NodeError};
use patchbay_store::{Change, ExecutionId};

use super::{Executions, Launch, Running};
use crate::trace::{Context, Trace};
use crate::workflows::Loaded;

/// How deep workflows may call each other: each is a future within its caller's.
const DEEPEST: usize = 24;

/// The mode of a workflow that another one called.
const INTEGRATED: &str = "integrated";

/// The workflows as one of them sees them, which was itself called through so many others.
pub(super) struct Calls {
    executions: Weak<Executions>,
    /// The execution that all of them are part of: their files are its own.
    whole: ExecutionId,
    /// The node of that execution which all of this is part of; `None` where its own nodes call.
    part_of: Option<Begun>,
    depth: usize,
    /// The workflow that calls.
    caller: Arc<Loaded>,
    /// Its own.
    trace: Option<Arc<Trace>>,
}

impl Calls {
    pub fn first(executions: &Arc<Executions>, running: &Running, trace: Option<&Arc<Trace>>) -> Arc<Self> {
        Arc::new(Self {
            executions: Arc::downgrade(executions),
            whole: running.id,
            part_of: None,
            depth: 0,
            caller: running.workflow.clone(),
            trace: trace.cloned(),
        })
    }

    /// Notes on disk that what is called must not be repeated, before it begins: after a crash somebody decides.
    async fn announce(&self, executions: &Executions, node: &Begun) -> Result<(), NodeError> {
        let begin = Change::Begin {
            execution: self.whole,
            begun: serde_json::to_vec(node).unwrap_or_default(),
        };
        let written = executions.store.write(begin).await;
        written.map_err(|error| NodeError::new(error.code(), error.to_string()).hint(error.hint()))?;
        Ok(())
    }
}

/// n8n's rule: the setting `callerPolicy` of a workflow says who may call it. All workflows here have one owner.
fn check_caller(caller: &Loaded, called: &Loaded) -> Result<(), NodeError> {
    let setting = |name: &str| called.setting(name).and_then(Value::as_str).unwrap_or_default();
    let may_call = match setting("callerPolicy") {
        "none" => false,
        "workflowsFromAList" => setting("callerIds")
            .split(',')
            .any(|id| id.trim() == caller.id.as_str()),
        _ => true,
    };
    if may_call || caller.id == called.id {
        return Ok(());
    }
    let message = format!(
        "Workflow `{}` may not be called by workflow `{}`",
        called.name, caller.name
    );
    let hint = format!(
        "its settings `callerPolicy` and `callerIds` say who may; the caller's id is `{}`",
        caller.id
    );
    Err(NodeError::new("E1230", message).hint(hint))
}

#[async_trait]
impl Workflows for Calls {
    async fn run(&self, call: Call) -> Result<Vec<Items>, NodeError> {
        let executions = self.executions.upgrade().ok_or_else(NodeError::cancelled)?;
        let workflow = executions.called(&call.workflow)?;
        if matches!(call.workflow, Choice::Named(_)) {
            check_caller(&self.caller, &workflow)?;
        }
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
            let parent = self.trace.as_ref().map(|trace| trace.of_node(&call.node));
            return executions
                .start_called(workflow, trigger.clone(), call.items, parent)
                .await;
        }
        let part_of = self.part_of.clone().unwrap_or_else(|| Begun {
            node: call.node.clone(),
            run: call.run,
        });
        if workflow.graph.is_unsafe_to_repeat() {
            self.announce(&executions, &part_of).await?;
        }
        let called = Called {
            id: executions.next_id(),
            whole: self.whole,
            part_of,
            workflow,
            trigger,
            depth,
            trace: self
                .trace
                .as_ref()
                .and_then(|trace| trace.of_called(&executions.world, &call.node)),
        };
        // A workflow that calls others is a future within its own: it needs a place on the heap.
        let finished = Box::pin(executions.run_called(&called, &call)).await;
        executions.called_ended(&called, &finished).await;
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

/// A called workflow is not known by itself, so nobody could end its rest: its caller must not go on as if that had ended.
fn cannot_wait(workflow: &Loaded) -> Finished {
    let message = format!(
        "Workflow `{}` waits for a call, a form or a decision, and the workflow that calls it cannot wait for that",
        workflow.name
    );
    Finished::failed(ExecutionError {
        code: "E1216".into(),
        message: message.into(),
        hints: vec!["start it without waiting for its end, or let the calling workflow wait".into()],
        ..ExecutionError::default()
    })
}

/// A workflow that is called, and waited for.
struct Called {
    id: ExecutionId,
    /// See [`Calls`].
    whole: ExecutionId,
    part_of: Begun,
    workflow: Arc<Loaded>,
    trigger: Option<Text>,
    depth: usize,
    trace: Option<Arc<Trace>>,
}

impl Executions {
    /// Its spans are whole, and its own error workflow hears of a failure.
    async fn called_ended(self: &Arc<Self>, called: &Called, finished: &Finished) {
        if let Some(trace) = &called.trace {
            trace.end(called.id, &INTEGRATED.into(), &called.workflow, finished);
        }
        self.after_failure(called.id, &called.workflow, INTEGRATED, finished)
            .await;
    }

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
                Err(NodeError::new("E0706", message)
                    .hint("see all its faults: save its JSON as a file, and `patchbay check` it"))
            }
        }
    }

    async fn start_called(
        self: &Arc<Self>,
        workflow: Arc<Loaded>,
        trigger: Text,
        items: Items,
        parent: Option<Context>,
    ) -> Result<Vec<Items>, NodeError> {
        let name = workflow.name.clone();
        let id = self.next_id();
        if let Some(parent) = parent {
            self.parents.note(id, parent);
        }
        let launch = Launch {
            id,
            workflow,
            trigger,
            outputs: vec![items.clone()],
            mode: INTEGRATED,
            once: None,
            key: None,
            retry_of: None,
            done: Vec::new(),
            always: false,
        };
        match self.accept(launch).await {
            Ok(_) => Ok(vec![items]),
            Err(refusal) => {
                self.parents.take(id);
                let message = format!("Workflow `{name}` was not started: {refusal:?}");
                Err(NodeError::new("E0706", message)
                    .hint("the server takes no more executions just now: try again (the node's `Retry On Fail` does)"))
            }
        }
    }

    async fn run_called(self: &Arc<Self>, called: &Called, call: &Call) -> Finished {
        let Called {
            id,
            whole,
            part_of,
            workflow,
            trigger,
            depth,
            trace,
        } = called;
        let options = || Options {
            trigger: trigger.clone(),
            input: Some(call.items.clone()),
            timeout: self.timeout(workflow),
            info: self.info(*id, workflow, "production"),
            static_data: workflow.static_data.clone(),
            // Its own limit stops it alone, its caller's stops it too.
            cancellation: call.cancellation.child_token(),
            ..Options::default()
        };
        let capabilities = Capabilities {
            binaries: (self.world.files)(self.folder(*whole)),
            workflows: Arc::new(Calls {
                executions: Arc::downgrade(self),
                whole: *whole,
                part_of: Some(part_of.clone()),
                depth: *depth,
                caller: workflow.clone(),
                trace: trace.clone(),
            }),
            http: match trace {
                Some(trace) => trace.carried_by(self.world.capabilities.http.clone()),
                None => self.world.capabilities.http.clone(),
            },
            ..self.world.capabilities.clone()
        };
        let observer: Arc<dyn Observer> = match trace {
            Some(trace) => trace.observe(Arc::new(Unobserved)),
            None => Arc::new(Unobserved),
        };
        let graph = workflow.graph.clone();
        let mut execution = Execution::new(graph.clone(), options(), capabilities.clone(), observer.clone());
        loop {
            let finished = execution.run().await;
            let until = match finished.waiting {
                None => return finished,
                Some(Wait::Until(until)) => until,
                Some(Wait::Webhook { .. } | Wait::Decision(_)) => return cannot_wait(workflow),
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
