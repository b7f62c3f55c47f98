//! Credentials of callers: basic, header, JSON Web Token; and signatures of bodies.
//!
//! What is secret is compared in a time that does not tell how much of it was right.

use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use patchbay_model::Value;
use patchbay_model::workflow::Node;
use patchbay_node::capability::{Credential, Credentials};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::settings::Authentication;

/// Why a caller is not let in, in n8n's words.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    pub status: StatusCode,
    pub message: String,
}

fn refused(status: StatusCode, message: impl Into<String>) -> Refused {
    Refused {
        status,
        message: message.into(),
    }
}

fn wrong() -> Refused {
    refused(StatusCode::FORBIDDEN, "Authorization data is wrong!")
}

/// The type of the credential by which callers are let in, if one is asked for.
pub fn credential_type(authentication: Authentication) -> Option<&'static str> {
    match authentication {
        Authentication::None => None,
        Authentication::Basic => Some("httpBasicAuth"),
        Authentication::Header => Some("httpHeaderAuth"),
        Authentication::Jwt => Some("jwtAuth"),
    }
}

/// Gives the claims of a token, where there is one.
pub async fn check(
    authentication: Authentication,
    headers: &HeaderMap,
    node: &Node,
    credentials: &dyn Credentials,
    now: f64,
) -> Result<Option<Value>, Refused> {
    let Some(kind) = credential_type(authentication) else {
        return Ok(None);
    };
    let credential = credentials.find(kind, node).await.map_err(|error| {
        tracing::error!(node = %node.name, "{}", error.error.message);
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "No authentication data defined on node!",
        )
    })?;
    let field = |name: &str| credential.field(name).unwrap_or_default();
    match authentication {
        Authentication::None => Ok(None),
        Authentication::Basic => {
            let (user, password) =
                basic(headers).ok_or_else(|| refused(StatusCode::UNAUTHORIZED, "Authorization is required!"))?;
            let right = same(&user, field("user").reveal()) & same(&password, field("password").reveal());
            if right { Ok(None) } else { Err(wrong()) }
        }
        Authentication::Header => {
            let name = field("name").reveal().to_lowercase();
            let given = headers.get(&name).and_then(|value| value.to_str().ok());
            let right = given.is_some_and(|given| same(given, field("value").reveal()));
            if right { Ok(None) } else { Err(wrong()) }
        }
        Authentication::Jwt => token(headers, &credential, now).map(Some),
    }
}

fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (found, rest) = value.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let decoded = STANDARD.decode(authorization(headers, "basic")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// Hashes are compared: their length and their place of difference say nothing of the texts.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes()) == Sha256::digest(other.as_bytes())
}

/// The claims of a token that is signed with the credential's secret and valid now.
fn token(headers: &HeaderMap, credential: &Credential, now: f64) -> Result<Value, Refused> {
    let token =
        authorization(headers, "bearer").ok_or_else(|| refused(StatusCode::UNAUTHORIZED, "No token provided"))?;
    let no = |message: &str| refused(StatusCode::FORBIDDEN, message);
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| no("jwt malformed"))?;
    let (header, claims) = signed.split_once('.').ok_or_else(|| no("jwt malformed"))?;
    let part = |text: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok() };
    let header = part(header).ok_or_else(|| no("invalid token"))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| no("invalid signature"))?;
    let algorithm = credential.field("algorithm");
    let algorithm = algorithm.as_ref().map_or("HS256", |algorithm| algorithm.reveal());
    // The token does not choose how it is checked.
    if header.get("alg").and_then(Value::as_str) != Some(algorithm) {
        return Err(no("invalid algorithm"));
    }
    let secret = credential.field("secret").unwrap_or_default();
    let right = match algorithm {
        "HS256" => signed_with::<Hmac<Sha256>>(secret.reveal(), &[signed.as_bytes()], &signature),
        "HS384" => signed_with::<Hmac<Sha384>>(secret.reveal(), &[signed.as_bytes()], &signature),
        "HS512" => signed_with::<Hmac<Sha512>>(secret.reveal(), &[signed.as_bytes()], &signature),
        other => {
            tracing::error!(code = "E1209", "tokens signed with {other} can not be checked");
            return Err(no("invalid algorithm"));
        }
    };
    if !right {
        return Err(no("invalid signature"));
    }
    let claims = part(claims).ok_or_else(|| no("invalid token"))?;
    let seconds = |name: &str| match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(seconds)) => Ok(Some(*seconds)),
        // A limit that means nothing must not be none.
        Some(_) => Err(no(&format!("invalid {name} value"))),
    };
    if seconds("nbf")?.is_some_and(|begin| begin * 1000.0 > now) {
        return Err(no("jwt not active"));
    }
    if seconds("exp")?.is_some_and(|end| end * 1000.0 <= now) {
        return Err(no("jwt expired"));
    }
    Ok(claims)
}

