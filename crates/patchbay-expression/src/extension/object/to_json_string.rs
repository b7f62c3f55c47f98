//! `object.toJsonString`.

use crate::Js;
use crate::Missing;
use crate::extension::{Body, Description, Example, Gives};

pub const DESCRIPTION: Description = Description {
    name: "toJsonString",
    aliases: &[],
    about: "The object as JSON text, as `JSON.stringify` writes it",
    parameters: &[],
    examples: &[Example(
        "({ a: 1, b: undefined, c: null }).toJsonString()",
        Gives::Json("\"{\\\"a\\\":1,\\\"c\\\":null}\""),
    )],
    body: Body::Object(|object, _| {
        let value = object.to_value(Missing::Dropped);
        Ok(Js::optional(value.map(|value| value.to_json())))
    }),
};
