//! What a body is packed with.

use std::io::Read;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use bytes::Bytes;
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::request::Fault;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    /// With zlib's frame, as HTTP wants it.
    Deflate,
}

impl Packing {
    /// `None` where a body is sent as it is.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, Fault> {
        let Some(name) = headers.get(CONTENT_ENCODING) else {
            return Ok(None);
        };
        match name.to_str().unwrap_or_default().trim().to_lowercase().as_str() {
            "" | "identity" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Self::Gzip)),
            "deflate" => Ok(Some(Self::Deflate)),
            other => Err(Fault::UnknownPacking(other.to_owned())),
        }
    }

    /// The body, where it takes no more than so many bytes.
    pub fn unpack(self, packed: &Bytes, limit: u64) -> Result<Bytes, Fault> {
        let mut unpacked = Vec::new();
        let most = limit.saturating_add(1);
        let read = match self {
            Self::Gzip => MultiGzDecoder::new(&packed[..]).take(most).read_to_end(&mut unpacked),
            Self::Deflate => ZlibDecoder::new(&packed[..]).take(most).read_to_end(&mut unpacked),
        };
        read.map_err(|error| Fault::Malformed(error.to_string()))?;
        if unpacked.len() as u64 > limit {
            return Err(Fault::TooLarge { limit });
        }
        Ok(unpacked.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn packed_bodies_are_unpacked_up_to_the_limit() {
        let level = flate2::Compression::default();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        gzip.write_all(b"hello").expect("packed");
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        zlib.write_all(b"hello").expect("packed");
        for (packing, packed) in [
            (Packing::Gzip, gzip.finish().expect("packed")),
            (Packing::Deflate, zlib.finish().expect("packed")),
        ] {
            let packed = Bytes::from(packed);
            assert_eq!(packing.unpack(&packed, 5).expect("unpacked"), "hello");
            assert!(matches!(packing.unpack(&packed, 4), Err(Fault::TooLarge { limit: 4 })));
            let broken = packed.slice(..packed.len() - 5);
            assert!(matches!(packing.unpack(&broken, 5), Err(Fault::Malformed(_))));
        }
    }

    #[test]
    fn the_header_says_how() {
        for (name, expected) in [
            ("gzip", Some(Packing::Gzip)),
            (" Deflate", Some(Packing::Deflate)),
            ("identity", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_ENCODING, name.parse().expect("a value"));
            assert_eq!(Packing::of(&headers).expect(name), expected);
        }
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, "br".parse().expect("a value"));
        assert!(matches!(Packing::of(&headers), Err(Fault::UnknownPacking(_))));
    }
}
