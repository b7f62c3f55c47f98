//! Calls of other workflows, as the nodes of one execution make them: which workflow is called, whether it may be, and
//! whether the same call was made before, by the same node before a rest or a crash. What is called is an execution of its
//! own: see [`super::called`].

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_trait::async_trait;
use patchbay_engine::start_of;
use patchbay_model::{Text, Value, Workflow};
use patchbay_node::NodeError;
use patchbay_node::capability::Workflows;
use patchbay_node::capability::workflows::{self, Call, Called, Choice};
use patchbay_store::change::Caller;
use patchbay_store::saved::Start;
use patchbay_store::{Called as Known, Error};
use tokio::sync::OnceCell;

use super::{Executions, Launch, Running};
use crate::trace::Trace;
use crate::workflows::Loaded;

/// The mode of a workflow that another one called.
const INTEGRATED: &str = "integrated";

/// The workflows as one execution sees them.
pub(super) struct Calls {
    executions: Weak<Executions>,
    caller: Arc<Running>,
    trace: Option<Arc<Trace>>,
    /// The calls that it had made when it was taken up.
    known: OnceCell<Vec<Known>>,
    /// How many calls a run of a node has made for each of its items.
    made: Mutex<HashMap<(Text, usize), HashMap<usize, usize>>>,
}

impl Calls {
    pub fn of(executions: &Arc<Executions>, caller: &Arc<Running>, trace: Option<&Arc<Trace>>) -> Arc<Self> {
        Arc::new(Self {
            executions: Arc::downgrade(executions),
            caller: caller.clone(),
            trace: trace.cloned(),
            known: OnceCell::new(),
            made: Mutex::default(),
        })
    }

    /// A run of a node is kept: its calls count no more. Gives whether it made any.
    pub fn forget(&self, node: &Text, run: usize) -> bool {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        !made.is_empty() && made.remove(&(node.clone(), run)).is_some()
    }

    /// How many calls were made before this one for the same item.
    fn made_before(&self, call: &Call) -> usize {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let of_run = made.get(&(call.node.clone(), call.run));
        of_run.and_then(|items| items.get(&call.item)).copied().unwrap_or(0)
    }

    fn count(&self, call: &Call) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let of_run = made.entry((call.node.clone(), call.run)).or_default();
        *of_run.entry(call.item).or_default() += 1;
    }

    /// The call, if it was made before the execution was taken up.
    async fn known(&self, executions: &Executions, call: &Call, attempt: usize) -> Result<Option<&Known>, Error> {
        if !self.caller.taken_up {
            return Ok(None);
        }
        let read = || executions.store.calls(self.caller.id);
        let mut known = self.known.get_or_try_init(read).await?.iter();
        Ok(known.find(|known| {
            (known.node.as_str(), known.run, known.item, known.attempt)
                == (call.node.as_str(), call.run, call.item, attempt)
        }))
    }

    /// The call as an execution that is to begin.
    fn launch(&self, executions: &Executions, call: &Call, attempt: usize) -> Result<Launch, NodeError> {
        let workflow = executions.called(&call.workflow)?;
        if matches!(call.workflow, Choice::Named(_)) {
            check_caller(&self.caller.workflow, &workflow)?;
        }
        let depth = self.caller.depth + 1;
        workflows::check_depth(&workflow.name, depth)?;
        let mut nodes = workflow.graph.workflow.nodes.iter();
        let trigger = nodes.find(|node| node.kind.to_lowercase().ends_with(".executeworkflowtrigger"));
        let trigger = trigger.map(|node| &node.name).or_else(|| start_of(&workflow.graph));
        // Without one the execution says what is wrong.
        let trigger = trigger.cloned().unwrap_or_default();
        let start = Start::Given(call.items.clone());
        Ok(Launch {
            caller: Some(Caller {
                execution: self.caller.id,
                depth,
                node: call.node.clone(),
                run: call.run,
                item: call.item,
                attempt,
                waits: call.wait,
            }),
            ..Launch::new(executions.next_id(), workflow, trigger, start, INTEGRATED)
        })
    }
}

#[async_trait]
impl Workflows for Calls {
    async fn run(&self, call: Call) -> Result<Called, NodeError> {
        let executions = self.executions.upgrade().ok_or_else(NodeError::cancelled)?;
        let attempt = self.made_before(&call);
        let known = self.known(&executions, &call, attempt).await;
        if let Some(known) = known.map_err(|error| of_store(&error))? {
            self.count(&call);
            return if call.wait {
                executions.join(self.caller.id, known).await
            } else {
                Ok(Called::Ended(vec![call.items]))
            };
        }
        let launch = self.launch(&executions, &call, attempt)?;
        let (id, name) = (launch.id, launch.workflow.name.clone());
        if let Some(trace) = &self.trace {
            executions.parents.note(id, trace.of_node(&call.node));
        }
        if call.wait {
            let begun = executions
                .begin_called(launch)
                .await
                .map_err(|error| of_store(&error))?;
            self.count(&call);
            return executions.wait_for_called(self.caller.id, begun).await;
        }
        match executions.accept(launch).await {
            Ok(_) => {
                self.count(&call);
                Ok(Called::Ended(vec![call.items]))
            }
            Err(refusal) => {
                executions.parents.take(id);
                let message = format!("Workflow `{name}` was not started: {refusal}");
                Err(NodeError::new("E0706", message)
                    .hint("the server takes no more executions just now: try again (the node's `Retry On Fail` does)"))
            }
        }
    }

    fn folder(&self) -> Option<PathBuf> {
        let executions = self.executions.upgrade()?;
        Some(executions.configuration.workflows.clone())
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

/// A fault of the store as that of the node that calls.
pub(super) fn of_store(error: &Error) -> NodeError {
    NodeError::new(error.code(), error.to_string()).hint(error.hint())
}

impl Executions {
    fn called(&self, choice: &Choice) -> Result<Arc<Loaded>, NodeError> {
        match choice {
            Choice::Named(name) => {
                let found = self.workflows.table().find(name).cloned();
                found.ok_or_else(|| workflows::missing(name))
            }
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
}
