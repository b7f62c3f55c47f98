//! How origins and files of items are kept as JSON: origins in n8n's shape, which loses nothing, bytes as base64.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Pair, PairedItem};
use crate::value::Value;

impl Serialize for PairedItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Nearly all origins are of this form, and the shortest is enough for it.
            Self::One(Pair { item, input: None }) => serializer.serialize_u32(*item),
            other => other.to_n8n().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for PairedItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from_n8n(&value))
    }
}

/// For `#[serde(with)]`: bytes as base64 text.
pub(super) mod base64_text {
    use super::{Bytes, Deserializer, Engine, Error, STANDARD, Serializer, Visitor, fmt};

    pub fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct Base64;
        impl Visitor<'_> for Base64 {
            type Value = Bytes;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("base64 text")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Bytes, E> {
                STANDARD.decode(text).map(Bytes::from).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Base64)
    }
}
