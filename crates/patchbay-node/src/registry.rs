//! Finds nodes by type.

use std::sync::Arc;

use indexmap::IndexMap;
use patchbay_model::diagnostic::nearest;

use crate::Node;

/// Every node that can run. Types are matched without regard to case: exported files differ.
#[derive(Clone, Default)]
pub struct Registry {
    nodes: IndexMap<String, Arc<dyn Node>>,
}

impl Registry {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node, in place of one of the same type.
    pub fn add(&mut self, node: Arc<dyn Node>) {
        self.nodes.insert(node.description().name.to_lowercase(), node);
    }

    pub fn find(&self, kind: &str) -> Option<&Arc<dyn Node>> {
        self.nodes.get(&kind.to_lowercase())
    }

    /// The known type that was most likely meant. In a package that is known its name alone counts, or all would be alike.
    pub fn nearest(&self, kind: &str) -> Option<&'static str> {
        let names = || self.nodes.values().map(|node| node.description().name);
        let Some((package, name)) = kind.rsplit_once('.') else {
            return nearest(kind, names());
        };
        let in_package = |known: &'static str| {
            let (its_package, its_name) = known.rsplit_once('.')?;
            its_package.eq_ignore_ascii_case(package).then_some(its_name)
        };
        if !names().any(|known| in_package(known).is_some()) {
            return nearest(kind, names());
        }
        let name = nearest(name, names().filter_map(in_package))?;
        names().find(|known| in_package(known) == Some(name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Node>> {
        self.nodes.values()
    }
}
