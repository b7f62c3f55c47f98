//! Items' files: in memory while they are small, in a folder that the program removes when they are not.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use patchbay_model::{Binary, BinaryData};
use patchbay_node::NodeError;
use patchbay_node::capability::BinaryStore;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

/// In bytes; what is larger goes to a file while it comes in.
const MEMORY_LIMIT: usize = 1 << 20;

/// Keeps files as long as the program runs, or below a folder that somebody else removes.
#[derive(Default)]
pub struct RealBinaryStore {
    /// Files are kept here, and a file that was kept is on disk.
    lasting: Option<PathBuf>,
}

/// Where the files are that the program removes. It is the whole program's: what ends in the middle of something, after a
/// second Ctrl-C or with tasks still at work, drops nothing.
enum Temporary {
    NotMade,
    Made(TempDir),
    /// The program ends.
    Removed,
}

static TEMPORARY: Mutex<Temporary> = Mutex::new(Temporary::NotMade);

/// Removes what was kept for as long as the program runs; from then on nothing can be kept.
pub fn remove_temporary_files() {
    let folder = std::mem::replace(
        &mut *TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner),
        Temporary::Removed,
    );
    drop(folder);
}

/// The folder of files that do not outlive the program, made with the first of them.
fn temporary_folder() -> std::io::Result<PathBuf> {
    let mut temporary = TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Temporary::NotMade = *temporary {
        *temporary = Temporary::Made(tempfile::Builder::new().prefix("patchbay-").tempdir()?);
    }
    match &*temporary {
        Temporary::Made(folder) => Ok(folder.path().to_path_buf()),
        _ => Err(std::io::Error::other("the program ends")),
    }
}

/// Makes a folder that only its owner may look into.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A file that is being written: removed if that is broken off.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    /// The file is whole.
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // It may not have been made, or be gone with its folder.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl RealBinaryStore {
    /// A store whose files outlive the program; the folder is made with the first of them.
    pub fn below(folder: PathBuf) -> Self {
        Self { lasting: Some(folder) }
    }

    fn new_path(&self) -> Result<(String, PathBuf), NodeError> {
        let folder = match &self.lasting {
            Some(folder) => make_folder(folder).map(|()| folder.clone()),
            None => temporary_folder(),
        };
        let folder = folder.map_err(|error| disk(&error))?;
        // An execution that goes on after a restart has files already.
        let id = format!("{:016x}", fastrand::u64(..));
        let path = folder.join(&id);
        Ok((id, path))
    }
}

fn disk(error: &std::io::Error) -> NodeError {
    NodeError::new("E0703", format!("A file could not be kept or read: {error}"))
        .hint("look at the space and the rights of the folder for temporary files (`TMPDIR`)")
}

#[async_trait]
impl BinaryStore for RealBinaryStore {
    async fn keep(
        &self,
        mut bytes: BoxStream<'static, Result<Bytes, NodeError>>,
    ) -> Result<(BinaryData, u64), NodeError> {
        let mut memory = BytesMut::new();
        while let Some(chunk) = bytes.next().await {
            memory.extend_from_slice(&chunk?);
            if memory.len() > MEMORY_LIMIT {
                let (id, path) = self.new_path()?;
                let unfinished = Unfinished(Some(path.clone()));
                let mut file = tokio::fs::File::create(&path).await.map_err(|error| disk(&error))?;
                file.write_all(&memory).await.map_err(|error| disk(&error))?;
                let mut size = memory.len() as u64;
                drop(memory);
                while let Some(chunk) = bytes.next().await {
                    let chunk = chunk?;
                    size += chunk.len() as u64;
                    file.write_all(&chunk).await.map_err(|error| disk(&error))?;
                }
                file.flush().await.map_err(|error| disk(&error))?;
                if self.lasting.is_some() {
                    file.sync_all().await.map_err(|error| disk(&error))?;
                }
                unfinished.keep();
                return Ok((
                    BinaryData::Stored {
                        id: id.into(),
                        path: Arc::new(path),
                    },
                    size,
                ));
            }
        }
        let size = memory.len() as u64;
        Ok((BinaryData::Memory(memory.freeze()), size))
    }

    async fn read(&self, binary: &Binary) -> Result<Bytes, NodeError> {
        match &binary.data {
            BinaryData::Memory(bytes) => Ok(bytes.clone()),
            BinaryData::Base64(text) => decode(text),
            BinaryData::Stored { path, .. } => tokio::fs::read(path.as_path())
                .await
                .map(Bytes::from)
                .map_err(|error| disk(&error)),
        }
    }

    async fn stream(&self, binary: &Binary) -> Result<BoxStream<'static, Result<Bytes, NodeError>>, NodeError> {
        if let BinaryData::Stored { path, .. } = &binary.data {
            let file = tokio::fs::File::open(path.as_path())
                .await
                .map_err(|error| disk(&error))?;
            return Ok(ReaderStream::new(file).map_err(|error| disk(&error)).boxed());
        }
        let bytes = self.read(binary).await?;
        Ok(futures::stream::once(async { Ok(bytes) }).boxed())
    }
}

fn decode(text: &str) -> Result<Bytes, NodeError> {
    let lenient = base64::engine::GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    let packed: String = text.split_whitespace().collect();
    let bytes = lenient.decode(packed);
    bytes.map(Bytes::from).map_err(|error| {
        NodeError::new("E0704", format!("An item's file is not base64: {error}"))
            .hint("`data` of an item's `binary` is the file's content in base64: look at the node that made it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(chunks: usize) -> BoxStream<'static, Result<Bytes, NodeError>> {
        futures::stream::iter((0..chunks).map(|_| Ok(Bytes::from(vec![7; 1 << 16])))).boxed()
    }

    #[tokio::test]
    async fn large_files_leave_memory_and_come_back() {
        let store = RealBinaryStore::default();
        for (chunks, in_memory) in [(1, true), (32, false)] {
            let (data, size) = store.keep(stream(chunks)).await.expect("kept");
            assert_eq!(matches!(data, BinaryData::Memory(_)), in_memory);
            let binary = Binary::new(data, size, "x/y");
            assert_eq!(store.read(&binary).await.expect("read").len() as u64, size);
            let streamed: Vec<Bytes> = store
                .stream(&binary)
                .await
                .expect("stream")
                .try_collect()
                .await
                .expect("all");
            assert_eq!(streamed.iter().map(Bytes::len).sum::<usize>() as u64, size);
        }
    }

    #[tokio::test]
    async fn a_file_that_was_not_written_to_its_end_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = RealBinaryStore::below(folder.path().to_path_buf());
        let count = || std::fs::read_dir(folder.path()).expect("folder").count();
        let broken = stream(32).chain(futures::stream::iter([Err(NodeError::cancelled())]));
        assert!(store.keep(broken.boxed()).await.is_err());
        assert_eq!(count(), 0);
        // The writer is dropped while it waits for more, as where a run times out.
        let mut waiting = store.keep(stream(32).chain(futures::stream::pending()).boxed());
        while count() == 0 {
            assert!(futures::poll!(&mut waiting).is_pending());
            tokio::task::yield_now().await;
        }
        drop(waiting);
        assert_eq!(count(), 0);
    }

    #[test]
    fn base64_with_and_without_padding_is_read() {
        for text in ["aGk=", "aGk", "aG\nk="] {
            assert_eq!(decode(text).expect("base64"), "hi");
        }
        assert!(decode("*").is_err());
    }
}
