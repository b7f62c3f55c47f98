//! What changed between two versions of a service, for `patchbay nodes diff`: operations that came and went, and what their
//! requests take.

use std::collections::BTreeSet;
use std::sync::Arc;

use patchbay_model::{Object, Text, Value};

use crate::definition::{Life, Operation, Parameter, Version};
use crate::library::LazyService;

/// All changes from one version to another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Resource and operation.
    pub added: Vec<(String, String)>,
    pub removed: Vec<(String, String)>,
    pub changed: Vec<ChangedOperation>,
}

/// An operation that both versions have, but not alike.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedOperation {
    pub resource: String,
    pub operation: String,
    pub changes: Vec<Change>,
}

/// One difference of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Method and path.
    Request {
        from: String,
        to: String,
    },
    ParameterAdded(String),
    ParameterRemoved(String),
    ParameterType {
        parameter: String,
        from: &'static str,
        to: &'static str,
    },
    /// Of a parameter's allowed values: those that came, and those that went.
    ParameterValues {
        parameter: String,
        added: Vec<String>,
        removed: Vec<String>,
    },
}

/// The versions with which anything came or after which it went, oldest first; reads all resources.
pub fn versions(service: &LazyService) -> Vec<Version> {
    let mut versions = BTreeSet::new();
    let mut add = |life: &Life| versions.extend(life.since.iter().chain(&life.until).cloned());
    for operation in service
        .resources()
        .flat_map(|resource| resource.operations.values())
        .flatten()
    {
        add(&operation.life);
        for form in operation.parameters.iter().flat_map(|parameter| parameter.forms()) {
            add(&form.life);
        }
    }
    let operations = service.resources().flat_map(|resource| resource.operations.values());
    let forms = operations.flatten().flat_map(|operation| &operation.parameters);
    let values = forms
        .flat_map(|parameter| parameter.forms())
        .flat_map(|form| &form.newer_values);
    versions.extend(values.map(|(_, version)| version.clone()));
    versions.into_iter().collect()
}

/// Compares two versions; reads all resources.
pub fn between(service: &LazyService, from: &Version, to: &Version) -> Changes {
    let mut changes = Changes::default();
    for resource in service.resources() {
        for variants in resource.operations.values() {
            let in_version = |version: &Version| variants.iter().find(|variant| variant.life.includes(version));
            let name = |operation: &Operation| (resource.name.to_string(), operation.name.to_string());
            match (in_version(from), in_version(to)) {
                (None, None) => {}
                (None, Some(operation)) => changes.added.push(name(operation)),
                (Some(operation), None) => changes.removed.push(name(operation)),
                (Some(old), Some(new)) => {
                    let found = of_operation(old, new, from, to);
                    if !found.is_empty() {
                        let (resource, operation) = name(new);
                        changes.changed.push(ChangedOperation {
                            resource,
                            operation,
                            changes: found,
                        });
                    }
                }
            }
        }
    }
    changes
}

fn of_operation(old: &Operation, new: &Operation, from: &Version, to: &Version) -> Vec<Change> {
    let mut changes = Vec::new();
    let request = |operation: &Operation| format!("{} {}", operation.method, operation.path.to_plain());
    if request(old) != request(new) {
        changes.push(Change::Request {
            from: request(old),
            to: request(new),
        });
    }
    let before = parameters(old, from);
    let after = parameters(new, to);
    for parameter in &after {
        match before.iter().find(|known| known.name == parameter.name) {
            None => changes.push(Change::ParameterAdded(parameter.name.to_string())),
            Some(known) => changes.extend(of_parameter(known, parameter, from, to)),
        }
    }
    let gone = before
        .iter()
        .filter(|known| after.iter().all(|parameter| parameter.name != known.name));
    changes.extend(gone.map(|known| Change::ParameterRemoved(known.name.to_string())));
    changes
}

/// The parameters of a version, in its form.
fn parameters<'a>(operation: &'a Operation, version: &Version) -> Vec<&'a Parameter> {
    let forms = operation.parameters.iter().map(Arc::as_ref);
    forms
        .filter_map(|parameter| parameter.forms().find(|form| form.life.includes(version)))
        .collect()
}

fn of_parameter(old: &Parameter, new: &Parameter, from: &Version, to: &Version) -> Option<Change> {
    let parameter = new.name.to_string();
    if old.kind != new.kind {
        return Some(Change::ParameterType {
            parameter,
            from: old.kind.as_str(),
            to: new.kind.as_str(),
        });
    }
    let (before, after) = (values(old, from), values(new, to));
    let without = |these: &[&Text], others: &[&Text]| {
        let these = these.iter().filter(|value| !others.contains(value));
        these.map(ToString::to_string).collect::<Vec<String>>()
    };
    let (added, removed) = (without(&after, &before), without(&before, &after));
    (!added.is_empty() || !removed.is_empty()).then_some(Change::ParameterValues {
        parameter,
        added,
        removed,
    })
}

