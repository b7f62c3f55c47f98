//! The commands, one file each, and what their options share.

pub mod check;
pub mod credentials;
pub mod eval;
pub mod import;
pub mod nodes;
pub mod run;
pub mod sandbox;
pub mod serve;
pub mod setup;
pub mod test;

use clap::{Parser, Subcommand, ValueEnum};
use patchbay_model::Text;
use tracing_subscriber::EnvFilter;

/// Runs workflows exported from n8n without n8n.
#[derive(Parser, Debug)]
#[command(name = "patchbay", version, max_term_width = 110, disable_help_subcommand = true)]
pub struct Cli {
    /// What to log to stderr: error, warn, info, debug, trace, or a filter such as `patchbay_actions=debug`
    #[arg(long, global = true, env = "PATCHBAY_LOG", value_name = "LEVEL", value_parser = parse_log_filter)]
    pub log: Option<EnvFilter>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run one workflow
    Run(run::Options),
    /// Tell every fault of workflow files at once
    Check(check::Options),
    /// Run tests of node definitions and workflows
    Test(test::Options),
    /// Evaluate an expression, or a batch of them
    Eval(eval::Options),
    /// List and show what can be run
    Nodes(nodes::Options),
    /// Make node definitions
    Import(import::Options),
    /// List, check and import credentials
    Credentials(credentials::Options),
    /// Serve a folder of workflows: webhooks, waits, executions that are never lost
    Serve(Box<serve::Options>),
    /// Start the 3CX double alone
    Sandbox(sandbox::Options),
}

/// For whom a result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// A moment on the command line: ISO 8601, UTC where it does not say.
pub fn parse_moment(text: &str) -> Result<f64, String> {
    let has_zone = |text: &str| text.ends_with('Z') || text.get(11..).is_some_and(|time| time.contains(['+', '-']));
    let with_zone = if text.contains('T') && !has_zone(text) {
        format!("{text}Z")
    } else {
        text.to_owned()
    };
    let moment: jiff::Timestamp = with_zone
        .parse()
        .map_err(|error| format!("not a moment such as 2026-01-02T03:04:05Z: {error}"))?;
    Ok(moment.as_millisecond() as f64)
}

/// What to log, on the command line.
fn parse_log_filter(text: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(text).map_err(|error| format!("neither a level nor a filter: {error}"))
}

/// A time zone on the command line, by its IANA name.
pub fn parse_timezone(text: &str) -> Result<Text, String> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) => Ok(text.into()),
        Err(_) => Err("not a time zone; use a name such as `Europe/Berlin` or `UTC`".to_owned()),
    }
}

/// A length of time on the command line: `500ms`, `30s`, `5m`, `2h`, or seconds without a unit.
pub fn parse_length(text: &str) -> Result<std::time::Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits]
        .parse()
        .map_err(|_| "not a length of time such as 30s".to_owned())?;
    let seconds = match &text[digits..] {
        "ms" => number / 1000.0,
        "" | "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        unit => return Err(format!("unknown unit `{unit}`; use ms, s, m or h")),
    };
    std::time::Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// How long a run may take, on the command line.
fn parse_timeout(text: &str) -> Result<std::time::Duration, String> {
    match parse_length(text)? {
        std::time::Duration::ZERO => Err("the run would be over before it begins: give a time above 0".to_owned()),
        length => Ok(length),
    }
}

/// How often something may happen in a second, on the command line.
fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("not a number above 0, such as 5 or 0.5".to_owned()),
    }
}

/// Waits until the program is asked to end: by Ctrl-C, or by whoever started it.
async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_lengths_are_read() {
        for text in [
            "2026-01-02T03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T04:04:05+01:00",
        ] {
            assert_eq!(parse_moment(text), Ok(1_767_323_045_000.0), "{text}");
        }
        for text in ["tomorrow", "2026-01-02üT03"] {
            assert!(parse_moment(text).is_err(), "{text}");
        }
        for (text, milliseconds) in [("500ms", 500), ("30s", 30_000), ("1.5m", 90_000), ("2", 2000)] {
            assert_eq!(
                parse_length(text).map(|length| length.as_millis()),
                Ok(milliseconds),
                "{text}"
            );
        }
        assert!(parse_length("3 weeks").is_err());
        assert_eq!(parse_timeout("5"), Ok(std::time::Duration::from_secs(5)));
        assert!(parse_timeout("0s").is_err_and(|told| told.contains("above 0")));
        assert_eq!(parse_rate("0.5"), Ok(0.5));
        for text in ["0", "-1", "inf", "fast"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }
}
