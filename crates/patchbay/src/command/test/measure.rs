//! Coverage of definitions, and what a newer API changes.

use std::path::Path;

use patchbay_actions::openapi::{Source, import};
use patchbay_testing::collect::Job;
use patchbay_testing::coverage::{Coverage, measure};
use patchbay_testing::{CaseResult, Host, drift};

use super::options::{Format, Options, Threshold};
use super::{host, read, refuse_invalid};
use crate::command::setup::read_file;
use crate::exit::Exit;
use crate::render::tell_line;
use crate::render::{self, diagnostics};

/// The coverage of each service that a case is for.
pub fn coverage(host: &Host, jobs: &[Job], results: &[CaseResult]) -> Vec<Coverage> {
    let services = services(jobs);
    let known = services.iter().filter_map(|service| host.library.service(service));
    known.map(|service| measure(service, jobs, results)).collect()
}

/// The services that cases are for, each once.
fn services(jobs: &[Job]) -> Vec<String> {
    let mut services: Vec<String> = Vec::new();
    for job in jobs {
        if let patchbay_testing::collect::Case::Node { service, .. } = &job.case
            && !services.iter().any(|known| **known == **service)
        {
            services.push(service.to_string());
        }
    }
    services
}

/// Whether all thresholds are met; those that are not are told.
pub fn enough(coverage: &[Coverage], thresholds: &[Threshold]) -> bool {
    let mut enough = true;
    for Threshold { kind, percent } in thresholds {
        for one in coverage {
            let actual = one.percent(kind).unwrap_or_default();
            if actual < *percent {
                enough = false;
                tell_line!(
                    "error[E1031]: {kind} of `{}`: {actual:.1} % are touched, not {percent} %",
                    one.service
                );
            }
        }
    }
    enough
}

/// `--drift`: the services of the cases against a newer OpenAPI file.
pub fn drift(options: &Options, file: &Path) -> Result<Exit, Exit> {
    if matches!(options.format, Format::Junit | Format::Tap) {
        tell_line!("error[E1032]: `--drift` can not be told in the form of a test report");
        tell_line!("hint: give `--format human` or `--format json`");
        return Err(Exit::Usage);
    }
    let newer = read_file(file)?;
    let (today, collected) = read(options)?;
    refuse_invalid(&collected)?;
    let jobs: Vec<Job> = collected
        .jobs
        .into_iter()
        .filter(|job| options.chooses(&job.title()))
        .collect();
    let mut folders = collected.services;
    folders.extend(host::service_folders(&options.paths));
    folders.dedup();
    let [folder] = folders.as_slice() else {
        tell_line!(
            "error[E1032]: `--drift` wants the folder of one service, and {} were found",
            folders.len()
        );
        return Err(Exit::Usage);
    };
    let overlays = crate::command::import::overlays(folder)?;
    let source = Source {
        version: None,
        text: &newer.text,
    };
    let files = import(&[source], &overlays).map_err(|error| {
        crate::command::import::tell_unreadable(&error, &[&newer]);
        Exit::Invalid
    })?;
    // What an overlay says of operations that the newer API no longer has is no fault here.
    let files = files.files;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut host = host::build(std::slice::from_ref(folder))?;
    let another = |hint: &str| {
        tell_line!("error[E0819]: `{}` does not look like the API of `{name}`", newer.name);
        tell_line!("hint: {hint}");
        Exit::Invalid
    };
    host.library.add(&name, files).map_err(|faults| {
        for fault in faults {
            let one = std::slice::from_ref(&fault.diagnostic);
            render::tell(&diagnostics::human_without_source(&fault.file, one));
        }
        another("with the service's overlays it makes no definitions; is it the file of another service?")
    })?;
    let drift = drift::drift(&today, &host, &name, &jobs, options.threads());
    if drift.common == 0 {
        return Err(another(
            "none of the operations of today is in it; is it the file of another service?",
        ));
    }
    render::print(&if options.format == Format::Json {
        drift.to_value().to_json_pretty() + "\n"
    } else {
        let broken = patchbay_testing::report::human::failures(&drift.broken, render::colours(&std::io::stdout()));
        broken + &drift.to_text()
    });
    Ok(if drift.breaks() { Exit::Failed } else { Exit::Success })
}
