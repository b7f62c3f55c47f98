//! JWT: signs, checks and reads JSON Web Tokens (RFC 7519). The messages are those of Node.js's usual library, which n8n
//! passes on.

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::capability::{Credential, Entropy};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::digest::{self, Algorithm};
use crate::key::{self, Form, Padding, PrivateKey, PublicKey, Random};

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.jwt",
    title: "JWT",
    about: "Signs, checks and reads JSON Web Tokens",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["decode", "sign", "verify"]),
            "\"sign\"",
            "What is done",
        ),
        ParameterDescription::new("useJson", Kind::Boolean, "false", "The claims are given as JSON"),
        ParameterDescription::new("claims", Kind::Collection, "{}", "The claims"),
        ParameterDescription::new(
            "claimsJson",
            Kind::Json,
            "\"{\\n  \\\"my_field_1\\\": \\\"value 1\\\",\\n  \\\"my_field_2\\\": \\\"value 2\\\"\\n}\\n\"",
            "The claims as JSON",
        ),
        ParameterDescription::new("token", Kind::Text, "\"\"", "The token")
            .required_where("operation", &["decode", "verify"]),
        ParameterDescription::new("options", Kind::Collection, "{}", "Algorithm, key id, tolerance"),
    ],
};

const CREDENTIAL: &str = "jwtAuth";

pub struct Jwt;

#[async_trait]
impl Node for Jwt {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        let credential = context.capabilities.credentials.find(CREDENTIAL, context.node).await?;
        let mut made = Vec::with_capacity(context.items().len());
        for index in 0..context.items().len() {
            match result_of(context, &credential, index) {
                Ok(json) => made.extend(json.map(|json| Item::new(json).paired_with(index))),
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let failed = Item {
                        error: Some(error.to_item_error().into()),
                        ..Item::default()
                    };
                    made.push(failed.paired_with(index));
                }
                Err(error) => return Err(error.item(index)),
            }
        }
        Ok(Outcome::items(made))
    }
}

/// The item that the operation gives; none for an operation that n8n does not know.
fn result_of(context: &Context<'_>, credential: &Credential, index: usize) -> Result<Option<Object>, NodeError> {
    let operation = context.text("operation", index)?;
    match operation.as_str() {
        "sign" => signed(context, credential, index).map(Some),
        "verify" => {
            let token = Token::read(&given_token(context, index)?)?.ok_or_else(|| refused("invalid token"))?;
            verified(context, credential, &token, index)?;
            Ok(Some(token.shown(context.boolean("options.complete", index)?)))
        }
        "decode" => match Token::read(&given_token(context, index)?)? {
            Some(token) => Ok(Some(token.shown(context.boolean("options.complete", index)?))),
            None => Ok(Some([("payload", Value::Null)].into_iter().collect())),
        },
        _ => Ok(None),
    }
}

fn refused(message: impl Into<Text>) -> NodeError {
    NodeError::new("E0328", message)
}

/// What a credential and the options say about keys.
struct Keys<'c> {
    credential: &'c Credential,
    /// `HS256`.
    algorithm: Text,
}

impl<'c> Keys<'c> {
    fn read(context: &Context<'_>, credential: &'c Credential, index: usize) -> Result<Self, NodeError> {
        let chosen = context.text("options.algorithm", index)?;
        let algorithm = if chosen.is_empty() {
            credential
                .field("algorithm")
                .map_or_else(|| "HS256".into(), |name| name.reveal().into())
        } else {
            chosen
        };
        Ok(Self { credential, algorithm })
    }

    fn is_pem(&self) -> bool {
        self.credential
            .field("keyType")
            .is_some_and(|kind| kind.reveal() == "pemKey")
    }

    /// The credential's passphrase or key; `None` where it is empty.
    fn material(&self, pem_field: &str) -> Option<String> {
        if self.is_pem() {
            let pem = self.credential.field(pem_field)?;
            Some(key::with_lines(pem.reveal()))
        } else {
            Some(self.credential.field("secret")?.reveal().to_owned())
        }
    }
}

/// The digest and the padding of a JOSE algorithm with a key pair: `RS256`, `PS384`, `ES512`.
fn digest_of(algorithm: &str) -> Option<(&'static Algorithm, Padding)> {
    let (family, bits) = algorithm.split_at_checked(2)?;
    let digest = Algorithm::find(&format!("sha{bits}"))?;
    let padding = if family == "PS" { Padding::Pss } else { Padding::Pkcs1 };
    matches!(bits, "256" | "384" | "512").then_some((digest, padding))
}

