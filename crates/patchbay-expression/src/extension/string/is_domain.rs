//! `text.isDomain`.

use super::extract_domain::is_domain;
use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isDomain",
    aliases: &[],
    about: "Whether the text is a domain; a port and a path may follow, a scheme may not come before",
    parameters: &[],
    examples: &[
        Example("'docs.example.com'.isDomain()", Gives::Json("true")),
        Example("'https://example.com'.isDomain()", Gives::Json("false")),
        Example("'example'.isDomain()", Gives::Json("false")),
    ],
    body: Body::Text(|text, _| Ok(Js::boolean(is_domain(text)))),
};
