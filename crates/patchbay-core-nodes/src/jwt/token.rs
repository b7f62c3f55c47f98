//! A token is read and checked.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use patchbay_model::{Object, Text, Value};
use patchbay_node::capability::Credential;
use patchbay_node::{Context, NodeError};

use super::{Keys, digest_of, refused};
use crate::digest;
use crate::key::PublicKey;

/// A token, taken apart.
pub(super) struct Token {
    /// Header and payload as they were signed.
    message: String,
    header: Value,
    payload: Value,
    signature: Text,
}

/// The token of an item, if it looks like one.
pub(super) fn given_token(context: &Context<'_>, index: usize) -> Result<Text, NodeError> {
    let value = context.value("token", index)?;
    if value.is_null() || value.as_str() == Some("") {
        return Err(NodeError::new("E0328", "The JWT token was not provided")
            .description("Be sure to add a valid JWT token to the 'Token' parameter")
            .parameter("token"));
    }
    let is_part = |part: &str| {
        part.chars()
            .all(|symbol| symbol.is_ascii_alphanumeric() || "-_=".contains(symbol))
    };
    let parts: Vec<&str> = value.as_str().unwrap_or_default().split('.').collect();
    match parts.as_slice() {
        [header, payload, signature]
            if !header.is_empty()
                && !payload.is_empty()
                && [header, payload, signature].into_iter().all(|part| is_part(part)) =>
        {
            Ok(value.to_text())
        }
        _ => Err(
            NodeError::new("E0328", format!("Invalid input for 'Token' [item {index}]"))
                .description("Value is not a valid JWT token")
                .parameter("token"),
        ),
    }
}

impl Token {
    /// `None` where the header is none. A payload that is no JSON stays text, unless the header says that it is a JWT.
    pub(super) fn read(token: &str) -> Result<Option<Self>, NodeError> {
        let mut parts = token.split('.');
        let mut next = || parts.next().unwrap_or_default();
        let (header, payload, signature) = (next(), next(), next());
        let decoded = |part: &str| {
            let bytes = BASE64_URL_SAFE_NO_PAD
                .decode(part.trim_end_matches('='))
                .unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let Ok(read_header) = Value::from_json(&decoded(header)) else {
            return Ok(None);
        };
        let text = decoded(payload);
        let read_payload = match Value::from_json(&text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => value,
            Ok(value) if is_jwt(&read_header) => value,
            Err(error) if is_jwt(&read_header) => {
                return Err(refused(format!("\"{text}\" is not valid JSON")).description(error.to_string()));
            }
            _ => Value::text(text),
        };
        Ok(Some(Self {
            message: format!("{header}.{payload}"),
            header: read_header,
            payload: read_payload,
            signature: signature.into(),
        }))
    }

    pub(super) fn shown(self, complete: bool) -> Object {
        let mut json = Object::with_capacity(3);
        if complete {
            json.insert("header", self.header);
        }
        json.insert("payload", self.payload);
        if complete {
            json.insert("signature", self.signature);
        }
        json
    }
}

fn is_jwt(header: &Value) -> bool {
    header.get("typ").and_then(Value::as_str) == Some("JWT")
}

/// Checks signature and times.
pub(super) fn verified(
    context: &Context<'_>,
    credential: &Credential,
    token: &Token,
    index: usize,
) -> Result<(), NodeError> {
    let keys = Keys::read(context, credential, index)?;
    let material = keys.material("publicKey");
    if token.signature.trim().is_empty() {
        return Err(refused("jwt signature is required"));
    }
    let material = material.ok_or_else(|| refused("secret or public key must be provided"))?;
    let name = keys.algorithm.as_str();
    if token.header.get("alg").and_then(Value::as_str) != Some(name) {
        return Err(refused("invalid algorithm"));
    }
    let signature = BASE64_URL_SAFE_NO_PAD
        .decode(token.signature.trim_end_matches('='))
        .unwrap_or_default();
    if !is_genuine(&keys, &material, name, &token.message, &signature)? {
        return Err(refused("The JWT token can't be verified").description(
            "Be sure that the provided JWT token is correctly encoded and matches the selected credentials",
        ));
    }
    let now = (context.capabilities.environment.now() / 1000.0).floor();
    let tolerance = context
        .optional("options.clockTolerance", index)?
        .map_or(0.0, |value| value.to_number());
    let time = |claim: &str, ignore: &str| -> Result<Option<f64>, NodeError> {
        match token.payload.get(claim) {
            Some(value) if !context.boolean(ignore, index)? => match value.as_number() {
                Some(seconds) => Ok(Some(seconds)),
                None => Err(refused(format!("invalid {claim} value"))),
            },
            _ => Ok(None),
        }
    };
    if time("nbf", "options.ignoreNotBefore")?.is_some_and(|start| start > now + tolerance) {
        return Err(refused("jwt not active"));
    }
    if time("exp", "options.ignoreExpiration")?.is_some_and(|end| now >= end + tolerance) {
        return Err(refused("jwt expired"));
    }
    Ok(())
}

fn is_genuine(keys: &Keys<'_>, material: &str, name: &str, message: &str, signature: &[u8]) -> Result<bool, NodeError> {
    if let Some(bits) = name.strip_prefix("HS") {
        if keys.is_pem() && PublicKey::from_pem(material).is_some() {
            return Err(refused(format!(
                "secretOrPublicKey must be a symmetric key when using {name}"
            )));
        }
        let expected = digest::named(&format!("sha{bits}"), message.as_bytes(), Some(material.as_bytes()));
        return Ok(expected.is_some_and(|expected| same(&expected, signature)));
    }
    let Some((algorithm, padding)) = digest_of(name) else {
        return Err(refused("invalid algorithm"));
    };
    let key = PublicKey::from_pem(material)
        .filter(|key| key.is_rsa() != name.starts_with("ES"))
        .ok_or_else(|| refused(format!("secretOrPublicKey must be an asymmetric key when using {name}")))?;
    Ok(key.verifies(algorithm, message.as_bytes(), padding, signature))
}

/// Compares in a time that does not tell where two texts differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .fold(0, |differing, (one, other)| differing | (one ^ other))
            == 0
}
