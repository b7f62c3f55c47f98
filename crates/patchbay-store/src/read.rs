//! What is read, as statements.

use crate::database::{Cell, Database, Given, Row};
use crate::execution::Called;
use crate::schema::PARTS;
use crate::{Error, Execution, ExecutionId, Filter, Kind, Page, Record, Status};

const COLUMNS: &str = "SELECT id, workflow, workflow_name, workflow_version, mode, status, start_node, started, began, finished, \
                       rests_until, rest, retry_of, last_node, error, key, parent, depth, \
                       (SELECT max(other.id) FROM execution AS other WHERE other.retry_of = execution.id \
                       AND other.status = 'success') FROM execution";

/// How many executions a page holds where the filter does not say.
const PAGE: usize = 100;

pub(crate) fn execution(database: &mut dyn Database, id: ExecutionId) -> Result<Option<Execution>, Error> {
    let rows = database.query(&format!("{COLUMNS} WHERE id = ?1"), &[id.into()])?;
    rows.into_iter().next().map(read_execution).transpose()
}

pub(crate) fn executions(database: &mut dyn Database, filter: &Filter) -> Result<Page, Error> {
    let limit = if filter.limit == 0 { PAGE } else { filter.limit };
    let before = filter.before.unwrap_or(i64::MAX as u64);
    // One more tells whether there is a next page.
    let mut given: Vec<Given<'_>> = vec![before.into(), (limit as i64 + 1).into()];
    let mut conditions = "id < ?1".to_owned();
    let status = filter.status.map(Status::as_str);
    for (column, value) in [("status", status), ("workflow", filter.workflow.as_deref())] {
        if let Some(value) = value {
            given.push(value.into());
            conditions = format!("{conditions} AND {column} = ?{}", given.len());
        }
    }
    let statement = format!("{COLUMNS} WHERE {conditions} ORDER BY id DESC LIMIT ?2");
    let rows = database.query(&statement, &given)?;
    let mut executions = rows.into_iter().map(read_execution).collect::<Result<Vec<_>, _>>()?;
    let more = executions.len() > limit;
    executions.truncate(limit);
    let next = executions.last().filter(|_| more).map(|last| last.id);
    Ok(Page { executions, next })
}

/// Those that are open: at rest, or not.
pub(crate) fn open(database: &mut dyn Database, resting: bool) -> Result<Vec<Execution>, Error> {
    let which = if resting { "=" } else { "<>" };
    let statement = format!("{COLUMNS} WHERE finished IS NULL AND status {which} 'waiting' ORDER BY id");
    let rows = database.query(&statement, &[])?;
    rows.into_iter().map(read_execution).collect()
}

pub(crate) fn input(database: &mut dyn Database, id: ExecutionId) -> Result<Option<Vec<u8>>, Error> {
    bytes(database, "SELECT input FROM execution WHERE id = ?1", id)
}

pub(crate) fn begun(database: &mut dyn Database, id: ExecutionId) -> Result<Option<Vec<u8>>, Error> {
    bytes(database, "SELECT data FROM begun WHERE execution = ?1", id)
}

fn bytes(database: &mut dyn Database, statement: &str, id: ExecutionId) -> Result<Option<Vec<u8>>, Error> {
    let rows = database.query(statement, &[id.into()])?;
    let cell = rows.into_iter().next().and_then(|row| row.into_iter().next());
    Ok(cell.and_then(Cell::into_bytes))
}

