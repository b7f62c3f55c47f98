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

    /// The known type that was most likely meant.
    pub fn nearest(&self, kind: &str) -> Option<&'static str> {
        nearest(kind, self.nodes.values().map(|node| node.description().name))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Node>> {
        self.nodes.values()
    }
}
