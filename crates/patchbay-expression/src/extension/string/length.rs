//! `text.length()`: the length as a method.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "length",
    aliases: &[],
    about: "The number of UTF-16 units, as the property `length` has it",
    parameters: &[],
    examples: &[
        Example("'héllo'.length()", Gives::Json("5")),
        Example("'😀'.length()", Gives::Json("2")),
    ],
    body: Body::Text(|text, _| Ok(Js::count(text.encode_utf16().count()))),
};
