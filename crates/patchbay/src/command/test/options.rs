//! The options of `patchbay test`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay test nodes/3cx workflows/
  patchbay test nodes/3cx --filter users --format junit > report.xml

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
    pub jobs: Option<usize>,
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

impl Options {
    /// As many as the machine can do at once, if not said.
    pub fn threads(&self) -> usize {
        self.jobs
            .or_else(|| Some(std::thread::available_parallelism().ok()?.get()))
            .unwrap_or(1)
    }
}
