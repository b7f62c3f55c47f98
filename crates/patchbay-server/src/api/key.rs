//! Keys of the API. Only their hashes are kept: a key is a random text of 256 bits, so that one round of a hash is enough.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use patchbay_node::Secret;
use patchbay_node::capability::Entropy;
use patchbay_store::{Change, Error, Kind, Store};
use sha2::{Digest, Sha256};

/// Who may use the API: who has the key of the configuration, or, where that gives none, one of the store.
pub struct Keys {
    configured: Option<String>,
    kept: RwLock<HashSet<String>>,
}

impl Keys {
    /// With a key that the configuration gives.
    pub fn new(configured: Option<&Secret>) -> Self {
        Self {
            configured: configured.map(|key| hash(key.reveal().as_bytes())),
            kept: RwLock::default(),
        }
    }

    /// Takes in the keys of the store.
    pub async fn read(&self, store: &dyn Store) -> Result<(), Error> {
        let records = store.records(Kind::ApiKey).await?;
        let keys = records.into_iter().map(|record| record.key).collect();
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    pub fn holds(&self, key: &[u8]) -> bool {
        // Of two hashes the time of a comparison tells nothing about the keys.
        let hash = hash(key);
        match &self.configured {
            Some(configured) => *configured == hash,
            None => self.kept.read().unwrap_or_else(PoisonError::into_inner).contains(&hash),
        }
    }

    /// Makes the first key, where the store has none.
    pub async fn make_first(store: &dyn Store, entropy: &dyn Entropy, now: i64) -> Result<Option<Secret>, Error> {
        if !store.records(Kind::ApiKey).await?.is_empty() {
            return Ok(None);
        }
        Self::make(store, entropy, now).await.map(Some)
    }

    /// Makes a key in place of all that the store has.
    pub async fn make_anew(store: &dyn Store, entropy: &dyn Entropy, now: i64) -> Result<Secret, Error> {
        for record in store.records(Kind::ApiKey).await? {
            let remove = Change::Remove {
                kind: Kind::ApiKey,
                key: record.key,
            };
            store.write(remove).await?;
        }
        Self::make(store, entropy, now).await
    }

    async fn make(store: &dyn Store, entropy: &dyn Entropy, now: i64) -> Result<Secret, Error> {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        let key = format!("patchbay_{}", hexadecimal(&bytes));
        let put = Change::Put {
            kind: Kind::ApiKey,
            key: hash(key.as_bytes()),
            value: Vec::new(),
            now,
        };
        store.write(put).await?;
        Ok(Secret::new(key))
    }
}

fn hash(key: &[u8]) -> String {
    hexadecimal(&Sha256::digest(key))
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
        text
    })
}
