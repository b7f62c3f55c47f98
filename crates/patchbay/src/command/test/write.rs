//! What changes files of cases: `--update`, `--record` and `--generate`. Each shows its changes, and none writes on CI.

use std::path::Path;
use std::sync::Arc;

use patchbay_testing::case::File;
use patchbay_testing::case::node::{Defaults, read_defaults};
use patchbay_testing::collect::Case;
use patchbay_testing::generate;
use patchbay_testing::record;
use patchbay_testing::rewrite::{self, Rewritten};

use super::options::Options;
use super::{chosen, host};
use crate::command::setup::{self, Setup, read_file};
use crate::exit::Exit;
use crate::render::diagnostics;

/// Shows the changes and writes them; on CI, where files are not to change unseen, that is a failure.
pub fn apply(files: &[Rewritten]) -> Result<(), Exit> {
    for file in files {
        eprint!("{}", file.diff());
    }
    if is_ci() {
        eprintln!("error[E1033]: nothing is written: this is CI (the environment has `CI`)");
        return Err(Exit::Failed);
    }
    for file in files {
        write(&file.path, &file.after)?;
    }
    eprintln!("{} written", patchbay_testing::run::check::counted(files.len(), "file"));
    Ok(())
}

fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

fn write(path: &Path, text: &str) -> Result<(), Exit> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| {
        eprintln!("error[E0810]: `{}` can not be written: {error}", path.display());
        Exit::Failed
    })
}

/// `--record`: the chosen cases of nodes against a real service, or the double.
pub async fn record(options: &Options) -> Result<Exit, Exit> {
    let (host, jobs) = chosen(options)?;
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
        let Case::Node { case, service } = &job.case else {
            eprintln!("{}: only cases of nodes can be recorded", job.title());
            continue;
        };
        let (http, credentials) = (setup.capabilities.http.clone(), setup.capabilities.credentials.clone());
        match record::record(&host, case, service, http, credentials).await {
            Ok(recording) => recordings.push((job, recording)),
            Err(message) => {
                eprintln!("error[E1034]: `{}` can not be recorded: {message}", job.title());
                exit = Exit::Failed;
            }
        }
    }
    let rewritten = rewrite::recorded(&recordings);
    if !rewritten.is_empty() {
        apply(&rewritten)?;
    }
    Ok(exit)
}

/// `--generate`: cases for every operation of the services' folders.
pub fn generate(options: &Options) -> Result<Exit, Exit> {
    let folders = host::service_folders(&options.paths);
    if folders.is_empty() {
        eprintln!("error[E1030]: no path is the folder of a service: it has no `node.toml`");
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
            eprintln!("error[E1035]: no cases can be made for `{name}`: {message}");
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
                });
            }
        }
    }
    if !files.is_empty() {
        apply(&files)?;
    }
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
            eprint!("{}", diagnostics::human(&file.name, &file.text, one));
        }
        Exit::Invalid
    })
}
