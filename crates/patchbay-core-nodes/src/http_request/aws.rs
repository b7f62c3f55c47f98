//! AWS's signatures (Signature Version 4) over requests, for the credential type `aws`. Service and region are told by the
//! host, the region else by the credential.

use patchbay_node::capability::Credential;
use patchbay_node::capability::http::{Body, Piece, Request};
use patchbay_node::{Context, NodeError, Secret};
use percent_encoding::percent_decode_str;
use url::Url;

use super::authorized::field;
use super::query::percent;
use crate::digest;

/// What stands for the digest of a body that S3 takes as it comes.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const DEFAULT_REGION: &str = "us-east-1";

/// The request with its signature.
pub(super) async fn signed(
    context: &Context<'_>,
    request: Request,
    credential: &Credential,
) -> Result<Request, NodeError> {
    let needed = |name: &str| {
        credential.field(name).ok_or_else(|| {
            NodeError::new("E0925", format!("The credential `{}` has no `{name}`", credential.name))
                .hint("a credential of type `aws` needs `accessKeyId` and `secretAccessKey`")
        })
    };
    let url = url_of(&request)?;
    let (service, region) = service_and_region(url.host_str().unwrap_or_default());
    let own_region = field(credential, "region");
    let signer = Signer {
        key_id: field(credential, "accessKeyId"),
        secret: needed("secretAccessKey")?,
        session: credential.field("sessionToken"),
        region: match (region, own_region.as_str()) {
            (Some(region), _) => region,
            (None, "") => DEFAULT_REGION.to_owned(),
            (None, own) => own.to_owned(),
        },
        service,
        time: timestamp(context.scope.environment.now()),
    };
    needed("accessKeyId")?;
    let payload = if signer.service == "s3" && matches!(request.body, Body::Pieces(_)) {
        UNSIGNED.to_owned()
    } else {
        sha256(&bytes_of(context, &request.body).await?)
    };
    signer.sign(request, &payload)
}

fn url_of(request: &Request) -> Result<Url, NodeError> {
    Url::parse(&request.url).map_err(|error| NodeError::new("E0921", format!("Invalid URL: {error}")).parameter("url"))
}

async fn bytes_of(context: &Context<'_>, body: &Body) -> Result<Vec<u8>, NodeError> {
    let mut bytes = Vec::new();
    match body {
        Body::Empty => {}
        Body::Bytes(own) => bytes.extend_from_slice(own),
        Body::Pieces(pieces) => {
            for piece in pieces {
                match piece {
                    Piece::Bytes(own) => bytes.extend_from_slice(own),
                    Piece::File(file) => bytes.extend_from_slice(&context.capabilities.binaries.read(file).await?),
                }
            }
        }
    }
    Ok(bytes)
}

