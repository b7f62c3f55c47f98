//! `patchbay check`: every fault of every file, at once.

use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_model::{Diagnostics, Severity, Value};
use patchbay_node::Registry;

use super::Format;
use super::setup::{File, read_file};
use crate::exit::Exit;
use crate::registry;
use crate::render::{self, diagnostics};

#[derive(Args, Debug)]
#[command(after_help = "Examples:
  patchbay check flow.json
  patchbay check workflows/ --format json

Exit codes: 0 runs as it is, 1 names nodes, versions or parameters that are not supported, 3 not a workflow")]
pub struct Options {
    /// Workflow files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// A folder of further node definitions; repeatable
    #[arg(long, value_name = "DIR")]
    nodes: Vec<PathBuf>,
}

pub fn run(options: &Options) -> Exit {
    let registry = match registry::build(&options.nodes) {
        Ok(registry) => registry,
        Err(exit) => return exit,
    };
    let mut files = Vec::new();
    for path in &options.paths {
        if let Err(error) = collect(path, &mut files) {
            render::tell_unreadable(&path.display().to_string(), &error.to_string());
            return Exit::Invalid;
        }
    }
    let mut worst = Exit::Success;
    let mut reports = Vec::new();
    for path in &files {
        let file = match read_file(path) {
            Ok(file) => file,
            Err(exit) => {
                worst = worst.max(exit);
                continue;
            }
        };
        let faults = faults(&file, &registry);
        let exit = match faults.iter().map(|fault| fault.severity).max() {
            Some(Severity::Error) => Exit::Invalid,
            Some(Severity::Unsupported) => Exit::Failed,
            Some(Severity::Warning) | None => Exit::Success,
        };
        worst = worst.max(exit);
        match options.format {
            Format::Human => {
                let shown = diagnostics::human_for(&std::io::stdout(), &file.name, &file.text, &faults);
                render::print(&(shown + &verdict(&file.name, exit, &faults)));
            }
            Format::Json => reports.push(diagnostics::json(&file.name, &faults)),
        }
    }
    if options.format == Format::Json {
        render::print(&(Value::array(reports).to_json_pretty() + "\n"));
    }
    worst
}

fn faults(file: &File, registry: &Registry) -> Diagnostics {
    let (workflows, mut faults) = patchbay_model::workflow::read(&file.text);
    for workflow in workflows {
        faults.extend(patchbay_engine::compile(workflow, registry).diagnostics);
    }
    patchbay_model::workflow::place(&mut faults, &file.text);
    faults
}

fn verdict(name: &str, exit: Exit, faults: &Diagnostics) -> String {
    let what = match exit {
        Exit::Success => "runs",
        Exit::Failed => "loads, but does not run as it is",
        _ => "is not a valid workflow",
    };
    match faults.len() {
        0 => format!("{name}: {what}\n"),
        1 => format!("{name}: {what}; 1 fault\n"),
        count => format!("{name}: {what}; {count} faults\n"),
    }
}

/// A file as it is; of a folder every `.json` below it, in order.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_path_buf());
        return Ok(());
    }
    let mut entries = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files)?;
        } else if entry.extension().is_some_and(|extension| extension == "json") {
            files.push(entry);
        }
    }
    Ok(())
}
