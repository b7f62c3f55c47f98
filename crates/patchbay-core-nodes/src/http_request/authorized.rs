//! Ways to authenticate that take more than a header: digests and signatures over each request, tokens that are fetched
//! and renewed.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patchbay_model::Value;
use patchbay_node::capability::Credential;
use patchbay_node::capability::http::{Request, Response};
use patchbay_node::{Context, NodeError, Secret};
use url::{Url, form_urlencoded};

use super::body::Content;
use super::query::percent;
use super::{Draft, aws, query, tokens};
use crate::digest;

/// What a request needs beside its headers.
#[derive(Clone, Debug, Default)]
pub(super) enum Authorization {
    #[default]
    Nothing,
    /// RFC 7616: the service's challenge is answered.
    Digest { user: String, password: Secret },
    /// RFC 5849: the request is signed.
    OAuth1(Credential),
    /// RFC 6749: a token is fetched, or renewed when the service refuses it.
    OAuth2(Credential),
    /// AWS's Signature Version 4: the request is signed.
    Aws(Credential),
}

/// Sends a request with what its authorization asks for.
pub(super) async fn send(context: &Context<'_>, item: usize, draft: &Draft) -> Result<Response, NodeError> {
    let http = &context.capabilities.http;
    let request = draft.to_request(context, item);
    match &draft.authorization {
        Authorization::Nothing => http.send(request).await,
        Authorization::Digest { user, password } => {
            let answer = http.send(request.clone()).await?;
            let challenge = answer.header("www-authenticate").unwrap_or_default();
            if answer.status != 401 {
                return Ok(answer);
            }
            // n8n, too, shows the password to a service that asks for nothing better.
            let Some(challenge) = Challenge::read(challenge) else {
                if !challenge.to_ascii_lowercase().starts_with("basic") {
                    return Ok(answer);
                }
                let both = STANDARD.encode(format!("{user}:{}", password.reveal()));
                return http.send(with_authorization(request, format!("Basic {both}"))).await;
            };
            let header = challenge.answer(&request, user, password.reveal(), &random_hex(context));
            http.send(with_authorization(request, header)).await
        }
        Authorization::OAuth1(credential) => {
            let seconds = (context.capabilities.environment.now() / 1000.0).floor();
            let signer = Signer {
                credential,
                nonce: random_hex(context),
                seconds,
            };
            let header = signer.header(&request, &draft.body)?;
            http.send(with_authorization(request, header)).await
        }
        Authorization::Aws(credential) => http.send(aws::signed(context, request, credential).await?).await,
        Authorization::OAuth2(credential) => {
            let token = tokens::token(context, credential, None).await?;
            let with_token = |token: &Secret| with_authorization(request.clone(), format!("Bearer {}", token.reveal()));
            let answer = http.send(with_token(&token)).await?;
            if answer.status != 401 || !tokens::can_renew(credential) {
                return Ok(answer);
            }
            let renewed = tokens::token(context, credential, Some(&token)).await?;
            http.send(with_token(&renewed)).await
        }
    }
}

fn with_authorization(mut request: Request, header: String) -> Request {
    request
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
    request.headers.push(("authorization".into(), header.into()));
    request
}

fn random_hex(context: &Context<'_>) -> String {
    let mut bytes = [0; 16];
    context.capabilities.entropy.fill(&mut bytes);
    digest::hex(&bytes)
}

pub(super) fn field(credential: &Credential, name: &str) -> String {
    credential
        .field(name)
        .map(|value| value.reveal().to_owned())
        .unwrap_or_default()
}

/// What a service asks of whoever authenticates by digest.
struct Challenge {
    parts: HashMap<String, String>,
}

impl Challenge {
    /// `Digest realm="…", nonce="…", qop="auth"`; `None` for another scheme.
    fn read(header: &str) -> Option<Self> {
        let rest = header
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("digest "))
            .map(|_| &header[7..])?;
        let mut parts = HashMap::new();
        let mut rest = rest.trim();
        while let Some((name, after)) = rest.split_once('=') {
            let (value, next) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            parts.insert(name.trim().to_lowercase(), value.trim().to_owned());
            rest = next.trim_start().trim_start_matches(',').trim_start();
        }
        Some(Self { parts })
    }

    fn part(&self, name: &str) -> &str {
        self.parts.get(name).map_or("", String::as_str)
    }

    fn answer(&self, request: &Request, user: &str, password: &str, client_nonce: &str) -> String {
        let algorithm = self.part("algorithm");
        let plain = algorithm.to_lowercase();
        let is_session = plain.ends_with("-sess");
        let name = if plain.starts_with("sha-256") { "sha256" } else { "md5" };
        let hash = |text: String| digest::hex(&digest::named(name, text.as_bytes(), None).unwrap_or_default());
        let (realm, nonce) = (self.part("realm"), self.part("nonce"));
        let path = Url::parse(&request.url).map_or_else(
            |_| "/".to_owned(),
            |url| match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            },
        );
        let mut secret = hash(format!("{user}:{realm}:{password}"));
        if is_session {
            secret = hash(format!("{secret}:{nonce}:{client_nonce}"));
        }
        let target = hash(format!("{}:{path}", request.method));
        let counted = self.part("qop").split(',').any(|kind| kind.trim() == "auth");
        let response = if counted {
            hash(format!("{secret}:{nonce}:00000001:{client_nonce}:auth:{target}"))
        } else {
            hash(format!("{secret}:{nonce}:{target}"))
        };
        let mut parts = vec![format!(
            "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{path}\", response=\"{response}\""
        )];
        if counted {
            parts.push(format!("qop=auth, nc=00000001, cnonce=\"{client_nonce}\""));
        }
        if !self.part("opaque").is_empty() {
            parts.push(format!("opaque=\"{}\"", self.part("opaque")));
        }
        if !algorithm.is_empty() {
            parts.push(format!("algorithm={algorithm}"));
        }
        parts.join(", ")
    }
}

