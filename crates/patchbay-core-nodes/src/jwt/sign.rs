//! A token is signed.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use patchbay_model::{Object, Text, Value};
use patchbay_node::capability::{Credential, Entropy};
use patchbay_node::{Context, NodeError};

use super::{Keys, digest_of, refused};
use crate::digest;
use crate::key::{Form, PrivateKey, Random};

pub(super) fn signed(context: &Context<'_>, credential: &Credential, index: usize) -> Result<Object, NodeError> {
    let keys = Keys::read(context, credential, index)?;
    let claims = if context.boolean("useJson", index)? {
        claims_of_json(context, index)?
    } else {
        let claims = context.value("claims", index)?;
        claims.as_object().cloned().unwrap_or_default()
    };
    for name in ["iat", "exp", "nbf"] {
        if claims.get(name).is_some_and(|value| value.as_number().is_none()) {
            return Err(refused(format!("\"{name}\" should be a number of seconds")));
        }
    }
    let key_id = context.text("options.kid", index)?;
    let token = token(context, &keys, claims, Some(key_id).filter(|id| !id.is_empty()))?;
    Ok([("token", token)].into_iter().collect())
}

/// The token of claims, by the algorithm that the credential names.
pub(crate) fn token_of(context: &Context<'_>, credential: &Credential, claims: Object) -> Result<String, NodeError> {
    let algorithm = Keys::algorithm_of(credential);
    token(context, &Keys { credential, algorithm }, claims, None)
}

fn token(context: &Context<'_>, keys: &Keys<'_>, claims: Object, key_id: Option<Text>) -> Result<String, NodeError> {
    let mut payload = claims;
    if payload.get("iat").is_none() {
        let now = (context.capabilities.environment.now() / 1000.0).floor();
        payload.insert("iat", now);
    }
    let mut header = Object::with_capacity(3);
    header.insert("alg", keys.algorithm.clone());
    header.insert("typ", "JWT");
    if let Some(key_id) = key_id {
        header.insert("kid", key_id);
    }
    let written = |object: Object| BASE64_URL_SAFE_NO_PAD.encode(Value::object(object).to_json());
    let message = format!("{}.{}", written(header), written(payload));
    let signature = signature_of(keys, &message, context.capabilities.entropy.as_ref())?;
    Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

fn claims_of_json(context: &Context<'_>, index: usize) -> Result<Object, NodeError> {
    let fault = || {
        NodeError::new("E0322", "The claims are not a valid JSON object")
            .parameter("claimsJson")
            .hint("they are like {\"sub\": \"…\", \"exp\": 1772600767}")
    };
    let value = context.value("claimsJson", index)?;
    let value = match value.as_str() {
        Some(text) => Value::from_json(text).map_err(|_| fault())?,
        None => value,
    };
    value.as_object().cloned().ok_or_else(fault)
}

fn signature_of(keys: &Keys<'_>, message: &str, entropy: &dyn Entropy) -> Result<Vec<u8>, NodeError> {
    let name = keys.algorithm.as_str();
    if name == "none" {
        return Ok(Vec::new());
    }
    let material = keys
        .material("privateKey")
        .ok_or_else(|| refused("secretOrPrivateKey must have a value"))?;
    if let Some(bits) = name.strip_prefix("HS") {
        if keys.is_pem() && PrivateKey::from_pem(&material).is_some() {
            return Err(refused(format!(
                "secretOrPrivateKey must be a symmetric key when using {name}"
            )));
        }
        return digest::named(&format!("sha{bits}"), message.as_bytes(), Some(material.as_bytes()))
            .ok_or_else(|| refused(format!("The algorithm `{name}` is not known")));
    }
    let (algorithm, padding) =
        digest_of(name).ok_or_else(|| refused(format!("The algorithm `{name}` is not known")))?;
    let key = PrivateKey::from_pem(&material).ok_or_else(|| {
        refused(format!(
            "secretOrPrivateKey must be an asymmetric key when using {name}"
        ))
    })?;
    check_key(&key, name)?;
    key.sign(
        algorithm,
        message.as_bytes(),
        padding,
        Form::Fixed,
        &mut Random(entropy),
    )
    .map_err(|_| refused("The key can not sign with that algorithm"))
}

/// The kind of a key must be that of the algorithm.
fn check_key(key: &PrivateKey, algorithm: &str) -> Result<(), NodeError> {
    let is_curve = algorithm.starts_with("ES");
    match key.curve() {
        None if is_curve => Err(refused(
            "\"alg\" parameter for \"rsa\" key type must be one of: RS256, PS256, RS384, PS384, RS512, PS512.",
        )),
        None if key.rsa_bits() < Some(2048) => Err(refused(format!(
            "secretOrPrivateKey has a minimum key size of 2048 bits for {algorithm}"
        ))),
        None => Ok(()),
        Some(_) if !is_curve => Err(refused(
            "\"alg\" parameter for \"ec\" key type must be one of: ES256, ES384, ES512.",
        )),
        Some(curve) => {
            let wanted = match algorithm {
                "ES384" => "secp384r1",
                "ES512" => "secp521r1",
                _ => "prime256v1",
            };
            if curve == wanted {
                Ok(())
            } else {
                Err(refused(format!(
                    "\"alg\" parameter \"{algorithm}\" requires curve \"{wanted}\"."
                )))
            }
        }
    }
}
