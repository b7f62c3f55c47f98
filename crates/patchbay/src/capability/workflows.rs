//! Other workflows, for the node Execute Workflow: inline, or from the files beside the one that runs.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use patchbay_engine::error_workflow::{self, About, Handler};
use patchbay_engine::{Execution, Finished, Observer, Options};
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{RunEvent, Severity, Status, Text, Workflow};
use patchbay_node::capability::Workflows;
use patchbay_node::capability::workflows::{Call, Called, Choice, check_depth, missing};
use patchbay_node::{Capabilities, NodeError, Registry};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::render::{self, diagnostics, progress};

/// Finds workflows in a folder by id, by name or by the file's stem.
pub struct FolderWorkflows {
    folder: Option<PathBuf>,
    registry: Arc<Registry>,
    timezone: Text,
    /// [`Options::sit_out_rests`] of the workflows.
    sit_out_rests: bool,
    /// Known once all capabilities are: they hold this one too.
    capabilities: OnceLock<Capabilities>,
    /// Workflows that nobody waits for.
    started: TaskTracker,
}

/// The workflows as one of them sees them, which was itself called through so many others.
pub struct CallableWorkflows {
    pub workflows: Arc<FolderWorkflows>,
    pub depth: usize,
}

impl FolderWorkflows {
    pub fn new(folder: Option<&Path>, registry: Arc<Registry>, timezone: Text) -> Self {
        let folder = folder.map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        });
        Self {
            folder: folder.map(Path::to_path_buf),
            registry,
            timezone,
            sit_out_rests: true,
            capabilities: OnceLock::new(),
            started: TaskTracker::new(),
        }
    }

    /// With a clock that stands still: no time ever comes that a node rests for.
    #[must_use]
    pub fn without_time(self) -> Self {
        Self {
            sit_out_rests: false,
            ..self
        }
    }

    /// Waits for the workflows that were started and not waited for.
    pub async fn finish(&self) {
        self.started.close();
        self.started.wait().await;
    }

    /// What the workflows run with; told once.
    pub fn run_with(&self, capabilities: Capabilities) {
        // A second telling would be the same.
        let _ = self.capabilities.set(capabilities);
    }

    fn find(&self, wanted: &str) -> Result<Workflow, NodeError> {
        let missing = || missing(wanted);
        let folder = self.folder.as_ref().ok_or_else(missing)?;
        let unreadable = |path: &Path, reason: &dyn Display| format!("`{}` can not be read: {reason}", path.display());
        let entries = std::fs::read_dir(folder).map_err(|error| missing().hint(unreadable(folder, &error)))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let stem_is_it = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == wanted);
        // The file of that name first: the others need not be read then.
        paths.sort_by_key(|path| !stem_is_it(path));
        let mut missed = missing();
        for path in paths {
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => text,
                Err(error) => {
                    missed = missed.hint(unreadable(&path, &error));
                    continue;
                }
            };
            let (workflows, faults) = patchbay_model::workflow::read(&text);
            if let Some(fault) = faults.iter().find(|fault| fault.severity == Severity::Error) {
                missed = missed.hint(unreadable(&path, &fault.message));
            }
            let is_it = |workflow: &Workflow| {
                workflow.id.as_deref() == Some(wanted) || workflow.name == wanted || stem_is_it(&path)
            };
            if let Some(workflow) = workflows.into_iter().find(is_it) {
                return Ok(workflow);
            }
        }
        Err(missed)
    }
}

/// Of a called workflow only what its Code nodes log is shown.
struct Logged;

impl Observer for Logged {
    fn observe(&self, event: &RunEvent) {
        if let RunEvent::Log { node, message } = event {
            progress::show_log(node, message);
        }
    }
}

#[async_trait]
impl Workflows for CallableWorkflows {
    async fn run(&self, call: Call) -> Result<Called, NodeError> {
        run(&self.workflows, call, self.depth + 1, BY_ANOTHER).await
    }

    fn folder(&self) -> Option<PathBuf> {
        self.workflows.folder.clone()
    }
}

/// The end of the type of the trigger at which a workflow starts that another one calls.
const BY_ANOTHER: &str = ".executeworkflowtrigger";
/// … and of one that hears of failures.
const TOLD_OF_FAILURE: &str = ".errortrigger";

