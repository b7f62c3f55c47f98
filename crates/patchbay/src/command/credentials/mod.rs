//! `patchbay credentials`: what credential files hold, whether the services take it, and n8n's exports as TOML. No secret
//! is ever shown.

mod check;
mod import;
mod list;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Format;
use crate::exit::Exit;

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay credentials list --credentials pbx.toml
  patchbay credentials check --credentials pbx.toml
  N8N_ENCRYPTION_KEY=… patchbay credentials import export.json --out pbx.toml --env pbx.env

Exit codes: 0 success, 1 a credential does not work, 2 wrong usage, 3 not a valid file")]
pub struct Options {
    #[command(subcommand)]
    command: Command,
    /// A credential file, n8n's export or TOML; repeatable; also PATCHBAY_CREDENTIALS
    #[arg(long, global = true, value_name = "FILE")]
    credentials: Vec<PathBuf>,
    /// A folder of further node definitions; repeatable
    #[arg(long, global = true, value_name = "DIR")]
    nodes: Vec<PathBuf>,
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List names, types and ids
    List,
    /// Ask the services whether they take them
    Check {
        /// Only the one of this name or id
        name: Option<String>,
    },
    /// Write n8n's export as TOML, with `${ENV}` in place of the secrets
    Import {
        /// n8n's export, encrypted or not
        file: PathBuf,
        /// Where to write the TOML; stdout if not said
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where to write the secrets, as `NAME='value'` lines that only you may read
        #[arg(long, value_name = "FILE")]
        env: Option<PathBuf>,
        /// Replace these files if they are there already
        #[arg(long)]
        force: bool,
    },
}

pub async fn run(options: Options) -> Exit {
    let done = match &options.command {
        Command::List => list::run(&options),
        Command::Check { name } => check::run(&options, name.as_deref()).await,
        Command::Import { file, out, env, force } => import::run(file, out.as_deref(), env.as_deref(), *force),
    };
    done.map_or_else(|exit| exit, |()| Exit::Success)
}
