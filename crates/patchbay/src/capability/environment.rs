//! The clock, randomness and environment variables.

use std::time::{SystemTime, UNIX_EPOCH};

use patchbay_model::scope::Denied;
use patchbay_model::{Environment, Text};

/// The machine's clock, or a fixed one; the process's environment, where it is allowed.
pub struct RealEnvironment {
    fixed_now: Option<f64>,
    allow_variables: bool,
}

impl RealEnvironment {
    /// A fixed clock is in milliseconds since 1970. Environment variables are readable only where
    /// `N8N_BLOCK_ENV_ACCESS_IN_NODE=false` says so.
    pub fn new(fixed_now: Option<f64>) -> Self {
        let allow_variables = std::env::var("N8N_BLOCK_ENV_ACCESS_IN_NODE").is_ok_and(|blocked| blocked == "false");
        Self {
            fixed_now,
            allow_variables,
        }
    }
}

impl Environment for RealEnvironment {
    fn now(&self) -> f64 {
        self.fixed_now.unwrap_or_else(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            since.as_millis() as f64
        })
    }

    fn random(&self) -> f64 {
        fastrand::f64()
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
