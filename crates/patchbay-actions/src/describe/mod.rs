//! What there is to run, for `patchbay nodes`: services, resources, operations, and a node to paste for each.
//! The node is made by [`example`], and all of it is written as JSON by [`json`].

mod example;
mod json;

use std::sync::Arc;

use patchbay_model::Value;
use patchbay_model::diagnostic::nearest;
use patchbay_node::capability::http::Effect;

use crate::definition::fault::list;
use crate::definition::{Answer, CredentialField, Life, Operation, Parameter, Resource, Version};
use crate::library::{Found, LazyService};
use crate::request::extras::EXTRAS;

/// A service with its resources.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceDescription {
    /// `3cx`: the folder, by which people name it.
    pub name: String,
    pub title: String,
    pub about: String,
    /// Its node types in workflow files.
    pub types: Vec<String>,
    pub credential_types: Vec<String>,
    /// The fields of a credential.
    pub credential_fields: Vec<FieldDescription>,
    pub resources: Vec<ResourceDescription>,
}

/// A field of a credential.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDescription {
    pub name: String,
    pub about: String,
    pub required: bool,
    /// It is never shown.
    pub secret: bool,
}

/// A resource with the names of its operations.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceDescription {
    pub name: String,
    pub about: String,
    pub operations: Vec<OperationSummary>,
}

/// An operation as its resource lists it.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationSummary {
    pub name: String,
    /// One sentence.
    pub about: String,
    /// The versions that have it, one for each of its forms.
    lives: Vec<Life>,
}

/// An operation with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationDescription {
    pub resource: String,
    pub name: String,
    pub about: String,
    pub method: String,
    /// `/xapi/v1/Users({Id})/Groups`.
    pub path: String,
    /// Whether it changes anything.
    pub writes: bool,
    /// Its answer is a file.
    pub gives_file: bool,
    /// It gives its answer page by page.
    pub paged: bool,
    /// The versions that have it: `in every version`, `since 20.0.8`.
    pub life: Life,
    pub parameters: Vec<ParameterDescription>,
    /// What patchbay adds: keys of the collection `options`, where they do something.
    pub options: Vec<ParameterDescription>,
    /// A node to paste into n8n, or into a file: `{"nodes": [...], "connections": {}}`.
    pub example: Value,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterDescription {
    pub name: String,
    /// `path`, `query`, `header`, `body`, `content`; of what patchbay adds, `options`.
    pub place: &'static str,
    /// `integer`, `date-time`, `array`, …
    pub kind: &'static str,
    pub required: bool,
    /// The allowed values; any, if there are none.
    pub values: Vec<String>,
    /// Those of them that only newer versions know, with the first that does.
    pub newer_values: Vec<(String, String)>,
    pub about: String,
    /// What an array or an object is made of: `[{GroupId: integer}]`; empty where nothing is known of it.
    pub holds: String,
    /// As for operations; empty where it is there as long as its operation.
    pub life: String,
}

/// There is nothing of that name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    pub message: String,
    pub hint: String,
}

/// A service; reads all its resources.
pub fn service(service: &LazyService) -> ServiceDescription {
    let definition = service.definition();
    ServiceDescription {
        name: definition.folder.to_string(),
        title: definition.title.to_string(),
        about: definition.about.to_string(),
        types: definition.types.iter().map(ToString::to_string).collect(),
        credential_types: definition.credential.types.iter().map(ToString::to_string).collect(),
        credential_fields: definition.credential.fields.iter().map(describe_field).collect(),
        resources: service.resources().map(describe_resource).collect(),
    }
}

fn describe_field(field: &CredentialField) -> FieldDescription {
    FieldDescription {
        name: field.name.to_string(),
        about: field.about.to_string(),
        required: field.required,
        secret: field.secret,
    }
}

/// A resource by its name.
pub fn resource(service: &LazyService, name: &str) -> Result<ResourceDescription, Unknown> {
    find_resource(service, name).map(describe_resource)
}

