//! `patchbay nodes`: what can be run: nodes, versions, resources, operations, parameters.
//! What one of them is, is shown by [`show`].

mod core_node;
mod show;
mod table;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use patchbay_actions::Library;
use patchbay_actions::definition::Version;
use patchbay_actions::describe;
use patchbay_actions::library::LazyService;
use patchbay_actions::{changes, reference};
use patchbay_model::{Object, Value};

use self::show::show;
use self::table::{count, table, versions};
use super::Format;
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

/// Refuses versions that a service does not have; one whose versions nobody tells may have any.
fn check_versions<'a>(service: &LazyService, versions: impl IntoIterator<Item = &'a Version>) -> Result<(), Unknown> {
    let known = changes::versions(service);
    let is_known = |version: &Version| known.is_empty() || known.iter().any(|known| version.is_build_of(known));
    match versions.into_iter().find(|version| !is_known(version)) {
        None => Ok(()),
        Some(unknown) => {
            let known: Vec<String> = known.iter().map(Version::to_string).collect();
            Err(Unknown {
                message: format!("there is no version {unknown} of {}", service.definition().title),
                hint: format!("there is `{}`", known.join("`, `")),
            })
        }
    }
}

fn diff(library: &Library, service: &str, from: &Version, to: &Version) -> Result<Shown, Unknown> {
    let service = find_service(library, service)?;
    check_versions(service, [from, to])?;
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
