//! What can be set, on the command line, in the environment and in a file: an option's long name is its key in the file.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use ipnet::IpNet;
use patchbay_model::Text;

use super::allowed;
use super::settings::Setting;
use crate::capability::reach::parse_network;
use crate::command::{parse_length, parse_timezone};

/// How the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A line of JSON for each event.
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay serve --workflows workflows --data data
  patchbay serve --config patchbay.toml --show-config
  patchbay serve --workflows workflows --sandbox --port 8080
  patchbay serve --store postgres://patchbay@localhost/patchbay

Each option can stand in the file (port = 8080) and in the environment (PATCHBAY_PORT, or n8n's name where it means the
same); the command line goes before the environment, the environment before the file. docs/server.md has them all.

The folder of workflows is the truth: files that change are picked up at once. What was accepted is kept in --data and
finished after a crash. Ctrl-C ends the server in order.")]
pub struct Options {
    /// A TOML file of settings; patchbay.toml, if it is there
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print every setting and where it comes from, and end
    #[arg(long)]
    pub show_config: bool,
    /// Ask the server that runs with these settings whether it is ready, and end: 0 if it is
    #[arg(long)]
    pub ask_ready: bool,
    /// Make a new key of the API in place of the one that was made before, print it, and end; no server may run
    #[arg(long)]
    pub new_api_key: bool,
    /// The folder of workflow files
    #[arg(long, value_name = "DIR", default_value = "workflows")]
    pub workflows: PathBuf,
    /// Where executions and their files are kept
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// A Postgres database to keep executions in, instead of a file in --data
    #[arg(long, value_name = "URL", value_parser = allowed::secret)]
    pub store: Option<String>,
    /// The address to listen on, or a name of it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", value_parser = allowed::host)]
    pub host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 5678)]
    pub port: u16,
    /// How callers reach the server, if not by its address
    #[arg(long, value_name = "URL", value_parser = allowed::base_url)]
    pub base_url: Option<String>,
    /// The path of webhooks
    #[arg(long, value_name = "PATH", default_value = "webhook", value_parser = allowed::path)]
    pub webhook_path: String,
    /// The path of test webhooks
    #[arg(long, value_name = "PATH", default_value = "webhook-test", value_parser = allowed::path)]
    pub webhook_test_path: String,
    /// The path where executions that rest go on
    #[arg(long, value_name = "PATH", default_value = "webhook-waiting", value_parser = allowed::path)]
    pub webhook_waiting_path: String,
    /// A key of the API; better in the environment, where others on the machine can not see it
    #[arg(long, value_name = "KEY", value_parser = allowed::secret)]
    pub api_key: Option<String>,
    /// Seals the credentials that the API makes, and opens n8n's; better in the environment; without it one is made in --data
    #[arg(long, value_name = "KEY", value_parser = allowed::secret)]
    pub encryption_key: Option<String>,
    /// A credential file, n8n's export or TOML; repeatable
    #[arg(long, value_name = "FILE")]
    pub credentials: Vec<PathBuf>,
    /// A folder of further node definitions; repeatable
    #[arg(long, value_name = "DIR")]
    pub nodes: Vec<PathBuf>,
    /// Start the 3CX double and bind every 3CX credential to it
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = ArgAction::Set, hide_possible_values = true)]
    pub sandbox: bool,
    /// Zone of workflows that set none
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone)]
    pub timezone: Option<Text>,
    /// Answer test URLs: /webhook-test/…, of workflows that are not active too
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = ArgAction::Set, hide_possible_values = true)]
    pub test_webhooks: bool,
    /// Let nodes run commands of this machine
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = ArgAction::Set, hide_possible_values = true)]
    pub allow_commands: bool,
    /// Let expressions read the environment: $env
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = ArgAction::Set, hide_possible_values = true)]
    pub allow_env: bool,
    /// A folder whose files nodes may use; repeatable; without one they may use all
    #[arg(long, value_name = "DIR")]
    pub files: Vec<PathBuf>,
    /// Send nothing to addresses of private networks, the machine's own among them
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = ArgAction::Set, hide_possible_values = true)]
    pub bar_private_addresses: bool,
    /// An address or network that may be asked all the same; repeatable
    #[arg(long, value_name = "NETWORK", value_parser = parse_network)]
    pub allow_address: Vec<IpNet>,
    /// The largest body of a request, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 16)]
    pub largest_body: u64,
    /// The largest form with files, or file, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 200)]
    pub largest_form: u64,
    /// The largest output of one run of a node that is kept, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 32)]
    pub largest_run: usize,
    /// How many proxies in front of the server add to X-Forwarded-For
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    pub proxies: usize,
    /// How many executions run at once
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = allowed::at_least_one)]
    pub running: usize,
    /// How many more may be accepted; further requests are answered 503
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    pub queued: usize,
    /// Stop executions after this time, where their workflow does not say: 500ms, 30s, 5m
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    pub timeout: Option<Duration>,
    /// Give no execution more time than this
    #[arg(long, value_name = "TIME", value_parser = parse_length)]
    pub longest_timeout: Option<Duration>,
    /// Keep executions that succeeded, where their workflow does not say
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, hide_possible_values = true)]
    pub keep_success: bool,
    /// Keep executions that failed, where their workflow does not say
    #[arg(long, value_name = "BOOL", default_value_t = true, action = ArgAction::Set, hide_possible_values = true)]
    pub keep_error: bool,
    /// Remove executions that ended longer ago, in hours; 0 keeps them
    #[arg(long, value_name = "HOURS", default_value_t = 336)]
    pub keep_hours: i64,
    /// Keep so many executions that ended; 0 keeps all
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    pub keep_count: u64,
    /// Go on working for so long once told to end, while /readyz says that the server is about to: a balancer has time to see it
    #[arg(long, value_name = "TIME", value_parser = parse_length, default_value = "0s")]
    pub notice: Duration,
    /// How long executions may take to end when the server does
    #[arg(long, value_name = "TIME", value_parser = parse_length, default_value = "30s")]
    pub grace: Duration,
    /// How the log looks
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// Answer /metrics, for Prometheus
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = ArgAction::Set, hide_possible_values = true)]
    pub metrics: bool,
    /// Send spans of executions and nodes to this collector, over OTLP
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Headers for the collector: name=value,…
    #[arg(long, value_name = "HEADERS", value_parser = allowed::secret)]
    pub otlp_headers: Option<String>,
    /// The service that spans are of
    #[arg(long, value_name = "NAME", default_value = "patchbay")]
    pub service_name: String,
    /// Every setting, in the order of the options.
    #[arg(skip)]
    pub all: Vec<Setting>,
    /// The files that settings were read from.
    #[arg(skip)]
    pub told_in: Vec<PathBuf>,
}
