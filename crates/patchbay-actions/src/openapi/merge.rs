//! Lays several versions of an API over each other: each operation and parameter is taken from the newest version that
//! has it, with the versions between which it is there. An operation whose path changed is there twice.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::Table;
use super::operations::{Operation, Parameter};
use crate::definition::Place;
use crate::library::resource_key;

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

/// By name, method, path, and how often it was gone in between.
type Operations = IndexMap<(String, String, String, usize), Merged>;

/// A parameter in all its forms, oldest first.
struct MergedParameter {
    forms: Vec<Form>,
}

/// What a parameter is for some versions.
struct Form {
    newest: Parameter,
    first: usize,
    last: usize,
    /// Each allowed value, with the first version that has it; none where any is allowed.
    values: IndexMap<String, usize>,
}

/// Merges the versions, oldest first.
pub fn merge(versions: &[(Option<&str>, &[Operation])]) -> Vec<Resource> {
    let names: Vec<Option<String>> = versions.iter().map(|(version, _)| version.map(str::to_owned)).collect();
    // Names that differ only in case are one, as they are to whoever looks a resource up.
    let mut resources: IndexMap<String, (String, Operations)> = IndexMap::new();
    for (version, (_, operations)) in versions.iter().enumerate() {
        for operation in *operations {
            let (_, known) = resources
                .entry(resource_key(&operation.resource))
                .or_insert_with(|| (operation.resource.clone(), IndexMap::new()));
            let (name, method, path) = (&operation.name, &operation.method, &operation.path);
            let mut key = (name.clone(), method.clone(), path.clone(), 0);
            while known.get(&key).is_some_and(|before| before.last + 1 < version) {
                key.3 += 1;
            }
            let merged = known.entry(key).or_insert_with(|| Merged {
                newest: operation.clone(),
                first: version,
                last: version,
                parameters: IndexMap::new(),
            });
            merged.take(operation, version);
        }
    }
    let resources = resources.into_values().map(|(name, operations)| Resource {
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
            let mut merged = gone
                .shift_remove(&parameter.name)
                .unwrap_or(MergedParameter { forms: Vec::new() });
            merged.take(parameter, version);
            self.parameters.insert(parameter.name.clone(), merged);
        }
        self.parameters.extend(gone);
    }
}

impl MergedParameter {
    /// Goes on with the newest form, or begins another: where the type is another one, a value is gone, any text was allowed,
    /// null is allowed now or no more, it became required or is no more, or a version before does not have it.
    fn take(&mut self, parameter: &Parameter, version: usize) {
        let values = values_of(parameter);
        let goes_on = |form: &Form| {
            let kind =
                |parameter: &Parameter| ["type", "nullable", "required"].map(|key| parameter.table.get(key).cloned());
            let keeps_values =
                form.values.is_empty() == values.is_empty() && form.values.keys().all(|value| values.contains(value));
            kind(&form.newest) == kind(parameter) && keeps_values && form.last + 1 >= version
        };
        match self.forms.last_mut() {
            Some(form) if goes_on(form) => {
                let first = |value: &String| form.values.get(value).copied().unwrap_or(version);
                let dated = values.iter().map(|value| (value.clone(), first(value)));
                form.values = dated.collect();
                form.newest = parameter.clone();
                form.last = version;
            }
            _ => self.forms.push(Form {
                newest: parameter.clone(),
                first: version,
                last: version,
                values: values.into_iter().map(|value| (value, version)).collect(),
            }),
        }
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
        if let Some(content_type) = &operation.content_type {
            table.insert("content-type".into(), content_type.clone().into());
        }
        if operation.file {
            table.insert("answer".into(), "file".into());
        }
        self.life(&mut table, (merged.first, merged.last), (0, self.count - 1));
        let mut parameters = Table::new();
        let whole = (merged.first, merged.last);
        for (name, parameter) in &merged.parameters {
            // A path has the parameters that it names.
            let gone = |form: &Form| form.newest.place == Place::Path && form.last < merged.last;
            let forms: Vec<Value> = match parameter.forms.as_slice() {
                [.., newest] if gone(newest) => continue,
                forms => forms.iter().map(|form| self.form(form, whole)).collect(),
            };
            parameters.insert(
                name.clone(),
                match <[Value; 1]>::try_from(forms) {
                    Ok([only]) => only,
                    Err(forms) => forms.into(),
                },
            );
        }
        if !parameters.is_empty() {
            table.insert("parameter".into(), parameters.into());
        }
        if let Some(body) = &operation.body {
            table.insert(super::write::BODY.into(), body.clone().into());
        }
        table.into()
    }

    fn form(&self, form: &Form, whole: (usize, usize)) -> Value {
        let mut entry = form.newest.table.clone();
        if form.values.is_empty() {
            entry.shift_remove("values");
        }
        let newer = form.values.iter().filter(|(_, first)| **first > form.first);
        let newer = newer.filter_map(|(value, first)| Some((value.clone(), self.names.get(*first)?.clone()?.into())));
        let newer: Table = newer.collect();
        if !newer.is_empty() {
            entry.insert("values-since".into(), newer.into());
        }
        self.life(&mut entry, (form.first, form.last), whole);
        entry.into()
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

fn values_of(parameter: &Parameter) -> Vec<String> {
    let values = parameter.table.get("values").and_then(Value::as_array);
    values
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
