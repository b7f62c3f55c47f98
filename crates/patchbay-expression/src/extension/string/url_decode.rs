//! `text.urlDecode`.

use percent_encoding::percent_decode_str;

use crate::error::Kind;
use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "urlDecode",
    aliases: &[],
    about: "The text with its percent escapes resolved, as `decodeURIComponent` does it",
    parameters: &[Parameter::optional(
        "entire",
        "true leaves the escapes of characters that structure a URL, as `decodeURI` does",
    )],
    examples: &[
        Example("'a%20b%2Fc'.urlDecode()", Gives::Json("\"a b/c\"")),
        Example("'a%20b%2Fc'.urlDecode(true)", Gives::Json("\"a b%2Fc\"")),
        Example("'100%'.urlDecode()", Gives::Undefined),
    ],
    body: Body::Text(url_decode),
};

/// What `decodeURI` does not decode.
const STRUCTURE: &[u8] = b";/?:@&=+$,#";

fn url_decode(text: &str, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let malformed = || Error::of(Kind::Uri, "URI malformed");
    if has_broken_escape(text) {
        return Err(malformed());
    }
    let decoded = if arguments.get(0).truthy() {
        percent_decode_str(&keep_structure(text)).decode_utf8().map(Into::into)
    } else {
        percent_decode_str(text).decode_utf8().map(String::from)
    };
    decoded.map(Js::text).map_err(|_| malformed())
}

/// The value of the escape that begins at a `%`.
fn escaped(text: &str, percent: usize) -> Option<u8> {
    let digits = text.get(percent + 1..percent + 3)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}

fn has_broken_escape(text: &str) -> bool {
    text.match_indices('%').any(|(place, _)| escaped(text, place).is_none())
}

/// Escapes the `%` of the escapes that are to stay.
fn keep_structure(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (place, c) in text.char_indices() {
        kept.push(c);
        if c == '%' && escaped(text, place).is_some_and(|byte| STRUCTURE.contains(&byte)) {
            kept.push_str("25");
        }
    }
    kept
}
