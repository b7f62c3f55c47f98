//! `text.urlEncode`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::extension::{Arguments, Body, Description, Example, Gives, Parameter};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "urlEncode",
    aliases: &[],
    about: "The text with percent escapes, as `encodeURIComponent` does it",
    parameters: &[Parameter::optional(
        "entire",
        "true leaves the characters that structure a URL, as `encodeURI` does",
    )],
    examples: &[
        Example("'a b/ü'.urlEncode()", Gives::Json("\"a%20b%2F%C3%BC\"")),
        Example(
            "'https://example.com/a b?c=d'.urlEncode(true)",
            Gives::Json("\"https://example.com/a%20b?c=d\""),
        ),
    ],
    body: Body::Text(url_encode),
};

/// What `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What `encodeURI` encodes.
const ENTIRE: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');

#[expect(clippy::unnecessary_wraps, reason = "the signature of every extension")]
fn url_encode(text: &str, arguments: &Arguments<'_>) -> Result<Js, Error> {
    let set = if arguments.get(0).truthy() { ENTIRE } else { COMPONENT };
    Ok(Js::text(utf8_percent_encode(text, set).to_string()))
}
