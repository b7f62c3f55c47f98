//! How faults, progress and logs look. All of it goes to stderr: stdout carries the result and nothing else.

pub mod diagnostics;
pub mod progress;

use tracing_subscriber::EnvFilter;

/// Starts logging, at `warn` unless told otherwise.
pub fn start_log(filter: Option<&str>) {
    let filter = EnvFilter::try_new(filter.unwrap_or("warn")).unwrap_or_else(|_| EnvFilter::new("warn"));
    // Only the first start counts, and there is only one.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
