//! An execution and the one that called it. The caller's node waits for the end of what it called; where that rests, the
//! caller rests too, without a record of the node's run, and when it is taken up its node asks again. What the called
//! one gives is on disk together with its end, so that after a crash no call is made twice.

use std::sync::Arc;

use patchbay_engine::{Finished, Resumption};
use patchbay_model::{ExecutionError, Status, Wait};
use patchbay_node::NodeError;
use patchbay_node::capability::workflows::Called;
use patchbay_store::change::Settle;
use patchbay_store::saved::Returned;
use patchbay_store::{Called as Known, Change, Error, Execution, ExecutionId, Pending, Status as Stored};

use super::calls::of_store;
use super::limits::Limits;
use super::rest::NAP;
use super::{Executions, Launch, Running, files};

/// A called execution that runs, and the answer of the store whether it is kept.
pub(super) struct Begun {
    running: Arc<Running>,
    kept: Pending,
}

impl Executions {
    /// Begins an execution that its caller waits for. It need not be on disk: its caller is, and calls again where this is
    /// lost. Nor does it wait for a turn, since its caller has one.
    pub(super) async fn begin_called(self: &Arc<Self>, launch: Launch) -> Result<Begun, Error> {
        let (accept, running, snapshot) = self.prepare(launch).await?;
        let kept = self.store.write(Change::Accept(Box::new(accept)));
        let running = self.begin(running, snapshot, Resumption::GoOn, Limits::none());
        Ok(Begun { running, kept })
    }

    /// What became of an execution that was just called, once it has ended or rests. It is stopped when nobody waits any
    /// more.
    pub(super) async fn wait_for_called(&self, caller: ExecutionId, begun: Begun) -> Result<Called, NodeError> {
        let called = self.wait_for(caller, &begun.running).await?;
        if matches!(called, Called::Rests(_))
            && let Err(error) = begun.kept.await
        {
            // Nobody would find it after a restart.
            self.rests.remove(begun.running.id);
            return Err(of_store(&error));
        }
        Ok(called)
    }

    /// As [`Executions::wait_for_called`], of an execution that was called before its caller was taken up.
    pub(super) async fn join(&self, caller: ExecutionId, known: &Known) -> Result<Called, NodeError> {
        if let Some(result) = &known.result {
            let returned = Returned::read(result).map_err(|error| of_store(&error))?;
            return given(returned);
        }
        match self.find(known.execution) {
            Some(running) => self.wait_for(caller, &running).await,
            // It rests, or has ended just now: whoever rests for it looks again.
            None => Ok(Called::Rests(Wait::Execution(known.execution))),
        }
    }

    async fn wait_for(&self, caller: ExecutionId, running: &Running) -> Result<Called, NodeError> {
        let stop = running.cancellation.clone().drop_guard();
        let finished = running.ended.wait().await;
        stop.disarm();
        match finished.status {
            Status::Waiting | Status::Suspended => Ok(Called::Rests(Wait::Execution(running.id))),
            Status::Success | Status::Error | Status::Canceled => given(self.returned(caller, finished).await),
        }
    }

    /// What an execution gives its caller. Files go over to that.
    async fn returned(&self, caller: ExecutionId, finished: &Finished) -> Returned {
        if let (Status::Error | Status::Canceled, Some(error)) = (finished.status, finished.error.clone()) {
            return Returned::Error(error);
        }
        let mut outputs = finished.last_outputs();
        files::take_over(&self.folder(caller), &mut outputs).await;
        Returned::Outputs(outputs)
    }

    /// As it is kept for the caller, if there is one.
    pub(super) async fn result(&self, running: &Running, finished: &Finished) -> Option<Vec<u8>> {
        Some(kept(&self.returned(running.parent?, finished).await))
    }

    /// An execution that rests or was broken off ends without going on.
    pub(super) async fn end_at_rest(
        &self,
        execution: &Execution,
        status: Stored,
        error: &ExecutionError,
    ) -> Result<(), Error> {
        let returned = Returned::Error(error.clone());
        let settle = Settle {
            execution: execution.id,
            status,
            now: self.now(),
            began: None,
            last_node: execution.last_node.as_deref().map(Into::into),
            error: Some(error.to_value().to_json()),
            rests_until: None,
            rest: None,
            keep: true,
            result: execution.parent.map(|_| kept(&returned)),
        };
        self.store.write(Change::Settle(Box::new(settle))).await?;
        self.rests.end_for(execution.id, self.now());
        Ok(())
    }

    /// Lets an execution go on that has come to rest for another one, if that has ended meanwhile.
    pub(super) async fn look_after(&self, caller: ExecutionId, called: ExecutionId) {
        match self.has_ended(caller, called).await {
            Ok(true) => self.rests.end_for(called, self.now()),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(code = error.code(), execution = caller, "{error}");
                self.rests.end_for(called, self.now() + NAP as i64);
            }
        }
    }

    async fn has_ended(&self, caller: ExecutionId, called: ExecutionId) -> Result<bool, Error> {
        self.store.write(Change::Flush).await?;
        let calls = self.store.calls(caller).await?;
        let call = calls.iter().find(|call| call.execution == called);
        // Of what is not known the caller must not wait for the end.
        Ok(call.is_none_or(|call| call.result.is_some()))
    }
}

/// As it is kept. The caller rests until there is something, so there always is.
fn kept(returned: &Returned) -> Vec<u8> {
    returned.to_json().unwrap_or_else(|error| {
        let error = Returned::Error(*of_store(&error).error);
        error.to_json().unwrap_or_default()
    })
}

fn given(returned: Returned) -> Result<Called, NodeError> {
    match returned {
        Returned::Outputs(outputs) => Ok(Called::Ended(outputs)),
        Returned::Error(error) => Err(NodeError::from_execution(error)),
    }
}
