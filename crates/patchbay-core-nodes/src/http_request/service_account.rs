//! Google's service accounts (RFC 7523): a token is asked for with a claim that the account's key signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use patchbay_model::{Object, Value};
use patchbay_node::capability::Credential;
use patchbay_node::{Context, NodeError};

use super::authorized::field;
use crate::digest::Algorithm;
use crate::key::{Form, Padding, PrivateKey, Random, with_lines};

/// The type of n8n's credential.
pub(super) const KIND: &str = "googleApi";
/// How long a token is asked for, in seconds; Google gives none for longer.
const LIFETIME: f64 = 3600.0;

/// The signed claim that a token is given for; `audience` is the URL that gives it.
pub(super) fn assertion(context: &Context<'_>, credential: &Credential, audience: &str) -> Result<String, NodeError> {
    let fault = |what: &str| {
        NodeError::new("E0925", format!("The credential `{}` {what}", credential.name))
            .hint("it needs the account's `email` and `privateKey`, as in the key file, and `scopes`")
    };
    let email = field(credential, "email");
    let delegated = match field(credential, "delegatedEmail") {
        subject if subject.is_empty() || field(credential, "inpersonate") != "true" => email.clone(),
        subject => subject,
    };
    let scopes = field(credential, "scopes");
    let scopes: Vec<&str> = scopes
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|scope| !scope.is_empty())
        .collect();
    if email.is_empty() {
        return Err(fault("has no `email`"));
    }
    if scopes.is_empty() {
        return Err(fault("has no `scopes`"));
    }
    let now = (context.scope.environment.now() / 1000.0).floor();
    let claims: Object = [
        ("iss", Value::from(email)),
        ("sub", delegated.into()),
        ("scope", scopes.join(" ").into()),
        ("aud", audience.into()),
        ("iat", Value::Number(now)),
        ("exp", Value::Number(now + LIFETIME)),
    ]
    .into_iter()
    .collect();
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let signed = format!(
        "{}.{}",
        part(r#"{"alg":"RS256","typ":"JWT"}"#),
        part(&Value::object(claims).to_json())
    );
    let unusable = || fault("has no `privateKey` that can be used");
    let key = PrivateKey::from_pem(&with_lines(&field(credential, "privateKey"))).ok_or_else(unusable)?;
    let algorithm = Algorithm::find("sha256").ok_or_else(unusable)?;
    let mut random = Random(context.capabilities.entropy.as_ref());
    let signature = key
        .sign(algorithm, signed.as_bytes(), Padding::Pkcs1, Form::Fixed, &mut random)
        .map_err(|_| unusable())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
