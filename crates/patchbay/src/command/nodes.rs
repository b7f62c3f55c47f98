//! `patchbay nodes`: what can be run: nodes, versions, resources, operations, parameters.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use patchbay_actions::Library;
use patchbay_actions::definition::{Operation, Parameter, Place, Resource};
use patchbay_actions::library::{Found, LazyService};
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use patchbay_node::{Description, Kind, ParameterDescription};

use crate::exit::Exit;
use crate::registry;

#[derive(Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
    /// A folder of further node definitions; repeatable
    #[arg(long, global = true, value_name = "DIR")]
    nodes: Vec<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// List the nodes that can be run, with their versions
    List,
    /// Show a node, or a resource or an operation of a service
    #[command(after_help = "Examples:
  patchbay nodes show set
  patchbay nodes show 3cx
  patchbay nodes show 3cx users
  patchbay nodes show 3cx users \"List Groups\"")]
    Show {
        /// `set`, `n8n-nodes-base.set`, `3cx`
        node: String,
        resource: Option<String>,
        operation: Option<String>,
    },
}

pub fn run(options: &Options) -> Exit {
    let shown = registry::library(&options.nodes).map(|library| match &options.command {
        Command::List => Ok(list(&library)),
        Command::Show {
            node,
            resource,
            operation,
        } => show(&library, node, resource.as_deref(), operation.as_deref()),
    });
    match shown {
        Ok(Ok(text)) => {
            print!("{text}");
            Exit::Success
        }
        Ok(Err(fault)) => {
            eprintln!("error[E0805]: {fault}");
            Exit::Usage
        }
        Err(exit) => exit,
    }
}

fn list(library: &Library) -> String {
    let core = patchbay_core_nodes::all();
    let mut rows: Vec<[String; 3]> = core
        .iter()
        .map(|node| node.description())
        .map(|node| [node.name.to_owned(), versions(node.versions), node.title.to_owned()])
        .collect();
    rows.sort();
    for service in library.services() {
        let definition = service.definition();
        for kind in &definition.types {
            let operations: usize = service.resources().map(|resource| resource.operations.len()).sum();
            let resources = service.resources().count();
            let about = format!("{}: {operations} operations of {resources} resources", definition.title);
            rows.push([kind.to_string(), "1".to_owned(), about]);
        }
    }
    table(&rows)
}

