//! `patchbay test`: cases of node definitions and of workflows, at the HTTP boundary.

mod host;
mod options;

use std::time::Instant;

use patchbay_testing::report;
use patchbay_testing::{CaseResult, Collected, Host, collect};

pub use options::{Format, Options};

use crate::exit::Exit;
use crate::render::{self, diagnostics};

pub async fn run(options: Options) -> Exit {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(Exit::Stopped as i32);
        }
    });
    once(&options)
}

/// Reads everything, runs the chosen cases, and tells what they found.
fn once(options: &Options) -> Exit {
    let (host, collected) = match read(options) {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    let mut jobs = collected.jobs;
    jobs.retain(|job| {
        let title = job.title().to_lowercase();
        let wanted = |filter: &String| title.contains(&filter.to_lowercase());
        options.filter.is_empty() || options.filter.iter().any(wanted)
    });
    if jobs.is_empty() {
        eprintln!("error[E1030]: there are no cases to run");
        eprintln!(
            "hint: cases of a node are in `tests` beside its `node.toml`, those of a workflow in `NAME.test.toml` beside `NAME.json`"
        );
        return Exit::Usage;
    }
    let begun = Instant::now();
    let results = patchbay_testing::run(&host, &jobs, options.threads());
    tell(options.format, &results, begun);
    if results.iter().all(CaseResult::passed) {
        Exit::Success
    } else {
        Exit::Failed
    }
}

/// The cases, and the nodes that they are for: those of the folders that the cases are in come before built-in ones.
fn read(options: &Options) -> Result<(Host, Collected), Exit> {
    let collected = collect(&options.paths).map_err(|error| {
        eprintln!("error[E0801]: a path can not be read: {error}");
        Exit::Invalid
    })?;
    for (file, fault) in &collected.faults {
        let one = std::slice::from_ref(&fault.diagnostic);
        eprint!("{}", diagnostics::human(&file.name, &file.text, one));
    }
    if !collected.faults.is_empty() {
        return Err(Exit::Invalid);
    }
    let folders: Vec<_> = options.nodes.iter().chain(&collected.services).cloned().collect();
    Ok((host::build(&folders)?, collected))
}

/// Results go to stdout, whatever their form.
fn tell(format: Format, results: &[CaseResult], begun: Instant) {
    let text = match format {
        Format::Human => {
            let colours = render::colours(&std::io::stdout());
            report::human::report(results, colours, Some(begun.elapsed()))
        }
        Format::Json => report::json::report(results).to_json_pretty() + "\n",
        Format::Junit => report::junit::report(results),
        Format::Tap => report::tap::report(results),
    };
    render::print(&text);
}
