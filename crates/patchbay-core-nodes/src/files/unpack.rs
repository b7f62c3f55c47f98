//! Packing, and unpacking within limits, while the bytes flow: gzip both ways, zip archives, and the entries of them.

use std::io::{Cursor, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::{GzEncoder, MultiGzDecoder};
use futures::StreamExt;
use patchbay_node::NodeError;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::Stream;

/// The most that one archive may unpack to, in bytes: small files can claim to hold any amount.
pub(crate) const LARGEST: u64 = 1 << 30;

/// So many bytes, or a few more, flow on at once.
const PIECE: usize = 1 << 16;

/// The most entries of an archive.
const MOST_ENTRIES: usize = 100_000;

fn too_large(limit: u64) -> NodeError {
    NodeError::new("E0978", format!("The file unpacks to more than {} MB", limit >> 20))
        .hint("such a file can be made to fill the disk; unpack it by other means if you trust it")
}

fn no_gzip() -> NodeError {
    NodeError::new("E0979", "invalid gzip data")
}

fn no_zip() -> NodeError {
    NodeError::new("E0979", "invalid zip data")
}

/// The bytes packed with gzip.
pub(crate) fn gzip(bytes: Stream) -> Stream {
    let packed = futures::stream::try_unfold(
        (bytes, Some(GzEncoder::new(Vec::new(), Compression::fast()))),
        |state| async {
            let (mut bytes, Some(mut encoder)) = state else {
                return Ok(None);
            };
            Ok(Some(match bytes.next().await.transpose()? {
                Some(chunk) => {
                    encoder.write_all(&chunk).map_err(|_| no_gzip())?;
                    (Bytes::from(std::mem::take(encoder.get_mut())), (bytes, Some(encoder)))
                }
                None => (Bytes::from(encoder.finish().map_err(|_| no_gzip())?), (bytes, None)),
            }))
        },
    );
    packed.boxed()
}

/// What was packed with gzip, up to a number of bytes.
pub(crate) fn gunzip(bytes: Stream, limit: u64) -> Stream {
    let unpacking = Unpacking {
        bytes,
        rest: Bytes::new(),
        decoder: Some(MultiGzDecoder::new(Vec::new())),
        size: 0,
    };
    futures::stream::try_unfold(unpacking, move |unpacking| unpacking.next(limit)).boxed()
}

struct Unpacking {
    bytes: Stream,
    /// What was read and not unpacked yet.
    rest: Bytes,
    decoder: Option<MultiGzDecoder<Vec<u8>>>,
    /// So many bytes came out before.
    size: u64,
}

impl Unpacking {
    async fn next(mut self, limit: u64) -> Result<Option<(Bytes, Self)>, NodeError> {
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(None);
        };
        let made = loop {
            if self.rest.is_empty() {
                match self.bytes.next().await.transpose()? {
                    Some(chunk) => self.rest = chunk,
                    None => break decoder.finish().map_err(|_| no_gzip())?,
                }
            }
            // A kilobyte at a time: it may become a megabyte.
            let part = self.rest.split_to(self.rest.len().min(1 << 10));
            decoder.write_all(&part).map_err(|_| no_gzip())?;
            if decoder.get_ref().len() >= PIECE {
                let made = std::mem::take(decoder.get_mut());
                self.decoder = Some(decoder);
                break made;
            }
        };
        self.size += made.len() as u64;
        if self.size > limit {
            return Err(too_large(limit));
        }
        Ok(Some((Bytes::from(made), self)))
    }
}

/// Files, each with its name, as a zip archive.
pub(crate) fn zip(files: Vec<(String, Stream)>) -> Stream {
    let written = Written::default();
    let packing = Packing {
        files: files.into_iter(),
        file: None,
        archive: Some(ZipWriter::new_stream(written.clone())),
        written,
    };
    futures::stream::try_unfold(packing, Packing::next).boxed()
}

/// What the archive's writer has written and nobody has taken yet.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Packing {
    files: std::vec::IntoIter<(String, Stream)>,
    /// The file that is being packed.
    file: Option<Stream>,
    archive: Option<ZipWriter<StreamWriter<Written>>>,
    written: Written,
}

impl Packing {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, NodeError> {
        let failed = |error: zip::result::ZipError| NodeError::new("E0979", error.to_string());
        let Some(mut archive) = self.archive.take() else {
            return Ok(None);
        };
        let mut made = Vec::new();
        while made.len() < PIECE {
            if let Some(file) = &mut self.file {
                match file.next().await.transpose()? {
                    Some(chunk) => archive.write_all(&chunk).map_err(|error| failed(error.into()))?,
                    None => self.file = None,
                }
            } else if let Some((name, file)) = self.files.next() {
                let options = SimpleFileOptions::default();
                archive.start_file(name, options).map_err(failed)?;
                self.file = Some(file);
            } else {
                archive.finish().map_err(failed)?;
                made.extend(self.written.take());
                return Ok(Some((Bytes::from(made), self)));
            }
            made.extend(self.written.take());
        }
        self.archive = Some(archive);
        Ok(Some((Bytes::from(made), self)))
    }
}

/// A file of a zip archive.
pub(crate) struct Entry {
    /// With its folders; one that ends in `/` is a folder.
    pub(crate) name: String,
    data: Bytes,
    packed: bool,
}

