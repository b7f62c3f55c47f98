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
    parameters: IndexMap<String, MergedParameter>,
}

struct MergedParameter {
    newest: Parameter,
    first: usize,
    last: usize,
    /// Each allowed value, with the first version that has it; none where some version takes any.
    values: IndexMap<String, usize>,
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
            let known = gone.shift_remove(&parameter.name);
            let merged = MergedParameter {
                newest: parameter.clone(),
                first: known.as_ref().map_or(version, |known| known.first),
                last: version,
                values: merge_values(parameter, known.as_ref(), version),
            };
            self.parameters.insert(parameter.name.clone(), merged);
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
        for (name, parameter) in &merged.parameters {
            // A path has the parameters that it names.
            if parameter.newest.place == Place::Path && parameter.last < merged.last {
                continue;
            }
            let mut entry = parameter.newest.table.clone();
            if parameter.values.is_empty() {
                entry.shift_remove("values");
            }
            let newer = parameter.values.iter().filter(|(_, first)| **first > parameter.first);
            let newer =
                newer.filter_map(|(value, first)| Some((value.clone(), self.names.get(*first)?.clone()?.into())));
            let newer: Table = newer.collect();
            if !newer.is_empty() {
                entry.insert("values-since".into(), newer.into());
            }
            self.life(
                &mut entry,
                (parameter.first, parameter.last),
                (merged.first, merged.last),
            );
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

fn merge_values(parameter: &Parameter, known: Option<&MergedParameter>, version: usize) -> IndexMap<String, usize> {
    if known.is_some_and(|known| known.values.is_empty()) {
        return IndexMap::new();
    }
    let first = |value: &String| {
        known
            .and_then(|known| known.values.get(value))
            .map_or(version, |first| *first)
    };
    let values = values_of(parameter).into_iter().map(|value| {
        let first = first(&value);
        (value, first)
    });
    values.collect()
}

fn values_of(parameter: &Parameter) -> Vec<String> {
    let values = parameter.table.get("values").and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
