//! Lays several versions of an API over each other: each operation and parameter is taken from the newest version that
//! has it, with the versions between which it is there. An operation whose path changed is there twice.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::Table;
use super::operations::{Operation, Parameter};
use crate::definition::Place;

/// All operations of a tag.
pub struct Resource {
    pub name: String,
    operations: Vec<Merged>,
    /// How many versions there are.
    count: usize,
    names: Vec<Option<String>>,
}

struct Merged {
    newest: Operation,
    first: usize,
    last: usize,
    /// With the first and last version that has each.
    parameters: IndexMap<String, (Parameter, usize, usize)>,
}

/// Merges the versions, oldest first.
pub fn merge(versions: &[(Option<&str>, &[Operation])]) -> Vec<Resource> {
    let names: Vec<Option<String>> = versions.iter().map(|(version, _)| version.map(str::to_owned)).collect();
    let mut resources: IndexMap<String, IndexMap<(String, String, String), Merged>> = IndexMap::new();
    for (version, (_, operations)) in versions.iter().enumerate() {
        for operation in *operations {
            let key = (operation.name.clone(), operation.method.clone(), operation.path.clone());
            let known = resources.entry(operation.resource.clone()).or_default();
            let merged = known.entry(key).or_insert_with(|| Merged {
                newest: operation.clone(),
                first: version,
                last: version,
                parameters: IndexMap::new(),
            });
            merged.take(operation, version);
        }
    }
    let resources = resources.into_iter().map(|(name, operations)| Resource {
        name,
        operations: operations.into_values().collect(),
        count: versions.len(),
        names: names.clone(),
    });
    resources.collect()
}

impl Merged {
    fn take(&mut self, operation: &Operation, version: usize) {
        self.newest = operation.clone();
        self.last = version;
        // The newest version's order, then what is gone.
        let mut gone = std::mem::take(&mut self.parameters);
        for parameter in &operation.parameters {
            let first = gone
                .shift_remove(&parameter.name)
                .map_or(version, |(_, first, _)| first);
            self.parameters
                .insert(parameter.name.clone(), (parameter.clone(), first, version));
        }
        self.parameters.extend(gone);
    }
}

impl Resource {
    /// The resource as a table, every operation with all its parameters.
    pub fn table(&self) -> Table {
        let mut table = Table::new();
        table.insert("resource".into(), self.name.clone().into());
        let operations: Vec<Value> = self
            .operations
            .iter()
            .map(|operation| self.operation(operation))
            .collect();
        table.insert("operation".into(), operations.into());
        table
    }

    fn operation(&self, merged: &Merged) -> Value {
        let operation = &merged.newest;
        let mut table = Table::new();
        table.insert("name".into(), operation.name.clone().into());
        if !operation.about.is_empty() {
            table.insert("about".into(), operation.about.clone().into());
        }
        table.insert("method".into(), operation.method.clone().into());
        table.insert("path".into(), operation.path.clone().into());
        if operation.reads {
            table.insert("effect".into(), "read".into());
        }
        if operation.file {
            table.insert("answer".into(), "file".into());
        }
        self.life(&mut table, (merged.first, merged.last), (0, self.count - 1));
        let mut parameters = Table::new();
        for (name, (parameter, first, last)) in &merged.parameters {
            // A path has the parameters that it names.
            if parameter.place == Place::Path && *last < merged.last {
                continue;
            }
            let mut entry = parameter.table.clone();
            self.life(&mut entry, (*first, *last), (merged.first, merged.last));
            parameters.insert(name.clone(), entry.into());
        }
        if !parameters.is_empty() {
            table.insert("parameter".into(), parameters.into());
        }
        if let Some(body) = &operation.body {
            table.insert(super::write::BODY.into(), body.clone().into());
        }
        table.into()
    }

    /// Says since and until when, where that is not the whole time of what it is a part of.
    fn life(&self, table: &mut Table, (first, last): (usize, usize), whole: (usize, usize)) {
        let name = |version: usize| self.names.get(version).and_then(Option::as_ref).map(|name| json!(name));
        if let Some(version) = name(first).filter(|_| first > whole.0) {
            table.insert("since".into(), version);
        }
        if let Some(version) = name(last).filter(|_| last < whole.1) {
            table.insert("until".into(), version);
        }
    }
}
