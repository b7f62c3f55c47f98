//! `text.isEmail`.

use super::extract_email::find_email;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isEmail",
    aliases: &[],
    about: "Whether the text holds an e-mail address and no space",
    parameters: &[],
    examples: &[
        Example("'jo@example.com'.isEmail()", Gives::Json("true")),
        Example("'jo@example'.isEmail()", Gives::Json("false")),
        Example("'write jo@example.com'.isEmail()", Gives::Json("false")),
    ],
    body: Body::Text(|text, _| Ok(Js::boolean(is_email(text)))),
};

pub fn is_email(text: &str) -> bool {
    !text.contains(' ') && find_email(text).is_some()
}