/// The allowed values in a version.
fn values<'a>(parameter: &'a Parameter, version: &Version) -> Vec<&'a Text> {
    let is_there = |value: &&Text| {
        let since = parameter.newer_values.iter().find(|(newer, _)| newer == *value);
        since.is_none_or(|(_, since)| since <= version)
    };
    parameter.values.iter().filter(is_there).collect()
}

impl Change {
    /// In words: `Label is new`.
    pub fn to_text(&self) -> String {
        let names = |names: &[String]| format!("`{}`", names.join("`, `"));
        match self {
            Self::Request { from, to } => format!("`{from}` is now `{to}`"),
            Self::ParameterAdded(parameter) => format!("`{parameter}` is new"),
            Self::ParameterRemoved(parameter) => format!("`{parameter}` is gone"),
            Self::ParameterType { parameter, from, to } => format!("`{parameter}` was {from} and is {to}"),
            Self::ParameterValues {
                parameter,
                added,
                removed,
            } => match (added.is_empty(), removed.is_empty()) {
                (false, true) => format!("`{parameter}` may also be {}", names(added)),
                (true, _) => format!("`{parameter}` can no longer be {}", names(removed)),
                (false, false) => format!("`{parameter}` may be {} and no longer {}", names(added), names(removed)),
            },
        }
    }

    /// `{"what": "request"|"added"|"removed"|"type"|"values", "parameter"?, "from"?, "to"?, "added"?, "removed"?}`.
    fn to_value(&self) -> Value {
        let mut object = Object::new();
        let mut put = |what: &str, entries: Vec<(&str, Value)>| {
            object.insert("what", what);
            for (key, value) in entries {
                object.insert(key, value);
            }
        };
        let text = |text: &str| Value::text(text);
        match self {
            Self::Request { from, to } => put("request", vec![("from", text(from)), ("to", text(to))]),
            Self::ParameterAdded(name) => put("added", vec![("parameter", text(name))]),
            Self::ParameterRemoved(name) => put("removed", vec![("parameter", text(name))]),
            Self::ParameterType { parameter, from, to } => put(
                "type",
                vec![("parameter", text(parameter)), ("from", text(from)), ("to", text(to))],
            ),
            Self::ParameterValues {
                parameter,
                added,
                removed,
            } => put(
                "values",
                vec![
                    ("parameter", text(parameter)),
                    ("added", texts(added)),
                    ("removed", texts(removed)),
                ],
            ),
        }
        Value::object(object)
    }
}

impl Changes {
    /// `{"added": [{"resource", "operation"}], "removed": [...], "changed": [{"resource", "operation", "changes": [...]}]}`.
    pub fn to_value(&self) -> Value {
        let named = |operations: &[(String, String)]| {
            let operations = operations
                .iter()
                .map(|(resource, operation)| Value::object(name(resource, operation)));
            Value::array(operations.collect::<Vec<_>>())
        };
        let changed = self.changed.iter().map(|operation| {
            let mut object = name(&operation.resource, &operation.operation);
            let changes: Vec<Value> = operation.changes.iter().map(Change::to_value).collect();
            object.insert("changes", changes);
            Value::object(object)
        });
        let mut object = Object::new();
        object.insert("added", named(&self.added));
        object.insert("removed", named(&self.removed));
        object.insert("changed", changed.collect::<Vec<_>>());
        Value::object(object)
    }
}

fn name(resource: &str, operation: &str) -> Object {
    [("resource", resource), ("operation", operation)].into_iter().collect()
}

fn texts(texts: &[String]) -> Value {
    Value::array(texts.iter().map(|text| Value::text(text.as_str())).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    fn changes(from: &str, to: &str) -> Changes {
        let library = Library::built_in();
        let version = |text: &str| text.parse().expect("a version");
        between(library.service("3cx").expect("3CX"), &version(from), &version(to))
    }

    #[test]
    fn versions_differ_by_what_came_and_went() {
        let found = changes("20.0.7", "20.0.10");
        assert_eq!(601 - 548, found.added.len() - found.removed.len());
        let newer = changes("20.0.9", "20.0.10");
        let syslog = newer
            .changed
            .iter()
            .find(|operation| operation.operation == "Update Syslog Settings");
        let texts: Vec<String> = syslog.expect("a change").changes.iter().map(Change::to_text).collect();
        assert_eq!(
            texts[..2],
            [
                "`IntegrationType` may be `None` and no longer `Splunk`, `Elastic`, `Datadog`",
                "`DatadogConfig` is gone"
            ]
        );
        let back = changes("20.0.10", "20.0.7");
        assert_eq!((back.added, back.removed), (found.removed, found.added));
    }

    #[test]
    fn a_version_is_like_itself() {
        assert_eq!(changes("20.0.7", "20.0.7"), Changes::default());
    }

    #[test]
    fn a_type_that_changed_is_told() {
        let found = changes("20.0.4", "20.0.5");
        let texts = found
            .changed
            .iter()
            .flat_map(|operation| operation.changes.iter().map(Change::to_text));
        assert!(
            texts
                .into_iter()
                .any(|text| text == "`AuthPassword` was string and is object")
        );
    }
}
