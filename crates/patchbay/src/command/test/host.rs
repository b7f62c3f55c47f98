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
