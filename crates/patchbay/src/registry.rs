//! All nodes that can run: the core nodes, and the services described in TOML, built in or from the user's folders.

use std::path::PathBuf;

use patchbay_node::Registry;

use crate::exit::Exit;

/// Every node; faults of the folders' definitions are told.
pub fn build(_folders: &[PathBuf]) -> Result<Registry, Exit> {
    let mut registry = Registry::new();
    for node in patchbay_core_nodes::all() {
        registry.add(node);
    }
    Ok(registry)
}
