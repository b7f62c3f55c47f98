//! `text.base64Decode`: as Node.js reads base64, which takes both alphabets and ignores what belongs to neither.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "base64Decode",
    aliases: &[],
    about: "The text that base64 text stands for, read as UTF-8",
    parameters: &[],
    examples: &[
        Example("'aGVsbG8='.base64Decode()", Gives::Json("\"hello\"")),
        Example("'w7w'.base64Decode()", Gives::Json("\"ü\"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(decode(text)))),
};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn decode(text: &str) -> String {
    let mut digits: Vec<u8> = text
        .bytes()
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' | b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => Some(byte),
            _ => None,
        })
        .collect();
    if digits.len() % 4 == 1 {
        // Six bits make no byte.
        digits.pop();
    }
    let bytes = ENGINE.decode(digits).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
