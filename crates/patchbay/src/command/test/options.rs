//! The options of `patchbay test`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use patchbay_testing::coverage::KINDS;

#[derive(Args, Debug, Clone)]
#[command(after_help = "Examples:
  patchbay test nodes/3cx workflows/
  patchbay test nodes/3cx --filter users --format junit > report.xml
  patchbay test nodes/3cx --coverage --fail-under operations=100 --fail-under parameters=90
  patchbay test nodes/3cx --filter 'a new user' --record --credentials pbx.toml

`--update`, `--record` and `--generate` show what they change; where the environment has `CI` they write nothing.

Exit codes: 0 all passed, 1 a case failed, 2 wrong usage, 3 a file is not valid, 4 cancelled")]
pub struct Options {
    /// Files of cases, or folders of them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Only cases whose file or name holds this; repeatable
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// How many cases run at once
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Write what comes out into failed cases
    #[arg(long, conflicts_with_all = ["record", "watch", "generate"])]
    pub update: bool,
    /// Run the chosen cases against a real service, and write what goes out and comes back, without secrets
    #[arg(long, conflicts_with_all = ["watch", "generate"])]
    pub record: bool,
    /// For `--record`: a credential file; repeatable; also PATCHBAY_CREDENTIALS
    #[arg(long, value_name = "FILE", requires = "record")]
    pub credentials: Vec<PathBuf>,
    /// For `--record`: record the 3CX double
    #[arg(long, requires = "record")]
    pub sandbox: bool,
    /// Tell what of the definitions no case touches
    #[arg(long)]
    pub coverage: bool,
    /// Fail if less than so many percent are touched, in all or of operations, parameters, values, errors, answers;
    /// repeatable
    #[arg(long, value_name = "[KIND=]PERCENT", requires = "coverage", value_parser = parse_threshold)]
    pub fail_under: Vec<Threshold>,
    /// Tell what a newer OpenAPI file of the service changes, and which cases would fail
    #[arg(long, value_name = "FILE", conflicts_with_all = ["update", "record", "watch", "generate"])]
    pub drift: Option<PathBuf>,
    /// Run again whenever a file changes
    #[arg(long)]
    pub watch: bool,
    /// Write cases of requests for every operation of a service's folder
    #[arg(long)]
    pub generate: bool,
    /// A folder of further node definitions; repeatable
    #[arg(long, value_name = "DIR")]
    pub nodes: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
    Junit,
    Tap,
}

/// How much must be touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// One of the kinds of coverage, or `total`.
    pub kind: String,
    pub percent: f64,
}

fn parse_threshold(text: &str) -> Result<Threshold, String> {
    let (kind, percent) = text.split_once('=').unwrap_or(("total", text));
    if kind != "total" && !KINDS.contains(&kind) {
        return Err(format!("`{kind}` is none of total, {}", KINDS.join(", ")));
    }
    match percent.trim_end_matches('%').parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Threshold {
            kind: kind.to_owned(),
            percent,
        }),
        _ => Err(format!("`{percent}` is not a number from 0 to 100")),
    }
}

impl Options {
    /// As many as the machine can do at once, if not said.
    pub fn threads(&self) -> usize {
        self.jobs
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get)
    }

    /// Whether a case is one of those that were asked for.
    pub fn chooses(&self, title: &str) -> bool {
        let title = title.to_lowercase();
        self.filter.is_empty() || self.filter.iter().any(|filter| title.contains(&filter.to_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read() {
        for (text, wanted) in [
            ("90", Some(("total", 90.0))),
            ("operations=100%", Some(("operations", 100.0))),
            ("oprations=100", None),
            ("101", None),
        ] {
            let read = parse_threshold(text).ok();
            let wanted = wanted.map(|(kind, percent)| Threshold {
                kind: kind.to_owned(),
                percent,
            });
            assert_eq!(read, wanted, "{text}");
        }
    }
}