fn signed(context: &Context<'_>, credential: &Credential, index: usize) -> Result<Object, NodeError> {
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
    let mut payload = claims;
    if payload.get("iat").is_none() {
        let now = (context.capabilities.environment.now() / 1000.0).floor();
        payload.insert("iat", now);
    }
    let mut header = Object::with_capacity(3);
    header.insert("alg", keys.algorithm.clone());
    header.insert("typ", "JWT");
    let key_id = context.text("options.kid", index)?;
    if !key_id.is_empty() {
        header.insert("kid", key_id);
    }
    let written = |object: Object| BASE64_URL_SAFE_NO_PAD.encode(Value::object(object).to_json());
    let message = format!("{}.{}", written(header), written(payload));
    let signature = signature_of(&keys, &message, context.capabilities.entropy.as_ref())?;
    let token = format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
    Ok([("token", token)].into_iter().collect())
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

/// A token, taken apart.
struct Token {
    /// Header and payload as they were signed.
    message: String,
    header: Value,
    payload: Value,
    signature: Text,
}

/// The token of an item, if it looks like one.
fn given_token(context: &Context<'_>, index: usize) -> Result<Text, NodeError> {
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
    fn read(token: &str) -> Result<Option<Self>, NodeError> {
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

    fn shown(self, complete: bool) -> Object {
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
fn verified(context: &Context<'_>, credential: &Credential, token: &Token, index: usize) -> Result<(), NodeError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    const PASSPHRASE: &str = r#"{"keyType": "passphrase", "secret": "s3cret", "algorithm": "HS256"}"#;

    fn jwt(parameters: &str, credential: &str) -> Result<String, String> {
        run(1.0, parameters, "[{}]").credential(CREDENTIAL, credential).of(&Jwt)
    }

    #[test]
    fn tokens_are_as_in_n8n() {
        let token =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NzI2MDA3Njd9.Mpon-5YPpWPsZlcwJw--Q7wObCdvyGKUNZjQKgt6C8I";
        assert_eq!(jwt("{}", PASSPHRASE), Ok(format!(r#"[[{{"token":"{token}"}}]]"#)));
        let verify = format!(r#"{{"operation": "verify", "token": "{token}"}}"#);
        assert_eq!(
            jwt(&verify, PASSPHRASE).as_deref(),
            Ok(r#"[[{"payload":{"iat":1772600767}}]]"#)
        );
        for (credential, message) in [
            (
                r#"{"keyType": "passphrase", "secret": "other", "algorithm": "HS256"}"#,
                "The JWT token can't be verified",
            ),
            (
                r#"{"keyType": "passphrase", "secret": "s3cret", "algorithm": "HS512"}"#,
                "invalid algorithm",
            ),
            (
                r#"{"keyType": "passphrase", "secret": "", "algorithm": "HS256"}"#,
                "secret or public key must be provided",
            ),
        ] {
            assert_eq!(jwt(&verify, credential), Err(message.to_owned()), "{credential}");
        }
    }

    #[test]
    fn times_are_checked() {
        for (claims, options, expected) in [
            (r#"{"exp": 1772600767}"#, "{}", Err("jwt expired")),
            (r#"{"exp": 1772600767}"#, r#"{"clockTolerance": 1}"#, Ok(())),
            (r#"{"exp": 1772600767}"#, r#"{"ignoreExpiration": true}"#, Ok(())),
            (r#"{"nbf": 1772600768}"#, "{}", Err("jwt not active")),
            (r#"{"nbf": 1772600767}"#, "{}", Ok(())),
        ] {
            let sign = Value::object(
                [("useJson", Value::Bool(true)), ("claimsJson", claims.into())]
                    .into_iter()
                    .collect::<Object>(),
            );
            let made = run(1.0, &sign.to_json(), "[{}]")
                .credential(CREDENTIAL, PASSPHRASE)
                .outcome(&Jwt);
            let token = made.expect("signed")[0][0]
                .json
                .get("token")
                .map(Value::to_text)
                .unwrap_or_default();
            let verify = format!(r#"{{"operation": "verify", "token": "{token}", "options": {options}}}"#);
            let verified = jwt(&verify, PASSPHRASE).map(drop);
            assert_eq!(verified, expected.map_err(str::to_owned), "{claims} {options}");
        }
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        for (algorithm, message) in [
            ("RS256", "secretOrPrivateKey must be an asymmetric key when using RS256"),
            ("ES512", "secretOrPrivateKey must be an asymmetric key when using ES512"),
        ] {
            let credential = format!(r#"{{"keyType": "passphrase", "secret": "s", "algorithm": "{algorithm}"}}"#);
            assert_eq!(jwt("{}", &credential), Err(message.to_owned()));
        }
    }
}
