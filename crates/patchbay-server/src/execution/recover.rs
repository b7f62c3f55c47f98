//! Taking up at the start what an earlier process left.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use patchbay_engine::Resumption;
use patchbay_model::{ExecutionError, Object, Snapshot, Text, Value, Wait};
use patchbay_store::{Error, Execution, ExecutionId, Kind, Status, saved};

use super::limits::Limits;
use super::{Executions, Running, beginning, waits_for};
use crate::workflows::Loaded;

/// Why an execution cannot be taken up.
enum Lost {
    WorkflowGone,
    /// What is stored of it, and why.
    Unreadable(String),
    /// What this node put out was not kept: an earlier version wrote it.
    Cut(Text),
}

impl Lost {
    fn told(&self) -> (&'static str, String) {
        match self {
            Self::WorkflowGone => (
                "E1205",
                "The workflow is gone, and the execution was cut short".to_owned(),
            ),
            Self::Unreadable(reason) => (
                "E1214",
                format!("The execution was cut short, and what is stored of it can not be read: {reason}"),
            ),
            Self::Cut(node) => (
                "E1213",
                format!("The execution can not go on: what `{node}` put out is not kept"),
            ),
        }
    }
}

impl Executions {
    /// Takes up everything that has not ended.
    pub async fn recover(self: &Arc<Self>) -> Result<(), Error> {
        for record in self.store.records(Kind::StaticData).await? {
            match serde_json::from_slice::<Object>(&record.value) {
                Ok(data) => {
                    let static_data = self.workflows.static_data(&record.key.into());
                    *static_data.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = data;
                }
                Err(error) => {
                    let lost = Error::Malformed(format!("static data of workflow `{}`: {error}", record.key));
                    tracing::error!(code = lost.code(), hint = lost.hint(), "{lost}");
                }
            }
        }
        self.read_variables().await?;
        let mut callers = Vec::new();
        for execution in self.store.resting().await? {
            if let Some(Wait::Execution(called)) = waits_for(&execution) {
                self.rests.add_caller(execution.id, called);
                callers.push((execution.id, called));
            } else {
                self.rests.add(execution.id, execution.rests_until);
            }
        }
        let mut unfinished = self.store.unfinished().await?;
        if !unfinished.is_empty() {
            tracing::info!("{} executions that were cut short are taken up", unfinished.len());
        }
        // What was called comes before its caller, which asks for it.
        unfinished.sort_by_key(|execution| Reverse(execution.depth));
        let callers_at_work: HashSet<ExecutionId> = unfinished.iter().map(|execution| execution.id).collect();
        for execution in unfinished {
            let Some((workflow, snapshot)) = self.read_back(&execution).await? else {
                continue;
            };
            let running = Running::again(&execution, workflow);
            let admission = if running.parent.is_some_and(|parent| callers_at_work.contains(&parent)) {
                Limits::none()
            } else {
                self.limits
                    .readmit(&running.workflow, execution.key.as_deref().map(Text::from))
            };
            self.begin(running, snapshot, Resumption::GoOn, admission);
        }
        let executions = self.clone();
        // Not one of the tasks that the end waits for: it has none of its own.
        tokio::spawn(async move {
            for (caller, called) in callers {
                executions.look_after(caller, called).await;
            }
            executions.wake().await;
        });
        Ok(())
    }

    /// `$vars` as the store has them: each value is the JSON `{"key", "value"}`.
    pub async fn read_variables(&self) -> Result<(), Error> {
        let records = self.store.records(Kind::Variable).await?;
        let variables = records.iter().filter_map(|record| {
            let variable: Value = serde_json::from_slice(&record.value).ok()?;
            Some((variable.get("key")?.to_text(), variable.get("value")?.clone()))
        });
        self.set_variables(variables.collect());
        Ok(())
    }

