//! Writes into files of cases: what came out in place of what was expected, and recordings. All else in a file, comments
//! among it, stays as it is.

pub mod attachment;
pub mod exchange;
pub mod text;

use std::collections::BTreeMap;
use std::path::PathBuf;

use attachment::{Attachment, Attachments};
use exchange::{shown_exchange, shown_request};
use patchbay_model::{Object, Value};
use similar::TextDiff;
use toml::de::DeTable;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use crate::case::exchange::{Answer, split_origin};
use crate::case::node::{Defaults, NodeCase};
use crate::collect::{Case, Job};
use crate::record::Recording;
use crate::run::check::shown_pairs;
use crate::run::{CaseResult, Ran};
use crate::world::http::{Sent, target};

/// A file that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub path: PathBuf,
    pub name: String,
    pub before: String,
    pub after: String,
    /// Files beside it that its cases name.
    pub attachments: Vec<Attachment>,
}

impl Rewritten {
    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        let mut text = TextDiff::from_lines(&self.before, &self.after)
            .unified_diff()
            .header(&self.name, &self.name)
            .to_string();
        for file in &self.attachments {
            text.push_str(&format!("+ {}: {} bytes\n", file.path.display(), file.bytes.len()));
        }
        text
    }
}

/// What changed, and what could not be.
#[derive(Debug, Default)]
pub struct Changes {
    pub files: Vec<Rewritten>,
    /// Cases that were changed by another hand while they ran, each in a sentence.
    pub conflicts: Vec<String>,
    /// Failed cases that are left as they are, each with why.
    pub unwritten: Vec<String>,
}

/// Files in the making, by path.
#[derive(Default)]
struct Files {
    open: BTreeMap<PathBuf, Open>,
    conflicts: Vec<String>,
    unwritten: Vec<String>,
}

struct Open {
    rewritten: Rewritten,
    document: DocumentMut,
}

impl Files {
    /// The table of a job's case, in the file as it is now: it may have been changed while the case ran. A case that is no
    /// longer as it ran is left alone.
    fn case(&mut self, job: &Job) -> Option<(&mut Table, &mut Vec<Attachment>)> {
        let path = &job.file.path;
        if !self.open.contains_key(path) {
            let before = std::fs::read_to_string(path).unwrap_or_default();
            let document = before.parse::<DocumentMut>().unwrap_or_default();
            let rewritten = Rewritten {
                path: path.clone(),
                name: job.file.name.clone(),
                after: before.clone(),
                before,
                attachments: Vec::new(),
            };
            self.open.insert(path.clone(), Open { rewritten, document });
        }
        let open = self.open.get_mut(path)?;
        let ran = cases(&job.file.text);
        let now = cases(&open.rewritten.before);
        let ran = ran.get(job.place());
        let place = ran.and_then(|ran| now.iter().position(|case| case == ran));
        let Some(place) = place else {
            self.conflicts
                .push(format!("`{}` was changed while it ran", job.title()));
            return None;
        };
        let tables = open.document.get_mut("case")?.as_array_of_tables_mut()?;
        Some((tables.get_mut(place)?, &mut open.rewritten.attachments))
    }

    fn finish(self) -> Changes {
        let finished = self.open.into_values().map(|open| Rewritten {
            after: open.document.to_string(),
            ..open.rewritten
        });
        Changes {
            files: finished.filter(|file| file.before != file.after).collect(),
            conflicts: self.conflicts,
            unwritten: self.unwritten,
        }
    }
}

/// The values of all cases of a file.
fn cases(text: &str) -> Vec<Value> {
    let (document, _) = DeTable::parse_recoverable(text);
    let cases = document
        .get_ref()
        .get("case")
        .map(|cases| crate::document::value(cases.get_ref()));
    cases
        .and_then(|cases| cases.as_array().map(<[Value]>::to_vec))
        .unwrap_or_default()
}

/// What the files become if the failed cases are to expect what came out. Requests are put right where they differ, not
/// where there are too many or too few: those want answers.
pub fn update(jobs: &[Job], results: &[CaseResult]) -> Changes {
    let mut files = Files::default();
    for (job, result) in jobs.iter().zip(results).filter(|(_, result)| !result.passed()) {
        // What comes out of a request that nothing answers is not what anybody wants.
        let why = result.failures.iter().find_map(|failure| match failure.code {
            "E1011" => Some("nothing answers a request of it"),
            "E1015" => Some("a request of it did not go out"),
            _ => None,
        });
        if let Some(why) = why {
            files.unwritten.push(format!("{} ({why})", job.title()));
            continue;
        }
        let Some((table, attachments)) = files.case(job) else {
            continue;
        };
        match &job.case {
            Case::Node { case, .. } => {
                if result.failures.iter().any(|failure| failure.code == "E1010") {
                    let mut found = Attachments::of(job);
                    write_requests(table, case, &result.ran, &mut found);
                    attachments.extend(found.files);
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

/// What the files become with recordings in the place of the exchanges or mocks, and what came out of their replay.
pub fn recorded(recordings: &[(Job, Recording)]) -> Changes {
    let mut files = Files::default();
    for (job, recording) in recordings {
        let Some((table, attachments)) = files.case(job) else {
            continue;
        };
        let mut found = Attachments::of(job);
        let (name, first_only) = match &job.case {
            Case::Node { case, .. } => ("exchange", case.expect.first_only),
            Case::Workflow(_) => ("mock", true),
        };
        let mut exchanges = ArrayOfTables::new();
        for (sent, answer) in &recording.exchanges {
            let shown = match &job.case {
                Case::Node { case, .. } => shown_exchange(sent, answer, &case.defaults, &mut found),
                Case::Workflow(_) => shown_mock(sent, answer, &mut found),
            };
            exchanges.push(table_of(&shown));
        }
        attachments.extend(found.files);
        table.remove(name);
        table.remove("sandbox");
        table.insert(name, Item::ArrayOfTables(exchanges));
        write_outcome(table, first_only, &recording.ran);
        for (node, outputs) in &recording.ran.nodes {
            write_node(table, node, outputs);
        }
    }
    files.finish()
}

/// An exchange as a mock of a workflow's case: of the request its method, its whole address and its body.
fn shown_mock(sent: &Sent, answer: &Answer, attachments: &mut Attachments) -> Object {
    let mut shown = shown_exchange(sent, answer, &Defaults::default(), attachments);
    shown.remove("headers");
    let (origin, _) = split_origin(&sent.url);
    let path = target(&sent.url).split('?').next().unwrap_or_default();
    shown.insert(
        "request",
        format!("{} {}{path}", sent.method, origin.unwrap_or_default()),
    );
    shown
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
fn write_requests(table: &mut Table, case: &NodeCase, ran: &Ran, attachments: &mut Attachments) {
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
        let shown = shown_request(sent, defaults, attachments);
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
