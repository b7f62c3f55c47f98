//! `patchbay nodes`: what can be run: nodes, versions, resources, operations, parameters.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use patchbay_actions::Library;
use patchbay_actions::definition::Version;
use patchbay_actions::describe::{
    self, OperationDescription, ParameterDescription, ResourceDescription, ServiceDescription,
};
use patchbay_actions::library::LazyService;
use patchbay_actions::{changes, reference};
use patchbay_model::diagnostic::nearest;
use patchbay_model::{Object, Value};
use patchbay_node::{Description, Kind};

use crate::exit::Exit;
use crate::registry;
use crate::render;
use crate::render::tell_line;

#[derive(Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
    /// A folder of further node definitions; repeatable
    #[arg(long, global = true, value_name = "DIR")]
    nodes: Vec<PathBuf>,
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
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
  patchbay nodes show 3cx users \"List Groups\"
  patchbay nodes show 3cx --version 20.0.7")]
    Show {
        /// `set`, `n8n-nodes-base.set`, `3cx`
        node: String,
        resource: Option<String>,
        operation: Option<String>,
        /// Only what this version of the service has
        #[arg(long, value_parser = parse_version)]
        version: Option<Version>,
    },
    /// List what changed between two versions of a service
    #[command(after_help = "Examples:
  patchbay nodes diff 20.0.7 20.0.10
  patchbay nodes diff 20.0.7 20.0.10 --format json")]
    Diff {
        /// The older version
        #[arg(value_parser = parse_version)]
        from: Version,
        /// The newer version
        #[arg(value_parser = parse_version)]
        to: Version,
        /// The service, where there are several
        #[arg(long, default_value = "3cx")]
        service: String,
    },
    /// Write the reference pages of a service: an index, and a page for each resource
    #[command(after_help = "Examples:
  patchbay nodes docs 3cx --out docs/3cx")]
    Docs {
        service: String,
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

fn parse_version(text: &str) -> Result<Version, String> {
    text.parse().map_err(|_| "not a version such as 20.0.7".to_owned())
}

/// What is shown, for people and for programs.
struct Shown {
    human: String,
    json: Value,
}

/// There is nothing of that name.
struct Unknown {
    message: String,
    hint: String,
}

pub fn run(options: &Options) -> Exit {
    let library = match registry::library(&options.nodes) {
        Ok(library) => library,
        Err(exit) => return exit,
    };
    let shown = match &options.command {
        Command::List => Ok(list(&library)),
        Command::Show {
            node,
            resource,
            operation,
            version,
        } => show(
            &library,
            node,
            resource.as_deref(),
            operation.as_deref(),
            version.as_ref(),
        ),
        Command::Diff { from, to, service } => diff(&library, service, from, to),
        Command::Docs { service, out } => match find_service(&library, service) {
            Ok(service) => return write_pages(service, out),
            Err(unknown) => Err(unknown),
        },
    };
    match (shown, options.format) {
        (Ok(shown), Format::Human) => render::print(&shown.human),
        (Ok(shown), Format::Json) => render::print(&(shown.json.to_json_pretty() + "\n")),
        (Err(unknown), _) => {
            tell_line!("error[E0805]: {}\nhint: {}", unknown.message, unknown.hint);
            return Exit::Usage;
        }
    }
    Exit::Success
}

fn list(library: &Library) -> Shown {
    let mut rows: Vec<[String; 3]> = patchbay_core_nodes::all()
        .iter()
        .map(|node| node.description())
        .map(|node| [node.name.to_owned(), versions(node.versions), node.title.to_owned()])
        .collect();
    rows.sort();
    for service in library.services() {
        let service = describe::service(service);
        let operations: usize = service.resources.iter().map(|resource| resource.operations.len()).sum();
        let about = format!(
            "{}: {} of {}",
            service.title,
            count(operations, "operation"),
            count(service.resources.len(), "resource")
        );
        rows.extend(
            service
                .types
                .iter()
                .map(|kind| [kind.clone(), "1".to_owned(), about.clone()]),
        );
    }
    let json = rows.iter().map(|[kind, versions, title]| {
        let fields = [("type", kind), ("versions", versions), ("title", title)];
        Value::object(
            fields
                .into_iter()
                .map(|(key, text)| (key, text.as_str()))
                .collect::<Object>(),
        )
    });
    Shown {
        json: json.collect::<Vec<_>>().into(),
        human: table(&rows),
    }
}

fn diff(library: &Library, service: &str, from: &Version, to: &Version) -> Result<Shown, Unknown> {
    let service = find_service(library, service)?;
    let known = changes::versions(service);
    let is_known = |version: &Version| known.iter().any(|known| version.is_build_of(known));
    if let Some(unknown) = [from, to]
        .into_iter()
        .find(|version| !known.is_empty() && !is_known(version))
    {
        let known: Vec<String> = known.iter().map(Version::to_string).collect();
        return Err(Unknown {
            message: format!("there is no version {unknown} of {}", service.definition().title),
            hint: format!("there is `{}`", known.join("`, `")),
        });
    }
    let changes = changes::between(service, from, to);
    let list = |title: &str, operations: &[(String, String)]| match operations {
        [] => String::new(),
        operations => {
            let rows = operations
                .iter()
                .map(|(resource, operation)| format!("  {resource} / {operation}\n"));
            format!("{title} ({})\n{}\n", operations.len(), rows.collect::<String>())
        }
    };
    let mut human = list("added", &changes.added) + &list("removed", &changes.removed);
    if !changes.changed.is_empty() {
        human += &format!("changed ({})\n", changes.changed.len());
    }
    for operation in &changes.changed {
        human += &format!("  {} / {}\n", operation.resource, operation.operation);
        for change in &operation.changes {
            human += &format!("    {}\n", change.to_text());
        }
    }
    if human.is_empty() {
        human = format!("nothing changed between {from} and {to}\n");
    }
    Ok(Shown {
        human,
        json: changes.to_value(),
    })
}

fn find_service<'a>(library: &'a Library, name: &str) -> Result<&'a Arc<LazyService>, Unknown> {
    library.service(name).ok_or_else(|| {
        let known: Vec<&str> = library
            .services()
            .map(|service| service.definition().folder.as_str())
            .collect();
        Unknown {
            message: format!("there is no service `{name}`"),
            hint: format!("there is `{}`", known.join("`, `")),
        }
    })
}