/// `20150830T123600Z`, of milliseconds since 1970.
fn timestamp(milliseconds: f64) -> String {
    let time = jiff::Timestamp::from_millisecond(milliseconds as i64).unwrap_or_default();
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// `sqs` and `eu-west-1` of `sqs.eu-west-1.amazonaws.com`. Hosts of services that are everywhere have no region, and those
/// of buckets and interfaces have a name of their own first.
fn service_and_region(host: &str) -> (String, Option<String>) {
    let before = host.split(".amazonaws.com").next().unwrap_or_default();
    let mut labels: Vec<&str> = before.split('.').collect();
    let is_region =
        |label: &str| label.matches('-').count() >= 2 && label.ends_with(|last: char| last.is_ascii_digit());
    let region = labels.pop_if(|label| is_region(label)).map(str::to_owned);
    let service = match labels.last().copied().unwrap_or_default() {
        // The one service that signs by another name than its host's.
        "email" => "ses",
        service => service,
    };
    (service.to_owned(), region)
}

fn sha256(data: &[u8]) -> String {
    digest::hex(&digest::named("sha256", data, None).unwrap_or_default())
}

struct Signer {
    key_id: String,
    secret: Secret,
    session: Option<Secret>,
    service: String,
    region: String,
    time: String,
}

impl Signer {
    /// The request with AWS's headers; `payload` is the digest of its body.
    fn sign(&self, mut request: Request, payload: &str) -> Result<Request, NodeError> {
        let mut url = url_of(&request)?;
        let query = canonical_query(&url);
        // Sent as it is signed.
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        request.url = url.to_string();
        let mut own = vec![("x-amz-date", self.time.clone())];
        if self.service == "s3" {
            own.push(("x-amz-content-sha256", payload.to_owned()));
        }
        if let Some(session) = self.session.as_ref().filter(|session| !session.reveal().is_empty()) {
            own.push(("x-amz-security-token", session.reveal().to_owned()));
        }
        request.headers.retain(|(name, _)| {
            let is_own = |own: &str| name.eq_ignore_ascii_case(own);
            !is_own("authorization") && !own.iter().any(|(name, _)| is_own(name))
        });
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let mut headers = vec![("host".to_owned(), host)];
        headers.extend(own.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let content_type = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        headers.extend(content_type.map(|(_, value)| ("content-type".to_owned(), value.trim().to_owned())));
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}")).collect();
        let lines = lines.join("\n");
        let path = self.canonical_path(&url);
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n\n{names}\n{payload}", request.method);
        let date = self.time.get(..8).unwrap_or_default();
        let scope = format!("{date}/{}/{}/aws4_request", self.region, self.service);
        let text = format!(
            "AWS4-HMAC-SHA256\n{}\n{scope}\n{}",
            self.time,
            sha256(canonical.as_bytes())
        );
        let steps = [date, &self.region, &self.service, "aws4_request", &text];
        let first = format!("AWS4{}", self.secret.reveal()).into_bytes();
        let signature = steps.iter().fold(first, |key, step| {
            digest::named("sha256", step.as_bytes(), Some(&key)).unwrap_or_default()
        });
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.key_id,
            digest::hex(&signature)
        );
        request
            .headers
            .extend(own.into_iter().map(|(name, value)| (name.into(), value.into())));
        request.headers.push(("authorization".into(), authorization.into()));
        Ok(request)
    }

    /// The path, each part of it encoded twice; once for S3, whose names are what they are.
    fn canonical_path(&self, url: &Url) -> String {
        let encoded = |part: &str| {
            let once = percent(&percent_decode_str(part).decode_utf8_lossy());
            if self.service == "s3" { once } else { percent(&once) }
        };
        let parts: Vec<String> = url.path().split('/').map(encoded).collect();
        parts.join("/")
    }
}

fn canonical_query(url: &Url) -> String {
    let mut pairs: Vec<(String, String)> = url
        .query_pairs()
        .map(|(name, value)| (percent(&name), percent(&value)))
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// Whether the credential is AWS's.
pub(super) fn is_of(credential: &Credential) -> bool {
    credential.kind == "aws" && credential.field("accessKeyId").as_ref().map(Secret::reveal) != Some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of AWS's documentation.
    #[test]
    fn requests_are_signed_as_aws_shows() {
        for (service, url, content_type, signature) in [
            (
                "service",
                "https://example.amazonaws.com/",
                None,
                "SignedHeaders=host;x-amz-date, \
                 Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "iam",
                "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers",
                Some("application/x-www-form-urlencoded; charset=utf-8"),
                "SignedHeaders=content-type;host;x-amz-date, \
                 Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            ),
        ] {
            let signer = Signer {
                key_id: "AKIDEXAMPLE".to_owned(),
                secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                session: None,
                service: service.to_owned(),
                region: DEFAULT_REGION.to_owned(),
                time: timestamp(1_440_938_160_000.0),
            };
            let mut request = Request::new("GET", url);
            let content_type = content_type.map(|value| ("content-type".into(), value.into()));
            request.headers.extend(content_type);
            let signed = signer.sign(request, &sha256(b"")).expect("signed");
            let header = |name: &str| signed.headers.iter().find(|(known, _)| known == name);
            let (_, authorization) = header("authorization").expect("a signature");
            assert!(authorization.ends_with(signature), "{authorization}");
            assert!(
                authorization.contains("AKIDEXAMPLE/20150830/us-east-1"),
                "{authorization}"
            );
        }
    }

    #[test]
    fn hosts_tell_service_and_region() {
        for (host, service, region) in [
            ("sqs.eu-west-1.amazonaws.com", "sqs", Some("eu-west-1")),
            ("bucket.s3.eu-west-1.amazonaws.com", "s3", Some("eu-west-1")),
            (
                "a1b2.execute-api.us-east-2.amazonaws.com",
                "execute-api",
                Some("us-east-2"),
            ),
            ("email.eu-west-1.amazonaws.com", "ses", Some("eu-west-1")),
            ("iam.amazonaws.com", "iam", None),
        ] {
            let told = service_and_region(host);
            assert_eq!((told.0.as_str(), told.1.as_deref()), (service, region), "{host}");
        }
    }
}