fn signed_with<M: Mac + hmac::digest::KeyInit>(secret: &str, parts: &[&[u8]], signature: &[u8]) -> bool {
    let Ok(mut mac) = <M as Mac>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}

/// The credential type that asks for signed bodies: `secret`, and, all with defaults, `header` (`X-Signature`), `prefix`
/// (what the header has in front of the signature: `sha256=`), `encoding` (`hex` or `base64`), `timestampHeader` (its value
/// and a dot are signed before the body) and `tolerance` (seconds that the timestamp may be off: 300).
pub const SIGNATURE: &str = "webhookSignature";

/// Whether the body is signed, where the node names a credential for that.
pub async fn check_signature(
    headers: &HeaderMap,
    body: &[u8],
    node: &Node,
    credentials: &dyn Credentials,
    now: f64,
) -> Result<(), Refused> {
    let credential = credentials.find(SIGNATURE, node).await.map_err(|error| {
        tracing::error!(node = %node.name, "{}", error.error.message);
        refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "No authentication data defined on node!",
        )
    })?;
    let field = |name: &str| credential.field(name).map(|field| field.reveal().to_owned());
    let header = |name: &str| headers.get(name.to_lowercase()).and_then(|value| value.to_str().ok());
    let unauthorized = |message: &str| refused(StatusCode::UNAUTHORIZED, message);
    let name = field("header").unwrap_or_else(|| "X-Signature".to_owned());
    let given = header(&name).ok_or_else(|| unauthorized("The request is not signed"))?;
    let prefix = field("prefix").unwrap_or_default();
    let given = given.strip_prefix(prefix.as_str()).unwrap_or(given);
    let signature = if field("encoding").as_deref() == Some("base64") {
        STANDARD.decode(given).ok()
    } else {
        from_hex(given)
    };
    let signature = signature.ok_or_else(|| unauthorized("The signature is malformed"))?;
    let timestamp = match field("timestampHeader") {
        None => None,
        Some(name) => Some(header(&name).ok_or_else(|| unauthorized("The request has no timestamp"))?),
    };
    if let Some(timestamp) = timestamp {
        let tolerance = field("tolerance").and_then(|text| text.parse().ok()).unwrap_or(300.0);
        let seconds: f64 = timestamp
            .parse()
            .map_err(|_| unauthorized("The timestamp is malformed"))?;
        if (now / 1000.0 - seconds).abs() > tolerance {
            return Err(unauthorized("The timestamp is too old"));
        }
    }
    let signed: Vec<&[u8]> = match timestamp {
        Some(timestamp) => vec![timestamp.as_bytes(), b".", body],
        None => vec![body],
    };
    let secret = credential.field("secret").unwrap_or_default();
    if signed_with::<Hmac<Sha256>>(secret.reveal(), &signed, &signature) {
        Ok(())
    } else {
        Err(unauthorized("The signature is wrong"))
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}