/// Writes the pages of a service; pages of resources that are no more are left to whoever keeps the folder.
fn write_pages(service: &LazyService, out: &Path) -> Exit {
    let pages = reference::pages(service);
    let written = std::fs::create_dir_all(out).and_then(|()| {
        pages
            .iter()
            .try_for_each(|(file, text)| std::fs::write(out.join(file), text))
    });
    match written {
        Ok(()) => {
            tell_line!("{} pages in {}", pages.len(), out.display());
            Exit::Success
        }
        Err(error) => {
            tell_line!("error[E0810]: `{}` can not be written: {error}", out.display());
            tell_line!("hint: may you write to its folder, and is there space?");
            Exit::Failed
        }
    }
}

fn show(
    library: &Library,
    node: &str,
    resource: Option<&str>,
    operation: Option<&str>,
    version: Option<&Version>,
) -> Result<Shown, Unknown> {
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
    let unknown = |unknown: describe::Unknown| Unknown {
        message: unknown.message,
        hint: unknown.hint,
    };
    match (resource, operation) {
        (None, _) => {
            let mut service = describe::service(service);
            if let Some(version) = version {
                service.keep_version(version);
            }
            Ok(Shown {
                human: service_text(&service),
                json: service.to_value(),
            })
        }
        (Some(resource), None) => {
            let mut resource = describe::resource(service, resource).map_err(unknown)?;
            if let Some(version) = version {
                resource.keep_version(version);
            }
            Ok(Shown {
                human: resource_text(&resource),
                json: resource.to_value(),
            })
        }
        (Some(resource), Some(operation)) => {
            let mut variants = describe::operation(service, resource, operation).map_err(unknown)?;
            if let Some(version) = version {
                let lives: Vec<String> = variants.iter().map(|variant| variant.life.to_string()).collect();
                variants.retain(|variant| variant.life.includes(version));
                if variants.is_empty() {
                    return Err(Unknown {
                        message: format!("`{operation}` is not in version {version}"),
                        hint: format!("it is there {}", lives.join(" and ")),
                    });
                }
            }
            let texts: Vec<String> = variants.iter().map(operation_text).collect();
            let json: Vec<Value> = variants.iter().map(OperationDescription::to_value).collect();
            Ok(Shown {
                human: texts.join("\n"),
                json: json.into(),
            })
        }
    }
}

fn show_core(library: &Library, wanted: &str) -> Result<Shown, Unknown> {
    let nodes = patchbay_core_nodes::all();
    let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let found = nodes
        .iter()
        .map(|node| node.description())
        .find(|node| node.name.eq_ignore_ascii_case(wanted) || short(node.name).eq_ignore_ascii_case(wanted));
    if let Some(description) = found {
        return Ok(Shown {
            human: core_text(description),
            json: core_value(description),
        });
    }
    let mut known: Vec<String> = nodes.iter().map(|node| short(node.description().name)).collect();
    known.extend(
        library
            .services()
            .map(|service| service.definition().folder.to_string()),
    );
    let hint = match nearest(wanted, known.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`patchbay nodes list` shows all".to_owned(),
    };
    Err(Unknown {
        message: format!("there is no node `{wanted}`"),
        hint,
    })
}

