//! `patchbay serve`: a folder of workflows, served until somebody ends it.

mod allowed;
mod options;
mod ready;
pub mod settings;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use patchbay_model::Environment as _;
use patchbay_model::scope::ScriptLimits;
use patchbay_node::Secret;
use patchbay_server::api::Keys;
use patchbay_server::{Configuration, Server, World};
use patchbay_store::{Location, Lock, Retention, Store};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::capability::binary::RealBinaryStore;
use crate::capability::credentials::remember_secrets;
use crate::capability::entropy::RealEntropy;
use crate::capability::environment::RealEnvironment;
use crate::capability::guard::Limits;
use crate::capability::otlp::{self, Otlp};
use crate::capability::reach::Reach;
use crate::capability::vault;
use crate::command::setup::{self, Setup};
use crate::exit::Exit;
use crate::render::tell_line;
use crate::{registry, render, secrets};
pub use options::{LogFormat, Options};

pub async fn run(options: Options) -> Exit {
    if options.show_config {
        render::print(&settings::show(&options.all));
        return Exit::Success;
    }
    if options.ask_ready {
        return ready::ask(&options).await;
    }
    let done = if options.new_api_key {
        new_api_key(&options).await
    } else {
        serve(options).await
    };
    match done {
        Ok(()) => Exit::Success,
        Err(exit) => exit,
    }
}

async fn serve(options: Options) -> Result<(), Exit> {
    if let Err(error) = std::fs::read_dir(&options.workflows) {
        let folder = options.workflows.display();
        tell_line!("error[E1201]: the folder of workflows `{folder}` can not be read: {error}");
        tell_line!("hint: make it, or name another one with `--workflows`");
        return Err(Exit::Invalid);
    }
    if let Some(clash) = allowed::clash(&options) {
        tell_line!("error[E1252]: {clash}: one lies below the other");
        tell_line!("hint: give each a path of its own");
        return Err(Exit::Usage);
    }
    for folder in options.files.iter().filter(|folder| !folder.is_dir()) {
        tell_line!(
            "warning[E1255]: the folder `{}` of `files` is not there: nodes can use no file of it",
            folder.display()
        );
    }
    make_folder(&options.data)?;
    let closed = closed(&options);
    let location = location(&options);
    // A store that is a file has this lock itself; who has another store still keeps files and a key here.
    let _lock = match &location {
        Location::File(_) => None,
        Location::Postgres(_) => {
            let lock = Lock::take(&options.data.join("patchbay.lock"), &options.data);
            Some(lock.map_err(|error| tell_store(&error))?)
        }
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
        files: Some(&options.files),
        closed: &closed,
        allow_variables: Some(options.allow_env),
        reach: Reach {
            bars_private: options.bar_private_addresses,
            allowed: options.allow_address.clone(),
        },
        encryption_key: options.encryption_key.clone(),
    })
    .await?;
    let store = opening.await.unwrap_or(Err(patchbay_store::Error::Closed));
    let store = store.map_err(|error| tell_store(&error))?;
    store.clean_with(Box::new(clean));
    let listener = TcpListener::bind((options.host, options.port)).await.map_err(|error| {
        tell_line!(
            "error[E0812]: {}:{} can not be listened on: {error}",
            options.host,
            options.port
        );
        tell_line!("hint: give another `--port` or `--host`: does another program listen there?");
        Exit::Failed
    })?;
    let address = listener.local_addr().map_err(|error| {
        tell_line!("error[E0812]: {error}");
        Exit::Failed
    })?;
    let configuration = configuration(&options, &setup, address.port());
    let vault = vault::open(&options.data, options.encryption_key.as_deref()).map_err(|error| {
        tell_line!("error[E1104]: the key of credentials can not be read: {error}");
        Exit::Failed
    })?;
    let nodes = options.nodes.clone();
    make_api_key(&configuration, &*store, &setup).await?;
    let tracing = tracing(&options)?;
    let world = World {
        vault: Arc::new(vault),
        remember: Arc::new(remember_secrets),
        clean: Arc::new(clean),
        // Asked seldom: the definitions are not held for it.
        credential_type: Arc::new(move |kind| vault::credential_type(&registry::library(&nodes).ok()?, kind)),
        registry: setup.registry.clone(),
        capabilities: setup.capabilities.clone(),
        files: Arc::new(|folder| Arc::new(RealBinaryStore::below(folder))),
        spans: tracing.as_ref().map(|(spans, _)| spans.clone() as _),
        memory: Arc::new(resident_memory),
    };
    let server = Server::new(configuration, world, store);
    let table = server.workflows.table();
    let (active, faulty) = table.count();
    let known = table.workflows.len();
    let fields = serde_json::Map::from_iter([
        ("address".to_owned(), address.to_string().into()),
        ("workflows".to_owned(), known.into()),
        ("active".to_owned(), active.into()),
        ("faulty".to_owned(), faulty.into()),
    ]);
    let but = match faulty {
        0 => String::new(),
        faulty => format!(", {faulty} that should be and can not, see above"),
    };
    let text = format!("patchbay listens on http://{address} ({known} workflows, {active} active{but})\n");
    render::tell_with(&text, fields);
    drop(table);
    let end = CancellationToken::new();
    end_on_signal(end.clone());
    let served = server.run(listener, end).await;
    setup.finish().await;
    if let Some((_, sending)) = tracing {
        sending.end().await;
    }
    served.map_err(|error| tell_store(&error))
}

