//! The key that seals the credentials which the API makes, and what is known of their types.

use std::io::{ErrorKind, Write as _};
use std::path::Path;

use patchbay_actions::Library;
use patchbay_model::Text;
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

/// The fields of the types of credentials that no service describes.
const COMMON: [(&str, &[&str]); 6] = [
    ("httpBasicAuth", &["user", "password"]),
    ("httpDigestAuth", &["user", "password"]),
    ("httpHeaderAuth", &["name", "value"]),
    ("httpQueryAuth", &["name", "value"]),
    ("httpCustomAuth", &["json"]),
    (
        "webhookSignature",
        &["secret", "header", "prefix", "encoding", "timestampHeader", "tolerance"],
    ),
];

/// The names of the fields of a type of credential, where the type is known.
pub fn fields(library: &Library, kind: &str) -> Option<Vec<Text>> {
    if let Some(service) = library.service_of_credential(kind) {
        let fields = service.definition().credential.fields.iter();
        return Some(fields.map(|field| field.name.clone()).collect());
    }
    let (_, fields) = COMMON.iter().find(|(known, _)| known.eq_ignore_ascii_case(kind))?;
    Some(fields.iter().map(|field| Text::from(*field)).collect())
}
