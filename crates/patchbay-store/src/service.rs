//! The store itself: one thread that writes, one that reads, each with a connection of its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::change::{Change, Pending, Reply};
use crate::database::{Database, Postgres, Sqlite};
use crate::writer::Handle;
use crate::{
    Called, Clean, Error, Execution, ExecutionId, Filter, Health, Kind, OnCommit, Page, Record, Retention, Store, read,
    schema,
};

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file of SQLite's.
    File(PathBuf),
    /// `postgres://…`
    Postgres(String),
}

/// Opens a store, made or brought up to date if need be. Outputs of one run of a node that are larger than `largest_run`
/// bytes are kept until the execution ends, and then but marked.
pub async fn open(location: &Location, largest_run: usize) -> Result<Arc<dyn Store>, Error> {
    let location = location.clone();
    let opened = tokio::task::spawn_blocking(move || open_blocking(&location, largest_run)).await;
    opened.unwrap_or_else(|error| Err(Error::Database(error.to_string())))
}

fn open_blocking(location: &Location, largest_run: usize) -> Result<Arc<dyn Store>, Error> {
    let (mut writes, reads): (Box<dyn Database>, Box<dyn Database>) = match location {
        Location::File(path) => (Box::new(Sqlite::open_to_write(path)?), Box::new(Sqlite::open(path)?)),
        Location::Postgres(url) => (Box::new(Postgres::open_to_write(url)?), Box::new(Postgres::open(url)?)),
    };
    schema::migrate(writes.as_mut())?;
    let newest = read::newest(writes.as_mut())?;
    Ok(Arc::new(DatabaseStore {
        writer: Handle::start(writes, largest_run)?,
        reader: Reader::start(reads)?,
        next: AtomicU64::new(newest + 1),
    }))
}

struct DatabaseStore {
    writer: Handle,
    reader: Reader,
    next: AtomicU64,
}

type Question = Box<dyn FnOnce(&mut dyn Database) + Send>;

/// A thread that reads: the connections must not be used from where futures run.
struct Reader {
    questions: Sender<Question>,
}

impl Reader {
    fn start(mut database: Box<dyn Database>) -> Result<Self, Error> {
        let (questions, asked) = channel::<Question>();
        let started = std::thread::Builder::new()
            .name("store reader".to_owned())
            .spawn(move || {
                for question in asked {
                    question(database.as_mut());
                }
            });
        started.map_err(|error| Error::Database(format!("no thread can be started: {error}")))?;
        Ok(Self { questions })
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn Database) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let question = Box::new(move |database: &mut dyn Database| {
            // Whoever asked may have gone.
            let _ = answer.send(question(database));
        });
        self.questions.send(question).map_err(|_| Error::Closed)?;
        answered.await.unwrap_or(Err(Error::Closed))
    }
}

#[async_trait]
impl Store for DatabaseStore {
    fn write(&self, change: Change) -> Pending {
        self.writer.write(change)
    }

    fn tell(&self, change: Change) {
        self.writer.tell(change);
    }

    fn next_execution(&self) -> ExecutionId {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn health(&self) -> Health {
        self.writer.health()
    }

    fn on_commit(&self, told: OnCommit) {
        self.writer.on_commit(told);
    }

    fn clean_with(&self, clean: Clean) {
        self.writer.clean_with(clean);
    }

    async fn execution(&self, id: ExecutionId) -> Result<Option<Execution>, Error> {
        self.reader.ask(move |database| read::execution(database, id)).await
    }

    async fn executions(&self, filter: &Filter) -> Result<Page, Error> {
        let filter = filter.clone();
        self.reader
            .ask(move |database| read::executions(database, &filter))
            .await
    }

    async fn input(&self, id: ExecutionId) -> Result<Option<Vec<u8>>, Error> {
        self.reader.ask(move |database| read::input(database, id)).await
    }

    async fn data(&self, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error> {
        self.reader.ask(move |database| read::data(database, id)).await
    }

    async fn large(&self, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error> {
        self.reader.ask(move |database| read::large(database, id)).await
    }

    async fn calls(&self, parent: ExecutionId) -> Result<Vec<Called>, Error> {
        self.reader.ask(move |database| read::calls(database, parent)).await
    }

    async fn begun(&self, id: ExecutionId) -> Result<Option<Vec<u8>>, Error> {
        self.reader.ask(move |database| read::begun(database, id)).await
    }

    async fn unfinished(&self) -> Result<Vec<Execution>, Error> {
        self.reader.ask(|database| read::open(database, false)).await
    }

    async fn resting(&self) -> Result<Vec<Execution>, Error> {
        self.reader.ask(|database| read::open(database, true)).await
    }

    async fn records(&self, kind: Kind) -> Result<Vec<Record>, Error> {
        self.reader.ask(move |database| read::records(database, kind)).await
    }

    async fn record(&self, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
        let key = key.to_owned();
        self.reader
            .ask(move |database| read::record(database, kind, &key))
            .await
    }

    async fn noted(&self, scope: &str, keys: &[String]) -> Result<Vec<String>, Error> {
        let (scope, keys) = (scope.to_owned(), keys.to_vec());
        self.reader
            .ask(move |database| read::noted(database, &scope, &keys))
            .await
    }

    async fn prune(&self, retention: &Retention, now: i64) -> Result<Vec<ExecutionId>, Error> {
        let mut gone = Vec::new();
        loop {
            let retention = *retention;
            match self.writer.write(Change::Prune { retention, now }).await? {
                Reply::Removed(lot) if !lot.is_empty() => gone.extend(lot),
                _ => break,
            }
        }
        // What was kept only until an execution's end has gone as well.
        self.writer.reclaim().await?;
        Ok(gone)
    }

    async fn size(&self) -> Result<u64, Error> {
        self.reader.ask(|database| database.size()).await
    }

    async fn close(&self) {
        self.writer.close().await;
    }
}
