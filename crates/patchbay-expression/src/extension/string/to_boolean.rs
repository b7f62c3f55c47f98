//! `text.toBoolean`.

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toBoolean",
    aliases: &[],
    about: "False for `false`, `no`, `0` (in any case) and the empty text, true for everything else",
    parameters: &[],
    examples: &[
        Example("'NO'.toBoolean()", Gives::Json("false")),
        Example("'off'.toBoolean()", Gives::Json("true")),
    ],
    body: Body::Text(|text, _| {
        let text = text.to_lowercase();
        Ok(Js::boolean(!matches!(text.as_str(), "" | "0" | "false" | "no")))
    }),
};
