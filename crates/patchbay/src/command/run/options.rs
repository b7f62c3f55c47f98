//! The options of `patchbay run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use patchbay_model::Text;

use crate::capability::dry_run::DryRun;
use crate::capability::guard::Limits;
use crate::command::{parse_moment, parse_rate, parse_timeout, parse_timezone};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay run workflows/user-groups.json --sandbox
  patchbay run flow.json --input items.json --credentials pbx.toml
  patchbay run flow.json --dry-run
  cat flow.json | patchbay run - --output run-data | jq .status

Exit codes: 0 success, 1 the workflow failed, 2 wrong usage, 3 not a valid file, 4 timed out or cancelled")]
pub struct Options {
    /// The workflow file as n8n exports it; `-` reads stdin
    pub file: PathBuf,
    /// Items for the trigger: a JSON array, one object, or lines of objects; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The node to start at
    #[arg(long, value_name = "NODE")]
    pub trigger: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t = Output::Last, hide_possible_values = false)]
    pub output: Output,
    /// A credential file, n8n's export or TOML; repeatable
    #[arg(long, value_name = "FILE")]
    pub credentials: Vec<PathBuf>,
    /// Start the 3CX double and bind every 3CX credential to it
    #[arg(long)]
    pub sandbox: bool,
    /// A folder of further node definitions; repeatable
    #[arg(long, value_name = "DIR")]
    pub nodes: Vec<PathBuf>,
    /// Take pinned data where a node has it
    #[arg(long)]
    pub pin_data: bool,
    /// Show each request that would change something and send only reads; `=all` sends nothing
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "writes", value_name = "WHAT")]
    pub dry_run: Option<DryRun>,
    /// Refuse whatever would change something
    #[arg(long)]
    pub read_only: bool,
    /// Send at most so many requests that change something
    #[arg(long, value_name = "NUMBER")]
    pub max_writes: Option<usize>,
    /// Send requests that change something no faster than this
    #[arg(long, value_name = "RATE", value_parser = parse_rate)]
    pub writes_per_second: Option<f64>,
    /// Run although nodes are missing; the execution fails where it reaches one
    #[arg(long)]
    pub allow_missing: bool,
    /// Stop after this time, in the middle of a node's work if need be: 500ms, 30s, 5m; 30 is 30 seconds
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    pub timeout: Option<Duration>,
    /// Zone of dates without one, if the workflow sets none
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone)]
    pub timezone: Option<Text>,
    /// Fixes the clock
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    pub now: Option<f64>,
    /// Fixes what is random: the same number gives the same run
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Let Execute Command run commands on this machine
    #[arg(long, env = "PATCHBAY_ALLOW_COMMANDS", hide_env_values = true)]
    pub allow_commands: bool,
}

impl Options {
    /// What the run may change.
    pub fn limits(&self) -> Limits {
        Limits {
            // A dry run changes nothing as it is.
            read_only: self.read_only && self.dry_run.is_none(),
            most_writes: self.max_writes,
            // What is only shown need not wait.
            writes_per_second: self.writes_per_second.filter(|_| self.dry_run.is_none()),
        }
    }
}

/// What a run prints to stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// The `json` of the last node's items, as an array
    Last,
    /// Every run of every node
    RunData,
    None,
}
