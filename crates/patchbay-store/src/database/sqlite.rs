//! SQLite: one file with a write-ahead log. A commit is on disk when it returns.
//!
//! What is in the log is brought to its place by a thread of its own, so that no commit waits for that.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql, params_from_iter};

use super::{Cell, Database, Given, Row};
use crate::Error;
use crate::lock::{Lock, make};

pub(crate) struct Sqlite {
    connection: Connection,
    /// Told of commits, where this connection writes.
    checkpoints: Option<SyncSender<()>>,
    /// It is held: no other process has it while this one lives.
    lock: Option<Lock>,
}

/// So much is gathered in the log before it is brought to its place.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_millis(200);

/// In pages of the log: if checkpoints do not keep up, a commit takes part in them.
const MOST_PAGES: i64 = 16_000;

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, Error> {
        make(path);
        let connection = Connection::open(path).and_then(|connection| {
            connection.busy_timeout(Duration::from_secs(10))?;
            // Before the first table: later it would want a VACUUM.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", "ON")?;
            connection.pragma_update(None, "cache_size", -4_000)?;
            connection.set_prepared_statement_cache_capacity(64);
            Ok(connection)
        });
        let connection = connection.map_err(|error| Error::Open {
            place: path.display().to_string(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            connection,
            checkpoints: None,
            lock: None,
        })
    }

    /// As [`Sqlite::open`], for the connection that writes.
    pub fn open_to_write(path: &Path) -> Result<Self, Error> {
        let lock = Lock::take(&path.with_extension("lock"), path)?;
        let mut writer = Self::open(path)?;
        writer.lock = Some(lock);
        writer
            .connection
            .pragma_update(None, "wal_autocheckpoint", MOST_PAGES)
            .map_err(failed)?;
        let other = Self::open(path)?;
        let (sender, commits) = sync_channel(1);
        let thread = std::thread::Builder::new().name("store checkpoints".to_owned());
        let started = thread.spawn(move || {
            while commits.recv().is_ok() {
                std::thread::sleep(BETWEEN_CHECKPOINTS);
                let checkpoint = other
                    .connection
                    .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                if let Err(error) = checkpoint {
                    tracing::warn!(%error, "the log of the store is not brought to its place");
                }
            }
        });
        started.map_err(|error| Error::Database(format!("no thread can be started: {error}")))?;
        writer.checkpoints = Some(sender);
        Ok(writer)
    }
}

impl Database for Sqlite {
    fn execute(&mut self, statement: &str, given: &[Given<'_>]) -> Result<u64, Error> {
        let mut statement = self.connection.prepare_cached(statement).map_err(failed)?;
        let changed = statement.execute(params_from_iter(given)).map_err(failed)?;
        Ok(changed as u64)
    }

    fn begin(&mut self) -> Result<(), Error> {
        // One that reads first would fail at once where another process writes, instead of waiting for it.
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.execute("COMMIT", &[])?;
        if let Some(checkpoints) = &self.checkpoints {
            // If one is told already, that is enough.
            let _ = checkpoints.try_send(());
        }
        Ok(())
    }

    fn roll_back(&mut self) {
        // SQLite may have done so itself.
        let _ = self.execute("ROLLBACK", &[]);
    }

    fn query(&mut self, statement: &str, given: &[Given<'_>]) -> Result<Vec<Row>, Error> {
        let mut statement = self.connection.prepare_cached(statement).map_err(failed)?;
        let columns = statement.column_count();
        let rows = statement.query_map(params_from_iter(given), |row| {
            (0..columns).map(|column| Ok(cell(row.get_ref(column)?))).collect()
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }

    fn script(&mut self, script: &str) -> Result<(), Error> {
        let script = script
            .replace("INTEGER_KEY", "INTEGER PRIMARY KEY")
            .replace("INTEGER64", "INTEGER")
            .replace("BYTES", "BLOB");
        self.connection.execute_batch(&script).map_err(failed)
    }

    fn reclaim(&mut self) -> Result<(), Error> {
        // Each page that is given back is a row.
        let mut vacuum = self
            .connection
            .prepare_cached("PRAGMA incremental_vacuum")
            .map_err(failed)?;
        let mut rows = vacuum.query([]).map_err(failed)?;
        while rows.next().map_err(failed)?.is_some() {}
        let checkpoint = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        checkpoint.map_err(failed)
    }

    fn size(&mut self) -> Result<u64, Error> {
        let pragma = |name: &str| {
            let value = self
                .connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            value.map_err(failed)
        };
        Ok((pragma("page_count")? * pragma("page_size")?) as u64)
    }
}

impl ToSql for Given<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Integer(Some(number)) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Text(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Integer(None) | Self::Text(None) => ToSqlOutput::Owned(Value::Null),
        })
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Integer(number as i64),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn failed(error: rusqlite::Error) -> Error {
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed,
        ) => Error::Unavailable(reason),
        _ => Error::Database(reason),
    }
}
