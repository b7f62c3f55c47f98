//! The world that cases run in: no network, no disk, a clock of its own, randomness that repeats itself.
//!
//! - [`clock`] is time, which passes only where somebody waits;
//! - [`http`] answers requests from a case, and takes note of them;
//! - [`double`] answers them from the stateful 3CX double;
//! - [`binaries`] and [`credentials`] hold what a case gives.

pub mod binaries;
pub mod clock;
pub mod credentials;
pub mod double;
pub mod http;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A lock whose data stays usable: no code of ours leaves it half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the world together.
pub fn capabilities(
    clock: Arc<clock::Clock>,
    http: Arc<dyn patchbay_node::capability::Http>,
    credentials: credentials::Given,
    workflows: Arc<dyn patchbay_node::capability::Workflows>,
) -> patchbay_node::Capabilities {
    patchbay_node::Capabilities {
        environment: clock.clone(),
        timer: clock,
        http,
        credentials: Arc::new(credentials),
        binaries: Arc::new(binaries::InMemory),
        workflows,
    }
}
