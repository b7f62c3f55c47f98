//! `patchbay test`: cases of node definitions and of workflows, at the HTTP boundary.
//!
//! [`measure`] tells coverage and drift, [`write`](mod@write) changes files of cases, [`watch`] runs again when files change.

mod host;
mod measure;
mod options;
mod watch;
mod write;

use std::time::Instant;

use patchbay_testing::collect::Job;
use patchbay_testing::report;
use patchbay_testing::{CaseResult, Collected, Host, collect};

pub use options::{Format, Options};

use crate::exit::Exit;
use crate::render::tell_line;
use crate::render::{self, diagnostics};

pub async fn run(options: Options) -> Exit {
    tokio::spawn(async {
        super::signal().await;
        Exit::Stopped.leave();
    });
    if options.watch {
        return watch::run(&options);
    }
    let result = if options.generate {
        write::generate(&options)
    } else if options.record {
        write::record(&options).await
    } else if let Some(file) = &options.drift {
        measure::drift(&options, file)
    } else {
        once(&options)
    };
    result.unwrap_or_else(|exit| exit)
}

/// Runs the chosen cases and tells what they found. Files with faults do not keep those of the others from running.
fn once(options: &Options) -> Result<Exit, Exit> {
    let (host, collected) = read(options)?;
    let invalid = collected.invalid();
    let jobs = chosen_of(collected, options)?;
    let begun = Instant::now();
    let mut results = patchbay_testing::run(&host, &jobs, options.threads());
    if options.update && !results.iter().all(CaseResult::passed) {
        let changes = patchbay_testing::rewrite::update(&jobs, &results);
        for unwritten in &changes.unwritten {
            tell_line!("not rewritten: {unwritten}");
        }
        if !changes.files.is_empty() || !changes.conflicts.is_empty() {
            write::apply(&changes)?;
            let again = Options {
                update: false,
                ..options.clone()
            };
            return once(&again);
        }
    }
    let passed = results.iter().all(CaseResult::passed);
    let coverage = options.coverage.then(|| measure::coverage(&host, &jobs, &results));
    let is_valid = invalid.is_empty();
    results.extend(invalid);
    tell(options.format, &results, coverage.as_deref(), begun);
    let enough = coverage.is_none_or(|coverage| measure::enough(&coverage, &options.fail_under));
    Ok(match (is_valid, passed && enough) {
        (false, _) => Exit::Invalid,
        (true, true) => Exit::Success,
        (true, false) => Exit::Failed,
    })
}

/// The nodes, and the cases that were asked for; files with faults are told, and all ends there.
fn chosen(options: &Options) -> Result<(Host, Vec<Job>), Exit> {
    let (host, collected) = read(options)?;
    refuse_invalid(&collected)?;
    Ok((host, chosen_of(collected, options)?))
}

fn refuse_invalid(collected: &Collected) -> Result<(), Exit> {
    for (file, fault) in &collected.faults {
        let one = std::slice::from_ref(&fault.diagnostic);
        render::tell(&diagnostics::human(&file.name, &file.text, one));
    }
    if collected.faults.is_empty() {
        Ok(())
    } else {
        Err(Exit::Invalid)
    }
}

/// The cases that were asked for: none are wrong usage, unless a file with faults may hold them.
fn chosen_of(collected: Collected, options: &Options) -> Result<Vec<Job>, Exit> {
    let mut jobs = collected.jobs;
    jobs.retain(|job| options.chooses(&job.title()));
    if jobs.is_empty() && collected.faults.is_empty() {
        tell_line!("error[E1030]: there are no cases to run");
        tell_line!(
            "hint: cases of a node are in `tests` beside its `node.toml`, those of a workflow in `NAME.test.toml` beside `NAME.json`"
        );
        return Err(Exit::Usage);
    }
    Ok(jobs)
}

/// The cases, and the nodes that they are for: those of the folders that the cases are in come before built-in ones.
fn read(options: &Options) -> Result<(Host, Collected), Exit> {
    let collected = collect(&options.paths).map_err(|error| {
        tell_line!("error[E0801]: the path can not be read: {error}");
        tell_line!("hint: check the paths that were given, and that you may read them");
        Exit::Invalid
    })?;
    let folders: Vec<_> = options.nodes.iter().chain(&collected.services).cloned().collect();
    Ok((host::build(&folders)?, collected))
}

/// Results go to stdout, whatever their form; coverage is a part of those for people and of JSON, else it goes to stderr.
fn tell(
    format: Format,
    results: &[CaseResult],
    coverage: Option<&[patchbay_testing::coverage::Coverage]>,
    begun: Instant,
) {
    let told: String = coverage
        .iter()
        .flat_map(|all| all.iter())
        .map(patchbay_testing::coverage::Coverage::to_text)
        .collect();
    let text = match format {
        Format::Human => {
            let colours = render::colours(&std::io::stdout());
            told + &report::human::report(results, colours, Some(begun.elapsed()))
        }
        Format::Json => {
            let mut value = report::json::report(results);
            if let (Some(object), Some(coverage)) = (value.as_object_mut(), coverage) {
                let coverage = coverage.iter().map(patchbay_testing::coverage::Coverage::to_value);
                object.insert("coverage", coverage.collect::<Vec<_>>());
            }
            value.to_json_pretty() + "\n"
        }
        Format::Junit | Format::Tap => {
            render::tell(&told);
            if format == Format::Tap {
                report::tap::report(results)
            } else {
                report::junit::report(results)
            }
        }
    };
    render::print(&text);
}
