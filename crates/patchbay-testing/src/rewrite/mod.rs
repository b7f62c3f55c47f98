//! Writes into files of cases: what came out in place of what was expected, and recordings. All else in a file, comments
//! among it, stays as it is.

pub mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use patchbay_model::{Object, Value};
use similar::TextDiff;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use crate::case::node::{Defaults, NodeCase};
use crate::collect::{Case, Job};
use crate::generate::{shown_exchange, shown_request};
use crate::record::Recording;
use crate::run::check::shown_pairs;
use crate::run::{CaseResult, Ran};

/// A file that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub path: PathBuf,
    pub name: String,
    pub before: String,
    pub after: String,
}

impl Rewritten {
    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        TextDiff::from_lines(&self.before, &self.after)
            .unified_diff()
            .header(&self.name, &self.name)
            .to_string()
    }
}

/// Files in the making, by path.
#[derive(Default)]
struct Files(BTreeMap<PathBuf, (Rewritten, DocumentMut)>);

impl Files {
    /// The table of a job's case.
    fn case(&mut self, job: &Job) -> Option<&mut Table> {
        if !self.0.contains_key(&job.file.path) {
            let before = job.file.text.to_string();
            let document = before.parse::<DocumentMut>().ok()?;
            let rewritten = Rewritten {
                path: job.file.path.clone(),
                name: job.file.name.clone(),
                after: before.clone(),
                before,
            };
            self.0.insert(job.file.path.clone(), (rewritten, document));
        }
        let (_, document) = self.0.get_mut(&job.file.path)?;
        document.get_mut("case")?.as_array_of_tables_mut()?.get_mut(job.place())
    }

    fn finish(self) -> Vec<Rewritten> {
        let finished = self.0.into_values().map(|(rewritten, document)| Rewritten {
            after: document.to_string(),
            ..rewritten
        });
        finished.filter(|file| file.before != file.after).collect()
    }
}

/// What the files become if the failed cases are to expect what came out. Requests are put right where they differ, not
/// where there are too many or too few: those want answers.
pub fn update(jobs: &[Job], results: &[CaseResult]) -> Vec<Rewritten> {
    let mut files = Files::default();
    for (job, result) in jobs.iter().zip(results).filter(|(_, result)| !result.passed()) {
        // What comes out of a request that nothing answers is not what anybody wants.
        let wants_answers = |code: &str| matches!(code, "E1011" | "E1015");
        if result.failures.iter().any(|failure| wants_answers(failure.code)) {
            continue;
        }
        let Some(table) = files.case(job) else { continue };
        match &job.case {
            Case::Node { case, .. } => {
                if result.failures.iter().any(|failure| failure.code == "E1010") {
                    write_requests(table, case, &result.ran);
                }
                write_outcome(table, case.expect.first_only, &result.ran);
            }
            Case::Workflow(case) => {
                if case.output.is_some() || case.error.is_some() {
                    write_outcome(table, true, &result.ran);
                }
                for (name, outputs) in &result.ran.nodes {
                    write_node(table, name, outputs);
                }
            }
        }
    }
    files.finish()
}

/// What the files become with recordings in the place of the exchanges, and what came out of their replay.
pub fn recorded(recordings: &[(Job, Recording)]) -> Vec<Rewritten> {
    let mut files = Files::default();
    for (job, recording) in recordings {
        let (Some(table), Case::Node { case, .. }) = (files.case(job), &job.case) else {
            continue;
        };
        let mut exchanges = ArrayOfTables::new();
        for (sent, answer) in &recording.exchanges {
            exchanges.push(table_of(&shown_exchange(sent, answer, &case.defaults)));
        }
        table.remove("exchange");
        table.remove("sandbox");
        table.insert("exchange", Item::ArrayOfTables(exchanges));
        write_outcome(table, case.expect.first_only, &recording.ran);
    }
    files.finish()
}

fn table_of(object: &Object) -> Table {
    let mut table = Table::new();
    for (name, value) in object {
        set(&mut table, name, value);
    }
    table
}

/// Sets a key, written as people like to read it.
fn set(table: &mut Table, name: &str, value: &Value) {
    let line = format!("v = {}", text::value(value, 0, name.chars().count() + 3));
    if let Some(item) = line
        .parse::<DocumentMut>()
        .ok()
        .and_then(|mut document| document.remove("v"))
    {
        table.insert(name, item);
    }
}

fn write_outcome(table: &mut Table, first_only: bool, ran: &Ran) {
    for name in ["output", "outputs", "paired", "error"] {
        table.remove(name);
    }
    if let Some(error) = &ran.error {
        let mut shown = error.as_object().cloned().unwrap_or_default();
        shown.retain(|name, _| ["code", "message", "description", "parameter"].contains(&name.as_str()));
        set(table, "error", &Value::object(shown));
    }
    let Some(outputs) = &ran.outputs else { return };
    let first_only = first_only || outputs.len() == 1;
    match outputs.first() {
        Some(first) if first_only => set(table, "output", &Value::array(first.clone())),
        _ => {
            let outputs = outputs.iter().cloned().map(Value::array);
            set(table, "outputs", &Value::array(outputs.collect()));
        }
    }
    if let Some(paired) = &ran.paired {
        let shown = Value::from_json(&shown_pairs(paired, first_only)).unwrap_or_default();
        set(table, "paired", &shown);
    }
}

/// What one node put out, where the case expects something of it.
fn write_node(table: &mut Table, name: &str, outputs: &[Vec<Value>]) {
    let expected = table.get_mut("expect").and_then(|expect| expect.get_mut(name));
    let Some(expected) = expected.and_then(Item::as_table_like_mut) else {
        return;
    };
    let mut made = Table::new();
    if expected.contains_key("outputs") {
        let outputs = outputs.iter().cloned().map(Value::array);
        set(&mut made, "outputs", &Value::array(outputs.collect()));
    } else if expected.contains_key("output") {
        set(
            &mut made,
            "output",
            &Value::array(outputs.first().cloned().unwrap_or_default()),
        );
    }
    for (name, item) in made {
        expected.insert(&name, item);
    }
}

/// The requests that went out, in the place of those that were expected.
fn write_requests(table: &mut Table, case: &NodeCase, ran: &Ran) {
    let first = case
        .exchanges
        .iter()
        .take_while(|exchange| is_shared(&exchange.place))
        .count();
    let defaults: &Defaults = &case.defaults;
    for sent in &ran.sent {
        let Some(number) = sent.exchange.and_then(|exchange| exchange.checked_sub(first)) else {
            continue;
        };
        let exchange = match table.get_mut("exchange") {
            Some(Item::ArrayOfTables(exchanges)) => exchanges.get_mut(number),
            _ => None,
        };
        let Some(exchange) = exchange else { continue };
        let shown = shown_request(sent, defaults);
        for name in ["query", "path", "headers", "json", "form", "text", "file"] {
            if !shown.contains_key(name) {
                exchange.remove(name);
            }
        }
        for (name, value) in &shown {
            set(exchange, name, value);
        }
    }
}

/// Whether an exchange is one that all cases begin with.
pub(crate) fn is_shared(place: &[crate::pattern::Step]) -> bool {
    place.first() == Some(&crate::case::key("first"))
}