/// A text without what credentials hold.
fn clean(text: String) -> String {
    match secrets::redact_credentials(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(clean) => clean,
    }
}

/// What the server keeps, and what it was told: no node may use it.
fn closed(options: &Options) -> Vec<PathBuf> {
    let kept = [
        "encryption.key",
        "patchbay.sqlite",
        "patchbay.sqlite-wal",
        "patchbay.sqlite-shm",
        "patchbay.sqlite-journal",
        "patchbay.lock",
        "files",
    ];
    let kept = kept.iter().map(|name| options.data.join(name));
    let told_in = options.told_in.iter().cloned();
    // There the environment can be read, which may hold keys.
    kept.chain(told_in).chain([PathBuf::from("/proc")]).collect()
}

/// Makes a key of the API in place of the one that was made before, and prints it.
async fn new_api_key(options: &Options) -> Result<(), Exit> {
    if options.api_key.is_some() {
        tell_line!("error[E1252]: a new key can not be made: `api-key` is set, and then only that one counts");
        tell_line!("hint: change it where it is set, or take it away there");
        return Err(Exit::Usage);
    }
    make_folder(&options.data)?;
    let store = patchbay_store::open(&location(options), options.largest_run << 20).await;
    let store = store.map_err(|error| tell_store(&error))?;
    let now = RealEnvironment::new(None, None, ScriptLimits::default()).now() as i64;
    let made = Keys::make_anew(&*store, &RealEntropy, now).await;
    let made = made.map_err(|error| tell_store(&error))?;
    store.close().await;
    render::print(&format!("{}\n", made.reveal()));
    Ok(())
}

fn location(options: &Options) -> Location {
    match &options.store {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::File(options.data.join("patchbay.sqlite")),
    }
}

/// Why the store is of no use.
fn tell_store(error: &patchbay_store::Error) -> Exit {
    tell_line!("error[{}]: {error}\n  hint: {}", error.code(), error.hint());
    Exit::Failed
}

/// The API has a key from the start; one that is made is told once.
async fn make_api_key(configuration: &Configuration, store: &dyn Store, setup: &Setup) -> Result<(), Exit> {
    if configuration.api_key.is_some() {
        return Ok(());
    }
    let capabilities = &setup.capabilities;
    let now = capabilities.environment.now() as i64;
    let made = Keys::make_first(store, &*capabilities.entropy, now).await;
    let made = made.map_err(|error| tell_store(&error))?;
    if let Some(key) = made {
        tell_line!("the key of the API, told this once: {}", key.reveal());
    }
    Ok(())
}

/// What takes the spans, and what sends them; nothing where no collector is named.
fn tracing(options: &Options) -> Result<Option<(Arc<Otlp>, otlp::Sending)>, Exit> {
    let Some(endpoint) = &options.otlp_endpoint else {
        return Ok(None);
    };
    let receiving = otlp::Receiving {
        endpoint: endpoint.clone(),
        headers: options.otlp_headers.clone(),
        service: options.service_name.clone(),
    };
    let started = otlp::start(&receiving).map_err(|fault| {
        tell_line!("error[E1252]: spans can not be sent: {fault}");
        Exit::Usage
    })?;
    Ok(Some(started))
}

/// What this process holds, in bytes, where the system tells.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Only the owner may look into it.
fn make_folder(folder: &Path) -> Result<(), Exit> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        tell_line!("error[E1101]: `{}` can not be made: {error}", folder.display());
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
        base_url,
        webhook_path: options.webhook_path.clone(),
        webhook_test_path: options.webhook_test_path.clone(),
        webhook_waiting_path: options.webhook_waiting_path.clone(),
        api_key: options.api_key.clone().map(Secret::new),
        metrics: options.metrics,
        test_webhooks: options.test_webhooks,
        timezone: setup.timezone.clone(),
        largest_body: options.largest_body << 20,
        largest_form: options.largest_form << 20,
        proxies: options.proxies,
        running: options.running,
        queued: options.queued,
        timeout: options.timeout,
        longest_timeout: options.longest_timeout,
        keep_success: options.keep_success,
        keep_error: options.keep_error,
        retention: Retention {
            age: (options.keep_hours > 0).then(|| options.keep_hours.saturating_mul(3_600_000)),
            count: (options.keep_count > 0).then_some(options.keep_count),
        },
        notice: options.notice,
        grace: options.grace,
    }
}

/// The first signal ends the server in order, the second at once.
fn end_on_signal(end: CancellationToken) {
    tokio::spawn(async move {
        super::signal().await;
        tell_line!("patchbay ends: executions are finished, others are not begun");
        end.cancel();
        super::signal().await;
        Exit::Stopped.leave();
    });
}
