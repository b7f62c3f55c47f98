//! Running an execution that was accepted: its turn, its capabilities, its end.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use patchbay_engine::{Execution, Finished, Options, Resumption};
use patchbay_model::scope::ExecutionInfo;
use patchbay_model::{ExecutionError, Snapshot};
use patchbay_node::Capabilities;
use patchbay_store::ExecutionId;

use super::account::Account;
use super::calls::Calls;
use super::journal::Kept;
use super::limits::Admission;
use super::{Event, Executions, Running};
use crate::webhook::form;
use crate::workflows::Loaded;

impl Executions {
    pub(super) async fn run(
        self: Arc<Self>,
        running: Arc<Running>,
        snapshot: Snapshot,
        resumption: Resumption,
        admission: Admission,
    ) {
        let environment = &self.world.capabilities.environment;
        let waits_since = environment.monotonic();
        let turn = tokio::select! {
            biased;
            () = self.suspension.cancelled() => {
                // Put aside before it began: the store has it.
                self.leave(&running);
                return;
            }
            // What is stopped before it began need not wait to end.
            () = running.cancellation.cancelled() => None,
            turn = admission.turn() => Some(turn),
        };
        if turn.is_some() {
            // Nobody else sets it.
            let _ = running.began.set(environment.now() as i64);
            let waited = environment.monotonic() - waits_since;
            self.metrics.execution_had_its_turn(waited / 1000.0);
        }
        let account = self.account(&running);
        let execution = self.execution(&running, snapshot, resumption, &account);
        let finished = AssertUnwindSafe(execution.run()).catch_unwind().await;
        drop(turn);
        let finished = finished.unwrap_or_else(|_| broken());
        let finished = Arc::new(finished);
        // Before the failure is kept: after a crash in between it fails once more, rather than that nobody hears of it.
        self.after_failure(&running, &finished).await;
        self.settle(&running, &finished).await;
        account.close(&running, &finished);
        self.leave(&running);
        self.events.tell(|| Event::ended(&running, &finished));
        // Nobody else sets it.
        let _ = running.ended.set(finished);
    }

    /// It runs no more; where it rested, it may run again already.
    fn leave(&self, running: &Arc<Running>) {
        let mut all = self.all();
        if all.get(&running.id).is_some_and(|known| Arc::ptr_eq(known, running)) {
            all.remove(&running.id);
        }
    }

    fn execution(
        self: &Arc<Self>,
        running: &Arc<Running>,
        snapshot: Snapshot,
        resumption: Resumption,
        account: &Account,
    ) -> Execution {
        let workflow = &running.workflow;
        let options = Options {
            timeout: self.timeout(workflow),
            info: self.info(
                running.id,
                workflow,
                if running.mode == "manual" { "test" } else { "production" },
            ),
            static_data: workflow.static_data.clone(),
            cancellation: running.cancellation.clone(),
            suspension: self.suspension.clone(),
            ..Options::default()
        };
        let calls = Calls::of(self, running, account.trace());
        let capabilities = Capabilities {
            binaries: (self.world.files)(self.folder(running.id)),
            workflows: calls.clone(),
            answers: running.clone(),
            http: account.http(&self.world.capabilities.http),
            ..self.world.capabilities.clone()
        };
        let journal = Kept {
            execution: running.id,
            workflow: workflow.id.clone(),
            store: self.store.clone(),
            environment: self.world.capabilities.environment.clone(),
            calls,
        };
        let graph = workflow.graph.clone();
        let observer = account.observer(self.events.observer(running));
        Execution::resume(graph, snapshot, resumption, options, capabilities, observer).kept_by(Arc::new(journal))
    }

    pub(super) fn info(&self, id: ExecutionId, workflow: &Loaded, mode: &str) -> ExecutionInfo {
        let configuration = &self.configuration;
        let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
        ExecutionInfo {
            id: id.to_string().into(),
            mode: mode.into(),
            resume_url: format!("{}/{}/{id}", configuration.base_url, configuration.webhook_waiting_path).into(),
            resume_form_url: format!("{}/{}/{id}", configuration.base_url, form::WAITING_PATH).into(),
            variables: (**variables).clone(),
            timezone: configuration.timezone_of(&workflow.graph.workflow),
        }
    }

    /// The workflow's own limit, or that of all; never more than the longest.
    pub(super) fn timeout(&self, workflow: &Loaded) -> Option<Duration> {
        let own = workflow.graph.workflow.settings.execution_timeout;
        let common = if own.is_some() {
            None
        } else {
            self.configuration.timeout
        };
        common.into_iter().chain(self.configuration.longest_timeout).min()
    }
}

/// How an execution ends of which a node panicked.
fn broken() -> Finished {
    Finished::failed(ExecutionError {
        code: "E1204".into(),
        message: "The execution broke off: a fault of patchbay itself".into(),
        hints: vec!["report it, with what was logged at the time".into()],
        ..ExecutionError::default()
    })
}
