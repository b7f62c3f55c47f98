//! The key that seals the credentials which the API makes, and what is known of their types.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use patchbay_actions::Library;
use patchbay_server::credentials::{CredentialField, CredentialType, FieldKind};
use patchbay_store::Vault;

/// With the key that is given, else with that in `encryption.key` of the folder, which is made where it is not there.
pub fn open(folder: &Path, key: Option<&str>) -> std::io::Result<Vault> {
    if let Some(key) = key {
        return Ok(Vault::new(key));
    }
    let path = folder.join("encryption.key");
    match std::fs::read_to_string(&path) {
        Ok(key) => Ok(Vault::new(key.trim())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = Vault::random_key();
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&path)?;
            file.write_all(key.as_bytes())?;
            file.sync_all()?;
            Ok(Vault::new(&key))
        }
        Err(error) => Err(error),
    }
}

/// The types of credentials that no service describes, and their fields; those that do not hold text name what they hold.
const COMMON: [(&str, &[&str]); 14] = [
    ("httpBasicAuth", &["user", "password"]),
    ("httpDigestAuth", &["user", "password"]),
    ("httpHeaderAuth", &["name", "value"]),
    ("httpQueryAuth", &["name", "value"]),
    ("httpBearerAuth", &["token"]),
    ("httpCustomAuth", &["json"]),
    ("httpMultipleHeadersAuth", &["headers: object"]),
    ("httpSslAuth", &["ca", "cert", "key", "passphrase"]),
    (
        "jwtAuth",
        &["keyType", "secret", "privateKey", "publicKey", "algorithm"],
    ),
    (
        "smtp",
        &[
            "user",
            "password",
            "host",
            "port: number",
            "secure: boolean",
            "disableStartTls: boolean",
            "hostName",
        ],
    ),
    ("totpApi", &["secret", "label"]),
    (
        "oAuth1Api",
        &[
            "authUrl",
            "accessTokenUrl",
            "consumerKey",
            "consumerSecret",
            "requestTokenUrl",
            "signatureMethod",
        ],
    ),
    (
        "webhookSignature",
        &["secret", "header", "prefix", "encoding", "timestampHeader", "tolerance"],
    ),
    ("crypto", &["hmacSecret", "signPrivateKey"]),
];

/// The names of those types.
pub fn common_types<'a>() -> impl Iterator<Item = &'a str> {
    COMMON.iter().map(|(name, _)| *name)
}

/// What n8n's own types for HTTP may hold as well: which hosts they are for.
const OF_HTTP: [&str; 2] = ["allowedHttpRequestDomains", "allowedDomains"];

/// What a type of credential is, where that is known.
pub fn credential_type(library: &Library, kind: &str) -> Option<CredentialType> {
    let field = |name: &str, kind: FieldKind, required: bool| CredentialField {
        name: name.into(),
        kind,
        required,
    };
    if let Some(service) = library.service_of_credential(kind) {
        let fields = service.definition().credential.fields.iter();
        return Some(CredentialType {
            fields: fields
                .map(|known| field(&known.name, FieldKind::Text, known.required))
                .collect(),
            are_all: true,
        });
    }
    if let Some((name, fields)) = COMMON.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind)) {
        let of_http: &[&str] = if name.starts_with("http") { &OF_HTTP } else { &[] };
        let fields = fields.iter().chain(of_http);
        let fields = fields.map(|told| match told.split_once(": ") {
            Some((name, "number")) => field(name, FieldKind::Number, false),
            Some((name, "boolean")) => field(name, FieldKind::Boolean, false),
            Some((name, _)) => field(name, FieldKind::Object, false),
            None => field(told, FieldKind::Text, false),
        });
        return Some(CredentialType {
            fields: fields.collect(),
            // n8n adds to what the token was got with as it goes.
            are_all: *name != "oAuth1Api",
        });
    }
    let fields = patchbay_core_nodes::credential_fields(kind)?.into_iter();
    Some(CredentialType {
        fields: fields.map(|name| field(name, FieldKind::Text, false)).collect(),
        are_all: false,
    })
}
