//! The tables, and how they came to be: each step once, in order.

use crate::Error;
use crate::database::{Cell, Database};

/// A step is never changed once it was released; a change is a new step.
///
/// An execution's data is in parts that are only ever added. Their key holds both the execution (its id times
/// [`PARTS`]) and the place, so that one tree of keys, always growing at its end, does for all. What of it is too large to be
/// kept for good is in `large`, under keys of the same kind, until the execution ends; so are the calls that it has made of
/// other workflows, until the node that made them has ended.
const STEPS: &[&str] = &[
    "
CREATE TABLE execution (
    id INTEGER_KEY,
    workflow TEXT NOT NULL,
    workflow_name TEXT NOT NULL,
    workflow_version TEXT NOT NULL,
    mode TEXT NOT NULL,
    status TEXT NOT NULL,
    start_node TEXT NOT NULL,
    started INTEGER64 NOT NULL,
    finished INTEGER64,
    rests_until INTEGER64,
    rest TEXT,
    retry_of INTEGER64,
    last_node TEXT,
    error TEXT,
    input BYTES NOT NULL
);
CREATE INDEX execution_by_workflow ON execution (workflow, id);
CREATE INDEX execution_open ON execution (id) WHERE finished IS NULL;
CREATE TABLE part (
    id INTEGER_KEY,
    data BYTES NOT NULL
);
CREATE TABLE begun (
    execution INTEGER_KEY,
    data BYTES NOT NULL
);
CREATE TABLE record (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    value BYTES NOT NULL,
    created INTEGER64 NOT NULL,
    updated INTEGER64 NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE note (
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    noted INTEGER64 NOT NULL,
    forget INTEGER64,
    execution INTEGER64,
    PRIMARY KEY (scope, id)
);
CREATE INDEX note_by_age ON note (forget) WHERE forget IS NOT NULL;
",
    "
ALTER TABLE execution ADD COLUMN key TEXT;
",
    "
ALTER TABLE execution ADD COLUMN parent INTEGER64;
ALTER TABLE execution ADD COLUMN depth INTEGER64 NOT NULL DEFAULT 0;
CREATE INDEX execution_by_first_try ON execution (retry_of) WHERE retry_of IS NOT NULL;
CREATE TABLE call (
    execution INTEGER_KEY,
    parent INTEGER64 NOT NULL,
    node TEXT NOT NULL,
    run INTEGER64 NOT NULL,
    item INTEGER64 NOT NULL,
    attempt INTEGER64 NOT NULL,
    result BYTES
);
CREATE INDEX call_by_parent ON call (parent);
CREATE TABLE large (
    id INTEGER_KEY,
    data BYTES NOT NULL
);
",
    "
ALTER TABLE execution ADD COLUMN began INTEGER64;
",
];

/// More parts than this no execution has.
pub(crate) const PARTS: u64 = 1 << 20;

/// Brings the tables up to date.
pub(crate) fn migrate(database: &mut dyn Database) -> Result<(), Error> {
    database.script("CREATE TABLE IF NOT EXISTS migration (version INTEGER_KEY)")?;
    let rows = database.query("SELECT max(version) FROM migration", &[])?;
    let found = rows.first().and_then(|row| row.first()).and_then(Cell::integer);
    let found = found.unwrap_or_default();
    let known = STEPS.len() as i64;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for (step, version) in STEPS.iter().zip(1..).skip(found as usize) {
        database.script(&format!(
            "BEGIN; {step} INSERT INTO migration VALUES ({version}); COMMIT;"
        ))?;
    }
    Ok(())
}
