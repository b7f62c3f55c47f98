//! Google's service accounts (RFC 7523): a token is asked for with a claim that the account's key signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use patchbay_model::{Object, Value};
use patchbay_node::capability::{Credential, Entropy};
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
    let now = (context.scope.environment.now() / 1000.0).floor();
    assertion_at(now, credential, audience, context.capabilities.entropy.as_ref())
}

/// `now` in seconds since 1970.
fn assertion_at(now: f64, credential: &Credential, audience: &str, entropy: &dyn Entropy) -> Result<String, NodeError> {
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
    let mut random = Random(entropy);
    let signature = key
        .sign(algorithm, signed.as_bytes(), Padding::Pkcs1, Form::Fixed, &mut random)
        .map_err(|_| unusable())?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use patchbay_node::capability::entropy::Seeded;
    use rsa::pkcs1::{EncodeRsaPrivateKey, EncodeRsaPublicKey};

    use super::*;
    use crate::key::PublicKey;

    #[test]
    fn a_claim_is_signed_by_the_accounts_key() {
        let entropy = Seeded::new(1);
        let key = rsa::RsaPrivateKey::new(&mut Random(&entropy), 1024).expect("a key");
        let ending = rsa::pkcs1::LineEnding::LF;
        let pem = key.to_pkcs1_pem(ending).expect("PEM");
        let public = key.to_public_key().to_pkcs1_pem(ending).expect("PEM");
        let credential = |scopes: &str| {
            let fields = [
                ("email", "a@b.example"),
                ("privateKey", pem.as_str()),
                ("scopes", scopes),
                ("delegatedEmail", "c@b.example"),
            ];
            let mut data: Object = fields
                .into_iter()
                .map(|(name, value)| (name, Value::from(value)))
                .collect();
            data.insert("inpersonate", true);
            Credential::new(None, "x", KIND, data)
        };
        let claim = assertion_at(1000.0, &credential("one, two"), "https://t/", &entropy).expect("a claim");
        let parts: Vec<&str> = claim.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            panic!("{claim}")
        };
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64");
        assert_eq!(
            String::from_utf8_lossy(&decoded(claims)),
            r#"{"iss":"a@b.example","sub":"c@b.example","scope":"one two","aud":"https://t/","iat":1000,"exp":4600}"#
        );
        let known = PublicKey::from_pem(&public).expect("a key");
        let algorithm = Algorithm::find("sha256").expect("an algorithm");
        let text = format!("{header}.{claims}");
        assert!(known.verifies(algorithm, text.as_bytes(), Padding::Pkcs1, &decoded(signature)));
        let error = assertion_at(1000.0, &credential(""), "https://t/", &entropy).expect_err("no scopes");
        assert_eq!(error.error.message, "The credential `x` has no `scopes`");
    }
}
