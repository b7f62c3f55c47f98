//! Numbers for Prometheus, in the text of OpenMetrics: what was executed, how long it took, what waits.

use std::time::Duration;

use patchbay_store::Health;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What [`Metrics::text`] is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Label = [(&'static str, &'static str); 1];

/// All that is counted.
pub struct Metrics {
    registry: Registry,
    executions: Family<Label, Counter>,
    durations: Histogram,
    waits: Histogram,
    webhooks: Family<Label, Histogram, fn() -> Histogram>,
    commits: Histogram,
    running: Gauge,
    queued: Gauge,
    resting: Gauge,
    backlog: Gauge,
    memory: Gauge,
}

/// What is looked up when somebody asks.
pub struct Now {
    /// Executions that have their turn.
    pub running: usize,
    /// Executions that wait for it.
    pub queued: usize,
    /// Executions that wait for a moment, a call or a decision.
    pub resting: usize,
    pub store: Health,
    /// What the process holds, in bytes, where that is known.
    pub memory: Option<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let metrics = Self {
            executions: Family::default(),
            durations: seconds(),
            waits: seconds(),
            webhooks: Family::new_with_constructor(seconds),
            commits: seconds(),
            running: Gauge::default(),
            queued: Gauge::default(),
            resting: Gauge::default(),
            backlog: Gauge::default(),
            memory: Gauge::default(),
            registry: Registry::default(),
        };
        let ours = registry.sub_registry_with_prefix("patchbay");
        ours.register(
            "executions",
            "Executions that ended or rest, by status",
            metrics.executions.clone(),
        );
        let help = "How long executions ran";
        ours.register_with_unit("execution_duration", help, Unit::Seconds, metrics.durations.clone());
        let help = "How long executions waited for their turn";
        ours.register_with_unit("execution_queue", help, Unit::Seconds, metrics.waits.clone());
        let help = "How long answers to webhooks took, by the class of their status";
        ours.register_with_unit("webhook_duration", help, Unit::Seconds, metrics.webhooks.clone());
        let help = "How long groups of changes took to be on disk";
        ours.register_with_unit("store_commit", help, Unit::Seconds, metrics.commits.clone());
        ours.register("executions_running", "Executions that run", metrics.running.clone());
        ours.register(
            "executions_queued",
            "Executions that wait for their turn",
            metrics.queued.clone(),
        );
        ours.register("executions_resting", "Executions that rest", metrics.resting.clone());
        ours.register(
            "store_backlog",
            "Changes that wait to be written",
            metrics.backlog.clone(),
        );
        registry.register_with_unit(
            "process_resident_memory",
            "What the process holds",
            Unit::Bytes,
            metrics.memory.clone(),
        );
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// By the name of a status.
    pub fn execution_ended(&self, status: &'static str, seconds: f64) {
        self.executions.get_or_create(&[("status", status)]).inc();
        self.durations.observe(seconds);
    }

    pub fn execution_had_its_turn(&self, seconds: f64) {
        self.waits.observe(seconds);
    }

    pub fn webhook_answered(&self, status: u16, took: Duration) {
        let class = match status {
            200..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            _ => "5xx",
        };
        self.webhooks
            .get_or_create(&[("status", class)])
            .observe(took.as_secs_f64());
    }

    /// A group of changes is on disk.
    pub fn committed(&self, took: Duration) {
        self.commits.observe(took.as_secs_f64());
    }

    pub fn text(&self, now: &Now) -> String {
        self.running.set(now.running as i64);
        self.queued.set(now.queued as i64);
        self.resting.set(now.resting as i64);
        self.backlog.set(now.store.backlog as i64);
        self.memory.set(now.memory.unwrap_or_default() as i64);
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// From a millisecond to five minutes.
fn seconds() -> Histogram {
    Histogram::new([
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::default();
        metrics.execution_ended("success", 0.004);
        metrics.execution_ended("success", 2.0);
        metrics.execution_ended("error", 0.1);
        metrics.execution_had_its_turn(0.002);
        metrics.webhook_answered(404, Duration::from_millis(3));
        metrics.committed(Duration::from_millis(7));
        let text = metrics.text(&Now {
            running: 1,
            queued: 2,
            resting: 3,
            store: Health {
                backlog: 4,
                fault: None,
            },
            memory: Some(5),
        });
        for line in [
            "patchbay_executions_total{status=\"success\"} 2",
            "patchbay_executions_total{status=\"error\"} 1",
            "patchbay_execution_duration_seconds_count 3",
            "patchbay_execution_duration_seconds_bucket{le=\"0.005\"} 1",
            "patchbay_execution_queue_seconds_bucket{le=\"0.0025\"} 1",
            "patchbay_webhook_duration_seconds_count{status=\"4xx\"} 1",
            "patchbay_store_commit_seconds_bucket{le=\"0.01\"} 1",
            "patchbay_executions_running 1",
            "patchbay_executions_queued 2",
            "patchbay_executions_resting 3",
            "patchbay_store_backlog 4",
            "process_resident_memory_bytes 5",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
        }
    }
}
