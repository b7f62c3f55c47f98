//! `patchbay import openapi`: an OpenAPI file, or several versions of one, to node definitions.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use patchbay_actions::definition::Version;
use patchbay_actions::openapi::{self, Source, import};
use patchbay_actions::{Fault, Library};
use patchbay_model::Diagnostic;

use super::setup::{File, read_file};
use crate::exit::Exit;
use crate::render::{diagnostics, tell, tell_line};

#[derive(Args, Debug)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Make node definitions from OpenAPI 3 files
    #[command(after_help = "Examples:
  patchbay import openapi api.yaml --out nodes/my-service
  patchbay import openapi 20.0.4=old.yaml 20.0.10=new.yaml --out nodes/3cx

With several versions, oldest first, each operation says which of them have it. Overlays (`NAME.overlay.toml`) in
the folder are kept and applied; all other definitions in it are written anew.")]
    Openapi {
        /// YAML or JSON; with several versions `VERSION=FILE` for each, oldest first
        #[arg(required = true, value_name = "[VERSION=]FILE")]
        files: Vec<String>,
        /// The service's folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

pub fn run(options: &Options) -> Exit {
    let Command::Openapi { files, out } = &options.command;
    match openapi(files, out) {
        Ok(count) => {
            tell_line!("{count} files in {}", out.display());
            Exit::Success
        }
        Err(exit) => exit,
    }
}

fn openapi(files: &[String], out: &Path) -> Result<usize, Exit> {
    let mut texts: Vec<(Option<&str>, File)> = Vec::new();
    for file in files {
        let (version, path) = match file.split_once('=') {
            Some((version, path)) => (Some(version), path),
            None => (None, file.as_str()),
        };
        texts.push((version, read_file(Path::new(path))?));
    }
    if texts.len() > 1
        && let Some((_, file)) = texts.iter().find(|(version, _)| version.is_none())
    {
        tell_line!(
            "error[E0808]: `{}` has no version\nhint: with several files write VERSION=FILE for each",
            file.name
        );
        return Err(Exit::Usage);
    }
    if let Some((wrong, _)) = (texts.iter())
        .filter_map(|(version, file)| Some(((*version)?, file)))
        .find(|(version, _)| version.parse::<Version>().is_err())
    {
        tell_line!("error[E0808]: `{wrong}` is no version\nhint: numbers with dots between them: `20.0.7=FILE`");
        return Err(Exit::Usage);
    }
    let numbers: Vec<Version> = texts
        .iter()
        .filter_map(|(version, _)| version.as_ref()?.parse().ok())
        .collect();
    if let Some((earlier, later)) = numbers
        .iter()
        .zip(numbers.iter().skip(1))
        .find(|(earlier, later)| earlier >= later)
    {
        tell_line!("error[E0820]: {later} is named after {earlier}\nhint: name each version once, oldest first");
        return Err(Exit::Usage);
    }
    let sources: Vec<Source> = texts
        .iter()
        .map(|(version, file)| Source {
            version: *version,
            text: &file.text,
        })
        .collect();
    let overlays = overlays(out)?;
    let made = import(&sources, &overlays).map_err(|error| {
        let files: Vec<&File> = texts.iter().map(|(_, file)| file).collect();
        tell_unreadable(&error, &files);
        Exit::Invalid
    })?;
    for ((_, file), notes) in texts.iter().zip(&made.notes) {
        tell(&diagnostics::human(&file.name, &file.text, notes));
    }
    refuse_faults(&made.faults, &overlays)?;
    refuse_unloadable(&made.files)?;
    std::fs::create_dir_all(out).map_err(|error| unwritable(out, &error))?;
    for (name, text) in &made.files {
        let path = out.join(name);
        std::fs::write(&path, text).map_err(|error| unwritable(&path, &error))?;
    }
    remove_stale(out, &made.files)?;
    Ok(made.files.len())
}

/// Removes the definitions that an import before has made and this one has not: of resources that are no more.
fn remove_stale(out: &Path, made: &[(String, String)]) -> Result<(), Exit> {
    let Ok(entries) = std::fs::read_dir(out) else {
        return Ok(());
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_definition = name.ends_with(".toml") && !name.ends_with(".overlay.toml");
        let is_stale = is_definition && made.iter().all(|(file, _)| *file != name);
        if is_stale && std::fs::read_to_string(&path).is_ok_and(|text| text.starts_with(openapi::HEADER)) {
            std::fs::remove_file(&path).map_err(|error| unwritable(&path, &error))?;
            tell_line!("{name} is removed: the API no longer has it");
        }
    }
    Ok(())
}

/// Tells why files can not be imported; of what is malformed, each part in its line.
pub(super) fn tell_unreadable(error: &openapi::Error, files: &[&File]) {
    if let openapi::Error::Malformed { source_place, faults } = error
        && let Some(file) = files.get(*source_place)
    {
        return tell(&diagnostics::human(&file.name, &file.text, faults));
    }
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let hint = error.hint().unwrap_or("give an OpenAPI 3 file, JSON or YAML");
    tell_line!("error[E0809]: `{}`: {error}\nhint: {hint}", names.join("`, `"));
}

/// Tells what keeps the definitions that would be written from being loaded; then none is written.
fn refuse_unloadable(files: &[(String, String)]) -> Result<(), Exit> {
    let faults = Library::default().add("new", files.to_vec()).err().unwrap_or_default();
    for Fault { file, diagnostic } in &faults {
        let text = files.iter().find(|(name, _)| file.ends_with(name.as_str()));
        let text = text.map_or("", |(_, text)| text);
        tell(&diagnostics::human(file, text, std::slice::from_ref(diagnostic)));
    }
    if faults.is_empty() {
        return Ok(());
    }
    tell_line!("error[E0809]: the definitions that the file makes have these faults: nothing was written");
    tell_line!("hint: an overlay beside the definitions can say what the file does not");
    Err(Exit::Invalid)
}

/// Tells every fault of the overlays, in their own lines; then nothing is written.
fn refuse_faults(faults: &[Fault], overlays: &[(String, String)]) -> Result<(), Exit> {
    for (name, text) in overlays {
        let of_file: Vec<Diagnostic> = faults
            .iter()
            .filter(|fault| fault.file == *name)
            .map(|fault| fault.diagnostic.clone())
            .collect();
        tell(&diagnostics::human(name, text, &of_file));
    }
    if faults.is_empty() { Ok(()) } else { Err(Exit::Invalid) }
}

/// The overlays of a folder that may not be there yet, in order.
pub(super) fn overlays(folder: &Path) -> Result<Vec<(String, String)>, Exit> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut overlays = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.ends_with(".overlay.toml") {
            overlays.push((name, read_file(&path)?.text));
        }
    }
    overlays.sort();
    Ok(overlays)
}

fn unwritable(path: &Path, error: &std::io::Error) -> Exit {
    tell_line!("error[E0810]: `{}` can not be written: {error}", path.display());
    tell_line!("hint: may you write to its folder, and is there space?");
    Exit::Failed
}
