//! Postgres, over one connection that is renewed when it is lost.

use std::collections::HashMap;
use std::error::Error as _;
use std::time::{Duration, Instant};

use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, SimpleQueryMessage, Statement};

use super::{Cell, Database, Given, Row};
use crate::Error;

pub(crate) struct Postgres {
    url: String,
    client: Client,
    statements: HashMap<String, Statement>,
    /// No other connection may write.
    writes: bool,
    /// The number that the database gave the transaction that is open.
    transaction: Option<i64>,
}

impl Postgres {
    pub fn open(url: &str) -> Result<Self, Error> {
        Self::connected(url, false)
    }

    /// As [`Postgres::open`], for the one connection that writes.
    pub fn open_to_write(url: &str) -> Result<Self, Error> {
        Self::connected(url, true)
    }

    fn connected(url: &str, writes: bool) -> Result<Self, Error> {
        Ok(Self {
            url: url.to_owned(),
            client: connect(url, writes)?,
            statements: HashMap::new(),
            writes,
            transaction: None,
        })
    }

    /// A lost connection comes back with the next statement, but not amid a transaction: the database has undone its beginning.
    fn prepared(&mut self, text: &str) -> Result<Statement, Error> {
        if self.transaction.is_none() {
            self.connect_again()?;
        }
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&text.replace('?', "$")).map_err(failed)?;
        self.statements.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    fn ask(&mut self, statement: &str, given: &[Given<'_>]) -> Result<Vec<Row>, Error> {
        let statement = self.prepared(statement)?;
        let given: Vec<&(dyn ToSql + Sync)> = given.iter().map(|value| value as _).collect();
        let rows = self.client.query(&statement, &given).map_err(failed)?;
        rows.iter().map(cells).collect()
    }

    fn connect_again(&mut self) -> Result<(), Error> {
        if self.client.is_closed() {
            self.connect_anew()?;
        }
        Ok(())
    }

    fn connect_anew(&mut self) -> Result<(), Error> {
        self.statements.clear();
        self.client = connect(&self.url, self.writes)?;
        Ok(())
    }

    /// Whether a transaction was committed before the connection was lost. A database that starts anew is waited for.
    fn was_committed(&mut self, transaction: i64) -> Result<bool, Error> {
        let begun = Instant::now();
        while let Err(error) = self.connect_again() {
            if begun.elapsed() > RESTART {
                return Err(error);
            }
            std::thread::sleep(RESTART / 100);
        }
        let rows = self.query("SELECT txid_status(?1)", &[transaction.into()])?;
        Ok(rows == [[Cell::Text("committed".to_owned())]])
    }
}

/// The URL without its password, to be shown.
fn shown(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(host)) if scheme + 3 <= host => format!("{}…{}", &url[..scheme + 3], &url[host..]),
        _ => url.to_owned(),
    }
}

/// A lock of the database that goes with the connection.
const LOCK: &str = "SELECT pg_try_advisory_lock(hashtext('patchbay'), hashtext(current_schema()))";

/// Who has it, in this one of the server's databases. The system keeps both halves of its number without their signs.
const HOLDER: &str = "SELECT ', ' || application_name || coalesce(' at ' || host(client_addr), '') FROM pg_locks \
                      JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND objsubid = 2 \
                      AND classid::bigint = hashtext('patchbay')::bigint & 4294967295 \
                      AND objid::bigint = hashtext(current_schema())::bigint & 4294967295 \
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

/// The database may need a moment to see that who had the lock has gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// So long a database that starts anew may take.
const RESTART: Duration = Duration::from_secs(10);

fn connect(url: &str, writes: bool) -> Result<Client, Error> {
    let failed = |error: &postgres::Error| Error::Open {
        place: shown(url),
        reason: reason(error),
    };
    let mut client = Client::connect(url, NoTls).map_err(|error| failed(&error))?;
    if !writes {
        return Ok(client);
    }
    let name = format!("SET application_name = 'patchbay, process {}'", std::process::id());
    client.batch_execute(&name).map_err(|error| failed(&error))?;
    let begun = Instant::now();
    loop {
        let row = client.query_one(LOCK, &[]).map_err(|error| failed(&error))?;
        if row.try_get(0).map_err(|error| failed(&error))? {
            return Ok(client);
        }
        if begun.elapsed() > PATIENCE {
            break;
        }
        std::thread::sleep(PATIENCE / 20);
    }
    let holder = client.query_opt(HOLDER, &[]).ok().flatten();
    Err(Error::InUse {
        place: shown(url),
        holder: holder.and_then(|row| row.try_get(0).ok()).unwrap_or_default(),
    })
}

