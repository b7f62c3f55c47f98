//! All parts of a server, put together.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use patchbay_node::capability::BinaryStore;
use patchbay_node::{Capabilities, Registry};
use patchbay_store::{Error, Store, Vault};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::api::Keys;
use crate::credentials::{CredentialType, Remember, StoredCredentials};
use crate::execution::Executions;
use crate::health::Readiness;
use crate::schedule;
use crate::trace::Spans;
use crate::workflows::{Workflows, tell_what_is_missing};
use crate::{Configuration, listen, router};

/// What the program gives a server.
#[derive(Clone)]
pub struct World {
    pub registry: Arc<Registry>,
    /// Those of every execution, but for files, called workflows and answers.
    pub capabilities: Capabilities,
    /// Keeps files of items below a folder, which need not be there yet.
    pub files: Arc<dyn Fn(PathBuf) -> Arc<dyn BinaryStore> + Send + Sync>,
    /// Seals the credentials that the API makes.
    pub vault: Arc<Vault>,
    /// Is told what those hold.
    pub remember: Remember,
    /// What a type of credential is, where that is known.
    pub credential_type: Arc<TypeOf>,
    /// Takes out of a text what must not be told.
    pub clean: Arc<dyn Fn(String) -> String + Send + Sync>,
    /// Takes spans of traces, where somebody wants them.
    pub spans: Option<Arc<dyn Spans>>,
    /// What the process holds, in bytes, where that is known.
    pub memory: Arc<dyn Fn() -> Option<u64> + Send + Sync>,
}

type TypeOf = dyn Fn(&str) -> Option<CredentialType> + Send + Sync;

/// A server.
pub struct Server {
    pub configuration: Arc<Configuration>,
    pub world: World,
    pub store: Arc<dyn Store>,
    pub workflows: Arc<Workflows>,
    pub executions: Arc<Executions>,
    pub credentials: Arc<StoredCredentials>,
    /// Who may use the API.
    pub keys: Keys,
    /// Changes of files by the API, one after the other.
    pub changing: tokio::sync::Mutex<()>,
    /// Cancelled when the server is told to end: it still works, and says that it will not for long.
    pub leaving: CancellationToken,
    /// Cancelled when nothing more is begun.
    pub ending: CancellationToken,
    pub readiness: Readiness,
}

/// How often what is too old is removed.
const PRUNING: Duration = Duration::from_mins(1);

impl Server {
    /// Reads the folder of workflows; nothing runs yet.
    pub fn new(configuration: Configuration, mut world: World, store: Arc<dyn Store>) -> Arc<Self> {
        let configuration = Arc::new(configuration);
        let credentials = Arc::new(StoredCredentials::new(
            world.capabilities.credentials.clone(),
            store.clone(),
            world.vault.clone(),
            world.remember.clone(),
        ));
        world.capabilities.credentials = credentials.clone();
        let workflows = Arc::new(Workflows::new(&configuration, &world));
        workflows.refresh();
        let executions = Executions::new(configuration.clone(), world.clone(), store.clone(), workflows.clone());
        Arc::new(Self {
            keys: Keys::new(configuration.api_key.as_ref()),
            credentials,
            changing: tokio::sync::Mutex::default(),
            leaving: CancellationToken::new(),
            ending: CancellationToken::new(),
            configuration,
            world,
            store,
            workflows,
            executions,
            readiness: Readiness::default(),
        })
    }

    /// Takes up what was left unfinished, then serves until `end` is cancelled, and ends in order: for the time of its notice
    /// it only says that it will, then executions end or are put aside while others are told to come later, and when all
    /// are answered the store is closed.
    ///
    /// # Errors
    ///
    /// What was left unfinished can not be read: then nothing is served, and nothing of it is lost.
    pub async fn run(self: &Arc<Self>, listener: TcpListener, end: CancellationToken) -> Result<(), Error> {
        if let Err(error) = self.take_up().await {
            self.store.close().await;
            return Err(error);
        }
        let watcher = self.workflows.watch();
        let pruning = tokio::spawn(prune(self.clone()));
        tokio::spawn(tell_what_is_missing(self.clone()));
        let schedules = tokio::spawn(schedule::keep(self.clone()));
        let idle = CancellationToken::new();
        tokio::spawn(self.clone().end_in_order(end, idle.clone()));
        listen::serve(listener, router::router(self), idle).await;
        if schedules.await.is_err() {
            tracing::error!(code = "E1212", "the schedules broke off: a fault of patchbay itself");
        }
        drop(watcher);
        pruning.abort();
        self.store.close().await;
        Ok(())
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.world.capabilities.environment.now() as i64
    }

    /// Cancels `idle` when nothing is at work any more, after `end` was.
    async fn end_in_order(self: Arc<Self>, end: CancellationToken, idle: CancellationToken) {
        end.cancelled().await;
        self.leaving.cancel();
        let notice = self.configuration.notice;
        if !notice.is_zero() {
            let timer = &self.world.capabilities.timer;
            timer.sleep(notice.as_secs_f64() * 1000.0).await;
        }
        // Streams of events end with it, so that nobody waits for them.
        self.ending.cancel();
        self.executions.end().await;
        idle.cancel();
    }

    async fn take_up(self: &Arc<Self>) -> Result<(), patchbay_store::Error> {
        self.credentials.read().await?;
        self.keys.read(&*self.store).await?;
        self.executions.recover().await
    }
}

/// After so many removals of what is too old files are looked through that nothing belongs to.
const SWEEPING: usize = 60;

/// Removes what is too old, now and then.
async fn prune(server: Arc<Server>) {
    for pass in 0.. {
        if pass % SWEEPING == 0 {
            server.executions.sweep_files().await;
        }
        match server.store.prune(&server.configuration.retention, server.now()).await {
            Ok(gone) => {
                for id in gone {
                    // Most executions have no files.
                    let _ = tokio::fs::remove_dir_all(server.executions.folder(id)).await;
                }
            }
            Err(error) => tracing::error!(code = error.code(), hint = error.hint(), "{error}"),
        }
        tokio::time::sleep(PRUNING).await;
    }
}
