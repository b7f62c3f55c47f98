//! What follows a failed execution: the workflow's error workflow, or its own Error Trigger.

use std::sync::Arc;

use patchbay_engine::Finished;
use patchbay_engine::error_workflow::{self, About, Handler};
use patchbay_model::{Status, Text};
use patchbay_store::saved::Start;

use super::{Executions, Launch, Running};
use crate::workflows::Loaded;

impl Executions {
    /// Starts the error workflow of an execution that failed or was out of time. One that is itself an error workflow has
    /// none: failures must not cascade.
    pub(super) async fn after_failure(self: &Arc<Self>, running: &Running, finished: &Finished) {
        let (id, workflow, mode) = (running.id, &running.workflow, &running.mode);
        let failed = finished.status == Status::Error || finished.timed_out();
        if !failed || matches!(mode.as_str(), "error" | "manual") {
            return;
        }
        let Some((handler, trigger)) = self.error_workflow(workflow) else {
            return;
        };
        let base_url = &self.configuration.base_url;
        let url = format!("{base_url}/workflow/{}/executions/{id}", workflow.id);
        let about = About {
            url: Some(url.into()),
            id: id.to_string().into(),
            mode: mode.clone(),
            retry_of: running.retry_of.map(|id| id.to_string().into()),
        };
        let Some(item) = error_workflow::item_of_execution(&workflow.graph.workflow, finished, &about) else {
            return;
        };
        let start = Start::Ran(vec![vec![item].into()]);
        let launch = Launch {
            always: true,
            ..Launch::new(self.next_id(), handler, trigger, start, "error")
        };
        if let Err(refusal) = self.accept(launch).await {
            tracing::error!(execution = id, "the error workflow was not started: {refusal}");
        }
    }

    fn error_workflow(&self, failed: &Arc<Loaded>) -> Option<(Arc<Loaded>, Text)> {
        let workflow = match error_workflow::handler(&failed.graph.workflow) {
            Handler::Nobody => return None,
            Handler::Itself => failed.clone(),
            Handler::Named(id) => {
                let Some(named) = self.workflows.table().find(&id).cloned() else {
                    tracing::error!(code = "E1206", workflow = %failed.name, "its error workflow is not there");
                    return None;
                };
                named
            }
        };
        let trigger = error_workflow::trigger(&workflow.graph.workflow)?.clone();
        Some((workflow, trigger))
    }
}
