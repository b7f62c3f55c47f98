//! The encodings of `Buffer`.

#![expect(
    clippy::needless_pass_by_value,
    reason = "QuickJS hands a Rust function its arguments by value"
)]

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use rquickjs::{Ctx, Result, String as ScriptString, TypedArray};

use super::convert;

/// Text as bytes. Unknown encodings are UTF-8; letters that an encoding does not have are skipped.
pub fn encode<'js>(context: Ctx<'js>, text: ScriptString<'js>, encoding: String) -> Result<TypedArray<'js, u8>> {
    let text = convert::text(&context, &text)?;
    let bytes = match encoding.as_str() {
        "base64" | "base64url" => from_base64(&text),
        "hex" => from_hex(&text),
        "latin1" | "binary" | "ascii" => text.encode_utf16().map(|unit| unit as u8).collect(),
        "utf16le" | "ucs2" | "utf-16le" | "ucs-2" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    };
    TypedArray::new(context, bytes)
}

/// Bytes, each of them a letter of `letters`, as text; what is not UTF-8 becomes U+FFFD.
pub fn decode(letters: String, encoding: String) -> String {
    let bytes: Vec<u8> = letters.chars().map(|letter| u32::from(letter) as u8).collect();
    let bytes = bytes.as_slice();
    match encoding.as_str() {
        "base64" => STANDARD.encode(bytes),
        "base64url" => URL_SAFE_NO_PAD.encode(bytes),
        "hex" => {
            let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
            bytes
                .iter()
                .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
                .collect()
        }
        "latin1" | "binary" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        "ascii" => bytes.iter().map(|byte| char::from(byte & 0x7f)).collect(),
        "utf16le" | "ucs2" | "utf-16le" | "ucs-2" => {
            let units: Vec<u16> = bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Either alphabet, with or without padding; anything else is skipped, as Node does.
fn from_base64(text: &str) -> Vec<u8> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
    );
    let mut letters: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Some(byte),
            _ => None,
        })
        .collect();
    // One letter alone holds no byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    LENIENT.decode(letters).unwrap_or_default()
}

/// Up to the first pair that is not hexadecimal.
fn from_hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2).map_while(|pair| {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        Some((high * 16 + low) as u8)
    });
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_node_reads_it() {
        for (text, bytes) in [
            ("YQ==", "a"),
            ("YQ", "a"),
            ("YWJj\nZGVm", "abcdef"),
            ("_-8", "\u{fffd}"),
            ("Y", ""),
        ] {
            assert_eq!(
                String::from_utf8_lossy(&from_base64(text)).chars().next(),
                bytes.chars().next(),
                "{text}"
            );
        }
    }

    #[test]
    fn hexadecimal_ends_where_it_is_none() {
        assert_eq!(from_hex("616263zz61"), b"abc");
    }
}
