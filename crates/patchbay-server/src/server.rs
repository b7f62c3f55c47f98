//! All parts of a server, put together.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use patchbay_node::capability::BinaryStore;
use patchbay_node::{Capabilities, Registry};
use patchbay_store::Store;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::execution::Executions;
use crate::workflows::Workflows;
use crate::{Configuration, listen, router};

/// What the program gives a server.
#[derive(Clone)]
pub struct World {
    pub registry: Arc<Registry>,
    /// Those of every execution, but for files, called workflows and answers.
    pub capabilities: Capabilities,
    /// Keeps files of items below a folder, which need not be there yet.
    pub files: Arc<dyn Fn(PathBuf) -> Arc<dyn BinaryStore> + Send + Sync>,
}

/// A server.
pub struct Server {
    pub configuration: Arc<Configuration>,
    pub world: World,
    pub store: Arc<dyn Store>,
    pub workflows: Arc<Workflows>,
    pub executions: Arc<Executions>,
}

/// How often what is too old is removed.
const PRUNING: Duration = Duration::from_mins(1);

impl Server {
    /// Reads the folder of workflows; nothing runs yet.
    pub fn new(configuration: Configuration, world: World, store: Arc<dyn Store>) -> Arc<Self> {
        let configuration = Arc::new(configuration);
        let workflows = Arc::new(Workflows::new(&configuration, &world));
        workflows.refresh();
        let executions = Executions::new(configuration.clone(), world.clone(), store.clone(), workflows.clone());
        Arc::new(Self {
            configuration,
            world,
            store,
            workflows,
            executions,
        })
    }

    /// Takes up what was left unfinished, then serves until `end` is cancelled, and ends in order: requests are answered,
    /// executions end or are put aside, the store is closed.
    pub async fn run(self: &Arc<Self>, listener: TcpListener, end: CancellationToken) {
        if let Err(error) = self.executions.recover().await {
            tracing::error!(code = error.code(), hint = error.hint(), "{error}");
        }
        let watcher = self.workflows.watch();
        let pruning = tokio::spawn(prune(self.clone()));
        listen::serve(listener, router::router(self), end, self.configuration.grace).await;
        drop(watcher);
        pruning.abort();
        self.executions.end().await;
        self.store.close().await;
    }
}

/// Removes what is too old, now and then.
async fn prune(server: Arc<Server>) {
    loop {
        let now = server.world.capabilities.environment.now() as i64;
        match server.store.prune(&server.configuration.retention, now).await {
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
