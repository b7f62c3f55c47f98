//! JWT: signs, checks and reads JSON Web Tokens (RFC 7519). The messages are those of Node.js's usual library, which n8n
//! passes on. Here the node and its keys; signing and reading are beside it.

mod sign;
mod token;

use async_trait::async_trait;
use patchbay_model::{Item, Object, Text, Value};
use patchbay_node::capability::Credential;
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use sign::signed;
pub(crate) use sign::token_of;
use token::{Token, given_token, verified};

use crate::digest::Algorithm;
use crate::key::{self, Padding};

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

pub(crate) const CREDENTIAL: &str = "jwtAuth";

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
            Self::algorithm_of(credential)
        } else {
            chosen
        };
        Ok(Self { credential, algorithm })
    }

    fn algorithm_of(credential: &Credential) -> Text {
        let named = credential.field("algorithm");
        named.map_or_else(|| "HS256".into(), |name| name.reveal().into())
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
