//! The machine's files, for the nodes that read and write them.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use patchbay_model::Text;

use crate::NodeError;

/// Reads and writes files. Paths are as the workflow says them; relative ones begin where the program was started.
///
/// Errors: [`DENIED`], [`MISSING`], [`DIRECTORY`], and [`FAILED`] for anything else that the system says.
#[async_trait]
pub trait Files: Send + Sync {
    /// The files that a path or a pattern names (`*`, `**`, `?`, `[ab]`, `{a,b}`), in order; none where there are none.
    async fn find(&self, pattern: &str) -> Result<Vec<Text>, NodeError>;

    /// The bytes of a file as they are read.
    async fn read(&self, path: &str) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError>;

    /// Writes a file while its bytes come in.
    async fn write(&self, target: Target, bytes: BoxStream<'static, Result<Bytes, NodeError>>)
    -> Result<(), NodeError>;
}

/// The file must not be read or written.
pub const DENIED: &str = "E0970";
/// There is no such file or folder.
pub const MISSING: &str = "E0971";
/// The path is a folder.
pub const DIRECTORY: &str = "E0972";
/// The system refuses.
pub const FAILED: &str = "E0973";

/// Where bytes go.
#[derive(Clone, Debug)]
pub struct Target {
    pub path: Text,
    /// After what the file holds, not in its place.
    pub append: bool,
    /// Which node writes, for dry runs.
    pub node: Text,
    pub item: usize,
}

/// No files: for tests, and wherever a workflow must not reach them.
pub struct NoFiles;

fn denied() -> NodeError {
    NodeError::new(DENIED, "Access to the file is not allowed.")
}

#[async_trait]
impl Files for NoFiles {
    async fn find(&self, _pattern: &str) -> Result<Vec<Text>, NodeError> {
        Err(denied())
    }

    async fn read(&self, _path: &str) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        Err(denied())
    }

    async fn write(&self, _: Target, _: BoxStream<'static, Result<Bytes, NodeError>>) -> Result<(), NodeError> {
        Err(denied())
    }
}
