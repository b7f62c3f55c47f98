//! What a newer description of a service changes: in its definitions, and for the cases of today.

use std::collections::BTreeMap;

use patchbay_actions::changes;
use patchbay_actions::definition::{Life, Operation, Parameter, Version};
use patchbay_actions::library::LazyService;
use patchbay_model::{Object, Value};

use crate::Host;
use crate::collect::{Case, Job};
use crate::run::{CaseResult, run};

/// What changes.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// `Users: Get User`.
    pub removed: Vec<String>,
    pub added: Vec<String>,
    /// `Users: Get User: parameter Id is text, was integer`.
    pub changed: Vec<String>,
    /// Operations that both have.
    pub common: usize,
    /// Cases that pass today and fail with the newer definitions.
    pub broken: Vec<CaseResult>,
    /// Cases that were run with both.
    pub cases: usize,
    /// Cases that say an older version of the service, and were left out.
    pub older: usize,
}

impl Drift {
    /// Whether anything of today would no longer work.
    pub fn breaks(&self) -> bool {
        !self.removed.is_empty() || !self.broken.is_empty()
    }

    /// For people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (title, lines) in [
            ("removed", &self.removed),
            ("changed", &self.changed),
            ("added", &self.added),
        ] {
            text.push_str(&format!("{title}: {}\n", lines.len()));
            for line in lines {
                text.push_str(&format!("  {line}\n"));
            }
        }
        let older = match self.older {
            0 => String::new(),
            older => format!(", without {older} of older versions"),
        };
        text.push_str(&format!(
            "cases that would fail: {} of {}{older}\n",
            self.broken.len(),
            self.cases
        ));
        text
    }

    /// `{"removed", "changed", "added", "compared", "older", "cases"}`.
    pub fn to_value(&self) -> Value {
        let list = |lines: &[String]| lines.iter().map(|line| Value::from(line.as_str())).collect::<Vec<_>>();
        let mut object = Object::new();
        object.insert("removed", list(&self.removed));
        object.insert("changed", list(&self.changed));
        object.insert("added", list(&self.added));
        object.insert("compared", self.cases);
        object.insert("older", self.older);
        object.insert("cases", crate::report::json::report(&self.broken));
        Value::object(object)
    }
}

/// Compares a service with a newer form of it, and runs its cases with both. Cases that say an older version of the service than
/// the newest that its definitions know are left out: the newer form has what it had then no more.
pub fn drift(today: &Host, newer: &Host, service: &str, jobs: &[Job], threads: usize) -> Drift {
    let (Some(old), Some(new)) = (today.library.service(service), newer.library.service(service)) else {
        return Drift::default();
    };
    let version = changes::versions(old).pop();
    let mut drift = compared(&newest(old), &newest(new), version.as_ref());
    let field = old.definition().credential.version_field.clone();
    let newest = version.map(|version| version.to_string());
    let is_older = |job: &Job| match (&job.case, &field) {
        (Case::Node { case, .. }, Some(field)) => {
            let said = case.credential.get(field).map(Value::to_text);
            said.is_some_and(|said| newest.as_deref() != Some(said.as_str()))
        }
        _ => false,
    };
    let of_service = |job: &&Job| matches!(&job.case, Case::Node { service: folder, .. } if **folder == *service);
    let (older, jobs): (Vec<Job>, Vec<Job>) = jobs.iter().filter(of_service).cloned().partition(is_older);
    (drift.older, drift.cases) = (older.len(), jobs.len());
    let before = run(today, &jobs, threads);
    let after = run(newer, &jobs, threads);
    let broken = before
        .iter()
        .zip(after)
        .filter(|(before, after)| before.passed() && !after.passed());
    drift.broken = broken.map(|(_, after)| after).collect();
    drift
}

/// The newest form of each operation, by resource and name.
fn newest(service: &LazyService) -> BTreeMap<String, &Operation> {
    let mut operations = BTreeMap::new();
    for resource in service.resources() {
        for variants in resource.operations.values() {
            // What is gone already is no news.
            if let Some(operation) = variants.last() {
                operations.insert(format!("{}: {}", resource.name, operation.name), operation.as_ref());
            }
        }
    }
    operations
}

/// Compares operations; of those of today what the newest version that they know has.
fn compared(
    old: &BTreeMap<String, &Operation>,
    new: &BTreeMap<String, &Operation>,
    version: Option<&Version>,
) -> Drift {
    let mut drift = Drift::default();
    for (name, before) in old {
        match new.get(name) {
            None if before.life.until.is_some() => {}
            None => drift.removed.push(name.clone()),
            Some(after) => {
                drift.common += 1;
                drift.changed.extend(changes(name, before, after, version));
            }
        }
    }
    drift.added = new.keys().filter(|name| !old.contains_key(*name)).cloned().collect();
    drift
}

fn changes(name: &str, before: &Operation, after: &Operation, version: Option<&Version>) -> Vec<String> {
    let is_there = |life: &Life| version.map_or(life.until.is_none(), |version| life.includes(version));
    let mut changes = Vec::new();
    let mut differ = |what: &str, before: &str, after: &str| {
        if before != after {
            changes.push(format!("{name}: {what} is `{after}`, was `{before}`"));
        }
    };
    differ("method", &before.method, &after.method);
    differ("path", before.path.source(), after.path.source());
    // A parameter that is known to have ended is gone already.
    for parameter in before.parameters.iter().filter(|parameter| is_there(&parameter.life)) {
        let what = format!("parameter `{}`", parameter.name);
        match after.parameter(&parameter.name) {
            None => differ(&what, "there", "gone"),
            Some(now) => {
                differ(&format!("type of {what}"), parameter.kind.as_str(), now.kind.as_str());
                differ(
                    &format!("place of {what}"),
                    parameter.place.as_str(),
                    now.place.as_str(),
                );
                let values = |parameter: &Parameter| match parameter.values.as_slice() {
                    [] => "any".to_owned(),
                    values => values.join(", "),
                };
                differ(&format!("values of {what}"), &values(parameter), &values(now));
            }
        }
    }
    for parameter in after.parameters.iter().filter(|parameter| {
        let known = before.parameter(&parameter.name);
        known.is_none_or(|known| !is_there(&known.life))
    }) {
        let need = if parameter.required { "required" } else { "there" };
        changes.push(format!(
            "{name}: parameter `{}` is {need}, was not there",
            parameter.name
        ));
    }
    changes
}
