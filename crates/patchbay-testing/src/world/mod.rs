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

use patchbay_node::Capabilities;
use patchbay_node::capability::files::NoFiles;
use patchbay_node::capability::{Absent, Credentials, Http, Workflows};

use clock::Clock;

/// A lock whose data stays usable: no code of ours leaves it half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts the world together: without files of the machine, e-mail and commands.
pub fn capabilities(
    clock: Arc<Clock>,
    http: Arc<dyn Http>,
    credentials: Arc<dyn Credentials>,
    workflows: Arc<dyn Workflows>,
) -> Capabilities {
    Capabilities {
        environment: clock.clone(),
        entropy: clock.clone(),
        timer: clock,
        http,
        mail: Arc::new(Absent),
        commands: Arc::new(Absent),
        answers: Arc::new(Absent),
        credentials,
        binaries: Arc::new(binaries::InMemory),
        files: Arc::new(NoFiles),
        workflows,
    }
}