impl FolderWorkflows {
    /// Tells the workflow that is to hear of it that an execution failed. An error workflow that fails itself is told of,
    /// no more.
    pub async fn tell_of_failure(self: &Arc<Self>, failed: &Workflow, finished: &Finished) -> Result<(), NodeError> {
        let workflow = match error_workflow::handler(failed) {
            Handler::Nobody => return Ok(()),
            Handler::Itself => Choice::Inline(Box::new(failed.clone())),
            Handler::Named(id) => Choice::Named(id),
        };
        let about = About {
            id: "1".into(),
            mode: "manual".into(),
            ..About::default()
        };
        let Some(item) = error_workflow::item_of_execution(failed, finished, &about) else {
            return Ok(());
        };
        let call = Call {
            node: Text::default(),
            run: 0,
            item: 0,
            workflow,
            items: vec![item].into(),
            wait: true,
            // It runs although the failed execution may have been cancelled.
            cancellation: CancellationToken::new(),
        };
        run(self, call, 0, TOLD_OF_FAILURE).await.map(drop)
    }
}

async fn run(
    workflows: &Arc<FolderWorkflows>,
    call: Call,
    depth: usize,
    started_by: &str,
) -> Result<Called, NodeError> {
    let workflow = match call.workflow {
        Choice::Named(name) => workflows.find(&name)?,
        Choice::Inline(workflow) => *workflow,
    };
    let name = workflow.name.clone();
    check_depth(&name, depth)?;
    let timezone = workflow
        .settings
        .timezone
        .clone()
        .unwrap_or_else(|| workflows.timezone.clone());
    let compilation = patchbay_engine::compile(workflow, &workflows.registry);
    let Some(graph) = compilation.graph else {
        let fault = compilation
            .diagnostics
            .iter()
            .find(|fault| fault.severity == Severity::Error);
        let reason = fault.map(|fault| fault.message.clone()).unwrap_or_default();
        return Err(
            NodeError::new("E0706", format!("Workflow `{name}` can not run: {reason}"))
                .hint("see all its faults: `patchbay check` with its file"),
        );
    };
    let capabilities = workflows.capabilities.get();
    let capabilities = capabilities.ok_or_else(|| {
        NodeError::new("E0706", "Other workflows can not run here")
            .hint("run the other workflow by itself: `patchbay run`")
    })?;
    let deeper = CallableWorkflows {
        workflows: workflows.clone(),
        depth,
    };
    let capabilities = Capabilities {
        workflows: Arc::new(deeper),
        ..capabilities.clone()
    };
    let is_called = |kind: &str| kind.to_lowercase().ends_with(started_by);
    let trigger = graph.workflow.nodes.iter().find(|node| is_called(&node.kind));
    let options = Options {
        trigger: trigger.map(|node| node.name.clone()),
        input: Some(call.items.clone()),
        info: ExecutionInfo {
            id: "2".into(),
            mode: "test".into(),
            timezone,
            ..ExecutionInfo::default()
        },
        sit_out_rests: workflows.sit_out_rests,
        // Its own limit stops it alone, its caller's stops it too.
        cancellation: call.cancellation.child_token(),
        ..Options::default()
    };
    let execution = Execution::new(Arc::new(graph), options, capabilities, Arc::new(Logged));
    if !call.wait {
        workflows.started.spawn(async move {
            // Nobody else would hear of it.
            if let Some(error) = execution.run().await.error {
                render::tell(&format!(
                    "warning: workflow `{name}`, which was started and not waited for, failed\n"
                ));
                render::tell(&diagnostics::execution_error(&error));
            }
        });
        return Ok(Called::Ended(vec![call.items]));
    }
    // A workflow that calls others is a future within its own: it needs a place on the heap.
    let finished = Box::pin(execution.run()).await;
    if call.cancellation.is_cancelled() {
        return Err(NodeError::cancelled());
    }
    if let (Status::Error | Status::Canceled, Some(error)) = (finished.status, finished.error.clone()) {
        return Err(NodeError::from_execution(error));
    }
    if let Some(wait) = finished.waiting {
        // Nobody could end its rest, so its caller must not go on as if that had ended.
        return Ok(Called::Rests(wait));
    }
    Ok(Called::Ended(finished.last_outputs()))
}