fn show(library: &Library, node: &str, resource: Option<&str>, operation: Option<&str>) -> Result<String, String> {
    let by_type = |service: &&Arc<LazyService>| {
        service
            .definition()
            .types
            .iter()
            .any(|kind| kind.eq_ignore_ascii_case(node))
    };
    let Some(service) = library.service(node).or_else(|| library.services().find(by_type)) else {
        return show_core(library, node);
    };
    let Some(wanted) = resource else {
        return Ok(show_service(service));
    };
    let resource = match service.resource(wanted) {
        Found::Yes(resource) => resource,
        Found::No => return Err(unknown("resource", wanted, &service.resource_names())),
        Found::Faulty(faults) => return Err(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let Some(wanted) = operation else {
        return Ok(show_resource(resource));
    };
    match resource.variants(wanted).and_then(<[_]>::last) {
        Some(operation) => Ok(show_operation(service, resource, operation)),
        None => {
            let names: Vec<String> = resource.operation_names().map(str::to_owned).collect();
            Err(unknown("operation", wanted, &names))
        }
    }
}

fn unknown(what: &str, wanted: &str, known: &[String]) -> String {
    let hint = nearest(wanted, known.iter().map(String::as_str));
    let hint = hint.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    format!("there is no {what} `{wanted}`{hint}")
}

fn show_core(library: &Library, wanted: &str) -> Result<String, String> {
    let nodes = patchbay_core_nodes::all();
    let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let found = nodes
        .iter()
        .map(|node| node.description())
        .find(|node| node.name.eq_ignore_ascii_case(wanted) || short(node.name).eq_ignore_ascii_case(wanted));
    if let Some(description) = found {
        return Ok(show_description(description));
    }
    let mut known: Vec<String> = nodes.iter().map(|node| short(node.description().name)).collect();
    known.extend(
        library
            .services()
            .flat_map(|service| service.definition().types.iter().map(ToString::to_string)),
    );
    Err(unknown("node", wanted, &known) + "; see `patchbay nodes list`")
}

fn show_description(node: &Description) -> String {
    let mut text = format!(
        "{}\n{}\n\ntype      {}\nversions  {}\n",
        node.title,
        node.about,
        node.name,
        versions(node.versions)
    );
    if !node.parameters.is_empty() {
        text.push_str("\nparameters\n");
        let rows: Vec<[String; 3]> = node.parameters.iter().map(core_parameter).collect();
        text.push_str(&indent(&table(&rows)));
    }
    text
}

fn core_parameter(parameter: &ParameterDescription) -> [String; 3] {
    let kind = match parameter.kind {
        Kind::Text => "text".to_owned(),
        Kind::Number => "number".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::Options(values) => values.join(" | "),
        Kind::Json => "JSON".to_owned(),
        Kind::Collection => "collection".to_owned(),
    };
    let mut about = parameter.about.to_owned();
    if parameter.required {
        about.push_str(" (required)");
    } else if !parameter.default.is_empty() {
        about.push_str(&format!(" (default {})", parameter.default));
    }
    [parameter.name.to_owned(), kind, about]
}

fn show_service(service: &LazyService) -> String {
    let definition = service.definition();
    let types = definition
        .types
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let rows: Vec<[String; 3]> = service
        .resources()
        .map(|resource| {
            [
                resource.name.to_string(),
                format!("{} operations", resource.operations.len()),
                resource.about.to_string(),
            ]
        })
        .collect();
    format!(
        "{}\n\ntype  {types}\n\nresources\n{}",
        definition.title,
        indent(&table(&rows))
    )
}

fn show_resource(resource: &Resource) -> String {
    let rows: Vec<[String; 3]> = resource
        .operations
        .values()
        .filter_map(|variants| variants.last())
        .map(|operation| {
            [
                operation.name.to_string(),
                format!("{} {}", operation.method, operation.path.source()),
                operation.about.to_string(),
            ]
        })
        .collect();
    format!(
        "{}\n{}\n\noperations\n{}",
        resource.name,
        resource.about,
        indent(&table(&rows))
    )
}

fn show_operation(service: &LazyService, resource: &Resource, operation: &Operation) -> String {
    let rows: Vec<[String; 3]> = operation
        .parameters
        .iter()
        .map(|parameter| service_parameter(parameter))
        .collect();
    let parameters = if rows.is_empty() {
        String::new()
    } else {
        format!("\nparameters\n{}", indent(&table(&rows)))
    };
    format!(
        "{} / {}\n{}\n\n{} {}\n{parameters}\na node to paste into n8n\n{}\n",
        resource.name,
        operation.name,
        operation.about,
        operation.method,
        operation.path.source(),
        indent(&example(service, resource, operation).to_json_pretty()),
    )
}

fn service_parameter(parameter: &Parameter) -> [String; 3] {
    let kind = if parameter.values.is_empty() {
        parameter.kind.as_str().to_owned()
    } else {
        parameter
            .values
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" | ")
    };
    let mut about = format!("in the {}", parameter.place.as_str());
    if parameter.required {
        about.push_str(", required");
    }
    if !parameter.about.is_empty() {
        about.push_str(&format!(": {}", parameter.about));
    }
    [parameter.name.to_string(), kind, about]
}

/// The operation as n8n's editor stores it, with what it needs and placeholders for the values.
fn example(service: &LazyService, resource: &Resource, operation: &Operation) -> Value {
    let mut parameters = Object::new();
    parameters.insert("resource", resource.name.clone());
    parameters.insert("operation", operation.name.clone());
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| parameter.required || parameter.place == Place::Path)
    {
        parameters.insert(parameter.name.clone(), format!("={{{{ $json.{} }}}}", parameter.name));
    }
    let mut node = Object::new();
    node.insert("parameters", parameters);
    node.insert("name", operation.name.clone());
    node.insert("type", service.definition().types.first().cloned());
    node.insert("typeVersion", 1);
    node.insert("position", vec![Value::from(0), Value::from(0)]);
    let mut workflow = Object::new();
    workflow.insert("nodes", vec![Value::object(node)]);
    workflow.insert("connections", Object::new());
    Value::object(workflow)
}

fn versions(versions: &[f64]) -> String {
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Three columns, the last as long as it likes.
fn table(rows: &[[String; 3]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
            .min(44)
    };
    let (first, second) = (width(0), width(1));
    rows.iter()
        .map(|row| {
            format!("{:first$}  {:second$}  {}", row[0], row[1], row[2])
                .trim_end()
                .to_owned()
                + "\n"
        })
        .collect()
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