/// An operation by its resource's name and its own; one for each of its forms, oldest first.
pub fn operation(service: &LazyService, resource: &str, name: &str) -> Result<Vec<OperationDescription>, Unknown> {
    let resource = find_resource(service, resource)?;
    let Some(variants) = resource.variants(name) else {
        let known: Vec<&str> = resource.operation_names().collect();
        let message = format!("`{}` has no operation `{name}`", resource.name);
        return Err(unknown(message, name, &known));
    };
    let described = variants.iter().map(|operation| describe(service, resource, operation));
    Ok(described.collect())
}

fn find_resource<'a>(service: &'a LazyService, name: &str) -> Result<&'a Resource, Unknown> {
    match service.resource(name) {
        Found::Yes(resource) => Ok(resource),
        Found::No => {
            let names = service.resource_names();
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            Err(unknown(
                format!("{} has no resource `{name}`", service.definition().title),
                name,
                &known,
            ))
        }
        Found::Faulty(faults) => Err(Unknown {
            message: format!("the definition of `{name}` has faults"),
            hint: faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }),
    }
}

fn unknown(message: String, name: &str, known: &[&str]) -> Unknown {
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", list(known)),
    };
    Unknown { message, hint }
}

fn describe_resource(resource: &Resource) -> ResourceDescription {
    let summary = |variants: &Vec<Arc<Operation>>| {
        let newest = variants.last()?;
        Some(OperationSummary {
            name: newest.name.to_string(),
            about: newest.about.to_string(),
            lives: variants.iter().map(|operation| operation.life.clone()).collect(),
        })
    };
    ResourceDescription {
        name: resource.name.to_string(),
        about: resource.about.to_string(),
        operations: resource.operations.values().filter_map(summary).collect(),
    }
}

fn describe(service: &LazyService, resource: &Resource, operation: &Operation) -> OperationDescription {
    let definition = service.definition();
    let paged = definition
        .paging
        .as_ref()
        .is_some_and(|paging| operation.is_paged(paging));
    OperationDescription {
        resource: resource.name.to_string(),
        name: operation.name.to_string(),
        about: operation.about.to_string(),
        method: operation.method.to_string(),
        path: format!("{}{}", definition.connection.path, operation.path.to_plain()),
        writes: operation.effect == Effect::Write,
        gives_file: operation.answer == Answer::File,
        paged,
        life: operation.life.clone(),
        parameters: operation
            .parameters
            .iter()
            .flat_map(|parameter| parameter.forms())
            .map(describe_parameter)
            .collect(),
        options: (EXTRAS
            .iter()
            .filter(|extra| paged && operation.parameter(&extra.name).is_none()))
        .map(describe_option)
        .collect(),
        example: example::node(service, resource, operation),
    }
}

fn describe_parameter(parameter: &Parameter) -> ParameterDescription {
    ParameterDescription {
        name: parameter.name.to_string(),
        place: parameter.place.as_str(),
        kind: parameter.kind.as_str(),
        required: parameter.required,
        values: parameter.values.iter().map(ToString::to_string).collect(),
        newer_values: (parameter.newer_values.iter())
            .map(|(value, since)| (value.to_string(), since.to_string()))
            .collect(),
        about: parameter.about.to_string(),
        holds: parameter.holds.to_string(),
        life: if parameter.life == Life::default() {
            String::new()
        } else {
            parameter.life.to_string()
        },
    }
}

impl ServiceDescription {
    /// Leaves out what the version does not have.
    pub fn keep_version(&mut self, version: &Version) {
        for resource in &mut self.resources {
            resource.keep_version(version);
        }
        self.resources.retain(|resource| !resource.operations.is_empty());
    }
}

impl ResourceDescription {
    /// Leaves out what the version does not have.
    pub fn keep_version(&mut self, version: &Version) {
        let has = |life: &Life| life.includes(version);
        self.operations.retain(|operation| operation.lives.iter().any(has));
    }
}

