//! Crypto: digests (hash), digests with a secret (HMAC), signatures, and random values.

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::StreamExt;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::digest::{self, Algorithm};
use crate::key::{Form, Padding, PrivateKey, Random, uuid};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.crypto",
    title: "Crypto",
    about: "Makes digests, signatures and random values",
    versions: &[1.0, 2.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "action",
            Kind::Options(&["generate", "hash", "hmac", "sign"]),
            "\"hash\"",
            "What is done",
        ),
        ParameterDescription::new("type", Kind::Text, "\"MD5\"", "The algorithm of a digest")
            .required_where("action", &["hash", "hmac"]),
        ParameterDescription::new("algorithm", Kind::Text, "\"\"", "The algorithm of a signature")
            .required_where("action", &["sign"]),
        ParameterDescription::new("binaryData", Kind::Boolean, "false", "The digest is of a file"),
        ParameterDescription::new("binaryPropertyName", Kind::Text, "\"data\"", "The name of the file")
            .required_where("binaryData", &["true"])
            .required_where("action", &["hash", "hmac"]),
        ParameterDescription::new("value", Kind::Text, "\"\"", "The text")
            .required_where("action", &["hash", "hmac", "sign"])
            .required_where("binaryData", &["false"]),
        ParameterDescription::new("secret", Kind::Text, "\"\"", "The secret of an HMAC")
            .required_where("action", &["hmac"]),
        ParameterDescription::new("privateKey", Kind::Text, "\"\"", "The key of a signature, PEM")
            .required_where("action", &["sign"]),
        ParameterDescription::new("dataPropertyName", Kind::Text, "\"data\"", "The field of the result").required(),
        ParameterDescription::new(
            "encoding",
            Kind::Options(&["hex", "base64"]),
            "\"hex\"",
            "How digests and signatures are written",
        ),
        ParameterDescription::new(
            "encodingType",
            Kind::Options(&["uuid", "hex", "base64", "ascii"]),
            "\"uuid\"",
            "What is generated",
        )
        .required_where("action", &["generate"]),
        ParameterDescription::new("stringLength", Kind::Number, "32", "How long what is generated is"),
    ],
};

/// Algorithms that OpenSSL has, but not for signatures.
const NOT_FOR_SIGNATURES: [&str; 5] = ["blake2b512", "blake2s256", "shake128", "shake256", "sm3"];

pub struct Crypto;

#[async_trait]
impl Node for Crypto {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let mut made = Vec::with_capacity(context.items().len());
        for (index, item) in context.items().iter().enumerate() {
            let item = match result_of(context, item, index).await {
                Ok((result, keeps_files)) => {
                    let mut json = item.json.as_ref().clone();
                    json.insert(context.text("dataPropertyName", index)?, Value::text(result));
                    Item {
                        binary: item.binary.clone().filter(|_| keeps_files),
                        ..Item::new(json)
                    }
                }
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    Item::new([("error", error.error.message)].into_iter().collect::<Object>())
                }
                Err(error) => return Err(error.item(index)),
            };
            made.push(item.paired_with(index));
        }
        Ok(Outcome::items(made))
    }
}

/// What the action gives, and whether the item's files stay with it.
async fn result_of(context: &Context<'_>, item: &Item, index: usize) -> Result<(String, bool), NodeError> {
    match context.text("action", index)?.as_str() {
        "generate" => Ok((generated(context, index)?, true)),
        "hash" | "hmac" => Ok((digested(context, item, index).await?, false)),
        "sign" => Ok((signed(context, index)?, false)),
        action => Err(NodeError::new("E0965", "Could not get parameter")
            .description(format!("There is no action `{action}`"))
            .parameter("action")),
    }
}

async fn digested(context: &Context<'_>, item: &Item, index: usize) -> Result<String, NodeError> {
    let file = if context.boolean("binaryData", index)? {
        let name = context.text("binaryPropertyName", index)?;
        Some(item.binary.as_ref().and_then(|files| files.get(&name)).ok_or_else(|| {
            let message = if item.binary.is_some() {
                format!("The item has no binary field '{name}' [item {index}]")
            } else {
                format!(
                    "This operation expects the node's input data to contain a binary file '{name}', but none was found [item {index}]"
                )
            };
            NodeError::new("E0966", message).parameter("binaryPropertyName")
        })?)
    } else {
        None
    };
    let value = match file {
        Some(_) => None,
        None => Some(text(context, "value", "data", BYTES, index)?),
    };
    let secret = if context.text("action", index)? == "hmac" {
        Some(text(context, "secret", "key", KEYS, index)?)
    } else {
        None
    };
    let algorithm = context.text("type", index)?;
    let running = digest::running(&algorithm, secret.as_ref().map(|secret| secret.as_bytes()));
    let mut running = running.ok_or_else(|| {
        let message = if secret.is_some() {
            format!("Invalid digest: {algorithm}")
        } else {
            "Digest method not supported".to_owned()
        };
        NodeError::new("E0967", message).parameter("type")
    })?;
    running.update(value.unwrap_or_default().as_bytes());
    if let Some(file) = file {
        let mut chunks = context.capabilities.binaries.stream(file).await?;
        while let Some(chunk) = chunks.next().await {
            running.update(&chunk?);
        }
    }
    encoded(context, &running.finish(), index)
}

