//! The clock, randomness and environment variables.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use patchbay_model::scope::{Denied, ScriptLimits};
use patchbay_model::{Environment, Text};
use patchbay_node::capability::entropy::Seeded;

/// The machine's clock, or a fixed one; the process's environment, where it is allowed.
pub struct RealEnvironment {
    fixed_now: Option<f64>,
    started: Instant,
    /// In place of real randomness.
    seeded: Option<Seeded>,
    allow_variables: bool,
    script_limits: ScriptLimits,
}

impl RealEnvironment {
    /// For workflows. A fixed clock is in milliseconds since 1970. Environment variables are readable only where
    /// `N8N_BLOCK_ENV_ACCESS_IN_NODE=false` says so: a workflow may come from anywhere.
    pub fn new(fixed_now: Option<f64>, seed: Option<u64>, script_limits: ScriptLimits) -> Self {
        Self {
            fixed_now,
            started: Instant::now(),
            seeded: seed.map(Seeded::new),
            allow_variables: blocking() == Some(false),
            script_limits,
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
            script_limits: ScriptLimits::default(),
        }
    }

    /// Whether expressions may read variables, in place of what the environment says.
    pub fn allow_variables(&mut self, allow: bool) {
        self.allow_variables = allow;
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

    fn script_limits(&self) -> ScriptLimits {
        self.script_limits
    }
}

/// What scripts may use by the machine's environment: `PATCHBAY_CODE_TIMEOUT` in seconds, `PATCHBAY_CODE_MEMORY` in MiB.
pub fn script_limits() -> Result<ScriptLimits, String> {
    limits_of(|name| std::env::var(name).ok())
}

fn limits_of(variable: impl Fn(&str) -> Option<String>) -> Result<ScriptLimits, String> {
    let mut limits = ScriptLimits::default();
    if let Some(seconds) = positive("PATCHBAY_CODE_TIMEOUT", "seconds", &variable)? {
        limits.time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 2);
    }
    if let Some(mebibytes) = positive("PATCHBAY_CODE_MEMORY", "MiB", &variable)? {
        limits.memory = (mebibytes * f64::from(1 << 20)) as usize;
    }
    Ok(limits)
}

fn positive(name: &str, unit: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Option<f64>, String> {
    let Some(text) = variable(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.trim().parse::<f64>() {
        Ok(number) if number > 0.0 => Ok(Some(number)),
        _ => Err(format!(
            "{name} is `{text}`: give a number of {unit} above 0, or unset it"
        )),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_limited_as_the_environment_says() {
        let plain = ScriptLimits::default();
        let (seconds, memory) = (plain.time.as_secs_f64(), plain.memory);
        for (timeout, mebibytes, expected) in [
            (None, None, Some((seconds, memory))),
            (Some(""), Some(""), Some((seconds, memory))),
            (Some("1.5"), None, Some((1.5, memory))),
            (None, Some("64"), Some((seconds, 64 << 20))),
            (Some("soon"), None, None),
            (None, Some("0"), None),
            (Some("-1"), None, None),
        ] {
            let variable = |name: &str| {
                let value = if name == "PATCHBAY_CODE_TIMEOUT" {
                    timeout
                } else {
                    mebibytes
                };
                value.map(str::to_owned)
            };
            let limits = limits_of(variable).ok();
            let found = limits.map(|limits| (limits.time.as_secs_f64(), limits.memory));
            assert_eq!(found, expected, "{timeout:?}, {mebibytes:?}");
        }
    }
}