/// The files of a zip archive, in the order in which it names them.
pub(crate) fn entries(archive: &Bytes) -> Result<Vec<Entry>, NodeError> {
    let mut zip = ZipArchive::new(Cursor::new(archive.clone())).map_err(|_| no_zip())?;
    if zip.len() > MOST_ENTRIES {
        return Err(NodeError::new(
            "E0978",
            format!("The archive holds more than {MOST_ENTRIES} files"),
        ));
    }
    let mut entries = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|_| no_zip())?;
        let packed = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            method => {
                let message = format!("The archive is packed with {method}, and only Deflate is known");
                return Err(NodeError::new("E0979", message));
            }
        };
        if entry.encrypted() {
            return Err(NodeError::new("E0979", "Unsupported ZIP encryption"));
        }
        let start = entry.data_start().ok_or_else(no_zip)? as usize;
        let end = start.saturating_add(entry.compressed_size() as usize);
        if end > archive.len() {
            return Err(no_zip());
        }
        entries.push(Entry {
            name: entry.name().map_err(|_| no_zip())?.into_owned(),
            data: archive.slice(start..end),
            packed,
        });
    }
    Ok(entries)
}

impl Entry {
    fn reader(&self) -> Box<dyn Read + Send> {
        let data = Cursor::new(self.data.clone());
        if self.packed {
            Box::new(DeflateDecoder::new(data))
        } else {
            Box::new(data)
        }
    }

    /// The file's bytes, up to a number of them; what was left of it is told.
    pub(crate) fn stream(&self, limit: u64) -> Stream {
        let unpacked = futures::stream::try_unfold((self.reader(), 0), move |(mut reader, size)| async move {
            let mut chunk = vec![0; 1 << 16];
            let read = reader.read(&mut chunk).map_err(|_| no_zip())?;
            chunk.truncate(read);
            let size = size + read as u64;
            if size > limit {
                return Err(too_large(limit));
            }
            Ok((read > 0).then(|| (Bytes::from(chunk), (reader, size))))
        });
        unpacked.boxed()
    }

    /// How many bytes the file unpacks to, whatever the archive says; an error if they are more than so many.
    pub(crate) fn measure(&self, limit: u64) -> Result<u64, NodeError> {
        let size = std::io::copy(&mut self.reader().take(limit + 1), &mut std::io::sink()).map_err(|_| no_zip())?;
        if size > limit { Err(too_large(limit)) } else { Ok(size) }
    }

    /// The file's bytes at once, up to a number of them.
    pub(crate) fn read(&self, limit: u64) -> Result<Vec<u8>, NodeError> {
        let mut bytes = Vec::new();
        let mut reader = self.reader().take(limit + 1);
        reader.read_to_end(&mut bytes).map_err(|_| no_zip())?;
        if bytes.len() as u64 > limit {
            return Err(too_large(limit));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;
    use futures::executor::block_on;
    use proptest::prelude::*;

    fn stream(bytes: &[u8], size: usize) -> Stream {
        let chunks: Vec<_> = bytes
            .chunks(size.max(1))
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        futures::stream::iter(chunks).boxed()
    }

    fn whole(stream: Stream) -> Result<Vec<u8>, String> {
        let chunks: Result<Vec<Bytes>, NodeError> = block_on(stream.try_collect());
        chunks
            .map(|chunks| chunks.concat())
            .map_err(|error| error.error.code.to_string())
    }

    fn archive(files: &[(&str, &[u8])]) -> Bytes {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).expect("started");
            writer.write_all(bytes).expect("written");
        }
        writer.finish().expect("finished").into_inner().into()
    }

    #[test]
    fn bombs_end_in_an_error() {
        let zeros = vec![0; 1 << 22];
        let packed = whole(gzip(stream(&zeros, 1 << 16))).expect("packed");
        assert!(packed.len() < 1 << 16);
        assert_eq!(
            whole(gunzip(stream(&packed, 1 << 16), 1 << 20)),
            Err("E0978".to_owned())
        );
        assert_eq!(whole(gunzip(stream(&packed, 7), 1 << 22)), Ok(zeros.clone()));
        let archive = archive(&[("zeros", &zeros)]);
        let entries = entries(&archive).expect("entries");
        assert_eq!(whole(entries[0].stream(1 << 20)), Err("E0978".to_owned()));
        assert!(entries[0].read(1 << 20).is_err());
        assert_eq!(entries[0].read(1 << 22).ok(), Some(zeros));
    }

    proptest! {
        #[test]
        fn packed_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..3000), size in 1_usize..500) {
            let packed = whole(gzip(stream(&bytes, size))).expect("packed");
            prop_assert_eq!(whole(gunzip(stream(&packed, size), LARGEST)), Ok(bytes.clone()));
            let files = vec![("a".to_owned(), stream(&bytes, size)), ("b/c".to_owned(), stream(&bytes, size))];
            let archive = Bytes::from(whole(zip(files)).expect("packed"));
            for entry in entries(&archive).expect("entries") {
                prop_assert_eq!(entry.read(LARGEST).ok(), Some(bytes.clone()));
            }
        }

        #[test]
        fn malformed_archives_do_no_harm(
            mut bytes in Just(archive(&[("a.txt", b"some text some text"), ("b/c", b"more")]).to_vec()),
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
            cut in any::<proptest::sample::Index>(),
        ) {
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            for entry in entries(&Bytes::from(bytes.clone())).unwrap_or_default() {
                let _ = entry.read(1 << 16);
            }
            let _ = whole(gunzip(stream(&bytes, 64), 1 << 16));
        }
    }
}
