//! The program: the command line, the real capabilities, and how results and faults are shown.
//!
//! It is the only crate that knows all others, the network, the disk, the environment and the clock. What a
//! workflow means is left to `patchbay-engine`, what a node does to the crates of nodes.

#![expect(
    clippy::format_push_string,
    reason = "what people read is built once, and its code reads best so"
)]
#![deny(clippy::print_stderr, clippy::print_stdout)]

mod capability;
mod command;
mod exit;
mod registry;
mod render;
mod sandbox;
mod secrets;

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::command::Command;
use crate::command::serve::LogFormat;
use crate::command::serve::settings::{self, Refused};
use crate::exit::Exit;
use crate::render::tell_line;

/// In bytes: scripts may call themselves deeply, and nest values up to `Value::DEEPEST`. Only what is used takes memory.
const STACK: usize = 16 << 20;

/// Items are many small things; the system's allocator takes twice as long for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a server has on a machine of few cores: several nodes may compute at once.
const LEAST_OF_SERVER: usize = 4;
/// A node that computes keeps a thread to itself, and what stops it needs another. More than there are cores would only
/// hand requests and answers from thread to thread.
const LEAST_THREADS: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let cli = match settings::parse(&arguments) {
        Ok(cli) => cli,
        Err(Refused::Told(exit)) => return exit.into(),
        Err(Refused::Usage(error)) => {
            let wrong = !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // A closed pipe leaves nothing to be said.
            let _ = error.print();
            return if wrong { Exit::Usage } else { Exit::Success }.into();
        }
    };
    let as_json = matches!(&cli.command, Command::Serve(options) if options.log_format == LogFormat::Json);
    render::start_log(cli.log, as_json);
    let least = match &cli.command {
        Command::Serve(_) => LEAST_OF_SERVER,
        _ => LEAST_THREADS,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).max(least);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_stack_size(STACK)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tell_line!("error: cannot start: {error}");
            return Exit::Failed.into();
        }
    };
    let exit = runtime.block_on(async {
        match cli.command {
            Command::Run(options) => command::run::run(options).await,
            Command::Check(options) => command::check::run(&options),
            Command::Test(options) => command::test::run(options).await,
            Command::Nodes(options) => command::nodes::run(&options),
            Command::Serve(options) => command::serve::run(*options).await,
            Command::Sandbox(options) => command::sandbox::run(options).await,
            Command::Credentials(options) => command::credentials::run(options).await,
            Command::Import(options) => command::import::run(&options),
            Command::Eval(options) => command::eval::run(&options),
        }
    });
    // Not waiting for what a cancelled node may still do in the background.
    runtime.shutdown_background();
    capability::binary::remove_temporary_files();
    exit.into()
}
