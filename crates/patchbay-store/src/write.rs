//! Changes as statements.
//!
//! The runs of nodes are gathered until their group is written: all runs of one execution in one group are one part,
//! and of an execution of which nothing is to be kept no run is written at all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use crate::change::{Accept, Caller, Change, Reply, Settle};
use crate::database::{Cell, Database, Given};
use crate::saved::Step;
use crate::schema::PARTS;
use crate::{Clean, Error, ExecutionId, prune, saved};

/// What is known of an execution that is not at its end.
#[derive(Default)]
struct Open {
    parts: u64,
    /// Rows in `large`.
    large: u64,
    /// It may have a row in `begun`.
    begun: bool,
    /// It may have rows in `call`.
    calls: bool,
}

/// Writes changes, and knows what must outlast a group of them.
pub(crate) struct Writer {
    /// Of runs in JSON, in bytes; larger ones are cut.
    pub largest_run: usize,
    clean: Arc<OnceLock<Clean>>,
    open: HashMap<ExecutionId, Open>,
    /// Space was given up that is worth giving back.
    pub freed: bool,
    /// Runs of this group.
    gathered: IndexMap<ExecutionId, Vec<Step>>,
}

impl Writer {
    pub fn new(largest_run: usize, clean: Arc<OnceLock<Clean>>) -> Self {
        Self {
            largest_run,
            clean,
            open: HashMap::new(),
            freed: false,
            gathered: IndexMap::new(),
        }
    }

    /// Forgets a group that could not be written.
    pub fn forget(&mut self) {
        self.gathered.clear();
        // What was counted may not have been written.
        self.open.clear();
    }

    /// The end of a group.
    pub fn finish(&mut self, database: &mut dyn Database) -> Result<(), Error> {
        while let Some((execution, runs)) = self.gathered.pop() {
            if !runs.is_empty() {
                self.write_part(database, execution, &runs, false)?;
            }
        }
        Ok(())
    }

    /// A text as it may be kept.
    fn cleaned(&self, text: String) -> String {
        match self.clean.get() {
            Some(clean) => clean(text),
            None => text,
        }
    }

    /// As [`Writer::cleaned`], of JSON.
    fn cleaned_json(&self, json: Vec<u8>) -> Vec<u8> {
        match String::from_utf8(json) {
            Ok(text) => self.cleaned(text).into_bytes(),
            // JSON is always text.
            Err(error) => error.into_bytes(),
        }
    }

    pub fn apply(&mut self, database: &mut dyn Database, change: &Change) -> Result<Reply, Error> {
        match change {
            Change::Accept(accept) => return self.accept(database, accept),
            Change::Progress { execution, step } => {
                self.gathered.entry(*execution).or_default().push(step.clone());
            }
            Change::Begin { execution, begun } => {
                self.open(database, *execution)?.begun = true;
                let given = [(*execution).into(), Given::Bytes(begun)];
                database.execute(
                    "INSERT INTO begun (execution, data) VALUES (?1, ?2) ON CONFLICT (execution) DO UPDATE SET data = excluded.data",
                    &given,
                )?;
            }
            Change::Settle(settle) => self.settle(database, settle)?,
            Change::Resume { execution, with } => {
                self.gathered.entry(*execution).or_default().extend(with.clone());
                database.execute(
                    "UPDATE execution SET status = 'running', rests_until = NULL, rest = NULL WHERE id = ?1",
                    &[(*execution).into()],
                )?;
            }
            Change::ForgetCalls { execution, node, run } => {
                let given = [(*execution).into(), node.as_str().into(), (*run as i64).into()];
                database.execute("DELETE FROM call WHERE parent = ?1 AND node = ?2 AND run = ?3", &given)?;
            }
            Change::Delete { execution } => self.delete(database, *execution)?,
            Change::Put { kind, key, value, now } => {
                let given = [kind.as_str().into(), key.into(), Given::Bytes(value), (*now).into()];
                database.execute(
                    "INSERT INTO record (kind, id, value, created, updated) VALUES (?1, ?2, ?3, ?4, ?4) \
                     ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value, updated = excluded.updated",
                    &given,
                )?;
            }
            Change::Remove { kind, key } => {
                let given = [kind.as_str().into(), key.into()];
                database.execute("DELETE FROM record WHERE kind = ?1 AND id = ?2", &given)?;
            }
            Change::Note {
                scope,
                keys,
                now,
                until,
                most,
            } => note(database, scope, keys, *now, *until, *most)?,
            Change::Forget { scope } => {
                database.execute("DELETE FROM note WHERE scope = ?1", &[scope.into()])?;
            }
            Change::Prune { retention, now } => {
                let gone = prune::prune(database, retention, *now)?;
                self.freed |= !gone.is_empty();
                return Ok(Reply::Removed(gone));
            }
            Change::Flush => {}
        }
        Ok(Reply::Done)
    }