/// Signs requests as OAuth 1 has it.
struct Signer<'c> {
    credential: &'c Credential,
    nonce: String,
    seconds: f64,
}

impl Signer<'_> {
    fn header(&self, request: &Request, body: &Content) -> Result<String, NodeError> {
        let method = match field(self.credential, "signatureMethod").as_str() {
            "" => "HMAC-SHA1".to_owned(),
            method => method.to_owned(),
        };
        let own = [
            ("oauth_consumer_key", field(self.credential, "consumerKey")),
            ("oauth_nonce", self.nonce.clone()),
            ("oauth_signature_method", method.clone()),
            ("oauth_timestamp", Value::Number(self.seconds).to_text().to_string()),
            ("oauth_token", field(self.credential, "oauthTokenData.oauth_token")),
            ("oauth_version", "1.0".to_owned()),
        ];
        let own: Vec<(String, String)> = own
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let mut url = Url::parse(&request.url)
            .map_err(|error| NodeError::new("E0921", format!("Invalid URL: {error}")).parameter("url"))?;
        let mut signed = own.clone();
        signed.extend(url.query_pairs().into_owned());
        if let Content::Form(fields) = body {
            let text = query::encode(fields, query::Arrays::Indices);
            signed.extend(form_urlencoded::parse(text.as_bytes()).into_owned());
        }
        let mut pairs: Vec<String> = signed
            .iter()
            .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
            .collect();
        pairs.sort();
        url.set_query(None);
        url.set_fragment(None);
        let base = format!(
            "{}&{}&{}",
            request.method,
            percent(url.as_str()),
            percent(&pairs.join("&"))
        );
        let secrets = [
            field(self.credential, "consumerSecret"),
            field(self.credential, "oauthTokenData.oauth_token_secret"),
        ];
        let key = secrets.map(|secret| percent(&secret)).join("&");
        let signature = match method.strip_prefix("HMAC-") {
            Some(algorithm) => digest::named(&algorithm.replace('-', ""), base.as_bytes(), Some(key.as_bytes()))
                .map(|signature| STANDARD.encode(signature)),
            None if method == "PLAINTEXT" => Some(key),
            None => None,
        };
        let signature = signature.ok_or_else(|| {
            NodeError::new("E0925", format!("The signature method `{method}` is not supported"))
                .hint("use HMAC-SHA1, HMAC-SHA256, HMAC-SHA512 or PLAINTEXT")
        })?;
        let mut parts = own;
        parts.push(("oauth_signature".to_owned(), signature));
        parts.sort();
        let parts: Vec<String> = parts
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", percent(value)))
            .collect();
        Ok(format!("OAuth {}", parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use patchbay_model::Object;

    use super::*;

    /// The example of RFC 7616, section 3.9.1.
    #[test]
    fn a_challenge_is_answered() {
        let request = Request::new("GET", "http://www.example.org/dir/index.html");
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let header = format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm={algorithm}, \
                 nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            );
            let challenge = Challenge::read(&header).expect("a challenge");
            let client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
            let answer = challenge.answer(&request, "Mufasa", "Circle of Life", client_nonce);
            assert!(answer.contains(&format!("response=\"{response}\"")), "{answer}");
        }
        assert!(Challenge::read("Basic realm=\"x\"").is_none());
    }

    /// The example of OAuth Core 1.0, appendix A.
    #[test]
    fn a_request_is_signed() {
        let data: Object = [
            ("consumerKey", Value::from("dpf43f3p2l4k3l03")),
            ("consumerSecret", "kd94hf93k423kf44".into()),
            (
                "oauthTokenData",
                Value::object(
                    [
                        ("oauth_token", "nnch734d00sl2jdk"),
                        ("oauth_token_secret", "pfkkdhi9sl3r4s00"),
                    ]
                    .into_iter()
                    .collect::<Object>(),
                ),
            ),
        ]
        .into_iter()
        .collect();
        let credential = Credential::new(None, "x", "oAuth1Api", data);
        let signer = Signer {
            credential: &credential,
            nonce: "kllo9940pd9333jh".to_owned(),
            seconds: 1_191_242_096.0,
        };
        let request = Request::new(
            "GET",
            "http://photos.example.net/photos?file=vacation.jpg&size=original",
        );
        let header = signer.header(&request, &Content::Empty).expect("signed");
        assert!(
            header.contains("oauth_signature=\"tR3%2BTy81lMeYAr%2FFid0kMTYa%2FWM%3D\""),
            "{header}"
        );
    }
}
