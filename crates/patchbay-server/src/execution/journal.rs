//! What the engine tells while an execution runs goes to the store.

use std::sync::Arc;

use async_trait::async_trait;
use patchbay_engine::Journal;
use patchbay_engine::execution::Completed;
use patchbay_model::{Begun, Environment, ExecutionError, Text, Value};
use patchbay_store::saved::Step;
use patchbay_store::{Change, Error, ExecutionId, Kind, Store};

use super::calls::Calls;

/// Keeps one execution.
pub(super) struct Kept {
    pub execution: ExecutionId,
    pub workflow: Text,
    pub store: Arc<dyn Store>,
    pub environment: Arc<dyn Environment>,
    pub calls: Arc<Calls>,
}

#[async_trait]
impl Journal for Kept {
    async fn begins(&self, begun: &Begun) -> Result<(), ExecutionError> {
        let kept = match serde_json::to_vec(begun) {
            Ok(json) => {
                let change = Change::Begin {
                    execution: self.execution,
                    begun: json,
                };
                // A node that must not be repeated does not begin before that is on disk.
                self.store.write(change).await.map(drop)
            }
            Err(error) => Err(Error::Malformed(error.to_string())),
        };
        kept.map_err(|error| ExecutionError {
            code: error.code().into(),
            message: error.to_string().into(),
            node: Some(begun.node.clone()),
            hints: vec![error.hint().into()],
            ..ExecutionError::default()
        })
    }

    async fn completed(&self, completed: Completed<'_>) -> Result<(), ExecutionError> {
        let step = Step {
            node: completed.node.clone(),
            run: Arc::new(completed.record.clone()),
            replaces: false,
        };
        self.store.tell(Change::Progress {
            execution: self.execution,
            step,
        });
        if self.calls.forget(completed.node, completed.run) {
            self.store.tell(Change::ForgetCalls {
                execution: self.execution,
                node: completed.node.clone(),
                run: completed.run,
            });
        }
        if let Some(static_data) = completed.static_data {
            self.store.tell(Change::Put {
                kind: Kind::StaticData,
                key: self.workflow.to_string(),
                value: Value::object(static_data.clone()).to_json().into_bytes(),
                now: self.environment.now() as i64,
            });
        }
        Ok(())
    }
}