/// `[name, type, about]` of each parameter.
fn core_parameters(node: &Description) -> Vec<[String; 3]> {
    let parameters = node.parameters.iter();
    parameters
        .map(|parameter| {
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
        })
        .collect()
}

fn core_text(node: &Description) -> String {
    let head = format!(
        "{}\n{}\n\ntype      {}\nversions  {}\n",
        node.title,
        node.about,
        node.name,
        versions(node.versions)
    );
    let rows = core_parameters(node);
    if rows.is_empty() {
        head
    } else {
        head + "\nparameters\n" + &indent(&table(&rows))
    }
}

/// `{"type", "title", "about", "versions", "parameters": [{"name", "type", "about"}]}`.
fn core_value(node: &Description) -> Value {
    let parameters = core_parameters(node).into_iter().map(|[name, kind, about]| {
        Value::object(
            [("name", name), ("type", kind), ("about", about)]
                .into_iter()
                .collect::<Object>(),
        )
    });
    let mut object = Object::new();
    object.insert("type", node.name);
    object.insert("title", node.title);
    object.insert("about", node.about);
    object.insert(
        "versions",
        node.versions.iter().copied().map(Value::from).collect::<Vec<_>>(),
    );
    object.insert("parameters", parameters.collect::<Vec<_>>());
    Value::object(object)
}

fn service_text(service: &ServiceDescription) -> String {
    let resources = service.resources.iter();
    let rows: Vec<[String; 3]> = resources
        .map(|resource| {
            [
                resource.name.clone(),
                count(resource.operations.len(), "operation"),
                resource.about.clone(),
            ]
        })
        .collect();
    let fields: Vec<[String; 3]> = service
        .credential_fields
        .iter()
        .map(|field| {
            let need = match (field.required, field.secret) {
                (true, true) => "required, secret",
                (true, false) => "required",
                (false, true) => "secret",
                (false, false) => "",
            };
            [field.name.clone(), need.to_owned(), field.about.clone()]
        })
        .collect();
    format!(
        "{}\n{}\n\ntype        {}\ncredential  {}\n\nfields of the credential\n{}\nresources\n{}",
        service.title,
        service.about,
        service.types.join(", "),
        service.credential_types.join(", "),
        indent(&table(&fields)),
        indent(&table(&rows))
    )
}

fn resource_text(resource: &ResourceDescription) -> String {
    let operations = resource.operations.iter();
    let rows: Vec<[String; 3]> = operations
        .map(|operation| [operation.name.clone(), operation.versions(), operation.about.clone()])
        .collect();
    let about = if resource.about.is_empty() {
        String::new()
    } else {
        format!("{}\n", resource.about)
    };
    format!("{}\n{about}\noperations\n{}", resource.name, indent(&table(&rows)))
}

fn operation_text(operation: &OperationDescription) -> String {
    let rows: Vec<[String; 3]> = operation.parameters.iter().map(parameter_row).collect();
    let parameters = if rows.is_empty() {
        String::new()
    } else {
        format!("\nparameters\n{}", indent(&table(&rows)))
    };
    let options = if operation.options.is_empty() {
        String::new()
    } else {
        let rows: Vec<[String; 3]> = operation.options.iter().map(option_row).collect();
        format!("\nin `options`, what patchbay adds\n{}", indent(&table(&rows)))
    };
    format!(
        "{} / {}\n{}\n\n{} {}\n{}, {}\n{parameters}{options}\na node to paste into n8n\n{}\n",
        operation.resource,
        operation.name,
        operation.about,
        operation.method,
        operation.path,
        operation.effect(),
        operation.life,
        indent(&operation.example.to_json_pretty()),
    )
}

fn parameter_row(parameter: &ParameterDescription) -> [String; 3] {
    let kind = if parameter.values.is_empty() {
        parameter.kind.to_owned()
    } else {
        parameter.values_in_words().join(" | ")
    };
    let mut about = vec![format!("in the {}", parameter.place)];
    if parameter.required {
        about.push("required".to_owned());
    }
    about.extend(
        [&parameter.life, &parameter.about]
            .into_iter()
            .filter(|text| !text.is_empty())
            .cloned(),
    );
    [parameter.name.clone(), kind, about.join(", ")]
}

fn option_row(option: &ParameterDescription) -> [String; 3] {
    [option.name.clone(), option.kind.to_owned(), option.about.clone()]
}

/// `1 operation`, `2 operations`.
fn count(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
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
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}
