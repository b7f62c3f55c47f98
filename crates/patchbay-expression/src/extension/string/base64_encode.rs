//! `text.base64Encode`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "base64Encode",
    aliases: &[],
    about: "The text's UTF-8 bytes as base64",
    parameters: &[],
    examples: &[
        Example("'hello'.base64Encode()", Gives::Json("\"aGVsbG8=\"")),
        Example("'✓'.base64Encode()", Gives::Json("\"4pyT\"")),
    ],
    body: Body::Text(|text, _| Ok(Js::text(BASE64_STANDARD.encode(text)))),
};
