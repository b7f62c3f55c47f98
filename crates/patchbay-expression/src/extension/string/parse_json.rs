//! `text.parseJson`.

use patchbay_model::Value;

use crate::extension::{Body, Description, Example, Gives};
use crate::{Error, Js};

pub const DESCRIPTION: Description = Description {
    name: "parseJson",
    aliases: &[],
    about: "The value that JSON text stands for",
    parameters: &[],
    examples: &[
        Example("'{\"a\":[1,null]}'.parseJson().a", Gives::Json("[1,null]")),
        Example("'{a:1}'.parseJson()", Gives::Error("Parsing failed")),
        Example(
            "\"{'a':1}\".parseJson()",
            Gives::Error("Parsing failed. Check you're using double quotes"),
        ),
    ],
    body: Body::Text(|text, _| {
        Value::from_json(text).map(Js::Json).map_err(|error| {
            let message = if text.contains('\'') {
                "Parsing failed. Check you're using double quotes"
            } else {
                "Parsing failed"
            };
            Error::new(message).description(error.to_string())
        })
    }),
};
