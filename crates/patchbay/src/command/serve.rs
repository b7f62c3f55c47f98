//! `patchbay serve`: a folder of workflows, served until somebody ends it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use patchbay_model::Text;
use patchbay_server::{Configuration, Server, World};
use patchbay_store::{Location, Retention};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::capability::binary::RealBinaryStore;
use crate::capability::guard::Limits;
use crate::command::setup::{self, Setup};
use crate::command::{parse_length, parse_timezone};
use crate::exit::Exit;

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay serve --workflows workflows --data data
  patchbay serve --workflows workflows --sandbox --port 8080
  patchbay serve --store postgres://patchbay@localhost/patchbay

The folder of workflows is the truth: files that change are picked up at once. What was accepted is kept in --data and
finished after a crash. Ctrl-C ends the server in order.")]
pub struct Options {
    /// The folder of workflow files
    #[arg(long, value_name = "DIR", default_value = "workflows")]
    pub workflows: PathBuf,
    /// Where executions and their files are kept
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
    /// A Postgres database to keep executions in, instead of a file in --data
    #[arg(long, value_name = "URL", env = "PATCHBAY_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "N8N_LISTEN_ADDRESS",
        default_value = "127.0.0.1"
    )]
    pub host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, env = "N8N_PORT", default_value_t = 5678)]
    pub port: u16,
    /// How callers reach the server, if not by its address
    #[arg(long, value_name = "URL", env = "WEBHOOK_URL")]
    pub base_url: Option<String>,
    /// A credential file, n8n's export or TOML; repeatable
    #[arg(long, value_name = "FILE")]
    pub credentials: Vec<PathBuf>,
    /// A folder of further node definitions; repeatable
    #[arg(long, value_name = "DIR")]
    pub nodes: Vec<PathBuf>,
    /// Start the 3CX double and bind every 3CX credential to it
    #[arg(long)]
    pub sandbox: bool,
    /// Zone of workflows that set none
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone)]
    pub timezone: Option<Text>,
    /// Answer test URLs: /webhook-test/…, of workflows that are not active too
    #[arg(long)]
    pub test_webhooks: bool,
    /// Let nodes run commands of this machine
    #[arg(long, env = "PATCHBAY_ALLOW_COMMANDS")]
    pub allow_commands: bool,
    /// The largest body of a request, in MiB
    #[arg(long, value_name = "MIB", env = "N8N_PAYLOAD_SIZE_MAX", default_value_t = 16)]
    pub largest_body: u64,
    /// The largest form with files, or file, in MiB
    #[arg(long, value_name = "MIB", env = "N8N_FORMDATA_FILE_SIZE_MAX", default_value_t = 200)]
    pub largest_form: u64,
    /// The largest output of one run of a node that is kept, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 32)]
    pub largest_run: usize,
    /// How many proxies in front of the server add to X-Forwarded-For
    #[arg(long, value_name = "COUNT", env = "N8N_PROXY_HOPS", default_value_t = 0)]
    pub proxies: usize,
    /// How many executions run at once
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
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
    /// Remove executions that ended longer ago, in hours; 0 keeps them
    #[arg(long, value_name = "HOURS", env = "EXECUTIONS_DATA_MAX_AGE", default_value_t = 336)]
    pub keep_hours: i64,
    /// Keep so many executions that ended; 0 keeps all
    #[arg(
        long,
        value_name = "COUNT",
        env = "EXECUTIONS_DATA_PRUNE_MAX_COUNT",
        default_value_t = 10_000
    )]
    pub keep_count: u64,
    /// How long executions may take to end when the server does
    #[arg(long, value_name = "TIME", value_parser = parse_length, default_value = "30s")]
    pub grace: Duration,
}

pub async fn run(options: Options) -> Exit {
    match serve(options).await {
        Ok(()) => Exit::Success,
        Err(exit) => exit,
    }
}

async fn serve(options: Options) -> Result<(), Exit> {
    make_folder(&options.data)?;
    let location = match &options.store {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::File(options.data.join("patchbay.sqlite")),
    };
    let largest_run = options.largest_run << 20;
    // The disk works while the nodes are put together.
    let opening = tokio::spawn(async move { patchbay_store::open(&location, largest_run).await });
    let setup = Setup::new(setup::Request {
        nodes: &options.nodes,
        credentials: &options.credentials,
        sandbox: options.sandbox,
        dry_run: None,
        limits: Limits {
            read_only: false,
            most_writes: None,
            writes_per_second: None,
        },
        now: None,
        seed: None,
        allow_commands: options.allow_commands,
        workflows_beside: Some(&options.workflows),
        timezone: options.timezone.clone(),
    })
    .await?;
    let store = opening.await.unwrap_or(Err(patchbay_store::Error::Closed));
    let store = store.map_err(|error| {
        eprintln!("error[{}]: {error}\n  hint: {}", error.code(), error.hint());
        Exit::Failed
    })?;
    let listener = TcpListener::bind((options.host, options.port)).await.map_err(|error| {
        eprintln!(
            "error[E0812]: {}:{} can not be listened on: {error}",
            options.host, options.port
        );
        Exit::Failed
    })?;
    let address = listener.local_addr().map_err(|error| {
        eprintln!("error[E0812]: {error}");
        Exit::Failed
    })?;
    let configuration = configuration(&options, &setup, address.port());
    let world = World {
        registry: setup.registry.clone(),
        capabilities: setup.capabilities.clone(),
        files: Arc::new(|folder| Arc::new(RealBinaryStore::below(folder))),
    };
    let server = Server::new(configuration, world, store);
    let table = server.workflows.table();
    let active = table.workflows.values().filter(|workflow| workflow.active).count();
    eprintln!(
        "patchbay listens on http://{address} ({} workflows, {active} active)",
        table.workflows.len()
    );
    drop(table);
    let end = CancellationToken::new();
    end_on_signal(end.clone());
    server.run(listener, end).await;
    setup.finish().await;
    Ok(())
}

/// Only the owner may look into it.
fn make_folder(folder: &Path) -> Result<(), Exit> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        eprintln!("error[E1101]: `{}` can not be made: {error}", folder.display());
        Exit::Failed
    })
}

fn configuration(options: &Options, setup: &Setup, port: u16) -> Configuration {
    let base_url = options
        .base_url
        .clone()
        .unwrap_or_else(|| format!("http://localhost:{port}"));
    Configuration {
        workflows: options.workflows.clone(),
        data: std::path::absolute(&options.data).unwrap_or_else(|_| options.data.clone()),
        base_url: base_url.trim_end_matches('/').to_owned(),
        test_webhooks: options.test_webhooks,
        timezone: setup.timezone.clone(),
        largest_body: options.largest_body << 20,
        largest_form: options.largest_form << 20,
        proxies: options.proxies,
        running: options.running,
        queued: options.queued,
        timeout: options.timeout,
        longest_timeout: options.longest_timeout,
        retention: Retention {
            age: (options.keep_hours > 0).then(|| options.keep_hours.saturating_mul(3_600_000)),
            count: (options.keep_count > 0).then_some(options.keep_count),
        },
        grace: options.grace,
        ..Configuration::default()
    }
}

/// The first signal ends the server in order, the second at once.
fn end_on_signal(end: CancellationToken) {
    tokio::spawn(async move {
        super::signal().await;
        eprintln!("patchbay ends: no more requests are taken, executions are finished");
        end.cancel();
        super::signal().await;
        Exit::Stopped.leave();
    });
}
