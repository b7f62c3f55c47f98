//! Unpacking within limits, while the bytes flow: gzip both ways, and the entries of zip archives.

use std::io::{Cursor, Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::{GzEncoder, MultiGzDecoder};
use futures::StreamExt;
use patchbay_node::NodeError;
use zip::{CompressionMethod, ZipArchive};

use super::Stream;

/// The most that one archive may unpack to, in bytes: small files can claim to hold any amount.
pub(crate) const LARGEST: u64 = 1 << 30;

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
    let state = (bytes, Some(MultiGzDecoder::new(Vec::new())), 0);
    let unpacked = futures::stream::try_unfold(state, move |state| async move {
        let (mut bytes, Some(mut decoder), mut size) = state else {
            return Ok(None);
        };
        let (chunk, decoder) = match bytes.next().await.transpose()? {
            Some(chunk) => {
                // A kilobyte at a time: it may become a megabyte.
                for part in chunk.chunks(1 << 10) {
                    decoder.write_all(part).map_err(|_| no_gzip())?;
                    if size + decoder.get_ref().len() as u64 > limit {
                        return Err(too_large(limit));
                    }
                }
                (std::mem::take(decoder.get_mut()), Some(decoder))
            }
            None => (decoder.finish().map_err(|_| no_gzip())?, None),
        };
        size += chunk.len() as u64;
        Ok(Some((Bytes::from(chunk), (bytes, decoder, size))))
    });
    unpacked.boxed()
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
    use zip::write::SimpleFileOptions;

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
            prop_assert_eq!(whole(gunzip(stream(&packed, size), LARGEST)), Ok(bytes));
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
