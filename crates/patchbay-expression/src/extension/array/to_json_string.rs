//! `array.toJsonString`.

use crate::Js;
use crate::Missing;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toJsonString",
    aliases: &[],
    about: "The array as JSON text, as `JSON.stringify` writes it",
    parameters: &[],
    examples: &[Example(
        "[1, 'a', undefined].toJsonString()",
        Gives::Json("\"[1,\\\"a\\\",null]\""),
    )],
    body: Body::Array(|array, _| {
        let value = array.to_value(Missing::Dropped);
        Ok(Js::optional(value.map(|value| value.to_json())))
    }),
};
