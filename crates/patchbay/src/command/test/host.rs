//! What the harness is handed: every node, and the workflows that others call.

use std::path::PathBuf;
use std::sync::Arc;

use patchbay_node::{Capabilities, Registry};
use patchbay_testing::Host;

use crate::capability::workflows::{CallableWorkflows, FolderWorkflows};
use crate::exit::Exit;
use crate::registry;

/// The core nodes, and the services that are built in or in these folders.
pub fn build(folders: &[PathBuf]) -> Result<Host, Exit> {
    let mut core = Registry::new();
    for node in patchbay_core_nodes::all() {
        core.add(node);
    }
    Ok(Host {
        core,
        library: registry::library(folders)?,
        workflows: Box::new(|folder, registry, timezone, capabilities| {
            let workflows = Arc::new(FolderWorkflows::new(Some(folder), registry, timezone));
            let callable = Arc::new(CallableWorkflows {
                workflows: workflows.clone(),
                depth: 0,
            });
            workflows.run_with(Capabilities {
                workflows: callable.clone(),
                ..capabilities.clone()
            });
            callable
        }),
    })
}

/// Those of the paths that are folders of services, or the folders of services in them.
pub fn service_folders(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for path in paths {
        if path.join("node.toml").is_file() {
            folders.push(path.clone());
        } else if let Ok(entries) = std::fs::read_dir(path) {
            let entries = entries.filter_map(|entry| Some(entry.ok()?.path()));
            folders.extend(entries.filter(|entry| entry.join("node.toml").is_file()));
        }
    }
    folders.sort();
    folders
}
