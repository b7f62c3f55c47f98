//! Keys in PEM, and the signatures that they make and check: RSA, and ECDSA on NIST's three curves.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, Pss, RsaPrivateKey, RsaPublicKey};
use sha2::{Sha256, Sha384, Sha512};

use crate::digest::Algorithm;

/// Why a signature can not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The key is too short for the digest, or the signature failed.
    Failed,
}

/// A key that signs.
pub enum PrivateKey {
    Rsa(Box<RsaPrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(Box<p521::ecdsa::SigningKey>),
}

/// A key that checks signatures.
pub enum PublicKey {
    Rsa(RsaPublicKey),
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    P521(Box<p521::ecdsa::VerifyingKey>),
}

/// How RSA fills up a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    Pkcs1,
    Pss,
}

/// How the two numbers of an ECDSA signature are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Der,
    /// One after the other, as JOSE has them.
    Fixed,
}

/// What stands before an RSA signature's digest to say which it is: DER of `DigestInfo`.
fn pkcs1(algorithm: &Algorithm, length: usize) -> Pkcs1v15Sign {
    let identifier = algorithm.identifier;
    let prefix = if identifier.is_empty() {
        Vec::new()
    } else {
        let named = identifier.len() as u8;
        let mut prefix = vec![0x30, named + 8 + length as u8, 0x30, named + 4, 0x06, named];
        prefix.extend_from_slice(identifier);
        prefix.extend_from_slice(&[0x05, 0x00, 0x04, length as u8]);
        prefix
    };
    Pkcs1v15Sign {
        hash_len: Some(length),
        prefix: prefix.into(),
    }
}

fn pss(length: usize) -> Pss {
    match length {
        48 => Pss::new::<Sha384>(),
        64 => Pss::new::<Sha512>(),
        _ => Pss::new::<Sha256>(),
    }
}

impl PrivateKey {
    /// PKCS #8, PKCS #1 or SEC 1, not encrypted; `None` for anything else.
    pub fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(key) = RsaPrivateKey::from_pkcs8_pem(pem).or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem)) {
            return Some(Self::Rsa(Box::new(key)));
        }
        if let Some(key) = p256::SecretKey::from_pkcs8_pem(pem)
            .ok()
            .or_else(|| p256::SecretKey::from_sec1_pem(pem).ok())
        {
            return Some(Self::P256(key.into()));
        }
        if let Some(key) = p384::SecretKey::from_pkcs8_pem(pem)
            .ok()
            .or_else(|| p384::SecretKey::from_sec1_pem(pem).ok())
        {
            return Some(Self::P384(key.into()));
        }
        let key = p521::SecretKey::from_pkcs8_pem(pem)
            .ok()
            .or_else(|| p521::SecretKey::from_sec1_pem(pem).ok())?;
        let key = p521::ecdsa::SigningKey::from_slice(&key.to_bytes()).ok()?;
        Some(Self::P521(Box::new(key)))
    }

    /// Signs a digest; `random` fills the salt of PSS.
    pub fn sign(
        &self,
        algorithm: &Algorithm,
        data: &[u8],
        padding: Padding,
        form: Form,
        random: &mut impl rsa::rand_core::CryptoRngCore,
    ) -> Result<Vec<u8>, Fault> {
        let digest = algorithm.digest(data);
        macro_rules! ecdsa {
            ($key:expr, $signature:ty) => {{
                // A digest shorter than half of the curve's numbers is filled up in front, as ECDSA means it.
                let signature: $signature = $key.sign_prehash(&digest).map_err(|_| Fault::Failed)?;
                Ok(match form {
                    Form::Der => signature.to_der().as_bytes().to_vec(),
                    Form::Fixed => signature.to_bytes().to_vec(),
                })
            }};
        }
        match self {
            Self::Rsa(key) => match padding {
                Padding::Pkcs1 => key.sign(pkcs1(algorithm, digest.len()), &digest),
                Padding::Pss => key.sign_with_rng(random, pss(digest.len()), &digest),
            }
            .map_err(|_| Fault::Failed),
            Self::P256(key) => ecdsa!(key, p256::ecdsa::Signature),
            Self::P384(key) => ecdsa!(key, p384::ecdsa::Signature),
            Self::P521(key) => ecdsa!(key, p521::ecdsa::Signature),
        }
    }

    /// The name of the curve, as OpenSSL calls it; `None` for RSA.
    pub fn curve(&self) -> Option<&'static str> {
        match self {
            Self::Rsa(_) => None,
            Self::P256(_) => Some("prime256v1"),
            Self::P384(_) => Some("secp384r1"),
            Self::P521(_) => Some("secp521r1"),
        }
    }

    /// The length of an RSA key, in bits.
    pub fn rsa_bits(&self) -> Option<usize> {
        match self {
            Self::Rsa(key) => Some(key.size() * 8),
            _ => None,
        }
    }
}

impl PublicKey {
    /// SPKI or PKCS #1; `None` for anything else.
    pub fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(key) = RsaPublicKey::from_public_key_pem(pem).or_else(|_| RsaPublicKey::from_pkcs1_pem(pem)) {
            return Some(Self::Rsa(key));
        }
        if let Ok(key) = p256::PublicKey::from_public_key_pem(pem) {
            return Some(Self::P256(key.into()));
        }
        if let Ok(key) = p384::PublicKey::from_public_key_pem(pem) {
            return Some(Self::P384(key.into()));
        }
        let key = p521::PublicKey::from_public_key_pem(pem).ok()?;
        let key = p521::ecdsa::VerifyingKey::from_affine(*key.as_affine()).ok()?;
        Some(Self::P521(Box::new(key)))
    }

    /// Whether a signature in JOSE's form is one of the data.
    pub fn verifies(&self, algorithm: &Algorithm, data: &[u8], padding: Padding, signature: &[u8]) -> bool {
        let digest = algorithm.digest(data);
        match self {
            Self::Rsa(key) => match padding {
                Padding::Pkcs1 => key.verify(pkcs1(algorithm, digest.len()), &digest, signature),
                Padding::Pss => key.verify(pss(digest.len()), &digest, signature),
            }
            .is_ok(),
            Self::P256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
        }
    }

    pub fn is_rsa(&self) -> bool {
        matches!(self, Self::Rsa(_))
    }
}

/// PEM whose lines were joined, as one-line fields of forms do it, with its lines again.
pub fn with_lines(pem: &str) -> String {
    let pem = pem.trim().replace("\\n", "\n");
    let parts: Vec<&str> = pem.split("-----").collect();
    let ["", begin, body, end, ..] = parts.as_slice() else {
        return pem;
    };
    let body: String = body.split_whitespace().collect();
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!("-----{begin}-----\n{}\n-----{end}-----\n", lines.join("\n"))
}

/// The secure randomness of a run, as the crates of keys want it.
pub struct Random<'a>(pub &'a dyn patchbay_node::capability::Entropy);

impl rsa::rand_core::RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        rsa::rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rsa::rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random<'_> {}

/// A random UUID (version 4).
pub fn uuid(entropy: &dyn patchbay_node::capability::Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let digits = crate::digest::hex(&bytes);
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}
