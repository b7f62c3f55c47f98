//! Certificates of credentials, as connections want them: the authorities to trust, and the client's own with its key.
//! An encrypted key is opened here.

use patchbay_node::capability::http::Certificates;
use patchbay_node::{NodeError, Secret};
use pkcs8::{EncryptedPrivateKeyInfo, LineEnding, SecretDocument};
use reqwest::{Certificate, ClientBuilder, Identity};

/// A client that shows and trusts these certificates. Errors are E0630.
pub(super) fn apply(mut builder: ClientBuilder, certificates: &Certificates) -> Result<ClientBuilder, NodeError> {
    if let Some(authorities) = &certificates.authorities {
        let trusted = Certificate::from_pem_bundle(with_lines(authorities.reveal()).as_bytes());
        let trusted = trusted.ok().filter(|trusted| !trusted.is_empty());
        builder = builder.tls_certs_only(trusted.ok_or_else(|| fault("its `ca` is not a certificate in PEM"))?);
    }
    match (&certificates.client, &certificates.key) {
        (None, None) => Ok(builder),
        (Some(_), None) => Err(fault("it has a `cert`, but no `key`")),
        (None, Some(_)) => Err(fault("it has a `key`, but no `cert`")),
        (Some(client), Some(key)) => {
            let passphrase = certificates.passphrase.as_ref();
            let key = opened(&with_lines(key.reveal()), passphrase.map(Secret::reveal))?;
            let both = format!("{key}\n{}", with_lines(client.reveal()));
            let identity = Identity::from_pem(both.as_bytes())
                .map_err(|_| fault("its `cert` and `key` are not a certificate and its private key in PEM"))?;
            Ok(builder.identity(identity))
        }
    }
}

/// The key itself, where it is encrypted.
fn opened(key: &str, passphrase: Option<&str>) -> Result<String, NodeError> {
    if key.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(fault("its `key` is encrypted in OpenSSL's old way")
            .hint("`openssl pkcs8 -topk8 -in KEY` writes it in the way of today"));
    }
    if !key.contains("BEGIN ENCRYPTED PRIVATE KEY") {
        return Ok(key.to_owned());
    }
    let passphrase = passphrase.ok_or_else(|| fault("its `key` is encrypted, but it has no `passphrase`"))?;
    let (_, document) = SecretDocument::from_pem(key).map_err(|_| fault("its `key` is not a key in PEM"))?;
    EncryptedPrivateKeyInfo::try_from(document.as_bytes())
        .and_then(|encrypted| encrypted.decrypt(passphrase))
        .ok()
        .and_then(|opened| opened.to_pem("PRIVATE KEY", LineEnding::LF).ok())
        .map(|opened| opened.to_string())
        .ok_or_else(|| fault("its `passphrase` does not open its `key`"))
}

/// PEM with its lines, also where a form made spaces of them.
fn with_lines(pem: &str) -> String {
    if pem.trim().contains('\n') {
        return pem.to_owned();
    }
    // The odd parts are labels: `BEGIN …` and `END …`.
    let parts = pem.split("-----").map(str::trim);
    let lines = parts
        .enumerate()
        .filter(|(_, part)| !part.is_empty())
        .map(|(index, part)| {
            if index % 2 == 1 {
                format!("-----{part}-----")
            } else {
                part.replace(' ', "\n")
            }
        });
    lines.collect::<Vec<_>>().join("\n")
}

fn fault(what: &str) -> NodeError {
    NodeError::new(
        "E0630",
        format!("The credential of type `httpSslAuth` can not be used: {what}"),
    )
    .hint("give certificates and key whole, as PEM, from `-----BEGIN` to the end of the last line")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_a_form_lost_come_back() {
        let pem = "-----BEGIN X-----\nab\ncd\n-----END X-----";
        assert_eq!(with_lines("-----BEGIN X----- ab cd -----END X-----"), pem);
        assert_eq!(with_lines(pem), pem);
    }
}