pub(crate) fn data(database: &mut dyn Database, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error> {
    in_order(
        database,
        "SELECT data FROM part WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        id,
    )
}

pub(crate) fn large(database: &mut dyn Database, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error> {
    in_order(
        database,
        "SELECT data FROM large WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        id,
    )
}

fn in_order(database: &mut dyn Database, statement: &str, id: ExecutionId) -> Result<Vec<Vec<u8>>, Error> {
    let given = [(id * PARTS).into(), (id * PARTS + PARTS - 1).into()];
    let rows = database.query(statement, &given)?;
    let cells = rows.into_iter().filter_map(|row| row.into_iter().next());
    Ok(cells.filter_map(Cell::into_bytes).collect())
}

pub(crate) fn calls(database: &mut dyn Database, parent: ExecutionId) -> Result<Vec<Called>, Error> {
    let statement = "SELECT execution, node, run, item, attempt, result FROM call WHERE parent = ?1 ORDER BY execution";
    let rows = database.query(statement, &[parent.into()])?;
    Ok(rows.into_iter().filter_map(read_call).collect())
}

pub(crate) fn records(database: &mut dyn Database, kind: Kind) -> Result<Vec<Record>, Error> {
    let statement = "SELECT id, value, created, updated FROM record WHERE kind = ?1 ORDER BY created, id";
    let rows = database.query(statement, &[kind.as_str().into()])?;
    Ok(rows.into_iter().filter_map(read_record).collect())
}

pub(crate) fn record(database: &mut dyn Database, kind: Kind, key: &str) -> Result<Option<Record>, Error> {
    let statement = "SELECT id, value, created, updated FROM record WHERE kind = ?1 AND id = ?2";
    let rows = database.query(statement, &[kind.as_str().into(), key.into()])?;
    Ok(rows.into_iter().find_map(read_record))
}

pub(crate) fn noted(database: &mut dyn Database, scope: &str, keys: &[String]) -> Result<Vec<String>, Error> {
    let mut known = Vec::new();
    for key in keys {
        let given = [scope.into(), key.into()];
        let rows = database.query("SELECT noted FROM note WHERE scope = ?1 AND id = ?2", &given)?;
        if !rows.is_empty() {
            known.push(key.clone());
        }
    }
    Ok(known)
}

pub(crate) fn newest(database: &mut dyn Database) -> Result<ExecutionId, Error> {
    let rows = database.query("SELECT max(id) FROM execution", &[])?;
    let newest = rows.first().and_then(|row| row.first()).and_then(Cell::integer);
    Ok(newest.unwrap_or_default() as u64)
}

fn read_record(row: Row) -> Option<Record> {
    let mut cells = row.into_iter();
    Some(Record {
        key: cells.next()?.into_text()?,
        value: cells.next()?.into_bytes()?,
        created: cells.next()?.integer()?,
        updated: cells.next()?.integer()?,
    })
}

fn read_call(row: Row) -> Option<Called> {
    let mut cells = row.into_iter();
    Some(Called {
        execution: cells.next()?.integer()? as u64,
        node: cells.next()?.into_text()?,
        run: cells.next()?.integer()? as usize,
        item: cells.next()?.integer()? as usize,
        attempt: cells.next()?.integer()? as usize,
        result: cells.next()?.into_bytes(),
    })
}

fn read_execution(row: Row) -> Result<Execution, Error> {
    let read = || {
        let mut cells = row.into_iter();
        Some(Execution {
            id: cells.next()?.integer()? as u64,
            workflow: cells.next()?.into_text()?,
            workflow_name: cells.next()?.into_text()?,
            workflow_version: cells.next()?.into_text()?,
            mode: cells.next()?.into_text()?,
            status: Status::from_name(&cells.next()?.into_text()?)?,
            trigger: cells.next()?.into_text()?,
            started: cells.next()?.integer()?,
            began: cells.next()?.integer(),
            finished: cells.next()?.integer(),
            rests_until: cells.next()?.integer(),
            rest: cells.next()?.into_text(),
            retry_of: cells.next()?.integer().map(|id| id as u64),
            last_node: cells.next()?.into_text(),
            error: cells.next()?.into_text(),
            key: cells.next()?.into_text(),
            parent: cells.next()?.integer().map(|id| id as u64),
            depth: cells.next()?.integer()? as usize,
            retry_success: cells.next()?.integer().map(|id| id as u64),
        })
    };
    read().ok_or_else(|| Error::Malformed("an execution's row".to_owned()))
}
