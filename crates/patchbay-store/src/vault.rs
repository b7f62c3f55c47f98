//! Seals what must not be read from the store's file alone: credentials. The cipher is authenticated
//! (XChaCha20-Poly1305), and bound to what it is the value of, so that one value can not be put in another's place.

use chacha20poly1305::aead::rand_core::RngCore as _;
use chacha20poly1305::aead::{Aead, KeyInit, OsRng, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::Error;

/// Seals and opens values.
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

/// In bytes; it comes first in what is sealed.
const NONCE: usize = 24;

impl Vault {
    /// With a key of any length: n8n's `N8N_ENCRYPTION_KEY` is text.
    pub fn new(key: &str) -> Self {
        let key = Sha256::new()
            .chain_update(b"patchbay vault 1\0")
            .chain_update(key.as_bytes())
            .finalize();
        Self {
            cipher: XChaCha20Poly1305::new(&key),
        }
    }

    /// A key that nobody knows.
    pub fn random_key() -> String {
        let [first, second, third, fourth] = std::array::from_fn(|_| OsRng.next_u64());
        format!("{first:016x}{second:016x}{third:016x}{fourth:016x}")
    }

    /// `of` says what the value belongs to: the record's key.
    pub fn seal(&self, of: &str, value: &[u8]) -> Result<Vec<u8>, Error> {
        let mut sealed = vec![0; NONCE];
        OsRng.fill_bytes(&mut sealed);
        let payload = Payload {
            msg: value,
            aad: of.as_bytes(),
        };
        let encrypted = self.cipher.encrypt(XNonce::from_slice(&sealed), payload);
        sealed.extend(encrypted.map_err(|_| Error::Sealed)?);
        Ok(sealed)
    }

    pub fn open(&self, of: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let (nonce, encrypted) = sealed.split_at_checked(NONCE).ok_or(Error::Sealed)?;
        let payload = Payload {
            msg: encrypted,
            aad: of.as_bytes(),
        };
        let opened = self.cipher.decrypt(XNonce::from_slice(nonce), payload);
        opened.map_err(|_| Error::Sealed)
    }
}

/// Never shows the key.
impl std::fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("Vault")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_and_the_place_open_what_is_sealed() {
        let vault = Vault::new("one");
        let sealed = vault.seal("credential 1", b"hunter2").expect("sealed");
        assert!(!sealed.windows(7).any(|bytes| bytes == b"hunter2"));
        assert_eq!(vault.open("credential 1", &sealed).as_deref(), Ok(&b"hunter2"[..]));
        assert_eq!(vault.open("credential 2", &sealed), Err(Error::Sealed));
        assert_eq!(Vault::new("two").open("credential 1", &sealed), Err(Error::Sealed));
        for place in [0, 30, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(vault.open("credential 1", &changed), Err(Error::Sealed));
        }
        assert_eq!(vault.open("credential 1", b"short"), Err(Error::Sealed));
    }
}
