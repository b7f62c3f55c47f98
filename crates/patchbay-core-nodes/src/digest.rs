//! Digests and HMACs by the names that OpenSSL knows them by.

use hmac::digest::core_api::BlockSizeUser;
use hmac::digest::{Digest, FixedOutputReset};
use hmac::{Mac, SimpleHmac};
use md5::Md5;
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};

/// One algorithm.
pub struct Algorithm {
    /// Without regard to case; `RSA-` before one of them and `WithRSAEncryption` behind it mean the same.
    names: &'static [&'static str],
    /// The content of its object identifier in DER, which signatures name it by; empty where they do not.
    pub identifier: &'static [u8],
    digest: Digester,
}

/// Begins a digest, or an HMAC where there is a secret.
type Digester = fn(Option<&[u8]>) -> Option<Box<dyn Running>>;

/// A digest or an HMAC that data flows into.
pub trait Running: Send {
    fn update(&mut self, data: &[u8]);
    fn finish(self: Box<Self>) -> Vec<u8>;
}

struct Plain<D>(D);

impl<D: Digest + Send> Running for Plain<D> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

struct Keyed<M>(M);

impl<M: Mac + Send> Running for Keyed<M> {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finalize().into_bytes().to_vec()
    }
}

/// Two digests of the same data, one after the other.
struct Both(Box<dyn Running>, Box<dyn Running>);

impl Running for Both {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
        self.1.update(data);
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        [self.0.finish(), self.1.finish()].concat()
    }
}

fn of<D>(secret: Option<&[u8]>) -> Option<Box<dyn Running>>
where
    D: Digest + BlockSizeUser + Clone + FixedOutputReset + Send + 'static,
{
    Some(match secret {
        None => Box::new(Plain(D::new())),
        Some(secret) => Box::new(Keyed(<SimpleHmac<D> as Mac>::new_from_slice(secret).ok()?)),
    })
}

/// Of TLS before 1.2: both digests, one after the other.
fn md5_and_sha1(secret: Option<&[u8]>) -> Option<Box<dyn Running>> {
    Some(Box::new(Both(of::<Md5>(secret)?, of::<Sha1>(secret)?)))
}

const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// The identifier of NIST's algorithm of a number.
macro_rules! nist {
    ($number:literal) => {
        &[
            SHA2[0], SHA2[1], SHA2[2], SHA2[3], SHA2[4], SHA2[5], SHA2[6], SHA2[7], $number,
        ]
    };
}

const ALGORITHMS: &[Algorithm] = &[
    Algorithm {
        names: &["md5", "ssl3-md5"],
        identifier: &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x05],
        digest: of::<Md5>,
    },
    Algorithm {
        names: &["sha1", "sha1-2", "ssl3-sha1"],
        identifier: &[0x2B, 0x0E, 0x03, 0x02, 0x1A],
        digest: of::<Sha1>,
    },
    Algorithm {
        names: &["md5-sha1"],
        identifier: &[],
        digest: md5_and_sha1,
    },
    Algorithm {
        names: &["ripemd160", "ripemd", "rmd160", "ripemd160WithRSA"],
        identifier: &[0x2B, 0x24, 0x03, 0x02, 0x01],
        digest: of::<Ripemd160>,
    },
    Algorithm {
        names: &["sha224"],
        identifier: nist!(4),
        digest: of::<Sha224>,
    },
    Algorithm {
        names: &["sha256"],
        identifier: nist!(1),
        digest: of::<Sha256>,
    },
    Algorithm {
        names: &["sha384"],
        identifier: nist!(2),
        digest: of::<Sha384>,
    },
    Algorithm {
        names: &["sha512"],
        identifier: nist!(3),
        digest: of::<Sha512>,
    },
    Algorithm {
        names: &["sha512-224", "sha512/224"],
        identifier: nist!(5),
        digest: of::<Sha512_224>,
    },
    Algorithm {
        names: &["sha512-256", "sha512/256"],
        identifier: nist!(6),
        digest: of::<Sha512_256>,
    },
    Algorithm {
        names: &["sha3-224", "id-rsassa-pkcs1-v1_5-with-sha3-224"],
        identifier: nist!(7),
        digest: of::<Sha3_224>,
    },
    Algorithm {
        names: &["sha3-256", "id-rsassa-pkcs1-v1_5-with-sha3-256"],
        identifier: nist!(8),
        digest: of::<Sha3_256>,
    },
    Algorithm {
        names: &["sha3-384", "id-rsassa-pkcs1-v1_5-with-sha3-384"],
        identifier: nist!(9),
        digest: of::<Sha3_384>,
    },
    Algorithm {
        names: &["sha3-512", "id-rsassa-pkcs1-v1_5-with-sha3-512"],
        identifier: nist!(10),
        digest: of::<Sha3_512>,
    },
];

impl Algorithm {
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = name.to_lowercase();
        let name = name.strip_prefix("rsa-").unwrap_or(&name);
        let name = name.strip_suffix("withrsaencryption").unwrap_or(name);
        ALGORITHMS
            .iter()
            .find(|algorithm| algorithm.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }

    pub fn digest(&self, data: &[u8]) -> Vec<u8> {
        self.of(data, None).unwrap_or_default()
    }

    fn of(&self, data: &[u8], secret: Option<&[u8]>) -> Option<Vec<u8>> {
        let mut running = (self.digest)(secret)?;
        running.update(data);
        Some(running.finish())
    }
}

/// A digest that data can flow into, an HMAC where there is a secret; `None` for an algorithm that is not known.
pub fn running(algorithm: &str, secret: Option<&[u8]>) -> Option<Box<dyn Running>> {
    (Algorithm::find(algorithm)?.digest)(secret)
}

/// The digest of data, its HMAC where there is a secret; `None` for an algorithm that is not known.
pub fn named(algorithm: &str, data: &[u8], secret: Option<&[u8]>) -> Option<Vec<u8>> {
    Algorithm::find(algorithm)?.of(data, secret)
}

/// Two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves.filter_map(|half| char::from_digit(half.into(), 16)).collect()
}