    fn accept(&mut self, database: &mut dyn Database, accept: &Accept) -> Result<Reply, Error> {
        if let Some(once) = &accept.once {
            let given = [(&once.scope).into(), (&once.key).into(), accept.now.into()];
            let known = database.query(
                "SELECT execution FROM note WHERE scope = ?1 AND id = ?2 AND forget > ?3",
                &given,
            )?;
            if let Some(known) = known.first() {
                let execution = known.first().and_then(Cell::integer).unwrap_or_default();
                return Ok(Reply::Duplicate(execution as u64));
            }
            let given = [
                (&once.scope).into(),
                (&once.key).into(),
                accept.now.into(),
                once.until.into(),
                accept.execution.into(),
            ];
            database.execute(
                "INSERT INTO note (scope, id, noted, forget, execution) VALUES (?1, ?2, ?3, ?4, ?5) \
                 ON CONFLICT (scope, id) DO UPDATE SET noted = excluded.noted, forget = excluded.forget, \
                 execution = excluded.execution",
                &given,
            )?;
        }
        let input = self.cleaned_json(accept.input.clone());
        let given = [
            accept.execution.into(),
            accept.workflow.as_str().into(),
            accept.workflow_name.as_str().into(),
            accept.workflow_version.as_str().into(),
            accept.mode.into(),
            accept.trigger.as_str().into(),
            accept.now.into(),
            accept.retry_of.map(|id| id as i64).into(),
            Given::Bytes(&input),
            accept.key.as_deref().into(),
            accept.caller.as_ref().map(|caller| caller.execution as i64).into(),
            (accept.caller.as_ref().map_or(0, |caller| caller.depth) as i64).into(),
        ];
        database.execute(
            "INSERT INTO execution (id, workflow, workflow_name, workflow_version, mode, status, start_node, started, \
             retry_of, input, key, parent, depth) VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            &given,
        )?;
        self.open.insert(accept.execution, Open::default());
        if let Some(caller) = &accept.caller {
            self.note_call(database, accept.execution, caller)?;
        }
        if !accept.done.is_empty() {
            self.gathered.insert(accept.execution, accept.done.clone());
        }
        Ok(Reply::Done)
    }

    fn note_call(&mut self, database: &mut dyn Database, called: ExecutionId, caller: &Caller) -> Result<(), Error> {
        self.open(database, caller.execution)?.calls = true;
        let given = [
            called.into(),
            caller.execution.into(),
            caller.node.as_str().into(),
            (caller.run as i64).into(),
            (caller.item as i64).into(),
            (caller.attempt as i64).into(),
        ];
        database.execute(
            "INSERT INTO call (execution, parent, node, run, item, attempt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &given,
        )?;
        Ok(())
    }

    fn settle(&mut self, database: &mut dyn Database, settle: &Settle) -> Result<(), Error> {
        let is_final = settle.status.is_final();
        if let Some(result) = &settle.result {
            let result = self.cleaned_json(result.clone());
            let given = [settle.execution.into(), Given::Bytes(&result)];
            database.execute("UPDATE call SET result = ?2 WHERE execution = ?1", &given)?;
        }
        if is_final {
            self.forget_what_was_needed(database, settle.execution)?;
        }
        if !settle.keep {
            return self.delete(database, settle.execution);
        }
        if let Some(runs) = self.gathered.shift_remove(&settle.execution) {
            self.write_part(database, settle.execution, &runs, is_final)?;
        }
        let finished = is_final.then_some(settle.now);
        let error = settle.error.clone().map(|error| self.cleaned(error));
        let given = [
            settle.execution.into(),
            settle.status.as_str().into(),
            finished.into(),
            settle.last_node.as_deref().into(),
            error.as_deref().into(),
            settle.rests_until.into(),
            settle.rest.as_deref().into(),
            settle.began.into(),
        ];
        database.execute(
            "UPDATE execution SET status = ?2, finished = ?3, last_node = ?4, error = ?5, rests_until = ?6, rest = ?7, \
             began = coalesce(began, ?8) WHERE id = ?1",
            &given,
        )?;
        if is_final {
            self.open.remove(&settle.execution);
        }
        Ok(())
    }

