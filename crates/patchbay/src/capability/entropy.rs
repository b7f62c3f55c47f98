//! Random bytes of the operating system.

use crate::render::tell_line;
use patchbay_node::capability::Entropy;

/// Secure randomness.
pub struct RealEntropy;

impl Entropy for RealEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Without randomness a key would be no secret: nothing can go on.
            tell_line!("error: the system gives no random bytes: {error}");
            crate::exit::Exit::Failed.leave();
        }
    }
}
