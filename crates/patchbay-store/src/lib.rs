//! What the server remembers: accepted triggers and what became of them, and the small records beside them
//! (credentials, tags, variables, API keys, schedules' slots, workflows' static data).
//!
//! - [`change`]: everything that can be written; one writer thread groups changes, and a change is answered when it
//!   is on disk.
//! - [`execution`]: what is kept of an execution, and how executions are looked for.
//! - [`saved`]: the JSON in which the runs of nodes are kept.
//! - `lock`: one server has a store.
//! - [`vault`]: the cipher of what must not be read from the file alone.
//! - `database`: the two databases, behind one trait of a few statements; `schema`: the tables and their migrations.
//!
//! When to write, and what is accepted, finished or resumed, is left to `patchbay-server`.

pub mod change;
mod database;
mod error;
pub mod execution;
mod lock;
mod prune;
mod read;
pub mod saved;
mod schema;
mod service;
pub mod vault;
mod write;
mod writer;

use std::time::Duration;

use async_trait::async_trait;

pub use change::{Change, Pending, Reply};
pub use error::Error;
pub use execution::{Called, Execution, ExecutionId, Filter, Page, Status};
pub use lock::Lock;
pub use prune::Retention;
pub use service::{Location, open};
pub use vault::Vault;

/// Which small records a [`Record`] belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// By id; the value is sealed by a [`Vault`].
    Credential,
    Tag,
    Variable,
    /// By the hash of the key.
    ApiKey,
    /// By workflow: `$getWorkflowStaticData`.
    StaticData,
    /// By workflow and node: when a schedule last fired.
    ScheduleSlot,
    /// By the hash of its text: a workflow as executions of it began.
    WorkflowVersion,
    /// By workflow: what the API keeps beside the workflow's file.
    Workflow,
    /// What the server keeps about itself.
    Server,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Tag => "tag",
            Self::Variable => "variable",
            Self::ApiKey => "api-key",
            Self::StaticData => "static-data",
            Self::ScheduleSlot => "schedule-slot",
            Self::WorkflowVersion => "workflow-version",
            Self::Workflow => "workflow",
            Self::Server => "server",
        }
    }
}

/// One small record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub key: String,
    pub value: Vec<u8>,
    /// Milliseconds since 1970.
    pub created: i64,
    pub updated: i64,
}

/// How the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Changes that wait to be written.
    pub backlog: usize,
    /// Why the last group of changes could not be written, if it could not.
    pub fault: Option<String>,
}

/// Is told how long something took. It must not block.
pub type OnCommit = Box<dyn Fn(Duration) + Send + Sync>;

/// Takes out of a text what must not be kept.
pub type Clean = Box<dyn Fn(String) -> String + Send + Sync>;

/// A store. Writing is handing over a [`Change`]; everything else reads.
#[async_trait]
pub trait Store: Send + Sync {
    /// Hands a change to the writer at once, in order. The answer comes when the change is on disk; whoever does not need
    /// to know drops it.
    fn write(&self, change: Change) -> Pending;

    /// As [`Store::write`], for whoever does not wait.
    fn tell(&self, change: Change);

    /// An id for a new execution: higher than all before.
    fn next_execution(&self) -> ExecutionId;

    fn health(&self) -> Health;

    /// Tells how long each group of changes took to be on disk; only the first who asks is told.
    fn on_commit(&self, told: OnCommit);

    /// Everything that is kept of executions goes through `clean` first; only the first who asks is heard.
    fn clean_with(&self, clean: Clean);

    async fn execution(&self, id: ExecutionId) -> Result<Option<Execution>, Error>;

    /// Executions, the newest first.
    async fn executions(&self, filter: &Filter) -> Result<Page, Error>;

    /// What started an execution: the JSON of [`saved::start`].
    async fn input(&self, id: ExecutionId) -> Result<Option<Vec<u8>>, Error>;

    /// The parts of an execution's data, first to last: each the JSON that [`saved::read_part`] reads.
    async fn data(&self, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error>;

    /// Of an execution that has not ended, what was too large for its data, in order: the JSON of [`saved::read_outputs`].
    async fn large(&self, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error>;

    /// The executions that nodes of an execution called which have not ended, in the order in which they were accepted.
    async fn calls(&self, parent: ExecutionId) -> Result<Vec<Called>, Error>;

    /// What [`Change::Begin`] kept last of an execution.
    async fn begun(&self, id: ExecutionId) -> Result<Option<Vec<u8>>, Error>;

    /// Executions that were accepted and are neither finished nor resting.
    async fn unfinished(&self) -> Result<Vec<Execution>, Error>;

    /// Executions that rest.
    async fn resting(&self) -> Result<Vec<Execution>, Error>;

    async fn records(&self, kind: Kind) -> Result<Vec<Record>, Error>;

    async fn record(&self, kind: Kind, key: &str) -> Result<Option<Record>, Error>;

    /// Which of the keys of a scope have been noted by [`Change::Note`].
    async fn noted(&self, scope: &str, keys: &[String]) -> Result<Vec<String>, Error>;

    /// Removes what a retention no longer wants kept and gives its space back; gives the ids of the executions removed, so
    /// that their files can go too.
    async fn prune(&self, retention: &Retention, now: i64) -> Result<Vec<ExecutionId>, Error>;

    /// In bytes.
    async fn size(&self) -> Result<u64, Error>;

    /// Writes what is left and closes; later changes fail.
    async fn close(&self);
}