impl OperationSummary {
    /// `since 20.0.8`; empty where it is in every version.
    pub fn versions(&self) -> String {
        let whole = Life {
            since: self.lives.first().and_then(|life| life.since.clone()),
            until: self.lives.last().and_then(|life| life.until.clone()),
        };
        if whole == Life::default() {
            String::new()
        } else {
            whole.to_string()
        }
    }
}

impl OperationDescription {
    /// What it does, in words: `reads, gives a file`.
    pub fn effect(&self) -> &'static str {
        match (self.writes, self.gives_file) {
            (false, false) => "reads",
            (false, true) => "reads, gives a file",
            (true, false) => "writes",
            (true, true) => "writes, gives a file",
        }
    }
}

impl ParameterDescription {
    /// The allowed values, each with the version that it is there since, if it has not always been.
    pub fn values_in_words(&self) -> Vec<String> {
        let in_words = |value: &String| match self.newer_values.iter().find(|(newer, _)| newer == value) {
            Some((value, since)) => format!("{value} (since {since})"),
            None => value.clone(),
        };
        self.values.iter().map(in_words).collect()
    }
}

fn describe_option(extra: &Parameter) -> ParameterDescription {
    ParameterDescription {
        place: "options",
        ..describe_parameter(extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    #[test]
    fn a_get_that_makes_something_writes() {
        let library = Library::built_in();
        let service = library.service("3CX").expect("3CX");
        for (resource, name, writes) in [
            ("Conference Settings", "Generate Api Key", true),
            ("Users", "Generate Prov Link", true),
            ("My User", "My User Generate Prov Link", true),
            ("Trunks", "Init Master Bridge", true),
            ("Trunks", "Init Slave Bridge", true),
            ("System Status", "API Token", false),
            ("Users", "List User", false),
        ] {
            let found = operation(service, resource, name).expect("the operation");
            assert_eq!((found[0].method.as_str(), found[0].writes), ("GET", writes), "{name}");
        }
    }

    #[test]
    fn a_version_has_its_own_operations() {
        let library = Library::built_in();
        let described = |version: &str| {
            let mut found = service(library.service("3CX").expect("3CX"));
            found.keep_version(&version.parse().expect("a version"));
            let count: usize = found.resources.iter().map(|resource| resource.operations.len()).sum();
            (
                count,
                found.resources.iter().any(|resource| resource.name == "AI Settings"),
            )
        };
        // As many as its OpenAPI file has.
        assert_eq!(described("20.0.7"), (548, false));
        assert_eq!(described("20.0.10"), (601, true));
    }

    #[test]
    fn an_operation_describes_itself() {
        let library = Library::built_in();
        let service = library.service("3CX").expect("3CX");
        let found = operation(service, "service principals", "update service principal").expect("the operation");
        insta::assert_snapshot!(found[0].to_value().to_json_pretty());
    }

    #[test]
    fn every_example_passes_the_nodes_own_check() {
        let library = Library::built_in();
        let mut registry = patchbay_node::Registry::new();
        library.register(&mut registry);
        for service in library.services() {
            for resource in service.resources() {
                for operation in resource.operations.values().flatten() {
                    let text = example::node(service, resource, operation).to_json();
                    let (workflows, _) = patchbay_model::workflow::read(&text);
                    let made = &workflows[0].nodes[0];
                    let node = registry.find(&made.kind).expect("the service's node");
                    let faults = node.check(made);
                    assert_eq!(faults, [], "{} / {}", resource.name, operation.name);
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is_near() {
        let library = Library::built_in();
        let service = library.service("3cx").expect("3CX");
        let error = resource(service, "Uses").expect_err("nothing");
        assert_eq!(
            (error.message.as_str(), error.hint.as_str()),
            ("3CX has no resource `Uses`", "did you mean `Users`?")
        );
        let error = operation(service, "users", "List Gruops").expect_err("nothing");
        assert_eq!(
            (error.message.as_str(), error.hint.as_str()),
            ("`Users` has no operation `List Gruops`", "did you mean `List Groups`?")
        );
    }
}
