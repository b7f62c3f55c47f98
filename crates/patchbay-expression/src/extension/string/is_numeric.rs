//! `text.isNumeric`.

use patchbay_model::value::text_to_number;

use crate::Js;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "isNumeric",
    aliases: &[],
    about: "Whether the text is a number as JavaScript reads it, without a space",
    parameters: &[],
    examples: &[
        Example("'12.5'.isNumeric()", Gives::Json("true")),
        Example("'0x1F'.isNumeric()", Gives::Json("true")),
        Example("'12 '.isNumeric()", Gives::Json("false")),
        Example("''.isNumeric()", Gives::Json("false")),
    ],
    body: Body::Text(|text, _| {
        let is_blank = text.trim().is_empty();
        Ok(Js::boolean(
            !is_blank && !text.contains(' ') && !text_to_number(text).is_nan(),
        ))
    }),
};
