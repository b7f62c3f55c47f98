//! Whoever follows an execution: a progress line, a store, a webhook that waits for its answer.

use std::sync::atomic::{AtomicUsize, Ordering};

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

/// Says when it is worth telling how far a node is: at most a hundred times a run.
pub(super) struct Meter {
    stride: usize,
    next: AtomicUsize,
}

impl Meter {
    pub(super) fn new(items: usize) -> Self {
        let stride = (items / 100).max(1);
        Self {
            stride,
            next: AtomicUsize::new(stride),
        }
    }

    /// Whether so many items are to be told.
    pub(super) fn passes(&self, done: usize) -> bool {
        let passes = done >= self.next.load(Ordering::Relaxed);
        if passes {
            self.next.store(done + self.stride, Ordering::Relaxed);
        }
        passes
    }
}
