//! What a node may ask of the world. The program gives real ones, tests give their own.

pub mod absent;
pub mod answer;
pub mod binary;
pub mod commands;
pub mod credentials;
pub mod entropy;
pub mod files;
pub mod http;
pub mod mail;
pub mod workflows;

use std::sync::Arc;

use async_trait::async_trait;
use patchbay_model::Environment;

pub use absent::Absent;
pub use answer::Answers;
pub use binary::BinaryStore;
pub use commands::Commands;
pub use credentials::{Credential, Credentials};
pub use entropy::Entropy;
pub use files::Files;
pub use http::Http;
pub use mail::Mail;
pub use workflows::Workflows;

/// Everything that a node may use.
#[derive(Clone)]
pub struct Capabilities {
    /// Clock, randomness, environment variables.
    pub environment: Arc<dyn Environment>,
    pub entropy: Arc<dyn Entropy>,
    pub timer: Arc<dyn Timer>,
    pub http: Arc<dyn Http>,
    pub mail: Arc<dyn Mail>,
    pub commands: Arc<dyn Commands>,
    pub credentials: Arc<dyn Credentials>,
    pub binaries: Arc<dyn BinaryStore>,
    pub files: Arc<dyn Files>,
    pub workflows: Arc<dyn Workflows>,
    pub answers: Arc<dyn Answers>,
}

/// Waiting, so that tests need not.
#[async_trait]
pub trait Timer: Send + Sync {
    async fn sleep(&self, milliseconds: f64);
}