    /// Removes what only an execution needs that has not ended.
    fn forget_what_was_needed(&mut self, database: &mut dyn Database, execution: ExecutionId) -> Result<(), Error> {
        let open = self.open(database, execution)?;
        let (begun, calls, large) = (open.begun, open.calls, open.large);
        if begun {
            database.execute("DELETE FROM begun WHERE execution = ?1", &[execution.into()])?;
        }
        if calls {
            database.execute("DELETE FROM call WHERE parent = ?1", &[execution.into()])?;
        }
        if large > 0 {
            self.freed = true;
            database.execute(
                "DELETE FROM large WHERE id BETWEEN ?1 AND ?2",
                &keys(execution, execution),
            )?;
        }
        Ok(())
    }

    fn delete(&mut self, database: &mut dyn Database, execution: ExecutionId) -> Result<(), Error> {
        self.gathered.shift_remove(&execution);
        self.open.remove(&execution);
        remove(database, execution, execution)
    }

    /// What is too large is kept apart where the execution has not ended, and else not at all.
    fn write_part(
        &mut self,
        database: &mut dyn Database,
        execution: ExecutionId,
        runs: &[Step],
        ended: bool,
    ) -> Result<(), Error> {
        let open = self.open(database, execution)?;
        let (parts, large) = (open.parts, open.large);
        let part = saved::part(runs, self.largest_run, (!ended).then_some(large as usize))?;
        let json = self.cleaned_json(part.json);
        let given = [(execution * PARTS + parts).into(), Given::Bytes(&json)];
        database.execute("INSERT INTO part (id, data) VALUES (?1, ?2)", &given)?;
        let mut place = large;
        for outputs in part.apart {
            let outputs = self.cleaned_json(outputs);
            let given = [(execution * PARTS + place).into(), Given::Bytes(&outputs)];
            database.execute("INSERT INTO large (id, data) VALUES (?1, ?2)", &given)?;
            place += 1;
        }
        let open = self.open(database, execution)?;
        (open.parts, open.large) = (parts + 1, place);
        Ok(())
    }

    /// Of an execution from before a restart the parts are counted.
    fn open(&mut self, database: &mut dyn Database, execution: ExecutionId) -> Result<&mut Open, Error> {
        match self.open.entry(execution) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(Open {
                parts: count(
                    database,
                    "SELECT max(id) FROM part WHERE id BETWEEN ?1 AND ?2",
                    execution,
                )?,
                large: count(
                    database,
                    "SELECT max(id) FROM large WHERE id BETWEEN ?1 AND ?2",
                    execution,
                )?,
                begun: true,
                calls: true,
            })),
        }
    }
}

/// Removes all of the executions from the first to the last.
pub(crate) fn remove(database: &mut dyn Database, first: ExecutionId, last: ExecutionId) -> Result<(), Error> {
    database.execute("DELETE FROM part WHERE id BETWEEN ?1 AND ?2", &keys(first, last))?;
    let given = [first.into(), last.into()];
    database.execute("DELETE FROM execution WHERE id BETWEEN ?1 AND ?2", &given)?;
    Ok(())
}

/// The first and the last key that the parts of executions from the first to the last can have.
fn keys(first: ExecutionId, last: ExecutionId) -> [Given<'static>; 2] {
    [(first * PARTS).into(), (last * PARTS + PARTS - 1).into()]
}

/// How many parts an execution has, by a statement that asks for the last one's key.
fn count(database: &mut dyn Database, statement: &str, execution: ExecutionId) -> Result<u64, Error> {
    let rows = database.query(statement, &keys(execution, execution))?;
    let last = rows.first().and_then(|row| row.first()).and_then(Cell::integer);
    Ok(last.map_or(0, |last| last as u64 % PARTS + 1))
}

fn note(
    database: &mut dyn Database,
    scope: &str,
    keys: &[String],
    now: i64,
    until: Option<i64>,
    most: Option<usize>,
) -> Result<(), Error> {
    for key in keys {
        let given = [scope.into(), key.into(), now.into(), until.into()];
        database.execute(
            "INSERT INTO note (scope, id, noted, forget) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (scope, id) DO UPDATE SET noted = excluded.noted, forget = excluded.forget",
            &given,
        )?;
    }
    if let Some(most) = most {
        let given = [scope.into(), (most as i64).into()];
        database.execute(
            "DELETE FROM note WHERE scope = ?1 AND id IN \
             (SELECT id FROM note WHERE scope = ?1 ORDER BY noted DESC, id LIMIT 9223372036854775807 OFFSET ?2)",
            &given,
        )?;
    }
    Ok(())
}
