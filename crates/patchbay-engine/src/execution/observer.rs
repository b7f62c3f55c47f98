//! Whoever follows an execution: a progress line, a store, a webhook that waits for its answer.

use patchbay_model::RunEvent;

/// Is told what happens, in order, by the thread that runs the node: it should be quick and must not block.
pub trait Observer: Send + Sync {
    fn observe(&self, event: &RunEvent);
}

/// Nobody follows.
pub struct Unobserved;

impl Observer for Unobserved {
    fn observe(&self, _event: &RunEvent) {}
}
