//! What can be set.

use std::path::PathBuf;
use std::time::Duration;

use patchbay_model::{Text, Workflow};
use patchbay_node::Secret;
use patchbay_store::Retention;

/// All settings of a server. Paths of endpoints are without slashes at their ends.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The folder of workflow files.
    pub workflows: PathBuf,
    /// Where files of executions are kept.
    pub data: PathBuf,
    /// How callers reach the server: `https://example.com`, no slash at its end.
    pub base_url: String,
    /// A key of the API, beside those of the store.
    pub api_key: Option<Secret>,
    pub webhook_path: String,
    pub webhook_test_path: String,
    pub webhook_waiting_path: String,
    /// Whether `/metrics` is answered.
    pub metrics: bool,
    /// Whether workflows can be tried at their test URLs, active or not.
    pub test_webhooks: bool,
    /// Of workflows that set none.
    pub timezone: Text,
    /// How large a request's body may be, in bytes.
    pub largest_body: u64,
    /// How large a form with files may be, in bytes.
    pub largest_form: u64,
    /// How many proxies in front of the server add to `X-Forwarded-For`.
    pub proxies: usize,
    /// How many executions run at once.
    pub running: usize,
    /// How many more may be accepted; further ones are refused.
    pub queued: usize,
    /// Of executions whose workflow sets none.
    pub timeout: Option<Duration>,
    /// No execution has more time.
    pub longest_timeout: Option<Duration>,
    /// Whether executions that succeeded are kept, where the workflow does not say.
    pub keep_success: bool,
    /// Whether executions that failed are kept, where the workflow does not say.
    pub keep_error: bool,
    pub retention: Retention,
    /// How long the server goes on working once it is told to end, and says that it will not for long.
    pub notice: Duration,
    /// How long executions may take to end when the server does.
    pub grace: Duration,
}

impl Configuration {
    /// The zone in which a workflow's times are.
    pub fn timezone_of(&self, workflow: &Workflow) -> Text {
        workflow.settings.timezone.as_ref().unwrap_or(&self.timezone).clone()
    }
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            workflows: PathBuf::from("workflows"),
            data: PathBuf::from("data"),
            base_url: "http://localhost:5678".to_owned(),
            api_key: None,
            webhook_path: "webhook".to_owned(),
            webhook_test_path: "webhook-test".to_owned(),
            webhook_waiting_path: "webhook-waiting".to_owned(),
            metrics: false,
            test_webhooks: false,
            timezone: "UTC".into(),
            largest_body: 16 << 20,
            largest_form: 200 << 20,
            proxies: 0,
            running: 200,
            queued: 10_000,
            timeout: None,
            longest_timeout: None,
            keep_success: true,
            keep_error: true,
            retention: Retention {
                // As n8n: two weeks, ten thousand executions.
                age: Some(336 * 3_600_000),
                count: Some(10_000),
            },
            notice: Duration::ZERO,
            grace: Duration::from_secs(30),
        }
    }
}
