//! Waiting, on the machine's clock.

use std::time::Duration;

use async_trait::async_trait;
use patchbay_node::capability::Timer;

pub struct RealTimer;

#[async_trait]
impl Timer for RealTimer {
    async fn sleep(&self, milliseconds: f64) {
        tokio::time::sleep(Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()).await;
    }
}