fn signed(context: &Context<'_>, index: usize) -> Result<String, NodeError> {
    let name = context.text("algorithm", index)?;
    let algorithm = Algorithm::find(&name).ok_or_else(|| {
        let lower = name.to_lowercase();
        let exists = NOT_FOR_SIGNATURES.iter().any(|known| lower.contains(known));
        let message = if exists {
            "error:1C8000AE:Provider routines::digest not allowed"
        } else {
            "Invalid digest"
        };
        NodeError::new("E0967", message).parameter("algorithm")
    })?;
    let value = text(context, "value", "chunk", BYTES, index)?;
    let pem = text(context, "privateKey", "key", KEYS, index)?;
    let fault = |message: &str| NodeError::new("E0327", message).parameter("privateKey");
    let key = PrivateKey::from_pem(&pem).ok_or_else(|| {
        fault("error:1E08010C:DECODER routines::unsupported").hint(
            "the key is PEM: `-----BEGIN PRIVATE KEY-----` and lines of base64; RSA, or EC of P-256, P-384, P-521",
        )
    })?;
    let mut random = Random(context.capabilities.entropy.as_ref());
    let signature = key.sign(algorithm, value.as_bytes(), Padding::Pkcs1, Form::Der, &mut random);
    let signature = signature.map_err(|_| fault("The key is too short for that algorithm"))?;
    encoded(context, &signature, index)
}

fn encoded(context: &Context<'_>, bytes: &[u8], index: usize) -> Result<String, NodeError> {
    Ok(if context.text("encoding", index)? == "base64" {
        BASE64_STANDARD.encode(bytes)
    } else {
        digest::hex(bytes)
    })
}

fn generated(context: &Context<'_>, index: usize) -> Result<String, NodeError> {
    let entropy = context.capabilities.entropy.as_ref();
    let kind = context.text("encodingType", index)?;
    if kind == "uuid" {
        return Ok(uuid(entropy));
    }
    let length = match context.value("stringLength", index)? {
        Value::Number(length) => length,
        other => {
            let message = format!(
                "The \"size\" argument must be of type number. Received type {} ('{}')",
                other.type_of(),
                other.to_text()
            );
            return Err(NodeError::new("E0968", message).parameter("stringLength"));
        }
    };
    if !(0.0..=MOST).contains(&length) {
        let message =
            format!("The value of \"size\" is out of range. It must be >= 0 && <= 2147483647. Received {length}");
        return Err(NodeError::new("E0968", message).parameter("stringLength"));
    }
    let length = length as usize;
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    let mut made = match kind.as_str() {
        "hex" => digest::hex(&bytes),
        "base64" => BASE64_STANDARD
            .encode(&bytes)
            .replace(|symbol: char| !symbol.is_ascii_alphanumeric(), ""),
        "ascii" => bytes.iter().map(|byte| char::from(byte & 0x7F)).collect(),
        _ => return Err(NodeError::new("E0965", "Could not get parameter").parameter("encodingType")),
    };
    made.truncate(length);
    Ok(made)
}

/// The longest random value, in characters. n8n would try two thousand million.
const MOST: f64 = 16_777_216.0;

const BYTES: &str = "Buffer, TypedArray, or DataView";
const KEYS: &str = "ArrayBuffer, Buffer, TypedArray, DataView, KeyObject, or CryptoKey";

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
            (
                r#"{"action": "sign", "value": "abc", "algorithm": "RSA-SHA256", "privateKey": "none"}"#,
                Err("error:1E08010C:DECODER routines::unsupported"),
            ),
            (
                r#"{"action": "sign", "value": "abc", "algorithm": "RSA-SM3", "privateKey": "none"}"#,
                Err("error:1C8000AE:Provider routines::digest not allowed"),
            ),
            (r#"{"action": "encrypt"}"#, Err("Could not get parameter")),
        ] {
            let result = run(1.0, parameters, "[{}]").of(&Crypto);
            let expected = expected
                .map(|digest| format!(r#"[[{{"data":"{digest}"}}]]"#))
                .map_err(str::to_owned);
            assert_eq!(result, expected, "{parameters}");
        }
    }

    #[test]
    fn random_values_have_their_shape() {
        for (parameters, length, belongs) in [
            (r#"{"encodingType": "uuid"}"#, 36, "0123456789abcdef-"),
            (r#"{"encodingType": "hex"}"#, 32, "0123456789abcdef"),
            (r#"{"encodingType": "hex", "stringLength": 7}"#, 7, "0123456789abcdef"),
            (
                r#"{"encodingType": "base64", "stringLength": 500}"#,
                500,
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            ),
        ] {
            let parameters = parameters.replacen('{', r#"{"action": "generate", "#, 1);
            let outputs = run(1.0, &parameters, "[{}]").outcome(&Crypto).expect("it runs");
            let made = outputs[0][0].json.get("data").map(Value::to_text).unwrap_or_default();
            assert_eq!(made.len(), length, "{parameters}");
            assert!(made.chars().all(|symbol| belongs.contains(symbol)), "{made}");
        }
        let negative = run(
            1.0,
            r#"{"action": "generate", "encodingType": "hex", "stringLength": -3}"#,
            "[{}]",
        );
        let message = "The value of \"size\" is out of range. It must be >= 0 && <= 2147483647. Received -3";
        assert_eq!(negative.of(&Crypto), Err(message.to_owned()));
    }
}
