//! Items' files, all in memory.

use async_trait::async_trait;
use base64::Engine as _;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use patchbay_model::{Binary, BinaryData};
use patchbay_node::NodeError;
use patchbay_node::capability::BinaryStore;

/// Keeps each file in the item that has it.
pub struct InMemory;

#[async_trait]
impl BinaryStore for InMemory {
    async fn keep(
        &self,
        mut bytes: BoxStream<'static, Result<Bytes, NodeError>>,
    ) -> Result<(BinaryData, u64), NodeError> {
        let mut whole = BytesMut::new();
        while let Some(piece) = bytes.next().await {
            whole.extend_from_slice(&piece?);
        }
        let size = whole.len() as u64;
        Ok((BinaryData::Memory(whole.freeze()), size))
    }

    async fn read(&self, binary: &Binary) -> Result<Bytes, NodeError> {
        match &binary.data {
            BinaryData::Memory(bytes) => Ok(bytes.clone()),
            BinaryData::Base64(text) => base64::engine::general_purpose::STANDARD
                .decode(text.as_bytes())
                .map(Bytes::from)
                .map_err(|error| NodeError::new("E1003", format!("An item's file is not base64: {error}"))),
            BinaryData::Stored { .. } => Err(NodeError::new("E1003", "Cases have no files on a disk")),
        }
    }

    async fn stream(&self, binary: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        let bytes = self.read(binary).await?;
        Ok(futures::stream::once(async { Ok(bytes) }).boxed())
    }
}
