//! Removes what is no longer wanted, by age and by number.

use crate::database::{Cell, Database};
use crate::{Error, ExecutionId, write};

/// What is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Executions that ended longer ago than this go, in milliseconds.
    pub age: Option<i64>,
    /// Of the executions that ended, so many of the newest stay.
    pub count: Option<u64>,
}

/// So many executions go in one transaction: writing goes on between them.
const AT_ONCE: i64 = 500;

/// Removes one lot; gives the ids of what went. Nothing is left to do when it gives none.
pub(crate) fn prune(database: &mut dyn Database, retention: &Retention, now: i64) -> Result<Vec<ExecutionId>, Error> {
    let oldest = retention.age.map_or(i64::MIN, |age| now - age);
    let newest_to_go = match retention.count {
        None => -1,
        Some(count) => {
            let statement = "SELECT id FROM execution WHERE finished IS NOT NULL ORDER BY id DESC LIMIT 1 OFFSET ?1";
            let rows = database.query(statement, &[count.into()])?;
            rows.first()
                .and_then(|row| row.first())
                .and_then(Cell::integer)
                .unwrap_or(-1)
        }
    };
    let rows = database.query(
        "SELECT id FROM execution WHERE finished IS NOT NULL AND (finished < ?1 OR id <= ?2) ORDER BY id LIMIT ?3",
        &[oldest.into(), newest_to_go.into(), AT_ONCE.into()],
    )?;
    let ids = rows.iter().filter_map(|row| row.first().and_then(Cell::integer));
    let ids: Vec<ExecutionId> = ids.map(|id| id as u64).collect();
    for id in &ids {
        write::remove(database, *id, *id)?;
    }
    database.execute("DELETE FROM note WHERE forget < ?1", &[now.into()])?;
    if ids.is_empty() {
        database.execute(
            "DELETE FROM record WHERE kind = 'workflow-version' AND updated < ?1 \
             AND id NOT IN (SELECT workflow_version FROM execution)",
            &[oldest.into()],
        )?;
    }
    Ok(ids)
}
