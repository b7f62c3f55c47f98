//! Trying an execution again, as a new one: from its start or from the node that failed, with the workflow as it was or
//! as it is now.

use std::sync::Arc;

use patchbay_store::saved::{self, Kept, Start, Step};
use patchbay_store::{Change, Execution, ExecutionId, Status};

use super::{Executions, Launch, Refusal, Running};

/// How it is tried again.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// From the start, and not from the node that failed.
    pub from_start: bool,
    /// With the workflow as its file is now.
    pub with_current: bool,
}

/// Why it is not tried again.
#[derive(Debug)]
pub enum NotRetried {
    /// It has not ended.
    Open,
    /// It did not fail, and is to be tried from the node that failed.
    Succeeded,
    WorkflowGone,
    /// What has run was too large to be kept.
    Cut,
    Refused(Refusal),
    Store(patchbay_store::Error),
}

impl From<patchbay_store::Error> for NotRetried {
    fn from(error: patchbay_store::Error) -> Self {
        Self::Store(error)
    }
}

impl Executions {
    /// Tries an execution that has ended again. When this returns the new one is on disk.
    pub async fn retry(self: &Arc<Self>, execution: &Execution, retry: Retry) -> Result<Arc<Running>, NotRetried> {
        match execution.status {
            Status::New | Status::Running | Status::Waiting => return Err(NotRetried::Open),
            Status::Success if !retry.from_start => return Err(NotRetried::Succeeded),
            _ => {}
        }
        let workflow = if retry.with_current {
            self.workflows
                .table()
                .workflows
                .get(execution.workflow.as_str())
                .cloned()
        } else {
            self.workflow_of(execution).await
        };
        let workflow = workflow.ok_or(NotRetried::WorkflowGone)?;
        let start = self.start_of(execution).await?;
        let done = if retry.from_start {
            Vec::new()
        } else {
            self.before_failure(execution).await?
        };
        let trigger = execution.trigger.as_str().into();
        let launch = Launch {
            retry_of: Some(execution.id),
            done,
            ..Launch::new(self.next_id(), workflow, trigger, start, "retry")
        };
        self.accept(launch).await.map_err(NotRetried::Refused)
    }

    /// What an execution began with.
    pub async fn start_of(&self, execution: &Execution) -> Result<Start, patchbay_store::Error> {
        match self.store.input(execution.id).await? {
            Some(input) => saved::read_start(&input),
            None => Ok(Start::Ran(Vec::new())),
        }
    }

    /// What has run before the node that failed.
    async fn before_failure(&self, execution: &Execution) -> Result<Vec<Step>, NotRetried> {
        let mut runs = self.runs(execution).await?;
        runs.pop_if(|last| last.run.error.is_some());
        if runs.iter().any(|run| run.cut.is_some()) {
            return Err(NotRetried::Cut);
        }
        let steps = runs.into_iter().map(|kept| Step {
            node: kept.node,
            run: Arc::new(kept.run),
            replaces: false,
        });
        Ok(steps.collect())
    }

    /// An execution as it is now: what was told to the store before is there to be read.
    pub async fn read(&self, id: ExecutionId) -> Result<Option<Execution>, patchbay_store::Error> {
        self.store.write(Change::Flush).await?;
        self.store.execution(id).await
    }

    /// The runs of an execution's nodes after its trigger, so far as they were kept, in their order.
    pub async fn runs(&self, execution: &Execution) -> Result<Vec<Kept>, patchbay_store::Error> {
        let mut runs: Vec<Kept> = Vec::new();
        for part in self.store.data(execution.id).await? {
            for kept in saved::read_part(&part)? {
                if kept.replaces {
                    runs.pop();
                }
                runs.push(kept);
            }
        }
        Ok(runs)
    }
}
