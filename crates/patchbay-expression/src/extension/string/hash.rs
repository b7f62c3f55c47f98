//! `text.hash`: digests of a text.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use sha3::Sha3_512;

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "hash",
    aliases: &[],
    about: "The text's digest as hexadecimal digits",
    parameters: &[Parameter::optional(
        "algorithm",
        "`md5` (the default), `sha1`, `sha224`, `sha256`, `sha384`, `sha512`, `sha3`, or `base64`, which only encodes",
    )],
    examples: &[
        Example("'abc'.hash()", Gives::Json("\"900150983cd24fb0d6963f7d28e17f72\"")),
        Example(
            "'abc'.hash('SHA1')",
            Gives::Json("\"a9993e364706816aba3e25717850c26c9cd0d89d\""),
        ),
        Example(
            "'abc'.hash('crc')",
            Gives::Error(
                "Unknown algorithm crc. Available algorithms are: md5,sha1,sha224,sha256,sha384,sha512,sha3, and Base64.",
            ),
        ),
    ],
    body: Body::Text(hash),
};

fn hash(text: &str, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let algorithm = match arguments.get(0) {
        missing if missing.is_nullish() => "md5",
        given => given
            .as_str()
            .ok_or_else(|| Error::type_error("algorithm.toLowerCase is not a function"))?,
    };
    let digest = match algorithm.to_lowercase().as_str() {
        "md5" => digest::<Md5>(text),
        "sha1" => digest::<Sha1>(text),
        "sha224" => digest::<Sha224>(text),
        "sha256" => digest::<Sha256>(text),
        "sha384" => digest::<Sha384>(text),
        "sha512" => digest::<Sha512>(text),
        "sha3" => digest::<Sha3_512>(text),
        "base64" => BASE64_STANDARD.encode(text),
        _ => {
            return Err(Error::new(format!(
                "Unknown algorithm {algorithm}. Available algorithms are: \
                 md5,sha1,sha224,sha256,sha384,sha512,sha3, and Base64."
            )));
        }
    };
    Ok(Js::text(digest))
}

fn digest<D: Digest>(text: &str) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let bytes = D::digest(text);
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .collect()
}
