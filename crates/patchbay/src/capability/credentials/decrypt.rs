//! n8n's encrypted credentials: base64 of `Salted__`, 8 bytes of salt and AES-256-CBC, key and vector derived as
//! OpenSSL's `EVP_BytesToKey` does with MD5 and one round. There is no check sum: a wrong key shows as bad padding or
//! as something that is not JSON.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut, KeyIvInit};
use base64::Engine as _;
use md5::{Digest, Md5};
use patchbay_model::{Object, Value};

/// Opens one credential's data; the error says why it can not be.
pub fn data(text: &str, key: Option<&str>) -> Result<Object, &'static str> {
    let key = key.ok_or("it is encrypted: set N8N_ENCRYPTION_KEY, or export it with --decrypted")?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text.trim())
        .map_err(|_| "it is not base64")?;
    let (salt, sealed) = match bytes.strip_prefix(b"Salted__") {
        Some(rest) if rest.len() >= 8 => rest.split_at(8),
        _ => return Err("it is not encrypted as n8n does"),
    };
    // n8n takes one byte of each of the key's characters.
    let key: Vec<u8> = key.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect();
    let derived = derive(&key, salt);
    let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(&derived[..32], &derived[32..])
        .map_err(|_| "the key has no valid length")?;
    let plain = cipher.decrypt_padded_vec_mut::<Pkcs7>(sealed).map_err(|_| WRONG_KEY)?;
    match std::str::from_utf8(&plain)
        .ok()
        .and_then(|json| Value::from_json(json).ok())
    {
        Some(Value::Object(data)) => Ok((*data).clone()),
        _ => Err(WRONG_KEY),
    }
}

const WRONG_KEY: &str = "N8N_ENCRYPTION_KEY is not the key that it was encrypted with";

/// 32 bytes of key, then 16 of the vector.
fn derive(key: &[u8], salt: &[u8]) -> [u8; 48] {
    let mut derived = [0; 48];
    let mut block: Vec<u8> = Vec::new();
    for chunk in derived.chunks_mut(16) {
        block = Md5::new()
            .chain_update(&block)
            .chain_update(key)
            .chain_update(salt)
            .finalize()
            .to_vec();
        chunk.copy_from_slice(&block);
    }
    derived
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with: printf '{"clientId":"900"}' | openssl enc -aes-256-cbc -md md5 -S 0102030405060708 -k test-key -base64,
    /// with the prefix that n8n writes.
    const SEALED: &str = "U2FsdGVkX18BAgMEBQYHCO5R78QVd/DZbzGkM/0edyoGAZxOuBe9qpyRo2BZGLha";

    #[test]
    fn an_export_is_opened_with_its_key_only() {
        let opened = data(SEALED, Some("test-key")).expect("opened");
        assert_eq!(Value::object(opened).to_json(), r#"{"clientId":"900"}"#);
        // As n8n's own cipher wrote them.
        for (key, sealed) in [
            (
                "schlüssel-ö",
                "U2FsdGVkX1/uTOj/BfQ9r4zz6LGKzUFw+UB7bn0A6zEcI1GfoqzjVEAEFakyuwxp9HyE4fo0wEhLuoIIUvrp6elMgOfuPLJ8J7xy2LrSYEik90SIxdCCsi0O98t+UZPL",
            ),
            (
                "ключ-🔑",
                "U2FsdGVkX197hpNGBzd5bqD+zxXtoOQ0cuwL2j/LVBPwM1G3zR83esUx7P6fAsCRdG759WZNDyaN1weHneekv+mn8GRS15fJOLBFLYaPfEgAYywH2RG8lPrtGW4upcd3",
            ),
        ] {
            let opened = data(sealed, Some(key)).expect("opened");
            assert_eq!(
                Value::object(opened).to_json(),
                r#"{"url":"http://127.0.0.1:38411","clientId":"900","clientSecret":"sö"}"#
            );
        }
        assert_eq!(data(SEALED, Some("other")), Err(WRONG_KEY));
        assert!(data(SEALED, None).is_err());
        assert!(data("aGVsbG8=", Some("test-key")).is_err());
    }
}
