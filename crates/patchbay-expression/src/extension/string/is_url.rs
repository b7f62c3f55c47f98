//! `text.isUrl`.

use super::extract_url::find_url;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isUrl",
    aliases: &[],
    about: "Whether the whole text is an http or https URL",
    parameters: &[],
    examples: &[
        Example("'https://example.com'.isUrl()", Gives::Json("true")),
        Example("'example.com'.isUrl()", Gives::Json("false")),
    ],
    body: Body::Text(|text, _| Ok(Js::boolean(find_url(text) == Some(text)))),
};
