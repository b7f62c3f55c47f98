//! Crypto: digests of texts, plain (hash) or with a secret (HMAC). Signing and generating are not there yet: the node says so.

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::digest::Digest;
use hmac::{Mac, SimpleHmac};
use md5::Md5;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};
use ripemd::Ripemd160;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use sha3::{Sha3_256, Sha3_384, Sha3_512};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.crypto",
    title: "Crypto",
    about: "Makes digests of texts",
    versions: &[1.0, 2.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "action",
            Kind::Options(&["generate", "hash", "hmac", "sign"]),
            "\"hash\"",
            "What is done",
        ),
        ParameterDescription::new("type", Kind::Text, "\"MD5\"", "The algorithm"),
        ParameterDescription::new("binaryData", Kind::Boolean, "false", "The digest is of a file"),
        ParameterDescription::new("binaryPropertyName", Kind::Text, "\"data\"", "The name of the file"),
        ParameterDescription::new("value", Kind::Text, "\"\"", "The text"),
        ParameterDescription::new("secret", Kind::Text, "\"\"", "The secret of an HMAC"),
        ParameterDescription::new("dataPropertyName", Kind::Text, "\"data\"", "The field of the result"),
        ParameterDescription::new(
            "encoding",
            Kind::Options(&["hex", "base64"]),
            "\"hex\"",
            "How the digest is written",
        ),
    ],
};

pub struct Crypto;

#[async_trait]
impl Node for Crypto {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            let json = match digest_of(context, item, index).await {
                Ok(digest) => {
                    let mut json = item.json.as_ref().clone();
                    json.insert(context.text("dataPropertyName", index)?, Value::text(digest));
                    json
                }
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    [("error", error.error.message)].into_iter().collect::<Object>()
                }
                Err(error) => return Err(error.item(index)),
            };
            made.push(Item::new(json).paired_with(index));
        }
        Ok(Outcome::items(made))
    }
}

async fn digest_of(context: &Context<'_>, item: &Item, index: usize) -> Result<String, NodeError> {
    let action = context.text("action", index)?;
    if !matches!(action.as_str(), "hash" | "hmac") {
        let message = format!("The action `{action}` of Crypto is not supported");
        return Err(NodeError::new("E0965", message).parameter("action"));
    }
    let data = if context.boolean("binaryData", index)? {
        let name = context.text("binaryPropertyName", index)?;
        let file = item.binary.as_ref().and_then(|files| files.get(&name)).ok_or_else(|| {
            let message = format!(
                "This operation expects the node's input data to contain a binary file '{name}', but none was found [item {index}]"
            );
            NodeError::new("E0966", message).parameter("binaryPropertyName")
        })?;
        context.capabilities.binaries.read(file).await?.to_vec()
    } else {
        const KINDS: &str = "Buffer, TypedArray, or DataView";
        text(context, "value", "data", KINDS, index)?.as_bytes().to_vec()
    };
    let secret = if action == "hmac" {
        const KINDS: &str = "ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey";
        Some(text(context, "secret", "key", KINDS, index)?)
    } else {
        None
    };
    let algorithm = context.text("type", index)?;
    let digest = digest(&algorithm, &data, secret.as_ref().map(|secret| secret.as_bytes())).ok_or_else(|| {
        let message = if secret.is_some() {
            format!("Invalid digest: {algorithm}")
        } else {
            "Digest method not supported".to_owned()
        };
        NodeError::new("E0967", message).parameter("type")
    })?;
    Ok(if context.text("encoding", index)? == "base64" {
        BASE64_STANDARD.encode(&digest)
    } else {
        digest
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|half| char::from_digit(half.into(), 16))
            .collect()
    })
}

/// A parameter that must be text, with the words that Node.js has where it is not.
fn text(
    context: &Context<'_>,
    parameter: &'static str,
    argument: &str,
    kinds: &str,
    index: usize,
) -> Result<Text, NodeError> {
    let received = match context.optional(parameter, index)? {
        Some(Value::Text(text)) => return Ok(text),
        None => "undefined".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::Array(_)) => "an instance of Array".to_owned(),
        Some(Value::Object(_)) => "an instance of Object".to_owned(),
        Some(value) => format!("type {} ({})", value.type_of(), value.to_text()),
    };
    let message =
        format!("The \"{argument}\" argument must be of type string or an instance of {kinds}. Received {received}");
    Err(NodeError::new("E0968", message).parameter(parameter))
}

/// The digest, an HMAC where there is a secret; `None` for an algorithm that is not known.
fn digest(algorithm: &str, data: &[u8], secret: Option<&[u8]>) -> Option<Vec<u8>> {
    macro_rules! digest {
        ($algorithm:ty) => {
            match secret {
                None => <$algorithm>::digest(data).to_vec(),
                Some(secret) => {
                    let mut mac = SimpleHmac::<$algorithm>::new_from_slice(secret).ok()?;
                    mac.update(data);
                    mac.finalize().into_bytes().to_vec()
                }
            }
        };
    }
    Some(match algorithm.to_ascii_uppercase().as_str() {
        "MD5" => digest!(Md5),
        "SHA1" => digest!(Sha1),
        "SHA224" => digest!(Sha224),
        "SHA256" => digest!(Sha256),
        "SHA384" => digest!(Sha384),
        "SHA512" => digest!(Sha512),
        "SHA3-256" => digest!(Sha3_256),
        "SHA3-384" => digest!(Sha3_384),
        "SHA3-512" => digest!(Sha3_512),
        "RIPEMD160" => digest!(Ripemd160),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn digests_are_made() {
        for (parameters, expected) in [
            (r#"{"value": "abc"}"#, Ok("900150983cd24fb0d6963f7d28e17f72")),
            (
                r#"{"value": "abc", "encoding": "base64"}"#,
                Ok("kAFQmDzST7DWlj99KOF/cg=="),
            ),
            (
                r#"{"value": "abc", "type": "SHA1"}"#,
                Ok("a9993e364706816aba3e25717850c26c9cd0d89d"),
            ),
            (
                r#"{"action": "hmac", "value": "abc", "secret": "key", "type": "RIPEMD160"}"#,
                Ok("67fdce738ebfc7372bcd38f03c023b5746724d18"),
            ),
            (
                r#"{"value": "={{ 5 }}"}"#,
                Err(
                    "The \"data\" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received type number (5)",
                ),
            ),
            (r#"{"value": "abc", "type": "foo"}"#, Err("Digest method not supported")),
        ] {
            let result = run(1.0, parameters, "[{}]").of(&Crypto);
            let expected = expected
                .map(|digest| format!(r#"[[{{"data":"{digest}"}}]]"#))
                .map_err(str::to_owned);
            assert_eq!(result, expected, "{parameters}");
        }
    }
}
