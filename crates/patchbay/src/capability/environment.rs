//! The clock, randomness and environment variables.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use patchbay_model::scope::Denied;
use patchbay_model::{Environment, Text};
use patchbay_node::capability::entropy::Seeded;

/// The machine's clock, or a fixed one; the process's environment, where it is allowed.
pub struct RealEnvironment {
    fixed_now: Option<f64>,
    started: Instant,
    /// In place of real randomness.
    seeded: Option<Seeded>,
    allow_variables: bool,
}

impl RealEnvironment {
    /// For workflows. A fixed clock is in milliseconds since 1970. Environment variables are readable only where
    /// `N8N_BLOCK_ENV_ACCESS_IN_NODE=false` says so: a workflow may come from anywhere.
    pub fn new(fixed_now: Option<f64>, seed: Option<u64>) -> Self {
        Self {
            fixed_now,
            started: Instant::now(),
            seeded: seed.map(Seeded::new),
            allow_variables: blocking() == Some(false),
        }
    }

    /// For an expression on the command line, whose author has the environment at hand anyway: variables are readable
    /// unless `N8N_BLOCK_ENV_ACCESS_IN_NODE=true` says otherwise.
    pub fn for_command_line(fixed_now: Option<f64>) -> Self {
        Self {
            fixed_now,
            started: Instant::now(),
            seeded: None,
            allow_variables: blocking() != Some(true),
        }
    }
}

/// What `N8N_BLOCK_ENV_ACCESS_IN_NODE` says, if anything.
fn blocking() -> Option<bool> {
    std::env::var("N8N_BLOCK_ENV_ACCESS_IN_NODE").ok()?.parse().ok()
}

impl Environment for RealEnvironment {
    fn now(&self) -> f64 {
        self.fixed_now.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            since.as_millis() as f64
        })
    }

    fn monotonic(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    fn random(&self) -> f64 {
        self.seeded.as_ref().map_or_else(fastrand::f64, Seeded::fraction)
    }

    fn variable(&self, name: &str) -> Result<Option<Text>, Denied> {
        if self.allow_variables {
            Ok(std::env::var(name).ok().map(Text::from))
        } else {
            Err(Denied)
        }
    }
}

/// The zone of workflows that name none: `GENERIC_TIMEZONE`, as in n8n, else the machine's, else UTC.
pub fn default_timezone() -> Text {
    if let Ok(zone) = std::env::var("GENERIC_TIMEZONE").or_else(|_| std::env::var("TZ"))
        && jiff::tz::TimeZone::get(&zone).is_ok()
    {
        return zone.into();
    }
    jiff::tz::TimeZone::system()
        .iana_name()
        .map_or_else(|| "UTC".into(), Text::from)
}
