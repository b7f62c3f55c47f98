//! All nodes that can run: the core nodes, and the services described in TOML, built in or from the user's folders.

use std::path::{Path, PathBuf};

use patchbay_actions::{Fault, Library};
use patchbay_node::Registry;

use crate::command::setup::read_file;
use crate::exit::Exit;
use crate::render::{self, diagnostics};
use crate::render::{tell, tell_line};

/// Every node.
pub fn build(folders: &[PathBuf]) -> Result<Registry, Exit> {
    let mut registry = Registry::new();
    for node in patchbay_core_nodes::all() {
        registry.add(node);
    }
    library(folders)?.register(&mut registry);
    Ok(registry)
}

/// The services described in TOML; every fault of the folders' files is told.
pub fn library(folders: &[PathBuf]) -> Result<Library, Exit> {
    let mut library = Library::built_in();
    for folder in folders {
        for service in services(folder)? {
            add(&mut library, &service)?;
        }
    }
    Ok(library)
}

/// The folder itself, if it holds a `node.toml`, else each folder in it that does.
fn services(folder: &Path) -> Result<Vec<PathBuf>, Exit> {
    if folder.join("node.toml").is_file() {
        return Ok(vec![folder.to_path_buf()]);
    }
    let mut services: Vec<PathBuf> = entries(folder)?
        .into_iter()
        .filter(|entry| entry.join("node.toml").is_file())
        .collect();
    services.sort();
    if services.is_empty() {
        tell_line!(
            "error[E0804]: `{}` holds no node definitions: no `node.toml` in it or in a folder of it",
            folder.display()
        );
        tell_line!(
            "hint: name the folder of a service, or the one that holds such folders; `patchbay import openapi` makes one"
        );
        return Err(Exit::Invalid);
    }
    Ok(services)
}

fn add(library: &mut Library, folder: &Path) -> Result<(), Exit> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.extension().is_some_and(|extension| extension == "toml") {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            files.push((name, read_file(&path)?.text));
        }
    }
    files.sort();
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    library.add(&name, files.clone()).map_err(|faults| {
        for Fault { file, diagnostic } in faults {
            let text = files
                .iter()
                .find(|(name, _)| file.ends_with(name.as_str()))
                .map_or("", |(_, text)| text);
            let file = folder.join(Path::new(file.as_str()).file_name().unwrap_or_default());
            tell(&diagnostics::human(&file.display().to_string(), text, &[diagnostic]));
        }
        Exit::Invalid
    })
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Exit> {
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    entries.map_err(|error| {
        render::tell_unreadable(&folder.display().to_string(), &error.to_string());
        Exit::Invalid
    })
}
