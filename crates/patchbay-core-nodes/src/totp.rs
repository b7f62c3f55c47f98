//! TOTP: one-time passwords by time (RFC 6238), from the secret of a credential.

use async_trait::async_trait;
use patchbay_model::{Item, Object};
use patchbay_node::{Context, Description, Kind, Node, NodeError, Outcome, ParameterDescription};

use crate::digest;

const DESCRIPTION: Description = Description {
    name: "n8n-nodes-base.totp",
    title: "TOTP",
    about: "Makes a one-time password",
    versions: &[1.0],
    trigger: false,
    parameters: &[
        ParameterDescription::new(
            "operation",
            Kind::Options(&["generateSecret"]),
            "\"generateSecret\"",
            "What is done",
        ),
        ParameterDescription::new("options", Kind::Collection, "{}", "Algorithm, digits, period"),
        ParameterDescription::new("options.algorithm", Kind::Text, "\"SHA1\"", "The HMAC's algorithm"),
        ParameterDescription::new("options.digits", Kind::Number, "6", "How long the password is"),
        ParameterDescription::new("options.period", Kind::Number, "30", "Seconds that it holds"),
    ],
};

const CREDENTIAL: &str = "totpApi";

pub struct Totp;

#[async_trait]
impl Node for Totp {
    fn description(&self) -> &Description {
        &DESCRIPTION
    }

    async fn run(&self, context: &Context<'_>) -> Result<Outcome, NodeError> {
        if context.text("operation", 0)? != "generateSecret" {
            return Err(NodeError::new("E0325", "Could not get parameter").parameter("operation"));
        }
        let credential = context.capabilities.credentials.find(CREDENTIAL, context.node).await?;
        let label = credential.field("label");
        if !label.is_some_and(|label| label.reveal().contains(':')) {
            return Err(NodeError::new("E0326", "Malformed label - expected `issuer:username`")
                .hint(format!("mend the `label` of the credential `{}`", credential.name)));
        }
        let secret = credential
            .field("secret")
            .ok_or_else(|| NodeError::new("E0326", format!("The credential `{}` has no `secret`", credential.name)))?;
        let key = base32(secret.reveal());
        let seconds = context.capabilities.environment.now() / 1000.0;
        let mut made = Vec::with_capacity(context.items().len());
        for index in 0..context.items().len() {
            let password = password(context, &key, seconds, index);
            match password {
                Ok(json) => made.push(Item::new(json).paired_with(index)),
                Err(error) if context.continues_on_fail() && !error.is_cancelled() => {
                    let json: Object = [("error", error.error.message)].into_iter().collect();
                    made.push(Item::new(json).paired_with(index));
                }
                Err(error) => return Err(error.item(index)),
            }
        }
        Ok(Outcome::items(made))
    }
}

fn password(context: &Context<'_>, key: &[u8], seconds: f64, index: usize) -> Result<Object, NodeError> {
    let positive = |path: &str, otherwise: f64| {
        let number = context.number(path, index)?;
        Ok::<_, NodeError>(if number > 0.0 { number } else { otherwise })
    };
    let digits = positive("options.digits", 6.0)? as usize;
    let period = positive("options.period", 30.0)?;
    let algorithm = context.text("options.algorithm", index)?.to_uppercase();
    let counter = (seconds / period).floor();
    let mac = digest::named(&algorithm, &(counter as u64).to_be_bytes(), Some(key)).ok_or_else(|| {
        NodeError::new("E0967", format!("Invalid digest: {algorithm}")).parameter("options.algorithm")
    })?;
    let start = usize::from(mac.last().copied().unwrap_or_default() & 15);
    // A digest may be too short for where it points to: what is not there is zero.
    let word = (start..start + 4).fold(0, |word, place| {
        word << 8 | u64::from(mac.get(place).copied().unwrap_or_default())
    });
    let token = format!("{:010}", word & 0x7FFF_FFFF);
    let token = &token[token.len().saturating_sub(digits)..];
    let mut json = Object::with_capacity(2);
    json.insert("token", format!("{token:0>digits$}"));
    json.insert(
        "secondsRemaining",
        (period * (1.0 - (seconds / period).fract())).floor(),
    );
    Ok(json)
}

/// Bytes of base 32 (RFC 4648); other characters are passed over.
fn base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for character in text.to_ascii_uppercase().chars() {
        let value = match character {
            'A'..='Z' => character as u32 - 'A' as u32,
            '2'..='7' => character as u32 - '2' as u32 + 26,
            _ => continue,
        };
        held = (held << 5 | value) & 0xFFFF;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn passwords_are_as_in_n8n() {
        let credential = r#"{"secret": "BVDRSBXQB2ZEL5HE", "label": "A:b"}"#;
        for (options, token, remaining) in [
            ("{}", "981907", 22),
            (r#"{"algorithm": "SHA256", "digits": 8, "period": 60}"#, "84150595", 52),
            (r#"{"algorithm": "SHA512", "digits": 7, "period": 7}"#, "9443902", 7),
            (r#"{"algorithm": "MD5"}"#, "006090", 22),
            (r#"{"digits": 0, "period": 0}"#, "981907", 22),
        ] {
            let run = run(1.0, &format!(r#"{{"options": {options}}}"#), "[{}]").credential(CREDENTIAL, credential);
            let expected = format!(r#"[[{{"token":"{token}","secondsRemaining":{remaining}}}]]"#);
            assert_eq!(run.of(&Totp), Ok(expected), "{options}");
        }
    }
}
