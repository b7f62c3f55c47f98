//! What changes files of cases: `--update`, `--record` and `--generate`. Each shows its changes, and none writes on CI.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use patchbay_testing::case::File;
use patchbay_testing::case::node::{Defaults, read_defaults};
use patchbay_testing::collect::{Case, Job};
use patchbay_testing::rewrite::{self, Changes, Rewritten};
use patchbay_testing::run::check::counted;
use patchbay_testing::{CaseResult, Host, generate, record};

use super::options::Options;
use super::{chosen, host, tell};
use crate::command::setup::{self, Setup, read_file};
use crate::exit::Exit;
use crate::render::diagnostics;
use crate::render::{self, tell_line};

/// Shows the changes and writes them; on CI, where files are not to change unseen, that is a failure. Cases that were changed
/// meanwhile are left alone, which is a failure as well, once all else is written.
pub fn apply(changes: &Changes) -> Result<(), Exit> {
    let Changes { files, conflicts, .. } = changes;
    for conflict in conflicts {
        tell_line!("error[E1038]: {conflict}: it is left as it is");
        tell_line!("hint: run the command again");
    }
    let ended = if conflicts.is_empty() {
        Ok(())
    } else {
        Err(Exit::Failed)
    };
    if files.is_empty() {
        return ended;
    }
    for file in files {
        render::tell(&file.diff());
    }
    if is_ci() {
        tell_line!("error[E1033]: nothing is written: this is CI (the environment has `CI`)");
        return Err(Exit::Failed);
    }
    for file in files {
        for attachment in &file.attachments {
            write(&attachment.path, &attachment.bytes)?;
        }
        write(&file.path, file.after.as_bytes())?;
    }
    let count = files.iter().map(|file| 1 + file.attachments.len()).sum();
    tell_line!("{} written", counted(count, "file"));
    ended
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Exit> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes));
    written.map_err(|error| {
        tell_line!("error[E1039]: `{}` can not be written: {error}", path.display());
        Exit::Failed
    })
}

/// `--record`: the chosen cases against a real service, or the double; those that were recorded are then run as they
/// were written. One that can not be recorded does not keep the others from it.
pub async fn record(options: &Options) -> Result<Exit, Exit> {
    let (host, jobs) = chosen(options)?;
    if options.sandbox {
        only_doubled(&host, &jobs)?;
    }
    let setup = Setup::new(setup::Request {
        nodes: &options.nodes,
        credentials: &options.credentials,
        sandbox: options.sandbox,
        ..setup::Request::default()
    })
    .await?;
    let mut recordings = Vec::new();
    let mut exit = Exit::Success;
    for job in jobs {
        let (http, credentials) = (setup.http_of_double(), setup.capabilities.credentials.clone());
        let recorded = match &job.case {
            Case::Node { case, service } => record::record(&host, case, service, http, credentials).await,
            Case::Workflow(case) => record::workflow::record(&host, case, http, credentials).await,
        };
        match recorded {
            Ok(recording) => recordings.push((job, recording)),
            Err(record::Unrecorded { message, hints }) => {
                tell_line!("error[E1034]: `{}` can not be recorded: {message}", job.title());
                for hint in hints {
                    tell_line!("hint: {hint}");
                }
                exit = Exit::Failed;
            }
        }
    }
    if recordings.is_empty() {
        return Ok(exit);
    }
    apply(&rewrite::recorded(&recordings))?;
    let (host, mut written) = chosen(options)?;
    let is_recorded = |job: &Job| {
        let mut recorded = recordings.iter();
        recorded.any(|(recorded, _)| recorded.title() == job.title())
    };
    written.retain(is_recorded);
    let begun = Instant::now();
    let results = patchbay_testing::run(&host, &written, options.threads());
    tell(options.format, &results, None, begun);
    let passed = results.iter().all(CaseResult::passed);
    Ok(if passed { exit } else { Exit::Failed })
}

/// Refuses cases of services that have no double: they would go to the real one. Nothing is sent before. What the nodes of a
/// workflow send elsewhere is refused when they want to.
fn only_doubled(host: &Host, jobs: &[Job]) -> Result<(), Exit> {
    let without = jobs.iter().find_map(|job| match &job.case {
        Case::Node { service, .. } => {
            let credential = &host.library.service(service)?.definition().credential;
            let is_doubled = credential.types.iter().any(|kind| crate::sandbox::is_three_cx(kind));
            (!is_doubled).then_some(service)
        }
        Case::Workflow(_) => None,
    });
    let Some(service) = without else { return Ok(()) };
    tell_line!(
        "error[E1037]: `--sandbox` is the double of 3CX: there is none of `{service}`, and its real service is not asked"
    );
    tell_line!("hint: leave out `--sandbox` and give `--credentials FILE`, or choose the cases of 3CX: `--filter`");
    Err(Exit::Usage)
}

/// `--generate`: cases for every operation of the services' folders.
pub fn generate(options: &Options) -> Result<Exit, Exit> {
    let folders = host::service_folders(&options.paths);
    if folders.is_empty() {
        tell_line!("error[E1030]: no path is the folder of a service: it has no `node.toml`");
        return Err(Exit::Usage);
    }
    let host = host::build(&folders)?;
    let mut files = Vec::new();
    for folder in &folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let Some(service) = host.library.service(&name) else {
            continue;
        };
        let tests = folder.join("tests");
        let defaults = defaults(&tests.join("defaults.toml"))?;
        let made = generate::generate(&host, service, &defaults).map_err(|message| {
            tell_line!("error[E1035]: no cases can be made for `{name}`: {message}");
            Exit::Failed
        })?;
        for (file, after) in made {
            let path = tests.join(file);
            let before = std::fs::read_to_string(&path).unwrap_or_default();
            if before != after {
                let name = path.display().to_string();
                files.push(Rewritten {
                    path,
                    name,
                    before,
                    after,
                    attachments: Vec::new(),
                });
            }
        }
    }
    apply(&Changes {
        files,
        ..Changes::default()
    })?;
    Ok(Exit::Success)
}

/// What the cases of a folder share; nothing, where there is no such file.
fn defaults(path: &Path) -> Result<Defaults, Exit> {
    if !path.is_file() {
        return Ok(Defaults::default());
    }
    let setup::File { name, text } = read_file(path)?;
    let file = Arc::new(File {
        path: path.to_path_buf(),
        name,
        text: text.into(),
    });
    read_defaults(&file).map_err(|faults| {
        for fault in faults {
            let one = std::slice::from_ref(&fault.diagnostic);
            render::tell(&diagnostics::human(&file.name, &file.text, one));
        }
        Exit::Invalid
    })
}
