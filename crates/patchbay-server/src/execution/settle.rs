//! What is kept of an execution that has ended, or rests.

use patchbay_engine::Finished;
use patchbay_model::{Status, Value, Wait};
use patchbay_store::change::Settle;
use patchbay_store::{Change, Status as Stored};

use super::{Executions, Running};
use crate::workflows::Loaded;

impl Executions {
    /// Keeps how the execution ended, or what it waits for.
    pub(super) async fn settle(&self, running: &Running, finished: &Finished) {
        let status = match finished.status {
            Status::Success => Stored::Success,
            Status::Error => Stored::Error,
            Status::Canceled => Stored::Canceled,
            Status::Waiting => Stored::Waiting,
            // The store has it as running: it is taken up at the next start.
            Status::Suspended => return,
        };
        let until = finished
            .waiting
            .as_ref()
            .and_then(Wait::until)
            .map(|until| until as i64);
        let rest = finished
            .waiting
            .as_ref()
            .and_then(|wait| serde_json::to_string(wait).ok());
        let settle = Settle {
            execution: running.id,
            status,
            now: self.now(),
            began: running.began.get().copied(),
            last_node: finished.rests_at.as_ref().or(finished.last_node()).cloned(),
            error: finished.error.as_ref().map(|error| error.to_value().to_json()),
            rests_until: until,
            rest,
            keep: self.keeps(&running.workflow, status),
            result: if status.is_final() {
                self.result(running, finished).await
            } else {
                None
            },
        };
        self.store.tell(Change::Settle(Box::new(settle)));
        match finished.waiting {
            Some(Wait::Execution(called)) => {
                self.rests.add_caller(running.id, called);
                self.look_after(running.id, called).await;
            }
            Some(_) => self.rests.add(running.id, until),
            None => {}
        }
        if status.is_final() {
            self.rests.end_for(running.id, self.now());
        }
    }

    /// What the workflow's settings say of keeping executions that ended so.
    fn keeps(&self, workflow: &Loaded, status: Stored) -> bool {
        let setting = |name: &str, otherwise: bool| match workflow.setting(name).and_then(Value::as_str) {
            Some("all") => true,
            Some("none") => false,
            _ => otherwise,
        };
        match status {
            Stored::Success => setting("saveDataSuccessExecution", self.configuration.keep_success),
            Stored::Error | Stored::Canceled => setting("saveDataErrorExecution", self.configuration.keep_error),
            _ => true,
        }
    }
}
