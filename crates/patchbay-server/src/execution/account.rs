//! What is told of an execution while it runs and when it ends: numbers, spans, the log.

use std::sync::Arc;

use patchbay_engine::{Finished, Observer};
use patchbay_model::{Environment, Status};
use patchbay_node::capability::Http;

use super::{Executions, Running};
use crate::metrics::Metrics;
use crate::trace::Trace;

/// What is known of one execution since it has its turn.
pub(super) struct Account {
    metrics: Arc<Metrics>,
    environment: Arc<dyn Environment>,
    trace: Option<Arc<Trace>>,
    /// Milliseconds of the monotonic clock.
    begun: f64,
}

impl Executions {
    pub(super) fn account(&self, running: &Running) -> Account {
        let environment = self.world.capabilities.environment.clone();
        Account {
            metrics: self.metrics.clone(),
            trace: Trace::begin(&self.world, self.parents.take(running.id)),
            begun: environment.monotonic(),
            environment,
        }
    }
}

impl Account {
    /// The network as the execution has it.
    pub fn http(&self, http: &Arc<dyn Http>) -> Arc<dyn Http> {
        match &self.trace {
            Some(trace) => trace.carried_by(http.clone()),
            None => http.clone(),
        }
    }

    /// Where the execution's spans are, if somebody wants them.
    pub fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref()
    }

    /// Sees what `observer` does.
    pub fn observer(&self, observer: Arc<dyn Observer>) -> Arc<dyn Observer> {
        match &self.trace {
            Some(trace) => trace.observe(observer),
            None => observer,
        }
    }

    /// The execution has ended, or rests.
    pub fn close(&self, running: &Running, finished: &Finished) {
        let milliseconds = self.environment.monotonic() - self.begun;
        let status = finished.status.as_str();
        self.metrics.execution_ended(status, milliseconds / 1000.0);
        if let Some(trace) = &self.trace {
            trace.end(running.id, &running.mode, &running.workflow, finished);
        }
        let (execution, workflow) = (running.id, &running.workflow.name);
        match &finished.error {
            Some(error) if matches!(finished.status, Status::Error | Status::Canceled) => tracing::warn!(
                execution,
                %workflow,
                milliseconds,
                code = %error.code,
                node = error.node.as_deref(),
                status,
                "an execution failed: {}",
                error.message
            ),
            _ => tracing::debug!(execution, %workflow, milliseconds, status, "an execution ended"),
        }
    }
}