impl Database for Postgres {
    fn execute(&mut self, statement: &str, given: &[Given<'_>]) -> Result<u64, Error> {
        let statement = self.prepared(statement)?;
        let given: Vec<&(dyn ToSql + Sync)> = given.iter().map(|value| value as _).collect();
        self.client.execute(&statement, &given).map_err(failed)
    }

    fn begin(&mut self) -> Result<(), Error> {
        self.connect_again()?;
        let begin = "BEGIN; SELECT txid_current()";
        let answers = self.client.simple_query(begin).map_err(failed)?;
        self.transaction = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0).and_then(|number| number.parse().ok()),
            _ => None,
        });
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        let committed = self.execute("COMMIT", &[]);
        match (committed, self.transaction.take()) {
            (Err(_), Some(transaction)) if self.client.is_closed() && self.was_committed(transaction)? => Ok(()),
            (committed, _) => committed.map(drop),
        }
    }

    fn roll_back(&mut self) {
        self.transaction = None;
        if !self.client.is_closed() {
            // What fails here fails again when the next one begins.
            let _ = self.client.batch_execute("ROLLBACK");
        }
    }

    fn query(&mut self, statement: &str, given: &[Given<'_>]) -> Result<Vec<Row>, Error> {
        let answered = self.ask(statement, given);
        // That a connection was lost shows with the next statement only, and first in the database's last words, before the
        // connection is known to be closed. What only reads is asked again.
        let lost = matches!(answered, Err(Error::Unavailable(_))) && !self.writes || self.client.is_closed();
        if lost && self.transaction.is_none() {
            self.connect_anew()?;
            return self.ask(statement, given);
        }
        answered
    }

    fn script(&mut self, script: &str) -> Result<(), Error> {
        let script = script
            .replace("INTEGER_KEY", "BIGINT PRIMARY KEY")
            .replace("INTEGER64", "BIGINT")
            .replace("BYTES", "BYTEA");
        self.client.batch_execute(&script).map_err(failed)
    }

    fn reclaim(&mut self) -> Result<(), Error> {
        // Autovacuum would do so too, later.
        for table in ["part", "large"] {
            self.client.batch_execute(&format!("VACUUM {table}")).map_err(failed)?;
        }
        Ok(())
    }

    fn size(&mut self) -> Result<u64, Error> {
        let rows = self.query("SELECT pg_database_size(current_database())", &[])?;
        let size = rows.first().and_then(|row| row.first()).and_then(Cell::integer);
        Ok(size.unwrap_or_default() as u64)
    }
}

impl ToSql for Given<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Integer(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        // The tables have no other types than these three.
        true
    }

    to_sql_checked!();
}

fn cells(row: &postgres::Row) -> Result<Row, Error> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(place, column)| {
            let cell = if *column.type_() == Type::INT8 {
                row.try_get::<_, Option<i64>>(place)
                    .map(|value| value.map(Cell::Integer))
            } else if *column.type_() == Type::BYTEA {
                row.try_get::<_, Option<Vec<u8>>>(place)
                    .map(|value| value.map(Cell::Bytes))
            } else {
                row.try_get::<_, Option<String>>(place)
                    .map(|value| value.map(Cell::Text))
            };
            cell.map(|cell| cell.unwrap_or(Cell::Null)).map_err(failed)
        })
        .collect()
}

/// What the database says is in the cause.
fn reason(error: &postgres::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn failed(error: postgres::Error) -> Error {
    let passes = match error.code() {
        // Those of a connection, of transactions that were in each other's way, of resources, and of an operator's hand.
        Some(state) => ["08", "40", "53", "57"]
            .iter()
            .any(|class| state.code().starts_with(class)),
        None => {
            error.is_closed()
                || error
                    .source()
                    .is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    };
    let reason = reason(&error);
    if passes {
        Error::Unavailable(reason)
    } else {
        Error::Database(reason)
    }
}
