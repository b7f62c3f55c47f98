//! SQLite: one file with a write-ahead log. A commit is on disk when it returns.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use super::{Cell, Database, Given, Row};
use crate::Error;

pub(crate) struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Self, Error> {
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
        Ok(Self { connection })
    }
}

impl Database for Sqlite {
    fn execute(&mut self, statement: &str, given: &[Given<'_>]) -> Result<u64, Error> {
        let mut statement = self.connection.prepare_cached(statement).map_err(failed)?;
        let changed = statement.execute(params_from_iter(given)).map_err(failed)?;
        Ok(changed as u64)
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
    Error::Database(error.to_string())
}
