//! What follows a failed execution: the workflow's error workflow, or its own Error Trigger.

use std::sync::Arc;

use patchbay_engine::{Finished, error_workflow};
use patchbay_model::{Item, Object, Status, Text, Value};
use patchbay_store::ExecutionId;
use patchbay_store::saved::Start;

use super::{Executions, Launch};
use crate::workflows::Loaded;

const ERROR_TRIGGER: &str = "n8n-nodes-base.errortrigger";

impl Executions {
    /// Starts the error workflow of an execution that failed or was out of time. One that is itself an error workflow has
    /// none: failures must not cascade.
    pub(super) async fn after_failure(
        self: &Arc<Self>,
        id: ExecutionId,
        workflow: &Arc<Loaded>,
        mode: &str,
        finished: &Finished,
    ) {
        let timed_out = finished.error.as_ref().is_some_and(|error| error.code == "E0702");
        if (finished.status != Status::Error && !timed_out) || matches!(mode, "error" | "manual") {
            return;
        }
        let Some((handler, trigger)) = self.error_workflow(workflow) else {
            return;
        };
        let launch = Launch {
            id: self.next_id(),
            workflow: handler,
            trigger,
            start: Start::Ran(vec![vec![Item::new(self.report(id, workflow, mode, finished))].into()]),
            mode: "error",
            once: None,
            key: None,
            retry_of: None,
            done: Vec::new(),
            always: true,
            caller: None,
        };
        if let Err(refusal) = self.accept(launch).await {
            tracing::error!(execution = id, ?refusal, "the error workflow was not started");
        }
    }

    fn error_workflow(&self, failed: &Arc<Loaded>) -> Option<(Arc<Loaded>, Text)> {
        let table = self.workflows.table();
        let settings = &failed.graph.workflow.settings;
        let workflow = match settings.error_workflow.as_deref() {
            Some(id) if id != failed.id => table.find(id).cloned(),
            _ => Some(failed.clone()),
        };
        let Some(workflow) = workflow else {
            tracing::error!(code = "E1206", workflow = %failed.name, "its error workflow is not there");
            return None;
        };
        let mut nodes = workflow.graph.workflow.nodes.iter().filter(|node| !node.disabled);
        let trigger = nodes
            .find(|node| node.kind.to_lowercase() == ERROR_TRIGGER)?
            .name
            .clone();
        Some((workflow, trigger))
    }

    /// n8n's item for an error workflow.
    fn report(&self, id: ExecutionId, workflow: &Loaded, mode: &str, finished: &Finished) -> Object {
        let mut error = Object::new();
        if let Some(failure) = &finished.error {
            error = error_workflow::shape(failure, &workflow.graph.workflow);
            if let Some(node) = failure
                .node
                .as_ref()
                .and_then(|node| workflow.graph.workflow.node(node))
            {
                error.insert("node", node.to_value());
            }
        }
        let mut execution = Object::new();
        let id = Text::from(id.to_string());
        let url = format!(
            "{}/workflow/{}/executions/{id}",
            self.configuration.base_url, workflow.id
        );
        execution.insert("id", id);
        execution.insert("url", url);
        execution.insert("error", error);
        execution.insert("lastNodeExecuted", finished.last_node().cloned());
        execution.insert("mode", mode);
        let mut of_workflow = Object::new();
        of_workflow.insert("id", workflow.id.clone());
        of_workflow.insert("name", workflow.name.clone());
        let mut report = Object::new();
        report.insert("execution", Value::object(execution));
        report.insert("workflow", Value::object(of_workflow));
        report
    }
}