    /// An execution's workflow as it was accepted, and what has run of it. `None` where it can not go on, and has ended.
    pub(super) async fn read_back(&self, execution: &Execution) -> Result<Option<(Arc<Loaded>, Snapshot)>, Error> {
        let lost = match self.version(execution).await? {
            None => Lost::WorkflowGone,
            Some(workflow) => match self.kept(execution).await {
                // What has run since must not run again.
                Ok((_, Some(node))) => Lost::Cut(node),
                Ok((snapshot, None)) => return Ok(Some((workflow, snapshot))),
                // It must not keep the others from being taken up.
                Err(Error::Malformed(reason)) => Lost::Unreadable(reason),
                Err(error) => return Err(error),
            },
        };
        self.give_up(execution, &lost).await;
        Ok(None)
    }

    /// What has run of an execution, so far as it was kept.
    pub async fn snapshot(&self, execution: &Execution) -> Result<Snapshot, Error> {
        Ok(self.kept(execution).await?.0)
    }

    /// As [`Executions::snapshot`], with the first node of which the outputs were not kept.
    async fn kept(&self, execution: &Execution) -> Result<(Snapshot, Option<Text>), Error> {
        let start = self.start_of(execution).await?;
        let mut snapshot = beginning(&execution.trigger.as_str().into(), execution.started, start);
        let mut cut = None;
        let mut runs = self.runs(execution).await?;
        if runs.iter().any(|kept| kept.apart.is_some()) {
            let large = self.store.large(execution.id).await?;
            for kept in &mut runs {
                if let Some(outputs) = kept.apart.and_then(|place| large.get(place)) {
                    kept.run.outputs = Some(saved::read_outputs(outputs)?);
                    kept.cut = None;
                }
            }
        }
        for kept in runs {
            if kept.cut.is_some() && cut.is_none() {
                cut = Some(kept.node.clone());
            }
            snapshot.push(&kept.node, kept.run, None);
        }
        if let Some(begun) = self.store.begun(execution.id).await? {
            // Without it a node that must not be repeated would be.
            let begun: patchbay_model::Begun =
                serde_json::from_slice(&begun).map_err(|error| Error::Malformed(error.to_string()))?;
            let has_ended = snapshot.run_data.run(&begun.node, begun.run).is_some();
            snapshot.begun = (!has_ended).then_some(begun);
        }
        Ok((snapshot, cut))
    }

    /// The workflow of an execution, as it was when that began.
    pub async fn workflow_of(&self, execution: &Execution) -> Option<Arc<Loaded>> {
        self.version(execution).await.ok().flatten()
    }

    /// The version of the workflow with which the execution began.
    async fn version(&self, execution: &Execution) -> Result<Option<Arc<Loaded>>, Error> {
        let table = self.workflows.table();
        let current = table.workflows.get(execution.workflow.as_str());
        if let Some(current) = current.filter(|current| current.version == execution.workflow_version) {
            return Ok(Some(current.clone()));
        }
        let kept = self
            .store
            .record(Kind::WorkflowVersion, &execution.workflow_version)
            .await?;
        let Some(text) = kept.and_then(|kept| String::from_utf8(kept.value).ok()) else {
            return Ok(current.cloned());
        };
        let (workflows, _) = patchbay_model::workflow::read(&text);
        let path = current.map_or_else(
            || Path::new(&execution.workflow).to_path_buf(),
            |current| current.file.clone(),
        );
        let workflow = workflows.into_iter().next();
        let compiled = workflow.and_then(|workflow| self.workflows.compile(&path, workflow, text.into()).ok());
        Ok(compiled.map(|(loaded, _)| Arc::new(loaded)))
    }

    /// An execution ends that cannot be taken up.
    async fn give_up(&self, execution: &Execution, lost: &Lost) {
        let (code, message) = lost.told();
        tracing::error!(code, execution = execution.id, "{message}");
        let error = ExecutionError {
            code: code.into(),
            message: message.into(),
            ..ExecutionError::default()
        };
        if let Err(error) = self.end_at_rest(execution, Status::Crashed, &error).await {
            tracing::error!(code = error.code(), execution = execution.id, "{error}");
        }
    }
}
