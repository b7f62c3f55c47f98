//! `encodeURI` and its like.

use std::fmt::Write as _;

use crate::{Error, Kind};

/// What `encodeURI` leaves, beyond what every encoding leaves.
pub(super) const RESERVED: &str = ";/?:@&=+$,#";

pub(super) fn encode(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric()
            || "-_.!~*'()".contains(character)
            || (byte.is_ascii() && kept.contains(character))
        {
            encoded.push(character);
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Decodes; what decodes to one of `kept` stays as it is.
pub(super) fn decode(text: &str, kept: &str) -> Result<String, Error> {
    let malformed = || Error::of(Kind::Uri, "URI malformed");
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'%' {
            decoded.push(*byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let value = digits
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(malformed)?;
        if value.is_ascii() && kept.contains(char::from(value)) {
            decoded.extend_from_slice(&rest[..3]);
        } else {
            decoded.push(value);
        }
        rest = &after[2..];
    }
    String::from_utf8(decoded).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let text = "a b&c/é?'()";
        assert_eq!(encode(text, ""), "a%20b%26c%2F%C3%A9%3F'()");
        assert_eq!(encode(text, RESERVED), "a%20b&c/%C3%A9?'()");
        assert_eq!(decode(&encode(text, ""), "").ok().as_deref(), Some(text));
        assert_eq!(decode("%2F%20", "/").ok().as_deref(), Some("%2F "));
        assert!(decode("%", "").is_err() && decode("%C3", "").is_err());
    }
}
