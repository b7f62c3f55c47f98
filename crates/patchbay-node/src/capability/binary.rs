//! Where the bytes of items' files are kept.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use patchbay_model::{Binary, BinaryData};

use crate::NodeError;

/// Keeps and gives bytes: small ones in memory, large ones in files.
#[async_trait]
pub trait BinaryStore: Send + Sync {
    /// Keeps a stream of bytes; also gives their number.
    async fn keep(&self, bytes: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(BinaryData, u64), NodeError>;

    /// All bytes of a file.
    async fn read(&self, binary: &Binary) -> Result<Bytes, NodeError>;

    /// The bytes of a file as they are read.
    async fn stream(&self, binary: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError>;
}
