//! Time, randomness and environment variables of a case.
//!
//! Time is tokio's, which a case's runtime has paused: it stands still while anything can be done, and jumps to the end of
//! the next wait when nothing can. So a node that waits for an hour takes no time, and what happens first still happens
//! first.

use std::time::Duration;

use async_trait::async_trait;
use patchbay_model::scope::Denied;
use patchbay_model::{Environment, Object, Text};
use patchbay_node::capability::entropy::Seeded;
use patchbay_node::capability::{Entropy, Timer};
use tokio::time::Instant;

use crate::case::Conditions;

/// The clock of one case.
pub struct Clock {
    /// Milliseconds since 1970 at the beginning.
    start: f64,
    begun: Instant,
    random: Seeded,
    environment: Object,
}

impl Clock {
    /// A clock that begins now; must be called in the case's runtime.
    pub fn new(conditions: &Conditions) -> Self {
        Self {
            start: conditions.now,
            begun: Instant::now(),
            random: Seeded::new(conditions.random),
            environment: conditions.environment.clone(),
        }
    }
}

impl Environment for Clock {
    fn now(&self) -> f64 {
        self.start + (self.begun.elapsed().as_secs_f64() * 1000.0).floor()
    }

    fn monotonic(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1000.0
    }

    fn random(&self) -> f64 {
        self.random.fraction()
    }

    fn variable(&self, name: &str) -> Result<Option<Text>, Denied> {
        if self.environment.is_empty() {
            return Err(Denied);
        }
        Ok(self.environment.get(name).map(patchbay_model::Value::to_text))
    }
}

impl Entropy for Clock {
    fn fill(&self, bytes: &mut [u8]) {
        self.random.fill(bytes);
    }
}

#[async_trait]
impl Timer for Clock {
    async fn sleep(&self, milliseconds: f64) {
        let length = Duration::try_from_secs_f64(milliseconds.max(0.0) / 1000.0);
        tokio::time::sleep(length.unwrap_or(Duration::MAX)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn hours_pass_at_once_and_randomness_repeats_itself() {
        let clock = Clock::new(&Conditions::default());
        let start = clock.now();
        clock.sleep(3_600_000.0).await;
        assert_eq!(clock.now() - start, 3_600_000.0);
        let again = Clock::new(&Conditions::default());
        let numbers = [clock.random(), clock.random()];
        assert_eq!(numbers, [again.random(), again.random()]);
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)), "{numbers:?}");
    }
}
